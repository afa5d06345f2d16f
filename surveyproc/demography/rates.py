"""Crude migration rates with a stated denominator, and migration against births and deaths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.numbers import Floats, floats, over, positive

Denominator = Literal["initial", "final", "mean", "exponential"]


@dataclass(frozen=True, slots=True)
class CrudeRates:
    """Rates of in-, out-, net and gross migration, all per `per` person-years; arrays of one shape."""

    inward: Floats
    outward: Floats
    net: Floats
    gross: Floats


@dataclass(frozen=True, slots=True)
class MigrationRatio:
    """Net migration against vital events. reversed_: natural increase is negative, so the sign of the ratio turns."""

    per_natural_increase: Floats
    per_birth: Floats
    natural_increase: Floats
    reversed_: NDArray[np.bool_]


def person_years(start: ArrayLike, end: ArrayLike, *, years: float, denominator: Denominator = "mean") -> Floats:
    """Person-years lived in an interval of `years`, from the populations at its ends, any one shape.

    initial: n·P0. final: n·P1. mean: n·(P0 + P1)/2. exponential: n·(P1 − P0)/ln(P1/P0), exact under a constant growth
    rate. There is no agreed denominator (UN 1970, Manual VI, pp. 40–42), so results should print the one chosen.
    NaN for "exponential" where an end is not above 0.
    """
    if not years > 0:
        raise ValueError(f"an interval has a positive length, got {years} years")
    p0, p1 = floats(start), floats(end)
    match denominator:
        case "initial":
            return years * p0 + 0.0 * p1
        case "final":
            return years * p1 + 0.0 * p0
        case "mean":
            return years * (p0 + p1) / 2.0
        case "exponential":
            growth = np.log(positive(p1) / positive(p0))
            # (e^r − 1)/r is 1 + r/2 near 0, where the quotient itself is 0/0.
            small = np.abs(growth) < 1e-8
            factor = np.where(small, 1.0 + growth / 2.0, over(np.expm1(growth), growth))
            return years * p0 * factor


def crude_rates(immigrants: ArrayLike, emigrants: ArrayLike, *, exposure: ArrayLike, per: float = 1000.0) -> CrudeRates:
    """k·I/P, k·E/P, k·(I − E)/P and k·(I + E)/P, P in person-years (see `person_years`), k = `per`.

    The in-rate is no rate of persons at risk ("migration ratio"). NaN where the exposure is 0.
    Source: UN 1970, Manual VI, ch. III; Shryock and Siegel 1976, ch. 20–21; Siegel and Swanson 2004, ch. 18–19.
    """
    inward, outward = floats(immigrants), floats(emigrants)
    return CrudeRates(
        inward=per * over(inward, exposure),
        outward=per * over(outward, exposure),
        net=per * over(inward - outward, exposure),
        gross=per * over(inward + outward, exposure),
    )


def net_rate(net: ArrayLike, *, exposure: ArrayLike, per: float = 1000.0) -> Floats:
    """k·M/P of a net migration M that is known as such, P in person-years; NaN where the exposure is 0."""
    return per * over(net, exposure)


def migration_ratio(net: ArrayLike, births: ArrayLike, *, deaths: ArrayLike, per: float = 1000.0) -> MigrationRatio:
    """K·M/(B − D) and K·M/B; NaN where the denominator is 0. Source: Bogue; UN 1970, Manual VI, ch. III."""
    increase = floats(births) - floats(deaths)
    return MigrationRatio(
        per_natural_increase=per * over(net, increase),
        per_birth=per * over(net, births),
        natural_increase=increase,
        reversed_=increase < 0,
    )
