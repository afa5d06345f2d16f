"""The two rounds: same questions, other column names, codes, missing codes, keys and file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.demo import labels
from surveyproc.demo.answers import DK, INCONSISTENT, NA, REFUSED
from surveyproc.demo.geography import CIS, KAZAKHSTAN, STATELESS
from surveyproc.demo.moves import ABROAD, NOT_BORN

Frames = dict[str, pd.DataFrame]
# how SPSS codes of a round say don't know, refused and inconsistent, by the width of the item
WIDTHS: dict[int, dict[int, int]] = {
    0: {},
    1: {DK: 8, REFUSED: 9},
    2: {DK: 98, REFUSED: 99},
    -2: {INCONSISTENT: 97, DK: 98, REFUSED: 99},  # declared as a range
    3: {DK: 998, REFUSED: 999},
    4: {DK: 9998, REFUSED: 9999},
    8: {DK: 99999998, REFUSED: 99999999},
}
LETTERS = {DK: "a", REFUSED: "b", INCONSISTENT: "c"}  # of Stata


@dataclass(frozen=True, slots=True)
class Out:
    """A column of a file: its name and the answer it holds; width: key of WIDTHS, 0 where nothing can be missing."""

    name: str
    source: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """How a round is written: format, file name and columns of each level, labels, and the language of the labels."""

    year: int
    suffix: str
    language: int  # index into a label: 0 Russian, 1 Kazakh
    files: Mapping[str, str]
    titles: Mapping[str, str]
    columns: Mapping[str, tuple[Out, ...]]
    codes: Mapping[str, labels.Codes]


_LAYOUT_2024 = """
household: HHID hhid | CLUST ea | HHNO household | KATO region | AREA area | HHRES result | IYEAR year | IMONTH month
  | IDAY day | HHSIZE members | HHSEX head_sex | WQ quintile | HINC income 8 | EM0 any_left 1 | TR0 received 1
  | HHW_D base | HHW weight | N_EA stratum_eas | M_HH ea_households
person: HHID hhid | LN line | P02 relation | P03 sex | P04 age | P05 birth_place 1 | P05_REG birth_region
  | P05_CTRY birth_country 3 | P06 citizenship 1 | P06_CTRY citizenship_country | P08 years -2 | P09 reason 2
  | P11 res5 1 | P11_REG res5_region | P11_CTRY res5_country | P12 res1 1 | P12_REG res1_region | P12_CTRY res1_country
  | P15 education 1 | P16 marital 1 | PERW weight
emigrant: HHID hhid | EMLN line | E02 sex | E03 age | E04 age_left | E05 relation | E06 country 3 | E07Y year 4
  | E07M month 2 | E08 still 1 | E09 reason 2 | E10 remits 1
transfer: HHID hhid | TRLN line | R02 origin 1 | R03 country 3 | R04 amount 8
"""
_LAYOUT_2025 = """
household: hh_key hhid | cluster ea | hh_no household | oblast region | locality area | result result | int_y year
  | int_m month | int_d day | hh_members members | q102 head_sex | wealth5 quintile | q130 income 8 | q301 any_left 1
  | q401 received 1 | hhwt_d base | hhwt_f weight | eas_total stratum_eas | ea_hh ea_households
person: hh_key hhid | q201 line | q202 relation | q203 sex | q204 age | q205 birth_place 1 | q205r birth_region
  | q205c birth_country 3 | q206 citizenship 3 | q208 years -2 | q209 reason 2 | q211 res5 1 | q211r res5_region
  | q211c res5_country | q212 res1 1 | q212r res1_region | q212c res1_country | q220 education 1 | q221 marital 1
emigrant: hh_key hhid | q302 line | q303 sex | q304 age | q305 age_left | q306 relation | q310 country 3 | q308y year 4
  | q308m month 2 | q312 still 1 | q315 reason 2 | q318 remits 1
transfer: hh_key hhid | q402 line | q403 origin 1 | q404 country 3 | q406 amount 8
"""


def _columns(text: str) -> dict[str, tuple[Out, ...]]:
    """Read a layout: `level: NAME source [width] | …`, continued by indented lines."""
    found: dict[str, tuple[Out, ...]] = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        level, rest = line.split(":", 1)
        parts = [part.split() for part in rest.split("|")]
        found[level] = tuple(Out(part[0], part[1], int(part[2]) if len(part) > 2 else 0) for part in parts)
    return found


LAYOUTS: dict[int, Layout] = {
    2024: Layout(
        year=2024,
        suffix=".sav",
        language=0,
        files={name: f"{name}.sav" for name in ("household", "person", "emigrant", "transfer")},
        titles={
            "household": "Домохозяйства, 2024",
            "person": "Члены домохозяйств, 2024",
            "emigrant": "Выехавшие, 2024",
            "transfer": "Переводы, 2024",
        },
        columns=_columns(_LAYOUT_2024),
        codes=labels.CODES_2024,
    ),
    2025: Layout(
        year=2025,
        suffix=".dta",
        language=1,
        files={"household": "hh.dta", "person": "hl.dta", "emigrant": "em.dta", "transfer": "tr.dta"},
        titles={
            "household": "Үй шаруашылықтары, 2025",
            "person": "Үй шаруашылығы мүшелері, 2025",
            "emigrant": "Шетелге кеткендер, 2025",
            "transfer": "Аударымдар, 2025",
        },
        columns=_columns(_LAYOUT_2025),
        codes=labels.CODES_2025,
    ),
}


def encode(frames: Frames, year: int) -> Frames:
    """Answers in the codes of a round, still with NA, DK, REFUSED and INCONSISTENT for what is missing."""
    return {level: _encode(frame.copy(), level, year) for level, frame in frames.items()}


def _encode(frame: pd.DataFrame, level: str, year: int) -> pd.DataFrame:
    recode = {"household": _household, "person": _person, "emigrant": _emigrant}.get(level)
    if year == 2024:
        frame["hhid"] = frame["ea"] * 100 + frame["household"]
        return _citizens_2024(frame) if level == "person" else frame
    frame["hhid"] = [f"{ea}-{number:02d}" for ea, number in zip(frame["ea"], frame["household"], strict=True)]
    return recode(frame) if recode else frame


def _citizens_2024(frame: pd.DataFrame) -> pd.DataFrame:
    """Own, other or none, and the country in a second question."""
    iso = frame["citizenship"].to_numpy()
    other = (iso > 0) & (iso != KAZAKHSTAN)
    frame["citizenship"] = np.select([iso == KAZAKHSTAN, iso == STATELESS, other], [1, 3, 2], iso)
    frame["citizenship_country"] = np.where(other, iso, NA)
    return frame


def _household(frame: pd.DataFrame) -> pd.DataFrame:
    frame["area"] = np.where(frame["area"] == 1, "U", "R")
    frame["result"] = frame["result"].replace({2: 11, 3: 12})
    return frame


def _cis(place: NDArray[np.int64], country: NDArray[np.int64]) -> NDArray[np.int64]:
    """Abroad becomes 4 in a country of the CIS and 5 elsewhere; an unnamed country stays 4."""
    return np.where((place == ABROAD) & (country > 0) & ~np.isin(country, CIS), ABROAD + 1, place)


def _person(frame: pd.DataFrame) -> pd.DataFrame:
    """2025: abroad is split, those not yet born are left blank, another reason is 7."""
    pairs = {"birth_place": "birth_country", "res5": "res5_country", "res1": "res1_country"}
    for place, country in pairs.items():
        coded = _cis(frame[place].to_numpy(), frame[country].to_numpy())
        frame[place] = np.where(coded == NOT_BORN, NA, coded)
    frame["reason"] = frame["reason"].replace({96: 7})
    return frame


def _emigrant(frame: pd.DataFrame) -> pd.DataFrame:
    """2025: work is split into lasting (11) and seasonal (12)."""
    seasonal = (frame["age"] + frame["line"]) % 4 == 0
    frame["reason"] = np.where(frame["reason"] == 1, np.where(seasonal, 12, 11), frame["reason"])
    return frame
