"""A file of demographic calculations read and checked: methods, inputs, choices, each fault at its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surveyproc.config import models
from surveyproc.config.gather import shown_path
from surveyproc.config.library import default_library
from surveyproc.config.names import did_you_mean
from surveyproc.config.reading import load_quality
from surveyproc.config.source import KeyPath, Source, load_source
from surveyproc.config.validate import validate
from surveyproc.demography.methods import METHODS, Input, Method
from surveyproc.demography.methods.declare import UNITS
from surveyproc.demography.uncertainty import SCENARIOS_AT_MOST
from surveyproc.problems import Collector, Place, Problem, SurveyprocError

RESERVED = ("value", "cv", "se", "low", "high")


@dataclass(frozen=True, slots=True)
class Calc:
    """One calculation: its name, what was written, the method, its choices and where it stands."""

    name: str
    model: models.Calculation
    method: Method
    choices: Any
    source: Source

    def place(self, *path: str | int) -> Place:
        """The place of a key under the calculation."""
        return self.source.place(("calculations", self.name, *path))

    def input(self, name: str) -> Input:
        """What the method says of an input."""
        return next(one for one in self.method.inputs if one.name == name)

    @property
    def results(self) -> tuple[str, ...]:
        """Names of the results that are published, in the method's order."""
        wanted = self.model.results
        return tuple(r.name for r in self.method.results if wanted is None or r.name in wanted)


@dataclass(frozen=True, slots=True)
class DemographicSpec:
    """Everything settled of a file of demographic calculations."""

    model: models.Demographic
    calcs: tuple[Calc, ...]
    quality: models.Quality | None
    quality_at: Callable[[KeyPath], Place]
    sources: Mapping[str, str]  # name as shown → SHA-256


def is_demographic(path: Path) -> bool:
    """Whether a config says `kind: demographic`; a file that cannot be read is not said to be one."""
    try:
        data = load_source(path, shown=shown_path(path)).data
    except SurveyprocError:
        return False
    return isinstance(data, dict) and "kind" in data


def load_demographic(path: Path) -> DemographicSpec:
    """Read and check a file of calculations. Raises SurveyprocError with all problems."""
    source = load_source(path, shown=shown_path(path))
    model = validate(models.Demographic, source)
    problems = Collector()
    calcs = [_calc(name, one, source, problems) for name, one in model.calculations.items()]
    dimensions = {d for calc in calcs for d in _dimensions(calc)}
    for name in model.labels:
        if name not in dimensions:
            what = f"no calculation has the dimension {name!r}"
            hint = did_you_mean(name, sorted(dimensions))
            problems.add(Problem("config.unused", source.place(("labels", name), of="key"), what, hint=hint))
    quality, quality_at, files = _quality(model, source, path, problems)
    problems.stop_on_errors()
    return DemographicSpec(model, tuple(calcs), quality, quality_at, {source.shown: source.sha256, **files})


def choose(spec: DemographicSpec, languages: Sequence[str] | None, only: Sequence[str] | None) -> DemographicSpec:
    """The file with other languages, or some of its calculations; names that are not there are refused."""
    offered, names = ("en", "ru", "kk"), [calc.name for calc in spec.calcs]
    problems = [
        Problem("config.bad-value", Place("--lang"), f"there are no words in {one!r}", expected=", ".join(offered))
        for one in languages or ()
        if one not in offered
    ]
    problems += [
        Problem(
            "config.unknown-name",
            Place("--only"),
            f"there is no calculation {one!r}",
            expected=", ".join(names),
            hint=did_you_mean(one, names),
        )
        for one in only or ()
        if one not in names
    ]
    if problems:
        raise SurveyprocError(problems)
    model = spec.model.model_copy(update={"languages": list(languages)}) if languages else spec.model
    return replace(spec, model=model, calcs=tuple(c for c in spec.calcs if not only or c.name in only))


def _quality(
    model: models.Demographic, source: Source, path: Path, problems: Collector
) -> tuple[models.Quality | None, Callable[[KeyPath], Place], dict[str, str]]:
    if model.quality is None:
        return None, lambda key: Place(), {}
    place = source.place(("quality", "profile"))
    try:
        quality, at = load_quality(model.quality.profile, default_library(path.parent, None), place)
    except SurveyprocError as error:
        problems.extend(error.problems)
        return None, lambda key: place, {}
    return quality, at.content_place, {at.shown: at.sha256}


def _calc(name: str, model: models.Calculation, source: Source, problems: Collector) -> Calc:
    method = METHODS[model.method]
    chosen = models.CHOICES[model.method]
    choices: Any = None
    at = ("calculations", name)
    if model.choices and not chosen.model_fields:
        what = f"method {method.name} leaves no choice"
        problems.add(Problem("config.unsupported", source.place((*at, "choices")), what, hint="Take the key out."))
    try:
        written = dict(model.choices) if chosen.model_fields else {}
        choices = validate(chosen, _Part.of(source, (*at, "choices"), written))
    except SurveyprocError as error:
        problems.extend(error.problems)
    calc = Calc(name, model, method, choices, source)
    problems.extend(_input_faults(calc))
    combinations = math.prod(len(one.scenarios) + 1 for one in model.inputs.values())
    if combinations > SCENARIOS_AT_MOST:
        what, most = f"the scenarios make {combinations:,} combinations", f"at most {SCENARIOS_AT_MOST:,}"
        problems.add(Problem("config.bad-value", calc.place("inputs"), what, expected=most))
    for given, one in model.inputs.items():
        if any(one_input.name == given for one_input in method.inputs):
            problems.extend(_figure_faults(calc, given, one))
    problems.extend(_name_faults(calc))
    return calc


class _Part(Source):
    """A part of a source, with the places of the whole."""

    __slots__ = ("whole", "within")
    whole: Source
    within: KeyPath

    @classmethod
    def of(cls, whole: Source, within: KeyPath, data: Any) -> _Part:
        made = cls(shown=whole.shown, data=data, sha256=whole.sha256, text=whole.text, spots=whole.spots)
        object.__setattr__(made, "whole", whole)
        object.__setattr__(made, "within", within)
        return made

    def place(self, path: KeyPath, *, of: Any = "value") -> Place:
        return self.whole.place((*self.within, *path), of=of)

    def raw(self, path: KeyPath) -> str:
        return self.whole.raw((*self.within, *path))

    def quoted(self, path: KeyPath) -> bool:
        return self.whole.quoted((*self.within, *path))


def _dimensions(calc: Calc) -> set[str]:
    axes = {axis for one in calc.method.inputs for axis in one.axes}
    return axes | {axis for one in calc.method.results for axis in one.axes} | set(calc.model.by)


def _input_faults(calc: Calc) -> Iterator[Problem]:
    known = [one.name for one in calc.method.inputs]
    for name in calc.model.inputs:
        if name not in known:
            place = calc.source.place(("calculations", calc.name, "inputs", name), of="key")
            what, hint = f"method {calc.method.name} has no input {name!r}", did_you_mean(name, known)
            yield Problem("config.unknown-name", place, what, expected=", ".join(known), hint=hint)
    for one in calc.method.inputs:
        if one.need == "required" and one.name not in calc.model.inputs:
            hint = f"`surveyproc inputs template {calc.method.name}` writes files to fill."
            what = f"method {calc.method.name} needs the input {one.name}"
            yield Problem("config.missing-key", calc.place("inputs"), what, hint=hint)


def _figure_faults(calc: Calc, name: str, one: models.MethodInput) -> Iterator[Problem]:
    units = list(UNITS[calc.input(name).kind])
    at = ("inputs", name)
    if one.unit not in units:
        what = f"input {name} of {calc.method.name} is not in {one.unit}"
        yield Problem("config.bad-value", calc.place(*at, "unit"), what, expected=" or ".join(units))
    given = [key for key in ("file", "value", "estimate") if getattr(one, key) is not None]
    if len(given) != 1:
        what = f"input {name} has {'no figures' if not given else ' and '.join(given)}"
        yield Problem("config.unsupported", calc.place(*at), what, expected="one of file, value and estimate")
        return
    for key, where in (("columns", ("file", "estimate")), ("where", ("file",)), ("interval", ("value",))):
        if getattr(one, key) and given[0] not in where:
            yield _unused(calc, (*at, key), f"{key} is not for an input from {given[0]}")
    if one.absent != "error" and given[0] == "value":
        yield _unused(calc, (*at, "absent"), "one value has no absent cells")
    yield from _error_faults(calc, at, one)


def _error_faults(calc: Calc, at: KeyPath, one: models.MethodInput) -> Iterator[Problem]:
    stated = [key for key in ("cv", "interval", "scenarios") if getattr(one, key) not in (None, {})]
    if len(stated) > 1:
        yield _unused(calc, (*at, stated[1]), f"an input has one kind of error, and {stated[0]} is said already")
    if one.estimate is not None and stated:
        yield _unused(calc, (*at, stated[0]), "estimates of a survey bring their own errors")
    if one.cv is not None and one.distribution == "uniform":
        yield _unused(calc, (*at, "distribution"), "a cv has a normal or a lognormal distribution")
    if one.interval is not None and one.value is not None and not one.interval[0] <= one.value <= one.interval[1]:
        what = "the value lies outside its interval"
        yield Problem("config.bad-value", calc.place(*at, "interval"), what, got=str(one.interval))
    if one.interval is not None and one.distribution == "lognormal" and one.interval[0] <= 0:
        what = "a lognormal interval lies above 0"
        yield Problem("config.bad-value", calc.place(*at, "interval"), what, got=str(one.interval))
    for name, factor in one.scenarios.items():
        if factor < 0:
            what = "figures times a factor below 0 are no scenario"
            yield Problem("config.bad-value", calc.place(*at, "scenarios", name), what, got=f"{factor:g}")


def _unused(calc: Calc, path: KeyPath, what: str) -> Problem:
    return Problem("config.unsupported", calc.place(*path), what, hint="Take the key out.")


def _name_faults(calc: Calc) -> Iterator[Problem]:
    taken = {*RESERVED, *(axis for one in calc.method.inputs for axis in one.axes)}
    for index, name in enumerate(calc.model.by):
        if name in taken or name in calc.model.by[:index]:
            what = f"{name!r} is a dimension of the method itself, or stands twice"
            yield Problem("config.duplicate-name", calc.place("by", index), what)
    known = [result.name for result in calc.method.results]
    for index, name in enumerate(calc.model.results or ()):
        if name not in known:
            hint = did_you_mean(name, known)
            what = f"method {calc.method.name} has no result {name!r}"
            yield Problem("config.unknown-name", calc.place("results", index), what, "", ", ".join(known), hint)
