"""How a weight may answer to a calibration: the factor g = F(u), its slope and its integral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyproc.values import CalibrationMethod

Floats = NDArray[np.float64]

LARGEST = 300.0  # of an exponent: e**300 still has a square


@dataclass(frozen=True, slots=True)
class Distance:
    """A calibration function of Deville and Särndal (1992): g = F(u), F(0) = 1, F′(0) = 1, low ≤ g ≤ high.

    linear: 1 + u, cut at the bounds (their cases 1 and 7). raking: exp(u), cut at the bounds (case 2). logit: between
    bounds that it never reaches (case 6).
    """

    method: CalibrationMethod
    low: float = -np.inf
    high: float = np.inf

    def factor(self, u: Floats) -> Floats:
        """F(u), any shape."""
        if self.method == "logit":
            return self.low + (self.high - self.low) * self._share(u)
        g = 1.0 + u if self.method == "linear" else np.exp(np.minimum(u, LARGEST))
        bounded: Floats = np.clip(g, self.low, self.high)
        return bounded

    def slope(self, u: Floats) -> Floats:
        """F′(u), 0 where a bound holds."""
        if self.method == "logit":
            share = self._share(u)
            return self._pace * (self.high - self.low) * share * (1.0 - share)
        g = 1.0 + u if self.method == "linear" else np.exp(np.minimum(u, LARGEST))
        free = (g > self.low) & (g < self.high)
        return np.where(free, 1.0 if self.method == "linear" else g, 0.0)

    def potential(self, u: Floats) -> Floats:
        """∫F, the convex function whose slope is F; finite for every finite u."""
        if self.method == "logit":
            rise = (self.high - self.low) / self._pace
            height: Floats = rise * np.logaddexp(np.log(self.high - 1.0), np.log(1.0 - self.low) + self._pace * u)
            return self.low * u + height
        if self.method == "linear":
            inside = np.clip(u, self.low - 1.0, self.high - 1.0)
            curve = inside + inside**2 / 2.0
        else:
            inside = np.clip(u, np.log(max(self.low, 1e-300)), np.log(self.high) if self.high < np.inf else LARGEST)
            curve = np.exp(inside)
        beyond = u - inside
        whole: Floats = curve + np.where(beyond == 0.0, 0.0, self.factor(u) * beyond)
        return whole

    @property
    def _pace(self) -> float:
        return (self.high - self.low) / ((1.0 - self.low) * (self.high - 1.0))

    def _share(self, u: Floats) -> Floats:
        start = np.log(1.0 - self.low) - np.log(self.high - 1.0)
        share: Floats = special.expit(self._pace * u + start)
        return share


def make_distance(method: CalibrationMethod, bounds: tuple[float, float] | None) -> Distance:
    """The distance of a method. Raises ValueError for bounds that do not hold 1, or that logit does not have."""
    low, high = bounds or (-np.inf, np.inf)
    if not low < 1.0 < high:
        raise ValueError(f"bounds must lie on either side of 1, not {low} and {high}")
    if method == "raking":
        low = max(low, 0.0)
    if method == "logit" and not np.isfinite([low, high]).all():
        raise ValueError("logit needs two bounds")
    return Distance(method, float(low), float(high))
