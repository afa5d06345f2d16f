"""The size of a population partly seen: value, variance, two intervals, and the methods with a formula of one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from surveyproc.demography.fit import Counts, Fit, Floats, ratio


@dataclass(frozen=True, slots=True)
class Hidden:
    """An estimated population, each (…).

    observed: persons seen. value and variance. normal_lower, normal_upper: value ± z·SE. lower, upper: interval
    log-normal in the unseen, observed + (value − observed)·G^{±1}, G = exp(z·√ln(1 + V/(value − observed)²)), never
    below the observed (Chao 1987). state: values of `Fit`.
    """

    observed: Floats
    value: Floats
    variance: Floats
    normal_lower: Floats
    normal_upper: Floats
    lower: Floats
    upper: Floats
    state: Counts

    @property
    def se(self) -> Floats:
        """Standard error."""
        return np.asarray(np.sqrt(self.variance))


def hidden(
    observed: Floats,
    value: Floats,
    variance: Floats,
    *,
    level: float = 0.95,
    state: Counts | int = Fit.CONVERGED,
) -> Hidden:
    """A population with its two intervals; NaN where the variance is not a number or nobody is unseen."""
    n, total, v = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (observed, value, variance)))
    z = float(special.ndtri((1.0 + level) / 2.0))
    reach = z * np.sqrt(v)
    unseen = np.where(total > n, total - n, np.nan)
    spread = np.exp(z * np.sqrt(np.log1p(ratio(v, unseen**2))))
    known = np.isfinite(total)
    states = np.where(known, state, np.maximum(state, Fit.NOT_IDENTIFIED))
    low, high = np.asarray(total - reach), np.asarray(total + reach)
    least, most = np.asarray(n + unseen / spread), np.asarray(n + unseen * spread)
    return Hidden(n, total, v, low, high, least, most, states.astype(np.int64))


def two_lists(
    first: Floats, second: Floats, *, both: Floats, formula: Literal["lincoln_petersen", "chapman"], level: float = 0.95
) -> Hidden:
    """A population of which n1 are on one list, n2 on another and m on both, each (…).

    lincoln_petersen: n1·n2/m, V = n1·n2·(n1 − m)(n2 − m)/m³; NaN where m = 0. chapman: (n1 + 1)(n2 + 1)/(m + 1) − 1, V
    = (n1 + 1)(n2 + 1)(n1 − m)(n2 − m)/[(m + 1)²(m + 2)] (Chapman 1951; Seber 1970). For a closed population,
    independent lists, equal chances and faultless linkage; sum over strata within which these hold (Sekar and Deming
    1949). NaN where m exceeds a list.
    """
    n1, n2, m = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (first, second, both)))
    m = np.where((m <= n1) & (m <= n2) & (m >= 0), m, np.nan)
    alone = (n1 - m) * (n2 - m)
    if formula == "lincoln_petersen":
        value, variance = ratio(n1 * n2, m), ratio(n1 * n2 * alone, m**3)
    else:
        value = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0
        variance = (n1 + 1.0) * (n2 + 1.0) * alone / ((m + 1.0) ** 2 * (m + 2.0))
    return hidden(n1 + n2 - m, value, variance, level=level)


def all_strata(parts: Hidden, *, level: float = 0.95) -> Hidden:
    """The sum over strata (last axis) estimated each from its own data, so that variances add up (Sekar and Deming
    1949).

    NaN where a stratum is. Not for strata of one regression, which share its coefficients.
    """
    observed, value, variance = (a.sum(-1) for a in (parts.observed, parts.value, parts.variance))
    return hidden(observed, value, variance, level=level, state=parts.state.max(-1, initial=0))


def residual(
    counted: Floats,
    legal: Floats,
    *,
    coverage_legal: Floats | float = 1.0,
    coverage_hidden: Floats | float = 1.0,
    variance_counted: Floats | float = np.nan,
    variance_legal: Floats | float = 0.0,
    variance_coverage_legal: Floats | float = 0.0,
    variance_coverage_hidden: Floats | float = 0.0,
    negative: Literal["kept", "zero"] = "kept",
    level: float = 0.95,
) -> Hidden:
    """Irregular foreign-born U = (F − c_L·L)/c_U: those counted in a survey or census less those here legally.

    counted F: foreign-born as counted, (…) by country and time of entry; legal L: admissions that survived and stayed,
    and all others with leave; coverage c_L and c_U of the two groups in the count. V = [V(F) + c_L²·V(L) +
    L²·V(c_L)]/c_U² + U²·V(c_U)/c_U², sources independent (Warren and Passel 1987; Van Hook et al. 2021). Values below 0
    are kept, or made 0 on request with their variance. observed is 0: nobody is seen as irregular; the log-normal
    interval is then of U itself.
    """
    f, stock, c_l, c_u = (np.asarray(a, dtype=np.float64) for a in (counted, legal, coverage_legal, coverage_hidden))
    value = ratio(f - c_l * stock, c_u)
    parts = np.asarray(variance_counted) + c_l**2 * np.asarray(variance_legal)
    parts = parts + stock**2 * np.asarray(variance_coverage_legal)
    variance = ratio(parts, c_u**2) + ratio(value**2 * np.asarray(variance_coverage_hidden), c_u**2)
    shown = np.maximum(value, 0.0) if negative == "zero" else value
    return hidden(np.zeros(value.shape), shown, variance, level=level)


def legal_stock(admissions: Floats, *, survival: Floats, emigration: Floats, other: Floats | float = 0.0) -> Floats:
    """L = Σ admissions·survival·(1 − emigration) over cohorts (last axis) + others with leave (…)."""
    kept = np.asarray(admissions, dtype=np.float64) * np.asarray(survival) * (1.0 - np.asarray(emigration))
    return np.asarray(kept.sum(-1) + np.asarray(other))


def multiplier(known: Floats, share: Floats, *, variance_share: Floats, level: float = 0.95) -> Hidden:
    """N = n/p: known users of a service over the share of the population that uses it, from a survey.

    V = n²·V(p)/p⁴; NaN where p = 0. Both sides must be of one definition, place and time. A mortality multiplier is n =
    deaths in the hidden population, p = the death rate of a like one.
    """
    n, p, v = (np.asarray(a, dtype=np.float64) for a in (known, share, variance_share))
    p = np.where(p > 0, p, np.nan)
    return hidden(n, n / p, n**2 * v / p**4, level=level)
