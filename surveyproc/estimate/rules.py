"""Rules that read a quantile off a weighted distribution, as R survey names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.sums import Floats
from surveyproc.values import QuantileRule

TIE = 1e-12  # a running share this near to the one asked for meets it: equal weights must not be told apart by rounding


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values in ascending order with weights above zero and their running sum, each float64 (m), m at least 1."""

    values: Floats
    weights: Floats
    running: Floats

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self.running[-1])


def distribution(values: Floats, weights: Floats) -> Distribution:
    """A distribution of values that are in ascending order already.

    Weights are added in extended precision where the machine has it, as R does.
    """
    return Distribution(values, weights, np.cumsum(weights, dtype=np.longdouble).astype(np.float64))


def quantile(of: Distribution, shares: Floats, *, rule: QuantileRule = "math") -> Floats:
    """The quantiles at `shares` (k), NaN where the share is; those at the ends are the least and greatest value.

    math and hf1: the smallest value with at least the share of the weight at or below it. school and hf2: the middle
    of two values where a share is met exactly. hf3 to hf9: Hyndman and Fan (1996), Statistical Computing 50, 361-365,
    with weights as R survey's svyquantile has them; shahvaish: Shah and Vaish (2006), as there.
    """
    known = ~np.isnan(shares)
    result = np.full(len(shares), np.nan)
    if len(of.values) == 1:
        result[known] = of.values[0]
    elif known.any():
        result[known] = RULES[rule](of, shares[known])
    return result


@dataclass(frozen=True, slots=True)
class _Bracket:
    """Around each share: the last value whose running weight does not pass it, the next, and where they stand."""

    low: Floats
    high: Floats
    position: NDArray[np.intp]
    exact: NDArray[np.bool_]  # the running weight of `low` is the share
    before: NDArray[np.bool_]  # the share is less than that of the first value
    gamma: Floats  # how far from low to high


def _bracket(of: Distribution, shares: Floats) -> _Bracket:
    last = len(of.values) - 1
    found = np.searchsorted(of.running, (shares + TIE) * of.total, side="right") - 1
    position = np.maximum(found, 0)
    after = np.minimum(position + 1, last)
    below = shares - of.running[position] / of.total
    above = of.running[after] / of.total - shares
    with np.errstate(invalid="ignore", divide="ignore"):
        gamma = np.where(after == position, 0.0, below / (above + below))
    return _Bracket(of.values[position], of.values[after], position, below <= TIE, found < 0, gamma)


def _first_at_least(of: Distribution, shares: Floats) -> Floats:
    at = _bracket(of, shares)
    return np.where(at.exact, at.low, at.high)


def _middle_of_ties(of: Distribution, shares: Floats) -> Floats:
    at = _bracket(of, shares)
    return np.where(at.before, at.low, np.where(at.exact, (at.low + at.high) / 2.0, at.high))


def _even(of: Distribution, shares: Floats) -> Floats:
    starts = np.flatnonzero(np.concatenate(([True], of.values[1:] != of.values[:-1])))
    distinct = distribution(of.values[starts], np.add.reduceat(of.weights, starts))
    if len(starts) == 1:
        return np.full(len(shares), of.values[0])
    at = _bracket(distinct, shares)
    return np.where(at.before | (at.exact & (at.position % 2 == 1)), at.low, at.high)


def _along(of: Distribution, shares: Floats) -> Floats:
    at = _bracket(of, shares)
    return at.low * (1.0 - at.gamma) + at.high * at.gamma


def _between(points: Callable[[Distribution], Floats]) -> Callable[[Distribution, Floats], Floats]:
    """Straight lines between values put at `points`, level outside."""

    def read(of: Distribution, shares: Floats) -> Floats:
        read: Floats = np.interp(shares, points(of), of.values)
        return read

    return read


def _before(of: Distribution) -> Floats:
    return np.concatenate(([0.0], of.running[:-1]))


def _shah_vaish(of: Distribution, shares: Floats) -> Floats:
    """As R has it, the half weight not divided by the mean weight; points that fall together share their mean."""
    size = len(of.values)
    running = np.cumsum(of.weights / of.weights.mean())
    points, where = np.unique((running + 0.5 - of.weights / 2.0) / (size + 1), return_inverse=True)
    values = np.bincount(where, weights=of.values) / np.bincount(where)
    placed: Floats = values[np.maximum(np.searchsorted(points, shares, side="right") - 1, 0)]
    return placed


RULES: Mapping[QuantileRule, Callable[[Distribution, Floats], Floats]] = {
    "math": _first_at_least,
    "school": _middle_of_ties,
    "shahvaish": _shah_vaish,
    "hf1": _first_at_least,
    "hf2": _middle_of_ties,
    "hf3": _even,
    "hf4": _along,
    "hf5": _between(lambda d: (d.running - d.weights / 2.0) / d.total),
    "hf6": _between(lambda d: d.running / (d.total + d.weights[-1])),
    "hf7": _between(lambda d: _before(d) / d.running[-2]),
    "hf8": _between(lambda d: (_before(d) / 3.0 + d.running * 2.0 / 3.0) / (d.total + d.weights[-1] / 3.0)),
    "hf9": _between(lambda d: (_before(d) * 3.0 / 8.0 + d.running * 5.0 / 8.0) / (d.total + d.weights[-1] / 4.0)),
}
