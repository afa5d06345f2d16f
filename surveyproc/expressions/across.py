"""Folds the records of a level below into one value a record above, in three-valued logic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions import groups as fold
from surveyproc.expressions.logic import junction, negation
from surveyproc.expressions.vector import Reasons, Vector, make
from surveyproc.values import Kind, Missing

KNOWN = Missing.KNOWN


def across(function: str, group: NDArray[np.int64], groups: int, *, value: Vector, where: Vector) -> Vector:
    """One value a group. value, where: full-length vectors of the n records; group: int64 (n), 0..groups-1.

    any and all are Kleene's or and and over the records (`where and value`, `where implies value`). The others are
    unknown as soon as `where` is unknown for a record, or the value of a record that `where` keeps is; `first` asks
    only for the value of the record it finds. The reason is that of the first such record in row order, of `where`
    before the value. Without records kept: any false, all true, count and sum 0, the others NOT_APPLICABLE.
    """
    if function in ("any", "all"):
        return _decide(function, group, groups, value=value, where=where)
    kept = where.values == 1
    inner = np.zeros_like(value.reason) if function == "first" else value.reason
    reason = np.where(kept, inner, where.reason)
    unknown = _first_reason(group, reason, groups)
    if function == "first":
        return _first(group, groups, value, kept=kept, unknown=unknown)
    known = kept & (value.reason == KNOWN)
    if function == "count":
        return make(Kind.NUMBER, fold.count(group, known & (value.values == 1), groups), unknown)
    if function == "sum":
        return make(Kind.NUMBER, *_finite(fold.total(group, value.values, known, groups), unknown))
    empty = fold.count(group, kept, groups) == 0
    unknown = np.where((unknown == KNOWN) & empty, np.int8(Missing.NOT_APPLICABLE), unknown)
    if function in ("min", "max"):
        ufunc = np.minimum if function == "min" else np.maximum
        return make(value.kind or Kind.NUMBER, fold.extreme(ufunc, group, value.values, known, groups), unknown)
    totals = fold.total(group, value.values.astype(np.float64), known, groups)
    with np.errstate(invalid="ignore"):
        mean = totals / fold.count(group, known, groups)
    return make(Kind.NUMBER, *_finite(mean, unknown))


def _decide(function: str, group: NDArray[np.int64], groups: int, *, value: Vector, where: Vector) -> Vector:
    decisive = int(function == "any")
    filtered = where if function == "any" else negation(where)
    record = junction([filtered, value], decisive=1 - decisive if function == "any" else 1)
    decided = fold.first(group, record.values == decisive, groups) >= 0
    reason = np.where(decided, np.int8(KNOWN), _first_reason(group, record.reason, groups))
    return make(Kind.BOOLEAN, np.where(decided, decisive, 1 - decisive), reason)


def _first(
    group: NDArray[np.int64], groups: int, value: Vector, *, kept: NDArray[np.bool_], unknown: Reasons
) -> Vector:
    found = fold.first(group, kept, groups)
    none = found < 0
    chosen = np.full(groups, np.int8(Missing.NOT_APPLICABLE))
    chosen[~none] = value.reason[found[~none]]
    reason = np.where(unknown == KNOWN, chosen, unknown)
    kind = value.kind or Kind.NUMBER
    picked = np.zeros(groups, dtype=value.values.dtype)
    picked[~none] = value.values[found[~none]]
    return make(kind, picked, reason, categories=value.categories)


def _first_reason(group: NDArray[np.int64], reason: Reasons, groups: int) -> Reasons:
    found = fold.first(group, reason != KNOWN, groups)
    result = np.zeros(groups, dtype=np.int8)
    result[found >= 0] = reason[found[found >= 0]]
    return result


def _finite(values: NDArray[np.float64], reason: Reasons) -> tuple[NDArray[np.float64], Reasons]:
    return values, np.where((reason == KNOWN) & ~np.isfinite(values), np.int8(Missing.SYSTEM), reason)
