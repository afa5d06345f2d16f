"""How much migration there is between zones, how much of it redistributes people, and between which pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, off_diagonal, over, positive


@dataclass(frozen=True, slots=True)
class FlowTotals:
    """Totals of each zone from a flow matrix, (..., n): out, in, both together, and in less out."""

    outward: Floats
    inward: Floats
    turnover: Floats
    net: Floats


def flow_totals(flows: ArrayLike) -> FlowTotals:
    """Totals by zone of flows (..., n, n), row = origin; the diagonal does not count, a missing cell stays missing."""
    outward = off_diagonal(flows).sum(axis=-1)
    inward = off_diagonal(np.swapaxes(floats(flows), -1, -2)).sum(axis=-1)
    return FlowTotals(outward, inward, outward + inward, inward - outward)


def effectiveness(inward: ArrayLike, outward: ArrayLike) -> Floats:
    """Of one area: 100·(I − E)/(I + E), −100 to 100; its absolute value is the index; NaN without migrants."""
    into, out = floats(inward), floats(outward)
    return 100.0 * over(into - out, into + out)


def system_effectiveness(inward: ArrayLike, outward: ArrayLike) -> Floats:
    """Migration effectiveness index 100·Σ|D − O| / Σ(D + O) of totals by zone (..., n), 0 to 100.

    Biased upward where net migration is near 0 beside its error. Source: Shryock 1975; Bell et al. 2002, JRSS-A 165.
    """
    into, out = floats(inward), floats(outward)
    return 100.0 * over(np.abs(into - out).sum(axis=-1), (into + out).sum(axis=-1))


def crude_intensity(migrants: ArrayLike, population: ArrayLike) -> Floats:
    """Crude migration intensity (of transitions: probability), 100·M../P: migrants per 100 population."""
    return 100.0 * over(migrants, population)


def aggregate_net_rate(inward: ArrayLike, outward: ArrayLike, *, population: ArrayLike) -> Floats:
    """Aggregate net migration rate 100·½Σ|D − O| / ΣP, all by zone (..., n); = intensity · effectiveness / 100.

    Population in persons, as the flows (not in millions). Source: Bell et al. 2002, JRSS-A 165:435; Rees et al. 2016.
    """
    into, out = floats(inward), floats(outward)
    return 50.0 * over(np.abs(into - out).sum(axis=-1), floats(population).sum(axis=-1))


def courgeau_k(intensity: ArrayLike, zones: ArrayLike) -> Floats:
    """k = intensity / ln(n²) of one division into n zones; NaN for n = 1. Source: Courgeau 1973, Population 28:511."""
    return over(intensity, np.log(positive(floats(zones) ** 2)))


def courgeau_slope(intensities: ArrayLike, zones: ArrayLike) -> Floats:
    """k of several divisions (..., S): slope through the origin of intensity on ln(n²), Σxy/Σx².

    NaN where no division has more than one zone. Source: Courgeau 1973; Bell and Muhidin 2009.
    """
    x = np.log(positive(floats(zones) ** 2))
    return over((floats(intensities) * x).sum(axis=-1), (x**2 + 0.0 * floats(intensities)).sum(axis=-1))


def preference(flows: ArrayLike, population: ArrayLike, *, diagonal: Literal["kept", "removed"] = "kept") -> Floats:
    """Index of preference (relative intensity) of each pair, (..., n, n), 100 = as expected; NaN on the diagonal.

    100·m_ij / (M..·(P_i/P)(P_j/P)); with pairs inside a zone removed from what is expected, 1/P² becomes
    1/(P² − ΣP_k²). flows (..., n, n), population (..., n). NaN where a population is 0.
    Source: Bachi 1957; UN 1970, Manual VI, ch. III.
    """
    moves, people = floats(flows), floats(population)
    total = people.sum(axis=-1)
    pairs = total**2 if diagonal == "kept" else total**2 - (people**2).sum(axis=-1)
    product = people[..., :, np.newaxis] * people[..., np.newaxis, :]
    migrants = off_diagonal(moves).sum(axis=(-1, -2))
    found = 100.0 * over(moves * pairs[..., np.newaxis, np.newaxis], migrants[..., np.newaxis, np.newaxis] * product)
    return _without_diagonal(found)


def velocity(flows: ArrayLike, population: ArrayLike, *, per: float = 100.0) -> Floats:
    """Velocity of each stream, K·(m_ij/P_i)·(P/P_j), (..., n, n); NaN on the diagonal and where a population is 0.

    Source: Bogue, Shryock and Hoermann 1957, Subregional migration in the United States.
    """
    people = floats(population)
    total = people.sum(axis=-1)[..., np.newaxis, np.newaxis]
    product = people[..., :, np.newaxis] * people[..., np.newaxis, :]
    return _without_diagonal(per * over(floats(flows) * total, product))


def _without_diagonal(pairs: Floats) -> Floats:
    return floats(np.where(np.eye(pairs.shape[-1], dtype=np.bool_), np.nan, pairs))
