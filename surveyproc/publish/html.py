"""One self-contained page of all tables in a language: no script, no link outside, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from surveyproc.publish.layout import anchors, check, row_groups, spans
from surveyproc.publish.numbers import shown
from surveyproc.publish.text import WORDS, notes_label, one_line, table_heading, with_source, word
from surveyproc.values import Publication, Table, TableRow

_DEEPEST_INDENT = 5


def page(publication: Publication) -> str:
    """The publication as an HTML page. Numbers carry the separators of each table's language.

    The content security policy allows nothing but the page's own style sheet, named by its hash. Raises SurveyprocError
    (bug.internal) for a table that cannot be drawn.
    """
    check(publication)
    css = _resource("page.css").strip()
    return _template().render(
        language=one_line(publication.language),
        title=one_line(publication.title),
        words={key: word(publication.words, key) for key in WORDS},
        facts=[(one_line(name), one_line(value)) for name, value in publication.facts],
        tables=[
            _context(publication, table, anchor)
            for table, anchor in zip(publication.tables, anchors(publication), strict=True)
        ],
        css=Markup(css),
        css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        indent=_indent_class,
    )


def _context(publication: Publication, table: Table, anchor: str) -> dict[str, Any]:
    groups = spans(table.columns)
    return {
        "anchor": anchor,
        "language": one_line(table.language),
        "heading": table_heading(publication.words, table.number),
        "title": one_line(table.title),
        "subtitle": one_line(table.subtitle),
        "stub_head": one_line(table.stub_head),
        "columns": [one_line(column.head) for column in table.columns],
        "spans": groups,
        "spanned": any(span.text for span in groups),
        "groups": [[_row(row, table.language) for row in group] for group in row_groups(table.rows)],
        "footnotes": [one_line(line) for line in table.footnotes],
        "notes": [one_line(line) for line in table.notes],
        "notes_label": notes_label(publication.words, len(table.notes)),
        "source": with_source(publication.words, table.source),
    }


def _row(row: TableRow, language: str) -> dict[str, Any]:
    cells = [shown(cell, language=language) for cell in row.cells]
    return {"kind": row.kind, "label": one_line(row.label), "indent": row.indent, "cells": cells}


def _indent_class(row: dict[str, Any]) -> Markup:
    return _class_of(min(max(int(row["indent"]), 0), _DEEPEST_INDENT))


@cache
def _class_of(depth: int) -> Markup:
    # A class and not a style attribute: the security policy refuses the latter.
    return Markup(' class="i{}"').format(depth) if depth else Markup("")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_resource("page.html.j2"))


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
