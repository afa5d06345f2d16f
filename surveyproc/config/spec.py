"""A round with its modules resolved: every name settled, every expression parsed and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from surveyproc.config import models
from surveyproc.config.weightspec import StepSpec
from surveyproc.expressions import Expression
from surveyproc.expressions.tree import Name, Node, children
from surveyproc.problems import Place, Problem
from surveyproc.values import Category, Family, Holding, Kind, Missing, QuantileAt, Statistic, Texts

Code = float | str


@dataclass(frozen=True, slots=True)
class RecodeRule:
    """Values from low to high (equal for one value or text) become `target`: a category, number or reason."""

    low: Code
    high: Code
    target: str | float | Missing


@dataclass(frozen=True, slots=True)
class Answers:
    """Where all answers of a question with several are. columns: of the whole set; set: its name in the file, whose own
    definition is taken, or ""; held: categories = an answer in each column, dichotomies = a column for each answer.
    """

    columns: tuple[str, ...]
    set: str
    held: Literal["categories", "dichotomies"]


@dataclass(frozen=True, slots=True)
class ColumnBinding:
    """Where a concept's values are and how they are read; rules are tried in order.

    otherwise: "error", "keep", a category, or a reason. blank: the reason of blank and system-missing values.
    """

    columns: tuple[str, ...]
    rules: tuple[RecodeRule, ...]
    otherwise: str | Missing
    letters: Mapping[str, Missing]  # Stata .a–.z
    blank: Missing | None
    undeclared: str  # error, system
    place: Place
    answers: Answers | None = None  # of a question with several answers
    format: str = ""  # cmc: months from January 1900


@dataclass(frozen=True, slots=True)
class Concept:
    """A variable of a module; binding is None where the round did not ask it."""

    name: str
    level: str
    module: str
    kind: Kind
    label: Texts
    categories: tuple[Category, ...]
    binding: ColumnBinding | None
    asked_if: Expression | None
    minimum: float | None
    maximum: float | None
    parts: tuple[str, str] | None
    place: Place
    reason: Texts = field(default_factory=dict)  # why it was not asked


@dataclass(frozen=True, slots=True)
class DerivedVariable:
    """A variable computed from others; exactly one of expr, cases, bands is set."""

    name: str
    level: str
    module: str
    kind: Kind
    label: Texts
    categories: tuple[Category, ...]
    expr: Expression | None
    guard: Expression | None
    cases: tuple[tuple[Expression, str], ...]
    bands: tuple[tuple[float, float, str], ...]  # low, high (both included), category
    of: Expression | None  # the number that is banded
    otherwise: str | None
    when_no_records: Expression | None
    child_level: str | None  # the level whose records it sums up
    place: Place


@dataclass(frozen=True, slots=True)
class UniverseSpec:
    """Who an indicator is about; name is module.universe."""

    name: str
    level: str
    where: Expression
    label: Texts
    place: Place


@dataclass(frozen=True, slots=True)
class CompareSpec:
    """Comparisons of an indicator: pairs of categories of a variable, and other indicators in the whole universe."""

    groups: tuple[tuple[str, str, str], ...]
    indicators: tuple[str, ...]
    how: Literal["difference", "quotient"]


@dataclass(frozen=True, slots=True)
class IndicatorSpec:
    """An indicator with its names settled.

    scale is what the estimate is multiplied by (1,000 for a rate); unit and decimals are for tables: a percent
    column prints 100 times the estimate, a thousand column a thousandth of it.
    """

    name: str
    module: str  # name@version
    title: Texts
    statistic: Statistic
    of: str | None
    numerator: str | None
    denominator: str | None
    universe: str
    weight_level: str
    missing: str  # exclude, as_no, category
    scale: float
    unit: str  # percent, number, thousand, share
    decimals: int
    interval: models.Interval | None
    place: Place
    quantiles: tuple[QuantileAt, ...] = ()
    formula: Expression | None = None
    totals: Mapping[str, str] = field(default_factory=dict)  # of a formula: name → variable
    holding: Holding | None = None
    compare: CompareSpec | None = None
    answers: Mapping[str, str] = field(default_factory=dict)  # of several answers: answer → its yes/no variable
    percent_of: Literal["cases", "responding", "responses", "origins"] = "cases"
    flows: tuple[str, str] | None = None  # the variables of origin and destination

    @property
    def needs(self) -> tuple[str, ...]:
        """The variables it is made of."""
        of = None if self.answers else self.of
        sums = (self.numerator, self.denominator, *self.totals.values())
        named = (of, *sums, *self.answers.values(), *(self.flows or ()))
        return tuple(name for name in named if name is not None)

    @property
    def share_of_origin(self) -> bool:
        """Whether it gives flows as shares of the records of an origin."""
        return self.percent_of == "origins"

    @property
    def by_category(self) -> bool:
        """Whether it has several estimates in a cell, told apart by category."""
        return self.statistic is Statistic.DISTRIBUTION or len(self.quantiles) > 1 or bool(self.answers or self.flows)


SIGNS = {"difference": " − ", "quotient": " / "}  # in the domain of a comparison


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A table column or group: an indicator with what to show, or a count of a universe."""

    indicator: str  # for counts: base_indicator(universe)
    show: tuple[str, ...]  # estimate, se, ci …; "weighted" or "unweighted" for counts
    label: Texts
    count: bool = False
    compare: tuple[str, str, str] | None = None  # variable, category, category that it is compared with
    how: Literal["difference", "quotient"] = "difference"

    @property
    def compared(self) -> str:
        """The words of its comparison in estimates: "sex: male − female"."""
        if self.compare is None:
            return ""
        variable, left, right = self.compare
        return f"{variable}: {left}{SIGNS[self.how]}{right}"


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of the plan: rows are disaggregations, each a tuple of none (total), one or two variables."""

    number: str
    module: str
    title: Texts
    subtitle: Texts
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[ColumnSpec, ...]
    universe: str
    footnotes: tuple[tuple[str, Texts], ...]
    notes: tuple[Texts, ...]
    place: Place
    matrix: bool = False  # its one column's flows, origins down and destinations across


@dataclass(frozen=True, slots=True)
class TermSpec:
    """An explanatory variable; categories and reference are empty of a number."""

    variable: str
    categories: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class RegressionSpec:
    """A regression with its names settled; show: coefficient, odds_ratio, rate_ratio, ame, adjusted."""

    name: str
    number: str
    module: str  # name@version
    title: Texts
    family: Family
    outcome: str
    outcome_kind: Kind
    terms: tuple[TermSpec, ...]
    universe: str
    weight_level: str
    show: tuple[str, ...]
    decimals: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class SignificanceSpec:
    """A test with its names settled; kind: independence, means, ranks."""

    name: str
    module: str  # name@version
    title: Texts
    kind: str
    of: str
    by: str
    universe: str
    weight_level: str
    statistic: str
    scores: str
    place: Place


@dataclass(frozen=True, slots=True)
class VariableText:
    """Words of a variable and its categories in order, for tables and codebooks."""

    label: Texts
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A data rule: an expression true of each record of a level, or a largest missing share of a variable."""

    id: str
    module: str
    severity: str
    level: str
    rule: Expression | None
    variable: str | None
    at_most: float | None
    message: Texts
    place: Place


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A configuration file that took part: its name as shown and its SHA-256."""

    shown: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RoundSpec:
    """Everything a run needs to know, settled before data are read."""

    name: str
    survey: str
    title: Texts
    period: models.Period
    path: Path
    modules: Mapping[str, models.Module]  # in dependency order
    levels: Mapping[str, str | None]  # level → parent
    single: frozenset[str]  # levels of which a parent has one record at most
    files: Mapping[str, models.DataFile]
    keys: Mapping[str, tuple[str, ...]]
    links: Mapping[str, models.Link]
    design: models.Design
    design_place: Place
    design_at: Callable[[tuple[str | int, ...]], Place]  # place of a part of the design
    file_places: Mapping[str, Place]
    parameters: Mapping[str, float | str | bool]
    concepts: Mapping[str, Concept]
    derived: Mapping[str, DerivedVariable]
    order: tuple[str, ...]  # concepts and derived variables, each after those it needs
    unavailable: Mapping[str, tuple[str, ...]]  # variable not asked, or that needs such → those not asked
    universes: Mapping[str, UniverseSpec]
    indicators: Mapping[str, IndicatorSpec]
    tables: tuple[TableSpec, ...]
    regressions: tuple[RegressionSpec, ...]
    tests: tuple[SignificanceSpec, ...]
    checks: tuple[CheckSpec, ...]
    plan: models.Plan
    quality: models.Quality | None
    quality_at: Callable[[tuple[str | int, ...]], Place]  # place of a part of the publication rules
    source: Texts
    columns: Mapping[str, Mapping[str, Place]]  # level → columns of its file that keys and concepts need
    sources: tuple[SourceFile, ...]
    sets: Mapping[str, VariableText]  # of questions with several answers: words of the set and of its answers
    codelists: Mapping[str, models.Codelist]
    warnings: tuple[Problem, ...] = field(default=())
    weights: Mapping[str, tuple[StepSpec, ...]] = field(default_factory=dict)  # level → steps of its weights

    @property
    def weight_levels(self) -> tuple[str, ...]:
        """Levels that have weights of their own, from a column or from steps."""
        return tuple(level for level in self.files if level in self.weights or level in self.design.weight)

    def asked(self, universe: str, needs: Sequence[str] = ()) -> bool:
        """Whether the round asked what an estimate needs and what decides who it is about."""
        return not self.not_asked(universe, needs)

    def not_asked(self, universe: str, needs: Sequence[str] = ()) -> tuple[str, ...]:
        """The concepts not asked for which an estimate cannot be had."""
        named = (*needs, *_names(self.universes[universe].where.root))
        return tuple(dict.fromkeys(root for name in named for root in self.unavailable.get(name, ())))

    def variable_text(self, name: str) -> VariableText:
        """Label and categories of a concept or derived variable."""
        if name in self.sets:
            return self.sets[name]
        variable = self.concepts.get(name) or self.derived[name]
        return VariableText(label=variable.label, categories=variable.categories)


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from _names(child)


def base_indicator(universe: str) -> str:
    """Name of the estimate that counts a universe."""
    return f"base:{universe}"
