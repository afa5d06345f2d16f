"""Calibration of whole households, and of each part of the sample by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveyproc.weight.distance import Floats

Codes = NDArray[np.integer[Any]]


def household_means(weight: Floats, cells: Codes, auxiliary: Floats, household: Codes) -> Floats:
    """Means (H, q) of auxiliary variables in each household, so that all of its members get one factor.

    Integrative calibration (Lemaître and Dufour 1987): calibrate with cells = household and these means in place of
    person-level variables; R survey's aggregate.stage. household: 0..H-1 (n). Totals of persons are met exactly;
    weights of members are equal afterwards where they were so before. A household without weight has means of 0.
    """
    size = int(household.max(initial=-1)) + 1
    table = sparse.coo_matrix((weight, (household, cells)), shape=(size, len(auxiliary))).tocsr()
    held = np.asarray(table.sum(axis=1)).ravel()
    means: Floats = np.asarray(table @ auxiliary) / np.where(held > 0, held, 1.0)[:, None]
    return means


def by_part(
    cells: Codes, auxiliary: Floats, part: Codes, *, names: Sequence[str], parts: Sequence[str]
) -> tuple[NDArray[np.int32], Floats, tuple[str, ...]]:
    """Cells, auxiliary variables and names by which each part of the sample is calibrated to totals of its own.

    part: 0..P-1 (n), e.g. region; constraints are then P·q, those of the first part first, named "part: name".
    """
    pairs, code = np.unique(part.astype(np.int64) * len(auxiliary) + cells, return_inverse=True)
    of, cell = np.divmod(pairs, len(auxiliary))
    q = auxiliary.shape[1]
    blocks = np.zeros((len(pairs), len(parts) * q))
    np.put_along_axis(blocks, of[:, None] * q + np.arange(q), auxiliary[cell], axis=1)
    return code.ravel().astype(np.int32), blocks, tuple(f"{p}: {name}" for p in parts for name in names)
