"""Variances from replicates: factors of psus or rows applied to tables of sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.sums import Floats, Ints
from surveyproc.values import Centre, Design, Replicates

if TYPE_CHECKING:
    from surveyproc.estimate.columns import Columns, Layout
    from surveyproc.estimate.frame import Groups
    from surveyproc.estimate.totals import CellTotals

SIDE_BY_SIDE = 1024  # columns of psu tables multiplied at once
BLOCK = 4096  # rows whose factors are gathered at once
TOLERANCE = 1e-10  # of a squared part of a replicate that no other replicate has; the square of R's 1e-5


@dataclass(frozen=True, slots=True)
class Replication:
    """Replicate factors in the order of a frame.

    factors: (U, R), psus in the order of strata where unit is None, else units; unit: (n) in psu order; scale: (R);
    df: at most so many degrees of freedom; ranked: the rank of the factors in a cell says how many it has; calibrated:
    each replicate meets totals of its own.
    """

    factors: Floats
    unit: Ints | None
    scale: Floats
    centre: Centre
    df: float
    ranked: bool
    calibrated: bool


def make_replication(design: Design, *, place: Ints, order: Ints | None) -> Replication | None:
    """The replicates of a design with psus at their places and rows in their order.

    Raises ValueError where the weights were calibrated and those of the replicates were not.
    """
    given = design.replicates
    if given is None:
        return None
    if given.calibrated < len(design.calibrations):
        raise ValueError("weights were calibrated, and have to be so in every replicate")
    factors = given.factors
    if given.unit is None and bool((place[1:] < place[:-1]).any()):
        factors = np.empty_like(factors)
        factors[place] = given.factors
    unit = None if given.unit is None else (given.unit if order is None else given.unit[order]).astype(np.int64)
    df = given.df if given.df is not None else float(factor_rank(factors) - 1)
    return Replication(factors, unit, given.scale, given.centre, df, given.df is None, given.calibrated > 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns of sums that values are made of. columns: (K'); numerator, denominator: (J), places among them."""

    columns: Ints
    numerator: Ints
    denominator: Ints


def wanted_columns(layout: Layout) -> Wanted:
    """Numerators and denominators, each column once."""
    size = len(layout.denominator)
    columns, back = np.unique(np.concatenate((np.arange(size), layout.denominator)), return_inverse=True)
    return Wanted(columns, back[:size].astype(np.int64), back[size:].astype(np.int64))


def row_sums(replication: Replication, groups: Groups, columns: Columns, wanted: Wanted) -> Floats:
    """Sums (C, R, K') of replicated rows by cell, for factors that are not those of psus."""
    assert replication.unit is not None
    starts = groups.cell_starts
    result = np.zeros((len(groups.grid.cells), len(replication.scale), len(wanted.columns)))
    for cell, (first, last) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        for start in range(first, last, BLOCK):
            rows = groups.rows[start : min(start + BLOCK, last)]
            result[cell] += replication.factors[replication.unit[rows]].T @ columns.rows(rows, wanted.columns)
    return result


def cell_sums(replication: Replication, table: CellTotals, wanted: Wanted) -> Iterator[tuple[int, Floats]]:
    """Each cell with its sums (R, K') in every replicate; a cell without rows has zeros.

    Factors of psus times the psu table: cells that hold many of the psus side by side, others on their stretch of psus.
    """
    if table.replicated is not None:
        yield from enumerate(table.replicated)
        return
    grid, width = table.grid, len(wanted.columns)
    starts = grid.by_segment.starts[grid.by_cell.starts]
    psus = len(replication.factors)
    wide = np.flatnonzero(3 * np.diff(starts) >= psus)
    for cell in np.setdiff1d(np.arange(len(grid.cells)), wide).tolist():
        part = slice(int(starts[cell]), int(starts[cell + 1]))
        yield cell, _narrow(replication.factors, grid.psu[part], table.sums[part][:, wanted.columns])
    together = max(1, SIDE_BY_SIDE // max(width, 1))
    for first in range(0, len(wide), together):
        cells = wide[first : first + together].tolist()
        filled = np.zeros((psus, len(cells) * width))
        for place, cell in enumerate(cells):
            part = slice(int(starts[cell]), int(starts[cell + 1]))
            filled[grid.psu[part], place * width : (place + 1) * width] = table.sums[part][:, wanted.columns]
        product = replication.factors.T @ filled
        for place, cell in enumerate(cells):
            yield cell, product[:, place * width : (place + 1) * width]


def _narrow(factors: Floats, psu: Ints, sums: Floats) -> Floats:
    if not len(psu):
        return np.zeros((factors.shape[1], sums.shape[1]))
    low, high = int(psu[0]), int(psu[-1]) + 1
    if 3 * len(psu) < high - low:
        return np.asarray(factors[psu].T @ sums)
    filled = np.zeros((high - low, sums.shape[1]))  # zeros cost less than a copy of the factors of the psus present
    filled[psu - low] = sums
    return np.asarray(factors[low:high].T @ filled)


@dataclass(frozen=True, slots=True)
class Spread:
    """Variances over replicates of estimates and of their log-odds, both (C, J); NaN where there are none."""

    value: Floats
    logit: Floats


def replicate_variances(
    replication: Replication,
    table: CellTotals,
    *,
    layout: Layout,
    slope: Floats,
    centre: Floats,
    total: NDArray[np.bool_],
    logit: NDArray[np.bool_],
) -> Spread:
    """Σ_r scale_r (θ_r − θ)², θ the full-sample estimate or the mean of replicates (Wolter 2007, ch. 3–5; R's svrVar).

    slope: (C, J), y/x of ratios less the centre of their values; centre, total, logit: (J); logit asks for the variance
    of log(p/(1 − p)) too, NaN where p is 0 or 1 in some replicate. A replicate with an empty denominator is left out,
    as in R; NaN where fewer than two are left.
    """
    wanted = wanted_columns(layout)
    value, odds = np.full_like(slope, np.nan), np.full_like(slope, np.nan)
    whole = table.grid.by_cell.sum(table.segment_sums[:, : slope.shape[1]])
    for cell, sums in cell_sums(replication, table, wanted):
        above, below = sums[:, wanted.numerator], sums[:, wanted.denominator]
        with np.errstate(invalid="ignore", divide="ignore"):
            theta = np.where(total, above - whole[cell], above / below - slope[cell])
        value[cell] = scaled_squares(replication, theta, dropping=True)
        if logit.any():
            p = slope[cell, logit] + centre[logit]
            with np.errstate(invalid="ignore", divide="ignore"):
                shift = _log_odds(theta[:, logit] + p) - _log_odds(p)
            odds[cell, logit] = scaled_squares(replication, shift, dropping=False)
    return Spread(value, odds)


def _log_odds(p: Floats) -> Floats:
    odds: Floats = np.log(p / (1.0 - p))
    return odds


def scaled_squares(replication: Replication | Replicates, theta: Floats, *, dropping: bool) -> Floats:
    """Scaled sums of squares (J) of deviations theta (R, J) from the estimate, less their mean where that is asked."""
    used = np.isfinite(theta)
    if not dropping:
        theta = np.where(used.all(axis=0), theta, np.nan)
    elif not used.all():
        theta = np.where(used, theta, 0.0)
    else:
        used = np.ones((1, 1), dtype=np.bool_)
    if replication.centre is Centre.MEAN:
        counted = used & (replication.scale > 0)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (theta * counted).sum(axis=0) / counted.sum(axis=0)
        theta = np.where(used, theta - mean, 0.0)
    variance: Floats = np.einsum("r,rj,rj->j", replication.scale, theta, theta)
    if dropping and used.shape[0] > 1:
        variance = np.where(used.sum(axis=0) > 1, variance, np.nan)
    return variance


def ranks(replication: Replication, groups: Groups, cases: Sequence[NDArray[np.bool_]]) -> Ints:
    """Rank (C, M) of the replicate weights of the cases in each cell; cases: M masks (n).

    R survey's degf of replicates is this rank − 1.
    """
    assert replication.unit is not None
    starts = groups.cell_starts
    found = np.zeros((len(starts) - 1, len(cases)), dtype=np.int64)
    most = int(replication.df) + 1
    for cell, (first, last) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        rows = groups.rows[first:last]
        for mask, mine in enumerate(cases):
            units = replication.unit[rows[mine[rows]]]
            found[cell, mask] = _rank_at_most(replication.factors, units, most)
    return found


def _rank_at_most(factors: Floats, units: Ints, most: int) -> int:
    """The rank of some rows, told from a few of them where these have the rank of the whole already."""
    few = 8 * factors.shape[1]
    if len(units) > 2 * few:
        some = units[np.linspace(0, len(units) - 1, few).astype(np.int64)]
        if factor_rank(factors[some]) >= most:
            return most
    return min(most, factor_rank(factors[units])) if len(units) else 0


def factor_rank(factors: Floats) -> int:
    """How many replicates are no combination of others, to a tolerance of 1e-5 of a replicate's length."""
    length = np.sqrt(np.einsum("ur,ur->r", factors, factors))
    scaled = factors[:, length > 0] / length[length > 0]
    gram = scaled.T @ scaled if scaled.shape[0] >= scaled.shape[1] else scaled @ scaled.T
    return int((np.linalg.eigvalsh(gram) > TOLERANCE).sum()) if gram.size else 0
