"""Calibration as a step: known totals compared with the sample, weights calibrated in each partition, told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.config import models
from surveyproc.config.weightspec import KnownTotals
from surveyproc.problems import SurveyprocError
from surveyproc.values import Calibration, CalibrationMethod
from surveyproc.values.weights import WeightLine, Weights
from surveyproc.weight.calibrate import calibrate
from surveyproc.weight.classes import coded
from surveyproc.weight.figures import histogram
from surveyproc.weight.margins import Margin, Targets, margins_of, targets_of
from surveyproc.weight.plausible import implausible
from surveyproc.weight.result import Calibrated
from surveyproc.weight.sample import Prepared, Sample
from surveyproc.weight.why import not_met

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """One partition ready to be calibrated: its rows (m of n), their cells (m), x of each cell (C, q), the totals."""

    name: str
    rows: NDArray[np.intp]
    cells: NDArray[np.int32]
    auxiliary: Floats
    targets: Targets


def calibration(step: models.CalibrateStep, known: KnownTotals, sample: Sample) -> Prepared:
    """Known totals against the sample, then weights that meet them.

    Raises SurveyprocError with everything found in all partitions: what cannot be, else what was not met and why.
    """
    margins, parts = prepared(step, known, sample)
    problems = [p for part in parts for p in implausible(step, known, margins, part.name, part.rows, sample)]
    if any(p.severity == "error" for p in problems):
        raise SurveyprocError(problems)
    done = [_calibrated(step, part, sample.weight) for part in parts]
    failed = [not_met(step, part.targets, one, sample.place) for part, one in zip(parts, done, strict=True)]
    problems += [problem for problem in failed if problem is not None]
    if problems:
        raise SurveyprocError(problems)

    def apply(weight: Weights) -> Weights:
        if weight.ndim == 2:
            return np.stack([apply(weight[:, r]) for r in range(weight.shape[1])], axis=1).astype(np.float64)
        result = weight.copy()
        for part in parts:
            found = _calibrated(step, part, weight)
            problem = not_met(step, part.targets, found, sample.place)
            if problem is not None:
                raise SurveyprocError([problem])
            result[part.rows] = weight[part.rows] * found.g
        return result

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        return _lines(known, parts, done, before, after)

    names = ", ".join(margin.spec.name for margin in margins)
    detail = f"{step.method}: {names}" + (f" by {known.partition}" if known.partition else "")
    return Prepared(apply, detail, lines, calibrations=tuple(_told(step, part, sample) for part in parts))


def prepared(
    step: models.CalibrateStep, known: KnownTotals, sample: Sample
) -> tuple[tuple[Margin, ...], tuple[Part, ...]]:
    """Margins on the rows of the level, and the partitions that have rows of weight above zero."""
    used = sample.weight > 0
    if known.partition is not None:
        sample.require((known.partition,), used, "the partition")
    margins = margins_of(known, sample, used)
    if known.partition is None:
        where = {"": used}
    else:
        codes, names = coded(sample.column(known.partition))
        where = {name: used & (codes == at) for at, name in enumerate(names)}
    parts = []
    for name, mask in where.items():
        targets = targets_of(known, name, margins, mask, step.rounding)
        if len(targets.total):
            rows = np.flatnonzero(mask)
            parts.append(Part(name, rows, *_cells(margins, targets, rows), targets))
    return margins, tuple(parts)


def _cells(margins: Sequence[Margin], targets: Targets, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], Floats]:
    """Rows that add the same to every total are one cell: cells (m) and what one row of each adds (C, q)."""
    key = np.zeros(len(rows), dtype=np.int64)
    for margin in margins:
        if margin.codes is not None:
            found = margin.codes[rows] + 1
        else:
            assert margin.numbers is not None
            found = np.unique(margin.numbers[rows], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
        width = int(found.max(initial=0)) + 1
        key = np.unique(key * width + found, return_inverse=True)[1].astype(np.int64)
    _, first = np.unique(key, return_index=True)
    x = np.zeros((len(first), len(targets.total)))
    for column, (at, cell) in enumerate(zip(targets.margin.tolist(), targets.cell.tolist(), strict=True)):
        margin = margins[at]
        here = rows[first]
        x[:, column] = margin.codes[here] == cell if margin.codes is not None else margin.added(here, cell)
    return key.astype(np.int32), x


def method_of(step: models.CalibrateStep) -> CalibrationMethod:
    """The calibration function; poststratification is linear calibration on one partition."""
    return "linear" if step.method == "poststratify" else step.method


def _bounds(step: models.CalibrateStep) -> tuple[float, float] | None:
    return None if step.bounds is None else (float(step.bounds[0]), float(step.bounds[1]))


def _calibrated(step: models.CalibrateStep, part: Part, weight: Floats) -> Calibrated:
    return calibrate(
        weight[part.rows],
        part.cells,
        part.auxiliary,
        totals=part.targets.total,
        names=part.targets.names,
        method=method_of(step),
        bounds=_bounds(step),
        margins=part.targets.margin.tolist(),
        tolerance=step.tolerance,
        iterations=step.iterations,
    )


def _told(step: models.CalibrateStep, part: Part, sample: Sample) -> Calibration:
    """What variances need; rows of other partitions lie in one cell more, which adds to no total."""
    cells = np.full(len(sample.weight), len(part.auxiliary), dtype=np.int32)
    cells[part.rows] = part.cells
    return Calibration(
        cells=cells,
        auxiliary=np.vstack([part.auxiliary, np.zeros((1, part.auxiliary.shape[1]))]),
        before=sample.weight,
        totals=part.targets.total,
        names=part.targets.names,
        method=method_of(step),
        bounds=_bounds(step),
        margins=tuple(part.targets.margin.tolist()),
    )


def _lines(
    known: KnownTotals, parts: Sequence[Part], done: Sequence[Calibrated], before: Weights, after: Weights
) -> tuple[WeightLine, ...]:
    lines = []
    for part, found in zip(parts, done, strict=True):
        above = (("" if known.partition is None else known.partition, part.name),) if part.name else ()
        for at, cell, one in zip(
            part.targets.margin.tolist(), part.targets.cell.tolist(), found.constraints, strict=True
        ):
            margin = known.margins[at]
            labels = tuple(zip(margin.variables, margin.cells[cell], strict=False)) or ((margin.variables[0], ""),)
            figures = {"target": one.target, "before": one.before, "after": one.after}
            lines.append(WeightLine("total", (*above, *labels), figures, margin.level))
    kept = before > 0
    return (*lines, *histogram(after[kept] / before[kept]))
