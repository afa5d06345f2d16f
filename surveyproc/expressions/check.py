"""Checks names, types, codes and record levels of an expression, before any data are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from surveyproc.expressions.faults import fault, listed, meant, quoted
from surveyproc.expressions.kinds import ORDERED, TIMES, WORDS, is_time
from surveyproc.expressions.scope import Scope, VariableType, as_across, is_below, members, resolve
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
from surveyproc.problems import Problem
from surveyproc.values import Kind


@dataclass(frozen=True, slots=True)
class _Type:
    """An inferred type; `literals` are the only texts that a TEXT can be, with positions, None if it can be any."""

    kind: Kind | None
    categories: tuple[str, ...] = ()
    literals: tuple[tuple[str, int], ...] | None = None


_ANY = _Type(None)
_NUMBER = _Type(Kind.NUMBER)
_BOOLEAN = _Type(Kind.BOOLEAN)


@dataclass(frozen=True, slots=True)
class _Check:
    """What is checked against what, and the problems so far."""

    expression: Expression
    scope: Scope
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, at: int, what: str, *, got: str = "", expected: str = "", hint: str = "") -> None:
        self.problems.append(
            fault(
                self.expression.text,
                self.expression.place,
                code=f"expression.{code}",
                at=at,
                what=what,
                got=got,
                expected=expected,
                hint=hint,
            )
        )


def check(expression: Expression, scope: Scope, *, level: str) -> tuple[VariableType, tuple[Problem, ...]]:
    """The type of an expression at a level, and every problem found, in reading order.

    Where there are problems the type is the best guess, so that what depends on it can be checked too. Codes:
    expression.unknown-name, .unknown-code, .type, .level.
    """
    run = _Check(expression, scope)
    inferred = _infer(expression.root, level, run)
    problems = sorted(run.problems, key=lambda problem: (problem.where.line or 0, problem.where.column or 0))
    return VariableType(inferred.kind, inferred.categories), tuple(problems)


def _infer(node: Node, level: str, run: _Check) -> _Type:
    across = as_across(node, run.scope, level)
    if across is not None:
        return _across(across, level, run)
    match node:
        case Number() | Truth() | Absent() | Text() | Parameter() | Name():
            return _leaf(node, level, run)
        case Not() | Junction() | Implies() | Compare() | Membership() | Between() | State():
            _logic(node, level, run)
            return _BOOLEAN
        case Negate(operand):
            _demand(operand, level, run, Kind.NUMBER)
            return _NUMBER
        case Arithmetic(_, operands):
            for operand in operands:
                _demand(operand, level, run, Kind.NUMBER)
            return _NUMBER
        case Conditional(then, condition, otherwise):
            first = _infer(then, level, run)
            _demand(condition, level, run, Kind.BOOLEAN)
            return _unify([(then, first), (otherwise, _infer(otherwise, level, run))], run)
        case Call():
            return _call(node, level, run)
        case _:
            raise TypeError(type(node).__name__)


def _leaf(node: Node, level: str, run: _Check) -> _Type:
    match node:
        case Number():
            return _NUMBER
        case Truth():
            return _BOOLEAN
        case Text(value):
            return _Type(Kind.TEXT, literals=((value, node.at),))
        case Parameter():
            return _parameter(node, run)
        case Name():
            return _variable(node, level, run)
        case _:
            return _ANY


def _parameter(node: Parameter, run: _Check) -> _Type:
    value = run.scope.parameters.get(node.name)
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, str):
        return _Type(Kind.TEXT, literals=((value, node.at),))
    if value is None:
        known = run.scope.parameters
        hint = meant(node.name, known) or ("" if known else "The module has no parameters.")
        run.add(
            "unknown-name",
            node.at,
            "there is no such parameter",
            got=quoted("$" + node.name),
            expected=listed(f"${name}" for name in sorted(known)),
            hint=hint,
        )
        return _ANY
    return _NUMBER


def _variable(node: Name, level: str, run: _Check) -> _Type:
    home = resolve(run.scope, level, node.name)
    if home is not None:
        found = run.scope.levels[home][node.name]
        return _Type(found.kind, found.categories)
    elsewhere = [other for other, variables in run.scope.levels.items() if node.name in variables]
    below = [other for other in elsewhere if is_below(run.scope, other, level)]
    got = quoted(node.name)
    if below:
        hint = f"Say what to do with its records, as in any({below[0]}, …), count({below[0]}, …) or sum({below[0]}, …)."
        run.add("level", node.at, f"a variable of level {below[0]} used at level {level}", got=got, hint=hint)
    elif elsewhere:
        what = f"a variable of level {elsewhere[0]}, which is not above level {level}"
        run.add("level", node.at, what, got=got, hint="Only variables of this level and of levels above can be used.")
    else:
        _unknown(node, level, run)
    return _ANY


def _unknown(node: Name, level: str, run: _Check) -> None:
    visible = [(name, kind) for at, found in run.scope.levels.items() for name, kind in found.items() if at == level]
    visible += [(name, kind) for at, found in run.scope.levels.items() for name, kind in found.items() if at != level]
    if any(node.name in kind.categories for _, kind in visible):
        hint = f"A code is written in quotes: '{node.name}'."
    elif node.name in run.scope.levels:
        hint = f"{node.name} is a record level, not a variable."
        if is_below(run.scope, node.name, level):
            hint = f"{node.name} is a record level: write count({node.name})."
    elif node.name in run.scope.parameters:
        hint = f"A parameter is written with $: ${node.name}."
    else:
        hint = meant(node.name, [name for name, _ in visible] + ["true", "false", "missing"])
    run.add("unknown-name", node.at, f"there is no such variable at level {level}", got=quoted(node.name), hint=hint)


def _logic(node: Node, level: str, run: _Check) -> None:
    match node:
        case Not(operand):
            _demand(operand, level, run, Kind.BOOLEAN)
        case Junction(_, operands):
            for operand in operands:
                _demand(operand, level, run, Kind.BOOLEAN)
        case Implies(left, right):
            _demand(left, level, run, Kind.BOOLEAN)
            _demand(right, level, run, Kind.BOOLEAN)
        case Compare(operator, left, right):
            sides = [(left, _infer(left, level, run)), (right, _infer(right, level, run))]
            _comparable(sides, operator, run)
        case Membership(_, subject):
            first = (subject, _infer(subject, level, run))
            for item in members(node, run.scope, level):
                _unify([first, (item, _infer(item, level, run))], run)
        case Between(subject, low, high):
            _comparable([(part, _infer(part, level, run)) for part in (subject, low, high)], "between", run)
        case State(_, subject):
            _infer(subject, level, run)


def _comparable(sides: Sequence[tuple[Node, _Type]], operator: str, run: _Check) -> None:
    before = len(run.problems)
    target = _unify(sides, run)
    if operator in ("==", "!=") or target.kind in (None, *ORDERED) or len(run.problems) > before:
        return
    hint = "Compare codes with == or in [ ]." if target.kind is Kind.CATEGORICAL else "Compare with ==."
    got = WORDS[target.kind] if target.kind else ""
    run.add("type", sides[0][0].at, f"{operator} needs an order", got=got, expected="numbers or dates", hint=hint)


def _unify(sides: Sequence[tuple[Node, _Type]], run: _Check) -> _Type:
    """The one type that all sides have or can be read as; a problem for each side that cannot."""
    leads = [found for _, found in sides if found.kind is not None and found.literals is None]
    if not leads:
        literals = tuple(literal for _, found in sides for literal in found.literals or ())
        return _Type(Kind.TEXT, literals=literals) if literals else _ANY
    target = leads[0]
    for node, found in sides:
        if found.kind is None or found is target:
            continue
        if found.literals is not None and target.kind in (Kind.CATEGORICAL, *TIMES):
            _literals(found.literals, target, run)
        elif found.kind is not target.kind or set(found.categories) != set(target.categories):
            _mismatch(node, found, target, run)
    return target


def _literals(literals: tuple[tuple[str, int], ...], target: _Type, run: _Check) -> None:
    for text, at in literals:
        if target.kind is Kind.CATEGORICAL and text not in target.categories:
            expected, hint = listed(target.categories), meant(text, target.categories)
            run.add("unknown-code", at, "the variable has no such code", got=quoted(text), expected=expected, hint=hint)
        elif target.kind in TIMES and not is_time(text, target.kind):
            shape = "a date as '2024-08-31'" if target.kind is Kind.DATE else "a year and month as '2024-08'"
            run.add("type", at, "a date that cannot be read", got=quoted(text), expected=shape)


def _mismatch(node: Node, found: _Type, target: _Type, run: _Check) -> None:
    kinds = {found.kind, target.kind}
    hint = ""
    if kinds == {Kind.CATEGORICAL}:
        run.add("type", node.at, "the two categorical variables do not have the same codes")
        return
    if Kind.CATEGORICAL in kinds:
        codes = target.categories or found.categories
        hint = f"Use the names of the codes, in quotes, as in == '{codes[0]}'." if codes else ""
    elif Kind.BOOLEAN in kinds:
        hint = "A true/false variable is a condition by itself: write x or not x."
    elif kinds == set(TIMES):
        hint = "Use months_between."
    elif kinds == {Kind.TEXT, Kind.NUMBER}:
        hint = "Numbers are written without quotes."
    got = f"{_word(target)} and {_word(found)}"
    run.add("type", node.at, "types that do not go together", got=got, hint=hint)


def _word(found: _Type) -> str:
    return WORDS[found.kind] if found.kind else "missing"


def _demand(node: Node, level: str, run: _Check, *kinds: Kind) -> _Type:
    """The type of an operand that must be of one of some kinds."""
    found = _infer(node, level, run)
    if found.kind is None or found.kind in kinds:
        return found
    hint = ""
    if kinds == (Kind.BOOLEAN,):
        hint = "Make it a condition: compare it with something."
        if found.kind is Kind.CATEGORICAL and found.categories:
            hint = f"Compare it with a code, as in == '{found.categories[0]}'."
    elif found.kind is Kind.BOOLEAN:
        hint = "To count with it write 1 if x else 0."
    elif found.kind in TIMES:
        hint = "Use months_between, years_between, year or month."
    expected = " or ".join(WORDS[kind] for kind in kinds)
    run.add("type", node.at, "a value of the wrong type", got=_word(found), expected=expected, hint=hint)
    return _Type(kinds[0]) if len(kinds) == 1 else _ANY


def _call(node: Call, level: str, run: _Check) -> _Type:
    arguments = node.arguments
    match node.function:
        case "coalesce":
            return _unify([(argument, _infer(argument, level, run)) for argument in arguments], run)
        case "min" | "max":
            if _level_name_lost(node, level, run):
                return _NUMBER
            return _unify([(argument, _demand(argument, level, run, *ORDERED)) for argument in arguments], run)
        case "months_between" | "years_between" | "year" | "month":
            for argument in arguments:
                _demand(argument, level, run, *TIMES)
        case _:
            for argument in arguments:
                _demand(argument, level, run, Kind.NUMBER)
    return _NUMBER


def _level_name_lost(node: Call, level: str, run: _Check) -> bool:
    """Whether min or max names a level that is not below; a problem if so."""
    first = node.arguments[0]
    if not isinstance(first, Name) or first.name not in run.scope.levels or resolve(run.scope, level, first.name):
        return False
    _not_below(first.name, first.at, level, run)
    return True


def _not_below(name: str, at: int, level: str, run: _Check) -> None:
    if name not in run.scope.levels:
        levels = [other for other in run.scope.levels if is_below(run.scope, other, level)]
        hint = meant(name, run.scope.levels)
        run.add(
            "unknown-name", at, "there is no such record level", got=quoted(name), expected=listed(levels), hint=hint
        )
        return
    hint = "At this level the variable is used as it is." if name == level else "Only levels below can be looked into."
    run.add("level", at, f"level {name} is not below level {level}", hint=hint)


def _across(node: Across, level: str, run: _Check) -> _Type:
    below = is_below(run.scope, node.level, level)
    if not below:
        _not_below(node.level, node.level_at, level, run)
        if node.level not in run.scope.levels:
            return _BOOLEAN if node.function in ("any", "all") else _ANY if node.function == "first" else _NUMBER
    elif resolve(run.scope, level, node.level) is not None:
        run.add("level", node.level_at, f"{node.level} is the name of a level and of a variable", hint="Rename one.")
    found = _NUMBER
    if node.value is not None:
        if node.function in ("any", "all", "count", "share"):
            found = _demand(node.value, node.level, run, Kind.BOOLEAN)
        elif node.function in ("sum", "mean"):
            found = _demand(node.value, node.level, run, Kind.NUMBER)
        elif node.function == "first":
            found = _infer(node.value, node.level, run)
        else:
            found = _demand(node.value, node.level, run, *ORDERED)
    if node.where is not None:
        _demand(node.where, node.level, run, Kind.BOOLEAN)
    if node.function in ("any", "all"):
        return _BOOLEAN
    return found if node.function in ("min", "max", "first") else _NUMBER
