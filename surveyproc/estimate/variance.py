"""Variances of totals of psus within strata, and how many psus and strata stand behind a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveyproc.estimate.frame import Strata
from surveyproc.estimate.sums import Floats, Ints, changes, run_starts, run_sums
from surveyproc.estimate.totals import CellTotals
from surveyproc.values import LonelyPsu


@dataclass(frozen=True, slots=True)
class Segments:
    """Runs of psus of one cell and one stratum. starts: (S + 1) into groups; cell, stratum, present: (S)."""

    starts: Ints
    cell: Ints
    stratum: Ints
    present: Ints  # psus with a row in the cell
    cell_starts: Ints  # (C + 1), into segments


def make_segments(table: CellTotals, strata: Strata) -> Segments:
    """Segments of a psu table, whose groups are sorted by cell and psu, hence by stratum too."""
    stratum = strata.stratum[table.psu]
    starts = changes(table.cell, stratum)
    first = starts[:-1]
    cell = table.cell[first]
    return Segments(starts, cell, stratum[first], np.diff(starts), run_starts(cell, len(table.cells)))


def count_psus(segments: Segments, cases: Floats) -> tuple[Floats, Floats]:
    """Psus and strata (C, K) that hold a case; cases: (G, K) counts by cell and psu."""
    in_segment = run_sums(segments.starts, (cases > 0).astype(np.float64))
    psus = run_sums(segments.cell_starts, in_segment)
    return psus, run_sums(segments.cell_starts, (in_segment > 0).astype(np.float64))


def variances(table: CellTotals, strata: Strata, segments: Segments, *, z: Floats, rows: Floats) -> Floats:
    """Variance (C, J) of Σz with psus drawn within strata at the first stage (ultimate clusters).

    Σ_h (1 − f_h) n_h/(n_h − 1) Σ_p (z_p − z̄_h)², psus without a row in the cell being zeros (Särndal, Swensson and
    Wretman 1992, §4.3; R survey's onestrat). z: (G, J) psu totals of the linearised variable, overwritten. rows: (G, J)
    eligible rows, which say which strata a domain holds. Lonely strata as R survey 4.5: certainty and remove add
    nothing; adjust centres at the mean over all psus of the strata present; average gives each lonely stratum present
    the mean variance of the others present.
    """
    drawn = strata.psus[segments.stratum].astype(np.float64)
    free = strata.free[segments.stratum]
    lonely = strata.lonely[segments.stratum]
    squares, own = _squares(segments, drawn, z)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(drawn > 1, free * drawn / (drawn - 1), 0.0)
    if lonely.any() and strata.lonely_psu in (LonelyPsu.ADJUST, LonelyPsu.AVERAGE):
        here = (run_sums(segments.starts, rows) > 0).astype(np.float64)
        if strata.lonely_psu is LonelyPsu.AVERAGE:
            total = run_sums(segments.cell_starts, squares * factor[:, None])
            with np.errstate(invalid="ignore", divide="ignore"):
                held = run_sums(segments.cell_starts, here)
                return total * held / run_sums(segments.cell_starts, here * ~lonely[:, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            psus = run_sums(segments.cell_starts, here * drawn[:, None])
            grand = np.where(psus > 0, run_sums(segments.cell_starts, own) / psus, 0.0)
        centred = (own - grand[segments.cell]) ** 2 * here
        squares[lonely] = centred[lonely]
        factor[lonely] = free[lonely]
    return run_sums(segments.cell_starts, squares * factor[:, None])


def _squares(segments: Segments, drawn: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Σ_p (z_p − z̄)² and Σ_p z_p of each segment (S, J), over all psus of its stratum.

    Where every psu of the stratum is in the cell, values are first taken from that of the first psu: equal psus then
    give exactly 0.
    """
    total = run_sums(segments.starts, z)
    base = np.where((segments.present == drawn)[:, None], z[segments.starts[:-1]], 0.0)
    z -= np.repeat(base, segments.present, axis=0)
    mean = (run_sums(segments.starts, z)) / drawn[:, None]
    z -= np.repeat(mean, segments.present, axis=0)
    np.square(z, out=z)
    absent = (drawn - segments.present)[:, None]
    return run_sums(segments.starts, z) + absent * mean**2, total
