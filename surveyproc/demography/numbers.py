"""Small rules that all demographic methods share: division, cells off the diagonal, interval lengths."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DAYS_A_YEAR = 365.25


def floats(values: ArrayLike) -> Floats:
    """The values as float64."""
    return np.asarray(values, dtype=np.float64)


def over(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """numerator / denominator, NaN where the denominator is 0: a rate of nobody is missing, neither 0 nor infinite."""
    below = floats(denominator)
    with np.errstate(divide="ignore", invalid="ignore"):
        return floats(floats(numerator) / np.where(below == 0, np.nan, below))


def positive(values: ArrayLike) -> Floats:
    """The values, NaN where they are not above 0."""
    given = floats(values)
    with np.errstate(invalid="ignore"):
        return floats(np.where(given > 0, given, np.nan))


def off_diagonal(matrix: ArrayLike) -> Floats:
    """Cells i ≠ j of (..., n, n) as (..., n, n − 1), row by row; what stands on the diagonal does not count.

    Raises ValueError where the last two axes are not square.
    """
    flows = floats(matrix)
    if flows.ndim < 2 or flows.shape[-1] != flows.shape[-2]:
        raise ValueError(f"a matrix of origins × destinations is square, got shape {flows.shape}")
    zones = flows.shape[-1]
    kept = ~np.eye(zones, dtype=np.bool_)
    return flows[..., kept].reshape(*flows.shape[:-1], zones - 1)


def years_between(start: date, end: date) -> float:
    """Length of an interval in years, days / 365.25. Raises ValueError where it does not go forward."""
    days = (end - start).days
    if days <= 0:
        raise ValueError(f"an interval goes forward in time, got {start} to {end}")
    return days / DAYS_A_YEAR
