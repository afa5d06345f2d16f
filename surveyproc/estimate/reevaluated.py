"""Estimates worked out anew in each replicate, by cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.dispersion import DISPERSION
from surveyproc.estimate.replication import scaled_squares
from surveyproc.estimate.scores import CONCENTRATION, Scores, cell_sums, eligible, scores
from surveyproc.estimate.sums import Floats
from surveyproc.values import Design, Disaggregation, FunctionOf, Measure, Replicates, Statistic

LINEAR = (*CONCENTRATION, Statistic.QUANTILE)


def deviations(design: Design, measure: Measure, disaggregation: Disaggregation, found: Scores | None = None) -> Floats:
    """What the estimate in each replicate departs by from that of the sample, (C, R), before `multiply`.

    Totals, ratios, functions of totals and variances are worked out anew from the totals of each replicate, as R
    survey's withReplicates does; Gini coefficients and shares of groups to first order, from their scores. NaN where
    a replicate has no value. found: the scores, where they are known. Raises ValueError without replicates.
    """
    if design.replicates is None:
        raise ValueError("the design has no replicates")
    found = scores(design, measure, disaggregation) if found is None else found
    used = eligible(measure)
    if measure.statistic in LINEAR:
        score = np.where(used, found.score, 0.0)
        whole = cell_sums(design.weight * score, disaggregation)
        return _totals(design, design.replicates, score, disaggregation) - whole[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return _anew(design, design.replicates, measure, used, disaggregation) - found.value[:, None]


def replicate_errors(
    design: Design, measure: Measure, disaggregation: Disaggregation, found: Scores | None = None
) -> Floats:
    """Standard errors (C) of a measure from its replicates, before `multiply`; NaN where too few have a value."""
    assert design.replicates is not None
    theta = deviations(design, measure, disaggregation, found)
    return np.sqrt(scaled_squares(design.replicates, theta.T, dropping=True))


def _anew(
    design: Design,
    replicates: Replicates,
    measure: Measure,
    used: NDArray[np.bool_],
    disaggregation: Disaggregation,
) -> Floats:
    def totals(values: Floats) -> Floats:
        return _totals(design, replicates, np.where(used, values, 0.0), disaggregation)

    y = np.where(used, measure.numerator, 0.0)
    if measure.statistic is Statistic.TOTAL:
        return totals(y)
    if isinstance(measure.detail, FunctionOf):
        terms = {name: totals(term).ravel() for name, term in measure.detail.totals.items()}
        value: Floats = measure.detail.function(terms).value
        return value.reshape(len(disaggregation.cells), -1)
    if measure.statistic in DISPERSION:
        cases = cell_sums((used & (design.weight > 0)).astype(np.float64), disaggregation)[:, None]
        middle = float(np.mean(y[used])) if used.any() else 0.0
        whole, first, second = totals(np.ones(len(y))), totals(y - middle), totals((y - middle) ** 2)
        variance = (second / whole - (first / whole) ** 2) * cases / (cases - 1.0)
        return variance if measure.statistic is Statistic.VARIANCE else np.sqrt(np.maximum(variance, 0.0))
    below = np.ones(len(y)) if measure.denominator is None else measure.denominator
    return totals(y) / totals(below)


def _totals(design: Design, replicates: Replicates, values: Floats, disaggregation: Disaggregation) -> Floats:
    """Weighted totals (C, R) of row values in every replicate."""
    unit = design.psu if replicates.unit is None else replicates.unit
    size, cells = len(replicates.factors), len(disaggregation.cells)
    inside = disaggregation.codes >= 0
    key = disaggregation.codes[inside].astype(np.int64) * size + unit[inside]
    sums = np.bincount(key, weights=(design.weight * values)[inside], minlength=cells * size)
    product: Floats = sums.reshape(cells, size) @ replicates.factors
    return product
