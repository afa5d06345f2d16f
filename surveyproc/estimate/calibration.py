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

    columns: its places among all Q; x: (K, q); cell: (n), each row's, in psu order; ratio: (n), the weight v in the
    regression over the weight a after the step.
    """

    columns: slice
    x: Floats
    cell: Ints
    ratio: Floats


@dataclass(frozen=True, slots=True)
class Projection:
    """All steps together, Q calibration variables.

    unit_sums: Σ a x by psu, and by unit of each further stage, each (U, Q), a the weights after the step of x; gram:
    (Q, Q), of steps s and t the sums Σ v_s/a_s x_s a_t x_t′; runs: the columns that are regressed on together, in the
    order in which this is done.
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
    afters = _afters(design.calibrations, weight)
    ratios = [_ratios(c, after, weight) for c, after in zip(design.calibrations, afters, strict=True)]
    steps, runs = [], []
    for calibration, x, ratio, start in zip(design.calibrations, blocks, ratios, starts[:-1], strict=True):
        steps.append(Step(slice(start, start + x.shape[1]), x, *_at_rows(calibration, ratio, order)))
        runs.append([start + run for run in _runs(calibration)])
    codes = [c.cells for c in design.calibrations]
    return Projection(
        steps=tuple(steps),
        unit_sums=tuple(
            np.hstack([_unit_sums(unit, *one, size) for one in zip(codes, blocks, afters, strict=True)])
            for unit, size in zip(units, sizes, strict=True)
        ),
        gram=_gram(codes, blocks, ratios, afters),
        runs=tuple(run for of_step in reversed(runs) for run in of_step),
    )


def _afters(calibrations: Sequence[Calibration], weight: Floats) -> list[Floats]:
    """The weights after each step: those before the next, or of parts calibrated side by side before the one after."""
    afters = [weight]
    for step, following in zip(reversed(calibrations[:-1]), reversed(calibrations[1:]), strict=True):
        beside = step.before is following.before or np.array_equal(step.before, following.before)
        afters.append(afters[-1] if beside else following.before)
    return afters[::-1]


def _ratios(calibration: Calibration, after: Floats, weight: Floats) -> Floats:
    """v/a of each record (m), 0 for one left without weight. Of the sweeps v is 1 and not the weight before."""
    rate = np.ones(len(weight)) if calibration.residuals == "sweeps" else calibration.before
    if calibration.spread is not None:
        rate = rate / calibration.spread[calibration.cells]
    some = weight != 0
    return np.where(some, rate / np.where(some, after, 1.0), 0.0)


def _at_rows(calibration: Calibration, ratio: Floats, order: Ints | None) -> tuple[Ints, Floats]:
    """Cell and ratio of each row of the design, in psu order; a row without a record has none."""
    if calibration.carried is None:
        record: NDArray[Any] = np.arange(len(ratio)) if order is None else order
        return calibration.cells[record].astype(np.int64), ratio[record]
    record = calibration.carried.record if order is None else calibration.carried.record[order]
    return calibration.cells[record].astype(np.int64), np.where(record >= 0, ratio[record], 0.0)


def _runs(calibration: Calibration) -> list[Ints]:
    columns = np.arange(calibration.auxiliary.shape[1])
    if calibration.residuals == "regression":
        return [columns]
    margins = np.zeros(len(columns)) if calibration.margins is None else np.asarray(calibration.margins)
    return [columns[margins == m] for m in dict.fromkeys(margins.tolist())] * SWEEPS


def _unit_sums(unit: NDArray[Any], cells: NDArray[np.int32], x: Floats, weight: Floats, size: int) -> Floats:
    table = sparse.coo_matrix((weight, (unit, cells)), shape=(size, len(x))).tocsr()
    return np.asarray(table @ x, dtype=np.float64)


def _gram(
    codes: Sequence[NDArray[np.int32]], blocks: Sequence[Floats], ratios: Sequence[Floats], afters: Sequence[Floats]
) -> Floats:
    rows = []
    for cell, x, ratio in zip(codes, blocks, ratios, strict=True):
        row = []
        for other, of_other, after in zip(codes, blocks, afters, strict=True):
            if other is cell:
                row.append(x.T @ (of_other * np.bincount(cell, weights=ratio * after, minlength=len(x))[:, None]))
            else:
                some = _holding(x)[cell] & _holding(of_other)[other]
                places, shape = (cell[some], other[some]), (len(x), len(of_other))
                pairs = sparse.coo_matrix(((ratio * after)[some], places), shape=shape).tocsr()
                row.append(x.T @ np.asarray(pairs @ of_other))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def _holding(x: Floats) -> NDArray[np.bool_]:
    """Cells (K) that add to any total."""
    return np.asarray((x != 0).any(axis=1), dtype=np.bool_)


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


def unit_residuals(design: Design, scores: Floats) -> Floats:
    """Sums Σ w z − Σ a x·β (U, K) of scores (n, K) by unit of the last stage of a design with calibrated weights."""
    records = design if design.calibrations[0].carried is None else design.calibrations[0].carried.design
    unit, size, of_records = design.psu, len(design.psu_stratum), records.psu
    if design.further:
        unit, size, of_records = design.further[-1].unit, len(design.further[-1].unit_stratum), records.further[-1].unit
    projection = make_projection(design, units=[of_records], sizes=[size], order=None)
    assert projection is not None
    weighted = scores * design.weight[:, None]
    crossed = [step.x.T @ _summed(step.cell, weighted * step.ratio[:, None], len(step.x)) for step in projection.steps]
    taken = operator(projection) @ np.vstack(crossed)
    return _summed(unit, weighted, size) - projection.unit_sums[0] @ taken


def _summed(code: NDArray[Any], columns: Floats, size: int) -> Floats:
    rows = np.arange(len(code))
    picker = sparse.csr_matrix((np.ones(len(code)), (code, rows)), shape=(size, len(code)))
    return np.asarray(picker @ columns, dtype=np.float64)


def cross_sums(projection: Projection, groups: Groups, columns: Columns, wanted: Ints) -> Floats:
    """Σ v/a x w z by cell (C, Q, K') of the columns w z that are wanted, v and a the weights of each step."""
    cells = len(groups.grid.cells)
    result = np.zeros((cells, len(projection.gram), len(wanted)))
    rows = groups.rows
    table = columns.rows(rows, wanted)
    code = groups.code[rows]
    for step in projection.steps:
        some = _holding(step.x)[step.cell[rows]]  # of a part of the sample, only its own rows
        mine = rows[some]
        unique, place = np.unique(code[some] * len(step.x) + step.cell[mine], return_inverse=True)
        parts = step.ratio[mine], (place, np.flatnonzero(some))
        sums = np.asarray(sparse.csr_matrix(parts, shape=(len(unique), len(rows))) @ table)
        starts = np.searchsorted(unique // len(step.x), np.arange(cells + 1)).tolist()
        for cell in range(cells):
            part = slice(starts[cell], starts[cell + 1])
            result[cell, step.columns] = step.x[unique[part] % len(step.x)].T @ sums[part]
    return result
