"""What a scalar written without quotes means: YAML 1.2 core schema, with ambiguous numbers refused."""

from __future__ import annotations

import re
from enum import Enum

Scalar = None | bool | int | float | str

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})

# 64 bits: the widest whole number that the data files and the tables hold; longer ones are identifiers, thus text.
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_MOST_DIGITS = 100


class Unclear(Enum):
    """Why a number without quotes is not taken."""

    LEADING_ZERO = "leading-zero"
    TOO_LARGE = "too-large"


def plain_scalar(text: str) -> Scalar | Unclear:
    """The value of a scalar that stands without quotes, or why it is refused.

    YAML 1.2.2, section 10.3.2 (core schema): `NO`, `yes`, `off`, `12:30`, `1_000`, dates stay text. Numbers such as
    `010` lose a zero that matters in codes of regions, and numbers beyond 64 bits lose digits: both are refused.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "-+.0123456789":
        return text
    return _number(text)


def _number(text: str) -> Scalar | Unclear:
    if _INFINITY.fullmatch(text):
        return float("-inf") if text[0] == "-" else float("inf")
    if text in _NAN:
        return float("nan")
    for pattern, base in ((_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            return _whole(text[2:], base)
    if not _FLOAT.fullmatch(text):
        return text
    if _LEADING_ZERO.match(text):
        return Unclear.LEADING_ZERO
    if _INT.fullmatch(text):
        return _whole(text, 10)
    value = float(text)
    return Unclear.TOO_LARGE if value in (float("inf"), float("-inf")) else value


def _whole(digits: str, base: int) -> int | Unclear:
    if len(digits) > _MOST_DIGITS:  # converting long digit strings takes more than linear time
        return Unclear.TOO_LARGE
    value = int(digits, base)
    return value if _INT_MIN <= value <= _INT_MAX else Unclear.TOO_LARGE
