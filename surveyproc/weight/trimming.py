"""Trimming as a step: limits by rule, within cells that keep their sum, and the search for the limit of least error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from surveyproc.config import models
from surveyproc.problems import Problem, SurveyprocError
from surveyproc.values import Column
from surveyproc.values.weights import WeightLine, Weights
from surveyproc.weight.classes import Classes, classes_of
from surveyproc.weight.sample import Prepared, Sample, listed, members_text
from surveyproc.weight.trim import Sharing, Trimmed, median_limits, quantile_limits, trim

Floats = NDArray[np.float64]
Limits = tuple[float | Floats, float | Floats]
CANDIDATES = np.linspace(0.75, 1.0, 51)  # quantiles of the weights that the search tries as limits; 1 cuts nothing


def trimming(step: models.TrimStep, sample: Sample) -> Prepared:
    """Weights brought between limits; what is cut is shared within cells in proportion to the weights left whole.

    The limits are found anew from each set of weights. Raises SurveyprocError for a cell that cannot keep its sum.
    """
    used = sample.weight > 0
    names = tuple(step.cells)
    sample.require(names, used, "cells of trimming")
    cells = classes_of(names, [sample.column(name) for name in names], used)
    rule = _rule(step, sample, cells)

    def one(weight: Floats) -> Floats:
        found = _trimmed(step, weight, cells, rule(weight))
        if found.impossible.any():
            got = listed([members_text(cells.members[c]) for c in np.flatnonzero(found.impossible)])
            what = "weights cannot be trimmed so that the cells keep their sums"
            hint = "Widen the limits, join cells, or say redistribute: none."
            raise SurveyprocError([Problem("weight.trim", sample.place, what, got=got, hint=hint)])
        return found.weight

    def apply(weight: Weights) -> Weights:
        if weight.ndim == 1:
            return one(weight)
        return np.stack([one(weight[:, r]) for r in range(weight.shape[1])], axis=1).astype(np.float64)

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        low, high = rule(before)
        found = _trimmed(step, before, cells, (low, high))
        figures = {
            "cut": float(found.cut.sum()),
            "raised": float(found.raised.sum()),
            "lowest": float(np.min(low)),
            "highest": float(np.max(high)),
            "moved": float(found.moved.sum()),
        }
        return (WeightLine("trim", (), figures),)

    return Prepared(apply, _said(step), lines)


def _said(step: models.TrimStep) -> str:
    if step.mse is not None:
        return f"mse: {step.mse}"
    if step.quantile is not None:
        return f"quantile: {step.quantile:g}"
    if step.times_median is not None:
        return f"median × {step.times_median:g}"
    return " … ".join("" if end is None else f"{end:g}" for end in (step.lowest, step.highest))


def _trimmed(step: models.TrimStep, weight: Floats, cells: Classes, limits: Limits) -> Trimmed:
    codes = np.maximum(cells.codes, 0)
    sharing: Sharing = "in proportion" if step.redistribute == "proportional" else "nobody"
    return trim(weight, lower=limits[0], upper=limits[1], cells=codes, sharing=sharing)


def _rule(step: models.TrimStep, sample: Sample, cells: Classes) -> Callable[[Floats], Limits]:
    codes = np.maximum(cells.codes, 0)
    if step.mse is not None:
        y = _values(sample.column(step.mse))
        groups = [codes == c for c in range(cells.count)]
        return lambda weight: (0.0, np.array([least_error(weight[here], y[here]) for here in groups]))
    if step.quantile is not None:
        share = float(step.quantile)
        return lambda weight: (0.0, quantile_limits(weight, high=share, cells=codes)[1])
    if step.times_median is not None:
        times = float(step.times_median)
        return lambda weight: (0.0, median_limits(weight, high=times, cells=codes)[1])
    low = 0.0 if step.lowest is None else float(step.lowest)
    high = np.inf if step.highest is None else float(step.highest)
    return lambda weight: (low, high)


def _values(column: Column) -> Floats:
    return np.where(column.known, column.values.astype(np.float64), np.nan)


def least_error(weight: Floats, y: Floats) -> float:
    """The upper limit at which the estimated mean squared error of the weighted mean of y is least (Potter 1990).

    Limits tried are quantiles of the weights; what is cut is shared in proportion. Error at a limit: the squared
    distance of the mean from that of the untrimmed weights, and the mean's variance, rows taken as drawn one by one
    with replacement, n/(n − 1)·Σ w²(y − ȳ)²/(Σ w)². y: (n), NaN where missing. Of equal errors the highest limit.
    """
    used = (weight > 0) & ~np.isnan(y)
    if used.sum() < 2:
        return float("inf")
    w, values = weight[used], y[used]
    mean = float(w @ values / w.sum())
    best, limit = np.inf, float("inf")
    for candidate in np.unique(np.quantile(w, CANDIDATES))[::-1].tolist():
        found = trim(w, upper=float(candidate), sharing="in proportion")
        if found.impossible.any():
            continue
        now = found.weight
        centre = float(now @ values / now.sum())
        spread = float((now**2) @ (values - centre) ** 2) / float(now.sum()) ** 2
        error = (centre - mean) ** 2 + spread * len(w) / (len(w) - 1)
        if error < best * (1 - 1e-12):
            best, limit = error, float(candidate)
    return limit
