"""Faults put into the answers on purpose: a few that any survey has, and the planted ones that a check must find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveyproc.demo.geography import KAZAKHSTAN
from surveyproc.demo.moves import ALWAYS, HERE
from surveyproc.demo.rounds import Frames

UNKNOWN_CODE = 7
NO_SUCH_HOUSEHOLD = 99


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted error: level, the answer it is in, how many rows have it, and what it is."""

    level: str
    source: str
    cases: int
    what: str


BLEMISHES = (
    Planted("household", "any_left", 3, "someone left, but the roster of emigrants is empty"),
    Planted("person", "reason", 5, "a reason for moving from those who always lived here"),
)
PLANTED = (
    Planted("emigrant", "line", 1, "one emigrant stands twice under the same key"),
    Planted("emigrant", "hhid", 1, "one emigrant of a household that does not exist"),
    Planted("household", "weight", 3, "negative weights"),
    Planted("household", "area", 5, "five households give their enumeration area the other stratum"),
    Planted("person", "birth_place", 4, "code 7, which no one defined"),
    Planted("person", "birth_country", 6, "a country of birth for citizens born here"),
)


def blemish(frames: Frames) -> Frames:
    """Answers with BLEMISHES, which are warnings: too few to move an estimate by a hundredth of its SE."""
    household, person = frames["household"].copy(), frames["person"].copy()
    household.loc[_some(household, household["any_left"] == 2, BLEMISHES[0].cases), "any_left"] = 1
    person.loc[_some(person, person["years"] == ALWAYS, BLEMISHES[1].cases), "reason"] = 4
    return {**frames, "household": household, "person": person}


def plant(frames: Frames) -> Frames:
    """Answers with PLANTED errors."""
    household, person, emigrant = (frames[level].copy() for level in ("household", "person", "emigrant"))
    twin, lost = emigrant.iloc[[len(emigrant) // 3]], emigrant.iloc[[len(emigrant) // 2]].copy()
    lost["household"] = NO_SUCH_HOUSEHOLD
    rows = _some(household, household["result"] == 1, PLANTED[2].cases)
    household.loc[rows, "weight"] *= -1
    ea = household["ea"].iloc[len(household) // 4]
    moved = household.index[household["ea"] == ea][: PLANTED[3].cases]
    household.loc[moved, "area"] = 3 - household.loc[moved, "area"]
    citizens = (person["birth_place"] == HERE) & (person["citizenship"] == KAZAKHSTAN)
    rows = _some(person, citizens, PLANTED[4].cases + PLANTED[5].cases)
    person.loc[rows[::2][: PLANTED[4].cases], "birth_place"] = UNKNOWN_CODE
    person.loc[person.index.isin(rows) & (person["birth_place"] == HERE), "birth_country"] = 643
    return {
        **frames,
        "household": household,
        "person": person,
        "emigrant": pd.concat([emigrant, twin, lost], ignore_index=True),
    }


def _some(frame: pd.DataFrame, mask: pd.Series[bool], count: int) -> pd.Index[int]:
    """`count` rows of those in the mask, evenly spread."""
    rows = frame.index[mask]
    return rows[np.linspace(0, len(rows) - 1, count + 2).astype(int)[1:-1]]
