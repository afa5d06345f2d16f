"""Spread of values within cells: what design effects and the statuses of constant cells need."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surveyproc.estimate.columns import Columns
from surveyproc.estimate.frame import Frame, Groups
from surveyproc.estimate.sums import Floats, Ints, run_starts, run_sums


@dataclass(frozen=True, slots=True)
class Moments:
    """By cell and measure, all (C, J), over eligible rows.

    weight Σw; means of y and x; squares Σw(y − ȳ)², Σw(y − ȳ)(x − x̄), Σw(x − x̄)², x being 1 (spread 0) where the
    measure has no denominator; low, high: extremes of y, or of y/x, among rows of weight above zero, NaN where there
    is none.
    """

    weight: Floats
    mean_y: Floats
    mean_x: Floats
    yy: Floats
    xy: Floats
    xx: Floats
    low: Floats
    high: Floats


def make_moments(frame: Frame, groups: Groups, columns: Columns, sums: Floats) -> Moments:
    """Moments of every cell, each about the cell's own mean: two passes, so that no digits cancel."""
    cells, layout = len(groups.cells), columns.layout
    cell_sums = run_sums(run_starts(groups.cell, cells), sums)
    weight = cell_sums[:, layout.weight]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_y = np.where(weight > 0, cell_sums[:, layout.numerator] / weight, 0.0)
        mean_x = np.where(weight > 0, cell_sums[:, layout.denominator] / weight, 0.0)
    some = cell_sums[:, layout.cases] > 0
    low = np.where(some, mean_y == 1.0, np.nan)
    high = np.where(some, mean_y > 0.0, np.nan)
    yy = weight * mean_y * (1.0 - mean_y)
    xy, xx = np.zeros_like(yy), np.zeros_like(yy)
    starts = run_starts(groups.cell, cells)
    row_starts = groups.starts[starts]
    code = np.repeat(np.arange(cells), np.diff(row_starts))
    for j in np.flatnonzero(~columns.binary):
        at = {"rows": groups.rows, "code": code, "mean_y": mean_y[:, j], "mean_x": mean_x[:, j]}
        yy[:, j], xy[:, j], xx[:, j] = _spread(frame, columns, j=int(j), **at)
        low[:, j], high[:, j] = _extremes(frame, groups.rows, row_starts, columns, int(j))
    return Moments(weight, mean_y, mean_x, yy, xy, xx, low, high)


def _spread(
    frame: Frame, columns: Columns, *, j: int, rows: Ints, code: Ints, mean_y: Floats, mean_x: Floats
) -> tuple[Floats, Floats, Floats]:
    def cell_sum(values: Floats) -> Floats:
        return np.bincount(code, weights=values, minlength=len(mean_y)).astype(np.float64, copy=False)

    weight = np.where(columns.eligible[j], frame.weight, 0.0)[rows]
    dy = columns.values[j][rows] - mean_y[code]
    yy = cell_sum(weight * dy * dy)
    x = columns.denominators[j]
    if x is None:
        return yy, np.zeros(len(mean_y)), np.zeros(len(mean_y))
    dx = x[rows] - mean_x[code]
    return yy, cell_sum(weight * dy * dx), cell_sum(weight * dx * dx)


def _extremes(frame: Frame, rows: Ints, row_starts: Ints, columns: Columns, j: int) -> tuple[Floats, Floats]:
    """Least and greatest y, or y/x; a row with x = 0 and y = 0 bears on no ratio, x = 0 and y ≠ 0 fits none."""
    used = np.where(columns.eligible[j] & (frame.weight > 0), columns.plain[j], np.nan)[rows]
    low, high = np.full(len(row_starts) - 1, np.nan), np.full(len(row_starts) - 1, np.nan)
    filled = np.flatnonzero(np.diff(row_starts))
    if len(filled):
        low[filled] = np.fmin.reduceat(used, row_starts[filled])
        high[filled] = np.fmax.reduceat(used, row_starts[filled])
    return low, high


def recentre(moments: Moments, shift: Floats) -> Moments:
    """Moments of y + shift·x; shift (J). Extremes are of the uncentred values and stay."""
    return replace(
        moments,
        mean_y=moments.mean_y + shift * moments.mean_x,
        yy=moments.yy + 2 * shift * moments.xy + shift**2 * moments.xx,
        xy=moments.xy + shift * moments.xx,
    )


def add_moments(left: Moments, right: Moments) -> Moments:
    """Moments of both sets of rows together (Chan, Golub and LeVeque 1983)."""
    weight = left.weight + right.weight
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(weight > 0, right.weight / weight, 0.0)
    between = left.weight * share
    dy, dx = right.mean_y - left.mean_y, right.mean_x - left.mean_x
    return Moments(
        weight=weight,
        mean_y=left.mean_y + share * dy,
        mean_x=left.mean_x + share * dx,
        yy=left.yy + right.yy + between * dy * dy,
        xy=left.xy + right.xy + between * dy * dx,
        xx=left.xx + right.xx + between * dx * dx,
        low=np.fmin(left.low, right.low),
        high=np.fmax(left.high, right.high),
    )
