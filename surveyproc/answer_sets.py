"""Multiple-response sets as SPSS files define them, put where a round asks for them by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surveyproc.config.spec import Answers, ColumnBinding, Concept, RecodeRule, RoundSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import FileInfo


def bind_sets(spec: RoundSpec, infos: Mapping[str, FileInfo], problems: Collector) -> RoundSpec:
    """The round with columns and counted values of named sets as the files' headers define them.

    A set of categories gives the columns; a set of dichotomies the value that is counted, and its columns must be those
    that the round names. Faults go to `problems`.
    """
    concepts = dict(spec.concepts)
    columns: dict[str, dict[str, Place]] = {level: dict(found) for level, found in spec.columns.items()}
    told: set[str] = set()
    for name, concept in spec.concepts.items():
        binding = concept.binding
        if binding is None or binding.answers is None or not binding.answers.set:
            continue
        quiet = Collector() if f"{concept.level} {binding.answers.set}" in told else problems
        told.add(f"{concept.level} {binding.answers.set}")
        bound = _bind(concept, binding, binding.answers, infos[concept.level], quiet)
        if bound is not None:
            concepts[name] = replace(concept, binding=bound)
            for column in bound.columns:
                columns[concept.level].setdefault(column, bound.place)
    return replace(spec, concepts=concepts, columns=columns)


def _bind(
    concept: Concept, binding: ColumnBinding, answers: Answers, info: FileInfo, problems: Collector
) -> ColumnBinding | None:
    sets = info.multiple_response_sets
    wanted = answers.set.removeprefix("$").casefold()
    found = next((entry for name, entry in sets.items() if name.removeprefix("$").casefold() == wanted), None)
    if found is None:
        names = list(sets)
        what = f"{info.path} defines no multiple-response set {answers.set!r}"
        expected = f"one of: {', '.join(names)}" if names else "a .sav file with such sets, or columns: […]"
        hint = did_you_mean(answers.set, names)
        problems.add(Problem("config.unknown-name", binding.place, what, "", expected, hint))
        return None
    by_name = {name.casefold(): name for name in info.columns}
    columns = tuple(by_name.get(name.casefold(), name) for name in found["variable_list"])
    dichotomous = bool(found["is_dichotomy"])
    if dichotomous != (answers.held == "dichotomies"):
        held = "dichotomies, a column for each answer" if dichotomous else "categories, an answer in each column"
        expected = "dichotomies: {answer: column} beside set" if dichotomous else "set without dichotomies"
        what = f"set {answers.set} is one of {held}"
        problems.add(Problem("config.bad-value", binding.place, what, expected=expected))
        return None
    if not dichotomous:
        return replace(binding, columns=columns, answers=replace(answers, columns=columns))
    if set(columns) != set(answers.columns):
        what = f"set {answers.set} has other columns than the round names"
        got, expected = ", ".join(sorted(answers.columns)), ", ".join(columns)
        problems.add(Problem("config.bad-value", binding.place, what, got=got, expected=expected))
        return None
    return replace(binding, rules=_counting(binding.rules, found["counted_value"]))


def _counting(rules: tuple[RecodeRule, ...], value: Any) -> tuple[RecodeRule, ...]:
    """Rules with the file's counted value in place of the one assumed."""
    number = isinstance(value, int | float)
    counted: float | str = float(value) if number else str(value)
    return tuple(RecodeRule(counted, counted, rule.target) if rule.target == "yes" else rule for rule in rules)
