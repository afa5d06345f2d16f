"""Months, years and differences of year-months and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions.vector import Vector, first_reason, make
from surveyproc.values import Kind, Missing


def months_between(start: Vector, end: Vector) -> Vector:
    """Whole months from start to end, negative when end is earlier.

    Two dates: a month is whole when the day of the month is reached again (31 January to 28 February is 0), and the
    difference turned round is the same number negative. With a year-month on either side days do not count.
    """
    reason = first_reason(start.reason, end.reason)
    months = _months(end) - _months(start)
    if start.kind is Kind.DATE and end.kind is Kind.DATE:
        later = _days(end) - _days(start)
        months = months - ((months > 0) & (later < 0)) + ((months < 0) & (later > 0))
    return make(Kind.NUMBER, months, reason)


def years_between(start: Vector, end: Vector) -> Vector:
    """Whole years from start to end: whole months by twelve, cut towards zero."""
    months = months_between(start, end)
    return make(Kind.NUMBER, np.trunc(months.values / 12) + 0.0, months.reason)


def year_of(vector: Vector) -> Vector:
    """The calendar year."""
    return make(Kind.NUMBER, _months(vector) // 12, vector.reason)


def month_of(vector: Vector) -> Vector:
    """The calendar month, 1 to 12."""
    return make(Kind.NUMBER, _months(vector) % 12 + 1, vector.reason)


def _months(vector: Vector) -> NDArray[np.float64]:
    """Months since 0000-01, 0 where missing."""
    if vector.kind is Kind.DATE:
        return _days_since_1970(vector).astype("datetime64[M]").astype(np.float64) + 1970 * 12
    known: NDArray[np.float64] = np.where(vector.reason == Missing.KNOWN, vector.values, 0.0)
    return known


def _days(vector: Vector) -> NDArray[np.float64]:
    """Day of the month, from 0."""
    days = _days_since_1970(vector)
    into_month: NDArray[np.float64] = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.float64)
    return into_month


def _days_since_1970(vector: Vector) -> NDArray[Any]:
    known = np.where(vector.reason == Missing.KNOWN, vector.values, 0.0)
    days: NDArray[Any] = np.floor(known).astype(np.int64).astype("datetime64[D]")
    return days
