"""Questions with several answers: a set of yes/no variables, one an answer, and how a round's columns hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveyproc.config import models
from surveyproc.config.concepts import BoundTo
from surveyproc.config.declare import AnswerSet
from surveyproc.config.spec import Answers
from surveyproc.config.validate import did_you_mean
from surveyproc.problems import Collector, Problem

ONE_OF = "columns: […], dichotomies: {answer: column}, set: NAME, or not_asked: true"


@dataclass(frozen=True, slots=True)
class _Part:
    """One answer of a set: its name, its place in the set's order, and the set."""

    answer: str
    number: int
    of: AnswerSet


def spread(bindings: Mapping[str, BoundTo], sets: Mapping[str, AnswerSet], problems: Collector) -> dict[str, BoundTo]:
    """The round's map with an entry for each answer in place of the entry of a set; faults go to `problems`."""
    result: dict[str, BoundTo] = {}
    for name, bound in bindings.items():
        if name not in sets:
            if bound.binding.set is not None or bound.binding.dichotomies or bound.binding.counted is not None:
                what = f"{name} has one answer, so that set, dichotomies and counted do not apply"
                problems.add(Problem("config.unused", bound.place, what, expected="a concept of type: multiple"))
            result[name] = bound
            continue
        sound = _sound(name, bound, sets[name], problems)
        used = bound if sound else replace(bound, binding=models.Binding(not_asked=True))
        for number, (answer, variable) in enumerate(sets[name].parts.items()):
            result[variable] = _part(used, _Part(answer, number, sets[name]))
    return result


def _sound(name: str, bound: BoundTo, answers: AnswerSet, problems: Collector) -> bool:
    binding = bound.binding
    before = len(problems.problems)
    ways = [binding.columns is not None, bool(binding.dichotomies), binding.not_asked]
    if sum(ways) + (binding.set is not None and not binding.dichotomies) != 1 or binding.column or binding.pick:
        got = f"column: {binding.column}" if binding.column else "none or several of them, or pick"
        problems.add(Problem("config.bad-value", bound.place, f"{name} has several answers", got=got, expected=ONE_OF))
    if binding.columns == []:
        problems.add(Problem("config.bad-value", bound.place, f"{name} has an empty list of columns"))
    if binding.dichotomies:
        _check_dichotomies(name, bound, answers, problems)
    elif binding.counted is not None:
        problems.add(Problem("config.unused", bound.place, "counted is for dichotomies", got="counted"))
    if binding.dichotomies and binding.recode:
        problems.add(Problem("config.unused", bound.place, "dichotomies have no recode", hint="Say counted."))
    if binding.set is not None and binding.counted is not None:
        problems.add(Problem("config.unused", bound.place, "the file's definition of the set says what is counted"))
    return len(problems.problems) == before


def _check_dichotomies(name: str, bound: BoundTo, answers: AnswerSet, problems: Collector) -> None:
    given = bound.binding.dichotomies
    unknown, lacking = [a for a in given if a not in answers.parts], [a for a in answers.parts if a not in given]
    columns = list(given.values())
    if unknown:
        hint = did_you_mean(unknown[0], list(answers.parts))
        what = f"{name} has no answer {unknown[0]!r}"
        problems.add(Problem("config.unknown-name", bound.place, what, "", ", ".join(answers.parts), hint))
    if lacking:
        what = f"answers of {name} have no column"
        problems.add(Problem("config.missing-key", bound.place, what, got=", ".join(lacking)))
    twice = sorted({c for c in columns if columns.count(c) > 1})
    if twice:
        what = f"a column stands for two answers of {name}"
        problems.add(Problem("config.duplicate-name", bound.place, what, got=", ".join(twice)))


def _part(bound: BoundTo, part: _Part) -> BoundTo:
    binding = bound.binding
    if binding.not_asked:
        return bound
    common = {"missing": binding.missing, "also_missing": binding.also_missing, "blank": binding.blank}
    if binding.dichotomies:
        counted = 1 if binding.counted is None else binding.counted
        made = models.Binding.model_validate(
            {**common, "column": binding.dichotomies[part.answer], "recode": {counted: "yes"}, "else": "no",
             "undeclared_missing": binding.undeclared_missing}
        )  # fmt: skip
        columns = tuple(binding.dichotomies.values())
        return _bound(bound, made, Answers(columns, binding.set or "", "dichotomies"))
    columns = tuple(binding.columns or ())
    first = part.number == 0  # faults of columns that all answers share are told once
    made = models.Binding.model_validate(
        {**common, "columns": list(columns), "pick": "first_nonmissing", "recode": _recode(binding, part),
         "else": _is(part, binding.otherwise) if binding.otherwise != "error" else "error" if first else "no",
         "undeclared_missing": binding.undeclared_missing if first else "system"}
    )  # fmt: skip
    return _bound(bound, made, Answers(columns, binding.set or "", "categories"))


def _bound(bound: BoundTo, binding: models.Binding, answers: Answers) -> BoundTo:
    return replace(bound, binding=binding, answers=answers)


def _recode(binding: models.Binding, part: _Part) -> dict[models.Code, models.Code]:
    found: dict[models.Code, models.Code] = {
        value: _is(part, str(target)) for value, target in (binding.recode or {}).items()
    }
    if binding.recode is None or binding.copy_codes:
        found |= {code: _is(part, answer) for answer, codes in part.of.codes.items() for code in codes}
    return found


def _is(part: _Part, target: str) -> str:
    """What a value that means `target` tells of this answer; what is no answer stays to be refused."""
    if target.startswith("missing.") or target not in part.of.parts:
        return target
    return "yes" if target == part.answer else "no"
