"""Kleene's three-valued logic and comparisons on vectors; unknown carries the reason why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from surveyproc.expressions.vector import Vector, first_reason, make, unify
from surveyproc.values import Kind, Missing


def junction(operands: list[Vector], *, decisive: int) -> Vector:
    """`and` (decisive 0) or `or` (decisive 1): one decisive operand decides, else any unknown makes it unknown."""
    operands = [_boolean(operand) for operand in operands]
    decided = np.logical_or.reduce(np.broadcast_arrays(*(operand.values == decisive for operand in operands)))
    reason = np.where(decided, np.int8(Missing.KNOWN), first_reason(*(operand.reason for operand in operands)))
    return make(Kind.BOOLEAN, np.where(decided, decisive, 1 - decisive), reason)


def negation(operand: Vector) -> Vector:
    """`not`: true and false change places, unknown stays."""
    operand = _boolean(operand)
    return make(Kind.BOOLEAN, 1 - operand.values, operand.reason)


def compare(operator: Callable[[Any, Any], Any], left: Vector, right: Vector) -> Vector:
    """A comparison, unknown where a side is missing (the left side's reason first)."""
    left, right = unify([left, right])
    return make(Kind.BOOLEAN, operator(left.values, right.values), first_reason(left.reason, right.reason))


def choose(condition: Vector, then: Vector, otherwise: Vector) -> Vector:
    """`then if condition else otherwise`, unknown where the condition is, even when both sides agree."""
    condition = _boolean(condition)
    then, otherwise = unify([then, otherwise])
    true = condition.values == 1
    chosen = np.where(true, then.reason, otherwise.reason)
    reason = np.where(condition.reason == Missing.KNOWN, chosen, condition.reason)
    if then.kind is None:
        return Vector(None, np.full(reason.shape, np.nan), reason)
    values = np.where(true, then.values, otherwise.values)
    return make(then.kind, values, reason, categories=then.categories)


def coalesce(operands: list[Vector]) -> Vector:
    """The first known operand; where none is known, the first operand's reason."""
    operands = unify(operands)
    kind = operands[0].kind
    values, reason = operands[0].values, operands[0].reason
    for operand in operands[1:]:
        fill = (reason != Missing.KNOWN) & (operand.reason == Missing.KNOWN)
        values = np.where(fill, operand.values, values)
        reason = np.where(fill, operand.reason, reason)
    if kind is None:
        return Vector(None, np.broadcast_to(values, reason.shape), reason)
    return make(kind, values, reason, categories=operands[0].categories)


def _boolean(vector: Vector) -> Vector:
    """The literal `missing` as a truth value that is unknown."""
    return vector if vector.kind is not None else make(Kind.BOOLEAN, np.full(1, -1), vector.reason)
