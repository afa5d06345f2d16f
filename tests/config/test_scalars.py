"""Scalars without quotes: YAML 1.2 core schema, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.config.scalars import Unclear, plain_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("off", "off"),
        ("n", "n"),
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        ("-12", -12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("0o8", "0o8"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1.10", 1.1),
        ("1.2.3", "1.2.3"),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ("1e", "1e"),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        ("...", "..."),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("010-020", "010-020"),
        ("007a", "007a"),
        ("08:30", "08:30"),
        ("10..94", "10..94"),
        ("٣", "٣"),
        ("1٣", "1٣"),
    ],
)
def test_core_schema(text, value):
    result = plain_scalar(text)
    assert result == value
    assert type(result) is type(value)


def test_not_a_number():
    assert math.isnan(plain_scalar(".nan"))


@pytest.mark.parametrize("text", ["010", "08", "09", "00", "-01", "+07", "010.5", "01e3"])
def test_leading_zero(text):
    assert plain_scalar(text) is Unclear.LEADING_ZERO


@pytest.mark.parametrize("text", ["9223372036854775808", "0x8000000000000000", "1e999", "-1e999", "9" * 100_000])
def test_too_large(text):
    assert plain_scalar(text) is Unclear.TOO_LARGE


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_come_back(number):
    assert plain_scalar(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(number):
    assert plain_scalar(repr(number)) == number


@given(st.text())
def test_anything_has_a_meaning(text):
    result = plain_scalar(text)
    assert result is None or isinstance(result, bool | int | float | Unclear) or result == text
