"""Folds records into groups, without loops: `group` is int64 (n), 0..groups-1, in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Groups = NDArray[np.int64]


def count(group: Groups, rows: NDArray[np.bool_], groups: int) -> NDArray[np.float64]:
    """How many records of each group are in `rows` (bool, n). Shape (groups,)."""
    return np.bincount(group[rows], minlength=groups).astype(np.float64)


def total(group: Groups, values: NDArray[np.float64], rows: NDArray[np.bool_], groups: int) -> NDArray[np.float64]:
    """The sum of values over the records of each group that are in `rows`, added in row order. Shape (groups,)."""
    return np.bincount(group[rows], weights=values[rows], minlength=groups).astype(np.float64)


def extreme(
    fold: np.ufunc, group: Groups, values: NDArray[np.float64], rows: NDArray[np.bool_], groups: int
) -> NDArray[np.float64]:
    """np.minimum or np.maximum of values over the records of each group that are in `rows`; NaN for none."""
    result = np.full(groups, np.nan)
    order, starts = _runs(group, rows)
    if starts.size:
        result[group[order[starts]]] = fold.reduceat(values[order], starts)
    return result


def first(group: Groups, rows: NDArray[np.bool_], groups: int) -> NDArray[np.int64]:
    """The first record, in row order, of each group that is in `rows`; -1 for none. Shape (groups,)."""
    result = np.full(groups, -1, dtype=np.int64)
    order, starts = _runs(group, rows)
    chosen = order[starts]
    result[group[chosen]] = chosen
    return result


def _runs(group: Groups, rows: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The rows asked for, ordered by group and then by row, and where each group starts in that order."""
    order = np.flatnonzero(rows)
    ranked = group[order]
    if np.any(ranked[1:] < ranked[:-1]):
        by_group = np.argsort(ranked, kind="stable")
        order, ranked = order[by_group], ranked[by_group]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1]))) if order.size else order
    return order, starts
