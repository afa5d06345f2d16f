"""Absent members of households, households that left as a whole, and transfers of money."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo.draws import Floats, Ints, choose, countries, stream
from surveyproc.demo.geography import LEAVE_FOR, REGIONS, Strata
from surveyproc.demo.population import Areas, Emigrants, Gone, Transfers

REASONS = np.array([1, 2, 3, 4, 5, 96, 96], dtype=np.int8)
REASON_SHARES = np.array([0.56, 0.20, 0.07, 0.11, 0.01, 0.05])
RELATIONS = np.array([3, 2, 6, 1, 6], dtype=np.int8)  # to the head: child, spouse, other kin


def emigrants(
    areas: Areas, *, area: NDArray[np.int32], place: NDArray[np.int16], size: Ints, year: int, seed: int
) -> Emigrants:
    """Members that left, about one household in ten having any; 12 % more in 2025 than in 2024.

    area, place, size: (N) of each household. Interviews are in September or October of `year`.
    """
    rng = stream(seed, "emigrants")
    leaves = np.array([region.departures for region in REGIONS])[place]
    chance = 0.088 * leaves * areas.leave[area] * (0.7 + 0.08 * size) * 1.12 ** (year - 2024)
    counts = np.where(rng.random(len(area)) < chance, 1 + np.minimum(rng.poisson(0.32, len(area)), 4), 0)
    household = np.repeat(np.arange(len(area), dtype=np.int32), counts)
    n = len(household)
    line = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    months = np.floor(np.where(rng.random(n) < 0.9, rng.random(n) ** 1.2 * 61, 61 + rng.random(n) * 35)).astype(int)
    child = rng.random(n) < 0.07
    left_at = np.where(child, rng.random(n) * 14, np.minimum(17 + rng.gamma(1.6, 7.5, n), 70))
    left = year * 12 + areas.month[area[household]].astype(np.int64) - 1 - months
    reason = np.where(child, 4, REASONS[choose(rng.random(n), REASON_SHARES)])
    still = rng.random(n) < 0.9
    relation = RELATIONS[choose(rng.random(n), np.array([0.66, 0.14, 0.16]))]
    return Emigrants(
        household=household,
        line=line.astype(np.int8),
        sex=np.where(rng.random(n) < 0.57, 1, 2).astype(np.int8),
        age=np.floor(left_at + months / 12).astype(np.int16),
        age_left=np.floor(left_at).astype(np.int16),
        relation=np.where(child, 3, np.where(relation == 1, 7, relation)).astype(np.int8),
        country=countries(rng.random(n), place[household], LEAVE_FOR),
        months=months.astype(np.int16),
        year=(left // 12).astype(np.int16),
        month=(left % 12 + 1).astype(np.int8),
        still=np.where(still, 1, 2).astype(np.int8),
        reason=reason.astype(np.int8),
        remits=np.where(still & ~child & (rng.random(n) < np.where(reason == 1, 0.62, 0.18)), 1, 2).astype(np.int8),
    )


def gone(strata: Strata, *, households: NDArray[np.int64], seed: int) -> Gone:
    """Whole households that left; households: (H) present in each stratum. About one for 150 present."""
    rng = stream(seed, "gone")
    leaves = np.array([region.departures for region in REGIONS])[strata.place]
    counts = rng.poisson(households * 0.0065 * leaves)
    stratum = np.repeat(np.arange(len(counts), dtype=np.int16), counts)
    return Gone(stratum=stratum, adults=1 + rng.binomial(3, 0.45, len(stratum)).astype(np.int64))


def incomes(
    size: Ints, urban: NDArray[np.bool_], area: NDArray[np.int32], *, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Household income (KZT a year, whole thousands) and wealth quintile of persons; size, urban, area: (N)."""
    rng = stream(seed, "incomes")
    n_areas = int(area[-1]) + 1
    wealth = rng.normal(0, 1, len(size)) + rng.normal(0, 0.6, n_areas)[area] + np.where(urban, 0.45, -0.45)
    log = 13.9 + 0.55 * np.log(size) + 0.30 * wealth + rng.normal(0, 0.35, len(size))
    order = np.argsort(wealth, kind="stable")
    below = np.cumsum(size[order]) - size[order] / 2
    quintile = np.empty(len(size), dtype=np.int8)
    quintile[order] = np.minimum(5 * below / size.sum(), 4.999).astype(np.int8) + 1
    return (np.rint(np.exp(log) / 1000) * 1000).astype(np.int64), quintile


def transfers(absent: Emigrants, *, place: NDArray[np.int16], quintile: NDArray[np.int8], seed: int) -> Transfers:
    """Transfers to households: from their own emigrants, from others abroad, and from inside the country."""
    rng = stream(seed, "transfers")
    n = len(place)
    own = np.flatnonzero((absent.remits == 1) & (rng.random(len(absent.remits)) < 0.93))
    poor = 1.3 - 0.1 * quintile
    abroad = np.flatnonzero(rng.random(n) < 0.032 * poor)
    inland = np.flatnonzero(rng.random(n) < 0.075 * poor)
    household = np.concatenate([absent.household[own], abroad, inland]).astype(np.int32)
    origin = np.repeat(np.array([1, 1, 2], dtype=np.int8), [len(own), len(abroad), len(inland)])
    draw: Floats = rng.random(len(abroad))
    country = np.concatenate(
        [absent.country[own], countries(draw, place[abroad], LEAVE_FOR), np.zeros(len(inland), dtype=np.int16)]
    )
    log = np.where(origin == 1, 13.0, 12.2) + rng.normal(0, 0.8, len(household))
    order = np.lexsort((np.arange(len(household)), household))
    household = household[order]
    first = np.searchsorted(household, household)
    return Transfers(
        household=household,
        line=(np.arange(len(household)) - first + 1).astype(np.int8),
        origin=origin[order],
        country=country[order].astype(np.int16),
        amount=(np.rint(np.exp(log[order]) / 5000) * 5000 + 5000).astype(np.int64),
    )
