"""A file of figures to fill for a method, and the configuration that reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import product

from surveyproc.config.models import CHOICES
from surveyproc.demography.methods import Input, Method
from surveyproc.demography.methods.declare import UNITS

CATEGORIES = {
    "age": ("0-4", "5-9", "10-14", "15-19", "20+"),
    "duration": ("0", "1", "2"),
    "partner": ("P1", "P2", "P3"),
    "times": ("1", "2", "3"),
    "lists": ("100", "010", "001", "110", "101", "011", "111"),
}
ZONES = ("A", "B", "C")
FIRST_AGES = 2


def template_csv(method: Method) -> str:
    """A row a cell of every input, with example categories and no figures; the column `input` tells them apart."""
    axes = list(dict.fromkeys(axis for one in method.inputs for axis in one.axes))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["input", *axes, "value", "cv"])
    for one in method.inputs:
        for place in product(*(_categories(one, axis) for axis in one.axes)):
            if one.diagonal == "ignored" and len(set(place)) < len(place):
                continue
            labels = dict(zip(one.axes, place, strict=True))
            writer.writerow([one.name, *(labels.get(axis, "") for axis in axes), "", ""])
    return stream.getvalue()


def template_yaml(method: Method, *, file: str) -> str:
    """A configuration that reads the template, to be changed: units, choices that have no default, optional inputs."""
    lines = ["surveyproc: 1", "kind: demographic", f"name: my-{method.name.replace('_', '-')}", "title: {en: My title}"]
    lines += ["calculations:", f"  {method.name}:", f"    method: {method.name}", "    inputs:"]
    for one in method.inputs:
        unit = next(iter(UNITS[one.kind]))
        note = "" if one.need == "required" else "  # optional"
        lines.append(f"      {one.name}: {{file: {file}, where: {{input: {one.name}}}, unit: {unit}}}{note}")
    needed = [key for key, field in CHOICES[method.name].model_fields.items() if field.is_required()]
    if needed:
        lines.append(f"    choices: {{{', '.join(f'{key}: …' for key in needed)}}}")
    return "\n".join(lines) + "\n"


def described(method: Method) -> Iterator[tuple[str, str, str, str]]:
    """A row an input: name, kind, axes, and whether it is needed."""
    for one in method.inputs:
        yield one.name, one.kind, " × ".join(one.axes), one.need


def _categories(one: Input, axis: str) -> Sequence[str]:
    if axis == "age":
        return CATEGORIES["age"][:FIRST_AGES] if one.ages == "first" else CATEGORIES["age"]
    return CATEGORIES.get(axis, ZONES)
