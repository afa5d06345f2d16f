"""Judged estimates and a table plan to finished tables in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from surveyproc.config.models import Quality
from surveyproc.config.spec import IndicatorSpec, TableSpec, VariableText
from surveyproc.tables.cells import Index, index_of
from surveyproc.tables.columns import Body, Vocabulary, bodies, cell_of
from surveyproc.tables.footnotes import mark_footnotes
from surveyproc.tables.matrix import matrix_columns, matrix_rows
from surveyproc.tables.rows import Line, lines
from surveyproc.tables.words import pick, with_english
from surveyproc.values import Table, TableRow, Texts


def build_tables(
    frame: pd.DataFrame,
    specs: Sequence[TableSpec],
    *,
    indicators: Mapping[str, IndicatorSpec],
    variables: Mapping[str, VariableText],
    universes: Mapping[str, Texts],
    quality: Quality | None,
    language: str,
    source: Texts,
    words: Mapping[str, str],
    notes: Sequence[Texts] = (),
) -> tuple[Table, ...]:
    """The tables of a plan, one a spec.

    frame: judged estimates (ESTIMATE_COLUMNS). variables: of all row variables and of the variables of distributions.
    universes: labels by name. notes: sentences under every table, after the table's own. words: of `language`, by the
    keys of `tables.words.ENGLISH`. A text that a language lacks is taken from English, else the name stands for it.

    Numbers are in the unit of the indicator: percent is 100 times the estimate, thousand a thousandth; SEs and limits
    alike; cv and share missing in per cent. A distribution has one column a category and a Total of 100.0. A suppressed
    estimate shows its mark in every column that tells of it; an estimate without cases "-"; the precision of a share of
    0 or 1 and of a single case or psu "na".
    """
    index = index_of(frame)
    said = Vocabulary(indicators, variables, universes, with_english(words), language)
    shared = [pick(note, language) for note in notes]
    foot = pick(source, language)
    return tuple(_table(spec, index, said, quality=quality, source=foot, notes=shared) for spec in specs)


def _table(
    spec: TableSpec, index: Index, said: Vocabulary, *, quality: Quality | None, source: str, notes: Sequence[str]
) -> Table:
    columns = [] if spec.matrix else [body for column in spec.columns for body in bodies(column, index, said)]
    rows = tuple(_row(line, columns, index, said) for line in lines(spec.rows, index, said))
    heads, stub = tuple(body.column for body in columns), said.words["characteristic"]
    if spec.matrix:
        (column,) = spec.columns
        indicator = said.indicators[column.indicator]
        heads, rows = matrix_columns(indicator, said), tuple(matrix_rows(column, indicator, index, said))
        stub = said.variable((indicator.flows or ("",))[0])
    own = [f"{mark} {said.text(texts, '')}".strip() for mark, texts in spec.footnotes]
    of_marks = mark_footnotes(rows, quality, language=said.language, words=said.words)
    own_notes = [said.text(note, "") for note in spec.notes]
    used = [said.indicators[column.indicator] for column in spec.columns if not column.count]
    if any(i.answers and i.percent_of != "responses" for i in used):
        own_notes.append(said.words["several_answers"])
    return Table(
        number=spec.number,
        title=said.text(spec.title, spec.number),
        language=said.language,
        columns=heads,
        rows=rows,
        stub_head=stub,
        subtitle=said.text(spec.subtitle, ""),
        footnotes=(*own, *of_marks),
        notes=tuple(dict.fromkeys(note for note in (*own_notes, *notes) if note)),
        source=source,
    )


def _row(line: Line, columns: Sequence[Body], index: Index, said: Vocabulary) -> TableRow:
    if line.where is None:
        return TableRow(line.label, (), line.kind, line.indent)
    cells = tuple(cell_of(body, index, line.where, words=said.words) for body in columns)
    return TableRow(line.label, cells, line.kind, line.indent)
