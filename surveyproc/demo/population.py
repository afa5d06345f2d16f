"""The synthetic population as arrays, sorted by stratum, enumeration area, household and line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo.geography import Strata


@dataclass(frozen=True, slots=True)
class Areas:
    """Enumeration areas (E). code: int32, unique; households: int64 count; start: int64 first household's row;
    stratum: int16; month, day: int8 date of interview; abroad, inland, leave: float64 random effects with mean 1."""

    code: NDArray[np.int32]
    stratum: NDArray[np.int16]
    households: NDArray[np.int64]
    start: NDArray[np.int64]
    month: NDArray[np.int8]
    day: NDArray[np.int8]
    abroad: NDArray[np.float64]
    inland: NDArray[np.float64]
    leave: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Persons:
    """Members (n), true answers. household: int32 row; sex: 1 male, 2 female; birth_place, res5, res1: 1 this
    settlement, 2 elsewhere in the region, 3 another region, 4 abroad, 6 not yet born; *_region: two-digit code or 0;
    *_country: ISO numeric or 0; citizenship: ISO numeric, 0 stateless; years: completed years in this place,
    95 always, 96 visitor; reason: of the last move, 0 where none; education: -1 under 5; marital: -1 under 15.
    """

    household: NDArray[np.int32]
    line: NDArray[np.int8]
    relation: NDArray[np.int8]
    sex: NDArray[np.int8]
    age: NDArray[np.int16]
    education: NDArray[np.int8]
    marital: NDArray[np.int8]
    citizenship: NDArray[np.int16]
    birth_place: NDArray[np.int8]
    birth_region: NDArray[np.int16]
    birth_country: NDArray[np.int16]
    res5: NDArray[np.int8]
    res5_region: NDArray[np.int16]
    res5_country: NDArray[np.int16]
    res1: NDArray[np.int8]
    res1_region: NDArray[np.int16]
    res1_country: NDArray[np.int16]
    years: NDArray[np.int16]
    reason: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Emigrants:
    """Absent members (m) that a household would report: also some who left earlier, came back or are under 15.

    months: whole months between the month of leaving and that of the interview; still, remits: 1 yes, 2 no.
    """

    household: NDArray[np.int32]
    line: NDArray[np.int8]
    sex: NDArray[np.int8]
    age: NDArray[np.int16]
    age_left: NDArray[np.int16]
    relation: NDArray[np.int8]
    country: NDArray[np.int16]
    months: NDArray[np.int16]
    year: NDArray[np.int16]
    month: NDArray[np.int8]
    still: NDArray[np.int8]
    reason: NDArray[np.int8]
    remits: NDArray[np.int8]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Those of the definition: left within 60 months, aged 15 or over now, still abroad."""
        counted: NDArray[np.bool_] = (self.months <= 60) & (self.age >= 15) & (self.still == 1)
        return counted


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers of the last 12 months (t). origin: 1 abroad, 2 inland; country: ISO numeric or 0; amount: KZT."""

    household: NDArray[np.int32]
    line: NDArray[np.int8]
    origin: NDArray[np.int8]
    country: NDArray[np.int16]
    amount: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Households:
    """Households (N). area: int32 row; number: int16 in its area; persons, emigrants, transfers: counts, int64;
    *_start: first row in the arrays of that kind; income: KZT a year; quintile: 1 to 5 of persons."""

    area: NDArray[np.int32]
    number: NDArray[np.int16]
    quintile: NDArray[np.int8]
    income: NDArray[np.int64]
    persons: NDArray[np.int64]
    persons_start: NDArray[np.int64]
    emigrants: NDArray[np.int64]
    emigrants_start: NDArray[np.int64]
    transfers: NDArray[np.int64]
    transfers_start: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gone:
    """Households that left for abroad as a whole within 60 months (g): no one is there to report them.

    stratum: int16; adults: int64 members aged 15 or over.
    """

    stratum: NDArray[np.int16]
    adults: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Population:
    """A model country in one year, with everything true known."""

    year: int
    seed: int
    scale: float
    strata: Strata
    areas: Areas
    households: Households
    persons: Persons
    emigrants: Emigrants
    transfers: Transfers
    gone: Gone
