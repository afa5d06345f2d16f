"""Variances of totals of psus within strata, and how many psus and strata stand behind a cell."""

from __future__ import annotations

import numpy as np

from surveyproc.estimate.columns import Layout
from surveyproc.estimate.frame import Chunk, Grid, Strata
from surveyproc.estimate.sums import Floats, Ints
from surveyproc.estimate.totals import CellTotals
from surveyproc.values import LonelyPsu


def count_psus(table: CellTotals, layout: Layout) -> tuple[Floats, Floats]:
    """Psus and strata (C, J) that hold a case of each measure."""
    grid = table.grid
    unique, back = np.unique(layout.cases, return_inverse=True)
    segments = grid.by_cell.starts
    psus = _count_above_zero(table.sums, unique, grid.by_segment.starts[segments])
    strata = _count_above_zero(table.segment_sums, unique, segments)
    return psus[:, back], strata[:, back]


def _count_above_zero(sums: Floats, columns: Ints, starts: Ints) -> Floats:
    """How many rows of each run are above zero in the columns chosen; (R, columns)."""
    ends = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    counts = [np.count_nonzero(np.take(sums[first:last], columns, axis=1) > 0, axis=0) for first, last in ends]
    return np.array(counts, dtype=np.float64).reshape(len(starts) - 1, len(columns))


def variances(table: CellTotals, strata: Strata, *, layout: Layout, slope: Floats) -> Floats:
    """Variance (C, J) of Σz, z = y − slope·x, with psus drawn within strata at the first stage (ultimate clusters).

    Σ_h (1 − f_h) n_h/(n_h − 1) Σ_p (z_p − z̄_h)², psus without a row in the cell being zeros (Särndal, Swensson and
    Wretman 1992, §4.3; R survey's onestrat). slope: (C, J). Lonely strata as R survey 4.5:
    certainty and remove add nothing; adjust centres at the mean over all psus of the strata present; average gives each
    lonely stratum present the mean variance of the others present. A stratum is present where the cell has a row of it
    with the measure known.
    """
    grid, segment_sums = table.grid, table.segment_sums
    drawn = strata.psus[grid.segment_stratum].astype(np.float64)
    free = strata.free[grid.segment_stratum]
    lonely = strata.lonely[grid.segment_stratum]
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(drawn > 1, free * drawn / (drawn - 1), 0.0)
    squares = np.concatenate(
        [_squares(table, chunk, layout=layout, drawn=drawn[chunk.segments], slope=slope) for chunk in grid.chunks]
        or [np.zeros((0, slope.shape[1]))]
    )
    if lonely.any() and strata.lonely_psu is LonelyPsu.ADJUST:
        own = segment_sums[:, : slope.shape[1]] - slope[grid.segment_cell] * segment_sums[:, layout.denominator]
        here = (segment_sums[:, layout.rows] > 0).astype(np.float64)
        squares[lonely] = _from_grand_mean(grid, own, here=here, drawn=drawn)[lonely]
        factor[lonely] = free[lonely]
    variance = grid.by_cell.sum(squares * factor[:, None])
    if lonely.any() and strata.lonely_psu is LonelyPsu.AVERAGE:
        here = (segment_sums[:, layout.rows] > 0).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            variance *= grid.by_cell.sum(here) / grid.by_cell.sum(here * ~lonely[:, None])
    return variance


def _from_grand_mean(grid: Grid, own: Floats, *, here: Floats, drawn: Floats) -> Floats:
    """(z_p − z̄)² of lonely psus present (S, J), z̄ the mean over all psus of the strata present in the cell."""
    psus = grid.by_cell.sum(here * drawn[:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        grand = np.where(psus > 0, grid.by_cell.sum(own) / psus, 0.0)
    squares: Floats = (own - grand[grid.segment_cell]) ** 2 * here
    return squares


def _squares(table: CellTotals, chunk: Chunk, *, layout: Layout, drawn: Floats, slope: Floats) -> Floats:
    """Σ_p (z_p − z̄)² of each segment of a chunk, over all psus of its stratum.

    Where every psu of the stratum is in the cell, values are first taken from that of the first psu: equal psus then
    give exactly 0.
    """
    grid, starts = table.grid, chunk.runs.starts
    present = grid.present[chunk.segments]
    sums = table.sums[chunk.groups]
    z = slope[grid.cell[chunk.groups]]
    z *= np.take(sums, layout.denominator, axis=1)
    np.subtract(sums[:, : slope.shape[1]], z, out=z)
    base = np.where((present == drawn)[:, None], z[starts[:-1]], 0.0)
    z -= np.repeat(base, present, axis=0)
    mean = chunk.runs.sum(z) / drawn[:, None]
    z -= np.repeat(mean, present, axis=0)
    np.square(z, out=z)
    return chunk.runs.sum(z) + (drawn - present)[:, None] * mean**2
