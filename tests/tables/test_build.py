"""Layout and marks of tables, asserted on the values that every output is made from."""

import math

import pytest

from surveyproc.config.spec import ColumnSpec
from surveyproc.tables import ENGLISH
from surveyproc.values import CellStyle, Statistic, TableCell
from tests.tables.made import BASE, build, indicator, shown, suppressed, table_spec

ESTIMATE = ColumnSpec("I", ("estimate",), {})
FULL = ColumnSpec("I", ("estimate", "se", "ci", "cv", "deff", "deft", "n", "n_weighted", "df", "share_missing"), {})
URBAN = {"domain": "area", "cell": "urban"}
RURAL = {"domain": "area", "cell": "rural"}


def body(table):
    return [(r.label, r.kind, r.indent) for r in table.rows]


def drawn(row):
    return [(c.value if c.value is None else round(c.value, 6), c.decimals, str(c.style), c.text) for c in row.cells]


def test_total_then_a_heading_with_its_categories_in_the_variable_s_order():
    table = build(table_spec(ESTIMATE), shown(), shown(**RURAL, value=0.5), shown(**URBAN, value=0.295))
    assert body(table) == [
        ("Total", "total", 0),
        ("Area", "heading", 0),
        ("Urban", "body", 1),
        ("Rural", "body", 1),
    ]
    assert table.rows[1].cells == ()
    assert [drawn(r) for r in table.rows if r.cells] == [
        [(40.0, 1, "plain", "")],
        [(29.5, 1, "plain", "")],
        [(50.0, 1, "plain", "")],
    ]
    assert (table.number, table.title, table.stub_head, table.source) == (
        "MG.1",
        "A table",
        "Background characteristic",
        "Survey 2024",
    )


def test_crossing_has_a_heading_for_each_category_of_the_first():
    cells = [("urban × male", 0.1), ("urban × female", 0.2), ("rural × male", 0.3), ("rural × female", 0.4)]
    rows = [shown(domain="area × sex", cell=cell, value=value) for cell, value in cells]
    table = build(table_spec(ESTIMATE, rows=(("area", "sex"),)), *rows)
    assert body(table) == [
        ("Area × Sex", "heading", 0),
        ("Urban", "heading", 1),
        ("Men", "body", 2),
        ("Women", "body", 2),
        ("Rural", "heading", 1),
        ("Men", "body", 2),
        ("Women", "body", 2),
    ]
    assert [r.cells[0].value for r in table.rows if r.cells] == pytest.approx([10.0, 20.0, 30.0, 40.0])


def test_every_statistic_with_its_head_unit_and_decimals():
    one = shown(value=0.4, se=0.02, ci_low=0.36, ci_high=0.44, cv=0.05, deff=2.25, deft=1.5, share_missing=0.031)
    table = build(table_spec(FULL, rows=((),)), one)
    words = ("estimate", "se", "ci_low", "ci_high", "cv_percent", "deff", "deft", "n_unweighted", "n_weighted", "df")
    assert [c.head for c in table.columns] == [ENGLISH[key] for key in (*words, "share_missing")]
    assert {c.spanner for c in table.columns} == {"Title I"}
    assert [(v, d) for v, d, _, _ in drawn(table.rows[0])] == [
        (40.0, 1), (2.0, 1), (36.0, 1), (44.0, 1), (5.0, 1), (2.25, 2), (1.5, 2), (400.0, 0), (400.0, 0), (60.0, 0),
        (3.1, 1),
    ]  # fmt: skip


def test_a_single_estimate_takes_the_title_or_label_as_its_head():
    labelled = ColumnSpec("I", ("estimate",), {"en": "Own words"})
    table = build(table_spec(ESTIMATE, labelled, ColumnSpec("I", ("se",), {})), shown())
    assert [(c.head, c.spanner) for c in table.columns] == [
        ("Title I", ""),
        ("Own words", ""),
        ("Standard error", "Title I"),
    ]


@pytest.mark.parametrize(("unit", "expected"), [("number", 2500.0), ("thousand", 2.5), ("share", 2500.0)])
def test_units(unit, expected):
    one = indicator(statistic=Statistic.TOTAL, unit=unit, decimals=2)
    made = build(table_spec(FULL, rows=((),)), shown(value=2500.0, se=250.0, cv=0.1), indicators=[one])
    assert drawn(made.rows[0])[0][:2] == (expected, 2)
    assert drawn(made.rows[0])[1][0] == pytest.approx(expected / 10)
    assert drawn(made.rows[0])[4][0] == 10.0  # cv is in per cent whatever the unit


def test_flagged_estimates_are_numbers_with_a_style_and_only_the_estimate_is_marked():
    rows = [
        shown(shown="flag", marks="( )"),
        shown(**URBAN, shown="flag", marks="**"),
        shown(**RURAL, shown="flag", marks="( ) *"),
    ]
    table = build(table_spec(ColumnSpec("I", ("estimate", "se"), {})), *rows)
    cells = [r.cells for r in table.rows if r.cells]
    assert [(c[0].style, c[0].text) for c in cells] == [
        (CellStyle.PARENTHESES, ""),
        (CellStyle.STARRED, "**"),
        (CellStyle.STARRED, "( ) *"),
    ]
    assert all(c[0].value == pytest.approx(40.0) for c in cells)
    assert {c[1].style for c in cells} == {CellStyle.PLAIN}


def test_suppressed_estimates_show_their_mark_and_nothing_else():
    base = shown(indicator=BASE, statistic="total", value=400.0)
    secret = suppressed(**URBAN)
    columns = (FULL, ColumnSpec(BASE, ("weighted",), {}, count=True), ColumnSpec(BASE, ("unweighted",), {}, count=True))
    table = build(table_spec(*columns), shown(), secret, base, suppressed(**URBAN, indicator=BASE, statistic="total"))
    urban = table.rows[2]
    assert urban.label == "Urban"
    assert set(urban.cells) == {TableCell(None, 0, CellStyle.TEXT, "(*)")}
    assert len(urban.cells) == 13
    assert "(*) Too few cases" in table.footnotes


def test_a_suppressed_estimate_whose_numbers_were_left_in_is_still_not_shown():
    table = build(table_spec(FULL, rows=((),)), shown(value=0.123, shown="suppress", marks="(*)"))
    assert all(cell.value is None and cell.text == "(*)" for cell in table.rows[0].cells)


def test_empty_cells_and_counts_of_nobody():
    gone = {"value": math.nan, "se": math.nan, "n_unweighted": 0, "status": "empty", "marks": "-"}
    rows = [shown(), shown(**URBAN, **gone), shown(indicator=BASE), shown(**URBAN, **gone, indicator=BASE)]
    columns = (ESTIMATE, ColumnSpec(BASE, ("unweighted",), {}, count=True))
    table = build(table_spec(*columns), *rows)
    assert drawn(table.rows[2]) == [(None, 0, "text", "-"), (0.0, 0, "plain", "")]
    assert table.footnotes == ("- No unweighted cases in the denominator",)


@pytest.mark.parametrize("status", ["boundary", "constant", "one_case", "one_psu"])
def test_precision_that_is_none_is_not_printed_as_zero(status):
    table = build(table_spec(FULL, rows=((),)), shown(value=1.0, se=0.0, status=status))
    texts = [(c.style, c.text) for c in table.rows[0].cells]
    assert texts[0] == (CellStyle.PLAIN, "")
    assert texts[1:7] == [(CellStyle.TEXT, "na")] * 6
    assert texts[7] == (CellStyle.PLAIN, "")
    assert table.footnotes == ("na Not applicable",)


def distribution(where, *shares, **given):
    names = ("work", "study", "missing")
    return [
        shown(statistic="distribution", category=name, value=share, **where, **given)
        for name, share in zip(names, shares, strict=False)
    ]


WHY = indicator("I", statistic=Statistic.DISTRIBUTION, of="why", missing="category")


def test_a_distribution_spreads_over_its_categories_and_ends_in_a_total():
    rows = distribution({}, 0.5, 0.3, 0.2) + distribution(URBAN, 0.25, 0.25, 0.5)
    table = build(table_spec(ESTIMATE), *reversed(rows), indicators=[WHY])
    assert [(c.head, c.spanner) for c in table.columns] == [
        ("Work", "Title I"),
        ("Study", "Title I"),
        ("Missing", "Title I"),
        ("Total", "Title I"),
    ]
    assert [c.value for c in table.rows[0].cells] == pytest.approx([50.0, 30.0, 20.0, 100.0])
    assert [c.value for c in table.rows[2].cells] == pytest.approx([25.0, 25.0, 50.0, 100.0])


def test_total_of_a_distribution_without_numbers_is_a_mark():
    rows = distribution({}, 0.5, 0.3, 0.2)
    rows += [suppressed(**URBAN, statistic="distribution", category=c) for c in ("work", "study", "missing")]
    table = build(table_spec(ESTIMATE), *rows, indicators=[WHY])
    assert {c.text for c in table.rows[2].cells} == {"(*)"}


def test_a_distribution_with_one_category_withheld_keeps_its_total():
    rows = [suppressed(statistic="distribution", category="work"), *distribution({}, 0.5, 0.3, 0.2)[1:]]
    table = build(table_spec(ESTIMATE, rows=((),)), *rows, indicators=[WHY])
    assert [(c.value, c.text) for c in table.rows[0].cells][::3] == [(None, "(*)"), (100.0, "")]


def test_a_distribution_with_more_statistics_has_a_spanner_for_each_category():
    table = build(
        table_spec(ColumnSpec("I", ("estimate", "se"), {}), rows=((),)), *distribution({}, 0.6, 0.4), indicators=[WHY]
    )
    assert [(c.head, c.spanner) for c in table.columns] == [
        ("Estimate", "Title I: Work"),
        ("Standard error", "Title I: Work"),
        ("Estimate", "Title I: Study"),
        ("Standard error", "Title I: Study"),
    ]


def test_what_was_not_asked_is_said_and_keeps_the_columns():
    none = {"value": math.nan, "se": math.nan, "status": "not_asked", "marks": "…", "statistic": "distribution"}
    table = build(table_spec(ESTIMATE), shown(**none), shown(**none, **URBAN), indicators=[WHY])
    assert [c.head for c in table.columns] == ["Work", "Study", "Total"]
    assert {c.text for r in table.rows for c in r.cells} == {"…"}
    assert table.footnotes == ("… Not asked in this round",)


def test_counts_show_the_universe_weighted_and_unweighted():
    columns = (
        ColumnSpec(BASE, ("weighted",), {}, count=True),
        ColumnSpec(BASE, ("unweighted",), {"en": "Cases"}, count=True),
    )
    table = build(table_spec(*columns, rows=((),)), shown(indicator=BASE, value=12345.6, n_unweighted=321))
    assert [(c.head, c.spanner) for c in table.columns] == [("Weighted number", "People"), ("Cases", "")]
    assert drawn(table.rows[0]) == [(12345.6, 0, "plain", ""), (321.0, 0, "plain", "")]


def test_footnotes_are_the_table_s_own_and_those_of_marks_that_occur():
    own = (("a", {"en": "Own note"}),)
    rows = [shown(shown="flag", marks="E"), suppressed(**URBAN), shown(**RURAL)]
    table = build(
        table_spec(ESTIMATE, footnotes=own, notes=({"en": "Of the module"},)), *rows, notes=({"en": "Of the run"},)
    )
    assert table.footnotes == ("a Own note", "(*) Too few cases", "E To be used with caution: low precision")
    assert table.notes == ("Of the module", "Of the run")


def test_language_falls_back_to_english_then_to_the_name():
    rows = [shown(), shown(**URBAN, shown="flag", marks="( )"), shown(**RURAL), shown(domain="zone", cell="z1")]
    spec = table_spec(ESTIMATE, rows=((), ("area",), ("zone",)))
    table = build(spec, *rows, language="ru", words={"total": "Всего"})
    assert table.language == "ru"
    assert [r.label for r in table.rows] == ["Всего", "Тип местности", "Город", "Rural", "zone", "z1"]
    assert table.columns[0].head == "Title I"
    assert table.footnotes == ("( ) Мало наблюдений",)


def test_words_have_every_key_in_every_language():
    from surveyproc.messages import LANGUAGES, words

    missing = {language: set(ENGLISH) - set(words(language)) - {"mark_known"} for language in LANGUAGES}
    assert missing == {language: set() for language in LANGUAGES}
