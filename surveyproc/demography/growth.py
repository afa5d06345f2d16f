"""Growth of a population and the part of migration in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over, positive
from surveyproc.demography.rates import Denominator, person_years


@dataclass(frozen=True, slots=True)
class Growth:
    """Change P1 − P0 and annual growth rates, exponential ln(P1/P0)/n and geometric (P1/P0)^(1/n) − 1, (...).

    doubling_time: ln 2/r years, NaN where the population does not grow; halving_time: ln 2/−r, NaN where it does.
    """

    change: Floats
    exponential: Floats
    geometric: Floats
    doubling_time: Floats
    halving_time: Floats


@dataclass(frozen=True, slots=True)
class Components:
    """Annual rates of births, deaths, net migration and their sum, per person; contribution: 100·M/(P1 − P0)."""

    births: Floats
    deaths: Floats
    migration: Floats
    growth: Floats
    contribution: Floats


def growth(start: ArrayLike, end: ArrayLike, *, years: float) -> Growth:
    """Growth between two populations `years` apart; rates are NaN where a population is not above 0."""
    if not years > 0:
        raise ValueError(f"an interval has a positive length, got {years} years")
    p0, p1 = floats(start), floats(end)
    rate = np.log(positive(p1) / positive(p0)) / years
    return Growth(
        change=p1 - p0,
        exponential=rate,
        geometric=np.expm1(rate),
        doubling_time=np.log(2.0) / positive(rate),
        halving_time=np.log(2.0) / positive(-rate),
    )


def doubling_time(rate: ArrayLike) -> Floats:
    """Years to double at a rate compounded once a year, ln 2/ln(1 + g); NaN where the rate is not above 0."""
    return floats(np.log(2.0) / np.log1p(positive(rate)))


def components(
    start: ArrayLike,
    *,
    births: ArrayLike,
    deaths: ArrayLike,
    net: ArrayLike,
    years: float,
    denominator: Denominator = "mean",
) -> Components:
    """Component rates b − d + m = growth over the same person-years, and what migration contributes to the change.

    P1 = P0 + B − D + M. The contribution is NaN where P1 = P0, and outside 0–100 where migration and natural increase
    have different signs. Source: Siegel and Swanson 2004, ch. 11; Preston, Heuveline and Guillot 2001, ch. 1.
    """
    p0, b, d, m = floats(start), floats(births), floats(deaths), floats(net)
    change = b - d + m
    exposure = person_years(p0, p0 + change, years=years, denominator=denominator)
    return Components(
        births=over(b, exposure),
        deaths=over(d, exposure),
        migration=over(m, exposure),
        growth=over(change, exposure),
        contribution=100.0 * over(m, change),
    )
