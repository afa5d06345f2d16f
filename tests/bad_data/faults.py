"""Faults of data: each an edit of the tiny survey's frames, or of what its files say, with all that must be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from surveyproc.values import ColumnInfo
from tests.bad_config.survey import FIRST_ID, Frames

Edit = Callable[[Frames], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """An edit, and lines of YAML that stand in for those of the good round; expected.txt has what must be told."""

    name: str
    edit: Edit
    config: str = ""
    infos: dict[tuple[str, str], ColumnInfo] = field(default_factory=dict)


def put(level: str, column: str, value: object, *, rows: slice = slice(0, 1)) -> Edit:
    def edit(survey: Frames) -> None:
        frame = survey[level]
        values = frame[column].tolist()
        values[rows] = [value] * len(values[rows])
        frame[column] = np.array(values, dtype=object) if isinstance(value, str) else values

    return edit


def times(level: str, column: str, factor: float) -> Edit:
    def edit(survey: Frames) -> None:
        survey[level][column] = survey[level][column] * factor

    return edit


def as_text(level: str, column: str) -> Edit:
    def edit(survey: Frames) -> None:
        survey[level][column] = np.array([f"{v:.0f}" for v in survey[level][column]], dtype=object)

    return edit


def rename(level: str, old: str, new: str) -> Edit:
    def edit(survey: Frames) -> None:
        survey[level] = survey[level].rename(columns={old: new})

    return edit


def keep(level: str, rows: slice) -> Edit:
    def edit(survey: Frames) -> None:
        survey[level] = survey[level].iloc[rows].reset_index(drop=True)

    return edit


def repeat(level: str) -> Edit:
    def edit(survey: Frames) -> None:
        survey[level] = survey[level].iloc[[1, *range(len(survey[level]))]].reset_index(drop=True)

    return edit


def nothing(survey: Frames) -> None:
    pass


def normalise(survey: Frames) -> None:
    for level, column in (("household", "HHW"), ("person", "PW")):
        survey[level][column] = survey[level][column] / survey[level][column].mean()


def numbers_for_region(survey: Frames) -> None:
    survey["household"]["REG"] = survey["household"]["REG"].astype(float)


def fpc(value: float, *, rows: slice = slice(None)) -> Edit:
    return put("household", "NPSU", value, rows=rows)


def design(more: str) -> str:
    return f"design: {{weight: {{household: HHW, person: PW}}, strata: STR, psu: PSU, {more}}}\n"


HALF = FIRST_ID + 0.5
FAULTS: tuple[Fault, ...] = (
    Fault("good", nothing),
    Fault("weight missing", put("household", "HHW", np.nan)),
    Fault("weight of persons missing", put("person", "PW", np.nan, rows=slice(0, 3))),
    Fault("weight negative", put("household", "HHW", -1.0)),
    Fault("weight infinite", put("household", "HHW", np.inf)),
    Fault("weight zero", put("household", "HHW", 0.0)),
    Fault("weights all zero", put("household", "HHW", 0.0, rows=slice(None))),
    Fault("weight minus zero", put("household", "HHW", -0.0)),
    Fault("weight text", as_text("household", "HHW")),
    Fault(
        "weight declared missing",
        put("household", "HHW", 9999.0),
        infos={("household", "HHW"): ColumnInfo("HHW", missing_values=(9999.0,))},
    ),
    Fault("weight a million times", times("household", "HHW", 1e6), config=design("population: {household: 3400}")),
    Fault("weights normalised, a total asked", normalise),
    Fault("stratum missing", put("household", "STR", np.nan)),
    Fault("psu missing", put("household", "PSU", np.nan)),
    Fault("psu in two strata", put("household", "STR", 2.0)),
    Fault("lonely psu", put("household", "PSU", 1.0, rows=slice(0, 9))),
    Fault("fpc a rate", fpc(0.1), config=design("fpc: NPSU")),
    Fault("fpc below the psus", fpc(2.0, rows=slice(0, 9)), config=design("fpc: NPSU")),
    Fault("fpc varies", fpc(21.0, rows=slice(0, 1)), config=design("fpc: NPSU")),
    Fault("fpc missing", fpc(np.nan), config=design("fpc: NPSU")),
    Fault("fpc text", as_text("household", "NPSU"), config=design("fpc: NPSU")),
    Fault("collapse of an unknown stratum", nothing, config=design("lonely_psu: {collapse: {'9': '1'}}")),
    Fault("column missing", rename("person", "AGE", "ALTER")),
    Fault("column in other case", rename("person", "AGE", "Age")),
    Fault("column with a Cyrillic letter", rename("person", "AGE", "АGE")),
    Fault("key column missing", rename("emigrant", "HH", "HHID")),
    Fault("weight column missing", rename("person", "PW", "PWT")),
    Fault("stratum column missing", rename("household", "STR", "STRATUM")),
    Fault("key missing", put("person", "HH", np.nan)),
    Fault("key of households missing", put("household", "HH", np.nan)),
    Fault("key with a fraction", put("person", "HH", HALF)),
    Fault("key beyond exactness", put("person", "HH", 2.0**53 + 2)),
    Fault("key text here and number there", as_text("person", "HH")),
    Fault("duplicate person", put("person", "LN", 1.0, rows=slice(0, 2))),
    Fault("duplicate household", repeat("household")),
    Fault("orphan", put("person", "HH", FIRST_ID + 900.0)),
    Fault(
        "orphans beyond the limit",
        put("person", "HH", FIRST_ID + 900.0, rows=slice(0, 2)),
        config="links: {person: {orphans: drop, at_most: 1}}\n",
    ),
    Fault(
        "orphan dropped", put("person", "HH", FIRST_ID + 900.0), config="links: {person: {orphans: drop, at_most: 1}}\n"
    ),
    Fault("childless parents", nothing, config="links: {emigrant: {childless_parents: fail}}\n"),
    Fault("unlisted code", put("person", "SEX", 7.0)),
    Fault("unlisted text", put("person", "BCTRY", "XX")),
    Fault("numbers where codes are text", numbers_for_region),
    Fault("text where codes are numbers", as_text("person", "SEX")),
    Fault("text where numbers are", as_text("person", "AGE")),
    Fault("age out of range", put("person", "AGE", 500.0)),
    Fault("answer not asked for", put("person", "WORK", 1.0, rows=slice(5, 9))),
    Fault("bands with a gap", put("person", "AGE", 14.5, rows=slice(4, 5))),
    Fault("blank unexplained", put("person", "SEX", np.nan)),
    Fault("variable wholly missing", put("person", "SEX", np.nan, rows=slice(None))),
    Fault(
        "declared missing, unnamed",
        put("person", "AGE", 99.0),
        infos={("person", "AGE"): ColumnInfo("AGE", missing_values=(99.0,))},
    ),
    Fault("identifier mapped as codes", nothing, config="map: {sex: HH}\n"),
    Fault("no emigrants", keep("emigrant", slice(0, 0))),
    Fault("too much missing", put("person", "BORN", 9.0, rows=slice(0, 80))),
    Fault("rule broken", put("household", "LEFT", 1.0, rows=slice(0, 3))),
)
