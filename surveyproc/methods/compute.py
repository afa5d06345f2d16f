"""A method on aligned inputs, cell by cell of `by`, with the error of every input passed through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from scipy import special

from surveyproc.config import models
from surveyproc.demography.fit import Counts, Fit
from surveyproc.demography.methods.declare import Counted
from surveyproc.demography.numbers import Floats
from surveyproc.demography.spread import Covariance, Cv, Interval, Scenarios, Uncertain
from surveyproc.demography.uncertainty import Propagated, of_counting, propagate
from surveyproc.methods.align import Aligned, InputArrays
from surveyproc.methods.spec import Calc
from surveyproc.problems import Collector, Problem

STATE = "state"
COUNTED = ("value", "variance", "lower", "upper")
Taken = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Part:
    """Results of one cell of `by`: each result's place in the flat arrays of `found`, and the states of fits, alike."""

    cell: tuple[str, ...]
    places: Mapping[str, tuple[slice, tuple[int, ...]]]
    found: Propagated
    states: Counts


def compute(calc: Calc, aligned: Aligned, settings: models.Demographic, problems: Collector) -> tuple[Part, ...]:
    """Every cell of `by` in turn; inputs that cannot be used end among the problems, with nothing computed."""
    if _stated_twice(calc, aligned, problems):
        return ()
    cells = list(product(*(range(len(categories)) for categories in aligned.by)))
    parts = []
    for index, at in enumerate(cells):
        names = tuple(aligned.by[axis][position] for axis, position in enumerate(at))
        given = {name: _taken(one.values, at) for name, one in aligned.inputs.items()}
        fault = calc.method.fault(given, aligned.axes, calc.choices) if index == 0 else ""
        if fault:
            problems.add(Problem("config.unsupported", calc.place(), f"method {calc.method.name}: {fault}"))
            return ()
        if calc.method.error == "counting":
            parts.append(_counted(calc, aligned, given, names))
            continue
        inputs = _inputs(calc, aligned.inputs, given, at)
        parts.append(_part(calc, aligned, inputs, names, settings))
    return tuple(parts)


def _stated_twice(calc: Calc, aligned: Aligned, problems: Collector) -> bool:
    """Whether errors are stated for counts whose chance error the method gives itself; they end among the problems."""
    before = len(problems.errors)
    for name, one in calc.model.inputs.items() if calc.method.error == "counting" else ():
        columns = [e for e, v in aligned.inputs[name].errors.items() if (np.nan_to_num(v) != 0).any()]
        if columns or one.cv or one.interval or one.scenarios or one.estimate:
            what = f"method {calc.method.name} takes counts of people and gives their chance error itself"
            hint = f"State no error of the input {name}."
            problems.add(Problem("config.unsupported", calc.place("inputs", name), what, hint=hint))
    return len(problems.errors) > before


def _counted(calc: Calc, aligned: Aligned, given: Taken, cell: tuple[str, ...]) -> Part:
    with np.errstate(all="ignore"):
        made: Mapping[str, Counted] = calc.method.function(given, aligned.axes, calc.choices)
    shown = {name: made[name] for name in calc.results}
    shapes = {name: np.shape(one.value) for name, one in shown.items()}
    states = np.concatenate([np.ravel(one.state) for one in shown.values()])
    flat = {f: np.concatenate([np.ravel(getattr(one, f)) for one in shown.values()]) for f in COUNTED}
    # A value whose variance cannot be worked out, such as one of as many parameters as records.
    vague = np.isfinite(flat["value"]) & ~np.isfinite(flat["variance"])
    states = np.where(vague, np.maximum(states, int(Fit.NOT_IDENTIFIED)), states)
    return Part(cell, dict(_places(shapes)), of_counting(**flat), states)


def _taken(values: Floats, at: tuple[int, ...]) -> Floats:
    """The cell of an array (*by, *axes), dimensions of length 1 being the same everywhere."""
    position = tuple(0 if values.shape[axis] == 1 else index for axis, index in enumerate(at))
    return np.asarray(values[position])


def _inputs(
    calc: Calc, arrays: Mapping[str, InputArrays], given: Taken, at: tuple[int, ...]
) -> dict[str, Floats | Uncertain]:
    made = {}
    for name, values in given.items():
        errors = {key: _taken(one, at) for key, one in arrays[name].errors.items()}
        made[name] = _uncertain(name, values, calc.model.inputs[name], errors)
    return made


def _uncertain(name: str, values: Floats, one: models.MethodInput, errors: Taken) -> Floats | Uncertain:
    """The input with the error stated for it; exact where none is, or where every error is 0."""
    source = one.error_source or name
    known = ~np.isnan(values)
    spread: Any = None
    if one.scenarios:
        spread = Scenarios({label: values * factor for label, factor in one.scenarios.items()})
    elif "se" in errors and (errors["se"][known] > 0).any():
        square = np.where(known, errors["se"], 0.0) ** 2
        matrix = np.diag(square.ravel()) if one.cells == "independent" else np.outer(*[np.sqrt(square).ravel()] * 2)
        spread = Covariance(matrix)
    elif "low" in errors and not known.all():
        # An interval's ends must hold its value, which a missing figure has not: its SD serves, 0 where missing.
        half = np.where(known, errors["high"] - errors["low"], 0.0) / (2.0 * special.ndtri((1.0 + one.level) / 2.0))
        spread = Covariance(np.diag(half.ravel() ** 2))
    elif "low" in errors:
        low, high = errors["low"], errors["high"]
        spread = Interval(low, high, level=one.level, distribution=one.distribution, cells=one.cells)
    else:
        cv = np.where(known, errors["cv"], 0.0) if "cv" in errors else np.full(values.shape, one.cv or 0.0)
        if (cv > 0).any():
            shape: Literal["normal", "lognormal"] = "lognormal" if one.distribution == "lognormal" else "normal"
            spread = Cv(cv, distribution=shape, cells=one.cells)
    return values if spread is None else Uncertain(values, source, spread)


def _part(
    calc: Calc, aligned: Aligned, inputs: Mapping[str, Any], cell: tuple[str, ...], settings: models.Demographic
) -> Part:
    plain = {name: one.value if isinstance(one, Uncertain) else one for name, one in inputs.items()}
    with np.errstate(all="ignore"):
        first = calc.method.function(plain, aligned.axes, calc.choices)
        shapes = {name: np.shape(first[name]) for name in calc.results}
        found = propagate(
            _flat(calc, aligned, shapes),
            inputs,
            how=settings.error_by if _has_error(inputs) else "auto",
            level=settings.confidence,
            draws=settings.draws,
            seed=settings.seed,
        )
    state = Fit(int(np.max(first[STATE]))) if STATE in first else Fit.CONVERGED
    return Part(cell, dict(_places(shapes)), found, np.full(found.value.shape, int(state)))


def _has_error(inputs: Mapping[str, Any]) -> bool:
    return any(isinstance(one, Uncertain) for one in inputs.values())


def _places(shapes: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, tuple[slice, tuple[int, ...]]]]:
    start = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape, dtype=np.int64))
        yield name, (slice(start, start + size), shape)
        start += size


def _flat(calc: Calc, aligned: Aligned, shapes: Mapping[str, tuple[int, ...]]) -> Callable[..., Floats]:
    """The method as a function to one array (..., N): all results in a row, so that one pass serves them all."""

    def function(**given: Any) -> Floats:
        made = calc.method.function(given, aligned.axes, calc.choices)
        lead = np.broadcast_shapes(*(np.shape(made[n])[: np.ndim(made[n]) - len(s)] for n, s in shapes.items()))
        rows = [np.broadcast_to(made[n], (*lead, *s)).reshape(*lead, -1) for n, s in shapes.items()]
        return np.concatenate(rows, axis=-1)

    return function
