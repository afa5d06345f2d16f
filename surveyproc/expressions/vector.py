"""Values of one kind while an expression is worked out: a column's arrays, or one value for all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions.kinds import TIMES
from surveyproc.values import Category, Column, Kind, Missing

Reasons = NDArray[np.int8]
FILLERS: dict[Kind, Any] = {Kind.CATEGORICAL: -1, Kind.BOOLEAN: -1, Kind.TEXT: ""}
_DTYPES: dict[Kind, Any] = {Kind.CATEGORICAL: np.int16, Kind.BOOLEAN: np.int8, Kind.TEXT: object}


@dataclass(frozen=True, slots=True)
class Vector:
    """As values.Column, but of length 1 for a constant, and of kind None for the literal `missing` (values unused)."""

    kind: Kind | None
    values: NDArray[Any]
    reason: Reasons
    categories: tuple[Category, ...] = ()


def make(kind: Kind, values: NDArray[Any], reason: Reasons, *, categories: tuple[Category, ...] = ()) -> Vector:
    """A vector with the kind's type of array and its filler wherever a reason is given."""
    dtype = _DTYPES.get(kind, np.float64)
    filled = np.where(reason == Missing.KNOWN.value, values, FILLERS.get(kind, np.nan)).astype(dtype, copy=False)
    return Vector(kind, filled, np.broadcast_to(reason, filled.shape), categories)


def constant(value: float | str | bool) -> Vector:
    """One value for all rows."""
    known = np.zeros(1, dtype=np.int8)
    if isinstance(value, bool):
        return Vector(Kind.BOOLEAN, np.array([value], dtype=np.int8), known)
    if isinstance(value, str):
        return Vector(Kind.TEXT, np.array([value], dtype=object), known)
    return Vector(Kind.NUMBER, np.array([value], dtype=np.float64), known)


def absent(kind: Kind | None, reason: Missing, *, categories: tuple[Category, ...] = ()) -> Vector:
    """Missing for all rows."""
    dtype = np.float64 if kind is None else _DTYPES.get(kind, np.float64)
    values = np.full(1, np.nan if kind is None else FILLERS.get(kind, np.nan), dtype=dtype)
    return Vector(kind, values, np.full(1, reason, dtype=np.int8), categories)


def from_column(column: Column) -> Vector:
    """A column as it is, not copied."""
    return Vector(column.kind, column.values, column.reason, column.categories)


def spread(vector: Vector, rows: int) -> Vector:
    """The vector at full length (views, not copies)."""
    values, reason = np.broadcast_to(vector.values, (rows,)), np.broadcast_to(vector.reason, (rows,))
    return Vector(vector.kind, values, reason, vector.categories)


def to_column(vector: Vector, rows: int) -> Column:
    """A column of its own arrays; the bare literal `missing` becomes a NUMBER column wholly missing."""
    full = spread(vector, rows)
    kind = full.kind or Kind.NUMBER
    values = np.ascontiguousarray(full.values, dtype=_DTYPES.get(kind, np.float64))
    return Column(kind, values, np.ascontiguousarray(full.reason, dtype=np.int8), full.categories)


def take(vector: Vector, rows: NDArray[np.int64]) -> Vector:
    """The values at some rows; a row of -1 (no parent record) is missing, SYSTEM."""
    if len(vector.values) == 0:
        return spread(absent(vector.kind, Missing.SYSTEM, categories=vector.categories), len(rows))
    reason = vector.reason[rows]
    if rows.size and rows.min() < 0:
        orphan = np.where(rows < 0, np.int8(Missing.SYSTEM), reason)
        if vector.kind is None:
            return Vector(None, vector.values[rows], orphan)
        return make(vector.kind, vector.values[rows], orphan, categories=vector.categories)
    return Vector(vector.kind, vector.values[rows], reason, vector.categories)


def first_reason(*reasons: Reasons) -> Reasons:
    """Row by row the first reason that is not KNOWN."""
    found = reasons[0]
    for reason in reasons[1:]:
        found = np.where(found == Missing.KNOWN.value, reason, found)
    return found


def unify(vectors: Sequence[Vector]) -> list[Vector]:
    """All vectors as one kind: that of the first that is neither a text nor the literal `missing`, else text."""
    leads = [v for v in vectors if v.kind not in (None, Kind.TEXT)] or [v for v in vectors if v.kind is Kind.TEXT]
    return [_as(vector, leads[0]) for vector in vectors] if leads else list(vectors)


def _as(vector: Vector, target: Vector) -> Vector:
    if target.kind is None or (vector.kind is target.kind and vector.categories == target.categories):
        return vector
    if vector.kind is None:
        one = absent(target.kind, Missing.SYSTEM, categories=target.categories)
        return make(target.kind, one.values, vector.reason, categories=target.categories)
    if target.kind is Kind.CATEGORICAL:
        names = {category.name: code for code, category in enumerate(target.categories)}
        if vector.kind is Kind.TEXT:
            codes = np.array([names.get(text, -1) for text in vector.values], dtype=np.int16)
        else:
            table = np.array([names[category.name] for category in vector.categories] + [-1], dtype=np.int16)
            codes = table[vector.values]
        return make(Kind.CATEGORICAL, codes, vector.reason, categories=target.categories)
    if vector.kind is Kind.TEXT and target.kind in TIMES:
        return make(target.kind, _times(vector, target.kind), vector.reason)
    return vector


def _times(vector: Vector, kind: Kind) -> NDArray[np.float64]:
    unit = "D" if kind is Kind.DATE else "M"
    texts = [text or "1970-01" for text in vector.values]
    counted = np.array(texts, dtype=f"datetime64[{unit}]").astype(np.float64)
    return counted if kind is Kind.DATE else counted + 1970 * 12
