"""Prints a tree in its canonical text: the fewest parentheses, single quotes, one space."""

from __future__ import annotations

import numpy as np

from surveyproc.expressions.parse import (
    AND,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    IMPLIES,
    MINUS,
    NOT,
    OR,
    PRODUCT,
    SUM,
)
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


def to_text(expression: Expression) -> str:
    """The canonical text, for the methodology report; parse(to_text(e)) == e."""
    return _print(expression.root, IMPLIES)


def _print(node: Node, floor: int) -> str:
    power, text = _operation(node)
    return text if power >= floor else f"({text})"


def _operation(node: Node) -> tuple[int, str]:
    match node:
        case Negate(operand):
            return MINUS, f"-{_print(operand, MINUS)}"
        case Not(operand):
            return NOT, f"not {_print(operand, NOT)}"
        case Junction(word, operands):
            power = AND if word == "and" else OR
            return power, f" {word} ".join(_print(operand, power + 1) for operand in operands)
        case Implies(left, right):
            return IMPLIES, f"{_print(left, CONDITIONAL)} implies {_print(right, IMPLIES)}"
        case Arithmetic(operators, operands):
            power = SUM if operators[0] in "+-" else PRODUCT
            rest = (f" {o} {_print(x, power + 1)}" for o, x in zip(operators, operands[1:], strict=True))
            return power, _print(operands[0], power + 1) + "".join(rest)
        case Conditional(then, condition, otherwise):
            parts = _print(then, OR), _print(condition, OR), _print(otherwise, CONDITIONAL)
            return CONDITIONAL, f"{parts[0]} if {parts[1]} else {parts[2]}"
        case Compare() | Membership() | Between() | State():
            return COMPARISON, _comparison(node)
        case _:
            return ATOM, _atom(node)


def _comparison(node: Compare | Membership | Between | State) -> str:
    match node:
        case Compare(operator, left, right):
            return f"{_print(left, SUM)} {operator} {_print(right, SUM)}"
        case Membership(word, subject, items):
            return f"{_print(subject, SUM)} {word} [{_arguments(items)}]"
        case Between(subject, low, high):
            return f"{_print(subject, SUM)} between {_print(low, SUM)} and {_print(high, SUM)}"
        case State(word, subject):
            return f"{_print(subject, SUM)} is {word}"


def _atom(node: Node) -> str:
    match node:
        case Number(value):
            return np.format_float_positional(value, trim="-")
        case Text(value):
            return f'"{value}"' if "'" in value else f"'{value}'"
        case Truth(value):
            return "true" if value else "false"
        case Absent():
            return "missing"
        case Name(name):
            return name
        case Parameter(name):
            return f"${name}"
        case Call(function, arguments):
            return f"{function}({_arguments(arguments)})"
        case Across(function, level, value, where):
            parts = tuple(part for part in (Name(level), value, where) if part is not None)
            return f"{function}({_arguments(parts)})"
        case _:
            raise TypeError(type(node).__name__)


def _arguments(nodes: tuple[Node, ...]) -> str:
    return ", ".join(_print(node, IMPLIES) for node in nodes)
