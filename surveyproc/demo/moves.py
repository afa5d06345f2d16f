"""Moves of members: the last move, birthplace, citizenship and residence one and five years ago, all consistent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo.draws import Floats, Ints, choose, countries, other_regions, stream
from surveyproc.demo.geography import BORN_IN, KAZAKHSTAN, REGION_CODES, REGIONS, STATELESS
from surveyproc.demo.people import SPOUSE, Members
from surveyproc.demo.population import Areas

HERE, SAME_REGION, OTHER_REGION, ABROAD, NOT_BORN = 1, 2, 3, 4, 6
ALWAYS, VISITOR = 95, 96
CITY = {71: (0.10, 0.34, 0.10), 75: (0.11, 0.25, 0.11), 79: (0.12, 0.18, 0.13)}
# birthplace (here, same region, other region; the rest abroad) by where the last move came from
BORN = np.array([[1, 0, 0], [0.08, 0.83, 0.06], [0.10, 0.06, 0.80], [0.05, 0.06, 0.13]])


@dataclass(frozen=True, slots=True)
class Moves:
    """What moved whom (n members): origin 1 (never moved) to 4; years: float64 since the last move, NaN if never;
    region, country: int16 of origin, 0 where not asked; the birth_* and citizenship as in Persons."""

    origin: NDArray[np.int8]
    years: Floats
    region: NDArray[np.int16]
    country: NDArray[np.int16]
    birth_place: NDArray[np.int8]
    birth_region: NDArray[np.int16]
    birth_country: NDArray[np.int16]
    citizenship: NDArray[np.int16]


def _joint_shares(areas: Areas, place: NDArray[np.int16], urban: NDArray[np.bool_], year: int) -> Floats:
    """Chance that a household of each area came together from (same region, other region, abroad); (E, 3).

    Immigration rises from round to round: 7 % more in 2025 than in 2024.
    """
    base = np.where(urban[:, None], (0.20, 0.10, 0.090), (0.13, 0.06, 0.110))
    for index, region in enumerate(REGIONS):
        if region.code in CITY:
            base[place == index] = CITY[region.code]
    arrivals = np.array([region.arrivals for region in REGIONS])[place] * 1.07 ** (year - 2024)
    shares: Floats = base * np.stack([areas.inland**0.5, areas.inland, areas.abroad * arrivals], axis=1)
    return np.minimum(shares, 0.31)


def moves(
    people: Members, areas: Areas, *, area: NDArray[np.int32], place: NDArray[np.int16], urban: NDArray[np.bool_],
    year: int, seed: int,
) -> Moves:  # fmt: skip
    """Last moves and birthplaces. area: int32 (N) of each household; place, urban: (E) of each area.

    Most members moved with their household, the rest on their own (spouses most of all); who is younger than the
    move was born here.
    """
    rng = stream(seed, "moves")
    n, n_households = len(people.exact), len(area)
    joint = choose(rng.random(n_households), _joint_shares(areas, place, urban, year)[area])
    since = rng.exponential(np.array([11.0, 11.0, 15.0, 1.0])[joint]) % 45
    house_draw, house_place = rng.random((3, n_households)), place[area]
    h = people.household
    together = (joint[h] < 3) & (people.exact > since[h]) & (rng.random(n) < 0.88)
    single = np.where(people.relation == SPOUSE, 0.34, 0.13)
    alone = ~together & (people.exact >= 17) & (rng.random(n) < single)
    own = choose(rng.random(n), np.array([0.62, 0.33, 0.05]))
    own_since = rng.random(n) * np.minimum(people.exact - 15, 30)
    moved = together | alone
    origin = np.where(together, joint[h], np.where(alone, own, -1)) + 2
    years = np.where(moved, np.where(together, since[h], own_since), np.nan)
    draw = np.where(together, house_draw[:, h], rng.random((3, n)))
    region = np.where(origin == OTHER_REGION, REGION_CODES[other_regions(draw[0], house_place[h])], 0)
    country = np.where(origin == ABROAD, countries(draw[1], house_place[h], BORN_IN), 0)
    shared = together & (rng.random(n) < 0.6)
    birth = _births(
        origin, region.astype(np.int16), country.astype(np.int16),
        uniform=np.where(shared, draw[2], rng.random(n)), place=house_place[h], seed=seed,
    )  # fmt: skip
    return Moves(
        origin=origin.astype(np.int8),
        years=years,
        region=region.astype(np.int16),
        country=country.astype(np.int16),
        birth_place=birth[0].astype(np.int8),
        birth_region=birth[1],
        birth_country=birth[2],
        citizenship=_citizenships(birth[2], years, seed=seed),
    )


def _births(
    origin: Ints, region: NDArray[np.int16], country: NDArray[np.int16], *, uniform: Floats,
    place: NDArray[np.int16], seed: int,
) -> tuple[Ints, NDArray[np.int16], NDArray[np.int16]]:  # fmt: skip
    """Place, region and country of birth; most were born where the last move came from."""
    rng = stream(seed, "births")
    n = len(origin)
    kind = choose(uniform, BORN[origin - 1]) + 1
    from_there = rng.random(n) < 0.8
    other = REGION_CODES[other_regions(rng.random(n), place)]
    birth_region = np.where((origin == OTHER_REGION) & from_there, region, other)
    birth_country = np.where(origin == ABROAD, country, countries(rng.random(n), place, BORN_IN))
    return (
        kind,
        np.where(kind == OTHER_REGION, birth_region, 0).astype(np.int16),
        np.where(kind == ABROAD, birth_country, 0).astype(np.int16),
    )


def _citizenships(birth_country: NDArray[np.int16], years: Floats, *, seed: int) -> NDArray[np.int16]:
    """Citizenship (ISO numeric, 0 stateless): the newly come from abroad keep theirs more often."""
    u = stream(seed, "citizenship").random(len(birth_country))
    abroad = birth_country > 0
    keeps = np.where(abroad, np.where(years < 5, 0.34, 0.14), 0.0)
    citizenship = np.where(u < keeps, birth_country, KAZAKHSTAN)
    citizenship = np.where(~abroad & (u < 0.0012), 643, citizenship)
    return np.where(u > np.where(abroad, 0.994, 0.9998), STATELESS, citizenship).astype(np.int16)


def residence(
    known: Moves, exact: Floats, window: int
) -> tuple[NDArray[np.int8], NDArray[np.int16], NDArray[np.int16]]:
    """Residence `window` years ago: place, region, country; NOT_BORN for those younger than that."""
    recent = known.years < window  # False where never moved
    here = np.where(recent, known.origin, HERE)
    place = np.where(exact < window, NOT_BORN, here).astype(np.int8)
    return (
        place,
        np.where(place == OTHER_REGION, known.region, 0).astype(np.int16),
        np.where(place == ABROAD, known.country, 0).astype(np.int16),
    )


def years_here(known: Moves, *, seed: int) -> NDArray[np.int16]:
    """Completed years in this place: 95 always lived here, 96 a visitor (some of those who came within a year)."""
    visitor = (known.years < 0.5) & (stream(seed, "visitors").random(len(known.years)) < 0.12)
    whole = np.where(known.origin == HERE, ALWAYS, np.floor(np.nan_to_num(known.years)))
    return np.where(visitor, VISITOR, whole).astype(np.int16)


def reasons(known: Moves, exact: Floats, *, relation: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """Reason of the last move: 1 work 2 study 3 marriage 4 family 5 housing 6 return to homeland 96 other; 0 none."""
    u = stream(seed, "reasons").random(len(exact))
    codes = np.array([1, 2, 3, 4, 5, 6, 96], dtype=np.int8)
    then = exact - np.nan_to_num(known.years)
    shares = np.select(
        [(then < 16)[:, None], (relation == SPOUSE)[:, None], (known.origin == ABROAD)[:, None], (then < 24)[:, None]],
        [
            np.array([0, 0.06, 0, 0.80, 0.07, 0.03]),
            np.array([0.14, 0.03, 0.42, 0.22, 0.12, 0.03]),
            np.array([0.32, 0.05, 0.05, 0.18, 0.04, 0.32]),
            np.array([0.32, 0.34, 0.08, 0.12, 0.09, 0.01]),
        ],
        np.array([0.44, 0.02, 0.05, 0.20, 0.22, 0.02]),
    )
    return np.where(known.origin == HERE, 0, codes[choose(u, shares)]).astype(np.int8)
