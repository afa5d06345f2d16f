"""The demo's indicators by hand: files read with pyreadstat, codes by their questionnaires, SEs by fifteen lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import yaml

from tests.conftest import ROOT

NAMES = {  # of 2025, by those of 2024
    "household": {"hh_key": "HHID", "cluster": "CLUST", "oblast": "KATO", "locality": "AREA", "result": "HHRES",
                  "int_y": "IYEAR", "int_m": "IMONTH", "q102": "HHSEX", "q301": "EM0", "hhwt_f": "HHW"},
    "person": {"hh_key": "HHID", "q203": "P03", "q204": "P04", "q205": "P05", "q206": "P06", "q208": "P08",
               "q211": "P11", "q212": "P12"},
    "emigrant": {"hh_key": "HHID", "q304": "E03", "q308y": "E07Y", "q308m": "E07M", "q312": "E08", "q315": "E09"},
}  # fmt: skip
FILES = {2024: ("household.sav", "person.sav", "emigrant.sav"), 2025: ("hh.dta", "hl.dta", "em.dta")}


@dataclass(frozen=True, slots=True)
class Piece:
    """An indicator as numerator and denominator by row of a frame; rows out of it are 0 in both. No bottom: a total."""

    indicator: str
    category: str
    frame: pd.DataFrame
    top: np.ndarray
    bottom: np.ndarray | None = None


def read(data: Path, year: int) -> dict[str, pd.DataFrame]:
    """Three frames with the names and codes of 2024, every missing answer NaN, and the design on each row."""
    frames = {}
    for level, file in zip(NAMES, FILES[year], strict=True):
        reader = pyreadstat.read_sav if year == 2024 else pyreadstat.read_dta
        frame, _ = reader(str(data / str(year) / file))  # user-missing codes and letters become NaN
        frames[level] = frame if year == 2024 else frame.rename(columns=NAMES[level])
    if year == 2025:
        home, person, left = frames.values()
        home["AREA"] = home["AREA"].map({"U": 1, "R": 2})
        person[["P05", "P11", "P12"]] = person[["P05", "P11", "P12"]].replace({5: 4})
        person["P06"] = person["P06"].map(lambda iso: np.nan if np.isnan(iso) else {398: 1, 0: 3}.get(iso, 2))
        left["E09"] = left["E09"].replace({11: 1, 12: 1})
    entries = yaml.safe_load((ROOT / "configs" / "codelists" / "regions_kz.yaml").read_text())["codes"]
    regions = {int(entry["code"]): name for name, entry in entries.items()}
    home = frames["household"]
    home["region"], home["area"] = home["KATO"].map(regions), home["AREA"].map({1: "urban", 2: "rural"})
    home["stratum"] = home["KATO"] * 10 + home["AREA"]
    home["head_sex"] = home["HHSEX"].map({1: "male", 2: "female"})
    design = home[["HHID", "CLUST", "stratum", "region", "area", "HHW", "IYEAR", "IMONTH", "head_sex"]]
    for level in ("person", "emigrant"):
        frames[level] = frames[level].merge(design, on="HHID", validate="m:1", how="left")
    frames["person"]["sex"] = frames["person"]["P03"].map({1: "male", 2: "female"})
    return frames


def pieces(frames: dict[str, pd.DataFrame]) -> Iterator[Piece]:
    """Every indicator of the demo's tables."""
    who = frames["person"]
    born, citizen, years, age = who["P05"], who["P06"], who["P08"], who["P04"]
    five, one, movers = who["P11"].notna() & (age >= 5), who["P12"].notna() & (age >= 1), (years < 95).to_numpy()
    yield Piece("MG1_born_abroad", "", who, born == 4, born.notna())
    yield Piece("MG1_number", "", who, born == 4)
    yield Piece("MG2_non_citizens", "", who, citizen >= 2, citizen.notna())
    yield Piece("MG3_lifetime", "", who, born == 3, born.notna() & (born != 4))
    yield Piece("MG4_internal", "", who, five & who["P11"].isin([2, 3]), five)
    yield Piece("MG4_international", "", who, five & (who["P11"] == 4), five)
    yield Piece("MG5_moved_1y", "", who, one & (who["P12"] != 1), one)
    yield Piece("MG6_mean_years", "", who, np.where(movers, years, 0), movers)
    yield Piece("base:background.members", "", who, np.ones(len(who)))
    for name, codes in {"none": [1], "internal": [2, 3], "international": [4]}.items():
        yield Piece("MG4_migration_5y", name, who, (age >= 5) & who["P11"].isin(codes), age >= 5)
    yield Piece("MG4_migration_5y", "missing", who, (age >= 5) & who["P11"].isna(), age >= 5)
    everyone = np.ones(len(who))
    for name, mask in {"always": years == 95, "visitor": years == 96, "missing": years.isna()}.items():
        yield Piece("MG6_duration", name, who, mask, everyone)
    yield from household_pieces(frames)


def household_pieces(frames: dict[str, pd.DataFrame]) -> Iterator[Piece]:
    """Those of interviewed households; an emigrant of whom something needed is unknown leaves the count unknown."""
    home = frames["household"]
    home = home[home["HHRES"] == 1].reset_index(drop=True)
    size = home["HHID"].map(frames["person"].groupby("HHID").size()).to_numpy(float)
    counted = emigrants(frames["emigrant"])
    roster = counted.groupby(frames["emigrant"]["HHID"])
    listed = home["HHID"].isin(frames["emigrant"]["HHID"])
    number = home["HHID"].map(roster.sum()).where(~home["HHID"].map(roster.apply(lambda s: s.isna().any())).eq(True))
    number = number.where(listed, np.where(home["EM0"] == 2, 0.0, np.nan)).to_numpy(float)
    some = home["HHID"].map(roster.max()).to_numpy(float)  # one that counts is enough, whatever the others are
    has = np.where(some == 1, 1.0, np.where(np.isnan(number), np.nan, number > 0))
    known, sure = ~np.isnan(number), ~np.isnan(has)
    yield Piece("BG1_household_size", "", home, size, np.ones(len(home)))
    yield Piece("MG7_with_emigrant", "", home, np.nan_to_num(has), sure)
    yield Piece("MG8_per_1000", "", home, 1000 * np.nan_to_num(number), np.where(known, size, 0))
    yield Piece("MG8_number", "", home, np.nan_to_num(number))
    yield Piece("base:background.households", "", home, np.ones(len(home)))


def emigrants(left: pd.DataFrame) -> pd.Series:
    """1 emigrant, 0 not, NaN unknown: abroad still, left within 60 months, 15 or over."""
    months = (left["IYEAR"] * 12 + left["IMONTH"]) - (left["E07Y"] * 12 + left["E07M"])
    no = (left["E08"] == 2) | (months > 60) | (left["E03"] < 15)
    unknown = left["E08"].isna() | months.isna()
    return pd.Series(np.where(no, 0.0, np.where(unknown, np.nan, 1.0)), index=left.index)


def emigrant_pieces(frames: dict[str, pd.DataFrame]) -> Iterator[Piece]:
    """Those of emigrants, weighted by their household."""
    left = frames["emigrant"]
    counted = emigrants(left) == 1
    yield Piece("base:absent_members.emigrants", "", left, counted)
    for name, code in {"work": 1, "study": 2, "marriage": 3, "family": 4, "conflict": 5}.items():
        yield Piece("MG9_reason", name, left, counted & (left["E09"] == code), counted)
    yield Piece("MG9_reason", "missing", left, counted & left["E09"].isna(), counted)


def taylor(piece: Piece, weight: str, design: pd.Series, inside: np.ndarray) -> tuple[float, float]:
    """Value and SE in a domain; psus with replacement (Woodruff 1971). design: stratum by psu, all psus drawn."""
    w = piece.frame[weight].to_numpy(float) * inside
    top = np.asarray(piece.top, float)
    if piece.bottom is None:
        value, z = (w * top).sum(), w * top
    else:
        bottom = np.asarray(piece.bottom, float)
        value = (w * top).sum() / (w * bottom).sum()
        z = w * (top - value * bottom) / (w * bottom).sum()
    psu = pd.Series(z).groupby(piece.frame["CLUST"].to_numpy()).sum().reindex(design.index, fill_value=0.0)
    strata = psu.groupby(design.to_numpy())
    n = strata.transform("size")
    return value, float(np.sqrt((n / (n - 1) * (psu - strata.transform("mean")) ** 2).sum()))


def psus(frames: dict[str, pd.DataFrame]) -> pd.Series:
    """Stratum of every enumeration area drawn."""
    return frames["household"].groupby("CLUST")["stratum"].first()
