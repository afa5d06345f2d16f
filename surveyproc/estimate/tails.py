"""Tails of the distributions of test statistics."""

from __future__ import annotations

import numpy as np
from scipy import special

from surveyproc.estimate.sums import Floats

NEAR_MEAN = 1e-4  # of the saddlepoint, within which the approximation loses its digits; R survey's limit


def two_sided_t(t: Floats, df: Floats) -> Floats:
    """P(|T| ≥ |t|) of Student's t; NaN where df is not above 0."""
    p: Floats = 2.0 * special.stdtr(np.where(df > 0, df, np.nan), -np.abs(t))
    return p


def upper_f(statistic: float, df1: float, df2: float) -> float:
    """P(F ≥ statistic); df2 may be infinite. NaN where a df is not above 0."""
    if not (df1 > 0 and df2 > 0) or np.isnan(statistic):
        return np.nan
    if np.isinf(df2):
        return upper_chi2(statistic * df1, df1)
    # 1 − I_x(a, b) = I_{1−x}(b, a), which keeps the digits of a small tail
    return float(special.betainc(df2 / 2.0, df1 / 2.0, df2 / (df2 + df1 * max(statistic, 0.0))))


def upper_chi2(statistic: float, df: float) -> float:
    """P(χ² ≥ statistic)."""
    return float(special.chdtrc(df, max(statistic, 0.0)))


def upper_mixture(statistic: float, weights: Floats, *, df2: float = np.inf) -> float:
    """P(Σ a_k χ²_k(1) ≥ statistic · χ²(df2)/df2), a_k > 0, by a saddlepoint (Kuonen 1999; R survey's pchisqsum, pFsum).

    Within NEAR_MEAN of the mean the moments of Satterthwaite (1946) serve instead, as in R. As R does, an approximation
    with df2 takes ⌊df2⌋ terms for the denominator.
    """
    mean, square = float(np.mean(weights)), float(np.mean(weights**2))
    df1 = len(weights) * mean**2 / square
    near = upper_f(statistic / (mean * square / mean**2) / df1, df1, df2)
    if np.isinf(df2):
        found = _saddlepoint(statistic, weights)
    else:
        below = np.full(int(df2), -statistic / df2)
        found = _saddlepoint(0.0, np.concatenate((weights, below)))
    return near if np.isnan(found) else found


def _saddlepoint(statistic: float, weights: Floats) -> float:
    """Barndorff-Nielsen's tail of Σ a χ²(1); NaN near the mean."""
    scale = float(weights.max())
    a, x = weights / scale, statistic / scale

    def slope(zeta: float) -> float:
        return float((a / (1.0 - 2.0 * zeta * a)).sum()) - x

    if (a < 0).any():
        low = float((1.0 / (2.0 * a[a < 0])).max()) * 0.99999
    else:
        low = -0.01 if x > a.sum() else -len(a) / (2.0 * x)
    high = float((1.0 / (2.0 * a[a > 0])).min()) * 0.99999
    if slope(low) * slope(high) > 0:
        return np.nan
    from scipy import optimize  # a tenth of a second that most runs need not spend

    zeta = float(optimize.brentq(slope, low, high, xtol=1e-14, rtol=1e-14))
    if abs(zeta) < NEAR_MEAN:
        return np.nan
    k0 = -0.5 * float(np.log(1.0 - 2.0 * zeta * a).sum())
    k2 = 2.0 * float((a**2 / (1.0 - 2.0 * zeta * a) ** 2).sum())
    w = np.sign(zeta) * np.sqrt(2.0 * (zeta * x - k0))
    v = zeta * np.sqrt(k2)
    return float(special.ndtr(-(w + np.log(v / w) / w)))
