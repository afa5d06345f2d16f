"""Spread of values within cells: what design effects and the statuses of constant cells need."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.columns import Columns
from surveyproc.estimate.frame import Frame, Groups
from surveyproc.estimate.sums import Floats


@dataclass(frozen=True, slots=True)
class Moments:
    """By cell and measure, all (C, J), over eligible rows.

    weight Σw; means of y and x; squares Σw(y − ȳ)², Σw(y − ȳ)(x − x̄), Σw(x − x̄)², x being 1 (spread 0) where the
    measure has no denominator; low, high: extremes of y, or of y/x, among rows of weight above zero, NaN where there
    is none, ∓∞ where they plainly differ.
    """

    weight: Floats
    mean_y: Floats
    mean_x: Floats
    yy: Floats
    xy: Floats
    xx: Floats
    low: Floats
    high: Floats


def make_moments(frame: Frame, groups: Groups, columns: Columns, segment_sums: Floats) -> Moments:
    """Moments of every cell, each about the cell's own mean: two passes, so that no digits cancel."""
    grid, layout = groups.grid, columns.layout
    cell_sums = grid.by_cell.sum(segment_sums)
    weight = cell_sums[:, layout.weight]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_y = np.where(weight > 0, cell_sums[:, : weight.shape[1]] / weight, 0.0)
        mean_x = np.where(weight > 0, cell_sums[:, layout.denominator] / weight, 0.0)
    some = cell_sums[:, layout.cases] > 0
    low = np.where(some, mean_y == 1.0, np.nan)
    high = np.where(some, mean_y > 0.0, np.nan)
    yy = weight * mean_y * (1.0 - mean_y)
    xy, xx = np.zeros_like(yy), np.zeros_like(yy)
    for j in np.flatnonzero(~columns.binary).tolist():
        spread = _spread(frame, groups, columns, j=j, mean_y=mean_y[:, j], mean_x=mean_x[:, j])
        yy[:, j], xy[:, j], xx[:, j] = spread
        far = _varies(columns, j=j, weight=weight[:, j], mean_y=mean_y[:, j], yy=yy[:, j])
        low[:, j], high[:, j] = np.where(far, -np.inf, np.nan), np.where(far, np.inf, np.nan)
        if not far[some[:, j]].all():
            ends = _extremes(frame, groups, columns, j=j)
            low[:, j], high[:, j] = np.where(far, low[:, j], ends[0]), np.where(far, high[:, j], ends[1])
    return Moments(weight, mean_y, mean_x, yy, xy, xx, low, high)


def _varies(columns: Columns, *, j: int, weight: Floats, mean_y: Floats, yy: Floats) -> NDArray[np.bool_]:
    """Cells (C) of a mean or total whose values differ beyond any rounding, so that extremes need not be looked for."""
    if columns.denominators[j] is not None:
        return np.zeros(len(weight), dtype=np.bool_)
    size = np.abs(mean_y) + 2.0 * abs(columns.centre[j])
    varies: NDArray[np.bool_] = yy > weight * (1e-6 * size) ** 2
    return varies


def _spread(
    frame: Frame, groups: Groups, columns: Columns, *, j: int, mean_y: Floats, mean_x: Floats
) -> tuple[Floats, Floats, Floats]:
    code, cells = groups.code, len(mean_y)

    def cell_sum(values: Floats) -> Floats:
        return np.bincount(code, weights=values, minlength=cells + 1)[:cells].astype(np.float64, copy=False)

    weight = frame.weight * columns.eligible[j]
    dy = columns.values[j] - np.append(mean_y, 0.0)[code]
    x = columns.denominators[j]
    if x is None:
        return cell_sum(weight * dy * dy), np.zeros(cells), np.zeros(cells)
    dx = x - np.append(mean_x, 0.0)[code]
    return cell_sum(weight * dy * dy), cell_sum(weight * dy * dx), cell_sum(weight * dx * dx)


def _extremes(frame: Frame, groups: Groups, columns: Columns, *, j: int) -> tuple[Floats, Floats]:
    """Least and greatest y, or y/x; a row with x = 0 and y = 0 bears on no ratio, x = 0 and y ≠ 0 fits none."""
    grid = groups.grid
    used = np.where(columns.eligible[j] & (frame.weight > 0), columns.plain[j], np.nan)[groups.rows]
    starts = groups.by_group.starts[grid.by_segment.starts[grid.by_cell.starts]]
    low, high = np.full(len(grid.cells), np.nan), np.full(len(grid.cells), np.nan)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        low[filled] = np.fmin.reduceat(used, starts[filled])
        high[filled] = np.fmax.reduceat(used, starts[filled])
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
