"""Variances of estimates with calibrated weights: those of the residuals of their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.calibration import operator
from surveyproc.estimate.frame import Strata
from surveyproc.estimate.replication import wanted_columns
from surveyproc.estimate.sums import Floats, Runs, changes, make_runs, run_starts
from surveyproc.estimate.totals import CellTotals, StageTotals, State
from surveyproc.values import LonelyPsu

ROUNDING = 1e-9  # residuals this small beside what they are left of are rounding: the totals are those calibrated to


@dataclass(frozen=True, slots=True)
class Residual:
    """variance: (C, J), of Σe; fixed: cells where no score is left, so that the totals calibrated to tell all."""

    variance: Floats
    fixed: NDArray[np.bool_]


def residual_variances(state: State, table: CellTotals, *, slope: Floats) -> Residual:
    """Variances of Σ w z, z = y − slope·x, with calibrated weights w: those of e = z − x·β, β from all rows.

    Deville and Särndal (1992), eq. 3.4: Σ_i w_i e_i in place of Σ_i w_i z_i in the variance of every stage, rows
    outside the cell having z = 0 but a residual. So every unit of the sample is present in every cell, and no stratum
    is lonely that is not so in the sample. Lonely strata as `variances` has them. Equal to R survey's svyrecvar for one
    step of calibration.
    """
    assert state.projection is not None
    assert table.crossed is not None
    wanted, projection = wanted_columns(state.layout), state.projection
    crossed = table.crossed[:, :, wanted.numerator] - slope[:, None, :] * table.crossed[:, :, wanted.denominator]
    taken = operator(projection) @ crossed
    variance = np.zeros_like(slope)
    left, before = np.zeros_like(slope), np.zeros_like(slope)
    stages: tuple[CellTotals | StageTotals, ...] = (table, *table.further)
    for stage, strata, unit_sums in zip(stages, (state.strata, *state.further), projection.unit_sums, strict=True):
        by_stratum = make_runs(run_starts(strata.stratum, len(strata.psus)))
        for cell in range(len(slope)):
            z = _scores(state, stage, cell, slope=slope[cell], units=len(unit_sums))
            e = z - unit_sums @ taken[cell]
            left[cell] += np.einsum("pj,pj->j", e, e)
            before[cell] += np.einsum("pj,pj->j", z, z)
            variance[cell] += _variance(e, strata, by_stratum)
    return Residual(variance, (before > 0) & (left <= ROUNDING**2 * before))


def _scores(state: State, stage: CellTotals | StageTotals, cell: int, *, slope: Floats, units: int) -> Floats:
    """Σ w z by unit (U, J) of one cell."""
    grid = stage.grid
    ends = grid.by_segment.starts[grid.by_cell.starts[cell : cell + 2]]
    part = slice(int(ends[0]), int(ends[1]))
    sums = stage.sums[part]
    z = np.zeros((units, len(slope)))
    z[grid.psu[part]] = sums[:, : len(slope)] - slope * np.take(sums, state.layout.denominator, axis=1)
    return z


def _variance(e: Floats, strata: Strata, by_stratum: Runs) -> Floats:
    """What one stage adds (J), of residuals by unit."""
    drawn = strata.psus.astype(np.float64)
    total = by_stratum.sum(e)
    squares = by_stratum.sum((e - (total / drawn[:, None])[strata.stratum]) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(drawn > 1, strata.free * drawn / (drawn - 1), 0.0)
    lonely = strata.lonely
    if lonely.any() and strata.lonely_psu in (LonelyPsu.ADJUST, LonelyPsu.AVERAGE):
        starts = changes(strata.parent)
        family, number = make_runs(starts), np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        counts = family.sum(np.stack((drawn, lonely, np.ones(len(drawn))), axis=1))[number]
        if strata.lonely_psu is LonelyPsu.ADJUST:
            grand = family.sum(total)[number] / counts[:, :1]
            squares = np.where(lonely[:, None], (total - grand) ** 2, squares)
            factor = np.where(lonely, strata.free, factor)
        else:
            with np.errstate(invalid="ignore", divide="ignore"):
                factor = np.where(lonely, 0.0, factor * counts[:, 2] / (counts[:, 2] - counts[:, 1]))
    variance: Floats = ((factor * strata.share)[:, None] * squares).sum(axis=0)
    return variance
