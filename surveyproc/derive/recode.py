"""From a column as read to a typed column: codes to categories, every value either taken by a rule or reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.config.spec import ColumnBinding, Concept, DerivedVariable, RecodeRule
from surveyproc.derive.dates import to_days, to_months
from surveyproc.problems import Place, Problem, counted
from surveyproc.values import Category, Column, ColumnInfo, Kind, Missing, RawColumn

CODED = (Kind.CATEGORICAL, Kind.BOOLEAN)
SHOWN_CODES = 5
MOST_CODES = 20  # a column with more unlisted values than these is hardly one of codes
LONGEST_CODE = 12


@dataclass(frozen=True, slots=True)
class _Distinct:
    """The distinct values of a column, how often each occurs, and what takes each.

    rule: index of the first rule that takes the value; KEEP, DEFAULT (the binding's `else`), UNLISTED, or DECLARED
    where the file calls it missing and no rule of ours names it.
    """

    values: NDArray[Any]
    inverse: NDArray[np.int64]
    counts: NDArray[np.int64]
    rule: NDArray[np.int64]


KEEP, DEFAULT, UNLISTED, DECLARED = -1, -2, -3, -4


def empty_value(kind: Kind) -> float | int | str:
    """What stands in `values` where a column of this kind is missing."""
    if kind in CODED:
        return -1
    return "" if kind is Kind.TEXT else float("nan")


def new_values(kind: Kind, rows: int) -> NDArray[Any]:
    """An array of missing values of a kind, length rows."""
    dtype: Any = {Kind.CATEGORICAL: np.int16, Kind.BOOLEAN: np.int8, Kind.TEXT: object}.get(kind, np.float64)
    return np.full(rows, empty_value(kind), dtype=dtype)


def codes_of(variable: Concept | DerivedVariable) -> tuple[Category, ...]:
    """The categories of a column: of a categorical variable only, a yes/no column needs none."""
    return variable.categories if variable.kind is Kind.CATEGORICAL else ()


def all_missing(concept: Concept | DerivedVariable, rows: int, reason: Missing) -> Column:
    """A column with one reason for every row: a question that was not asked."""
    return Column(
        concept.kind, new_values(concept.kind, rows), np.full(rows, int(reason), dtype=np.int8), codes_of(concept)
    )


def recode(raw: RawColumn, concept: Concept, binding: ColumnBinding, file: str) -> tuple[Column, tuple[Problem, ...]]:
    """Apply a binding's rules to a raw column; values that no rule takes come back as problems with counts."""
    values = new_values(concept.kind, len(raw.values))
    reason = np.full(len(raw.values), int(Missing.SYSTEM), dtype=np.int8)
    place = Place(file, level=concept.level, variable=raw.info.name)
    convert = _converter(concept.kind, raw.info, binding.format)
    if isinstance(convert, str):
        return Column(concept.kind, values, reason, codes_of(concept)), (_wrong_type(concept, raw, convert, place),)
    blank = is_blank(raw)
    if binding.blank is not None:
        reason[blank] = int(binding.blank)
    problems = _letters(raw, binding, reason, place)
    rows = np.flatnonzero(~blank)
    distinct = _distinct(raw.values[rows], binding, raw.info)
    if len(rows):
        mapped, reasons = _mapped(distinct, concept, binding, convert)
        values[rows], reason[rows] = mapped[distinct.inverse], reasons[distinct.inverse]
    problems += _unmapped(distinct, concept, raw, place)
    problems += _out_of_range(values, reason, concept, place)
    return Column(concept.kind, values, reason, codes_of(concept)), tuple(problems)


def first_known(columns: Sequence[Column]) -> Column:
    """The first column with a value in each row; where none has one, the first column's reason that is not system."""
    values, reason = columns[0].values.copy(), columns[0].reason.copy()
    for column in columns[1:]:
        take = (reason != Missing.KNOWN) & ((column.reason == Missing.KNOWN) | (reason == Missing.SYSTEM))
        values[take], reason[take] = column.values[take], column.reason[take]
    return Column(columns[0].kind, values, reason, columns[0].categories)


def one_answer(columns: Sequence[Column], every: Sequence[Column], blank: NDArray[np.bool_]) -> Column:
    """Whether one of several possible answers was given: yes in any of its columns; no where it was given in none of
    them but some column of the set holds an answer: other answers or boxes that were left blank beside ticked ones;
    else the reason of the first column that has one. blank: rows where nothing stands in its own columns.
    """
    column = first_known(columns)
    yes = np.any([c.values == 1 for c in columns], axis=0)
    filled = np.any([c.known for c in every], axis=0)
    unticked = filled & blank
    values = np.where(yes, 1, np.where(unticked, 0, column.values)).astype(np.int8)
    reason = np.where(yes | unticked, Missing.KNOWN, column.reason).astype(np.int8)
    return Column(Kind.BOOLEAN, values, reason)


def join_parts(year: Column, month: Column) -> Column:
    """A year and a month as months since 0000-01; missing where either is, with the year's reason first."""
    reason = np.where(year.reason != Missing.KNOWN, year.reason, month.reason).astype(np.int8)
    values = np.where(reason == Missing.KNOWN, year.values * 12 + month.values - 1, np.nan)
    return Column(Kind.YEAR_MONTH, values, reason)


def is_blank(raw: RawColumn) -> NDArray[np.bool_]:
    """Rows (n) in which nothing stands."""
    if raw.info.text:
        return np.array([not str(v).strip() for v in raw.values], dtype=bool)
    return np.asarray(np.isnan(raw.values), dtype=bool)


def _distinct(values: NDArray[Any], binding: ColumnBinding, info: ColumnInfo) -> _Distinct:
    if values.dtype == object:
        seen: dict[str, int] = {}
        inverse = np.fromiter((seen.setdefault(str(v).rstrip(), len(seen)) for v in values), np.int64, len(values))
        distinct = np.array(list(seen), dtype=object)
    else:
        distinct, inverse = np.unique(values, return_inverse=True)
    text = distinct.dtype == object
    rule = np.full(
        len(distinct), {"error": UNLISTED, "keep": KEEP}.get(str(binding.otherwise), DEFAULT), dtype=np.int64
    )
    declared = np.isin(distinct, [v for v in info.missing_values if isinstance(v, str) == text])
    if not text:
        for low, high in info.missing_ranges:
            declared |= (distinct >= low) & (distinct <= high)
    rule[declared] = len(binding.rules) if binding.undeclared == "system" else DECLARED
    for index in range(len(binding.rules) - 1, -1, -1):
        rule[_taken(distinct, binding.rules[index], text=text)] = index
    return _Distinct(distinct, inverse.astype(np.int64), np.bincount(inverse, minlength=len(distinct)), rule)


def _taken(distinct: NDArray[Any], rule: RecodeRule, *, text: bool) -> NDArray[np.bool_]:
    if isinstance(rule.low, str) != text:
        return np.zeros(len(distinct), dtype=bool)
    if text:
        return np.asarray(distinct == rule.low, dtype=bool)
    return np.asarray((distinct >= rule.low) & (distinct <= rule.high), dtype=bool)


def _mapped(
    distinct: _Distinct, concept: Concept, binding: ColumnBinding, convert: Any
) -> tuple[NDArray[Any], NDArray[np.int8]]:
    mapped = new_values(concept.kind, len(distinct.values))
    reasons = np.full(len(distinct.values), int(Missing.SYSTEM), dtype=np.int8)
    keep = distinct.rule == KEEP
    if keep.any():
        mapped[keep] = convert(distinct.values[keep])
        reasons[keep] = int(Missing.KNOWN)
    targets: dict[int, str | float | Missing] = {i: rule.target for i, rule in enumerate(binding.rules)}
    targets[len(binding.rules)] = Missing.SYSTEM
    targets[DEFAULT] = binding.otherwise
    for index in np.unique(distinct.rule):
        if int(index) not in targets:
            continue
        target, rows = targets[int(index)], distinct.rule == index
        if isinstance(target, Missing):
            reasons[rows] = int(target)
        else:
            mapped[rows], reasons[rows] = _settle(target, concept), int(Missing.KNOWN)
    return mapped, reasons


def _letters(raw: RawColumn, binding: ColumnBinding, reason: NDArray[np.int8], place: Place) -> list[Problem]:
    if raw.letters is None:
        return []
    unknown: dict[str, int] = {}
    for number in np.unique(raw.letters[raw.letters > 0]):
        letter = chr(ord("a") + int(number) - 1)
        rows = raw.letters == number
        if letter in binding.letters:
            reason[rows] = int(binding.letters[letter])
        elif binding.undeclared == "error":
            unknown[f".{letter}"] = int(rows.sum())
    if not unknown:
        return []
    return [
        Problem(
            "derive.unmapped-code",
            Place(place.file, level=place.level, variable=place.variable, cases=sum(unknown.values())),
            "missing values with a letter that no rule names",
            got=", ".join(f"{_code(k, raw.info)} ({counted(n, 'case')})" for k, n in unknown.items()),
            expected="each letter under missing: dk, refused, not_applicable, not_asked or inconsistent",
            hint="Or undeclared_missing: system, to count them as unexplained.",
        )
    ]


def _settle(target: str | float, concept: Concept) -> Any:
    if concept.kind is Kind.CATEGORICAL:
        return [c.name for c in concept.categories].index(str(target))
    if concept.kind is Kind.BOOLEAN:
        return 1 if target == "yes" else 0
    return target


def _unmapped(distinct: _Distinct, concept: Concept, raw: RawColumn, place: Place) -> list[Problem]:
    problems = []
    for kind, what in (
        (UNLISTED, "codes in the data that neither the module nor the round names"),
        (DECLARED, "values declared missing in the file that no rule names"),
    ):
        found = np.flatnonzero(distinct.rule == kind)
        if not len(found):
            continue
        coded = concept.kind in CODED or kind == DECLARED
        problems.append(
            Problem(
                "derive.unmapped-code",
                Place(place.file, level=place.level, variable=place.variable, cases=int(distinct.counts[found].sum())),
                f"{concept.name}: {what}",
                got=_got(distinct, found, raw.info, coded=coded),
                expected="each code under recode or missing" + (", or else: …" if kind == UNLISTED else ""),
                hint=_code_hint(concept, raw.info) if coded and kind == UNLISTED else "",
            )
        )
    return problems


def _got(distinct: _Distinct, found: NDArray[np.int64], info: ColumnInfo, *, coded: bool) -> str:
    """The codes with their counts; only how many where they may be answers or identifiers of single cases."""
    values = distinct.values[found]
    long = any(isinstance(v, str) and len(v) > LONGEST_CODE for v in values)
    if not coded or long or len(found) > MOST_CODES:
        return f"{len(found)} different values"
    some = found[:SHOWN_CODES]
    shown = ", ".join(f"{_code(distinct.values[i], info)} ({counted(int(distinct.counts[i]), 'case')})" for i in some)
    return shown + (", …" if len(found) > SHOWN_CODES else "")


def _code_hint(concept: Concept, info: ColumnInfo) -> str:
    codes = [c for k in concept.categories for c in k.codes]
    if info.text and codes and not any(isinstance(c, str) for c in codes):
        return "The column holds text: quote the codes."
    if not info.text and codes and all(isinstance(c, str) for c in codes):
        return "The column holds numbers and the codes are text: name the numbers under recode."
    return ""


def _code(value: Any, info: ColumnInfo) -> str:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    key = value.removeprefix(".") if isinstance(value, str) else value
    label = info.value_labels.get(key, "") if isinstance(info.value_labels, Mapping) else ""
    return f"{shown} «{label}»" if label else shown


def _converter(kind: Kind, info: ColumnInfo, written: str) -> Any:
    if kind in CODED:
        return lambda value: value
    if kind is Kind.TEXT:
        return _as_text
    if info.text:
        return "text"
    if kind is Kind.DATE:
        return to_days(info.format)
    if kind is Kind.YEAR_MONTH:
        return to_months(written or info.format)
    return lambda value: value


def _as_text(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return np.array([_one_text(v) for v in values], dtype=object)
    return _one_text(values)


def _one_text(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).rstrip()


def _wrong_type(concept: Concept, raw: RawColumn, found: str, place: Place) -> Problem:
    return Problem(
        "derive.wrong-type",
        place,
        f"{concept.name} is a {concept.kind}, the column holds {found}",
        got=f"format {raw.info.format}" if raw.info.format else found,
        expected={Kind.DATE: "a date format", Kind.YEAR_MONTH: "a monthly or date format, parts, or format: cmc"}.get(
            concept.kind, "numbers"
        ),
    )


def _out_of_range(values: NDArray[Any], reason: NDArray[np.int8], concept: Concept, place: Place) -> list[Problem]:
    if concept.minimum is None and concept.maximum is None:
        return []
    low = float("-inf") if concept.minimum is None else concept.minimum
    high = float("inf") if concept.maximum is None else concept.maximum
    known = reason == Missing.KNOWN
    count = int((known & ~((values >= low) & (values <= high))).sum())
    if not count:
        return []
    return [
        Problem(
            "derive.out-of-range",
            Place(place.file, level=place.level, variable=place.variable, cases=count),
            f"{concept.name}: values outside the declared range",
            expected=f"{low:g} to {high:g}",
            hint="Name missing codes under missing, or mend the range in the module.",
        )
    ]
