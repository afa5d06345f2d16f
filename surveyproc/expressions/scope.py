"""What names mean: variables at levels, parents of levels, parameters; and which names an expression uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from surveyproc.expressions.functions import EITHER_WAY
from surveyproc.expressions.tree import Across, Call, Expression, Membership, Name, Node, Text, children
from surveyproc.values import Category, Kind

LEVEL_AND_TWO = 3


@dataclass(frozen=True, slots=True)
class VariableType:
    """The type of a variable or of an expression; kind None is of any kind (the literal `missing`)."""

    kind: Kind | None
    categories: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # group of a code list → its categories


@dataclass(frozen=True, slots=True)
class Scope:
    """Variables of each level, each level's parent (None at the top), and the values of parameters."""

    levels: Mapping[str, Mapping[str, VariableType]]
    parents: Mapping[str, str | None] = field(default_factory=dict)
    parameters: Mapping[str, float | str | bool] = field(default_factory=dict)


def ancestry(parents: Mapping[str, str | None], level: str) -> tuple[str, ...]:
    """A level and the levels above it, nearest first; stops where parents run in a circle."""
    found: list[str] = []
    above: str | None = level
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return tuple(found)


def resolve(scope: Scope, level: str, name: str) -> str | None:
    """The level at which a variable is found: the level itself, then those above it; None if at none of them."""
    return next((at for at in ancestry(scope.parents, level) if name in scope.levels.get(at, {})), None)


def members(node: Membership, scope: Scope, level: str) -> tuple[Node, ...]:
    """The items of a membership, the name of a group of the variable's code list replaced by its codes."""
    home = resolve(scope, level, node.subject.name) if isinstance(node.subject, Name) else None
    if home is None or not isinstance(node.subject, Name):
        return node.items
    groups = scope.levels[home][node.subject.name].groups
    return tuple(
        one
        for item in node.items
        for one in (
            [Text(code, item.at) for code in groups[item.value]]
            if isinstance(item, Text) and item.value in groups
            else [item]
        )
    )


def groups_of(categories: Sequence[Category]) -> dict[str, tuple[str, ...]]:
    """Group → names of the categories that belong to it, in their order."""
    found: dict[str, list[str]] = {}
    for category in categories:
        for group in category.groups:
            found.setdefault(group, []).append(category.name)
    return {group: tuple(names) for group, names in found.items()}


def is_below(scope: Scope, child: str, level: str) -> bool:
    """Whether `child` is a level below `level`, directly or not."""
    return child in scope.levels and child != level and level in ancestry(scope.parents, child)


def as_across(node: Node, scope: Scope, level: str) -> Across | None:
    """The node if it looks across levels; min and max do when their first argument is the name of a level below."""
    if isinstance(node, Across):
        return node
    if not isinstance(node, Call) or node.function not in EITHER_WAY or len(node.arguments) > LEVEL_AND_TWO:
        return None
    first = node.arguments[0]
    if not isinstance(first, Name) or not is_below(scope, first.name, level):
        return None
    where = node.arguments[2] if len(node.arguments) == LEVEL_AND_TWO else None
    return Across(node.function, first.name, node.arguments[1], where, node.at, first.at)


def _walk(node: Node, scope: Scope, level: str) -> Iterator[tuple[Node, str]]:
    """Every node in reading order with the level it is worked out at; a name that is a level is not visited."""
    across = as_across(node, scope, level)
    yield across or node, level
    for child in children(across or node):
        yield from _walk(child, scope, across.level if across else level)


def names(expression: Expression, scope: Scope, *, level: str) -> tuple[tuple[str, str], ...]:
    """The variables an expression depends on, as (level, name), each once, in reading order, without unknown names."""
    found: dict[tuple[str, str], None] = {}
    for node, at in _walk(expression.root, scope, level):
        if isinstance(node, Name) and (home := resolve(scope, at, node.name)) is not None:
            found[home, node.name] = None
    return tuple(found)


def child_levels(expression: Expression, scope: Scope, *, level: str) -> tuple[str, ...]:
    """The levels below that an expression looks at, each once, in reading order."""
    walked = _walk(expression.root, scope, level)
    return tuple(dict.fromkeys(node.level for node, _ in walked if isinstance(node, Across)))


def uses_child_records(expression: Expression, scope: Scope, *, level: str) -> bool:
    """Whether an expression looks into records of a level below, by more than counting them all."""
    walked = _walk(expression.root, scope, level)
    return any(isinstance(node, Across) and node.value is not None for node, _ in walked)
