"""What every drawn table shares: spanners, groups of rows, unique names, and a check that the table hangs together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.publish.text import one_line
from surveyproc.values import CellStyle, Publication, Table, TableColumn, TableRow


class Span(NamedTuple):
    """Neighbouring columns first..last (from 0, both included) under one spanner; "" for a column without."""

    text: str
    first: int
    last: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.last - self.first + 1


def spans(columns: Sequence[TableColumn]) -> tuple[Span, ...]:
    """Columns grouped by equal neighbouring spanners; each column without a spanner stands alone."""
    found: list[Span] = []
    for position, column in enumerate(columns):
        text = one_line(column.spanner)
        if text and found and found[-1].text == text:
            found[-1] = Span(text, found[-1].first, position)
        else:
            found.append(Span(text, position, position))
    return tuple(found)


def row_groups(rows: Sequence[TableRow]) -> tuple[tuple[TableRow, ...], ...]:
    """Rows cut before each heading and after each total, so that a heading is grouped with its rows."""
    groups: list[list[TableRow]] = []
    for row in rows:
        if not groups or row.kind in {"heading", "total"} or groups[-1][-1].kind == "total":
            groups.append([])
        groups[-1].append(row)
    return tuple(tuple(group) for group in groups)


def sheet_names(publication: Publication, *, taken: Iterable[str]) -> tuple[str, ...]:
    """A sheet name for each table from its number: at most 31 characters, none that Excel refuses, no two alike."""
    used = {name.casefold() for name in taken} | {"history"}
    names = []
    for position, table in enumerate(publication.tables, start=1):
        base = sheet_name(table.number) or str(position)
        name, copy = base, 1
        while name.casefold() in used:
            copy += 1
            ending = f" ({copy})"
            name = base[: 31 - len(ending)].rstrip() + ending
        used.add(name.casefold())
        names.append(name)
    return tuple(names)


def sheet_name(text: str) -> str:
    """The text without what Excel refuses in a sheet name or what a link to it would need escaped."""
    return re.sub(r"""[\[\]:*?/\\'"#%<>&!]""", "", one_line(text))[:31].strip()


def anchors(publication: Publication) -> tuple[str, ...]:
    """An id for each table, plain ASCII and unique, kept the same while the table's number is."""
    used: set[str] = set()
    names = []
    for table in publication.tables:
        base = "table-" + (re.sub(r"[^a-z0-9]+", "-", table.number.lower()).strip("-") or "x")
        name, copy = base, 1
        while name in used:
            copy += 1
            name = f"{base}--{copy}"
        used.add(name)
        names.append(name)
    return tuple(names)


def check(publication: Publication) -> None:
    """Raise SurveyprocError (bug.internal) for a table whose rows do not fit its columns or whose numbers are none."""
    problems = [
        Problem(
            "bug.internal",
            Place(),
            f"table {one_line(table.number)} ({publication.language}) cannot be drawn: {fault}",
            hint="Please report it.",
        )
        for table in publication.tables
        for fault in _faults(table)
    ]
    if problems:
        raise SurveyprocError(problems)


def _faults(table: Table) -> Iterable[str]:
    if not table.columns:
        yield "it has no columns"
    for number, row in enumerate(table.rows, start=1):
        if row.kind != "heading" and len(row.cells) != len(table.columns):
            yield f"row {number} has {len(row.cells)} cells for {len(table.columns)} columns"
        elif row.kind == "heading" and row.cells:
            yield f"row {number} is a heading with cells"
        numbers = [cell.value for cell in row.cells if cell.style is not CellStyle.TEXT and cell.value is not None]
        if not all(math.isfinite(value) for value in numbers):
            yield f"row {number} holds a number that is not finite"
