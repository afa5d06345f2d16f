"""Builds the model country of one year from a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo import absent, moves, people
from surveyproc.demo.geography import strata
from surveyproc.demo.population import Areas, Emigrants, Households, Persons, Population, Transfers


def build_population(year: int, *, seed: int = 20240229, scale: float = 1.0) -> Population:
    """The population of `year`, 2024 or later; about 340,000 households and 1.2 million persons at scale 1.

    One seed gives one country: areas, households and members are the same in each year, while immigration from abroad
    and emigration rise. `scale` multiplies the number of enumeration areas, and with it the sample.
    """
    if year < 2024 or not 0 < scale <= 1:
        raise ValueError("year must be 2024 or later and scale in (0, 1]")
    layers = strata(scale)
    areas = people.areas(layers, seed=seed)
    area = np.repeat(np.arange(len(areas.households), dtype=np.int32), areas.households)
    place, urban = layers.place[areas.stratum], layers.urban[areas.stratum]
    members = people.members(place[area], urban[area], seed=seed)
    income, quintile = absent.incomes(members.counts, urban[area], area, seed=seed)
    left = absent.emigrants(areas, area=area, place=place[area], size=members.counts, year=year, seed=seed)
    money = absent.transfers(left, place=place[area], quintile=quintile, seed=seed)
    known = moves.moves(members, areas, area=area, place=place, urban=urban, year=year, seed=seed)
    present = np.bincount(areas.stratum, weights=areas.households, minlength=len(layers.eas)).astype(np.int64)
    return Population(
        year=year,
        seed=seed,
        scale=scale,
        strata=layers,
        areas=areas,
        households=_households(
            areas, area, size=members.counts, quintile=quintile, income=income, left=left, money=money
        ),
        persons=_persons(members, known, urban[area], seed=seed),
        emigrants=left,
        transfers=money,
        gone=absent.gone(layers, households=present, seed=seed),
    )


def _households(
    areas: Areas,
    area: NDArray[np.int32],
    *,
    size: NDArray[np.int64],
    quintile: NDArray[np.int8],
    income: NDArray[np.int64],
    left: Emigrants,
    money: Transfers,
) -> Households:
    counts = [size, *(np.bincount(part.household, minlength=len(area)).astype(np.int64) for part in (left, money))]
    starts = [np.cumsum(count) - count for count in counts]
    return Households(
        area=area,
        number=(np.arange(len(area)) - areas.start[area] + 1).astype(np.int16),
        quintile=quintile,
        income=income,
        persons=counts[0],
        persons_start=starts[0],
        emigrants=counts[1],
        emigrants_start=starts[1],
        transfers=counts[2],
        transfers_start=starts[2],
    )


def _persons(members: people.Members, known: moves.Moves, urban: NDArray[np.bool_], *, seed: int) -> Persons:
    five = moves.residence(known, members.exact, 5)
    one = moves.residence(known, members.exact, 1)
    return Persons(
        household=members.household,
        line=members.line,
        relation=members.relation,
        sex=members.sex,
        age=np.floor(members.exact).astype(np.int16),
        education=people.education(members.exact, urban[members.household], seed=seed),
        marital=people.marital(members.exact, members.relation, members.household, seed=seed),
        citizenship=known.citizenship,
        birth_place=known.birth_place,
        birth_region=known.birth_region,
        birth_country=known.birth_country,
        res5=five[0],
        res5_region=five[1],
        res5_country=five[2],
        res1=one[0],
        res1_region=one[1],
        res1_country=one[2],
        years=moves.years_here(known, seed=seed),
        reason=moves.reasons(known, members.exact, relation=members.relation, seed=seed),
    )
