"""Works an expression out on plain values, such as the figures of one published cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from surveyproc.expressions.check import check
from surveyproc.expressions.evaluate import DataScope, LevelData, run
from surveyproc.expressions.scope import Scope, VariableType
from surveyproc.expressions.tree import Expression
from surveyproc.expressions.vector import constant, to_column
from surveyproc.problems import SurveyprocError
from surveyproc.values import Column, Kind

_LEVEL = "value"


Scalar: TypeAlias = float | str | bool | None


def evaluate_scalar(expression: Expression, values: Mapping[str, Scalar]) -> Scalar:
    """An expression's value for one set of values; None and NaN are missing, and so is the result None.

    The same code as `evaluate`, on columns of one row; for many cells give `evaluate` whole columns instead.
    Raises SurveyprocError where the expression does not fit the values.
    """
    known = {name: value for name, value in values.items() if not _is_missing(value)}
    columns = {name: to_column(constant(value), 1) for name, value in known.items() if value is not None}
    types = {name: VariableType(columns[name].kind if name in columns else None) for name in values}
    scope = Scope({_LEVEL: types})
    _, problems = check(expression, scope, level=_LEVEL)
    if problems:
        raise SurveyprocError(problems)
    return _plain(run(expression, DataScope({_LEVEL: LevelData(1, columns)}), scope, level=_LEVEL))


def _is_missing(value: Scalar) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _plain(column: Column) -> Scalar:
    if not np.all(column.known):
        return None
    value = column.values[0]
    if column.kind is Kind.BOOLEAN:
        return bool(value)
    return str(value) if column.kind is Kind.TEXT else float(value)
