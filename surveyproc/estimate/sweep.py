"""The one pass over rows: sums by cell and psu of all disaggregations, a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveyproc.estimate.fast import compiled, share
from surveyproc.estimate.sums import Floats, Ints

if TYPE_CHECKING:
    from surveyproc.estimate.columns import Columns
    from surveyproc.estimate.frame import Grid

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


@dataclass(frozen=True)
class Route:
    """All rows in stretches of whole psus, and the groups of each row.

    bounds: (stretches + 1); group: int32 (n, partings), places among all groups, −1 in none; offsets: (partings + 1),
    where each parting's groups start among all; firsts: (G), the first row of each group.
    """

    bounds: Ints
    group: NDArray[np.int32]
    offsets: Ints
    firsts: Ints

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The stretches, made when numpy first takes the route."""
        return tuple(_stretches(self))


def make_route(psu: NDArray[Any], partings: Sequence[Parting]) -> Route:
    """The route over rows in psu order; psu: (n), ascending."""
    sizes = [len(p.starts) - 1 for p in partings]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    group = np.full((len(psu), len(partings)), -1, dtype=np.int32)
    for k, parting in enumerate(partings):
        group[parting.rows, k] = np.repeat(np.arange(sizes[k]) + offsets[k], np.diff(parting.starts))
    firsts = np.concatenate([p.rows[p.starts[:-1]] for p in partings]) if partings else np.zeros(0, dtype=np.int64)
    return Route(_bounds(psu), group, offsets, firsts)


def _stretches(route: Route) -> Iterator[Stretch]:
    bounds = route.bounds
    stretch = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))[route.firsts]
    order = np.argsort(stretch.astype(np.int16) if len(bounds) < 2**15 else stretch, kind="stable")
    first = np.searchsorted(stretch[order], np.arange(len(bounds)))
    place = np.empty(len(order), dtype=np.int32)  # of each group among those of its stretch
    place[order] = np.arange(len(order)) - first[stretch[order]]
    held = route.group >= 0
    ends = np.concatenate(([0], np.cumsum(held.sum(axis=1)))).astype(np.int32)
    local = place[route.group[held]]
    ones = np.ones(len(local))
    for k, (start, stop) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        groups = order[first[k] : first[k + 1]]
        inside = slice(int(ends[start]), int(ends[stop]))
        parts = ones[inside], local[inside], ends[start : stop + 1] - ends[start]
        picker = sparse.csc_array(parts, shape=(len(groups), stop - start), copy=False)
        yield Stretch(start, stop, picker, groups)


def _bounds(psu: NDArray[Any]) -> Ints:
    """Starts of stretches of whole psus, and the number of rows."""
    starts = np.concatenate(([0], np.flatnonzero(psu[1:] != psu[:-1]) + 1, [len(psu)]))
    marks = np.searchsorted(starts, np.arange(0, len(psu), STRETCH))
    return np.unique(np.append(starts[marks], len(psu))).astype(np.int64)


def sum_groups(route: Route, columns: Columns) -> list[Floats]:
    """Sums (G, K) of the columns by group, a table a parting; first row to last within a group."""
    size, width = int(route.offsets[-1]), columns.width
    kernels = compiled(route.group.size * width)
    total = np.empty((size, width)) if kernels is None else np.zeros((size, width))
    if kernels is None:
        _with_numpy(route, columns, total)
    else:
        right = [np.ascontiguousarray(column) for column in columns.right]
        share(
            kernels.STRETCHES,
            route.bounds,
            *(route.bounds, route.group, np.ascontiguousarray(columns.weight), np.array(columns.weighted)),
            *(np.array([c.ctypes.data for c in right]), np.array([c.dtype == np.bool_ for c in right]), total),
        )
    return [total[a:b] for a, b in zip(route.offsets[:-1].tolist(), route.offsets[1:].tolist(), strict=True)]


def _with_numpy(route: Route, columns: Columns, total: Floats) -> None:
    tile = np.empty((int(np.diff(route.bounds).max(initial=0)), columns.width))
    for stretch in route.stretches:
        part = tile[: stretch.stop - stretch.start]
        columns.fill(part, stretch.start, stretch.stop)
        total[stretch.groups] = stretch.picker @ part


def sum_segments(grid: Grid, sums: Floats) -> Floats:
    """Sums (S, K) of a psu table (G, K) by segment."""
    kernels = compiled(sums.size)
    if kernels is None:
        return grid.by_segment.sum(sums)
    starts = grid.by_segment.starts
    total = np.zeros((len(starts) - 1, sums.shape[1]))
    share(kernels.RUNS, starts, starts, sums, total)
    return total
