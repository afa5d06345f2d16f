"""What became of a fit: the state that every fitted number of a demographic method carries."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Fit(IntEnum):
    """State of a fit, the worse the higher, so that the state of a chain of fits is the largest of theirs."""

    CONVERGED = 0
    NOT_CONVERGED = 1  # the iterations ran out: the number is printed with its gap, not hidden
    NOT_IDENTIFIED = 2  # the data do not say: other numbers fit as well
    INFEASIBLE = 3  # no number can meet the conditions: the value is NaN


def worst(*states: NDArray[np.int64] | int) -> Counts:
    """The worst of states of shapes that broadcast."""
    first, *rest = (np.asarray(state, dtype=np.int64) for state in states)
    for state in rest:
        first = np.maximum(first, state)
    return first


def ratio(above: Floats, below: Floats) -> Floats:
    """Above/below cell by cell; NaN where the denominator is 0 or missing, never an infinity."""
    bottom: Floats = np.where(below == 0, np.nan, below)
    result: Floats = above / bottom
    return result
