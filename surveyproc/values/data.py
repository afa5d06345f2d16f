"""A round as it passes from files to typed variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Texts = Mapping[str, str]  # language → text


class Missing(IntEnum):
    """Why a value is missing; KNOWN means that it is not."""

    KNOWN = 0
    NOT_APPLICABLE = 1  # outside the universe of the question
    DK = 2  # item non-response: does not know
    REFUSED = 3  # item non-response: refused
    NOT_ASKED = 4  # the question was not in this round
    INCONSISTENT = 5  # set by an edit
    SYSTEM = 6  # unexplained, always reported


class Kind(StrEnum):
    """What a variable holds."""

    CATEGORICAL = "categorical"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    YEAR_MONTH = "year_month"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Category:
    """One code of a categorical variable: symbolic name and labels; codes as found in data; groups of its code list."""

    name: str
    labels: Texts = field(default_factory=dict)
    codes: tuple[float | str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A typed variable with its reasons for missing.

    values: CATEGORICAL int16 index into `categories`; BOOLEAN int8 0/1; NUMBER float64; YEAR_MONTH float64, months
    since 0000-01 (year*12 + month-1); DATE float64, days since 1970-01-01; TEXT object (str). Where `reason` is not
    KNOWN the value is -1 (integers), NaN (floats) or "" (text). reason: int8 of Missing. Both have length n.
    """

    kind: Kind
    values: NDArray[Any]
    reason: NDArray[np.int8]
    categories: tuple[Category, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Mask of the rows that hold a value."""
        # A plain number keeps the comparison in int8; an enum is compared in int64, ten times as slow.
        return np.asarray(self.reason == Missing.KNOWN.value, dtype=bool)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """What a survey file says of one column, before any rule of ours."""

    name: str
    label: str = ""
    text: bool = False  # a string column
    format: str = ""  # SPSS or Stata display format, e.g. F8.2, DATE11, %tm
    value_labels: Mapping[float | str, str] = field(default_factory=dict)
    missing_values: tuple[float | str, ...] = ()  # SPSS discrete user-missing values
    missing_ranges: tuple[tuple[float, float], ...] = ()  # SPSS user-missing ranges, both ends included
    measure: str = ""
    single: bool = False  # stored as single-precision numbers (Stata float): whole numbers are exact below 2**24 only


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a survey file says of itself. rows is None where the header does not tell (then count)."""

    path: str  # as written in the configuration
    format: str  # sav, zsav, dta, por
    rows: int | None
    columns: Mapping[str, ColumnInfo]
    sha256: str = ""
    encoding: str = ""  # the encoding in force
    file_label: str = ""
    header_weight: str = ""  # SPSS WEIGHT BY variable saved in the header
    multiple_response_sets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column as read. values: float64 (NaN = system-missing or a lettered missing) or object of str.

    letters: int8, 0 where none, 1..26 for Stata .a to .z; None for files that have none.
    SPSS user-missing values stay in `values` as codes; `info` says which they are.
    """

    info: ColumnInfo
    values: NDArray[Any]
    letters: NDArray[np.int8] | None = None


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file of a round, only the columns asked for."""

    level: str
    info: FileInfo
    rows: int
    columns: Mapping[str, RawColumn]


@dataclass(frozen=True, slots=True)
class RawRound:
    """All files of a round, by level."""

    files: Mapping[str, RawFile]


@dataclass(frozen=True, slots=True)
class LinkedLevel:
    """A level after linking: raw columns, and for each row the row of its parent (None at a top level)."""

    name: str
    raw: RawFile
    rows: int
    parent: str | None = None
    parent_row: NDArray[np.int64] | None = None
    dropped: int = 0  # orphans left out under a stated policy


@dataclass(frozen=True, slots=True)
class LinkedRound:
    """All levels of a round, tied by keys."""

    levels: Mapping[str, LinkedLevel]


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One line of a variable's history: how many rows had what at a step."""

    level: str
    variable: str
    step: str
    rows: int
    known: int
    reasons: Mapping[str, int]  # reason name → rows


@dataclass(frozen=True, slots=True)
class DerivedLevel:
    """A level with the modules' concepts as typed columns; raw columns stay for the design."""

    name: str
    rows: int
    columns: Mapping[str, Column]
    raw: RawFile
    parent: str | None = None
    parent_row: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class DerivedRound:
    """All levels with all concepts, and the counts at each step."""

    levels: Mapping[str, DerivedLevel]
    trace: tuple[TraceStep, ...] = ()
