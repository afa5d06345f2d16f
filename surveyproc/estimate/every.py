"""Estimate measures of every statistic, each by its own method, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveyproc.estimate.deff import DeffKind
from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.interval import IntervalMethod
from surveyproc.estimate.linearised import estimate_linearised
from surveyproc.estimate.quantile import estimate_quantiles
from surveyproc.estimate.result import EstimateSet, concatenate, empty_set, take
from surveyproc.estimate.run import estimate as estimate_smooth
from surveyproc.values import Design, Disaggregation, Measure, Statistic

LINEARISED = (
    *(Statistic.FUNCTION, Statistic.GINI, Statistic.QUANTILE_SHARE),
    *(Statistic.SHARE_RATIO, Statistic.VARIANCE, Statistic.SD),
)


def estimate(
    design: Design,
    measures: Sequence[Measure],
    disaggregations: Sequence[Disaggregation],
    *,
    interval: Mapping[Statistic, IntervalMethod] | None = None,
    df: DfKind = "domain",
    deff: DeffKind = "srs_replace",
    level: float = 0.95,
) -> EstimateSet:
    """Every measure in every cell, with design-based precision, in the order of measures, disaggregations and cells.

    Totals, means, proportions, distributions, ratios and rates by totals of psus (`run.estimate`, which says what the
    choices are); quantiles with Woodruff's intervals (`estimate_quantiles`); functions of totals, variances, Gini
    coefficients and shares of groups by their scores (`estimate_linearised`). `interval` bears on the first only.
    Comparisons are made by `compare`. Raises SurveyprocError where a stratum has a single psu and the design's rule is
    to fail.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    if not measures or not disaggregations:
        return empty_set()
    positions: dict[str, list[int]] = {}
    for position, measure in enumerate(measures):
        positions.setdefault(_kind(measure.statistic), []).append(position)
    parts = []
    for kind, places in positions.items():
        mine = [measures[j] for j in places]
        if kind == "quantile":
            part = estimate_quantiles(design, mine, disaggregations, df=df, level=level)
        elif kind == "linearised":
            part = estimate_linearised(design, mine, disaggregations, df=df, deff=deff, level=level)
        else:
            part = estimate_smooth(design, mine, disaggregations, interval=interval, df=df, deff=deff, level=level)
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    size = sum(len(d.cells) for d in disaggregations)
    place = np.argsort([j for places in positions.values() for j in places])
    return take(concatenate(parts), (place[:, None] * size + np.arange(size)).ravel())


def _kind(statistic: Statistic) -> str:
    if statistic is Statistic.QUANTILE:
        return "quantile"
    return "linearised" if statistic in LINEARISED else "smooth"
