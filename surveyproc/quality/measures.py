"""The quantities that publication rules may name, worked out from an estimates frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from surveyproc.config.models import NearLimits

Floats = NDArray[np.float64]

PROPORTIONS = ("proportion", "distribution")
KG_LEVEL = 0.95  # the standard is written for 95 % intervals, whatever confidence a survey prints

MEASURES: Mapping[str, str] = {
    "n_unweighted": "cases in the denominator, unweighted",
    "n_psus": "primary sampling units with cases in the denominator",
    "n_weighted": "weighted cases in the denominator",
    "n_effective": "effective sample size, at most n_unweighted",
    "df": "degrees of freedom",
    "value": "the estimate; a proportion is a share from 0 to 1",
    "se": "standard error",
    "cv": "relative standard error; of a proportion as proportion_near_limits says",
    "deff": "design effect",
    "deft": "its square root",
    "share_missing": "weighted share of the universe with the measure missing",
    "share_known": "1 - share_missing",
    "ci_low": "lower end of the confidence interval",
    "ci_high": "upper end of the confidence interval",
    "ci_width": "ci_high - ci_low",
    "ci_width_kg": "width of the 95 % Korn-Graubard interval; proportions only",
    "ci_relative_width_kg": "ci_width_kg / value; proportions only",
    "rse_neg_log_p": "relative standard error of -ln(p), or of -ln(1 - p) above one half; proportions only",
}


def measures(frame: pd.DataFrame, near: NearLimits | None, *, confidence: float) -> dict[str, Floats]:
    """Every quantity of MEASURES, each float64 (rows of `frame`), NaN where it is not defined.

    frame: columns of ESTIMATE_COLUMNS. confidence: level of the intervals that `near.ci` asks for anew.
    """
    column = {name: _floats(frame, name) for name in _TAKEN}
    proportion = frame["statistic"].isin(PROPORTIONS).to_numpy(dtype=bool)
    share = (column["value"] >= 0) & (column["value"] <= 1)
    p = np.where(proportion & share, column["value"], np.nan)
    se, n, df = column["se"], column["n_unweighted"], column["df"]
    low, high = column["ci_low"], column["ci_high"]
    if near is not None:
        low, high = _with_interval(frame, (low, high), p=p, se=se, df=df, method=near.ci, confidence=confidence)
    kg_low, kg_high = korn_graubard(p, se, n=n, df=df)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(p > 0, (kg_high - kg_low) / p, np.nan)
        rest = {
            "n_effective": np.where(proportion, effective_n(p, se, n=n), np.minimum(n, n / column["deff"])),
            "cv": _cv(column["value"], se, proportion=proportion, use=near.use if near else "cv"),
            "share_known": 1.0 - column["share_missing"],
            "ci_low": low,
            "ci_high": high,
            "ci_width": high - low,
            "ci_width_kg": kg_high - kg_low,
            "ci_relative_width_kg": relative,
            "rse_neg_log_p": rse_neg_log(p, se),
        }
    return {name: rest.get(name, column.get(name, np.full(len(frame), np.nan))) for name in MEASURES}


def effective_n(p: Floats, se: Floats, *, n: Floats) -> Floats:
    """Effective sample size of a proportion, p(1 − p)/se², at most n; n itself where p is 0 or 1.

    All float64 of one shape. Source: Parker et al. (2017), NCHS Vital and Health Statistics 2(175).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = p * (1.0 - p) / np.square(se)
    return np.where((p == 0) | (p == 1), n, np.minimum(n, ratio))


def korn_graubard(p: Floats, se: Floats, *, n: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Ends of the 95 % Korn–Graubard interval of proportions: Clopper–Pearson with an effective sample size.

    The effective size p(1 − p)/se² is multiplied by (t[n−1] / t[df])², t being the 0.975 quantile, and is at most n; it
    is n where p is 0 or 1, and 0 (an interval from 0 to 1) where df is not positive. All float64 of one shape; NaN
    where p is NaN, or se is and p is neither 0 nor 1. Sources: Korn and Graubard (1998), Survey Methodology 24,
    193-201; Parker et al. (2017), NCHS Vital and Health Statistics 2(175).
    """
    tail = (1.0 - KG_LEVEL) / 2.0
    limit = (p == 0) | (p == 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = special.stdtrit(np.maximum(n - 1.0, 1.0), 1.0 - tail) / special.stdtrit(
            np.where(df > 0, df, np.nan), 1.0 - tail
        )
        size = p * (1.0 - p) / np.square(se) * np.square(ratio)
    size = np.where(df > 0, size, np.where(np.isnan(df), np.nan, 0.0))
    size = np.where(limit, n, np.minimum(n, size))
    size = np.where(np.isnan(se) & ~limit, np.nan, size)
    hits, misses = size * p, size * (1.0 - p)
    with np.errstate(invalid="ignore"):
        low = np.where(hits > 0, special.betaincinv(hits, misses + 1.0, tail), hits)
        high = np.where(misses > 0, special.betaincinv(hits + 1.0, misses, 1.0 - tail), misses + 1.0)
    return low, high


def rse_neg_log(p: Floats, se: Floats) -> Floats:
    """Relative standard error of −ln p where p ≤ 0.5, else of −ln(1 − p); NaN where p is 0 or 1.

    Source: SAMHSA, 2004 National Survey on Drug Use and Health, suppression rule for prevalence rates.
    """
    side = np.where(p <= 0.5, p, 1.0 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((side > 0) & (side < 1), se / side / -np.log(side), np.nan)


_TAKEN = (
    *("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df"),
    *("n_unweighted", "n_psus", "n_weighted", "share_missing"),
)


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(dtype="float64", na_value=np.nan), dtype=np.float64)


def _cv(value: Floats, se: Floats, *, proportion: NDArray[np.bool_], use: str) -> Floats:
    """se / |value|; of proportions se over the larger (min_of_…) or the smaller (max_of_…) of p and 1 − p."""
    base = np.abs(value)
    if use == "min_of_cv_p_and_1mp":
        base = np.where(proportion, np.maximum(value, 1.0 - value), base)
    elif use == "max_of_cv_p_and_1mp":
        base = np.where(proportion, np.minimum(value, 1.0 - value), base)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, se / base, np.nan)


def _with_interval(
    frame: pd.DataFrame,
    ends: tuple[Floats, Floats],
    *,
    p: Floats,
    se: Floats,
    df: Floats,
    method: str,
    confidence: float,
) -> tuple[Floats, Floats]:
    """The interval that the rules look at: the frame's, or anew by `method` for proportions printed with another."""
    other = ~np.isnan(p) & (frame["ci_method"].to_numpy(dtype=object) != method)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = special.stdtrit(np.where(df > 0, df, np.nan), 0.5 + confidence / 2.0)
        if method == "logit":
            half = t * se / (p * (1.0 - p))
            low, high = special.expit(special.logit(p) - half), special.expit(special.logit(p) + half)
        else:
            half = (2.0 if method == "2se" else t) * se
            low, high = p - half, p + half
    return np.where(other, low, ends[0]), np.where(other, high, ends[1])
