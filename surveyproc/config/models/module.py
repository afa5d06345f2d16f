"""What a module may say: concepts, derived variables, universes, indicators, tables, notes, checks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from surveyproc.config.models.analysis import Regression, SignificanceTest
from surveyproc.config.models.base import (
    Codes,
    FormatVersion,
    FurtherStatistic,
    Interval,
    MissingCodes,
    Number,
    Show,
    SmoothStatistic,
    Strict,
    Texts,
    VariableKind,
    WithTexts,
)
from surveyproc.values import QuantileRule, Woodruff


class CodeEntry(Strict):
    """One code of a categorical variable with its labels."""

    code: Codes = Field(description="The value or values in the data that mean this.")
    label: Texts = Field(default_factory=dict, description="Labels by language.")


class Variable(Strict):
    """A concept that a module asks of the data; a round says in which column it is."""

    use: StrictStr | None = Field(None, description="Take the concept of another module: module.concept.")
    type: VariableKind | None = Field(None, description="What the variable holds.")
    label: Texts = Field(default_factory=dict)
    codes: dict[StrictStr, Codes | CodeEntry] = Field(
        default_factory=dict, description="Symbolic names and the values that stand for them in the data."
    )
    codelist: StrictStr | None = Field(None, description="Name of a file in configs/codelists, without .yaml.")
    missing: MissingCodes = Field(default_factory=dict, description="Which values mean which kind of missing.")
    asked_if: StrictStr | None = Field(None, description="Who is asked: an expression; others are not applicable.")
    min: Number | None = None
    max: Number | None = None
    parts: tuple[StrictStr, StrictStr] | None = Field(
        None, description="For year_month: the names of the year and the month, mapped by the round."
    )
    required: StrictBool = Field(True, description="false: a round may leave it unmapped, as if not asked.")


class Case(Strict):
    """One branch of a derived categorical variable."""

    when: StrictStr
    then: StrictStr


class Derived(Strict):
    """A variable computed from others."""

    type: Literal["number", "boolean", "categorical", "bands", "text", "year_month", "date"]
    label: Texts = Field(default_factory=dict)
    labels: dict[StrictStr, Texts] = Field(default_factory=dict, description="Labels of its categories, in order.")
    expr: StrictStr | None = None
    guard: StrictStr | None = Field(None, description="Where this is not true the result is missing.")
    case: list[Case] | None = None
    otherwise: StrictStr | None = Field(None, description="A category, or missing; what no branch or band takes.")
    of: StrictStr | None = Field(None, description="For bands: the number that is grouped, or an expression.")
    bands: dict[StrictStr, tuple[Number | None, Number | None]] | None = Field(
        None, description="Category → [lowest, highest], both ends included; null is open."
    )
    when_no_records: StrictStr | None = Field(
        None, description="The value for a record without any child records, where child records are summed up."
    )


class Level(Strict):
    """A kind of record: household, person, emigrant."""

    parent: StrictStr | None = None
    repeat: StrictBool = Field(True, description="false: a parent has one of them at most.")


class Universe(WithTexts):
    """Who an indicator is about."""

    level: StrictStr | None = None
    where: StrictStr = "true"
    label: Texts = Field(default_factory=dict, description="Printed as the table's base.")


class Sum(Strict):
    """A side of a ratio: the weighted sum of a number or of a yes/no variable."""

    sum: StrictStr
    level: StrictStr | None = None


class Compare(Strict):
    """What an indicator is compared with: pairs of cells, or other indicators."""

    groups: list[tuple[StrictStr, StrictStr, StrictStr]] = Field(
        default_factory=list, description="Variable, category, and the category that it is compared with."
    )
    indicators: list[StrictStr] = Field(default_factory=list, description="Compared in the whole universe.")
    how: Literal["difference", "ratio"] = "difference"


class Indicator(Strict):
    """What is estimated: a statistic of a variable in a universe."""

    title: Texts
    stat: Literal[SmoothStatistic, FurtherStatistic, "median", "multiple", "flows"]
    of: StrictStr | None = None
    numerator: Sum | None = None
    denominator: Sum | None = None
    p: Number | Annotated[list[Number], Field(min_length=1)] | None = Field(
        None, description="Of a quantile: the share at or below it, or several."
    )
    rule: QuantileRule | None = Field(None, description="How a quantile is read off; default: math.")
    woodruff: Woodruff | None = Field(None, description="Scale of a quantile's interval; default: mean.")
    expr: StrictStr | None = Field(None, description="Of a function: a formula of its totals.")
    totals: dict[StrictStr, Sum] = Field(default_factory=dict, description="Of a function: name → weighted sum.")
    between: tuple[Number, Number] | None = Field(
        None, description="Of a quantile_share: shares of the population, the poorest first."
    )
    top: Number | None = Field(None, description="Of a share_ratio: share of the population; default 0.2.")
    bottom: Number | None = None
    of_each: dict[StrictStr, StrictStr] = Field(
        default_factory=dict, description="Of multiple: answer → yes/no variable, in place of a set."
    )
    percent_of: Literal["cases", "responding", "responses", "origins"] | None = Field(
        None,
        description="Of multiple: records asked (default), those with an answer, or all answers; of flows: origins.",
    )
    origin: StrictStr | None = Field(None, description="Of flows: the variable of where records were before.")
    destination: StrictStr | None = Field(None, description="Of flows: the variable of where they are.")
    compare: Compare | None = None
    universe: StrictStr
    weight: StrictStr | None = Field(None, description="Level whose weight is used; default: that of the universe.")
    missing: Literal["exclude", "as_no", "category"] = Field(
        "exclude", description="Missing values leave the base, count as no, or are a category of their own."
    )
    multiply: Number | None = Field(
        None, description="Printed times this; rates default to 1000, shares print per cent."
    )
    unit: Literal["percent", "number", "thousand", "share"] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    interval: Interval | None = None


class CountColumn(Strict):
    """A column that counts the table's base."""

    count: Literal["weighted", "unweighted"]
    universe: StrictStr | None = Field(None, description="Default: the universe of the table's first indicator.")
    label: Texts = Field(default_factory=dict)


class IndicatorColumn(Strict):
    """A column, or a group of columns, for one indicator."""

    indicator: StrictStr
    show: list[Show] = Field(default=["estimate"], min_length=1)
    label: Texts = Field(default_factory=dict)
    compare: tuple[StrictStr, StrictStr, StrictStr] | None = Field(
        None, description="Variable and two of its categories: the first over against the second, in every row."
    )
    how: Literal["difference", "ratio"] | None = Field(None, description="Of compare; default: difference.")


class Footnote(WithTexts):
    """A numbered or lettered footnote."""

    mark: StrictStr


class TablePlan(Strict):
    """A table: backgrounds down, indicators across."""

    title: Texts
    subtitle: Texts = Field(default_factory=dict)
    rows: list[StrictStr | list[StrictStr]] = Field(
        default_factory=list, description="total, a variable, or a list of two for a crossing."
    )
    columns: list[IndicatorColumn | CountColumn] = Field(default_factory=list)
    matrix: IndicatorColumn | None = Field(None, description="Flows, in place of rows and columns.")
    footnotes: list[Footnote] = Field(default_factory=list)


class Note(WithTexts):
    """A sentence printed under some tables."""

    print_with: list[StrictStr] = Field(min_length=1)


class Check(Strict):
    """A rule that the data should meet."""

    id: StrictStr
    severity: Literal["error", "warning", "info"] = "warning"
    level: StrictStr | None = None
    rule: StrictStr | None = Field(None, description="An expression that should be true of each record.")
    missing_at_most: dict[StrictStr, Number] | None = Field(
        None, description="Variable → largest share of its universe that may be missing."
    )
    message: Texts = Field(default_factory=dict)


class Series(Strict):
    """Where a series breaks; printed under the module's tables."""

    since: StrictStr = Field(description="The first round or period after the break.")
    note: Texts = Field(min_length=1, description="Why, by language.")


class Module(Strict):
    """A migration module: concepts, derived variables, universes, indicators, tables, regressions, tests, checks."""

    surveyproc: FormatVersion
    module: StrictStr
    version: StrictStr
    status: Literal["draft", "approved", "retired"] = "draft"
    title: Texts
    definitions: list[StrictStr] = Field(
        default_factory=list, description="Sources of the definitions; printed on the front page."
    )
    extends: list[StrictStr] = Field(default_factory=list, description="Other modules: name@constraint.")
    level: StrictStr | None = Field(None, description="The record level of what does not name one.")
    levels: dict[StrictStr, Level] = Field(default_factory=dict)
    parameters: dict[StrictStr, StrictBool | Number | StrictStr] = Field(default_factory=dict)
    variables: dict[StrictStr, Variable | dict[StrictStr, Variable]] = Field(default_factory=dict)
    derive: dict[StrictStr, Derived | dict[StrictStr, Derived]] = Field(default_factory=dict)
    universes: dict[StrictStr, Universe] = Field(default_factory=dict)
    indicators: dict[StrictStr, Indicator] = Field(default_factory=dict)
    tables: dict[StrictStr, TablePlan] = Field(default_factory=dict)
    models: dict[StrictStr, Regression] = Field(default_factory=dict)
    tests: dict[StrictStr, SignificanceTest] = Field(default_factory=dict)
    notes: list[Note] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    break_in_series: Series | None = None
