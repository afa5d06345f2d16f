"""Tests of differences between groups: of means, and of ranks."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from surveyproc.estimate.chisq import Tested
from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.regression import Fit, regress, term_tests
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.tails import two_sided_t
from surveyproc.estimate.vcov import Mask
from surveyproc.values import Design, Disaggregation, Family, Regression, Term

RankTest = Literal["wilcoxon", "van_der_waerden", "median"]


def mean_test(design: Design, y: Floats, groups: Disaggregation, *, universe: Mask, df: DfKind = "domain") -> Tested:
    """Whether means of y (n) are equal in all groups of a universe (n).

    Of two groups the t test of the second less the first (R survey's svyttest), df = psus − strata − 1; of more the
    Wald F of a linear model. Groups without cases are left out. Raises SurveyprocError as `regress` does.
    """
    return _of_groups(design, y, groups, universe=universe, df=df)


def rank_test(
    design: Design,
    y: Floats,
    groups: Disaggregation,
    *,
    universe: Mask,
    test: RankTest = "wilcoxon",
    df: DfKind = "domain",
) -> Tested:
    """Whether y is distributed alike in all groups, by scores of its estimated population ranks (Lumley and Scott
    2013; R survey's svyranktest).

    Ranks are weighted mid-ranks over the size of the population; wilcoxon takes them as they are (Kruskal–Wallis of
    more than two groups), van_der_waerden their normal quantiles, median whether they lie above a half.
    """
    known = universe & ~np.isnan(y) & (groups.codes >= 0) & (design.weight > 0)
    ranks = np.full(len(y), np.nan)
    ranks[known] = _population_ranks(y[known], design.weight[known])
    if test == "van_der_waerden":
        ranks = special.ndtri(ranks)
    elif test == "median":
        ranks = np.where(np.isnan(ranks), np.nan, ranks > 0.5)
    return _of_groups(design, np.where(np.isfinite(ranks), ranks, np.nan), groups, universe=universe, df=df)


def _population_ranks(y: Floats, weight: Floats) -> Floats:
    """The share of the population below each value, half of what a record stands for added; ties take their mean."""
    order = np.argsort(y, kind="stable")
    at = (np.cumsum(weight[order]) - weight[order] / 2.0) / weight.sum()
    _, tie, size = np.unique(y[order], return_inverse=True, return_counts=True)
    ranks = np.empty(len(y))
    ranks[order] = (np.bincount(tie, weights=at) / size)[tie]
    return ranks


def _of_groups(design: Design, y: Floats, groups: Disaggregation, *, universe: Mask, df: DfKind) -> Tested:
    counted = universe & ~np.isnan(y) & (groups.codes >= 0) & (design.weight > 0)
    held = np.unique(groups.codes[counted])
    codes = np.where(np.isin(groups.codes, held), np.searchsorted(held, groups.codes), -1).astype(np.int32)
    cells = tuple(groups.cells[place] for place in held)
    term = Term("group", codes, cells, cells[0] if cells else "")
    fit = regress(design, Regression("", Family.LINEAR, y, (term,) if cells else (), universe), df=df)
    if fit.status != "ok" or len(cells) < 2:
        status = fit.status if len(cells) > 1 or fit.status in ("empty", "all_missing") else "one_category"
        return _none(fit, {"no_df": "one_psu"}.get(status, status))
    if len(cells) == 2:
        se = float(fit.se[1])
        if not se > 0:
            return _none(fit, "constant")
        t = float(fit.value[1]) / se
        p = float(two_sided_t(np.array(t), np.array(fit.df)))
        return Tested(t, np.nan, fit.df, p, fit.domain, "ok", float(fit.value[1]), se)
    found = term_tests(fit)[0]
    return (
        _none(fit, "constant")
        if np.isnan(found.f)
        else Tested(found.f, found.df1, found.df2, found.p, fit.domain, "ok")
    )


def _none(fit: Fit, status: str) -> Tested:
    return Tested(np.nan, np.nan, np.nan, np.nan, fit.domain, status)
