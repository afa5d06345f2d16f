"""The passes over rows and psus compiled by numba: the same sums in the same order as with numpy, so the same bits."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from surveyproc.estimate.fast import cache_folder
from surveyproc.estimate.sums import Floats, Ints


def _pointer(_: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


pointer: Any = intrinsic(_pointer)  # columns lie apart in memory, each at an address


def fill(column: Floats, place: Any, boolean: bool, start: int, size: int) -> None:
    """Copy the rows from `start` on of an array of `size` at a place in memory."""
    if boolean:
        mask = numba.carray(place, (size,), np.uint8)
        for r in range(len(column)):
            column[r] = mask[start + r]
    else:
        values = numba.carray(place, (size,), np.float64)
        for r in range(len(column)):
            column[r] = values[start + r]


def _compile(function: Any) -> Any:
    """The function as machine code, kept in the user's cache folder, or for this process only where that cannot be."""
    folder, before = cache_folder(), numba.config.CACHE_DIR
    numba.config.CACHE_DIR = before or str(folder or "")
    try:
        return numba.njit(nogil=True, cache=bool(before or folder), error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before


FILL = _compile(fill)


def sum_stretches(
    first: int,
    last: int,
    bounds: Ints,
    group: NDArray[np.int32],
    weight: Floats,
    weighted: NDArray[np.bool_],
    address: Ints,
    boolean: NDArray[np.bool_],
    total: Floats,
) -> None:
    """Add the rows of stretches first to last to their groups' sums, total (G, K); see `sweep`."""
    size, width = len(weight), len(weighted)
    tallest = 0
    for s in range(first, last):
        tallest = max(tallest, bounds[s + 1] - bounds[s])
    tile = np.empty((tallest, width))
    for s in range(first, last):
        start, rows = bounds[s], bounds[s + 1] - bounds[s]
        for k in range(width):
            FILL(tile[:rows, k], pointer(address[k]), boolean[k], start, size)
            if weighted[k]:
                tile[:rows, k] *= weight[start : start + rows]
        for r in range(rows):
            for t in range(group.shape[1]):
                g = group[start + r, t]
                if g >= 0:
                    for k in range(width):
                        total[g, k] += tile[r, k]


def sum_runs(first: int, last: int, starts: Ints, values: Floats, total: Floats) -> None:
    """Sums of runs first to last of the rows of `values` (m, K), into total (R, K), zeros before."""
    for run in range(first, last):
        for row in range(starts[run], starts[run + 1]):
            for k in range(values.shape[1]):
                total[run, k] += values[row, k]


def count_runs(first: int, last: int, starts: Ints, values: Floats, columns: Ints, total: Floats) -> None:
    """How many rows of runs first to last are above zero in some columns, into total (R, columns), zeros before."""
    for run in range(first, last):
        for row in range(starts[run], starts[run + 1]):
            for k in range(len(columns)):
                total[run, k] += values[row, columns[k]] > 0.0


def squares_of_runs(
    first: int,
    last: int,
    starts: Ints,
    sums: Floats,
    denominator: Ints,
    slope: Floats,
    cell: Ints,
    drawn: Floats,
    total: Floats,
) -> None:
    """Σ_p (z_p − z̄)² of segments first to last, into total (S, J); see `variance`."""
    width = slope.shape[1]
    longest = 0
    for s in range(first, last):
        longest = max(longest, starts[s + 1] - starts[s])
    z, base, mean = np.empty((longest, width)), np.empty(width), np.empty(width)
    for s in range(first, last):
        start, present = starts[s], starts[s + 1] - starts[s]
        mean[:] = 0.0
        for p in range(present):
            for j in range(width):
                z[p, j] = sums[start + p, j] - slope[cell[s], j] * sums[start + p, denominator[j]]
        for j in range(width):
            base[j] = z[0, j] if present == drawn[s] else 0.0
        for p in range(present):
            for j in range(width):
                z[p, j] -= base[j]
                mean[j] += z[p, j]
        for j in range(width):
            mean[j] /= drawn[s]
            total[s, j] = 0.0
        for p in range(present):
            for j in range(width):
                d = z[p, j] - mean[j]
                total[s, j] += d * d
        for j in range(width):
            total[s, j] += (drawn[s] - present) * (mean[j] * mean[j])


STRETCHES, RUNS, COUNTS, SQUARES = (_compile(f) for f in (sum_stretches, sum_runs, count_runs, squares_of_runs))
