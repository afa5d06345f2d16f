"""Kinds of values in words, and which kinds go together."""

from __future__ import annotations

import re

from surveyproc.values import Kind

WORDS = {
    Kind.CATEGORICAL: "a categorical variable",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.TEXT: "a text",
    Kind.YEAR_MONTH: "a year and month",
    Kind.DATE: "a date",
}
TIMES = (Kind.YEAR_MONTH, Kind.DATE)
ORDERED = (Kind.NUMBER, *TIMES)

_YEAR_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_time(text: str, kind: Kind | None) -> bool:
    """Whether a text is an ISO date ('2024-08-31') or an ISO year and month ('2024-08') that exists."""
    if kind is Kind.YEAR_MONTH:
        return _YEAR_MONTH.fullmatch(text) is not None
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _DAYS[month - 1] + leap
