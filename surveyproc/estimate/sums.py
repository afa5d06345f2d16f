"""Sums over runs of rows, in one fixed order whatever the number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def run_sums(starts: Ints, values: NDArray[Any], *, order: Ints | None = None) -> Floats:
    """Sum rows of `values` (m, K) over runs: run r holds rows order[starts[r]:starts[r+1]]. Returns (R, K).

    starts: int64 (R + 1); empty runs sum to 0. Rows are added first to last within a run, so that equal inputs give
    equal bits.
    """
    rows = np.arange(len(values)) if order is None else order
    picker = sparse.csr_matrix((np.ones(len(rows)), rows, starts), shape=(len(starts) - 1, len(values)), copy=False)
    total: Floats = np.asarray(picker @ values, dtype=np.float64)
    return total


def run_starts(sorted_codes: NDArray[Any], size: int) -> Ints:
    """Where each code 0..size-1 starts in a sorted array; int64 (size + 1)."""
    return np.searchsorted(sorted_codes, np.arange(size + 1)).astype(np.int64)


def changes(*keys: NDArray[Any]) -> Ints:
    """Starts of the runs of equal keys, and the length at the end; int64 (R + 1)."""
    size = len(keys[0])
    new = np.zeros(max(size - 1, 0), dtype=np.bool_)
    for key in keys:
        new |= key[1:] != key[:-1]
    inner = np.flatnonzero(new) + 1
    return np.concatenate(([0], inner, [size])).astype(np.int64) if size else np.zeros(1, dtype=np.int64)
