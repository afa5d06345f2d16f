"""Spread of values within cells: what design effects and the statuses of constant cells need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveyproc.estimate.columns import Columns
from surveyproc.estimate.frame import Frame, Groups
from surveyproc.estimate.sums import Floats

CANCELLED = 1e-3  # share of a sum of squares left once its mean is out, below which it is summed again about the mean
ROUNDING = 1e-12  # the same of the squares of what values were centred at: less may be the rounding of equal values


@dataclass(frozen=True, slots=True)
class Moments:
    """By cell and measure, all (C, J), over eligible rows.

    cases: rows of weight above zero; Σw and Σw²; means of y and x; squares Σw(y − ȳ)², Σw(y − ȳ)(x − x̄), Σw(x − x̄)², x
    being 1 (spread 0) where the measure has no denominator; low, high: extremes of y, or of y/x, among rows of weight
    above zero, NaN where there is none, ∓∞ where they plainly differ.
    """

    cases: Floats
    weight: Floats
    weight_squares: Floats
    mean_y: Floats
    mean_x: Floats
    yy: Floats
    xy: Floats
    xx: Floats
    low: Floats
    high: Floats


def make_moments(frame: Frame, groups: Groups, columns: Columns, segment_sums: Floats) -> Moments:
    """Moments of every cell from sums of squares about the centre, summed again about the cell's mean where these are
    much larger than the spread, so that no digits cancel."""
    grid, layout = groups.grid, columns.layout
    sums = grid.by_cell.sum(segment_sums)
    squares = _sum_rows(groups, columns.squares.table)
    cases, weight_squares = _by_mask(frame, groups, columns, squares[:, :2].T)
    weight = sums[:, layout.weight]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_y = np.where(weight > 0, sums[:, : weight.shape[1]] / weight, 0.0)
        mean_x = np.where(weight > 0, sums[:, layout.denominator] / weight, 0.0)
    low = np.where(cases > 0, mean_y == 1.0, np.nan)
    high = np.where(cases > 0, mean_y > 0.0, np.nan)
    yy = weight * mean_y * (1.0 - mean_y)
    none = np.zeros_like(yy)
    moments = Moments(cases, weight, weight_squares, mean_y, mean_x, yy, none, none.copy(), low, high)
    for j in np.flatnonzero(~columns.binary).tolist():
        unsure = _from_squares(moments, columns, squares, j)
        moments.low[:, j], moments.high[:, j] = np.where(cases[:, j] > 0, [[-np.inf], [np.inf]], np.nan)
        if unsure.any():
            _from_rows(moments, frame, groups, columns, j=j, cells=unsure)
    return moments


def _by_mask(frame: Frame, groups: Groups, columns: Columns, whole: Floats) -> tuple[Floats, Floats]:
    """Cases and Σw² of eligible rows (C, J); whole: (2, C), of all rows, less those left out where these are fewer.

    Where more than half of a cell is left out its rows are summed themselves, so that no digits are lost.
    """
    masks, code, size = columns.masks, groups.code, len(groups.grid.cells)
    own = masks.number * (size + 1) + code[masks.rows]
    found = _count(frame.weight[masks.rows], own, len(masks.out) * (size + 1)).reshape(2, -1, size + 1)[:, :, :size]
    mostly = masks.out & (2 * found > whole[:, None]).any(axis=(0, 2))
    found[:, masks.out] = whole[:, None] - found[:, masks.out]
    for number in np.flatnonzero(mostly).tolist():
        rows = np.delete(np.arange(len(code)), masks.rows[masks.number == number])
        found[:, number] = _count(frame.weight[rows], code[rows], size)
    cases, squares = found[:, masks.own].transpose(0, 2, 1)
    return cases, squares


def _count(weight: Floats, code: NDArray[Any], size: int) -> Floats:
    """Rows of weight above zero, and Σw² of all, by code below `size`; (2, size)."""
    positive = weight > 0
    cases = np.bincount(code if positive.all() else code[positive], minlength=size + 1)
    squares = np.bincount(code, weights=weight * weight, minlength=size + 1)
    return np.stack((cases[:size], squares[:size])).astype(np.float64, copy=False)


def _sum_rows(groups: Groups, values: Floats) -> Floats:
    """Sums (C, K) of rows (n, K) by cell, first row to last."""
    rows, cells = len(groups.code), len(groups.grid.cells)
    parts = np.ones(rows), groups.code.astype(np.int32), np.arange(rows + 1, dtype=np.int32)
    total: Floats = sparse.csc_array(parts, shape=(cells + 1, rows), copy=False) @ values
    return total[:cells]


def _from_squares(moments: Moments, columns: Columns, sums: Floats, j: int) -> NDArray[np.bool_]:
    """Fill in one measure's squares from sums (C, Q); cells (C) where what varies is but a small part of them."""
    weight, mean_y, mean_x = moments.weight[:, j], moments.mean_y[:, j], moments.mean_x[:, j]
    square, below = sums[:, columns.squares.yy[j]], weight
    residual = moments.yy[:, j] = square - weight * mean_y**2
    size = square
    if columns.denominators[j] is not None:
        cross, below = sums[:, columns.squares.xy[j]], sums[:, columns.squares.xx[j]]
        moments.xy[:, j] = cross - weight * mean_y * mean_x
        moments.xx[:, j] = below - weight * mean_x**2
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(mean_x != 0, mean_y / mean_x, 0.0)
        residual = square - 2.0 * slope * cross + slope**2 * below
        size = square + slope**2 * below
    varies = (residual > CANCELLED * size) & (residual > ROUNDING * columns.centre[j] ** 2 * below)
    unsure: NDArray[np.bool_] = (moments.cases[:, j] > 0) & ~varies
    return unsure


def _from_rows(
    moments: Moments, frame: Frame, groups: Groups, columns: Columns, *, j: int, cells: NDArray[np.bool_]
) -> None:
    """Fill in squares and extremes of one measure in some cells (C) from the rows of these, about the cell's mean."""
    starts = groups.cell_starts
    rows = groups.rows[np.repeat(cells, np.diff(starts))]
    rows = rows[columns.eligible[j][rows] & (frame.weight[rows] > 0)]
    code, weight = groups.code[rows], frame.weight[rows]

    def cell_sum(values: Floats) -> Floats:
        return np.bincount(code, weights=values, minlength=len(cells))[cells].astype(np.float64, copy=False)

    dy = columns.values[j][rows] - moments.mean_y[code, j]
    moments.yy[cells, j] = cell_sum(weight * dy * dy)
    x = columns.denominators[j]
    if x is not None:
        dx = x[rows] - moments.mean_x[code, j]
        moments.xy[cells, j], moments.xx[cells, j] = cell_sum(weight * dy * dx), cell_sum(weight * dx * dx)
    plain = columns.plain(j, rows)
    first = np.concatenate(([0], np.flatnonzero(code[1:] != code[:-1]) + 1))
    # A row with x = 0 and y = 0 bears on no ratio, so NaN is passed over; x = 0 and y ≠ 0 fits none.
    moments.low[cells, j] = np.fmin.reduceat(plain, first)
    moments.high[cells, j] = np.fmax.reduceat(plain, first)


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
        cases=left.cases + right.cases,
        weight=weight,
        weight_squares=left.weight_squares + right.weight_squares,
        mean_y=left.mean_y + share * dy,
        mean_x=left.mean_x + share * dx,
        yy=left.yy + right.yy + between * dy * dy,
        xy=left.xy + right.xy + between * dy * dx,
        xx=left.xx + right.xx + between * dx * dx,
        low=np.fmin(left.low, right.low),
        high=np.fmax(left.high, right.high),
    )
