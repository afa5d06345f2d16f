"""Age profiles of a survey smoothed by a model schedule, with a band, and groups of ages split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveyproc.demography.fit import Floats, ratio
from surveyproc.demography.schedule_fit import ScheduleFit, age_points, fit_to_rates, rates_and_slopes
from surveyproc.demography.schedules import NAMES, Components, RogersCastro


@dataclass(frozen=True, slots=True)
class SmoothProfile:
    """A smoothed profile at the ages asked for.

    rates, se, lower, upper (B,): the curve, its standard error and its pointwise interval, made on the log scale;
    covariance (B, B). chi_square: Σ (rate − curve)²/V over the groups used, with df: far above df, the curve lacks
    something the survey shows, which the band does not cover. used (A,): groups with a variance above 0.
    """

    fit: ScheduleFit
    ages: Floats
    rates: Floats
    se: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    chi_square: float
    df: int
    used: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def smooth_profile(
    ages: Floats,
    rates: Floats,
    *,
    covariance: Floats,
    components: Components,
    at: Floats,
    width: Floats | None = None,
    level: float = 0.95,
    first: RogersCastro | None = None,
    starts: int = 12,
    seed: int = 0,
) -> SmoothProfile:
    """A Rogers–Castro schedule fitted to survey rates, and its band from the survey's covariance.

    ages, rates (A,): exact ages, or lower ends of groups whose widths are given; covariance (A, A) of the rates from
    the survey's design; at (B,): exact ages of the result. Weights W = 1/V_aa; the parameters' covariance is
    (JᵀWJ)⁻¹JᵀWVWJ(JᵀWJ)⁻¹, right for any V, also of few psus, and the band its delta method. Groups without a variance
    above 0 (no event seen) cannot be weighed and are left out. ValueError where too few groups are left.
    """
    x, y, v = (np.asarray(a, dtype=np.float64) for a in (ages, rates, covariance))
    if v.shape != (*y.shape, *y.shape):
        raise ValueError(f"covariance {v.shape} is not of {y.shape[-1]} rates")
    variance = np.diag(v)
    used = np.isfinite(y) & (variance > 0)
    wide = None if width is None else np.broadcast_to(np.asarray(width, dtype=np.float64), x.shape)[used]
    weights = 1.0 / variance[used]
    fit = fit_to_rates(
        x[used], y[used], components=components, weights=weights, width=wide, first=first, starts=starts, seed=seed
    )
    names = NAMES[components]
    points, mixing = age_points(x[used], wide)
    _, slope = rates_and_slopes(fit.values, names=names, x=points, mixing=mixing)
    bread = np.linalg.pinv(slope.T @ (weights[:, None] * slope), rcond=1e-13, hermitian=True)
    influence = bread @ (slope * weights[:, None]).T
    spread = influence @ v[np.ix_(used, used)] @ influence.T
    target = np.asarray(at, dtype=np.float64)
    curve, leads = rates_and_slopes(fit.values, names=names, x=target[:, None], mixing=np.ones((len(target), 1)))
    band = leads @ spread @ leads.T
    se = np.sqrt(np.diag(band))
    reach = np.exp(special.ndtri((1.0 + level) / 2.0) * ratio(se, curve))
    lost = float((weights * (y[used] - fit.fitted) ** 2).sum())
    return SmoothProfile(
        fit, target, curve, se, curve / reach, curve * reach, band, lost, int(used.sum()) - components, used
    )


@dataclass(frozen=True, slots=True)
class SplitGroups:
    """Values by single age (…, A) that add up to the groups, and the covariance (…, A, A) that these give them."""

    values: Floats
    covariance: Floats


def split_groups(totals: Floats, *, profile: Floats, group: Floats, covariance: Floats | None = None) -> SplitGroups:
    """Totals of age groups (…, G) shared among single ages as a profile (…, A) is, y_a = Y_g·m_a/Σ_{b in g} m_b.

    group (A,): the number of the group of each age, 0 … G − 1. covariance (…, G, G) of the totals; NaN where not
    given. The profile is taken as known: add its band by pushing draws of it through. NaN where a group's profile is 0.
    """
    y, m = np.asarray(totals, dtype=np.float64), np.asarray(profile, dtype=np.float64)
    member = np.asarray(group, dtype=np.int64)[:, None] == np.arange(y.shape[-1])
    if member.shape[0] != m.shape[-1] or not member.any(-1).all():
        raise ValueError(f"{m.shape[-1]} ages, groups {np.unique(group).tolist()} and {y.shape[-1]} totals do not fit")
    sums = np.einsum("...a,ag->...g", m, member.astype(np.float64))
    share = member * ratio(m[..., :, None], sums[..., None, :])
    share = np.where(member, share, 0.0)
    sigma = np.full((y.shape[-1],) * 2, np.nan) if covariance is None else np.asarray(covariance, dtype=np.float64)
    values = np.einsum("...ag,...g->...a", share, y)
    return SplitGroups(values, np.einsum("...ag,...gh,...bh->...ab", share, sigma, share))
