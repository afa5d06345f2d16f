"""How a cell reads: rounding, separators of the language, and the marks around the number."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from surveyproc.publish.text import after_number, one_line
from surveyproc.values import CellStyle, TableCell

_NO_BREAK_SPACE = "\u00a0"
_MINUS = "\u2212"
_SEPARATORS = {"ru": (",", _NO_BREAK_SPACE), "kk": (",", _NO_BREAK_SPACE)}
_ENGLISH = (".", ",")
_DIGITS = Context(prec=400)
_REMEMBERED = 2**16  # a cell is rounded for its width, its format and its page, in each language


class Shown(NamedTuple):
    """A cell's text in three parts, so that digits can be lined up; `number` alone for a text cell."""

    before: str
    number: str
    after: str

    @property
    def text(self) -> str:
        """All three as read."""
        return self.before + self.number + self.after


def rounded(value: float, decimals: int) -> Decimal:
    """The value to so many decimals, halves away from zero on its first 15 digits, as a spreadsheet shows it.

    value: finite. A workbook shows its numbers by format, so every other output has to round the same way.
    """
    return _rounded(f"{value:.15g}", max(decimals, 0))


@lru_cache(maxsize=_REMEMBERED)
def _rounded(digits: str, decimals: int) -> Decimal:
    return Decimal(digits).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_DIGITS)


@lru_cache(maxsize=_REMEMBERED)
def number_text(value: float, decimals: int, *, language: str) -> str:
    """A finite number with the decimal and thousands separators of a language and a true minus sign."""
    point, group = _SEPARATORS.get(language, _ENGLISH)
    number = rounded(value, decimals)
    text = f"{abs(number):,f}".replace(",", "\0").replace(".", point).replace("\0", group)
    return (_MINUS if number < 0 else "") + text


def shown(cell: TableCell, *, language: str) -> Shown:
    """What a reader sees in a cell. A TEXT cell never shows its value, even if it has one."""
    if cell.style is CellStyle.TEXT or cell.value is None:
        return Shown("", one_line(cell.text), "")
    number = number_text(cell.value, cell.decimals, language=language)
    if cell.style is CellStyle.PARENTHESES:
        return Shown("(", number, ")")
    return Shown("", number, after_number(cell.text) if cell.style is CellStyle.STARRED else "")
