"""Confidence intervals of estimates with standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyproc.estimate.sums import Floats
from surveyproc.values import Statistic

IntervalMethod = Literal["t", "logit", "2se"]

DEFAULT_INTERVALS: Mapping[Statistic, IntervalMethod] = {
    Statistic.PROPORTION: "logit",
    Statistic.DISTRIBUTION: "logit",
}


def interval_method(statistic: Statistic, chosen: Mapping[Statistic, IntervalMethod] | None) -> IntervalMethod:
    """The method of a statistic: the one chosen, else logit for proportions and t for all else."""
    return {**DEFAULT_INTERVALS, **(chosen or {})}.get(statistic, "t")


def intervals(
    value: Floats, se: Floats, *, df: Floats, method: NDArray[np.str_], level: float
) -> tuple[Floats, Floats]:
    """Lower and upper ends, arrays of one shape; NaN where SE is NaN, df is not above 0 or the logit is undefined.

    t: value ± t(df)·SE. 2se: value ± 2·SE, not clamped, as DHS and MICS reports print it. logit: t interval of
    log(p/(1 − p)) with SE/(p(1 − p)), taken back (R survey's svyciprop, method "logit"; Korn and Graubard 1998).
    """
    safe = np.where(df > 0, df, np.nan)
    quantile = np.where(method == "2se", 2.0, special.stdtrit(safe, (1.0 + level) / 2.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        odds = np.log(value / (1.0 - value))
        reach = quantile * se / (value * (1.0 - value))
        low = np.where(method == "logit", _expit(odds - reach), value - quantile * se)
        high = np.where(method == "logit", _expit(odds + reach), value + quantile * se)
    return low, high


def _expit(x: Floats) -> Floats:
    expit: Floats = special.expit(x)
    return expit
