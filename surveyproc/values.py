"""The frozen values that pass between stages; arrays inside are never written to after they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal

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
    """One code of a categorical variable: symbolic name and labels; codes as found in data, for coding."""

    name: str
    labels: Texts = field(default_factory=dict)
    codes: tuple[float | str, ...] = ()


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
        return np.asarray(self.reason == Missing.KNOWN, dtype=bool)


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


class LonelyPsu(StrEnum):
    """What to do with a stratum that holds a single psu; names and results as R survey's options."""

    FAIL = "fail"
    ADJUST = "adjust"  # centred at the grand mean of psus instead of the stratum's own
    AVERAGE = "average"  # takes the mean variance of the other strata
    CERTAINTY = "certainty"  # contributes nothing: the psu was certain to be drawn
    REMOVE = "remove"  # contributes nothing


@dataclass(frozen=True, slots=True)
class Design:
    """The sampling design at one record level, rows as in that level.

    weight: float64 (n); psu: int32 (n), 0..P-1, each psu inside one stratum; psu_stratum: int32 (P), 0..H-1;
    strata: H labels; fpc: float64 (H), psus in the population of each stratum, or None (with replacement).
    """

    level: str
    weight: NDArray[np.float64]
    psu: NDArray[np.int32]
    psu_stratum: NDArray[np.int32]
    strata: tuple[str, ...]
    fpc: NDArray[np.float64] | None = None
    lonely_psu: LonelyPsu = LonelyPsu.FAIL


class Statistic(StrEnum):
    """What is estimated; all but quantiles are functions of weighted totals."""

    TOTAL = "total"  # Σwy
    MEAN = "mean"  # Σwy / Σw over known y
    PROPORTION = "proportion"  # a mean of 0/1
    DISTRIBUTION = "distribution"  # one proportion a category
    RATIO = "ratio"  # Σwy / Σwx
    RATE = "rate"  # a ratio per `multiply`, e.g. 1,000
    QUANTILE = "quantile"  # the value below which a share of the weight lies
    FUNCTION = "function"  # any smooth function of weighted totals
    GINI = "gini"  # Gini coefficient of concentration
    QUANTILE_SHARE = "quantile_share"  # share of the whole held between two quantiles
    SHARE_RATIO = "share_ratio"  # what one quantile group holds over what another holds
    DIFFERENCE = "difference"  # of two estimates
    QUOTIENT = "quotient"  # of two estimates


# How a quantile is read off a weighted distribution, and the interval of the share below it that Woodruff's interval is
# read from; names and results as R survey's `qrule` and `interval.type`.
QuantileRule = Literal["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]
Woodruff = Literal["mean", "xlogit", "beta", "asin"]


@dataclass(frozen=True, slots=True)
class QuantileAt:
    """Which quantile: 0 < probability < 1, read by a rule, with an interval."""

    probability: float
    rule: QuantileRule = "math"
    interval: Woodruff = "mean"


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a distribution between two shares of the population in ascending order, 0 ≤ low < high ≤ 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Holding:
    """What a band holds: as a share of the whole, or over what another band holds."""

    of: Band
    over: Band | None = None


@dataclass(frozen=True, slots=True)
class Slope:
    """A function's value at each of C points, its gradient by name, each (C), and where it has none: at a kink."""

    value: NDArray[np.float64]
    gradient: Mapping[str, NDArray[np.float64]]
    kink: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """A function of weighted totals. totals: name → float64 (n), NaN where missing; function: totals (C) → Slope."""

    totals: Mapping[str, NDArray[np.float64]]
    function: Callable[[Mapping[str, NDArray[np.float64]]], Slope]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to estimate at a level, as arrays of that level's rows.

    numerator: float64 (n), NaN where missing. denominator: the same, for RATIO and RATE; None means 1 for each known
    row. universe: bool (n). For DISTRIBUTION there is one Measure a category, told apart by `category`. Values, SEs and
    interval ends are reported times `multiply`.
    """

    indicator: str
    statistic: Statistic
    numerator: NDArray[np.float64]
    universe: NDArray[np.bool_]
    denominator: NDArray[np.float64] | None = None
    category: str = ""
    multiply: float = 1.0
    detail: QuantileAt | FunctionOf | Holding | None = None


@dataclass(frozen=True, slots=True)
class Disaggregation:
    """A partition of a level's rows into cells. codes: int32 (n), -1 = in no cell; `name` is 'total' for the whole."""

    name: str
    codes: NDArray[np.int32]
    cells: tuple[str, ...]


# Columns of an estimates frame, one row an estimate; documented in docs/estimates.md.
ESTIMATE_COLUMNS = (
    "round",
    "module",  # name@version
    "indicator",
    "statistic",
    "category",  # of a distribution, "p50" of several quantiles, else ""
    "domain",  # name of the disaggregation, "total" for the whole; of a comparison "area: urban − rural"
    "cell",  # cell of the disaggregation, "" for the whole; crossings joined by " × "
    "value",
    "se",
    "ci_low",
    "ci_high",
    "ci_method",  # t, logit, 2se, woodruff-mean, -xlogit, -beta, -asin
    "cv",
    "deff",
    "deft",
    "df",
    "n_unweighted",
    "n_psus",
    "n_weighted",
    "share_missing",  # weighted share of the universe in the cell with the measure missing
    "status",  # ok, empty, one_case, one_psu, boundary, constant, all_missing, kink
    "shown",  # publish, flag, suppress; suppressed rows carry no numbers in any output
    "marks",
    "lineage",
)


class CellStyle(StrEnum):
    """How a table cell is drawn; the number under it stays a number."""

    PLAIN = "plain"
    PARENTHESES = "parentheses"  # "(29.5)" by number format
    STARRED = "starred"  # number followed by a mark, by number format
    TEXT = "text"  # no number: "(*)", "-", "na"


@dataclass(frozen=True, slots=True)
class TableCell:
    """One body cell: a number with its decimals and style, or a text in place of a number (suppressed, empty)."""

    value: float | None
    decimals: int = 1
    style: CellStyle = CellStyle.PLAIN
    text: str = ""  # shown instead of the number (TEXT) or after it (STARRED)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A body column: its head and the spanner above it ("" for none)."""

    head: str
    spanner: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of a table; a heading has no cells."""

    label: str
    cells: tuple[TableCell, ...] = ()
    kind: str = "body"  # total, heading, body
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A finished table in one language: data and words only; widths, fonts and files belong to publish."""

    number: str  # "MG.1.1"
    title: str
    language: str
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    stub_head: str = ""  # head of the label column
    subtitle: str = ""
    footnotes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """All tables of a run in one language, and the words around them."""

    title: str
    language: str
    tables: tuple[Table, ...]
    words: Mapping[str, str] = field(default_factory=dict)  # "contents", "table", "notes" … in this language
    facts: tuple[tuple[str, str], ...] = ()  # name → value lines for the front page: round, design, versions
