"""Works an expression out on columns, in three-valued logic with reasons for missing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions import arithmetic, logic
from surveyproc.expressions.across import across
from surveyproc.expressions.check import check
from surveyproc.expressions.scope import Scope, VariableType, as_across, groups_of, members, resolve
from surveyproc.expressions.times import month_of, months_between, year_of, years_between
from surveyproc.expressions.tree import (
    Absent,
    Across,
    Arithmetic,
    Between,
    Call,
    Compare,
    Conditional,
    Expression,
    Implies,
    Junction,
    Membership,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Parameter,
    State,
    Text,
    Truth,
)
from surveyproc.expressions.vector import (
    Vector,
    absent,
    constant,
    from_column,
    make,
    spread,
    take,
    to_column,
    unify,
)
from surveyproc.problems import SurveyprocError
from surveyproc.values import Column, Kind, Missing


@dataclass(frozen=True, slots=True)
class LevelData:
    """The records of a level. parent_row: int64 (rows), row of the parent level, -1 for none; None at a top level."""

    rows: int
    columns: Mapping[str, Column]
    parent: str | None = None
    parent_row: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class DataScope:
    """All levels with their columns, and the values of parameters."""

    levels: Mapping[str, LevelData]
    parameters: Mapping[str, float | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Run:
    """The data and what their names mean."""

    data: DataScope
    scope: Scope


def evaluate(expression: Expression, data: DataScope, *, level: str) -> Column:
    """An expression's value for each record of a level.

    The kind is the checked type's; texts that are only literals stay TEXT, for the caller to make codes of, and a bare
    `missing` is a NUMBER column. A result is missing for the reason of the first operand, in reading order, among those
    that leave it undecided: `and` and `or` are Kleene's, so a decisive operand outweighs a missing one; `between` is an
    `and` of two comparisons; a conditional looks at its condition and then at the branch taken; `coalesce` keeps its
    first operand's reason. `missing`, a division by zero and an overflow are SYSTEM.
    Raises SurveyprocError with the problems of `check` for an expression that does not fit the data.
    """
    scope = scope_of(data)
    _, problems = check(expression, scope, level=level)
    if problems:
        raise SurveyprocError(problems)
    return run(expression, data, scope, level=level)


def scope_of(data: DataScope) -> Scope:
    """The scope that columns themselves declare."""
    levels = {
        name: {
            variable: VariableType(
                column.kind, tuple(category.name for category in column.categories), groups_of(column.categories)
            )
            for variable, column in level.columns.items()
        }
        for name, level in data.levels.items()
    }
    return Scope(levels, {name: level.parent for name, level in data.levels.items()}, data.parameters)


def run(expression: Expression, data: DataScope, scope: Scope, *, level: str) -> Column:
    """As evaluate, for an expression already checked against `scope`."""
    return to_column(_value(expression.root, level, _Run(data, scope)), data.levels[level].rows)


def record_counts(data: DataScope, *, level: str, child: str) -> NDArray[np.int64]:
    """How many records of a level below each record of `level` has; tells where `when_no_records` applies."""
    rows = _rows_above(data, child, level)
    return np.bincount(rows[rows >= 0], minlength=data.levels[level].rows).astype(np.int64)


def _rows_above(data: DataScope, child: str, level: str) -> NDArray[np.int64]:
    """For each record of `child` the row of `level` that it belongs to, -1 for none."""
    rows = np.arange(data.levels[child].rows, dtype=np.int64)
    at = child
    while at != level:
        step = data.levels[at]
        if step.parent is None or step.parent_row is None:
            raise ValueError(f"level {at!r} has no parent rows, so {child!r} does not reach {level!r}")
        if step.parent_row.size:
            rows = np.where(rows < 0, -1, step.parent_row[rows])
        at = step.parent
    return rows


def _value(node: Node, level: str, run: _Run) -> Vector:
    if (crossing := as_across(node, run.scope, level)) is not None:
        return _across(crossing, level, run)
    match node:
        case Number(value) | Truth(value) | Text(value):
            return constant(value)
        case Absent():
            return absent(None, Missing.SYSTEM)
        case Parameter(name):
            return constant(run.data.parameters[name])
        case Name(name):
            return _variable(name, level, run)
        case Negate(operand):
            return arithmetic.single("negate", _value(operand, level, run))
        case Arithmetic(operators, operands):
            return arithmetic.chain(operators, _values(operands, level, run))
        case Conditional(then, condition, otherwise):
            parts = _values((condition, then, otherwise), level, run)
            return logic.choose(parts[0], parts[1], parts[2])
        case Call(function, arguments):
            return _call(function, _values(arguments, level, run))
        case _:
            return _truth(node, level, run)


def _values(nodes: tuple[Node, ...], level: str, run: _Run) -> list[Vector]:
    return [_value(node, level, run) for node in nodes]


def _truth(node: Node, level: str, run: _Run) -> Vector:
    match node:
        case Not(operand):
            return logic.negation(_value(operand, level, run))
        case Junction(word, operands):
            return logic.junction(_values(operands, level, run), decisive=int(word == "or"))
        case Implies(left, right):
            premise = logic.negation(_value(left, level, run))
            return logic.junction([premise, _value(right, level, run)], decisive=1)
        case Compare(word, left, right):
            return logic.compare(_COMPARISONS[word], _value(left, level, run), _value(right, level, run))
        case Membership(word, subject):
            items = members(node, run.scope, level)
            one = _value(subject, level, run)
            found = logic.junction(
                [logic.compare(operator.eq, one, _value(item, level, run)) for item in items], decisive=1
            )
            return found if word == "in" else logic.negation(found)
        case Between(subject, low, high):
            one, least, most = unify(_values((subject, low, high), level, run))
            ends = [logic.compare(operator.ge, one, least), logic.compare(operator.le, one, most)]
            return logic.junction(ends, decisive=0)
        case State(word, subject):
            known = _value(subject, level, run).reason == Missing.KNOWN
            return make(Kind.BOOLEAN, known == (word == "known"), np.zeros(known.shape, dtype=np.int8))
        case _:
            raise TypeError(type(node).__name__)


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _call(function: str, arguments: list[Vector]) -> Vector:
    match function:
        case "coalesce":
            return logic.coalesce(arguments)
        case "min" | "max":
            return arithmetic.extreme(function, arguments)
        case "months_between":
            return months_between(arguments[0], arguments[1])
        case "years_between":
            return years_between(arguments[0], arguments[1])
        case "year":
            return year_of(arguments[0])
        case "month":
            return month_of(arguments[0])
        case _:
            return arithmetic.single(function, arguments[0])


def _variable(name: str, level: str, run: _Run) -> Vector:
    home = resolve(run.scope, level, name)
    if home is None:
        raise KeyError(name)
    if run.scope.levels[home][name].kind is None:
        return absent(None, Missing.SYSTEM)
    vector = from_column(run.data.levels[home].columns[name])
    return vector if home == level else take(vector, _rows_above(run.data, level, home))


def _across(node: Across, level: str, run: _Run) -> Vector:
    rows = run.data.levels[node.level].rows
    above = _rows_above(run.data, node.level, level)
    everything = constant(True)
    value = spread(everything if node.value is None else _value(node.value, node.level, run), rows)
    where = spread(everything if node.where is None else _value(node.where, node.level, run), rows)
    if above.size and above.min() < 0:
        linked = np.flatnonzero(above >= 0)
        above, value, where = above[linked], take(value, linked), take(where, linked)
    return across(node.function, above, run.data.levels[level].rows, value=value, where=where)
