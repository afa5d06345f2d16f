"""Rates that do not depend on the age structure: direct and indirect standardisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over


@dataclass(frozen=True, slots=True)
class Standardised:
    """Directly standardised rate (...) per `per`, and its variance; NaN without variances of the rates."""

    rate: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class IndirectlyStandardised:
    """Observed events over expected ones (...), the expected events, and the rate: ratio · standard's crude rate."""

    ratio: Floats
    expected: Floats
    rate: Floats


def direct(
    rates: ArrayLike, standard: ArrayLike, *, variances: ArrayLike | None = None, per: float = 1000.0
) -> Standardised:
    """k·Σw·m/Σw of rates (..., A) by age with a standard population w (A); V = k²·Σw²·V(m)/(Σw)², rates independent.

    A missing rate is missing in the result unless the standard has nobody there.
    Source: Siegel and Swanson 2004, ch. 12; Keiding and Clayton 2014, Statistical Science 29:529.
    """
    weight = floats(standard)
    total = weight.sum(axis=-1)
    rate = per * over(np.where(weight == 0, 0.0, weight * floats(rates)).sum(axis=-1), total)
    if variances is None:
        return Standardised(rate, np.full_like(rate, np.nan))
    terms = np.where(weight == 0, 0.0, weight**2 * floats(variances))
    return Standardised(rate, per**2 * over(terms.sum(axis=-1), total**2))


def indirect(
    events: ArrayLike, population: ArrayLike, *, standard_rates: ArrayLike, standard_crude: ArrayLike = np.nan
) -> IndirectlyStandardised:
    """O/Σ P_x·m_x^s of events (...) in a population (..., A) against rates (A) of a standard; variance V(O)/expected².

    standard_crude: crude rate of the standard population, in the unit of the rate wanted.
    """
    expected = (floats(population) * floats(standard_rates)).sum(axis=-1)
    ratio = over(events, expected)
    return IndirectlyStandardised(ratio, expected, ratio * floats(standard_crude))
