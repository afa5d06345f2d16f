"""Scores: what each row adds to an estimate, to first order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.concentration import concentration
from surveyproc.estimate.dispersion import DISPERSION, dispersion
from surveyproc.estimate.sums import Floats
from surveyproc.values import Design, Disaggregation, FunctionOf, Measure, Statistic

CONCENTRATION = (Statistic.GINI, Statistic.QUANTILE_SHARE, Statistic.SHARE_RATIO)


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one measure in C cells. value: (C), NaN where there is none; score: (n), NaN where a row is not eligible, 0 in
    no cell; kink: (C), cells where the estimate has no derivative. In the measure's own units, before `multiply`.
    """

    value: Floats
    score: Floats
    kink: NDArray[np.bool_]


def scores(design: Design, measure: Measure, disaggregation: Disaggregation) -> Scores:
    """Values and scores ∂θ/∂w of a measure in every cell (Deville 1999; Demnati and Rao 2004), but for quantiles.

    Totals: y. Means and ratios: (y − R·x)/X. Functions of totals: Σ ∂f/∂T·y. Gini coefficients and shares of quantile
    groups: see `concentration`; variances and standard deviations: see `dispersion`. Raises TypeError for a
    quantile or a comparison.
    """
    if measure.statistic in (*CONCENTRATION, *DISPERSION):
        return _by_cell(design, measure, disaggregation)
    if isinstance(measure.detail, FunctionOf):
        return _function(design, measure, measure.detail, disaggregation)
    if measure.statistic in (Statistic.QUANTILE, Statistic.DIFFERENCE, Statistic.QUOTIENT):
        raise TypeError(f"a {measure.statistic} has no score of its own")
    return _ratio(design, measure, disaggregation)


def cell_sums(values: Floats, disaggregation: Disaggregation) -> Floats:
    """Sums (C) of row values by cell."""
    codes, size = disaggregation.codes, len(disaggregation.cells)
    sums = np.bincount(np.where(codes < 0, size, codes), weights=values, minlength=size + 1)[:size]
    return sums.astype(np.float64, copy=False)


def at_rows(by_cell: Floats, disaggregation: Disaggregation) -> Floats:
    """The number of each row's cell (n); 0 in no cell."""
    rows: Floats = np.append(by_cell, 0.0)[disaggregation.codes]
    return rows


def eligible(measure: Measure) -> NDArray[np.bool_]:
    """Rows (n) of the universe with the measure known."""
    known = measure.universe & ~np.isnan(measure.numerator)
    if measure.denominator is not None:
        known &= ~np.isnan(measure.denominator)
    return known


def _ratio(design: Design, measure: Measure, disaggregation: Disaggregation) -> Scores:
    used = eligible(measure)
    y = np.where(used, measure.numerator, 0.0)
    above = cell_sums(design.weight * y, disaggregation)
    none = np.zeros(len(above), dtype=np.bool_)
    if measure.statistic is Statistic.TOTAL:
        return Scores(above, np.where(used, y, np.nan), none)
    x = used.astype(np.float64) if measure.denominator is None else np.where(used, measure.denominator, 0.0)
    below = cell_sums(design.weight * x, disaggregation)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(below == 0, np.nan, above / below)
        score = (y - at_rows(value, disaggregation) * x) / at_rows(below, disaggregation)
    return Scores(value, _fit(score, used, disaggregation), none)


def _function(design: Design, measure: Measure, detail: FunctionOf, disaggregation: Disaggregation) -> Scores:
    used = eligible(measure)
    terms = {name: np.where(used, term, 0.0) for name, term in detail.totals.items()}
    slope = detail.function({name: cell_sums(design.weight * y, disaggregation) for name, y in terms.items()})
    score = np.zeros(len(used))
    for name, y in terms.items():
        with np.errstate(invalid="ignore"):
            score += at_rows(slope.gradient[name], disaggregation) * y
    value = np.where(np.isfinite(slope.value), slope.value, np.nan)
    return Scores(value, _fit(score, used, disaggregation), slope.kink)


def _by_cell(design: Design, measure: Measure, disaggregation: Disaggregation) -> Scores:
    used = eligible(measure)
    value = np.full(len(disaggregation.cells), np.nan)
    score = np.zeros(len(used))
    rows = np.flatnonzero(used & (disaggregation.codes >= 0))
    rows = rows[np.lexsort((measure.numerator[rows], disaggregation.codes[rows]))]
    starts = np.searchsorted(disaggregation.codes[rows], np.arange(len(value) + 1)).tolist()
    for cell, (start, end) in enumerate(pairwise(starts)):
        mine = rows[start:end]
        y, w = measure.numerator[mine], design.weight[mine]
        spread = measure.statistic in DISPERSION
        value[cell], score[mine] = dispersion(measure.statistic, y, w) if spread else concentration(measure, y, w)
    return Scores(value, _fit(score, used, disaggregation), np.zeros(len(value), dtype=np.bool_))


def _fit(score: Floats, used: NDArray[np.bool_], disaggregation: Disaggregation) -> Floats:
    """Scores with NaN where not eligible, and 0 outside all cells and where the estimate has no value."""
    sound = np.where(np.isfinite(score) & (disaggregation.codes >= 0), score, 0.0)
    return np.where(used, sound, np.nan)
