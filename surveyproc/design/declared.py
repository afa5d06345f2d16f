"""Weights that were calibrated before they came into the file: the margins they meet, so that errors are honest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import rows_at
from surveyproc.config import models
from surveyproc.config.spec import RoundSpec
from surveyproc.design.steps import placed_at
from surveyproc.expressions.scope import ancestry
from surveyproc.problems import Place, Problem
from surveyproc.values import Calibration, Carried, DerivedLevel, Design

Floats = NDArray[np.float64]
Margin: TypeAlias = str | list[str] | models.CalibratedNumber
MOST = 2_000  # categories of all margins together


def margin_columns(margin: Margin) -> tuple[str, ...]:
    """The columns that a margin is made of."""
    if isinstance(margin, models.CalibratedNumber):
        return (margin.number,)
    return (margin,) if isinstance(margin, str) else tuple(margin)


def declared_columns(spec: RoundSpec, levels: Sequence[str]) -> list[tuple[str, tuple[str, ...], str]]:
    """(level of the weight, entry, column) of every margin declared for the levels whose weights are used."""
    entries = spec.design.calibrated_on
    return [
        (level, ("calibrated_on", level), column)
        for level in levels
        for margin in entries.get(level, [])
        for column in margin_columns(margin)
    ]


def with_declared(
    design: Design,
    sampled: Design,
    levels: Mapping[str, DerivedLevel],
    spec: RoundSpec,
    weight_level: str,
    *,
    weight: Floats,
    column: Callable[[str], NDArray[Any]],
) -> tuple[Design | None, tuple[Problem, ...]]:
    """A design with the calibration that is declared of its weights; None where any problem is found.

    sampled: of the records that were sampled; weight: of the records of the weight's level; column: values by such
    record.
    """
    where = Place(levels[weight_level].raw.info.path, level=weight_level)
    if sampled.level not in ancestry(spec.levels, weight_level):
        what = f"{weight_level} records lie above the psus, so their calibration cannot be followed"
        return None, (Problem("design.calibrated-on", where, what, hint="Leave calibrated_on out."),)
    step, problems = declared(spec.design.calibrated_on[weight_level], weight, column, where=where)
    if step is None:
        return None, problems
    record = rows_at(levels, design.level, weight_level)
    if record is not None:
        of_records = placed_at(sampled, levels, weight_level, sampled.level, weight)
        step = replace(step, carried=Carried(record.astype(np.int32), of_records))
    return replace(design, calibrations=(step,)), ()


def declared(
    margins: Sequence[Margin], weight: Floats, column: Callable[[str], NDArray[Any]], *, where: Place
) -> tuple[Calibration | None, tuple[Problem, ...]]:
    """The calibration of weights (m) to totals that they meet already; None where any problem is found.

    column: values by record, numbers (NaN = missing) or text (blank = missing). Categories are the values found; the
    total of a number is its weighted sum. Weights before calibration are not known: those of the file stand for them.
    """
    columns = {name: column(name) for margin in margins for name in margin_columns(margin)}
    problems = _faults(margins, columns, weight, where)
    if problems:
        return None, tuple(problems)
    parts = [_part(margin, columns) for margin in margins]
    widths = [1 if part.numbers is not None else int(part.codes.max()) + 1 for part in parts]
    if sum(widths) > MOST:
        what, hint = "the margins have too many categories", "A number is declared as {number: COLUMN}."
        return None, (Problem("design.calibrated-on", where, what, got=f"{sum(widths):,}", hint=hint),)
    _, first, cells = np.unique(np.stack([p.codes for p in parts]), axis=1, return_index=True, return_inverse=True)
    x = np.hstack([_by_cell(part, first, width) for part, width in zip(parts, widths, strict=True)])
    labels = [" × ".join(margin_columns(margin)) for margin in margins]
    return Calibration(
        cells=cells.ravel().astype(np.int32),
        auxiliary=x,
        before=weight,
        totals=x.T @ np.bincount(cells.ravel(), weights=weight, minlength=len(x)),
        names=tuple(f"{label} {k + 1}" for label, width in zip(labels, widths, strict=True) for k in range(width)),
        margins=tuple(j for j, width in enumerate(widths) for _ in range(width)),
    ), ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One margin by record: which category or number (m), and the numbers."""

    codes: NDArray[np.int64]
    numbers: Floats | None = None


def _part(margin: Margin, columns: Mapping[str, NDArray[Any]]) -> _Part:
    codes = np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
    for name in margin_columns(margin):
        found = np.unique(columns[name], return_inverse=True)[1].ravel()
        codes = np.unique(codes * (int(found.max(initial=0)) + 1) + found, return_inverse=True)[1].ravel()
    if isinstance(margin, models.CalibratedNumber):
        return _Part(codes, columns[margin.number].astype(np.float64))
    return _Part(codes)


def _by_cell(part: _Part, first: NDArray[np.intp], width: int) -> Floats:
    if part.numbers is not None:
        return part.numbers[first][:, None]
    return np.eye(width)[part.codes[first]]


def _faults(
    margins: Sequence[Margin], columns: Mapping[str, NDArray[Any]], weight: Floats, where: Place
) -> list[Problem]:
    problems = []
    for name, values in columns.items():
        blank = values == "" if values.dtype == object else np.isnan(values)
        cases = int(blank.sum())
        if cases:
            place = replace(where, variable=name, cases=cases)
            what = f"cases have no {name}, which the weights were calibrated on"
            problems.append(Problem("design.calibrated-on", place, what, expected="a value for every case"))
    for margin in margins:
        if isinstance(margin, models.CalibratedNumber) and columns[margin.number].dtype == object:
            place = replace(where, variable=margin.number)
            problems.append(Problem("design.calibrated-on", place, "the column holds text", expected="numbers"))
    return problems
