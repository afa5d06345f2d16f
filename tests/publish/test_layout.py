"""Names are unique and safe, spanners are grouped, and tables that contradict themselves are refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.messages import LANGUAGES, words
from surveyproc.problems import SurveyprocError
from surveyproc.publish.html import page
from surveyproc.publish.layout import anchors, row_groups, sheet_name, sheet_names, spans
from surveyproc.publish.text import WORDS, clean, table_heading, word
from surveyproc.publish.xlsx import workbook
from surveyproc.values import CellStyle, Publication, Table, TableCell, TableColumn, TableRow
from tests.publish.sample import publication


def numbered(*numbers: str) -> Publication:
    return Publication("t", "en", tuple(Table(number, "t", "en", (), ()) for number in numbers))


def test_sheet_names_are_table_numbers_made_unique() -> None:
    names = sheet_names(numbered("MG.1.1", "mg.1.1", "", "A/B:[C]", "x" * 40, "x" * 41, "History"), taken=["3"])
    assert names == ("MG.1.1", "mg.1.1 (2)", "3 (2)", "ABC", "x" * 31, "x" * 27 + " (2)", "History (2)")


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_numbers_give_names_that_excel_and_links_take(numbers: list[str]) -> None:
    some = numbered(*numbers)
    names = sheet_names(some, taken=["About"])
    assert len({name.casefold() for name in (*names, "about")}) == len(numbers) + 1
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\'\"]", name) for name in names)
    ids = anchors(some)
    assert len(set(ids)) == len(numbers)
    assert all(re.fullmatch(r"table-[a-z0-9-]+", name) for name in ids)


def test_spans_join_equal_neighbours_only() -> None:
    columns = [TableColumn("x", spanner) for spanner in ("a", "a", "", "", "a", "b")]
    assert [tuple(span) for span in spans(columns)] == [
        ("a", 0, 1),
        ("", 2, 2),
        ("", 3, 3),
        ("a", 4, 4),
        ("b", 5, 5),
    ]


def test_row_groups_keep_every_row_in_order_and_headings_first() -> None:
    kinds = ["total", "heading", "body", "body", "heading", "body", "total"]
    rows = [TableRow(str(number), kind=kind) for number, kind in enumerate(kinds)]
    groups = row_groups(rows)
    assert [row for group in groups for row in group] == rows
    assert [[row.kind for row in group] for group in groups] == [
        ["total"],
        ["heading", "body", "body"],
        ["heading", "body"],
        ["total"],
    ]


@pytest.mark.parametrize("draw", [page, workbook])
@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((TableRow("a", (TableCell(1.0),)),), "1 cells for 5 columns"),
        ((TableRow("a", (TableCell(1.0),), "heading"),), "heading with cells"),
        ((TableRow("a", (TableCell(float("nan")),) * 5),), "not finite"),
        ((TableRow("a", (TableCell(float("inf"), 1, CellStyle.PARENTHESES),) * 5),), "not finite"),
    ],
)
def test_tables_that_cannot_be_drawn(draw: object, rows: tuple[TableRow, ...], fault: str) -> None:
    good = publication()
    bad = replace(good, tables=(replace(good.tables[0], rows=rows),))
    with pytest.raises(SurveyprocError, match=fault) as caught:
        draw(bad)  # type: ignore[operator]
    assert caught.value.exit_code == 70
    assert "MG.1.1" in str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_have_the_words_that_publish_needs(language: str) -> None:
    assert set(WORDS) <= set(words(language))
    names = [sheet_name(word(words(language), key)) for key in ("about", "contents")]
    assert names == [words(language)["about"], words(language)["contents"]]


def test_words_have_stand_ins() -> None:
    assert word({}, "back_to_contents") == "Back to contents"
    assert table_heading({}, "1") == "Table 1"
    assert table_heading({"table_number": "{number.__class__}"}, "1") == "Table 1"
    assert table_heading({"table_number": "{number}-кесте"}, "{number}") == "{number}-кесте"


def test_clean_text_holds_nothing_unseen() -> None:
    assert clean("a\u202eb\u200f\ufeff\0\x07c\ud800\ttab\r\nline") == "abc\ufffd tab\nline"
    assert clean("Қазақстан — عمر ＝ 𝟙") == "Қазақстан — عمر ＝ 𝟙"
