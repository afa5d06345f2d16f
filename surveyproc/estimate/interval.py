"""Confidence intervals of estimates with standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyproc.estimate.sums import Floats
from surveyproc.values import Statistic

IntervalMethod = Literal["t", "logit", "2se", "normal", "beta", "wilson", "arcsine"]

DEFAULT_INTERVALS: Mapping[Statistic, IntervalMethod] = {
    Statistic.PROPORTION: "logit",
    Statistic.DISTRIBUTION: "logit",
    Statistic.RESPONSE_SHARE: "logit",
}


def interval_method(statistic: Statistic, chosen: Mapping[Statistic, IntervalMethod] | None) -> IntervalMethod:
    """The method of a statistic: the one chosen, else logit for proportions and t for all else."""
    return {**DEFAULT_INTERVALS, **(chosen or {})}.get(statistic, "t")


def intervals(
    value: Floats,
    se: Floats,
    *,
    df: Floats,
    method: NDArray[np.str_],
    level: float,
    cases: Floats | None = None,
    se_logit: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Lower and upper ends, arrays of one shape; NaN where SE is NaN, df is not above 0 or the method is undefined.

    t: value ± t(df)·SE. normal: the same with the normal quantile. 2se: value ± 2·SE, not clamped, as DHS and MICS
    reports print it. The others are for proportions strictly between 0 and 1:
    logit: t interval of log(p/(1 − p)), taken back; its SE is se_logit where given and not NaN, else SE/(p(1 − p)) (R
    survey's svyciprop, "logit", which is "xlogit" for linearised variances; Korn and Graubard 1998).
    beta: Clopper–Pearson with the effective sample size p(1 − p)/SE², times (t(n − 1)/t(df))² (Korn and Graubard 1998;
    R's "beta"); cases gives n. wilson: score interval with the effective sample size and t for z (Kott and Carr 1997).
    arcsine: t interval of asin √p, cut at 0 and π/2, taken back (R's "asin", which does not cut).
    """
    safe: Floats = np.where(df > 0, df, np.nan)
    t = _t(safe, (1.0 + level) / 2.0)
    ends: dict[str, tuple[Floats, Floats]] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name in np.unique(method).tolist():
            if name in ("t", "2se", "normal"):
                fixed = 2.0 if name == "2se" else float(special.ndtri((1.0 + level) / 2.0))
                quantile: Floats = t if name == "t" else np.full_like(value, fixed)
                ends[name] = value - quantile * se, value + quantile * se
            elif name == "logit":
                ends[name] = _logit(value, se, t, se_logit)
            elif name == "beta":
                ends[name] = _beta(value, se, t, cases=value * np.nan if cases is None else cases, level=level)
            else:
                ends[name] = (_wilson if name == "wilson" else _arcsine)(value, se, t)
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    for name, (lower, upper) in ends.items():
        low, high = np.where(method == name, lower, low), np.where(method == name, upper, high)
    return low, high


def _logit(p: Floats, se: Floats, t: Floats, se_logit: Floats | None) -> tuple[Floats, Floats]:
    spread = se / (p * (1.0 - p))
    if se_logit is not None:
        spread = np.where(np.isnan(se_logit) | np.isnan(se), spread, se_logit)
    odds = np.log(p / (1.0 - p))
    return _expit(odds - t * spread), _expit(odds + t * spread)


def _beta(p: Floats, se: Floats, t: Floats, *, cases: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1.0 - level) / 2.0
    of_rows = _t(np.where(cases > 1, cases - 1.0, np.nan), 1.0 - tail)
    size = np.where(se > 0, p * (1.0 - p) / se**2, np.nan) * (of_rows / t) ** 2
    low = np.asarray(special.betaincinv(size * p, size * (1.0 - p) + 1.0, tail), dtype=np.float64)
    high = np.asarray(special.betaincinv(size * p + 1.0, size * (1.0 - p), 1.0 - tail), dtype=np.float64)
    return low, high


def _wilson(p: Floats, se: Floats, t: Floats) -> tuple[Floats, Floats]:
    part = t**2 * np.where(se > 0, se**2 / (p * (1.0 - p)), np.nan)
    middle = (p + part / 2.0) / (1.0 + part)
    reach = np.sqrt(part * p * (1.0 - p) + part**2 / 4.0) / (1.0 + part)
    return middle - reach, middle + reach


def _arcsine(p: Floats, se: Floats, t: Floats) -> tuple[Floats, Floats]:
    angle, reach = np.arcsin(np.sqrt(np.where((p >= 0) & (p <= 1), p, np.nan))), t * se / (2.0 * np.sqrt(p * (1.0 - p)))
    low: Floats = np.sin(np.clip(angle - reach, 0.0, np.pi / 2.0)) ** 2
    high: Floats = np.sin(np.clip(angle + reach, 0.0, np.pi / 2.0)) ** 2
    return low, high


def _t(df: Floats, p: float) -> Floats:
    return np.asarray(special.stdtrit(df, p), dtype=np.float64)


def _expit(x: Floats) -> Floats:
    expit: Floats = special.expit(x)
    return expit
