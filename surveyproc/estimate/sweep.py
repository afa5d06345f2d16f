"""The one pass over rows: sums by cell and psu of all disaggregations, a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveyproc.estimate.sums import Floats, Ints

if TYPE_CHECKING:
    from surveyproc.estimate.columns import Columns

STRETCH = 512  # rows at a time, more where a psu has more: their columns and sums stay in cache


@dataclass(frozen=True, slots=True)
class Parting:
    """One way to part rows into groups: group g holds rows[starts[g]:starts[g+1]], all of one psu."""

    rows: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows start to stop, all of whole psus; picker: sparse 0/1 (groups, rows); groups: their places in the sums."""

    start: int
    stop: int
    picker: Any
    groups: Ints


@dataclass(frozen=True, slots=True)
class Route:
    """All rows in stretches, and where each parting's groups lie among all groups; offsets: (partings + 1)."""

    stretches: tuple[Stretch, ...]
    offsets: Ints


def make_route(psu: NDArray[Any], partings: Sequence[Parting]) -> Route:
    """The route over rows in psu order; psu: (n), ascending."""
    sizes = [len(p.starts) - 1 for p in partings]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    bounds = _bounds(psu)
    size = len(psu)
    group = np.full((size, len(partings)), -1, dtype=np.int32)
    for k, parting in enumerate(partings):
        group[parting.rows, k] = np.repeat(np.arange(sizes[k]) + offsets[k], np.diff(parting.starts))
    stretch_of_row = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    firsts = np.concatenate([p.rows[p.starts[:-1]] for p in partings]) if partings else np.zeros(0, dtype=np.int64)
    stretch = stretch_of_row[firsts]
    order = np.argsort(stretch.astype(np.int16) if len(bounds) < 2**15 else stretch, kind="stable")
    first = np.searchsorted(stretch[order], np.arange(len(bounds)))
    place = np.empty(len(order), dtype=np.int32)  # of each group among those of its stretch
    place[order] = np.arange(len(order)) - first[stretch[order]]
    held = group >= 0
    ends = np.concatenate(([0], np.cumsum(held.sum(axis=1)))).astype(np.int32)
    local = place[group[held]]
    ones = np.ones(len(local))
    stretches = []
    for k, (start, stop) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        groups = order[first[k] : first[k + 1]]
        inside = slice(int(ends[start]), int(ends[stop]))
        parts = ones[inside], local[inside], ends[start : stop + 1] - ends[start]
        picker = sparse.csc_array(parts, shape=(len(groups), stop - start), copy=False)
        stretches.append(Stretch(start, stop, picker, groups))
    return Route(tuple(stretches), offsets)


def _bounds(psu: NDArray[Any]) -> Ints:
    """Starts of stretches of whole psus, and the number of rows."""
    starts = np.concatenate(([0], np.flatnonzero(psu[1:] != psu[:-1]) + 1, [len(psu)]))
    marks = np.searchsorted(starts, np.arange(0, len(psu), STRETCH))
    return np.unique(np.append(starts[marks], len(psu))).astype(np.int64)


def sum_groups(route: Route, columns: Columns) -> list[Floats]:
    """Sums (G, K) of the columns by group, a table a parting; first row to last within a group."""
    total = np.empty((int(route.offsets[-1]), columns.width))
    tile = np.empty((max((s.stop - s.start for s in route.stretches), default=0), columns.width))
    for stretch in route.stretches:
        part = tile[: stretch.stop - stretch.start]
        columns.fill(part, stretch.start, stretch.stop)
        total[stretch.groups] = stretch.picker @ part
    return [total[a:b] for a, b in zip(route.offsets[:-1].tolist(), route.offsets[1:].tolist(), strict=True)]
