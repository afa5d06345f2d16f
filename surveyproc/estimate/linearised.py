"""Estimates whose precision is that of a total of scores: functions of totals, Gini coefficients, shares of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveyproc.estimate.deff import DeffKind
from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.interval import intervals
from surveyproc.estimate.reevaluated import replicate_errors
from surveyproc.estimate.result import EstimateSet, Words, interleave
from surveyproc.estimate.run import estimate
from surveyproc.estimate.scores import Scores, scores
from surveyproc.estimate.sums import Floats
from surveyproc.values import Design, Disaggregation, Measure, Statistic

NO_VALUE = ("empty", "all_missing")


def estimate_linearised(
    design: Design,
    measures: Sequence[Measure],
    disaggregations: Sequence[Disaggregation],
    *,
    df: DfKind = "domain",
    deff: DeffKind = "srs_replace",
    level: float = 0.95,
) -> EstimateSet:
    """Functions of totals, Gini coefficients and shares of groups in every cell, with t intervals.

    The SE is that of the weighted total of the scores (see `scores`), so every design serves that a total has; with
    replicates, functions of totals and variances are worked out anew in each (see `deviations`). A row
    with one of a function's totals missing leaves all of them, as it leaves both sides of a ratio. Status `kink`: the
    function has no derivative where the totals are (abs at 0, min or max of equals): value, no SE.
    Raises SurveyprocError as `estimate` does.
    """
    sets = []
    for disaggregation in disaggregations:
        found = [scores(design, m, disaggregation) for m in measures]
        totals = [as_total(m, s) for m, s in zip(measures, found, strict=True)]
        plain = estimate(design, totals, [disaggregation], df=df, deff=deff, level=level)
        if design.replicates is not None:
            plain = _anew(plain, design, measures, found, disaggregation)
        sets.append(_with_values(plain, measures, found, level=level))
    return interleave(sets, [len(d.cells) for d in disaggregations])


def _anew(
    plain: EstimateSet,
    design: Design,
    measures: Sequence[Measure],
    found: Sequence[Scores],
    disaggregation: Disaggregation,
) -> EstimateSet:
    """Totals of scores with the SEs of estimates worked out in each replicate."""
    pairs = zip(measures, found, strict=True)
    se = np.concatenate([replicate_errors(design, m, disaggregation, s) for m, s in pairs])
    return with_errors(plain, np.where(plain.status == "ok", se, plain.se))


def with_errors(plain: EstimateSet, se: Floats) -> EstimateSet:
    """A set with other SEs (rows), design effects in proportion, intervals left to `restate`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        deff = plain.deff * np.where(plain.se > 0, se / plain.se, np.nan) ** 2
    return replace(plain, se=se, deff=deff)


def as_total(measure: Measure, found: Scores) -> Measure:
    """The measure whose total varies as the estimate does."""
    return replace(
        measure, statistic=Statistic.TOTAL, numerator=found.score, denominator=None, detail=None, multiply=1.0
    )


def _with_values(
    plain: EstimateSet, measures: Sequence[Measure], found: Sequence[Scores], *, level: float
) -> EstimateSet:
    """Totals of scores with the estimates that they belong to put in their place."""
    size = len(found[0].value)
    value = np.concatenate([s.value for s in found])
    kink = np.concatenate([s.kink for s in found])
    unknown = ~np.isin(plain.status, (*NO_VALUE, "one_case"))  # of one case there may be a value (Gini 0) or not (sd)
    status = np.where(np.isnan(value) & unknown, "empty", plain.status)
    status = np.where(kink & np.isin(status, ("ok", "constant")), "kink", status)
    return restate(
        plain,
        value=np.where(np.isin(status, NO_VALUE), np.nan, value),
        status=status,
        times=np.repeat([m.multiply for m in measures], size),
        statistic=np.repeat(np.array([str(m.statistic) for m in measures], dtype=object), size),
        level=level,
    )


def restate(
    plain: EstimateSet, *, value: Floats, status: Words, times: Floats, statistic: Words, level: float
) -> EstimateSet:
    """A set with other values, statuses and statistics, all (rows), and t intervals from the set's own SEs and df."""
    se = np.where(np.isin(status, ("ok", "constant")), plain.se, np.nan)
    deff = np.where(status == "ok", plain.deff, np.nan)
    method = np.full(len(value), "t")
    low, high = intervals(value, np.where(status == "ok", se, np.nan), df=plain.df, method=method, level=level)
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(value != 0, se / np.abs(value), np.nan)
    return replace(
        plain,
        statistic=statistic,
        value=value * times,
        se=se * np.abs(times),
        ci_low=np.where(times < 0, high * times, low * times),
        ci_high=np.where(times < 0, low * times, high * times),
        ci_method=method.astype(object),
        cv=cv,
        deff=deff,
        deft=np.sqrt(deff),
        status=status.astype(object),
    )
