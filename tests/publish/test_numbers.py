"""Numbers read the same in every output, in the separators of the language."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.publish.numbers import number_text, rounded, shown
from surveyproc.publish.xlsx import number_format
from surveyproc.values import CellStyle, TableCell

numbers = st.floats(-1e12, 1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.25, 1, "0.3"),  # Python's own rounding gives 0.2
        (2.675, 2, "2.68"),  # the float lies under 2.675, a spreadsheet shows 2.68
        (1.005, 2, "1.01"),
        (-0.25, 1, "−0.3"),
        (-0.04, 1, "0.0"),
        (0.1 + 0.2, 1, "0.3"),
        (999.95, 1, "1,000.0"),
        (1234567.4, 0, "1,234,567"),
        (1e15, 1, "1,000,000,000,000,000.0"),
        (5e-324, 3, "0.000"),
        (1e300, 0, f"{10**300:,}"),
    ],
)
def test_known_numbers(value: float, decimals: int, expected: str) -> None:
    assert number_text(value, decimals, language="en") == expected


@given(numbers, st.integers(0, 6))
def test_rounding_is_to_the_nearest(value: float, decimals: int) -> None:
    result = rounded(value, decimals)
    assert result.as_tuple().exponent == -decimals
    error = abs(Fraction(result) - Fraction(Decimal(f"{value:.15g}")))
    assert error <= Fraction(1, 2 * 10**decimals)


@given(numbers, st.integers(0, 4))
def test_every_language_tells_the_same_number(value: float, decimals: int) -> None:
    english = number_text(value, decimals, language="en")
    for language in ("ru", "kk"):
        other = number_text(value, decimals, language=language)
        assert "." not in other
        assert other.replace("\u00a0", "").replace(",", ".") == english.replace(",", "")


def test_marks_stand_around_the_number() -> None:
    assert shown(TableCell(29.5, 1, CellStyle.PARENTHESES), language="ru").text == "(29,5)"
    assert shown(TableCell(29.5, 1, CellStyle.STARRED, "*"), language="en").text == "29.5*"
    assert shown(TableCell(29.5, 1, CellStyle.TEXT, "(*)"), language="en").text == "(*)"
    assert shown(TableCell(None), language="en").text == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (TableCell(29.5), "0.0"),
        (TableCell(29.5, 3), "0.000"),
        (TableCell(29.5, 0), "#,##0"),
        (TableCell(999.94), "0.0"),
        (TableCell(-999.95), "#,##0.0"),
        (TableCell(29.5, 1, CellStyle.PARENTHESES), '"("0.0")"'),
        (TableCell(-29.5, 1, CellStyle.PARENTHESES), '"("0.0")";"(-"0.0")"'),
        (TableCell(-0.04, 1, CellStyle.PARENTHESES), '"("0.0")";"("0.0")"'),
        (TableCell(-0.04), "0.0;0.0"),
        (TableCell(29.5, 1, CellStyle.STARRED, "*"), '0.0"*"'),
        (TableCell(29.5, 1, CellStyle.STARRED, 'a"b'), '0.0"a”b"'),
        (TableCell(29.5, 1, CellStyle.STARRED, ""), "0.0"),
        (TableCell(29.5, 1, CellStyle.STARRED, ";[Red]@\\0"), '0.0";[Red]@\\0"'),
    ],
)
def test_number_formats(cell: TableCell, expected: str) -> None:
    assert number_format(cell) == expected


def test_a_number_format_is_never_longer_than_excel_takes() -> None:
    cell = TableCell(-0.0000000000000001, 15, CellStyle.STARRED, '"' * 500)
    assert len(number_format(cell)) <= 255
