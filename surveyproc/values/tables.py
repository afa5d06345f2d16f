"""Finished tables: data and words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
