"""The frozen tree that an expression is read into; positions are kept for messages and left out of equality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from surveyproc.problems import Place


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal, never negative (a minus sign is a Negate)."""

    value: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal: a code's name, a text, or an ISO date."""

    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """The literal `missing`."""

    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A module's parameter, written `$name`."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Logical negation."""

    operand: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Junction:
    """A chain of `and` or of `or`; two operands or more."""

    word: str
    operands: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Implies:
    """`left implies right`: not left, or right."""

    left: Node
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; operator is one of == != < <= > >=."""

    operator: str
    left: Node
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """`subject in [items]` or `subject not in [items]` (word); items are literals and parameters."""

    word: str
    subject: Node
    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """`subject between low and high`, both ends included."""

    subject: Node
    low: Node
    high: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """`subject is known` or `subject is missing` (word)."""

    word: str
    subject: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A chain of + and -, or of * and /, worked from left to right; one operator fewer than operands."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`."""

    then: Node
    condition: Node
    otherwise: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values of one row; min and max may turn out to look across levels once the levels are known."""

    function: str
    arguments: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Across:
    """A function of the records of a level below: function(level, value, where)."""

    function: str
    level: str
    value: Node | None
    where: Node | None
    at: int = field(default=0, compare=False)
    level_at: int = field(default=0, compare=False)


Node: TypeAlias = (
    Number
    | Text
    | Truth
    | Absent
    | Name
    | Parameter
    | Negate
    | Not
    | Junction
    | Implies
    | Compare
    | Membership
    | Between
    | State
    | Arithmetic
    | Conditional
    | Call
    | Across
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A read expression. Two are equal when they mean the same, wherever and however they were written."""

    root: Node
    text: str = field(default="", compare=False)
    place: Place = field(default_factory=Place, compare=False)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under one, in reading order."""
    match node:
        case Negate(operand) | Not(operand):
            return (operand,)
        case Junction(_, operands) | Arithmetic(_, operands) | Call(_, operands):
            return operands
        case Implies(left, right) | Compare(_, left, right):
            return (left, right)
        case Membership(_, subject, items):
            return (subject, *items)
        case Between(subject, low, high):
            return (subject, low, high)
        case State(_, subject):
            return (subject,)
        case Conditional(then, condition, otherwise):
            return (then, condition, otherwise)
        case Across(_, _, value, where):
            return tuple(part for part in (value, where) if part is not None)
        case _:
            return ()
