"""A matrix of flows: origins down, destinations across, their totals, and who came and went below."""

from __future__ import annotations

from collections.abc import Iterator

from surveyproc.config.spec import ColumnSpec, IndicatorSpec
from surveyproc.tables.cells import Index, number_cell, text_cell
from surveyproc.tables.columns import FIXED, HEADS, PARTS, UNIT_FACTORS, Vocabulary
from surveyproc.tables.rows import TOTAL
from surveyproc.values import ALL, ARROW, BALANCE, TableCell, TableColumn, TableRow


def matrix_columns(indicator: IndicatorSpec, said: Vocabulary) -> tuple[TableColumn, ...]:
    """One column a destination, and the total."""
    _, destination = _sides(indicator)
    spanner = said.variable(destination)
    heads = [TableColumn(said.category(destination, name), spanner) for name in _names(destination, said)]
    return (*heads, TableColumn(said.words["total"], spanner))


def matrix_rows(spec: ColumnSpec, indicator: IndicatorSpec, index: Index, said: Vocabulary) -> Iterator[TableRow]:
    """Lines of the matrix; what else than the estimate is shown stands in lines of its own below each."""
    origin, destination = _sides(indicator)
    to = _names(destination, said)
    for name in _names(origin, said):
        categories = [f"{name}{ARROW}{b}" for b in to]
        last = "" if indicator.share_of_origin else f"{name}{ARROW}{ALL}"
        yield from _lines(said.category(origin, name), "body", [*categories, last], spec, indicator, index, said)
    whole = [f"{ALL}{ARROW}{b}" for b in to]
    last = "" if indicator.share_of_origin else f"{ALL}{ARROW}{ALL}"
    yield from _lines(said.words["total"], "total", [*whole, last], spec, indicator, index, said)
    if indicator.share_of_origin:
        return
    for word in BALANCE:
        last = "moved" if word in ("in", "out") else ""
        categories = [f"{word}: {name}" for name in to]
        yield from _lines(said.words[f"flows_{word}"], "body", [*categories, last], spec, indicator, index, said)


def _lines(
    label: str,
    kind: str,
    categories: list[str],
    spec: ColumnSpec,
    indicator: IndicatorSpec,
    index: Index,
    said: Vocabulary,
) -> Iterator[TableRow]:
    for number, part in enumerate(part for show in spec.show for part in PARTS.get(show, (show,))):
        cells = tuple(_cell(category, part, indicator, index, said) for category in categories)
        text = label if number == 0 else said.words[HEADS.get(part, part)]
        yield TableRow(text, cells, kind, 0 if number == 0 else 1)


def _cell(category: str, part: str, indicator: IndicatorSpec, index: Index, said: Vocabulary) -> TableCell:
    factor, decimals = FIXED.get(part, (UNIT_FACTORS.get(indicator.unit, 1.0), indicator.decimals))
    if not category:
        return TableCell(factor, decimals) if indicator.share_of_origin and part == "value" else text_cell("")
    estimate = index.find(indicator.name, category, TOTAL)
    marks = estimate.marks if estimate is not None and part == "value" else ""
    na = said.words["na"]
    return number_cell(estimate, part, factor=factor, decimals=decimals, not_applicable=na, marks=marks)


def _sides(indicator: IndicatorSpec) -> tuple[str, str]:
    assert indicator.flows is not None
    return indicator.flows


def _names(variable: str, said: Vocabulary) -> list[str]:
    return [category.name for category in said.variables[variable].categories]
