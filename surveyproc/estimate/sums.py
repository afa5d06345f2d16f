"""Sums over runs of rows, in one fixed order whatever the number of threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Runs:
    """R runs of rows. starts: int64 (R + 1); picker: sparse 0/1 matrix (R, m), kept because it is used many times."""

    starts: Ints
    picker: Any

    def sum(self, values: NDArray[Any]) -> Floats:
        """Sums (R, K) of rows of `values` (m, K), first to last within a run; 0 for an empty run."""
        total: Floats = np.asarray(self.picker @ values, dtype=np.float64)
        return total


def make_runs(starts: Ints, *, rows: Ints | None = None, height: int | None = None) -> Runs:
    """Runs: run r holds rows[starts[r]:starts[r+1]] of tables `height` rows tall; all rows in turn where not said."""
    size = int(starts[-1])
    picked = (np.arange(size) if rows is None else rows).astype(np.int32)
    shape = (len(starts) - 1, size if height is None else height)
    return Runs(starts, sparse.csr_matrix((np.ones(size), picked, starts.astype(np.int32)), shape=shape, copy=False))


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
