"""Derived variables on columns: expressions, cases, bands, with guards and records that have no children."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveyproc.config.spec import DerivedVariable
from surveyproc.derive.recode import codes_of, new_values
from surveyproc.expressions import DataScope, evaluate, record_counts
from surveyproc.problems import Problem, counted
from surveyproc.values import Column, Kind, Missing


def compute(variable: DerivedVariable, data: DataScope) -> tuple[Column, tuple[Problem, ...]]:
    """A derived variable for each record of its level; problems name values that nothing takes."""
    problems: tuple[Problem, ...] = ()
    if variable.cases:
        column = _cases(variable, data)
    elif variable.bands:
        column, problems = _bands(variable, data)
    else:
        assert variable.expr is not None
        column, problems = _typed(evaluate(variable.expr, data, level=variable.level), variable)
    if variable.when_no_records is not None and variable.child_level is not None:
        column = _without_records(column, variable, data)
    if variable.guard is not None:
        column = _guarded(column, variable, data)
    return column, problems


def _typed(column: Column, variable: DerivedVariable) -> tuple[Column, tuple[Problem, ...]]:
    kind = variable.kind
    if column.kind is kind and kind is not Kind.CATEGORICAL:
        return replace(column, categories=codes_of(variable)), ()
    values = new_values(kind, len(column.values))
    if kind is not Kind.CATEGORICAL:  # a bare `missing`, of any kind
        return Column(
            kind, values, np.where(column.known, Missing.SYSTEM, column.reason).astype(np.int8), variable.categories
        ), ()
    index = {c.name: i for i, c in enumerate(variable.categories)}
    names = [c.name for c in column.categories] if column.kind is Kind.CATEGORICAL else []
    reason = column.reason.copy()
    unknown: dict[str, int] = {}
    for value in np.unique(column.values[column.known]):
        name = names[int(value)] if names else str(value)
        rows = column.known & (column.values == value)
        if name in index:
            values[rows] = index[name]
        else:
            unknown[name] = int(rows.sum())
            reason[rows] = int(Missing.SYSTEM)
    if not unknown:
        return Column(kind, values, reason, codes_of(variable)), ()
    problem = Problem(
        "derive.unmapped-code",
        replace(variable.place, level=variable.level, variable=variable.name, cases=sum(unknown.values())),
        f"{variable.name} takes values that are not among its labels",
        got=", ".join(f"{name} ({counted(count, 'case')})" for name, count in unknown.items()),
        expected=", ".join(index),
    )
    return Column(kind, values, reason, codes_of(variable)), (problem,)


def _cases(variable: DerivedVariable, data: DataScope) -> Column:
    rows = data.levels[variable.level].rows
    values = new_values(variable.kind, rows)
    reason = np.full(rows, int(Missing.SYSTEM), dtype=np.int8)
    index = {c.name: i for i, c in enumerate(variable.categories)}
    undecided = np.ones(rows, dtype=bool)
    for when, then in variable.cases:
        column = evaluate(when, data, level=variable.level)
        unknown = undecided & ~column.known
        reason[unknown] = column.reason[unknown]  # an earlier branch might hold: the result cannot be known
        holds = undecided & column.known & (column.values == 1)
        if then != "missing":
            values[holds] = index[then]
            reason[holds] = int(Missing.KNOWN)
        undecided &= column.known & (column.values == 0)
    if variable.otherwise not in (None, "missing"):
        values[undecided] = index[str(variable.otherwise)]
        reason[undecided] = int(Missing.KNOWN)
    return Column(variable.kind, values, reason, codes_of(variable))


def _bands(variable: DerivedVariable, data: DataScope) -> tuple[Column, tuple[Problem, ...]]:
    assert variable.of is not None
    source = evaluate(variable.of, data, level=variable.level)
    values = new_values(variable.kind, len(source.values))
    reason = source.reason.copy()
    index = {c.name: i for i, c in enumerate(variable.categories)}
    open_rows = source.known.copy()
    for low, high, name in variable.bands:
        rows = open_rows & (source.values >= low) & (source.values <= high)
        values[rows] = index[name]
        open_rows &= ~rows
    outside = int(open_rows.sum())
    if not outside:
        return Column(variable.kind, values, reason, codes_of(variable)), ()
    if variable.otherwise not in (None, "missing"):
        values[open_rows] = index[str(variable.otherwise)]
        return Column(variable.kind, values, reason, codes_of(variable)), ()
    reason[open_rows] = int(Missing.SYSTEM)
    if variable.otherwise == "missing":
        return Column(variable.kind, values, reason, codes_of(variable)), ()
    problem = Problem(
        "derive.out-of-range",
        replace(variable.place, level=variable.level, variable=variable.name, cases=outside),
        f"{variable.of.text} has values in no band of {variable.name}",
        expected="bands that take every value, or otherwise: missing",
    )
    return Column(variable.kind, values, reason, codes_of(variable)), (problem,)


def _without_records(column: Column, variable: DerivedVariable, data: DataScope) -> Column:
    assert variable.child_level is not None
    assert variable.when_no_records is not None
    none = record_counts(data, level=variable.level, child=variable.child_level) == 0
    other, _ = _typed(evaluate(variable.when_no_records, data, level=variable.level), variable)
    values = np.where(none, other.values, column.values).astype(column.values.dtype)
    reason = np.where(none, other.reason, column.reason).astype(np.int8)
    return replace(column, values=values, reason=reason)


def _guarded(column: Column, variable: DerivedVariable, data: DataScope) -> Column:
    assert variable.guard is not None
    guard = evaluate(variable.guard, data, level=variable.level)
    closed = ~(guard.known & (guard.values == 1))
    reason = np.where(guard.known, int(Missing.NOT_APPLICABLE), guard.reason)
    values = column.values.copy()
    values[closed] = new_values(variable.kind, 1)[0]
    return replace(column, values=values, reason=np.where(closed, reason, column.reason).astype(np.int8))
