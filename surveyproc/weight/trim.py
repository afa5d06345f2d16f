"""Trimming of weights: limits, what is cut off and to whom it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.weight.distance import Floats

Codes = NDArray[np.integer[Any]]
Passes = Literal["once", "until within"]
Sharing = Literal["equally", "in proportion", "nobody"]

MOST_PASSES = 10_000
SETTLED = 1e-13  # part of the sum of weights that a pass still moves


@dataclass(frozen=True, slots=True)
class Trimmed:
    """weight: float64 (n), NaN in a cell that cannot be kept within its limits; cut, raised: bool (n), rows brought to
    the upper or lower limit at any pass; moved: (C), the weight cut off less what raised rows took; impossible: (C),
    cells whose sum does not fit between their limits, or that have no row left to take it.
    """

    weight: Floats
    cut: NDArray[np.bool_]
    raised: NDArray[np.bool_]
    moved: Floats
    passes: int
    impossible: NDArray[np.bool_]


def trim(
    weight: Floats,
    *,
    lower: float | Floats = 0.0,
    upper: float | Floats = np.inf,
    cells: Codes | None = None,
    passes: Passes = "until within",
    sharing: Sharing = "equally",
) -> Trimmed:
    """Weights (n) brought between limits, each cell keeping its sum.

    lower, upper: numbers, or float64 (C) by cell; cells: 0..C-1 (n), one where not given. What is cut off goes to the
    rows of the cell within the limits, equally as in R survey's trimWeights, or in proportion to their weights; or to
    nobody, and the sum changes. once: as R with strict = FALSE, after which rows may pass a limit by what they were
    given; until within: strict = TRUE. Rows of weight 0 stay at 0 and are given nothing.
    """
    cell = np.zeros(len(weight), dtype=np.int64) if cells is None else np.asarray(cells, dtype=np.int64)
    size = int(cell.max(initial=0)) + 1
    low, high = (np.broadcast_to(np.asarray(end, dtype=np.float64), (size,)) for end in (lower, upper))
    used = weight > 0
    whole = _sums(cell, weight, size)
    count = np.bincount(cell[used], minlength=size)
    impossible = np.zeros(size, dtype=np.bool_)
    if sharing != "nobody" and passes == "until within":
        with np.errstate(invalid="ignore"):
            impossible = (count > 0) & ((high * count < whole * (1 - SETTLED)) | (low * count > whole * (1 + SETTLED)))
    now, made = weight.astype(np.float64), 0
    cut, raised = np.zeros(len(weight), dtype=np.bool_), np.zeros(len(weight), dtype=np.bool_)
    while made < (1 if passes == "once" else MOST_PASSES):
        over, under = used & (now > high[cell]), used & (now < low[cell])
        if not (over | under).any():
            break
        cut, raised, made = cut | over, raised | under, made + 1
        brought = np.clip(now, low[cell], high[cell])
        now, stuck, moved = _shared(now, np.where(used, brought, 0.0), used & ~over & ~under, cell, size, sharing)
        impossible |= stuck
        if (np.abs(moved) <= SETTLED * whole).all() or impossible.all():
            break
    if passes == "until within":
        now = np.where(used, np.clip(now, low[cell], high[cell]), 0.0)
    moved = _sums(cell, np.where(cut | raised, weight - now, 0.0), size)
    return Trimmed(np.where(impossible[cell], np.nan, now), cut, raised, moved, made, impossible)


def _shared(
    before: Floats, brought: Floats, takers: NDArray[np.bool_], cell: NDArray[np.int64], size: int, sharing: Sharing
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Weights with what was cut off shared out among takers, cells where nobody takes it, and how much it was (C)."""
    left = _sums(cell, before - brought, size)
    if sharing == "nobody":
        return brought, np.zeros(size, dtype=np.bool_), left
    part = takers.astype(np.float64) if sharing == "equally" else np.where(takers, brought, 0.0)
    whole = _sums(cell, part, size)
    each = np.divide(left, whole, out=np.zeros(size), where=whole > 0)
    return brought + part * each[cell], (whole == 0) & (left != 0), left


def _sums(cell: NDArray[np.int64], values: Floats, size: int) -> Floats:
    return np.bincount(cell, weights=values, minlength=size).astype(np.float64, copy=False)


def quantile_limits(
    weight: Floats, *, low: float = 0.0, high: float = 1.0, cells: Codes | None = None
) -> tuple[Floats, Floats]:
    """Lower and upper limits (C): quantiles of each cell's weights above 0, read as R does by default (type 7)."""
    return _by_cell(weight, cells, lambda w: np.asarray(np.quantile(w, [low, high])))


def spread_limits(weight: Floats, *, times: float, cells: Codes | None = None) -> tuple[Floats, Floats]:
    """Lower and upper limits (C): median ± times the quartile range of each cell's weights above 0."""

    def limits(w: Floats) -> Floats:
        quarter, middle, three = np.quantile(w, [0.25, 0.5, 0.75])
        return np.array([max(middle - times * (three - quarter), 0.0), middle + times * (three - quarter)])

    return _by_cell(weight, cells, limits)


def median_limits(
    weight: Floats, *, low: float = 0.0, high: float = np.inf, cells: Codes | None = None
) -> tuple[Floats, Floats]:
    """Lower and upper limits (C): multiples of the median of each cell's weights above 0."""
    return _by_cell(weight, cells, lambda w: np.asarray(np.median(w) * np.array([low, high])))


def _by_cell(weight: Floats, cells: Codes | None, limits: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    cell = np.zeros(len(weight), dtype=np.int64) if cells is None else np.asarray(cells)
    size = int(cell.max(initial=0)) + 1
    found = np.tile([0.0, np.inf], (size, 1))
    used = np.flatnonzero(weight > 0)
    order = used[np.argsort(cell[used], kind="stable")]
    ends = np.searchsorted(cell[order], np.arange(size + 1))
    for c in np.flatnonzero(np.diff(ends)).tolist():
        found[c] = limits(weight[order[ends[c] : ends[c + 1]]])
    return found[:, 0], found[:, 1]
