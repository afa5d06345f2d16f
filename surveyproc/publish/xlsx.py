"""The workbook of a publication: numbers stay numbers, marks are number formats, strings are never formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from surveyproc.publish.layout import check, sheet_name, sheet_names, spans
from surveyproc.publish.measure import BOLD, column_widths, head_lines, lines_needed
from surveyproc.publish.numbers import rounded
from surveyproc.publish.text import after_number, notes_label, one_line, table_heading, with_source, word
from surveyproc.values import CellStyle, Publication, Table, TableCell

_CREATED = datetime(1980, 1, 1, tzinfo=UTC)  # a workbook holds no time of its making: same inputs, same bytes
_FONT: dict[str, Any] = {"font_name": "Arial", "font_size": 9}
_RULE = "#23405F"
_LINE = "#93A1B1"
_HEAD = {"bg_color": "#F1F4F7", "bold": True, "text_wrap": True, "valign": "bottom"}
_LINK = {"font_color": "#0B4F8A"}
_QUIET = {"font_color": "#57606A"}
_LINE_HEIGHT = 12.0
_PADDING = 1.5
_RUNNING = 1.12  # running text is narrower than as many digits
_TEXT_COLUMN = 90.0
_A4 = 9
_FOOT_LENGTH = 140


@dataclass(frozen=True, slots=True)
class _Book:
    """The open workbook and its formats, each made once."""

    file: Workbook
    formats: dict[frozenset[tuple[str, Any]], Format] = field(default_factory=dict)
    numbers: dict[tuple[str, str, bool], Format] = field(default_factory=dict)

    def style(self, *parts: dict[str, Any], **more: Any) -> Format:
        properties = dict(_FONT)
        for part in parts:
            properties |= part
        properties |= more
        key = frozenset(properties.items())
        if key not in self.formats:
            self.formats[key] = self.file.add_format(properties)
        return self.formats[key]

    def number(self, form: str, kind: str, *, is_last: bool) -> Format:
        """Of a body cell, found without its properties being laid out again: they are the most by far."""
        key = form, kind, is_last
        if key not in self.numbers:
            self.numbers[key] = self.style(_row_look(kind, is_last=is_last), align="right", num_format=form)
        return self.numbers[key]


def workbook(publication: Publication) -> bytes:
    """The publication as an .xlsx file: a sheet of facts, contents with links, and one sheet a table.

    Raises SurveyprocError (bug.internal) for a table that cannot be drawn.
    """
    check(publication)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": dict(_FONT),  # a copy: the writer adds to it
    }
    with xlsxwriter.Workbook(buffer, options) as file:
        file.set_properties({"title": one_line(publication.title)[:255], "created": _CREATED})
        book = _Book(file)
        front = [sheet_name(word(publication.words, key)) for key in ("about", "contents")]
        if front[0].casefold() == front[1].casefold():
            front = ["About", "Contents"]
        names = sheet_names(publication, taken=front)
        _about(book, publication, front[0])
        _contents(book, publication, front[1], names)
        for table, name in zip(publication.tables, names, strict=True):
            _table(book, publication, table, file.add_worksheet(name), back=front[1])
    return buffer.getvalue()


def _about(book: _Book, publication: Publication, name: str) -> None:
    sheet = book.file.add_worksheet(name)
    _page(sheet, publication)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, _TEXT_COLUMN)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, one_line(publication.title), book.style(bold=True, font_size=14, font_color=_RULE))
    sheet.write_string(1, 0, word(publication.words, "about_this_publication"), book.style(_QUIET))
    line = {"bottom": 1, "bottom_color": "#D5DAE0", "valign": "top", "text_wrap": True}
    for row, (label, value) in enumerate(publication.facts, start=3):
        text = one_line(value)
        sheet.write_string(row, 0, one_line(label), book.style(line, _QUIET))
        sheet.write_string(row, 1, text, book.style(line))
        _height(sheet, row, max(lines_needed(text, _TEXT_COLUMN * _RUNNING), lines_needed(one_line(label), 33)))


def _contents(book: _Book, publication: Publication, name: str, names: Sequence[str]) -> None:
    sheet = book.file.add_worksheet(name)
    _page(sheet, publication)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, _TEXT_COLUMN + 16)
    sheet.set_row(0, 30)
    title = word(publication.words, "contents")
    sheet.write_string(0, 0, title, book.style(bold=True, font_size=14, font_color=_RULE))
    line = {"bottom": 1, "bottom_color": "#D5DAE0", "valign": "top", "text_wrap": True}
    for row, (table, target) in enumerate(zip(publication.tables, names, strict=True), start=2):
        text = ". ".join(part for part in (one_line(table.title), one_line(table.subtitle)) if part)
        heading = table_heading(publication.words, table.number)
        sheet.write_url(row, 0, f"internal:'{target}'!A1", book.style(line, _LINK), string=heading)
        sheet.write_string(row, 1, text, book.style(line))
        _height(sheet, row, lines_needed(text, (_TEXT_COLUMN + 16) * _RUNNING))


def _table(book: _Book, publication: Publication, table: Table, sheet: Worksheet, *, back: str) -> None:
    """Row 0 leads back to the contents and is not printed; then title, head, body and what stands below."""
    widths = column_widths(table)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    _page(sheet, publication)
    label = word(publication.words, "back_to_contents")
    sheet.write_url(0, 0, f"internal:'{back}'!A1", book.style(_LINK, font_size=8), string=label)
    heading = f"{table_heading(publication.words, table.number)}. {one_line(table.title)}"
    row = _line(book, sheet, 1, heading, widths, bold=True, font_size=11, font_color=_RULE)
    if subtitle := one_line(table.subtitle):
        row = _line(book, sheet, row, subtitle, widths, **_QUIET)
    head = row + 1
    body = _head(book, sheet, table, head, widths)
    end = _body(book, sheet, table, body, widths)
    last = end + 1
    for text in _below(publication, table):
        last = _line(book, sheet, last, text, widths, font_size=8)
    sheet.freeze_panes(body, 1)
    sheet.repeat_rows(head, body - 1)
    sheet.print_area(1, 0, max(last - 1, body), len(widths) - 1)


def _head(book: _Book, sheet: Worksheet, table: Table, row: int, widths: Sequence[float]) -> int:
    """Draw the heads, in two rows where there are spanners; gives the first row of the body."""
    groups = spans(table.columns)
    heads = [one_line(column.head) for column in table.columns]
    bottom = row + 1 if any(span.text for span in groups) else row
    edges = {"top": 2, "top_color": _RULE, "bottom": 1, "bottom_color": _RULE}
    _across(sheet, (row, 0, bottom, 0), one_line(table.stub_head), book.style(_HEAD, edges, align="left"))
    for span in groups:
        if not span.text:
            place = (row, span.first + 1, bottom, span.first + 1)
            _across(sheet, place, heads[span.first], book.style(_HEAD, edges, align="right"))
            continue
        upper = book.style(_HEAD, top=2, top_color=_RULE, bottom=1, bottom_color=_LINE, align="center")
        _across(sheet, (row, span.first + 1, row, span.last + 1), span.text, upper)
        for position in range(span.first, span.last + 1):
            lower = book.style(_HEAD, bottom=1, bottom_color=_RULE, align="right")
            sheet.write_string(bottom, position + 1, heads[position], lower)
    _head_heights(sheet, table, (row, bottom), widths)
    return bottom + 1


def _head_heights(sheet: Worksheet, table: Table, rows: tuple[int, int], widths: Sequence[float]) -> None:
    """Heights for wrapped heads; one that reaches over both rows has the lines of the upper row to spare."""
    groups = spans(table.columns)
    heads = [one_line(table.stub_head), *(one_line(column.head) for column in table.columns)]
    lines = [head_lines(head, width) for head, width in zip(heads, widths, strict=True)]
    above = max((head_lines(s.text, sum(widths[s.first + 1 : s.last + 2])) for s in groups if s.text), default=0)
    if above:
        sheet.set_row(rows[0], above * _LINE_HEIGHT + 2 * _PADDING)
        for position in [0, *(span.first + 1 for span in groups if not span.text)]:
            lines[position] -= above
    sheet.set_row(rows[1], max(*lines, 1) * _LINE_HEIGHT + 2 * _PADDING)


def _body(book: _Book, sheet: Worksheet, table: Table, first: int, widths: Sequence[float]) -> int:
    """Draw the rows; gives the row after the last. No cell is merged: readers copy and sort them."""
    enclosed = [
        any(row.cells[position].style is CellStyle.PARENTHESES for row in table.rows if row.cells)
        for position in range(len(table.columns))
    ]
    for number, row in enumerate(table.rows, start=first):
        is_last = number == first + len(table.rows) - 1
        look = _row_look(row.kind, is_last=is_last)
        label = one_line(row.label)
        style = book.style(look, align="left", indent=min(max(row.indent, 0), 15), text_wrap=row.kind != "heading")
        sheet.write_string(number, 0, label, style)
        if row.kind == "heading":
            sheet.set_row(number, _LINE_HEIGHT + 3 * _PADDING)
            for column in range(1, len(widths)):
                sheet.write_blank(number, column, None, book.style(look))
        else:
            _height(sheet, number, lines_needed(label, widths[0] - 1 - 1.5 * row.indent))
        for position, cell in enumerate(row.cells):
            place = number, position + 1
            if cell.style is CellStyle.TEXT or cell.value is None:
                _text(sheet, place, one_line(cell.text), book.style(look, align="right"))
                continue
            form = book.number(_form(cell, aligned=enclosed[position]), row.kind, is_last=is_last)
            # Fifteen digits, as many as Excel keeps: with more, spreadsheets disagree on how to round halves.
            sheet.write_number(*place, float(f"{cell.value:.15g}"), form)
    return first + len(table.rows)


def _row_look(kind: str, *, is_last: bool) -> dict[str, Any]:
    look: dict[str, Any] = {"valign": "bottom"}
    if kind in {"total", "heading"}:
        look["bold"] = True
    if kind == "total":
        look |= {"bottom": 1, "bottom_color": _LINE}
    if is_last:
        look |= {"bottom": 2, "bottom_color": _RULE}
    return look


def _text(sheet: Worksheet, place: tuple[int, int], text: str, style: Format) -> None:
    if text:
        sheet.write_string(*place, text, style)
    else:
        sheet.write_blank(*place, None, style)


def _form(cell: TableCell, *, aligned: bool) -> str:
    """The number format of a cell, with room for a bracket in a column that has some: digits stand under digits."""
    form = number_format(cell)
    if aligned and cell.style is CellStyle.PLAIN:
        return ";".join(f"{section}_)" for section in form.split(";"))
    return form


def number_format(cell: TableCell) -> str:
    """The Excel number format that draws a number with its mark; the number under it stays as it is."""
    value = cell.value or 0.0
    number = rounded(value, cell.decimals)
    thousands = cell.decimals <= 0 or abs(number) >= 1000
    digits = "#,##0" if thousands else "0"
    if cell.decimals > 0:
        digits += "." + "0" * min(cell.decimals, 15)
    minus = "-" if number < 0 else ""  # −0.04 is shown as 0.0, not as −0.0
    if cell.style is CellStyle.PARENTHESES:
        return f'"("{digits}")"' + (f';"({minus}"{digits}")"' if value < 0 else "")
    mark = after_number(cell.text) if cell.style is CellStyle.STARRED else ""
    # A straight quotation mark would end the quoted part of the format; Excel takes 255 characters in all.
    quoted = mark[:60].replace('"', "”")
    after = f'"{quoted}"' if mark else ""
    return f"{digits}{after};{digits}{after}" if value < 0 and not minus else digits + after


def _below(publication: Publication, table: Table) -> list[str]:
    """Footnotes, notes and source, as lines."""
    notes = [one_line(note) for note in table.notes]
    if notes:
        label = f"{notes_label(publication.words, len(notes))}:"
        notes = [f"{label} {notes[0]}"] if len(notes) == 1 else [label, *notes]
    source = with_source(publication.words, table.source)
    return [*(one_line(line) for line in table.footnotes), *notes, *([source] if source else [])]


def _line(book: _Book, sheet: Worksheet, row: int, text: str, widths: Sequence[float], **look: Any) -> int:
    """A line of running text over the table's width, as tall as it needs; gives the next row."""
    size = float(look.get("font_size", 9))
    style = book.style(look, text_wrap=True, valign="top", align="left")
    _across(sheet, (row, 0, row, len(widths) - 1), text, style)
    scale = size / 9 * (BOLD if look.get("bold") else 1.0)
    lines = lines_needed(text, sum(widths) * _RUNNING / scale)
    sheet.set_row(row, lines * _LINE_HEIGHT * size / 9 + _PADDING)
    return row + 1


def _across(sheet: Worksheet, place: tuple[int, int, int, int], text: str, style: Format) -> None:
    """Text in one cell or, outside the body only, over several."""
    if place[:2] != place[2:]:
        sheet.merge_range(*place, "", style)
    sheet.write_string(place[0], place[1], text, style)


def _height(sheet: Worksheet, row: int, lines: int) -> None:
    sheet.set_row(row, max(lines, 1) * _LINE_HEIGHT + _PADDING)


def _page(sheet: Worksheet, publication: Publication) -> None:
    """A4 landscape, one page wide, page numbers and the title at the foot."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    title = one_line(publication.title)
    short = title if len(title) <= _FOOT_LENGTH else title[: _FOOT_LENGTH - 1] + "…"
    # In a footer "&" begins a code, and doubling it may pass the 255 characters that Excel takes.
    sheet.set_footer(f"&L{short.replace('&', '+')}&R&P / &N")
