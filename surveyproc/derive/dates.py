"""Dates of survey files as days since 1970-01-01 and months since 0000-01, by the column's display format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

SECONDS_A_DAY = 86_400.0
SPSS_ORIGIN = -141_428.0  # 1582-10-14 in days since 1970-01-01
STATA_ORIGIN = -3_653.0  # 1960-01-01
SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "MOYR", "QYR", "WKYR")
STATA_MONTHS_ORIGIN = 1960 * 12
CENTURY_MONTHS_ORIGIN = 1900 * 12 - 1  # month 1 is January 1900

Convert = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def to_days(display: str) -> Convert | str:
    """A function from stored numbers to days since 1970-01-01, or in words what the format is instead."""
    name = display.upper()
    if name.startswith("%TD") or name.startswith("%D"):
        return lambda v: np.asarray(v) + STATA_ORIGIN
    if name.startswith("%TC"):
        return lambda v: np.floor(np.asarray(v) / (SECONDS_A_DAY * 1000)) + STATA_ORIGIN
    if name.rstrip("0123456789.") in SPSS_DATES:
        return lambda v: np.floor(np.asarray(v) / SECONDS_A_DAY) + SPSS_ORIGIN
    return "numbers without a date format"


def to_months(display: str) -> Convert | str:
    """A function from stored numbers to months since 0000-01, or in words what the format is instead."""
    if display == "cmc":
        return lambda v: np.asarray(v) + CENTURY_MONTHS_ORIGIN
    if display.upper().startswith("%TM"):
        return lambda v: np.asarray(v) + STATA_MONTHS_ORIGIN
    days = to_days(display)
    if isinstance(days, str):
        return days
    return lambda v: months_of_days(days(v))


def months_of_days(days: Any) -> NDArray[np.float64]:
    """Months since 0000-01 of days since 1970-01-01, in the proleptic Gregorian calendar, any year."""
    months = np.asarray(days).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months + 1970 * 12, dtype=np.float64)
