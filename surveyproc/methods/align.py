"""Inputs of one calculation brought to common categories: arrays whose cells stand for the same people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from surveyproc.demography.methods.declare import SAME_LIST, Axes, Input
from surveyproc.demography.numbers import Floats
from surveyproc.methods.ages import AgeGroup, age_faults, read_age
from surveyproc.methods.figures import Figure, Figures, Key
from surveyproc.methods.spec import Calc
from surveyproc.problems import Collector, Place, Problem, counted

SHOWN = 5


@dataclass(frozen=True, slots=True)
class InputArrays:
    """An input: values (*by, *axes) with length 1 along dimensions of `by` that it does not have; errors alike.

    everywhere: dimensions of `by` for which it is the same.
    """

    values: Floats
    errors: Mapping[str, Floats]
    everywhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """All inputs of a calculation, categories of the dimensions of `by`, and of the method's axes."""

    by: tuple[tuple[str, ...], ...]
    axes: Axes
    inputs: Mapping[str, InputArrays]


def align(calc: Calc, figures: Mapping[str, Figures], problems: Collector) -> Aligned | None:
    """The inputs as arrays; None where they do not fit together, with the reasons among the problems."""
    before = len(problems.errors)
    lists = _lists(calc, figures, problems)
    for index, name in enumerate(calc.model.by):
        if name not in lists:
            what = f"no input has the dimension {name!r}"
            problems.add(Problem("config.unused", calc.place("by", index), what))
    if len(problems.errors) > before:
        return None
    lower, width = _ages(lists.get("age", ()))
    made = {
        name: _arrays(calc, calc.input(name), figures[name], lists, problems)
        for name in (one.name for one in calc.method.inputs)
        if name in figures
    }
    if len(problems.errors) > before:
        return None
    categories = {name: values for name, values in lists.items() if name not in calc.model.by}
    own = calc.method.own_axes(Axes(categories, lower, width))
    return Aligned(tuple(lists[name] for name in calc.model.by), Axes({**categories, **own}, lower, width), made)


def _list_of(dimension: str) -> str:
    return SAME_LIST.get(dimension, dimension)


def _lists(calc: Calc, figures: Mapping[str, Figures], problems: Collector) -> dict[str, tuple[str, ...]]:
    """Categories by list, each from the first input that has it whole; ages in ascending order."""
    found: dict[str, tuple[str, ...]] = {}
    for one in calc.method.inputs:
        if one.name not in figures:
            continue
        own: dict[str, dict[str, int]] = {}
        given = figures[one.name]
        for key, figure in given.cells.items():
            for dimension, category in zip(given.dimensions, key, strict=True):
                own.setdefault(_list_of(dimension), {}).setdefault(category, figure.line)
        for name, categories in own.items():
            if name in found or (name == "age" and one.ages == "first"):
                continue
            found[name] = tuple(categories)
            if name == "age":
                found[name] = _sorted_ages(one.name, given, categories, problems)
    return found


def _sorted_ages(name: str, given: Figures, labels: Mapping[str, int], problems: Collector) -> tuple[str, ...]:
    groups: list[AgeGroup] = []
    for label, line in labels.items():
        group = read_age(label)
        if group is None:
            hint = "Leave totals out with `where`."
            what, forms = f"an age of input {name} cannot be read", "0-4, 85+ or 7"
            problems.add(Problem("input.ages", given.at(line), what, repr(label), forms, hint))
        else:
            groups.append(group)
    groups.sort(key=lambda g: (g.lower, g.upper))
    for fault in age_faults(groups):
        problems.add(Problem("input.ages", given.place, f"input {name}: {fault}"))
    return tuple(group.label for group in groups)


def _ages(labels: tuple[str, ...]) -> tuple[Floats, Floats]:
    groups = [group for group in map(read_age, labels) if group is not None]
    lower = np.array([g.lower for g in groups], dtype=np.float64)
    return lower, np.array([g.upper - g.lower for g in groups], dtype=np.float64)


def _arrays(
    calc: Calc, one: Input, given: Figures, lists: Mapping[str, tuple[str, ...]], problems: Collector
) -> InputArrays:
    spread = tuple(name for name in calc.model.by if name not in given.dimensions)
    order = (*calc.model.by, *one.axes)
    choices = [("",) if name in spread else lists[_list_of(name)] for name in order]
    if one.ages == "first" and "age" in one.axes:
        choices[order.index("age")] = _first_ages(one, given, lists["age"], problems)
    _unknown(one, given, dict(zip(order, choices, strict=True)), problems)
    positions = {name: i for i, name in enumerate(given.dimensions)}
    cells: list[Figure | None] = []
    absent: list[Key] = []
    for place in product(*choices):
        labels = dict(zip(order, place, strict=True))
        key = tuple(labels[name] for name in sorted(positions, key=positions.__getitem__)) if given.dimensions else ()
        found = given.cells.get(key)
        if found is None:
            found = _absent(calc, one, labels)
            if found is None:
                absent.append(key)
        cells.append(found)
    if absent:
        problems.add(_missing(one, given, absent))
    stated = calc.model.inputs[one.name]
    plain = (stated.distribution, stated.cells) == ("normal", "independent")
    if "low" in given.columns and not plain and any(cell is not None and np.isnan(cell.value) for cell in cells):
        what = f"input {one.name} has missing figures, and then low and high are normal and independent"
        problems.add(Problem("input.uncertainty", calc.place("inputs", one.name), what))
    shape = tuple(len(c) for c in choices)
    known = [cell or Figure(np.nan) for cell in cells]
    return InputArrays(
        np.array([cell.value for cell in known]).reshape(shape),
        {e: np.array([cell.errors.get(e, np.nan) for cell in known]).reshape(shape) for e in given.columns},
        spread if given.dimensions or not calc.model.by else tuple(calc.model.by),
    )


def _absent(calc: Calc, one: Input, labels: Mapping[str, str]) -> Figure | None:
    """What stands in a cell without a row: nothing on a diagonal that is not read, else what the config says."""
    first, second = (*one.axes, "", "")[:2]
    errors = dict.fromkeys(("cv", "se", "low", "high"), 0.0)
    if one.diagonal == "ignored" and labels[first] == labels[second]:
        return Figure(0.0, errors=errors)
    how = calc.model.inputs[one.name].absent
    if how == "error":
        return None
    return Figure(0.0, errors=errors) if how == "zero" else Figure(np.nan)


def _first_ages(one: Input, given: Figures, ages: tuple[str, ...], problems: Collector) -> tuple[str, ...]:
    at = given.dimensions.index("age")
    own = {key[at] for key in given.cells}
    first = ages[: len(own)]
    if own != set(first):
        what = f"input {one.name} is of other ages than the youngest of the other inputs"
        problems.add(Problem("input.ages", given.place, what, ", ".join(sorted(own)), ", ".join(first)))
    return first


def _unknown(one: Input, given: Figures, choices: Mapping[str, tuple[str, ...]], problems: Collector) -> None:
    told: set[tuple[str, str]] = set()
    for key, figure in given.cells.items():
        for dimension, category in zip(given.dimensions, key, strict=True):
            if category in choices[dimension] or (dimension, category) in told:
                continue
            told.add((dimension, category))
            what = f"input {one.name} has {dimension} {category!r}, which the inputs before it do not have"
            expected = ", ".join(choices[dimension][:12])
            hint = "Leave it out with `where`, or write it as the other files do."
            problems.add(Problem("input.unknown-category", given.at(figure.line), what, "", expected, hint))


def _missing(one: Input, given: Figures, absent: list[Key]) -> Problem:
    cells = "; ".join(_told(given.dimensions, absent[:SHOWN]))
    what = f"input {one.name} has no figure for {counted(len(absent), 'cell')}"
    hint = "A cell that is not there is missing, not 0. If so it is: `absent: missing`, or `absent: zero`."
    more = ", …" if len(absent) > SHOWN else ""
    return Problem("input.missing-cell", Place(given.place.file, given.place.line, 1), what, cells + more, hint=hint)


def _told(dimensions: tuple[str, ...], keys: list[Key]) -> Iterator[str]:
    for key in keys:
        yield ", ".join(f"{d} {k}" for d, k in zip(dimensions, key, strict=True))
