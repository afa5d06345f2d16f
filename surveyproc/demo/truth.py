"""True values of the indicators in a population, by total, area, region and sex, as a long table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.demo.geography import KAZAKHSTAN
from surveyproc.demo.moves import ABROAD, HERE, OTHER_REGION, SAME_REGION, VISITOR
from surveyproc.demo.population import Population

Floats = NDArray[np.float64]
TRUTH_COLUMNS = ("round", "indicator", "domain", "cell", "value")
SHARE, COUNT, RATE, MEAN = "share", "count", "per_1000", "mean"

# indicator → level and unit; a share is between 0 and 1
INDICATORS: dict[str, tuple[str, str]] = {
    "born_abroad": ("person", SHARE),
    "born_abroad_number": ("person", COUNT),
    "born_other_region": ("person", SHARE),
    "non_citizens": ("person", SHARE),
    "migrants_5y_internal": ("person", SHARE),
    "migrants_5y_international": ("person", SHARE),
    "migrants_1y": ("person", SHARE),
    "mean_years_of_movers": ("person", MEAN),
    "persons": ("person", COUNT),
    "households": ("household", COUNT),
    "mean_household_size": ("household", MEAN),
    "households_with_emigrant": ("household", SHARE),
    "emigrants_per_1000_members": ("household", RATE),
    "households_receiving_from_abroad": ("household", SHARE),
    "emigrants_reportable_number": ("household", COUNT),
    "emigrants_all_number": ("household", COUNT),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Numerator and denominator of one indicator, one value a person or household; no denominator for a count."""

    numerator: Floats
    denominator: Floats | None


def _person_parts(population: Population) -> dict[str, Parts]:
    who = population.persons
    everyone = np.ones(len(who.age))
    five, one = (who.age >= 5).astype(float), (who.age >= 1).astype(float)
    movers = (who.years < VISITOR - 1).astype(float)  # neither always here nor a visitor
    abroad = (who.birth_place == ABROAD).astype(float)
    internal = (who.res5 == SAME_REGION) | (who.res5 == OTHER_REGION)
    return {
        "born_abroad": Parts(abroad, everyone),
        "born_abroad_number": Parts(abroad, None),
        "born_other_region": Parts((who.birth_place == OTHER_REGION).astype(float), everyone),
        "non_citizens": Parts((who.citizenship != KAZAKHSTAN).astype(float), everyone),
        "migrants_5y_internal": Parts(np.where(internal, five, 0.0), five),
        "migrants_5y_international": Parts(np.where(who.res5 == ABROAD, five, 0.0), five),
        "migrants_1y": Parts(np.where(who.res1 != HERE, one, 0.0), one),
        "mean_years_of_movers": Parts(who.years * movers, movers),
        "persons": Parts(everyone, None),
    }


def _household_parts(population: Population) -> dict[str, Parts]:
    homes, left, money = population.households, population.emigrants, population.transfers
    n = len(homes.area)
    size = homes.persons.astype(float)
    emigrants = np.bincount(left.household[left.counted], minlength=n).astype(float)
    received = np.bincount(money.household[money.origin == 1], minlength=n) > 0
    everyone = np.ones(n)
    return {
        "households": Parts(everyone, None),
        "mean_household_size": Parts(size, everyone),
        "households_with_emigrant": Parts((emigrants > 0).astype(float), everyone),
        "emigrants_per_1000_members": Parts(1000 * emigrants, size),
        "households_receiving_from_abroad": Parts(received.astype(float), everyone),
        "emigrants_reportable_number": Parts(emigrants, None),
    }


def _cells(parts: Parts, codes: NDArray[np.int64], size: int) -> Floats:
    top = np.asarray(np.bincount(codes, weights=parts.numerator, minlength=size), dtype=np.float64)
    if parts.denominator is None:
        return top
    with np.errstate(invalid="ignore"):
        value: Floats = top / np.bincount(codes, weights=parts.denominator, minlength=size)
    return value


def _domains(region: NDArray[np.int16], urban: NDArray[np.bool_]) -> dict[str, tuple[NDArray[np.int64], list[str]]]:
    """Domain → codes (n) and the cells that they number."""
    found, codes = np.unique(region, return_inverse=True)
    return {
        "total": (np.zeros(len(region), dtype=np.int64), [""]),
        "area": (np.where(urban, 0, 1).astype(np.int64), ["urban", "rural"]),
        "region": (codes.astype(np.int64), [str(code) for code in found]),
    }


def truths(population: Population) -> pd.DataFrame:
    """True values, one row each: columns TRUTH_COLUMNS; INDICATORS says the level and the unit of each.

    domain and cell: total "", area urban or rural, region by two-digit code, and for indicators of persons sex male or
    female. emigrants_all_number adds the adults of households that left as a whole, whom no survey of households can
    find; emigrants_reportable_number and all the others leave them out.
    """
    homes, layers = population.households, population.strata
    stratum = population.areas.stratum[homes.area]
    of_homes = _domains(layers.region[stratum], layers.urban[stratum])
    of_persons = {name: (codes[population.persons.household], cells) for name, (codes, cells) in of_homes.items()}
    of_persons["sex"] = ((population.persons.sex == 2).astype(np.int64), ["male", "female"])
    gone = population.gone
    of_gone = _domains(layers.region[gone.stratum], layers.urban[gone.stratum])
    rows: list[tuple[int, str, str, str, float]] = []
    for parts_of, domains in ((_person_parts(population), of_persons), (_household_parts(population), of_homes)):
        for indicator, parts in parts_of.items():
            for domain, (codes, cells) in domains.items():
                values = _cells(parts, codes, len(cells))
                rows += [(population.year, indicator, domain, c, float(v)) for c, v in zip(cells, values, strict=True)]
    reported = {row[2:4]: row[4] for row in rows if row[1] == "emigrants_reportable_number"}
    adults = Parts(gone.adults.astype(float), None)
    unseen = {
        (domain, cell): value
        for domain, (codes, cells) in of_gone.items()
        for cell, value in zip(cells, _cells(adults, codes, len(cells)), strict=True)
    }
    rows += [
        (population.year, "emigrants_all_number", *place, value + float(unseen.get(place, 0.0)))
        for place, value in reported.items()
    ]
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
