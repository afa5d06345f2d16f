"""Values and exact derivatives of formulas of numbers, by forward differentiation over the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from surveyproc.expressions.faults import fault, listed, meant, quoted
from surveyproc.expressions.functions import SMOOTH_FUNCTIONS
from surveyproc.expressions.tree import (
    Arithmetic,
    Call,
    Expression,
    Name,
    Negate,
    Node,
    Number,
    Parameter,
    children,
)
from surveyproc.problems import Problem
from surveyproc.values import Slope

Floats = NDArray[np.float64]
Parameters = Mapping[str, float | str | bool]


@dataclass(frozen=True, slots=True)
class _Dual:
    """A number (C), its derivatives by each of K names (K, C), and where it has none (C)."""

    value: Floats
    slope: Floats
    kink: NDArray[np.bool_]


def check_smooth(expression: Expression, names: Mapping[str, object], parameters: Parameters) -> tuple[Problem, ...]:
    """What keeps an expression from being a smooth function of the names: other names, texts, conditions."""
    return tuple(_faults(expression.root, expression, names, parameters))


def slope_of(expression: Expression, parameters: Parameters) -> Callable[[Mapping[str, Floats]], Slope]:
    """The expression as a function of named numbers, each (C), giving value, gradient and kinks.

    A division by 0 or a log of a negative number gives a value that is not finite. A kink is abs at 0, and min or max
    where the extreme is reached twice. The expression must have passed `check_smooth`.
    """

    def function(numbers: Mapping[str, Floats]) -> Slope:
        names = list(numbers)
        with np.errstate(all="ignore"):
            found = _dual(expression.root, numbers, names, parameters)
        return Slope(found.value, dict(zip(names, found.slope, strict=True)), found.kink)

    return function


def _faults(
    node: Node, expression: Expression, names: Mapping[str, object], parameters: Parameters
) -> Iterator[Problem]:
    def problem(code: str, what: str, **more: str) -> Problem:
        return fault(expression.text, expression.place, code=code, at=node.at, what=what, **more)

    match node:
        case Name(name) if name not in names:
            yield problem(
                "expression.unknown-name",
                "the formula has no total of this name",
                got=quoted(name),
                expected=listed(sorted(names)),
                hint=meant(name, names),
            )
        case Parameter(name) if isinstance(parameters.get(name), (str, bool, type(None))):
            yield problem("expression.type", "the formula needs a number here", got=f"${name}")
        case Number() | Name() | Parameter() | Negate() | Arithmetic():
            pass
        case Call(name) if name in SMOOTH_FUNCTIONS:
            pass
        case _:
            yield problem(
                "expression.type",
                "a formula of totals has numbers, + - * / and functions only",
                expected=listed(sorted(SMOOTH_FUNCTIONS)),
            )
            return
    for child in children(node):
        yield from _faults(child, expression, names, parameters)


def _dual(node: Node, numbers: Mapping[str, Floats], names: list[str], parameters: Parameters) -> _Dual:
    size = len(next(iter(numbers.values())))

    def constant(value: float) -> _Dual:
        return _Dual(np.full(size, value), np.zeros((len(names), size)), np.zeros(size, dtype=np.bool_))

    match node:
        case Number(value):
            return constant(value)
        case Parameter(name):
            return constant(float(parameters[name]))
        case Name(name):
            slope = np.zeros((len(names), size))
            slope[names.index(name)] = 1.0
            return _Dual(numbers[name], slope, np.zeros(size, dtype=np.bool_))
        case Negate(operand):
            of = _dual(operand, numbers, names, parameters)
            return _Dual(-of.value, -of.slope, of.kink)
        case Arithmetic(operators, operands):
            parts = [_dual(part, numbers, names, parameters) for part in operands]
            result = parts[0]
            for word, part in zip(operators, parts[1:], strict=True):
                result = _OPERATIONS[word](result, part)
            return result
        case Call(function, arguments):
            parts = [_dual(part, numbers, names, parameters) for part in arguments]
            if function in ("min", "max"):
                return reduce(_least if function == "min" else _greatest, parts)
            return _SINGLE[function](parts[0])
        case _:
            raise TypeError(f"{type(node).__name__} has no derivative")


def _plus(a: _Dual, b: _Dual) -> _Dual:
    return _Dual(a.value + b.value, a.slope + b.slope, a.kink | b.kink)


def _minus(a: _Dual, b: _Dual) -> _Dual:
    return _Dual(a.value - b.value, a.slope - b.slope, a.kink | b.kink)


def _times(a: _Dual, b: _Dual) -> _Dual:
    return _Dual(a.value * b.value, a.slope * b.value + a.value * b.slope, a.kink | b.kink)


def _over(a: _Dual, b: _Dual) -> _Dual:
    value = a.value / b.value
    return _Dual(value, (a.slope - value * b.slope) / b.value, a.kink | b.kink)


def _least(a: _Dual, b: _Dual) -> _Dual:
    return _chosen(a, b, first=a.value < b.value)


def _greatest(a: _Dual, b: _Dual) -> _Dual:
    return _chosen(a, b, first=a.value > b.value)


def _chosen(a: _Dual, b: _Dual, *, first: NDArray[np.bool_]) -> _Dual:
    """The operand that is the extreme; equals are a kink unless they move together."""
    tie = (a.value == b.value) & (a.slope != b.slope).any(axis=0)
    value = np.where(np.isnan(a.value), a.value, np.where(first, a.value, b.value))
    return _Dual(value, np.where(first, a.slope, b.slope), tie | np.where(first, a.kink, b.kink))


def _abs(of: _Dual) -> _Dual:
    kink = (of.value == 0) & (of.slope != 0).any(axis=0)
    return _Dual(np.abs(of.value), np.sign(of.value) * of.slope, of.kink | kink)


def _log(of: _Dual) -> _Dual:
    return _Dual(np.log(of.value), of.slope / of.value, of.kink)


def _exp(of: _Dual) -> _Dual:
    value = np.exp(of.value)
    return _Dual(value, value * of.slope, of.kink)


def _sqrt(of: _Dual) -> _Dual:
    value = np.sqrt(of.value)
    return _Dual(value, of.slope / (2.0 * value), of.kink | (of.value == 0))


_OPERATIONS: Mapping[str, Callable[[_Dual, _Dual], _Dual]] = {"+": _plus, "-": _minus, "*": _times, "/": _over}
_SINGLE: Mapping[str, Callable[[_Dual], _Dual]] = {"abs": _abs, "log": _log, "exp": _exp, "sqrt": _sqrt}
