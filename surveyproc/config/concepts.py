"""From a module's variable and a round's binding to a concept: kind, categories, and rules for reading values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveyproc.config import models
from surveyproc.config.declare import Declared
from surveyproc.config.spec import Code, ColumnBinding, RecodeRule
from surveyproc.config.validate import did_you_mean
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import Category, Kind, Missing

RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?|LO)\s*\.\.\s*(-?\d+(?:\.\d+)?|HI)\s*")
LETTER = re.compile(r"\.([a-z])")
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
    at: Mapping[str, Place]  # place of each key that can be wrong: recode, else, missing …


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
    if kind not in (Kind.CATEGORICAL, Kind.BOOLEAN) and entries:
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
                        declared.at("codes"),
                        f"code {code!r} stands for {seen[code]} and for {name}",
                    )
                )
            seen[code] = name
        categories.append(Category(name, dict(labels), codes))
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
    where_missing = bound.at.get("missing", bound.place) if binding.missing is not None else declared.at("missing")
    letters, rules = _missing_rules(missing, where_missing, problems)
    more_letters, more_rules = _missing_rules(binding.also_missing, bound.at.get("also_missing", bound.place), problems)
    rules += more_rules
    letters |= more_letters
    names = {c.name for c in categories}
    recode_place = bound.at.get("recode", bound.place)
    if binding.recode is not None:
        for value, target in binding.recode.items():
            low, high = _range(value)
            rules.append(RecodeRule(low, high, _target(target, kind, names, recode_place, problems)))
    if binding.recode is None or binding.copy_codes:
        rules += [RecodeRule(code, code, c.name) for c in categories for code in c.codes]
    otherwise: str | Missing = binding.otherwise
    if otherwise == "error" and binding.recode is None and kind not in (Kind.CATEGORICAL, Kind.BOOLEAN):
        otherwise = "keep"
    elif otherwise not in ("error", "keep"):
        target = _target(otherwise, kind, names, bound.at.get("else", bound.place), problems)
        otherwise = target if isinstance(target, Missing) else str(target)
    columns = tuple(binding.columns or ([binding.column] if binding.column else []))
    return ColumnBinding(
        columns=columns,
        rules=tuple(rules),
        otherwise=otherwise,
        letters=letters,
        blank=REASONS[binding.blank] if binding.blank else None,
        undeclared=binding.undeclared_missing,
        place=bound.place,
    )


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
    if (binding.columns is not None) != (binding.pick is not None):
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
                letters[match.group(1)] = REASONS[reason]
                continue
            low, high = _range(code)
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


def _range(value: models.Code) -> tuple[Code, Code]:
    if not isinstance(value, str):
        return float(value), float(value)
    match = RANGE.fullmatch(value)
    if not match:
        return value, value
    low, high = match.groups()
    return (float("-inf") if low == "LO" else float(low)), (float("inf") if high == "HI" else float(high))
