"""The sampling-error appendix: indicators down, one table a domain cell, as in DHS and MICS reports."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from surveyproc.config.models import Quality, SamplingErrors
from surveyproc.config.spec import IndicatorSpec, VariableText
from surveyproc.tables.cells import (
    NO_PRECISION,
    Estimate,
    Index,
    Where,
    in_place_of_number,
    index_of,
    number_cell,
    text_cell,
)
from surveyproc.tables.columns import Vocabulary
from surveyproc.tables.footnotes import mark_footnotes
from surveyproc.tables.rows import TOTAL, cell_label
from surveyproc.tables.words import pick, with_english
from surveyproc.values import Table, TableCell, TableColumn, TableRow, Texts

HEADS = ("r", "se", "n_unweighted", "n_weighted", "deft", "relative_error", "r_minus_2se", "r_plus_2se")
SE_OF_ZERO = ("boundary", "constant")


def sampling_error_tables(
    frame: pd.DataFrame,
    spec: SamplingErrors,
    *,
    indicators: Mapping[str, IndicatorSpec],
    variables: Mapping[str, VariableText],
    quality: Quality | None,
    language: str,
    source: Texts,
    words: Mapping[str, str],
    notes: Sequence[Texts] = (),
) -> tuple[Table, ...]:
    """One table for each cell of the domains of the plan; arguments as in `build_tables`.

    Columns: value R, SE, N unweighted, N weighted, DEFT, SE/R, R − 2SE, R + 2SE; shares from 0 to 1, never in per cent,
    limits not cut at 0 and 1. A share of exactly 0 or 1 has SE 0.000, and "na" for DEFT and SE/R, as DHS prints it
    (The DHS Program, final reports, Appendix B).
    """
    index = index_of(frame)
    said = Vocabulary(indicators, variables, {}, with_english(words), language)
    title = said.text(spec.title, said.words["sampling_errors"])
    tables = []
    for number, where in enumerate(_places(spec, index, said), start=spec.first):
        rows = tuple(_rows(spec, where, index, said))
        tables.append(
            Table(
                number=f"{spec.number}.{number}",
                title=f"{title}: {cell_label(*where, said)}",
                language=language,
                columns=tuple(TableColumn(said.words[head]) for head in HEADS),
                rows=rows,
                stub_head=said.words["indicator"],
                footnotes=mark_footnotes(rows, quality, language=language, words=said.words),
                notes=tuple(text for note in notes if (text := pick(note, language))),
                source=pick(source, language),
            )
        )
    return tuple(tables)


def _places(spec: SamplingErrors, index: Index, said: Vocabulary) -> Iterator[Where]:
    for domain in spec.domains:
        if domain == TOTAL[0]:
            yield TOTAL
        else:
            yield from ((domain, cell) for cell in said.ordered(domain, index.cells.get(domain, ())))


def _rows(spec: SamplingErrors, where: Where, index: Index, said: Vocabulary) -> Iterator[TableRow]:
    for name in spec.indicators:
        indicator = said.indicators[name]
        label = said.text(indicator.title, name)
        if not indicator.by_category:
            yield TableRow(label, _cells(index.find(name, "", where), spec.decimals, said.words["na"]))
            continue
        yield TableRow(label, kind="heading")
        found = tuple(category for category in index.categories.get(name, ()) if category)
        for category in said.ordered(indicator.of, found):
            cells = _cells(index.find(name, category, where), spec.decimals, said.words["na"])
            yield TableRow(said.category(indicator.of, category), cells, indent=1)


def _cells(estimate: Estimate | None, decimals: int, na: str) -> tuple[TableCell, ...]:
    text = in_place_of_number(estimate)
    if estimate is None or text is not None:
        return tuple(text_cell(text or "") for _ in HEADS)
    numbers = estimate.numbers
    r, se = numbers["value"], 0.0 if estimate.status in SE_OF_ZERO else numbers["se"]
    if estimate.status in NO_PRECISION and estimate.status not in SE_OF_ZERO:
        se = math.nan

    def cell(number: float, places: int = decimals) -> TableCell:
        return text_cell(na) if math.isnan(number) else TableCell(number, places)

    none = estimate.status in NO_PRECISION or r == 0
    return (
        number_cell(estimate, "value", factor=1.0, decimals=decimals, not_applicable=na, marks=estimate.marks),
        cell(se),
        cell(numbers["n_unweighted"], 0),
        cell(numbers["n_weighted"], 0),
        cell(math.nan if none else numbers["deft"]),
        cell(math.nan if none else se / abs(r)),
        cell(r - 2.0 * se),
        cell(r + 2.0 * se),
    )
