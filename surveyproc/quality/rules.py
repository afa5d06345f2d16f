"""Publication rules: read, checked before data, and tried row by row, the first that holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.config.models import Quality, QualityRule
from surveyproc.expressions import (
    DataScope,
    Expression,
    LevelData,
    Scope,
    VariableType,
    check,
    evaluate,
    parse,
)
from surveyproc.problems import Place, Problem, Severity, SurveyprocError
from surveyproc.quality.measures import MEASURES
from surveyproc.values import Column, Kind, Missing

LEVEL = "estimate"
EMPTY_MARK = "-"
NOT_ASKED_MARK = "…"
KNOWN_MARK = "†"  # set where min_share_known is not reached
PARENTHESES_MARK = "( )"

SCOPE = Scope({LEVEL: {name: VariableType(Kind.NUMBER) for name in MEASURES}}, {LEVEL: None})

PlaceOf = Callable[[tuple[str | int, ...]], Place]


@dataclass(frozen=True, slots=True)
class Rule:
    """A publication rule read; statistics is empty where it is for all of them."""

    expression: Expression
    action: str | None
    mark: str
    statistics: tuple[str, ...]


def check_quality(quality: Quality, place_of: PlaceOf) -> tuple[Problem, ...]:
    """Everything wrong with a profile that shows without data.

    place_of: the place of a path of keys and positions in the profile's file, for expressions of their first character.
    """
    problems: list[Problem] = []
    for path, rule in _listed(quality):
        problems.extend(_check_expression(rule.if_, place_of((*path, "if"))))
        problems.extend(_check_mark(rule, place_of(path)))
    problems.extend(_check_footnotes(quality, place_of))
    return tuple(problems)


def read_rules(quality: Quality, place: Place) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules of `cells` and of `precision`. Raises SurveyprocError with every problem of their expressions."""
    problems = [p for _, rule in _listed(quality) for p in _check_expression(rule.if_, place)]
    if problems:
        raise SurveyprocError(problems)
    cells, precision = (
        tuple(Rule(parse(r.if_, place), r.action, r.mark, tuple(r.stats or ())) for r in rules)
        for rules in (quality.cells, quality.precision)
    )
    return cells, precision


def first_holding(
    rules: Sequence[Rule], numbers: Mapping[str, NDArray[np.float64]], statistic: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Position of the first rule that is true of each row, -1 where none is: int64 (rows).

    numbers: the quantities of MEASURES, each float64 (rows). A comparison with a quantity that is NaN is neither true
    nor false, so that it does not make a rule hold.
    """
    rows = len(statistic)
    data = DataScope({LEVEL: LevelData(rows, {name: _column(values) for name, values in numbers.items()})})
    found = np.full(rows, -1, dtype=np.int64)
    for position, rule in enumerate(rules):
        answer = evaluate(rule.expression, data, level=LEVEL)
        holds = (answer.reason == Missing.KNOWN) & (answer.values == 1)
        if rule.statistics:
            holds &= np.isin(statistic.astype(str), rule.statistics)
        found[(found < 0) & holds] = position
    return found


def split_marks(marks: str) -> tuple[str, ...]:
    """The marks of one row; they are joined by spaces, and "( )" is one mark."""
    return tuple(re.findall(r"\( \)|\S+", marks))


def join_marks(*marks: str) -> str:
    """Marks as one text, each once, in order, without empty ones."""
    return " ".join(dict.fromkeys(mark for mark in marks if mark))


def _column(values: NDArray[np.float64]) -> Column:
    reason = np.where(np.isnan(values), Missing.SYSTEM, Missing.KNOWN).astype(np.int8)
    return Column(Kind.NUMBER, values, reason)


def _listed(quality: Quality) -> Iterator[tuple[tuple[str, int], QualityRule]]:
    for name, rules in (("cells", quality.cells), ("precision", quality.precision)):
        for position, rule in enumerate(rules):
            yield (name, position), rule


def _check_expression(text: str, place: Place) -> tuple[Problem, ...]:
    try:
        expression = parse(text, place)
    except SurveyprocError as error:
        return error.problems
    kind, problems = check(expression, SCOPE, level=LEVEL)
    if not problems and kind.kind is not Kind.BOOLEAN:
        what = "a publication rule must be true or false"
        return (Problem("expression.type", place, what, got=str(kind.kind), hint="Compare it: cv > 0.3."),)
    return problems


def _check_mark(rule: QualityRule, place: Place) -> Iterator[Problem]:
    if rule.action is not None and not rule.mark:
        hint = 'Add mark: "(*)", or the sign your readers know.'
        yield Problem("config.missing-key", place, f"a rule that asks to {rule.action} has no mark", hint=hint)
    if rule.mark and split_marks(rule.mark) != (rule.mark,):
        expected = f"a mark without spaces, or {PARENTHESES_MARK!r}"
        yield Problem("config.bad-value", place, "a mark holds a space", got=repr(rule.mark), expected=expected)


def _check_footnotes(quality: Quality, place_of: PlaceOf) -> Iterator[Problem]:
    used = {rule.mark for _, rule in _listed(quality) if rule.mark}
    for mark in sorted(used - set(quality.footnotes) - {EMPTY_MARK}):
        yield Problem(
            "quality.rule",
            place_of(("footnotes",)),
            f"no footnote explains the mark {mark}",
            hint="Readers will see the mark; say under footnotes what it means.",
            severity=Severity.WARNING,
        )
    for mark in quality.footnotes:
        if mark not in used | {EMPTY_MARK, NOT_ASKED_MARK, KNOWN_MARK}:
            hint = "Correct it to the mark of a rule, or remove it."
            what = f"a footnote for {mark}, which no rule sets"
            yield Problem("config.unused", place_of(("footnotes", mark)), what, hint=hint)
