"""Emigrants counted by those who stayed: absent members, siblings and children abroad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.demography.fit import Floats, ratio


@dataclass(frozen=True, slots=True)
class WithVariance:
    """Values and their sampling variances, of one shape; the variance is NaN where an input's is not known."""

    value: Floats
    variance: Floats


def _floats(*values: Floats | float) -> list[Floats]:
    return [np.asarray(v, dtype=np.float64) for v in values]


def absent_members(
    reported: Floats,
    *,
    variance: Floats | float = np.nan,
    whole_household_share: Floats | float = 0.0,
    variance_share: Floats | float = 0.0,
) -> WithVariance:
    """Emigrants Ê/(1 − φ): members reported absent, raised for households that left whole and cannot report.

    reported Ê in persons with its design variance; φ = share of emigrants who left with their whole household, from
    partner data or from returned households, with its variance. V = Ê_c²·[V(Ê)/Ê² + V(φ)/(1 − φ)²] for Ê and φ of
    different sources (first-order, methods after UN 2017 Handbook). NaN where φ ≥ 1. The value is a floor where φ is
    taken as 0.
    """
    total, v_total, share, v_share = _floats(reported, variance, whole_household_share, variance_share)
    stay = np.where(share < 1, 1.0 - share, np.nan)
    value = total / stay
    return WithVariance(value, v_total / stay**2 + value**2 * v_share / stay**2)


def multiplicity_weight(reporters: Floats) -> Floats:
    """1/k, k households that could report the same emigrant (Sirken 1970); NaN where k < 1, for somebody reported."""
    k = np.asarray(reporters, dtype=np.float64)
    return np.asarray(np.where(k >= 1, 1.0 / np.where(k >= 1, k, np.nan), np.nan))


def occurrence_rate(weight: Floats, *, moved: Floats, exposure: Floats) -> Floats:
    """Occurrence–exposure rate Σwδ/Σwt over the last axis: moves a person-year (Willekens, Zinn and Leuchter 2017).

    exposure in years from the start of risk to the move or the interview; NaN where nobody is exposed. Its variance is
    that of a ratio of two survey totals.
    """
    w, d, t = _floats(weight, moved, exposure)
    return ratio((w * d).sum(-1), (w * t).sum(-1))


@dataclass(frozen=True, slots=True)
class SiblingTotals:
    """Weighted siblings abroad and in the country, (…): totals whose ratio the sibling method needs."""

    abroad: Floats
    in_country: Floats


def sibling_totals(
    weight: Floats, *, abroad: Floats, in_country: Floats, counting: Literal["respondent", "sibship"]
) -> SiblingTotals:
    """Totals over the respondents of the last axis of siblings abroad and of siblings in the country.

    abroad, in_country: surviving siblings of each respondent, without the respondent. respondent: every report counts,
    the respondent does not; without bias where siblings leave independently with one probability. sibship: each sibship
    counts once (weight divided by its residents) and the respondent is one of the residents; too low, because sibships
    that left whole are missing.
    """
    w, out, home = _floats(weight, abroad, in_country)
    if counting == "respondent":
        return SiblingTotals((w * out).sum(-1), (w * home).sum(-1))
    share = w / (1.0 + home)
    return SiblingTotals((share * out).sum(-1), (share * (1.0 + home)).sum(-1))


def emigrants_by_siblings(
    abroad: Floats,
    in_country: Floats,
    *,
    residents: Floats,
    variance_abroad: Floats | float = np.nan,
    variance_in_country: Floats | float = np.nan,
    covariance: Floats | float = np.nan,
    variance_residents: Floats | float = 0.0,
) -> WithVariance:
    """Emigrants by age E = R·q/(1 − q) = R·A/C, q = A/(A + C), from siblings abroad A and in the country C.

    residents R: native-born residents of the age. E(q) is the probability of having left where siblings leave
    independently and sizes of sibships are fixed (Hill 1979; Zaba 1987). NaN where C = 0. Variance by the delta method.
    Evidence: assumption of independence is seldom met; departures in groups make the value too low.
    """
    a, c, r = _floats(abroad, in_country, residents)
    v_a, v_c, cov, v_r = _floats(variance_abroad, variance_in_country, covariance, variance_residents)
    odds = ratio(a, c)
    by_abroad, by_home = ratio(r, c), -ratio(r * odds, c)
    spread = by_abroad**2 * v_a + by_home**2 * v_c + 2.0 * by_abroad * by_home * cov
    return WithVariance(r * odds, spread + odds**2 * v_r)


def ages_of_children(fertility: Floats, *, survival: Floats) -> Floats:
    """Distribution f(z|y) (…, Y, Z) of the ages of surviving children of mothers aged y, Σ_z f = 1.

    fertility (…, Y): births a woman a year by single age 0, 1, … of the mother; survival (…, Z): share of children
    alive at single age z. f(z|y) ∝ fertility(y − z)·survival(z). NaN for mothers too young to have any.
    """
    births, alive = _floats(fertility, survival)
    ages, children = np.arange(births.shape[-1]), np.arange(alive.shape[-1])
    at_birth = ages[:, None] - children[None, :]
    born = np.where(at_birth >= 0, births[..., np.maximum(at_birth, 0)], 0.0) * alive[..., None, :]
    return ratio(born, born.sum(-1, keepdims=True))


def emigrants_by_children(
    abroad: Floats,
    *,
    child_ages: Floats,
    mother_present: Floats,
    covariance: Floats | None = None,
    variance_present: Floats | float = 0.0,
) -> WithVariance:
    """Emigrants by age E_z = a_z/π_z, a_z = Σ_y a_y·f(z|y), from the children abroad that mothers report.

    abroad a_y (…, Y): living children abroad of mothers aged y; child_ages f (…, Y, Z), see `ages_of_children`;
    mother_present π (…, Z): share of residents aged z whose mother lives in the country. covariance of a_y (…, Y, Y).
    V = fᵀΣf/π² + a²·V(π)/π⁴. NaN where π = 0 or a mother of an age without f reports a child (Somoza 1981; Zaba 1985).
    Evidence: emigration is taken as independent of the mother's survival and stay; no published example was found.
    """
    a, f, present, v_present = _floats(abroad, child_ages, mother_present, variance_present)
    if f.shape[-2:] != (a.shape[-1], present.shape[-1]):
        raise ValueError(f"children {a.shape}, ages {f.shape} and mothers present {present.shape} do not fit")
    used = np.where(a[..., :, None] == 0, 0.0, f)
    by_age = np.matmul(a[..., None, :], used)[..., 0, :]
    sigma = np.full((a.shape[-1],) * 2, np.nan) if covariance is None else np.asarray(covariance, dtype=np.float64)
    known = np.where(np.isnan(f), 0.0, f)
    spread = np.einsum("...yz,...yx,...xz->...z", known, sigma, known)
    value = ratio(by_age, present)
    return WithVariance(value, ratio(spread, present**2) + ratio(value**2 * v_present, present**2))
