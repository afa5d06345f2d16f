"""Gini coefficients and what quantile groups hold of a whole, with their scores."""

from __future__ import annotations

import numpy as np

from surveyproc.estimate.sums import Floats
from surveyproc.values import Band, Holding, Measure, Statistic


def concentration(measure: Measure, values: Floats, weights: Floats) -> tuple[float, Floats]:
    """The estimate of a measure over rows in ascending order of value, and the score of each row.

    NaN and zeros where there is no row, or no positive total to be shared out. Raises TypeError where a measure of
    shares has no Holding.
    """
    whole = float((weights * values).sum())
    if not len(values) or not whole > 0:
        return np.nan, np.zeros(len(values))
    if measure.statistic is Statistic.GINI:
        return gini(values, weights)
    if not isinstance(measure.detail, Holding):
        raise TypeError(f"measure {measure.indicator} is a {measure.statistic} without a Holding")
    above, z_above = held(values, weights, measure.detail.of)
    if measure.detail.over is None:
        return above / whole, (z_above - above / whole * values) / whole
    below, z_below = held(values, weights, measure.detail.over)
    if not below > 0:
        return np.nan, np.zeros(len(values))
    return above / below, (z_above - above / below * z_below) / below


def gini(values: Floats, weights: Floats) -> tuple[float, Floats]:
    """G = ΣΣ w w′ |y − y′| / (2 N Y) of values in ascending order, and its scores ∂G/∂w.

    z = (2 (N_k y_k − Y_k) + Y − N y_k − G (Y + N y_k)) / (N Y), N_k and Y_k the running sums of w and wy (Deville 1999;
    Langel and Tillé 2013, Journal of the Royal Statistical Society A 176, 521-540). Of values that may be negative G
    can pass 1. Y must not be 0.
    """
    running, held_below = np.cumsum(weights), np.cumsum(weights * values)
    n, y = running[-1], held_below[-1]
    distances = 2.0 * (running * values - held_below) + y - n * values
    value = float((weights * distances).sum() / (2.0 * n * y))
    return value, (distances - value * (y + n * values)) / (n * y)


def held(values: Floats, weights: Floats, band: Band) -> tuple[float, Floats]:
    """The total held by a band of a population in ascending order of value, and its scores.

    A row across a limit belongs to the band with the part of its weight that is inside it; at the limit share a of the
    population, with value q there, z = (y − q)·1{below it} + a·q (Deville 1999; Langel and Tillé 2011).
    """
    top, z_top = _held_below(values, weights, band.high)
    bottom, z_bottom = _held_below(values, weights, band.low)
    return top - bottom, z_top - z_bottom


def _held_below(values: Floats, weights: Floats, share: float) -> tuple[float, Floats]:
    running = np.cumsum(weights)
    limit = share * running[-1]
    before = running - weights
    inside = np.clip(limit - before, 0.0, weights)
    at = min(int(np.searchsorted(running, limit)), len(values) - 1)
    below = np.arange(len(values)) < at
    quantile = values[at]
    scores: Floats = np.where(below, values - quantile, 0.0) + share * quantile
    return float((inside * values).sum()), scores
