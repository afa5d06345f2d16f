"""Net migration from vital statistics: the balancing equation, by area or cohort, and the growth-rate method."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over, positive


@dataclass(frozen=True, slots=True)
class Balance:
    """Net migrants and what they are made of, persons, all after correction for completeness."""

    net: Floats
    increase: Floats
    natural_increase: Floats
    births: Floats
    deaths: Floats


def vital_statistics(
    start: ArrayLike,
    end: ArrayLike,
    *,
    births: ArrayLike,
    deaths: ArrayLike,
    birth_completeness: ArrayLike = 1.0,
    death_completeness: ArrayLike = 1.0,
    start_coverage: ArrayLike = 1.0,
    end_coverage: ArrayLike = 1.0,
) -> Balance:
    """M = (P1 − P0) − (B − D), each count over the share of it that is recorded; any one shape.

    Censuses of the same territory and definition, events by residence. The error of M is the sum of all errors; equal
    relative undercount u of both censuses leaves a bias of u·(P1 − P0). Completeness not above 0 gives NaN.
    Source: UN 1970, Manual VI, ch. II; Shryock and Siegel 1976, ch. 21; Bogue, Hinze and White 1982.
    """
    p0, p1 = over(start, positive(start_coverage)), over(end, positive(end_coverage))
    b, d = over(births, positive(birth_completeness)), over(deaths, positive(death_completeness))
    return Balance(net=(p1 - p0) - (b - d), increase=p1 - p0, natural_increase=b - d, births=b, deaths=d)


def cohort_balance(base: ArrayLike, end: ArrayLike, *, deaths: ArrayLike) -> Floats:
    """M = P1 − P0 + D of each cohort (..., A): `base` at the start or births, D the deaths of the cohort since."""
    return floats(end) - floats(base) + floats(deaths)


def growth_rate_method(
    start: ArrayLike, end: ArrayLike, *, national_start: ArrayLike, national_end: ArrayLike
) -> Floats:
    """M_i = (g_i − g)·P0_i, g the growth over the interval as a share of the start; areas (..., R).

    Rough: only where natural increase is alike everywhere and the nation is closed. Source: UN 1970, Manual VI, ch. II.
    """
    p0, p1 = floats(start), floats(end)
    national = over(floats(national_end) - floats(national_start), national_start)
    return p0 * (over(p1 - p0, p0) - national)
