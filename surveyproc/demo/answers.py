"""What the sampled households answered: true values with item non-response, as frames in codes of no round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.demo.draws import Floats, Ints, spread, stream
from surveyproc.demo.moves import ABROAD, ALWAYS, NOT_BORN, OTHER_REGION
from surveyproc.demo.population import Emigrants, Persons, Population, Transfers

NA, INCONSISTENT, DK, REFUSED = -1, -7, -8, -9  # no answer due; found inconsistent in the field; the two non-responses

# level → column → share of don't know and of refused among the answers due, completely at random
NON_RESPONSE: dict[str, dict[str, tuple[float, float]]] = {
    "household": {"any_left": (0.004, 0.003), "received": (0.005, 0.003), "income": (0.012, 0.008)},
    "person": {
        "birth_place": (0.003, 0.002),
        "citizenship": (0.004, 0.003),
        "birth_country": (0.006, 0.000),
        "res5": (0.005, 0.003),
        "res1": (0.004, 0.002),
        "years": (0.006, 0.003),
        "reason": (0.010, 0.005),
        "education": (0.005, 0.002),
        "marital": (0.003, 0.003),
    },
    "emigrant": {
        "year": (0.003, 0.000),
        "still": (0.001, 0.001),
        "country": (0.010, 0.000),
        "reason": (0.010, 0.005),
        "remits": (0.008, 0.004),
    },
    "transfer": {"origin": (0.003, 0.002), "country": (0.005, 0.000), "amount": (0.010, 0.005)},
}
WRONG_YEARS = 0.002  # years in place found inconsistent with age by the field editor

_PERSON = (
    "line", "relation", "sex", "age", "birth_place", "birth_region", "birth_country", "citizenship", "years", "reason",
    "res5", "res5_region", "res5_country", "res1", "res1_region", "res1_country", "education", "marital",
)  # fmt: skip
_EMIGRANT = (
    "line", "sex", "age", "age_left", "relation", "country", "year", "month", "still", "reason", "remits",
)  # fmt: skip
_TRANSFER = ("line", "origin", "country", "amount")


def frames(
    population: Population, rows: Ints, *, result: NDArray[np.int8], base: Floats, weight: Floats, seed: int
) -> dict[str, pd.DataFrame]:
    """Frames household, person, emigrant and transfer of the drawn households.

    Columns have the names of the population's arrays; `ea`, `household` (number in the area), `line` identify.
    NA where no answer was due, DK, REFUSED and INCONSISTENT where none was got. Households that did not answer have a
    row with NA, and no rows at the other levels.
    """
    rng = stream(seed, "answers")
    household = _households(population, rows, result=result, base=base, weight=weight)
    _non_response(household, "household", rng)
    done = rows[result == 1]
    place = household.loc[result == 1, ["ea", "household"]].reset_index(drop=True)
    weights = weight[result == 1]
    homes = population.households
    parts: dict[str, tuple[Persons | Emigrants | Transfers, tuple[str, ...], Ints, Ints]] = {
        "person": (population.persons, _PERSON, homes.persons_start, homes.persons),
        "emigrant": (population.emigrants, _EMIGRANT, homes.emigrants_start, homes.emigrants),
        "transfer": (population.transfers, _TRANSFER, homes.transfers_start, homes.transfers),
    }
    filters = {"emigrant": "any_left", "transfer": "received"}
    found = {"household": household}
    for level, (arrays, names, starts, counts) in parts.items():
        count = counts[done]
        if level in filters:  # the filter question unanswered: its roster was not opened
            count = np.where(household.loc[result == 1, filters[level]].to_numpy() == 1, count, 0)
        member = spread(starts[done], count)
        parent = np.repeat(np.arange(len(done)), count)
        frame = place.iloc[parent].reset_index(drop=True)
        frame["weight"] = weights[parent]
        for name in names:
            frame[name] = getattr(arrays, name)[member].astype(np.int64)
        found[level] = frame
    for level in parts:
        _non_response(found[level], level, rng)
    _skips(found["person"], found["emigrant"], found["transfer"], rng)
    return found


def _households(
    population: Population, rows: Ints, *, result: NDArray[np.int8], base: Floats, weight: Floats
) -> pd.DataFrame:
    homes, areas, layers = population.households, population.areas, population.strata
    area = homes.area[rows]
    stratum = areas.stratum[area]
    head = population.persons.sex[homes.persons_start[rows]]
    due = result == 1
    answered: dict[str, NDArray[Any]] = {
        "members": homes.persons[rows],
        "head_sex": head,
        "quintile": homes.quintile[rows],
        "income": homes.income[rows],
        "any_left": np.where(homes.emigrants[rows] > 0, 1, 2),
        "received": np.where(homes.transfers[rows] > 0, 1, 2),
    }
    return pd.DataFrame(
        {
            "ea": areas.code[area].astype(np.int64),
            "household": homes.number[rows].astype(np.int64),
            "region": layers.region[stratum].astype(np.int64),
            "area": np.where(layers.urban[stratum], 1, 2),
            "result": result.astype(np.int64),
            "year": np.full(len(rows), population.year),
            "month": areas.month[area].astype(np.int64),
            "day": areas.day[area].astype(np.int64),
            **{name: np.where(due, values, NA).astype(np.int64) for name, values in answered.items()},
            "base": base,
            "weight": weight,
            "stratum_eas": layers.eas[stratum],
            "ea_households": areas.households[area],
        }
    )


def _non_response(frame: pd.DataFrame, level: str, rng: np.random.Generator) -> None:
    """Replace answers by DK and REFUSED in place, completely at random."""
    for name, (dk, refused) in NON_RESPONSE[level].items():
        u = rng.random(len(frame))
        values = frame[name].to_numpy()
        due = values != NA
        if name in {"country", "birth_country", "reason"}:
            due = values > 0
        elif name in {"res5", "res1"}:
            due = values != NOT_BORN
        frame[name] = np.where(due & (u < dk), DK, np.where(due & (u > 1 - refused), REFUSED, values))


def _skips(person: pd.DataFrame, emigrant: pd.DataFrame, transfer: pd.DataFrame, rng: np.random.Generator) -> None:
    """Questions that follow from another are NA where the answer to it does not lead to them; in place."""
    wrong = rng.random(len(person)) < WRONG_YEARS
    person["years"] = np.where(wrong & (person["years"] < ALWAYS), INCONSISTENT, person["years"])
    for name in ("res5", "res1", "birth"):
        place = person[f"{name}_place" if name == "birth" else name].to_numpy()
        person[f"{name}_region"] = np.where(place == OTHER_REGION, person[f"{name}_region"], NA)
        person[f"{name}_country"] = np.where(place == ABROAD, person[f"{name}_country"], NA)
    years = person["years"].to_numpy()
    person["reason"] = np.where((years >= 0) & (years != ALWAYS), person["reason"], NA)
    emigrant["month"] = np.where(emigrant["year"] < 0, DK, emigrant["month"])
    emigrant["remits"] = np.where(emigrant["still"] == 1, emigrant["remits"], NA)
    transfer["country"] = np.where(transfer["origin"] == 1, transfer["country"], NA)
