"""The columns of a table: heads and spanners, and what each shows of the estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from surveyproc.config.spec import SIGNS, ColumnSpec, IndicatorSpec, VariableText, base_indicator
from surveyproc.tables.cells import (
    EMPTY_MARK,
    Index,
    Where,
    count_cell,
    in_place_of_number,
    number_cell,
    text_cell,
)
from surveyproc.tables.words import pick
from surveyproc.values import Statistic, TableCell, TableColumn, Texts

MISSING_CATEGORY = "missing"
DIFFERS = "≠"
UNIT_FACTORS = {"percent": 100.0, "thousand": 0.001}
UNIT_STATISTICS = ("value", "se", "ci_low", "ci_high")
PARTS = {"estimate": ("value",), "ci": ("ci_low", "ci_high"), "n": ("n_unweighted",)}
FIXED = {  # factor and decimals of what is not in the indicator's unit
    "cv": (100.0, 1),
    "share_missing": (100.0, 1),
    "deff": (1.0, 2),
    "deft": (1.0, 2),
    "df": (1.0, 0),
    "n_unweighted": (1.0, 0),
    "n_effective": (1.0, 0),
    "kish": (1.0, 2),
    "n_weighted": (1.0, 0),
}
HEADS = {"value": "estimate", "cv": "cv_percent"}


@dataclass(frozen=True, slots=True)
class Body:
    """What a column shows: `name` of an estimate, or "count:<name>" of a universe, or "whole" of a distribution."""

    column: TableColumn
    indicator: str
    name: str
    category: str = ""
    factor: float = 1.0
    decimals: int = 0
    marked: bool = False  # carries the estimate's marks
    compared: str = ""  # "sex: male − female": of a comparison in each row
    same: float = 0.0  # what a comparison is where there is no difference


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every text that tables are made of, and the language asked for."""

    indicators: Mapping[str, IndicatorSpec]
    variables: Mapping[str, VariableText]
    universes: Mapping[str, Texts]
    words: Mapping[str, str]
    language: str

    def text(self, texts: Texts, otherwise: str) -> str:
        """A text in the language, else in English, else `otherwise`."""
        return pick(texts, self.language, otherwise=otherwise)

    def variable(self, name: str) -> str:
        """The label of a variable."""
        known = self.variables.get(name)
        return self.text(known.label, name) if known else name

    def category(self, variable: str | None, name: str) -> str:
        """The label of a category, of that of missing values in the language's own word."""
        known = self.variables.get(variable or "")
        for category in known.categories if known else ():
            if category.name == name:
                return self.text(category.labels, name)
        return self.words["missing"] if name == MISSING_CATEGORY else name

    def ordered(self, variable: str | None, found: tuple[str, ...]) -> tuple[str, ...]:
        """Names found among the estimates, in the order of the variable's categories, others after them."""
        known = self.variables.get(variable or "")
        first = [c.name for c in known.categories if c.name in found] if known else []
        return (*first, *(name for name in found if name not in first))


def bodies(spec: ColumnSpec, index: Index, said: Vocabulary) -> Iterator[Body]:
    """The columns that one column of a plan gives: one a statistic, and for a distribution one a category."""
    if spec.count:
        yield _count(spec, said)
        return
    indicator = said.indicators[spec.indicator]
    title = said.text(spec.label, "") or said.text(indicator.title, indicator.name) + _pair(spec, said)
    if indicator.by_category:
        found = _distribution(spec, indicator, title, index, said)
    else:
        found = _statistics(spec, indicator, title, "", said)
    quotient = spec.how == "quotient"
    for body in found:
        if spec.compare is None:
            yield body
        elif body.name != "whole":
            plain = quotient and body.name in UNIT_STATISTICS  # a quotient is in no unit
            factor, decimals = (1.0, 2) if plain else (body.factor, body.decimals)
            same = 1.0 if quotient else 0.0
            yield replace(body, compared=spec.compared, same=same, factor=factor, decimals=decimals)


def _pair(spec: ColumnSpec, said: Vocabulary) -> str:
    if spec.compare is None:
        return ""
    variable, *pair = spec.compare
    left, right = (said.category(variable, name) for name in pair)
    return f": {left}{SIGNS[spec.how]}{right}"


def cell_of(body: Body, index: Index, where: Where, *, words: Mapping[str, str]) -> TableCell:
    """The cell of a column in a row. Raises nothing: what was not estimated is a blank."""
    if body.name == "whole":
        return _whole(body, index, where)
    if body.compared:
        where = (body.compared if where[0] == "total" else f"{where[0]} × {body.compared}", where[1])
    estimate = index.find(body.indicator, body.category, where)
    if body.name.startswith("count:"):
        return count_cell(estimate, body.name.removeprefix("count:"))
    marks = estimate.marks if estimate is not None and body.marked else ""
    if estimate is not None and body.compared and body.marked and _differs(estimate.numbers, body.same):
        marks = f"{marks} {DIFFERS}".strip()
    return number_cell(
        estimate, body.name, factor=body.factor, decimals=body.decimals, not_applicable=words["na"], marks=marks
    )


def _differs(numbers: Mapping[str, float], same: float) -> bool:
    """Whether the interval of a comparison leaves out what it would be without a difference."""
    return numbers["ci_low"] > same or numbers["ci_high"] < same


def _count(spec: ColumnSpec, said: Vocabulary) -> Body:
    name = "value" if spec.show == ("weighted",) else "n_unweighted"
    universe = spec.indicator.removeprefix(base_indicator(""))
    head = said.words["n_weighted" if name == "value" else "n_unweighted"]
    label = said.text(spec.label, "")
    spanner = said.text(said.universes.get(universe, {}), "")
    column = TableColumn(label) if label else TableColumn(head, spanner)
    return Body(column, spec.indicator, f"count:{name}")


def _statistics(
    spec: ColumnSpec, indicator: IndicatorSpec, title: str, category: str, said: Vocabulary
) -> Iterator[Body]:
    parts = [part for show in spec.show for part in PARTS.get(show, (show,))]
    marked = "value" if "value" in parts else parts[0]
    for part in parts:
        factor, decimals = FIXED.get(part, (UNIT_FACTORS.get(indicator.unit, 1.0), indicator.decimals))
        head = TableColumn(title) if parts == ["value"] else TableColumn(said.words[HEADS.get(part, part)], title)
        yield Body(head, indicator.name, part, category, factor, decimals, marked=part == marked)


def _distribution(
    spec: ColumnSpec, indicator: IndicatorSpec, title: str, index: Index, said: Vocabulary
) -> Iterator[Body]:
    found = tuple(name for name in index.categories.get(indicator.name, ()) if name)
    variable = said.variables.get(indicator.of or "")
    if not found and variable is not None:
        found = tuple(category.name for category in variable.categories)
    for name in said.ordered(indicator.of, found):
        label = said.category(indicator.of, name)
        if spec.show == ("estimate",):
            factor = UNIT_FACTORS.get(indicator.unit, 1.0)
            head = TableColumn(label, title)
            yield Body(head, indicator.name, "value", name, factor, indicator.decimals, marked=True)
        else:
            yield from _statistics(spec, indicator, f"{title}: {label}", name, said)
    adding_up = indicator.statistic in (Statistic.DISTRIBUTION, Statistic.RESPONSE_SHARE)
    whole = adding_up and indicator.unit in ("percent", "share")
    if spec.show == ("estimate",) and whole:
        factor = UNIT_FACTORS.get(indicator.unit, 1.0)
        yield Body(TableColumn(said.words["total"], title), indicator.name, "whole", "", factor, indicator.decimals)


def _whole(body: Body, index: Index, where: Where) -> TableCell:
    """The 100.0 at the end of a distribution, unless no category has a number."""
    categories = index.categories.get(body.indicator, ())
    texts = [in_place_of_number(index.find(body.indicator, name, where)) for name in categories]
    if any(text is None for text in texts):
        return TableCell(body.factor, body.decimals)
    return text_cell(texts[0] or "" if texts else EMPTY_MARK)
