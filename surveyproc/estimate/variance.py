"""Variances of totals of psus within strata, and how many psus and strata stand behind a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveyproc.estimate.columns import Layout
from surveyproc.estimate.fast import compiled, share
from surveyproc.estimate.frame import CERTAIN, Chunk, Grid, Strata
from surveyproc.estimate.sums import Floats, Ints, Runs, changes, make_runs
from surveyproc.estimate.totals import CellTotals, StageTotals
from surveyproc.values import LonelyPsu


def count_psus(table: CellTotals, layout: Layout) -> tuple[Floats, Floats]:
    """Psus and strata (C, J) that hold a case of each measure."""
    grid = table.grid
    unique, back = np.unique(layout.weight, return_inverse=True)
    segments = grid.by_cell.starts
    psus = _count_above_zero(table.sums, unique, grid.by_segment.starts[segments])
    strata = _count_above_zero(table.segment_sums, unique, segments)
    return psus[:, back], strata[:, back]


def _count_above_zero(sums: Floats, columns: Ints, starts: Ints) -> Floats:
    """How many rows of each run are above zero in the columns chosen; (R, columns)."""
    kernels = compiled(len(sums) * len(columns))
    if kernels is not None:
        total = np.zeros((len(starts) - 1, len(columns)))
        share(kernels.COUNTS, starts, starts, sums, columns, total)
        return total
    ends = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    counts = [np.count_nonzero(np.take(sums[first:last], columns, axis=1) > 0, axis=0) for first, last in ends]
    return np.array(counts, dtype=np.float64).reshape(len(starts) - 1, len(columns))


def variances(table: CellTotals | StageTotals, strata: Strata, *, layout: Layout, slope: Floats) -> Floats:
    """Variance (C, J) of Σz, z = y − slope·x, that one stage of selection adds; slope: (C, J).

    share · Σ_h (1 − f_h) n_h/(n_h − 1) Σ_p (z_p − z̄_h)², units without a row in the cell being zeros, share the part
    drawn at the stages before (Särndal, Swensson and Wretman 1992, §4.3–4.4; R survey's multistage). The first stage
    alone is the ultimate-cluster variance. Lonely strata as R survey 4.5: certainty and remove add nothing; adjust
    centres at the mean over all units of the strata present; average gives each lonely stratum present the mean
    variance of the others present. Both look within the unit of the stage before. A stratum is present where the cell
    has a row of it with the measure known.
    """
    grid, segment_sums = table.grid, table.segment_sums
    drawn = strata.psus[grid.segment_stratum].astype(np.float64)
    free = strata.free[grid.segment_stratum]
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(drawn > 1, free * drawn / (drawn - 1), 0.0)
    squares = _squares(table, layout=layout, drawn=drawn, slope=slope)
    lonely = strata.lonely[grid.segment_stratum]
    scale = (factor * strata.share[grid.segment_stratum])[:, None]
    if not lonely.any() and not strata.lonely_in_domain:
        return grid.by_cell.sum(squares * scale)
    here = (segment_sums[:, layout.rows] > 0).astype(np.float64)
    alone = here * lonely[:, None]
    if strata.lonely_in_domain:
        alone += _alone_in_domain(table, layout, drawn) * (free >= CERTAIN)[:, None]
    families = _families(grid, strata)
    if strata.lonely_psu is LonelyPsu.ADJUST:
        own = segment_sums[:, : slope.shape[1]] - slope[grid.segment_cell] * segment_sums[:, layout.denominator]
        grand = families.mean(own, here * drawn[:, None])
        adjusted = (own - grand) ** 2 + (drawn[:, None] - 1) * grand**2
        factor = np.where(drawn > 1, factor, free) * strata.share[grid.segment_stratum]
        scale = factor[:, None]
        squares = np.where(alone > 0, adjusted, squares)
    elif strata.lonely_psu is LonelyPsu.AVERAGE:
        squares = np.where(alone > 0, 0.0, squares)
        with np.errstate(invalid="ignore", divide="ignore"):
            scale = scale * families.spread(here) / families.spread(here - alone)
    with np.errstate(invalid="ignore"):
        return grid.by_cell.sum(squares * scale)


def _alone_in_domain(table: CellTotals | StageTotals, layout: Layout, drawn: Floats) -> Floats:
    """1 where the cell holds a single unit of several (S, J), that has the measure known."""
    unique, back = np.unique(layout.rows, return_inverse=True)
    units = table.grid.by_segment.sum((table.sums[:, unique] > 0).astype(np.float64))
    alone: Floats = ((units == 1) & (drawn > 1)[:, None]).astype(np.float64)[:, back]
    return alone


@dataclass(frozen=True, slots=True)
class _Families:
    """Segments of one cell whose strata lie in the same unit of the stage before."""

    runs: Runs
    number: Ints  # (S)

    def spread(self, values: Floats) -> Floats:
        """Sums over the family of each segment."""
        return self.runs.sum(values)[self.number]

    def mean(self, values: Floats, weights: Floats) -> Floats:
        """Sum of values over sum of weights in the family of each segment, 0 where it has no weight."""
        below = self.spread(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(below > 0, self.spread(values) / below, 0.0)


def _families(grid: Grid, strata: Strata) -> _Families:
    starts = changes(grid.segment_cell, strata.parent[grid.segment_stratum])
    return _Families(make_runs(starts), np.repeat(np.arange(len(starts) - 1), np.diff(starts)))


def _squares(table: CellTotals | StageTotals, *, layout: Layout, drawn: Floats, slope: Floats) -> Floats:
    """Σ_p (z_p − z̄)² of each segment (S, J), over all psus of its stratum.

    Where every psu of the stratum is in the cell, values are first taken from that of the first psu: equal psus then
    give exactly 0.
    """
    grid = table.grid
    total = np.empty((len(grid.segment_cell), slope.shape[1]))
    kernels = compiled(len(grid.cell) * slope.shape[1])
    if kernels is None:
        for chunk in grid.chunks:
            part = drawn[chunk.segments]
            total[chunk.segments] = _squares_of(table, chunk, layout=layout, drawn=part, slope=slope)
    else:
        starts = grid.by_segment.starts
        parts = table.sums, layout.denominator, np.ascontiguousarray(slope), grid.segment_cell, drawn
        share(kernels.SQUARES, starts, starts, *parts, total)
    return total


def _squares_of(
    table: CellTotals | StageTotals, chunk: Chunk, *, layout: Layout, drawn: Floats, slope: Floats
) -> Floats:
    """The same of the segments of a chunk, with numpy."""
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
