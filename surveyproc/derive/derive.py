"""Reads concepts from linked columns and computes derived variables, in dependency order, counting at each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from surveyproc.carry import column_at
from surveyproc.config.spec import CheckSpec, Concept, DerivedVariable, RoundSpec
from surveyproc.derive.compute import compute
from surveyproc.derive.recode import all_missing, first_known, is_blank, join_parts, new_values, one_answer, recode
from surveyproc.expressions import DataScope, Expression, LevelData, evaluate
from surveyproc.problems import Collector, Place, Problem, Severity
from surveyproc.values import (
    Column,
    DerivedLevel,
    DerivedRound,
    LinkedLevel,
    LinkedRound,
    Missing,
    TraceStep,
)


def derive_round(linked: LinkedRound, spec: RoundSpec) -> tuple[DerivedRound, tuple[Problem, ...]]:
    """Every concept and derived variable of a round as typed columns, and all faults of all variables.

    A variable that the round did not ask, or that needs one, is wholly missing with the reason not_asked.
    """
    problems = Collector()
    columns: dict[str, dict[str, Column]] = {level: {} for level in linked.levels}
    trace: list[TraceStep] = []
    data = _scope(linked, columns, spec)
    for name in spec.order:
        concept = spec.concepts.get(name)
        variable: Concept | DerivedVariable = concept or spec.derived[name]
        found: tuple[Problem, ...] = ()
        if variable.level not in linked.levels:
            continue
        level = linked.levels[variable.level]
        if name in spec.unavailable:
            column = all_missing(variable, level.rows, Missing.NOT_ASKED)
        elif concept is not None:
            column, found, steps = _read(concept, level, data, spec)
            trace += steps
        else:
            column, found = compute(spec.derived[name], data)
        columns[variable.level][name] = column
        trace.append(trace_step(variable.level, name, "value", column))
        problems.extend(found)
    levels = {
        name: DerivedLevel(name, level.rows, columns[name], level.raw, level.parent, level.parent_row)
        for name, level in linked.levels.items()
    }
    return DerivedRound(levels, tuple(trace)), tuple(problems.problems)


def data_scope(derived: DerivedRound, spec: RoundSpec) -> DataScope:
    """The derived round as expressions see it."""
    levels = {
        name: LevelData(level.rows, level.columns, level.parent, level.parent_row)
        for name, level in derived.levels.items()
    }
    return DataScope(levels, spec.parameters)


def run_checks(derived: DerivedRound, spec: RoundSpec) -> tuple[Problem, ...]:
    """The data rules of all modules: how many records break each."""
    data = data_scope(derived, spec)
    return tuple(problem for check in spec.checks for problem in _check(check, derived, data, spec))


def trace_step(level: str, variable: str, step: str, column: Column) -> TraceStep:
    """Counts of a column: known, and each reason for missing."""
    counts = np.bincount(column.reason, minlength=len(Missing))
    reasons = {m.name.lower(): int(counts[m]) for m in Missing if m is not Missing.KNOWN and counts[m]}
    return TraceStep(level, variable, step, len(column.reason), int(counts[Missing.KNOWN]), reasons)


def _scope(linked: LinkedRound, columns: dict[str, dict[str, Column]], spec: RoundSpec) -> DataScope:
    levels = {
        name: LevelData(level.rows, columns[name], level.parent, level.parent_row)
        for name, level in linked.levels.items()
    }
    return DataScope(levels, spec.parameters)


def _read(
    concept: Concept, level: LinkedLevel, data: DataScope, spec: RoundSpec
) -> tuple[Column, tuple[Problem, ...], list[TraceStep]]:
    problems: tuple[Problem, ...] = ()
    if concept.parts is not None:
        own = data.levels[concept.level].columns
        column = join_parts(own[concept.parts[0]], own[concept.parts[1]])
    elif concept.binding is None:
        return all_missing(concept, level.rows, Missing.NOT_ASKED), (), []
    else:
        file = level.raw.info.path
        binding = concept.binding
        parts = [recode(level.raw.columns[c], concept, binding, file) for c in binding.columns]
        columns = [p[0] for p in parts]
        if binding.answers is not None:
            others = [c for c in binding.answers.columns if c not in binding.columns]
            beside = [recode(level.raw.columns[c], concept, binding, file)[0] for c in others]
            blank = np.all([is_blank(level.raw.columns[c]) for c in binding.columns], axis=0)
            column = one_answer(columns, [*columns, *beside], blank)
        else:
            column = columns[0] if len(columns) == 1 else first_known(columns)
        problems = tuple(problem for p in parts for problem in p[1])
    steps = [trace_step(concept.level, concept.name, "read", column)]
    if concept.asked_if is not None:
        column, more = _skip(column, concept, level, data)
        problems += more
    if not any(p.severity is Severity.ERROR for p in problems):
        problems += _unexplained(column, concept, level, data)
    return column, problems, steps


def apply_asked_if(column: Column, asked_if: Expression, data: DataScope, *, level: str) -> tuple[Column, int]:
    """Skip logic on a column: where it was not to be asked, blanks are not applicable and answers inconsistent.

    Where it is not known who was asked, the reason for that explains a blank. Gives the number of answers too many.
    """
    asked = evaluate(asked_if, data, level=level)
    outside = asked.known & (asked.values == 0)
    unsure = ~asked.known & (column.reason == Missing.SYSTEM)
    answered = outside & column.known
    reason, values = column.reason.copy(), column.values.copy()
    reason[unsure] = asked.reason[unsure]
    reason[outside] = int(Missing.NOT_APPLICABLE)
    reason[answered] = int(Missing.INCONSISTENT)
    values[answered] = new_values(column.kind, 1)[0]
    return replace(column, values=values, reason=reason), int(answered.sum())


def _skip(column: Column, concept: Concept, level: LinkedLevel, data: DataScope) -> tuple[Column, tuple[Problem, ...]]:
    assert concept.asked_if is not None
    changed, count = apply_asked_if(column, concept.asked_if, data, level=concept.level)
    if not count:
        return changed, ()
    problem = Problem(
        "derive.skip",
        Place(level.raw.info.path, level=concept.level, variable=concept.name, cases=count),
        "answers where the question was not to be asked; they count as inconsistent",
        expected="no answer outside asked_if",
        severity=Severity.WARNING,
    )
    return changed, (problem,)


def _unexplained(column: Column, concept: Concept, level: LinkedLevel, data: DataScope) -> tuple[Problem, ...]:
    """Blanks that nothing explains; where it is not known who was asked, that is told of its own variable."""
    blank = column.reason == Missing.SYSTEM
    if blank.any() and concept.asked_if is not None:
        blank &= evaluate(concept.asked_if, data, level=concept.level).known
    count = int(blank.sum())
    if not count:
        return ()
    whole = count == level.rows
    return (
        Problem(
            "derive.all-missing" if whole else "derive.system-missing",
            Place(level.raw.info.path, level=concept.level, variable=concept.name, cases=count),
            "the variable is wholly missing" if whole else "missing values that nothing explains",
            hint="If it was not asked in this round, say {not_asked: true}." if whole else "",
            severity=Severity.WARNING if whole else Severity.INFO,
        ),
    )


def _check(check: CheckSpec, derived: DerivedRound, data: DataScope, spec: RoundSpec) -> Iterator[Problem]:
    if check.level not in derived.levels:
        return
    texts = [check.message.get(language) for language in (*spec.plan.languages, "en")]
    text = next(filter(None, [*texts, *check.message.values()]), check.id)
    if check.rule is not None:
        column = evaluate(check.rule, data, level=check.level)
        count = int((column.known & (column.values == 0)).sum())
        if count:
            yield _broken(check, derived, count, text, "the rule to hold")
        return
    column = column_at(derived.levels, check.level, check.variable or "")
    universe = column.reason != Missing.NOT_APPLICABLE
    missing = int((universe & ~column.known).sum())
    share = missing / max(int(universe.sum()), 1)
    limit = check.at_most or 0.0
    if share > limit and check.variable not in spec.unavailable:
        what = f"{check.variable}: {100 * share:.1f} % missing"
        yield _broken(check, derived, missing, what, f"at most {100 * limit:g} %")


def _broken(check: CheckSpec, derived: DerivedRound, count: int, what: str, expected: str) -> Problem:
    return Problem(
        "check.rule",
        Place(derived.levels[check.level].raw.info.path, level=check.level, variable=check.variable or "", cases=count),
        f"rule {check.id} of {check.module}: {what}",
        expected=expected,
        severity=Severity(check.severity),
    )
