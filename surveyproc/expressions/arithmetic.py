"""Arithmetic on vectors; a result that is not a finite number is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions.vector import Reasons, Vector, first_reason, make, unify
from surveyproc.values import Kind, Missing

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def chain(operators: tuple[str, ...], operands: list[Vector]) -> Vector:
    """Operations from left to right; a division by zero or an overflow is missing, SYSTEM, and stays so."""
    values, reason = _numbers(operands[0])
    for word, operand in zip(operators, operands[1:], strict=True):
        others, other_reason = _numbers(operand)
        reason = first_reason(reason, other_reason)
        with np.errstate(all="ignore"):
            values = _OPERATIONS[word](values, others)
        reason = np.where((reason == Missing.KNOWN) & ~np.isfinite(values), np.int8(Missing.SYSTEM), reason)
    return make(Kind.NUMBER, values, reason)


def single(function: str, operand: Vector) -> Vector:
    """negate, abs, floor, round (halves away from zero) or zero_if_missing of numbers."""
    values, reason = _numbers(operand)
    if function == "zero_if_missing":
        return make(Kind.NUMBER, np.where(reason == Missing.KNOWN, values, 0.0), np.zeros_like(reason))
    return make(Kind.NUMBER, _SINGLE[function](values) + 0.0, reason)


def extreme(function: str, operands: list[Vector]) -> Vector:
    """The least or the greatest of the values of one row, missing where any is."""
    operands = unify(operands)
    reason = first_reason(*(operand.reason for operand in operands))
    values = reduce(np.minimum if function == "min" else np.maximum, (operand.values for operand in operands))
    return make(operands[0].kind or Kind.NUMBER, values, reason)


def _round(values: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(values)
    whole = np.floor(size)
    rounded: NDArray[np.float64] = np.copysign(whole + (size - whole >= 0.5), values)
    return rounded


_SINGLE: dict[str, Callable[[Any], Any]] = {
    "negate": np.negative,
    "abs": np.abs,
    "floor": np.floor,
    "round": _round,
}


def _numbers(vector: Vector) -> tuple[NDArray[np.float64], Reasons]:
    """Values and reasons; the literal `missing` has NaN for values already."""
    return vector.values, vector.reason
