"""From a module's variable and a round's binding to a concept: kind, categories, and rules for reading values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveyproc.config import models
from surveyproc.config.declare import Declared
from surveyproc.config.spec import Answers, Code, ColumnBinding, RecodeRule
from surveyproc.config.validate import did_you_mean
from surveyproc.expressions.scope import groups_of
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import Category, Kind, Missing

RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?|LO)\s*\.\.\s*(-?\d+(?:\.\d+)?|HI)\s*")
LETTER = re.compile(r"\.([a-z])")
LIKE_LETTER = re.compile(r"\.[^\W\d]*")
REASONS = {
    "not_applicable": Missing.NOT_APPLICABLE,
    "dk": Missing.DK,
    "refused": Missing.REFUSED,
    "not_asked": Missing.NOT_ASKED,
    "inconsistent": Missing.INCONSISTENT,
    "system": Missing.SYSTEM,
}
YES_NO = (
    Category("yes", {"en": "Yes", "ru": "Да", "kk": "Иә"}),
    Category("no", {"en": "No", "ru": "Нет", "kk": "Жоқ"}),
)


@dataclass(frozen=True, slots=True)
class BoundTo:
    """A binding of the round with the place where it was written."""

    binding: models.Binding
    place: Place
    at: Mapping[tuple[str | int | float, ...], Place]  # of each part that can be wrong: (recode, value), (else,) …
    key: Place  # of the concept's name in the map
    answers: Answers | None = None  # where it is one answer of several


def kind_of(declared: Declared[models.Variable], problems: Collector) -> Kind:
    """The kind of a variable; a code list is categorical."""
    declared_type = declared.item.type
    if declared_type is None:
        problems.add(Problem("config.missing-key", declared.place, f"{declared.name} has no type", expected="type: …"))
        return Kind.NUMBER
    return Kind.CATEGORICAL if declared_type == "codelist" else Kind(declared_type)


def categories_of(
    declared: Declared[models.Variable], kind: Kind, codelist: models.Codelist | None, problems: Collector
) -> tuple[Category, ...]:
    """Categories with labels and codes, from the variable's own codes or its code list; of a yes/no variable both."""
    item = declared.item
    entries: Mapping[str, models.Codes | models.CodeEntry | models.CodelistEntry] = (
        codelist.codes if codelist is not None else item.codes
    )
    if kind is Kind.CATEGORICAL and not entries:
        problems.add(
            Problem(
                "config.missing-key", declared.place, f"{declared.name} has no codes", expected="codes: {name: value}"
            )
        )
    if kind is Kind.BOOLEAN and set(entries) != {"yes", "no"}:
        problems.add(
            Problem(
                "config.bad-value",
                declared.place,
                f"{declared.name} is yes/no",
                expected="codes: {yes: value, no: value}",
            )
        )
    if kind not in (Kind.CATEGORICAL, Kind.BOOLEAN) and entries and item.type is not None:
        problems.add(Problem("config.bad-value", declared.place, f"{declared.name} is a {kind} and has no codes"))
    categories, seen = [], dict[Code, str]()
    for name, entry in entries.items():
        codes, labels = (
            (_codes(entry), {}) if not isinstance(entry, models.Strict) else (_codes(entry.code), entry.label)
        )
        for code in codes:
            if code in seen:
                problems.add(
                    Problem(
                        "config.duplicate-name",
                        declared.at("codes", name) if codelist is None else declared.at("codelist"),
                        f"code {_code(code)} stands for {seen[code]} and for {name}",
                    )
                )
            seen[code] = name
        groups = tuple(entry.groups) if isinstance(entry, models.CodelistEntry) else ()
        categories.append(Category(name, dict(labels), codes, groups))
    for group in groups_of(categories):
        if group in entries:
            what = f"{group} is the name of a group and of an entry of code list {item.codelist}"
            problems.add(Problem("config.duplicate-name", declared.at("codelist"), what))
    if kind is Kind.BOOLEAN:
        given = {c.name: c for c in categories}
        return tuple(
            (given.get(c.name) and Category(c.name, given[c.name].labels or c.labels, given[c.name].codes)) or c
            for c in YES_NO
        )
    return tuple(categories)


def compile_binding(
    declared: Declared[models.Variable],
    kind: Kind,
    categories: tuple[Category, ...],
    bound: BoundTo,
    problems: Collector,
) -> ColumnBinding:
    """The rules by which a column's values become the concept's, missing rules first."""
    binding = bound.binding
    missing = dict(declared.item.missing if binding.missing is None else binding.missing)
    where_missing = bound.at.get(("missing",), bound.place) if binding.missing is not None else declared.at("missing")
    letters, rules = _missing_rules(missing, where_missing, problems)
    more_letters, more_rules = _missing_rules(
        binding.also_missing, bound.at.get(("also_missing",), bound.place), problems
    )
    rules += more_rules
    letters |= more_letters
    names = {c.name for c in categories}
    rules += _recodes(bound, kind, names, problems)
    if binding.recode is None or binding.copy_codes:
        rules += [RecodeRule(code, code, c.name) for c in categories for code in c.codes]
    otherwise: str | Missing = binding.otherwise
    if otherwise == "error" and binding.recode is None and kind not in (Kind.CATEGORICAL, Kind.BOOLEAN):
        otherwise = "keep"
    elif otherwise == "keep" and kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        place = bound.at.get(("else",), bound.place)
        problems.add(
            Problem("config.bad-value", place, "codes cannot be kept as they are", expected="a code of the list")
        )
    elif otherwise not in ("error", "keep"):
        target = _target(otherwise, kind, names, bound.at.get(("else",), bound.place), problems)
        otherwise = target if isinstance(target, Missing) else str(target)
    if binding.format is not None and kind is not Kind.YEAR_MONTH:
        what = f"{declared.name} is a {kind}, and {binding.format} says how a number tells a month"
        problems.add(Problem("config.bad-value", bound.place, what, expected="a concept of type year_month"))
    columns = tuple(binding.columns or ([binding.column] if binding.column else []))
    return ColumnBinding(
        columns=columns,
        rules=tuple(rules),
        otherwise=otherwise,
        letters=letters,
        blank=REASONS[binding.blank] if binding.blank else None,
        undeclared=binding.undeclared_missing,
        place=bound.place,
        answers=bound.answers,
        format=binding.format or "",
    )


def _recodes(bound: BoundTo, kind: Kind, names: set[str], problems: Collector) -> list[RecodeRule]:
    rules: list[RecodeRule] = []
    for value, target in (bound.binding.recode or {}).items():
        place = bound.at.get(("recode", value), bound.place)
        low, high = code_range(value)
        rule = RecodeRule(low, high, _target(target, kind, names, place, problems))
        if not isinstance(low, str) and not isinstance(high, str):
            _check_range(value, rule, rules, place, problems)
        rules.append(rule)
    return rules


def _check_range(value: Code, rule: RecodeRule, earlier: list[RecodeRule], place: Place, problems: Collector) -> None:
    if _numbers(rule)[0] > _numbers(rule)[1]:
        problems.add(Problem("config.bad-value", place, f"the range {value} ends before it starts"))
    for other in earlier:
        if not isinstance(other.low, str) and rule.target != other.target and _overlap(_numbers(rule), _numbers(other)):
            what = f"{value} overlaps an earlier line of the recode that gives {_shown(other.target)}"
            problems.add(Problem("config.bad-value", place, what, expected="one target for each value"))
            return


def _numbers(rule: RecodeRule) -> tuple[float, float]:
    return float(rule.low), float(rule.high)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _shown(target: str | float | Missing) -> str:
    return f"missing.{target.name.lower()}" if isinstance(target, Missing) else str(target)


def check_variable(declared: Declared[models.Variable], kind: Kind, problems: Collector) -> None:
    """Whether the keys of a variable go together: a range for numbers, parts for a month, one source of codes."""
    item = declared.item
    if item.codelist is not None and item.type != "codelist":
        what = f"{declared.name} names a code list and is of type {item.type}"
        problems.add(Problem("config.bad-value", declared.at("codelist"), what, expected="type: codelist"))
    if item.type == "codelist" and item.codelist is None:
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} does not name its code list",
                expected="codelist: name",
            )
        )
    if item.type == "codelist" and item.codes:
        what = f"{declared.name} has the codes of its code list and no others"
        problems.add(Problem("config.bad-value", declared.at("codes"), what))
    if item.parts is not None and kind is not Kind.YEAR_MONTH:
        what = f"{declared.name} is a {kind} and has no parts"
        problems.add(Problem("config.bad-value", declared.at("parts"), what, expected="type: year_month"))
    for key, end in (("min", item.min), ("max", item.max)):
        if end is not None and kind in (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.TEXT):
            problems.add(Problem("config.bad-value", declared.at(key), f"{declared.name} is a {kind} and has no {key}"))
            return
    if item.min is not None and item.max is not None and item.min > item.max:
        problems.add(
            Problem("config.bad-value", declared.at("min"), f"the range of {declared.name} ends before it starts")
        )
    _check_codes_against_missing(declared, problems)


def _check_codes_against_missing(declared: Declared[models.Variable], problems: Collector) -> None:
    _, rules = _missing_rules(declared.item.missing, declared.at("missing"), Collector())
    for name, entry in declared.item.codes.items():
        for code in _codes(entry.code if isinstance(entry, models.CodeEntry) else entry):
            if any(_takes(rule, code) for rule in rules):
                what = f"code {_code(code)} of {declared.name} stands for {name} and for a kind of missing"
                problems.add(Problem("config.duplicate-name", declared.at("codes", name), what))


def _takes(rule: RecodeRule, code: Code) -> bool:
    if isinstance(code, str) or isinstance(rule.low, str) or isinstance(rule.high, str):
        return rule.low == code
    return rule.low <= code <= rule.high


def _code(code: Code) -> str:
    return f"{code:g}" if isinstance(code, float) else code


def check_binding(bound: BoundTo, name: str, problems: Collector) -> None:
    """A binding names either a column, or columns with a pick, or that the question was not asked."""
    binding = bound.binding
    ways = [binding.column is not None, binding.columns is not None, binding.not_asked]
    if sum(ways) != 1:
        problems.add(
            Problem(
                "config.bad-value",
                bound.place,
                f"{name} is to say one of: column, columns, not_asked",
                got="several of them" if sum(ways) else "none of them",
            )
        )
        return
    if binding.not_asked and binding.model_fields_set - {"not_asked", "reason"}:
        problems.add(
            Problem(
                "config.unused",
                bound.place,
                f"{name} was not asked, so that nothing of it is read",
                got=", ".join(sorted(binding.model_fields_set - {"not_asked", "reason"})),
                expected="not_asked: true, and reason: if you like",
            )
        )
    if binding.reason and not binding.not_asked:
        what = f"{name} was asked, so that the reason is never told"
        problems.add(Problem("config.unused", bound.place, what, expected="reason: beside not_asked: true only"))
    if binding.columns == []:
        problems.add(Problem("config.bad-value", bound.place, f"{name} has an empty list of columns"))
    elif (binding.columns is not None) != (binding.pick is not None):
        problems.add(
            Problem(
                "config.bad-value",
                bound.place,
                f"{name}: columns and pick go together",
                expected="pick: first_nonmissing",
            )
        )


def _missing_rules(
    missing: models.MissingCodes, place: Place, problems: Collector
) -> tuple[dict[str, Missing], list[RecodeRule]]:
    letters: dict[str, Missing] = {}
    rules: list[RecodeRule] = []
    for reason, codes in missing.items():
        for code in codes if isinstance(codes, list) else [codes]:
            match = LETTER.fullmatch(code) if isinstance(code, str) else None
            if match:
                if letters.setdefault(match.group(1), REASONS[reason]) != REASONS[reason]:
                    problems.add(Problem("config.duplicate-name", place, f"{code!r} stands for two kinds of missing"))
                continue
            if isinstance(code, str) and LIKE_LETTER.fullmatch(code):
                problems.add(
                    Problem("config.bad-value", place, f"{code!r} is no missing letter", expected="one of .a to .z")
                )
                continue
            low, high = code_range(code)
            clash = next((r for r in rules if r.low == low and r.high == high and r.target != REASONS[reason]), None)
            if clash is not None:
                problems.add(Problem("config.duplicate-name", place, f"{code!r} stands for two kinds of missing"))
            rules.append(RecodeRule(low, high, REASONS[reason]))
    return letters, rules


def _target(
    target: models.Code, kind: Kind, names: set[str], place: Place, problems: Collector
) -> str | float | Missing:
    text = str(target)
    if text.startswith("missing."):
        reason = REASONS.get(text.removeprefix("missing."))
        if reason is not None:
            return reason
        problems.add(Problem("config.bad-value", place, f"{text!r} is no kind of missing", expected=", ".join(REASONS)))
        return Missing.SYSTEM
    if kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        if text not in names:
            problems.add(
                Problem(
                    "config.unknown-name",
                    place,
                    f"{text!r} is not a code of this variable",
                    expected=", ".join(sorted(names)),
                    hint=did_you_mean(text, sorted(names)),
                )
            )
        return text
    if kind is Kind.TEXT:
        return text
    if isinstance(target, str):
        problems.add(
            Problem("config.wrong-type", place, f"{target!r} is not a number", expected="a number or missing.<reason>")
        )
        return Missing.SYSTEM
    return float(target)


def _codes(codes: models.Codes) -> tuple[Code, ...]:
    return tuple(c if isinstance(c, str) else float(c) for c in (codes if isinstance(codes, list) else [codes]))


def code_range(value: models.Code) -> tuple[Code, Code]:
    """Lowest and highest value of a code or of a range as written; equal for a single one."""
    if not isinstance(value, str):
        return float(value), float(value)
    match = RANGE.fullmatch(value)
    if not match:
        return value, value
    low, high = match.groups()
    return (float("-inf") if low == "LO" else float(low)), (float("inf") if high == "HI" else float(high))
