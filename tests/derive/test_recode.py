"""Every value of a column is taken by one rule or told; the five kinds of missing arrive where they should."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.config.concepts import code_range
from surveyproc.config.spec import ColumnBinding, Concept, RecodeRule
from surveyproc.derive.recode import first_known, join_parts, recode
from surveyproc.problems import Place, Problem
from surveyproc.values import Category, Column, ColumnInfo, Kind, Missing, RawColumn

YES_NO = (Category("yes", codes=(1.0,)), Category("no", codes=(2.0,)))
NAN = float("nan")


def concept(kind: Kind, categories: tuple[Category, ...] = (), **more: float) -> Concept:
    return Concept(
        name="v", level="person", module="m@1.0.0", kind=kind, label={}, categories=categories, binding=None,
        asked_if=None, minimum=more.get("low"), maximum=more.get("high"), parts=None, place=Place(),
    )  # fmt: skip


def binding(*rules: RecodeRule, otherwise: str | Missing = "error", **more: object) -> ColumnBinding:
    return ColumnBinding(
        columns=("V",), rules=rules, otherwise=otherwise, letters=more.get("letters", {}),  # type: ignore[arg-type]
        blank=more.get("blank"), undeclared=str(more.get("undeclared", "error")), place=Place(),  # type: ignore[arg-type]
    )  # fmt: skip


def column(values: list[object], info: ColumnInfo | None = None, letters: str = "") -> RawColumn:
    text = any(isinstance(v, str) for v in values)
    marks = np.array([ord(c) - 96 if c != " " else 0 for c in letters], dtype=np.int8) if letters else None
    return RawColumn(info or ColumnInfo("V", text=text), np.array(values, dtype=object if text else np.float64), marks)


def one(code: float | str, target: str | float | Missing) -> RecodeRule:
    return RecodeRule(code, code, target)


def reasons(made: Column) -> list[Missing]:
    return [Missing(int(r)) for r in made.reason]


def words(problems: tuple[Problem, ...]) -> list[tuple[str, int | None, str]]:
    return [(p.code, p.where.cases, p.got) for p in problems]


def test_each_kind_of_missing_arrives() -> None:
    rules = [one(97, Missing.NOT_APPLICABLE), one(98, Missing.DK), one(99, Missing.REFUSED)]
    rules += [one(95, Missing.NOT_ASKED), one(96, Missing.INCONSISTENT)]
    made, problems = recode(
        column([5, 97, 98, 99, 95, 96, NAN]), concept(Kind.NUMBER), binding(*rules, otherwise="keep"), "f"
    )
    assert problems == ()
    assert reasons(made) == [
        Missing.KNOWN,
        Missing.NOT_APPLICABLE,
        Missing.DK,
        Missing.REFUSED,
        Missing.NOT_ASKED,
        Missing.INCONSISTENT,
        Missing.SYSTEM,
    ]
    assert made.values[0] == 5
    assert np.isnan(made.values[1:]).all()


def test_a_blank_is_what_the_round_says_it_is() -> None:
    made, _ = recode(column([NAN, 1]), concept(Kind.BOOLEAN, YES_NO), binding(one(1, "yes"), blank=Missing.DK), "f")
    assert reasons(made) == [Missing.DK, Missing.KNOWN]
    text, _ = recode(column(["  ", "1"]), concept(Kind.TEXT), binding(otherwise="keep", blank=Missing.REFUSED), "f")
    assert reasons(text) == [Missing.REFUSED, Missing.KNOWN]
    assert text.values.tolist() == ["", "1"]


def test_letters_have_their_own_reasons_and_a_letter_that_no_rule_names_is_told() -> None:
    raw = column([NAN, NAN, NAN, NAN, 1], letters="abz  ")
    rules = binding(one(1, "yes"), letters={"a": Missing.DK, "b": Missing.REFUSED}, blank=Missing.NOT_APPLICABLE)
    made, problems = recode(raw, concept(Kind.BOOLEAN, YES_NO), rules, "f")
    assert reasons(made)[:2] == [Missing.DK, Missing.REFUSED]
    assert reasons(made)[3:] == [Missing.NOT_APPLICABLE, Missing.KNOWN]
    assert words(problems) == [("derive.unmapped-code", 1, ".z (1 case)")]
    _, none = recode(raw, concept(Kind.BOOLEAN, YES_NO), binding(one(1, "yes"), undeclared="system"), "f")
    assert none == ()


def test_values_declared_missing_in_the_file_need_a_rule() -> None:
    info = ColumnInfo("V", missing_values=(99.0,), missing_ranges=((-9.0, -1.0),), value_labels={99.0: "No answer"})
    made, problems = recode(column([5, 99, -3, -9], info), concept(Kind.NUMBER), binding(otherwise="keep"), "f")
    assert made.known.tolist() == [True, False, False, False]
    assert words(problems) == [("derive.unmapped-code", 3, "-9 (1 case), -3 (1 case), 99 «No answer» (1 case)")]
    named, none = recode(
        column([5, 99, -3], info),
        concept(Kind.NUMBER),
        binding(one(99, Missing.DK), RecodeRule(-9.0, -1.0, Missing.REFUSED), otherwise="keep"),
        "f",
    )
    assert none == ()
    assert reasons(named) == [Missing.KNOWN, Missing.DK, Missing.REFUSED]


def test_text_codes_match_without_trailing_blanks_only() -> None:
    categories = (Category("russia", codes=("RU",)), Category("norway", codes=("NO",)))
    rules = binding(one("RU", "russia"), one("NO", "norway"))
    made, problems = recode(column(["NO  ", "RU", "no", " NO"]), concept(Kind.CATEGORICAL, categories), rules, "f")
    assert made.values.tolist() == [1, 0, -1, -1]
    assert words(problems) == [("derive.unmapped-code", 2, "no (1 case),  NO (1 case)")]


def test_else_takes_what_no_rule_takes_and_never_a_blank() -> None:
    rules = binding(one(1, "yes"), otherwise="no")
    made, problems = recode(column([1, 7, NAN]), concept(Kind.BOOLEAN, YES_NO), rules, "f")
    assert problems == ()
    assert made.values.tolist() == [1, 0, -1]
    assert reasons(made) == [Missing.KNOWN, Missing.KNOWN, Missing.SYSTEM]
    made, _ = recode(
        column([1, 7]), concept(Kind.BOOLEAN, YES_NO), binding(one(1, "yes"), otherwise=Missing.INCONSISTENT), "f"
    )
    assert reasons(made) == [Missing.KNOWN, Missing.INCONSISTENT]


def test_no_message_holds_long_texts_or_many_values() -> None:
    kind = concept(Kind.CATEGORICAL, YES_NO)
    _, problems = recode(column(["Ivanova Anna Petrovna", "x"]), kind, binding(one(1.0, "yes")), "f")
    assert words(problems) == [("derive.unmapped-code", 2, "2 different values")]
    _, problems = recode(column(list(range(7_700_000, 7_700_030))), kind, binding(one(1.0, "yes")), "f")
    assert words(problems) == [("derive.unmapped-code", 30, "30 different values")]
    _, problems = recode(column([3, 4, 5, 6, 7, 8]), kind, binding(), "f")
    assert problems[0].got.endswith("7 (1 case), …")


def test_values_out_of_the_declared_range_are_counted_and_missing_codes_are_not() -> None:
    rules = binding(one(999, Missing.DK), otherwise="keep")
    _, problems = recode(column([0, 110, 111, -1, 999, NAN]), concept(Kind.NUMBER, low=0, high=110), rules, "f")
    assert words(problems) == [("derive.out-of-range", 2, "")]
    assert problems[0].expected == "0 to 110"


NUMBERS = st.one_of(st.integers(-3, 12).map(float), st.just(NAN), st.sampled_from([1.5, 9.75]))
TARGETS = st.sampled_from(["yes", "no", Missing.DK, Missing.REFUSED])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(NUMBERS, max_size=20),
    st.lists(st.tuples(st.integers(-3, 12), st.integers(0, 5), TARGETS), max_size=4),
    st.sampled_from(["error", "no", Missing.INCONSISTENT]),
)
def test_the_first_rule_that_takes_a_value_wins_as_read_row_by_row(
    values: list[float], spans: list[tuple[int, int, str | Missing]], otherwise: str | Missing
) -> None:
    rules = tuple(RecodeRule(float(low), float(low + width), target) for low, width, target in spans)
    made, problems = recode(
        column(list(values)), concept(Kind.BOOLEAN, YES_NO), binding(*rules, otherwise=otherwise), "f"
    )
    unlisted = 0
    for value, got, reason in zip(values, made.values, reasons(made), strict=True):
        taken = next((r.target for r in rules if float(r.low) <= value <= float(r.high)), otherwise)
        if math.isnan(value) or taken == "error":
            unlisted += not math.isnan(value)
            assert (got, reason) == (-1, Missing.SYSTEM)
        elif isinstance(taken, Missing):
            assert (got, reason) == (-1, taken)
        else:
            assert (got, reason) == ({"yes": 1, "no": 0}[taken], Missing.KNOWN)
    assert sum(p.where.cases or 0 for p in problems) == unlisted


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [("10..94", 10, 94), ("-9..-1", -9, -1), ("LO..0", -math.inf, 0), ("1.5 .. HI", 1.5, math.inf), (7, 7, 7)],
)
def test_ranges_as_written(written: str | int, low: float, high: float) -> None:
    assert code_range(written) == (low, high)


def known(kind: Kind, values: list[float], why: list[Missing]) -> Column:
    return Column(kind, np.array(values), np.array([int(r) for r in why], dtype=np.int8))


def test_first_nonmissing_takes_the_first_value_and_else_the_first_reason_that_explains() -> None:
    a = known(Kind.NUMBER, [1, NAN, NAN, NAN], [Missing.KNOWN, Missing.DK, Missing.SYSTEM, Missing.SYSTEM])
    b = known(Kind.NUMBER, [2, 3, NAN, NAN], [Missing.KNOWN, Missing.KNOWN, Missing.REFUSED, Missing.SYSTEM])
    made = first_known([a, b])
    np.testing.assert_array_equal(made.values, [1, 3, NAN, NAN])
    assert reasons(made) == [Missing.KNOWN, Missing.KNOWN, Missing.REFUSED, Missing.SYSTEM]


def test_a_month_of_parts_is_missing_where_either_is_and_says_the_years_reason_first() -> None:
    year = known(Kind.NUMBER, [2024, NAN, 2024, NAN], [Missing.KNOWN, Missing.DK, Missing.KNOWN, Missing.REFUSED])
    month = known(Kind.NUMBER, [3, 3, NAN, NAN], [Missing.KNOWN, Missing.KNOWN, Missing.DK, Missing.SYSTEM])
    made = join_parts(year, month)
    assert made.values[0] == 2024 * 12 + 2
    assert np.isnan(made.values[1:]).all()
    assert reasons(made) == [Missing.KNOWN, Missing.DK, Missing.DK, Missing.REFUSED]


DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@settings(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 86_399))
def test_dates_of_all_formats_are_days_and_months_of_the_calendar(day: date, second: int) -> None:
    moment = datetime(day.year, day.month, day.day) + timedelta(seconds=second)
    spss = (moment - datetime(1582, 10, 14)).total_seconds()
    stata = (day - date(1960, 1, 1)).days
    clock = (moment - datetime(1960, 1, 1)).total_seconds() * 1000
    wanted = (day - date(1970, 1, 1)).days
    for stored, display in ((spss, "DATETIME20"), (spss, "EDATE10"), (stata, "%td"), (stata, "%d"), (clock, "%tc")):
        raw = column([stored], ColumnInfo("V", format=display))
        made, problems = recode(raw, concept(Kind.DATE), binding(otherwise="keep"), "f")
        assert problems == ()
        assert made.values.tolist() == [wanted], display
        months, _ = recode(raw, concept(Kind.YEAR_MONTH), binding(otherwise="keep"), "f")
        assert months.values.tolist() == [day.year * 12 + day.month - 1], display
    tm = column([(day.year - 1960) * 12 + day.month - 1], ColumnInfo("V", format="%tm"))
    months, _ = recode(tm, concept(Kind.YEAR_MONTH), binding(otherwise="keep"), "f")
    assert months.values.tolist() == [day.year * 12 + day.month - 1]
    cmc = column([(day.year - 1900) * 12 + day.month], ColumnInfo("V", format="F8.0"))
    months, _ = recode(cmc, concept(Kind.YEAR_MONTH), replace(binding(otherwise="keep"), format="cmc"), "f")
    assert months.values.tolist() == [day.year * 12 + day.month - 1]


@pytest.mark.parametrize("kind", [Kind.DATE, Kind.YEAR_MONTH])
def test_numbers_without_a_date_format_are_no_dates(kind: Kind) -> None:
    made, (problem,) = recode(column([20_240_229], ColumnInfo("V", format="F8.0")), concept(kind), binding(), "f")
    assert problem.code == "derive.wrong-type"
    assert not made.known.any()
    assert "20240229" not in str(problem)
