"""The workbook as another library reads it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from surveyproc.messages import words
from surveyproc.publish.numbers import number_text, rounded
from surveyproc.publish.text import one_line
from surveyproc.publish.xlsx import workbook
from surveyproc.values import CellStyle, Publication, Table, TableCell, TableColumn, TableRow
from tests.publish.sample import HIDDEN, hostile, publication


def load(some: Publication) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook(some)))


def body_start(sheet: Worksheet) -> int:
    """First row of the body, from 1: the first row below the frozen head."""
    assert sheet.freeze_panes is not None
    assert sheet.freeze_panes[0] == "B"
    return int(sheet.freeze_panes[1:])


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_body_cell_is_the_number_or_the_text_of_the_table(language: str) -> None:
    some = publication(language)
    book = load(some)
    assert book.sheetnames == [words(language)["about"], words(language)["contents"], "MG.1.1", "MG.1.2"]
    for table in some.tables:
        sheet = book[table.number]
        for line, row in enumerate(table.rows, start=body_start(sheet)):
            assert sheet.cell(line, 1).value == row.label
            assert sheet.cell(line, 1).alignment.indent == row.indent
            for column, cell in enumerate(row.cells, start=2):
                found = sheet.cell(line, column)
                assert found.alignment.horizontal == "right"
                if cell.style is CellStyle.TEXT or cell.value is None:
                    assert found.value == (cell.text or None)
                    assert found.data_type in {"s", "n"}
                else:
                    assert found.data_type == "n"
                    assert found.value == pytest.approx(cell.value, rel=1e-14)


def test_formats_carry_decimals_thousands_and_marks() -> None:
    sheet = load(publication())["MG.1.1"]
    first = body_start(sheet)
    formats = [[sheet.cell(row, column).number_format for column in range(2, 7)] for row in range(first, first + 4)]
    assert formats[0] == ["0.0_)", "0.0", "0.0", "0.0", "#,##0"]
    assert formats[2] == ['"("0.0")"', "0.000", "0.0", "0.0", "#,##0"]
    assert formats[3] == ['0.0"*”E"', "0.0;0.0", "0.0", "#,##0.0", "#,##0"]


def test_numbers_are_stored_with_the_digits_that_excel_keeps() -> None:
    row = TableRow("a", (TableCell(89.85499999999999, 2),))
    sheet = load(Publication("t", "en", (Table("1", "t", "en", (TableColumn("R"),), (row,)),)))["1"]
    assert sheet.cell(body_start(sheet), 2).value == 89.855


def test_workbook_and_page_tell_the_same_number() -> None:
    """Identity: the stored number under the format's decimals is the text that a page shows."""
    some = publication()
    sheet = load(some)["MG.1.1"]
    checked = 0
    for line, row in enumerate(some.tables[0].rows, start=body_start(sheet)):
        for column, cell in enumerate(row.cells, start=2):
            found = sheet.cell(line, column)
            if found.data_type == "n" and found.value is not None:
                match = re.search(r"0\.(0+)", found.number_format)
                decimals = len(match[1]) if match else 0
                assert f"{rounded(found.value, decimals):,f}".replace("-0.0", "0.0") == number_text(
                    cell.value or 0.0, cell.decimals, language="en"
                ).replace("−", "-")
                checked += 1
    assert checked == 15


def test_no_cell_of_the_body_is_merged() -> None:
    for table in publication().tables:
        sheet = load(publication())[table.number]
        first = body_start(sheet)
        body = range(first, first + len(table.rows))
        assert not [
            area for area in sheet.merged_cells.ranges if any(area.min_row <= row <= area.max_row for row in body)
        ]


def test_spanners_stand_over_their_columns_and_heads_wrap() -> None:
    sheet = load(publication())["MG.1.1"]
    row = body_start(sheet) - 2
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert {f"B{row}:C{row}", f"A{row}:A{row + 1}", f"E{row}:E{row + 1}"} <= merged
    assert [sheet.cell(row, column).value for column in (2, 4)] == ["Urban", "Rural"]
    assert sheet.cell(row + 1, 3).value == "Lower limit"
    assert sheet.cell(row + 1, 3).alignment.wrap_text


def test_title_footnotes_notes_and_source_frame_the_table() -> None:
    sheet = load(publication("ru"))["MG.1.1"]
    column = [sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1)]
    assert column[0] == "К содержанию"
    assert column[1] == "Таблица MG.1.1. Population by place of birth"
    assert column[2] == "Percent"
    assert column[-3:] == [
        "(*) Не приводится: число невзвешенных наблюдений меньше 25",
        "Примечание: One note.",
        "Источник: Made-up survey",
    ]


def test_print_settings_and_fonts() -> None:
    book = load(publication())
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert {cell.font.name for row in sheet.iter_rows() for cell in row} == {"Arial"}
    sheet = book["MG.1.1"]
    first = body_start(sheet)
    assert sheet.print_title_rows == f"${first - 2}:${first - 1}"
    assert sheet.print_area == f"'MG.1.1'!$A$2:$F${sheet.max_row}"


def test_contents_link_to_every_table_and_back() -> None:
    book = load(publication())
    contents = book["Contents"]
    links = {cell.value: cell.hyperlink.location for row in contents.iter_rows() for cell in row if cell.hyperlink}
    assert links == {"Table MG.1.1": "'MG.1.1'!A1", "Table MG.1.2": "'MG.1.2'!A1"}
    assert book["MG.1.2"]["A1"].hyperlink.location == "'Contents'!A1"
    assert [cell.value for cell in book["About"]["A"]][3:] == ["Survey", "Round"]


def test_hostile_labels_stay_text() -> None:
    some = hostile()
    content = workbook(some)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, [c.number_format for c in cells if c.data_type == "d"]
    texts = {cell.value for cell in cells}
    assert {one_line(table.source) for table in some.tables} <= {str(text).removeprefix("Source: ") for text in texts}
    for name, part in parts(content).items():
        assert b"<f>" not in part, name
        assert b'TargetMode="External"' not in part, name
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(part)
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links
    for link in links:
        sheet = re.fullmatch(r"'(.+)'!A1", link.location)
        assert sheet
        assert sheet[1] in book.sheetnames


def test_a_suppressed_value_is_in_no_part_of_the_file() -> None:
    for name, part in parts(workbook(publication())).items():
        assert str(HIDDEN)[:6].encode() not in part, name


def test_there_is_no_time_in_the_file() -> None:
    content = workbook(publication())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    stamps = re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+Z", parts(content)["docProps/core.xml"])
    assert set(stamps) == {b"1980-01-01T00:00:00Z"}


def test_no_tables_and_no_words_still_give_a_workbook() -> None:
    assert load(Publication("", "en", ())).sheetnames == ["About", "Contents"]
    same = replace(publication(), words={"about": "X", "contents": "x"})
    assert load(same).sheetnames[:2] == ["About", "Contents"]


def test_long_text_is_given_room() -> None:
    some = publication()
    long = replace(some.tables[1], notes=("long " * 200,), title="title " * 60)
    sheet = load(replace(some, tables=(long,)))["MG.1.2"]
    heights = {sheet.cell(row, 1).value: sheet.row_dimensions[row].height for row in range(1, sheet.max_row + 1)}
    note = next(height for text, height in heights.items() if str(text).startswith("Note: long"))
    assert note > 20 * 10
