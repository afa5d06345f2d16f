"""What each kind of YAML file may say, as frozen models; unknown keys are refused everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

from surveyproc.values import QuantileRule, Woodruff

Language = Literal["en", "ru", "kk"]
Number = StrictInt | StrictFloat
Code = StrictInt | StrictFloat | StrictStr
Codes = Code | list[Code]
if TYPE_CHECKING:
    from collections.abc import Mapping

    Texts = Mapping[str, str]
else:
    Texts = dict[Language, StrictStr]
Reason = Literal["not_applicable", "dk", "refused", "not_asked", "inconsistent"]
MissingCodes = dict[Reason, Codes]
FormatVersion = Annotated[Literal[1], Field(description="Format version of the file; 1 is the only one so far.")]
VariableKind = Literal["categorical", "number", "boolean", "text", "year_month", "date", "codelist"]
Interval = Literal["t", "logit", "2se"]
SmoothStatistic = Literal["total", "mean", "proportion", "distribution", "ratio", "rate"]
AnyStatistic = Literal[
    SmoothStatistic, "quantile", "function", "gini", "quantile_share", "share_ratio", "difference", "quotient"
]
Show = Literal["estimate", "se", "ci", "cv", "deff", "deft", "n", "n_weighted", "df", "share_missing"]


def _safe_name(name: str) -> str:
    """A name that is safe as a folder on any system, so that no config can write outside the output folder."""
    if not OUTPUT_NAME.fullmatch(name):
        raise PydanticCustomError(
            "config.bad-value",
            "the name would not do as a folder",
            {"expected": "60 characters at most, Latin letters, digits, _ - and ., a letter or digit first"},
        )
    return name


OUTPUT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
OutputName = Annotated[StrictStr, AfterValidator(_safe_name)]


class Strict(BaseModel):
    """A mapping with a closed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class WithTexts(Strict):
    """A mapping that carries its words in three languages beside its other keys."""

    en: StrictStr = ""
    ru: StrictStr = ""
    kk: StrictStr = ""

    @property
    def texts(self) -> Texts:
        """The words given, by language."""
        given = {"en": self.en, "ru": self.ru, "kk": self.kk}
        return {language: text for language, text in given.items() if text}


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
    unit: StrictStr = ""
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
    of: StrictStr | None = Field(None, description="For bands: the number that is grouped.")
    bands: dict[StrictStr, tuple[Number | None, Number | None]] | None = Field(
        None, description="Category → [lowest, highest], both ends included; null is open."
    )
    when_no_records: StrictStr | None = Field(
        None, description="The value for a record without any child records, where child records are summed up."
    )
    unit: StrictStr = ""


class Level(Strict):
    """A kind of record: household, person, emigrant."""

    parent: StrictStr | None = None
    repeat: StrictBool = False


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
    stat: Literal[SmoothStatistic, "quantile", "median", "function", "gini", "quantile_share", "share_ratio"]
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


class Footnote(WithTexts):
    """A numbered or lettered footnote."""

    mark: StrictStr


class TablePlan(Strict):
    """A table: backgrounds down, indicators across."""

    title: Texts
    subtitle: Texts = Field(default_factory=dict)
    rows: list[StrictStr | list[StrictStr]] = Field(
        min_length=1, description="total, a variable, or a list of two for a crossing."
    )
    columns: list[IndicatorColumn | CountColumn] = Field(min_length=1)
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
    """Where a series breaks."""

    since: StrictStr
    note: Texts


class Module(Strict):
    """A migration module: concepts, derived variables, universes, indicators, tables, checks."""

    surveyproc: FormatVersion
    module: StrictStr
    version: StrictStr
    status: Literal["draft", "approved", "retired"] = "draft"
    title: Texts
    definitions: list[StrictStr] = Field(default_factory=list, description="Sources of the definitions.")
    extends: list[StrictStr] = Field(default_factory=list, description="Other modules: name@constraint.")
    level: StrictStr | None = Field(None, description="The record level of what does not name one.")
    levels: dict[StrictStr, Level] = Field(default_factory=dict)
    parameters: dict[StrictStr, StrictBool | Number | StrictStr] = Field(default_factory=dict)
    variables: dict[StrictStr, Variable | dict[StrictStr, Variable]] = Field(default_factory=dict)
    derive: dict[StrictStr, Derived | dict[StrictStr, Derived]] = Field(default_factory=dict)
    universes: dict[StrictStr, Universe] = Field(default_factory=dict)
    indicators: dict[StrictStr, Indicator] = Field(default_factory=dict)
    tables: dict[StrictStr, TablePlan] = Field(default_factory=dict)
    notes: list[Note] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    break_in_series: Series | None = None


class DataFile(Strict):
    """One data file of a round."""

    path: StrictStr = Field(description="Relative to the data root.")
    encoding: StrictStr = "auto"


class Link(Strict):
    """How records of a level meet their parent."""

    orphans: Literal["fail", "drop"] = "fail"
    at_most: Annotated[int, Field(ge=0)] | None = Field(
        None, description="With drop: more orphans than this stop the run."
    )
    childless_parents: Literal["allow", "fail"] = "allow"


class WeightColumn(Strict):
    """A weight column and what it is divided by (DHS: 1000000)."""

    column: StrictStr
    divide_by: Number = 1


class Collapse(Strict):
    """Strata that are joined, by label."""

    collapse: dict[StrictStr, StrictStr]


class Design(Strict):
    """The sampling design as found in the files' columns."""

    weight: dict[StrictStr, StrictStr | WeightColumn] = Field(min_length=1, description="Level → column.")
    strata: StrictStr | list[StrictStr] | None = Field(description="Column or columns crossed; null: one stratum.")
    psu: StrictStr | list[StrictStr] | None = Field(
        description="Column or columns; null: every record of the highest level is a psu."
    )
    fpc: StrictStr | None = Field(None, description="Column: number of psus of the stratum in the population.")
    lonely_psu: Literal["fail", "adjust", "average", "certainty", "remove"] | Collapse = "fail"
    nested_ids: StrictBool = Field(False, description="true: psu numbers start anew in each stratum.")
    scale_weights_to: Literal["none", "population", "sample"] = "none"
    population: dict[StrictStr, Number] = Field(default_factory=dict, description="Level → known population.")
    tolerance: Number = Field(0.1, description="Largest relative gap between Σw and the population.")
    df: Literal["domain", "design"] = "domain"
    deff: Literal["srs_replace", "srs", "dhs"] = "srs_replace"
    interval: dict[SmoothStatistic, Interval] = Field(default_factory=dict)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Binding(Strict):
    """Where a concept is in this round and how its values are read."""

    column: StrictStr | None = None
    columns: list[StrictStr] | None = None
    pick: Literal["first_nonmissing"] | None = None
    recode: dict[Code, Code] | None = Field(
        None, description='Value or range "10..94" → symbolic code, missing.<reason>, or a number for numbers.'
    )
    copy_codes: StrictBool = Field(False, description="true: the codes are those of the module.")
    otherwise: StrictStr = Field("error", alias="else", description="error, or a code, or missing.<reason>, or keep.")
    missing: MissingCodes | None = Field(None, description="In place of the module's.")
    also_missing: MissingCodes = Field(default_factory=dict, description="On top of the module's.")
    blank: Reason | None = Field(None, description="What a blank or system-missing value means.")
    undeclared_missing: Literal["error", "system"] = Field(
        "error", description="Values declared user-missing in the file that no rule here names."
    )
    not_asked: StrictBool = False
    reason: Texts = Field(default_factory=dict)


class Overrides(Strict):
    """What a round changes in a module."""

    parameters: dict[StrictStr, StrictBool | Number | StrictStr]


class Period(Strict):
    """When the round was in the field."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None


class QualityChoice(Strict):
    """Which publication rules apply."""

    profile: StrictStr


class Round(Strict):
    """One round of a survey: files, keys, design, and the map from concepts to columns."""

    surveyproc: FormatVersion
    extends: StrictStr | None = Field(None, description="Another round's file; whole keys here take its keys' place.")
    round: OutputName = Field(description="Name of the round; its outputs lie in a folder of this name.")
    survey: StrictStr
    title: Texts = Field(default_factory=dict)
    period: Period
    modules: list[StrictStr] = Field(min_length=1, description="name or name@constraint.")
    module_path: StrictStr | None = Field(None, description="A folder of modules beside this file, searched first.")
    files: dict[StrictStr, DataFile] = Field(min_length=1)
    keys: dict[StrictStr, list[StrictStr]] = Field(default_factory=dict)
    links: dict[StrictStr, Link] = Field(default_factory=dict)
    design: Design
    map: dict[StrictStr, StrictStr | Binding] = Field(default_factory=dict)
    overrides: dict[StrictStr, Overrides] = Field(default_factory=dict)
    quality: QualityChoice | None = None
    plan: StrictStr | None = Field(
        None, description="A plan file beside this one; default: every table of the modules."
    )
    source: Texts = Field(default_factory=dict, description="Printed under every table.")


class SamplingErrors(Strict):
    """The sampling-error appendix: indicators down, one table a domain."""

    number: StrictStr = Field("SE", description="Tables are numbered NUMBER.1, NUMBER.2 …")
    first: Annotated[int, Field(ge=1)] = Field(1, description="Number of the first table.")
    title: Texts = Field(default_factory=dict)
    indicators: list[StrictStr] = Field(min_length=1)
    domains: list[StrictStr] = Field(default=["total"], min_length=1)
    decimals: Annotated[int, Field(ge=0, le=6)] = 3


class Plan(Strict):
    """What is published, in which order and languages."""

    surveyproc: FormatVersion
    plan: StrictStr
    title: Texts
    languages: list[Language] = Field(default=["en"], min_length=1)
    tables: list[StrictStr] | None = Field(None, description="Numbers in order; default: all tables.")
    sampling_errors: SamplingErrors | None = None
    outputs: list[Literal["xlsx", "html", "csv"]] = Field(default=["xlsx", "html", "csv"], min_length=1)


class QualityRule(Strict):
    """A publication rule: where the expression holds, the action is taken and the mark set."""

    if_: StrictStr = Field(alias="if")
    action: Literal["suppress", "flag"] | None = None
    mark: StrictStr = ""
    stats: list[AnyStatistic] | None = None


class NearLimits(Strict):
    """How the precision of proportions near 0 and 1 is judged."""

    use: Literal["cv", "min_of_cv_p_and_1mp", "max_of_cv_p_and_1mp"] = "cv"
    ci: Interval = "logit"


class Quality(Strict):
    """Publication rules as data; within each list the first rule that holds is applied."""

    surveyproc: FormatVersion
    quality: StrictStr
    title: Texts = Field(default_factory=dict)
    source: StrictStr = ""
    cells: list[QualityRule] = Field(default_factory=list)
    precision: list[QualityRule] = Field(default_factory=list)
    proportion_near_limits: NearLimits | None = None
    complementary_suppression: StrictBool = False
    min_share_known: Annotated[float, Field(ge=0, le=1)] | None = None
    footnotes: dict[StrictStr, Texts] = Field(default_factory=dict)


class CodelistEntry(Strict):
    """One entry of a code list."""

    code: Codes
    label: Texts = Field(default_factory=dict)
    groups: list[StrictStr] = Field(default_factory=list)


class Codelist(Strict):
    """A list of codes that modules share: countries, regions."""

    surveyproc: FormatVersion
    codelist: StrictStr
    title: Texts
    source: StrictStr = ""
    codes: dict[StrictStr, CodelistEntry] = Field(min_length=1)


class CaseFile(Strict):
    """Examples of a module: records in, derived values out."""

    surveyproc: FormatVersion
    cases: list[ModuleCase] = Field(min_length=1)


class ModuleCase(Strict):
    """One example: what is given by level and what must come out."""

    name: StrictStr
    parameters: dict[StrictStr, StrictBool | Number | StrictStr] = Field(default_factory=dict)
    given: dict[StrictStr, list[dict[StrictStr, StrictBool | Code | None]]] = Field(min_length=1)
    expect: dict[StrictStr, list[dict[StrictStr, StrictBool | Code | None]]] = Field(min_length=1)


CaseFile.model_rebuild()

KINDS: dict[str, type[Strict]] = {
    "module": Module,
    "round": Round,
    "plan": Plan,
    "quality": Quality,
    "codelist": Codelist,
    "cases": CaseFile,
}
