"""Months and years between dates, against counting month by month on the calendar."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveyproc.expressions import DataScope, LevelData, Scope, VariableType, check, evaluate, parse
from surveyproc.problems import Place
from surveyproc.values import Kind, Missing
from tests.expressions.worlds import column, plain

EPOCH = date(1970, 1, 1)
dates = st.dates(date(1890, 1, 1), date(2080, 12, 31))


def days(day):
    return float((day - EPOCH).days)


def months(day):
    return float(day.year * 12 + day.month - 1)


def worked(text, **columns):
    rows = len(next(iter(columns.values())).values)
    return plain(evaluate(parse(text, Place()), DataScope({"person": LevelData(rows, columns)}), level="person"))


def counted(start, end):
    """Whole months by walking: the month is whole when the day of the month is reached again or passed."""
    if end < start:
        return -counted(end, start)
    whole = 0
    year, month = start.year, start.month
    while True:
        month += 1
        if month == 13:
            year, month = year + 1, 1
        if (year, month, start.day) > (end.year, end.month, end.day):
            return whole
        whole += 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(dates, st.integers(-1500, 1500)), min_size=1, max_size=5))
def test_between_dates(pairs):
    pairs = [(start, start + timedelta(days=gap)) for start, gap in pairs]
    a = column(Kind.DATE, [days(start) for start, _ in pairs])
    b = column(Kind.DATE, [days(end) for _, end in pairs])
    got = worked("months_between(a, b)", a=a, b=b)
    assert got == [counted(start, end) for start, end in pairs]
    assert worked("-months_between(b, a)", a=a, b=b) == got
    years = [int(abs(n) // 12) * (1 if n >= 0 else -1) for n in got]
    assert worked("years_between(a, b)", a=a, b=b) == years


@settings(max_examples=100, deadline=None)
@given(dates, dates)
def test_a_year_month_ignores_days(start, end):
    apart = (end.year - start.year) * 12 + end.month - start.month
    left = {"ym": column(Kind.YEAR_MONTH, [months(start)]), "d": column(Kind.DATE, [days(start)])}
    right = {"ym": column(Kind.YEAR_MONTH, [months(end)]), "d": column(Kind.DATE, [days(end)])}
    for a, b in (("ym", "ym"), ("ym", "d"), ("d", "ym")):
        assert worked("months_between(a, b)", a=left[a], b=right[b]) == [apart]
    for kind in ("ym", "d"):
        assert worked("year(a) * 100 + month(a)", a=left[kind]) == [start.year * 100 + start.month]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-31", "2024-02-29", 0),
        ("2024-01-31", "2024-03-01", 1),
        ("2024-01-15", "2024-02-14", 0),
        ("2024-01-15", "2024-02-15", 1),
        ("2024-02-15", "2024-01-16", 0),
        ("2024-02-15", "2024-01-15", -1),
        ("2000-02-29", "2018-02-28", 215),
        ("2000-02-29", "2018-03-01", 216),
        ("1969-12-31", "1970-01-31", 1),
    ],
)
def test_known_spans(start, end, expected):
    a, b = (column(Kind.DATE, [days(date.fromisoformat(text))]) for text in (start, end))
    assert worked("months_between(a, b)", a=a, b=b) == [expected]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([1900, 1999, 2000, 2023, 2024, 2100]), st.integers(0, 13), st.integers(0, 32))
@example(1900, 2, 29)
@example(2000, 2, 29)
def test_only_dates_of_the_calendar_are_literals(year, month, day):
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        date.fromisoformat(text)
        exists = True
    except ValueError:
        exists = False
    scope = Scope({"person": {"d": VariableType(Kind.DATE), "ym": VariableType(Kind.YEAR_MONTH)}})
    _, problems = check(parse(f"d > '{text}'", Place()), scope, level="person")
    assert [problem.code for problem in problems] == ([] if exists else ["expression.type"])
    _, problems = check(parse(f"ym > '{text[:7]}'", Place()), scope, level="person")
    assert bool(problems) != (1 <= month <= 12)


def test_missing_dates_keep_their_reason():
    a = column(Kind.DATE, [Missing.DK, 0.0, Missing.DK])
    b = column(Kind.YEAR_MONTH, [0.0, Missing.REFUSED, Missing.REFUSED])
    assert worked("months_between(a, b)", a=a, b=b) == [Missing.DK, Missing.REFUSED, Missing.DK]
    assert worked("year(b)", b=b) == [0.0, Missing.REFUSED, Missing.REFUSED]


@settings(max_examples=100, deadline=None)
@given(st.lists(dates, min_size=1, max_size=4), dates)
def test_date_literals(values, border):
    d = column(Kind.DATE, [days(day) for day in values])
    ym = column(Kind.YEAR_MONTH, [months(day) for day in values])
    assert worked(f"d >= '{border.isoformat()}'", d=d) == [day >= border for day in values]
    first = f"{border.year:04}-{border.month:02}"
    assert worked(f"'{first}' > ym", ym=ym) == [(day.year, day.month) < (border.year, border.month) for day in values]
    assert worked(f"ym in ['{first}']", ym=ym) == [months(day) == months(border) for day in values]
    assert np.array_equal(worked(f"d if d == '{border.isoformat()}' else '1999-12-31'", d=d),
                          [days(day if day == border else date(1999, 12, 31)) for day in values])  # fmt: skip
