"""What calibrated weights take off the scores of an estimate: their regression on the calibration variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveyproc.estimate.sums import Floats, Ints
from surveyproc.values import Calibration, Design

if TYPE_CHECKING:
    from surveyproc.estimate.columns import Columns
    from surveyproc.estimate.frame import Groups

SWEEPS = 10  # of R survey's rake
SAME = 1e-12  # part of the spread of calibration variables below which a direction is none


@dataclass(frozen=True, slots=True)
class Step:
    """The calibration variables of one step.

    columns: its places among all Q; x: (K, q); cell: (n), each row's, in psu order; ratio: (n), the weight in the
    regression over the final weight.
    """

    columns: slice
    x: Floats
    cell: Ints
    ratio: Floats


@dataclass(frozen=True, slots=True)
class Projection:
    """All steps together, Q calibration variables.

    unit_sums: Σ w x by psu, and by unit of each further stage, each (U, Q); gram: (Q, Q), rows by the weights of their
    step's regression, Σ v x x′; runs: the columns that are regressed on together, in the order in which this is done.
    """

    steps: tuple[Step, ...]
    unit_sums: tuple[Floats, ...]
    gram: Floats
    runs: tuple[Ints, ...]

    def plus(self, other: Projection) -> Projection:
        """The projection of both sets of rows; what only rows of a frame need stays that of the first."""
        sums = tuple(a + b for a, b in zip(self.unit_sums, other.unit_sums, strict=True))
        return replace(self, unit_sums=sums, gram=self.gram + other.gram)


def make_projection(
    design: Design, *, units: Sequence[NDArray[Any]], sizes: Sequence[int], order: Ints | None
) -> Projection | None:
    """The projection of a design's calibrations, None where it has none.

    None too where replicates hold the calibration. units: the unit of each record calibrated at each stage, as the
    frame counts them; sizes: how many there are. Raises ValueError where steps calibrated different records.
    """
    if not design.calibrations or design.replicates is not None:
        return None
    carried = design.calibrations[0].carried
    if any(step.carried is not carried for step in design.calibrations):
        raise ValueError("all steps of a design calibrate the same records")
    weight = design.weight if carried is None else carried.design.weight
    blocks = [np.asarray(c.auxiliary, dtype=np.float64) for c in design.calibrations]
    starts = np.concatenate(([0], np.cumsum([b.shape[1] for b in blocks]))).tolist()
    rates = [_rates(c, weight) for c in design.calibrations]
    steps, runs = [], []
    for calibration, x, rate, start in zip(design.calibrations, blocks, rates, starts[:-1], strict=True):
        cell, ratio = _at_rows(calibration, design, rate, order)
        steps.append(Step(slice(start, start + x.shape[1]), x, cell, ratio))
        runs.append([start + run for run in _runs(calibration)])
    codes = [c.cells for c in design.calibrations]
    return Projection(
        steps=tuple(steps),
        unit_sums=tuple(
            np.hstack([_unit_sums(unit, c, x, weight, size) for c, x in zip(codes, blocks, strict=True)])
            for unit, size in zip(units, sizes, strict=True)
        ),
        gram=_gram(codes, blocks, rates),
        runs=tuple(run for of_step in reversed(runs) for run in of_step),
    )


def _rates(calibration: Calibration, weight: Floats) -> Floats:
    """The weight of each record (m) in the regression; 0 for a record that a step has left without weight."""
    if calibration.residuals == "sweeps":
        rate = np.ones(len(weight))
    else:
        rate = calibration.before
        if calibration.spread is not None:
            rate = rate / calibration.spread[calibration.cells]
    return np.where(weight > 0, rate, 0.0)


def _at_rows(calibration: Calibration, design: Design, rate: Floats, order: Ints | None) -> tuple[Ints, Floats]:
    record = np.arange(len(design.weight)) if calibration.carried is None else calibration.carried.record
    if order is not None:
        record = record[order]
    weight = design.weight if order is None else design.weight[order]
    found = (record >= 0) & (weight > 0)
    ratio = np.where(found, rate[record] / np.where(weight > 0, weight, 1.0), 0.0)
    return calibration.cells[record].astype(np.int64), ratio


def _runs(calibration: Calibration) -> list[Ints]:
    columns = np.arange(calibration.auxiliary.shape[1])
    if calibration.residuals == "regression":
        return [columns]
    margins = np.zeros(len(columns)) if calibration.margins is None else np.asarray(calibration.margins)
    return [columns[margins == m] for m in dict.fromkeys(margins.tolist())] * SWEEPS


def _unit_sums(unit: NDArray[Any], cells: NDArray[np.int32], x: Floats, weight: Floats, size: int) -> Floats:
    table = sparse.coo_matrix((weight, (unit, cells)), shape=(size, len(x))).tocsr()
    return np.asarray(table @ x, dtype=np.float64)


def _gram(codes: Sequence[NDArray[np.int32]], blocks: Sequence[Floats], rates: Sequence[Floats]) -> Floats:
    rows = []
    for cell, x, rate in zip(codes, blocks, rates, strict=True):
        row = []
        for other, of_other in zip(codes, blocks, strict=True):
            if other is cell:
                row.append(x.T @ (x * np.bincount(cell, weights=rate, minlength=len(x))[:, None]))
            else:
                pairs = sparse.coo_matrix((rate, (cell, other)), shape=(len(x), len(of_other))).tocsr()
                row.append(x.T @ np.asarray(pairs @ of_other))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def operator(projection: Projection) -> Floats:
    """L (Q, Q): the scores z lose x·β with β = L·Σ v x z.

    The last step comes first: what a weight was before it does not bear on totals that it fixed. (R survey's svyrecvar
    goes through the steps in the order they were made, by which a total fixed by the last has an error.)
    """
    size = len(projection.gram)
    result, identity = np.zeros((size, size)), np.eye(size)
    inverses: dict[int, Floats] = {}
    for run in projection.runs:
        if id(run) not in inverses:
            inverses[id(run)] = _inverse(projection.gram[np.ix_(run, run)])
        left = identity[run] - projection.gram[run] @ result
        result[run] += inverses[id(run)] @ left
    return result


def _inverse(gram: Floats) -> Floats:
    """The generalised inverse of Σ v x x′, columns first brought to one length."""
    length = np.sqrt(np.diag(gram))
    length = np.where(length > 0, length, 1.0)
    value, vector = np.linalg.eigh(gram / np.outer(length, length))
    inner = np.where(value > SAME * max(value[-1], 1.0), 1.0 / np.where(value > 0, value, 1.0), 0.0)
    inverse: Floats = (vector * inner) @ vector.T / np.outer(length, length)
    return inverse


def cross_sums(projection: Projection, groups: Groups, columns: Columns, wanted: Ints) -> Floats:
    """Σ v x z by cell (C, Q, K') of the columns wanted, z being their values without the weight."""
    cells = len(groups.grid.cells)
    result = np.zeros((cells, len(projection.gram), len(wanted)))
    rows = groups.rows
    table, places = columns.rows(rows, wanted), np.arange(len(rows))
    code = groups.code[rows]
    for step in projection.steps:
        key = code * len(step.x) + step.cell[rows]
        unique, place = np.unique(key, return_inverse=True)
        picker = sparse.csr_matrix((step.ratio[rows], (place, places)), shape=(len(unique), len(rows)))
        sums = np.asarray(picker @ table)
        starts = np.searchsorted(unique // len(step.x), np.arange(cells + 1)).tolist()
        for cell in range(cells):
            part = slice(starts[cell], starts[cell + 1])
            result[cell, step.columns] = step.x[unique[part] % len(step.x)].T @ sums[part]
    return result
