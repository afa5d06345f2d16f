"""The figures of one input by cell: read from a long file, with their errors, or one value for all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from surveyproc.config.models import MethodInput
from surveyproc.config.names import did_you_mean
from surveyproc.demography.methods.declare import UNITS
from surveyproc.methods.spec import RESERVED, Calc
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import LongFile

# A dash is not here: in yearbooks it is nil, elsewhere no data.
BLANK = ("", "NA", "na", "n/a", ".", "..", "...", "…")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ ,\u00a0\u202f]\d{3})+(?:\.\d+)?")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: the value and errors in the method's unit, NaN where blank."""

    value: float
    line: int = 0
    errors: Mapping[str, float] = field(default_factory=dict)  # cv, se, low, high


@dataclass(frozen=True, slots=True)
class Figures:
    """All cells of an input by their categories, in the order of dimensions; place: of the file or of the value."""

    dimensions: tuple[str, ...]
    cells: Mapping[Key, Figure]
    place: Place
    columns: tuple[str, ...] = ()  # of errors

    def at(self, line: int) -> Place:
        """The place of a line of the file."""
        return Place(self.place.file, line, 1) if line else self.place


def one_value(calc: Calc, name: str, problems: Collector) -> Figures:
    """An input that is one value in every cell."""
    one = calc.model.inputs[name]
    times = UNITS[calc.input(name).kind][one.unit]
    assert one.value is not None
    told = unused_error_keys(one, tuple(key for key in ("cv", "interval") if getattr(one, key) is not None))
    if told:
        problems.add(told_without_error(calc, name, told))
    errors = {} if one.interval is None else dict(zip(("low", "high"), (times * e for e in one.interval), strict=True))
    figure = Figure(float(one.value) * times, errors=errors)
    return Figures((), {(): figure}, calc.place("inputs", name, "value"), tuple(errors))


def from_file(calc: Calc, name: str, table: LongFile, problems: Collector) -> Figures:
    """The cells that a file has for an input; its faults are added to the problems."""
    wanted = _wanted(calc, name)
    columns = _columns(calc, name, table, wanted, problems)
    dimensions = tuple(d for d in wanted if d in columns and d not in RESERVED)
    errors = tuple(e for e in RESERVED[1:] if e in columns and any(row[columns[e]] not in BLANK for row in table.rows))
    cells: dict[Key, Figure] = {}
    before = len(problems.problems)
    if "value" in columns and not _incomplete(calc, name, columns, errors, problems):
        for line, row in _chosen(calc, name, table, problems):
            key = tuple(row[columns[d]] for d in dimensions)
            if key in cells:
                what = f"input {name} has two figures for {_told(dimensions, key)}"
                got = f"lines {cells[key].line} and {line}"
                hint = "Choose rows with `where`, or name the column that tells them apart in `by`."
                problems.add(Problem("input.duplicate-cell", Place(table.shown, line, 1), what, got, hint=hint))
            else:
                cells[key] = _figure(calc, name, row, columns, errors, Place(table.shown, line, 1), problems)
        if not cells and len(problems.problems) == before:
            what = f"no row of the file is left for input {name}"
            problems.add(Problem("input.missing-column", calc.place("inputs", name, "where"), what))
    return Figures(dimensions, cells, Place(table.shown), errors)


def _wanted(calc: Calc, name: str) -> tuple[str, ...]:
    return (*calc.model.by, *calc.input(name).axes, *RESERVED)


def _columns(calc: Calc, name: str, table: LongFile, wanted: tuple[str, ...], problems: Collector) -> dict[str, int]:
    """Position of each column that is used, by our name; columns that nothing uses are refused, if not by `where`."""
    one = calc.model.inputs[name]
    for ours in one.columns:
        if ours not in wanted:
            place = calc.place("inputs", name, "columns", ours)
            hint = did_you_mean(ours, list(wanted))
            problems.add(Problem("config.unknown-name", place, f"input {name} has no column {ours!r}", hint=hint))
    found = {}
    for ours in wanted:
        theirs = one.columns.get(ours, ours)
        if theirs in table.columns:
            found[ours] = table.columns.index(theirs)
        elif ours == "value" or ours in one.columns or ours in calc.input(name).axes:
            place = calc.place("inputs", name, "columns", ours) if ours in one.columns else Place(table.shown, 1, 1)
            hint = did_you_mean(theirs, list(table.columns)) or f"Map it: columns: {{{ours}: …}}."
            what = f"the file of input {name} has no column {theirs!r}"
            problems.add(Problem("input.missing-column", place, what, "", ", ".join(table.columns), hint))
    used = {*one.where, *(table.columns[i] for i in found.values())}
    # Where columns are named, the file serves other ends too, and what else it holds is not ours to judge.
    for theirs in [] if one.columns or one.where else table.columns:
        if theirs not in used:
            hint = did_you_mean(theirs, list(wanted)) or f"Name it in `by`, or choose its rows: where: {{{theirs}: …}}."
            what = f"nothing uses the column {theirs!r} of input {name}"
            problems.add(Problem("input.unknown-column", Place(table.shown, 1, 1), what, hint=hint))
    return found


def _incomplete(
    calc: Calc, name: str, columns: Mapping[str, int], errors: tuple[str, ...], problems: Collector
) -> bool:
    one = calc.model.inputs[name]
    kinds = {"interval" if e in ("low", "high") else e for e in errors}
    stated = [key for key in ("cv", "scenarios") if getattr(one, key) not in (None, {})]
    what = ""
    told = unused_error_keys(one, (*errors, *stated))
    if told:
        problems.add(told_without_error(calc, name, told))
    if len(kinds) + len(stated) > 1:
        what = f"input {name} has several kinds of error: {', '.join((*errors, *stated))}"
    elif ("low" in errors) != ("high" in errors):
        what = f"input {name} has one end of its interval only"
    elif "se" in errors and one.distribution != "normal":
        what = f"input {name}: an se has a normal distribution"
    elif "cv" in errors and one.distribution == "uniform":
        what = f"input {name}: a cv has a normal or a lognormal distribution"
    if what:
        problems.add(Problem("input.uncertainty", calc.place("inputs", name), what, expected="cv, se, or low and high"))
    return bool(what)


def unused_error_keys(one: MethodInput, errors: tuple[str, ...]) -> tuple[str, ...]:
    """Keys that say of an error what no stated error obeys."""
    ends = {"low", "interval"} & set(errors)
    shaped = ends or {"cv", "se"} & set(errors)
    without = {"level": ends, "distribution": shaped, "cells": shaped}
    return tuple(key for key, obeyed in without.items() if key in one.model_fields_set and not obeyed)


def told_without_error(calc: Calc, name: str, keys: tuple[str, ...]) -> Problem:
    """The refusal of such keys."""
    what = f"input {name} says {' and '.join(keys)}, but has no error of which it could be"
    return Problem("config.unsupported", calc.place("inputs", name, keys[0]), what, hint="Take the key out.")


def _chosen(calc: Calc, name: str, table: LongFile, problems: Collector) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows that `where` leaves."""
    allowed: dict[int, set[str]] = {}
    for column, values in calc.model.inputs[name].where.items():
        if column not in table.columns:
            place, hint = calc.place("inputs", name, "where", column), did_you_mean(column, list(table.columns))
            what = f"the file of input {name} has no column {column!r}"
            problems.add(Problem("input.missing-column", place, what, "", ", ".join(table.columns), hint))
            return
        listed = values if isinstance(values, list) else [values]
        allowed[table.columns.index(column)] = {str(value) for value in listed}
        absent = {str(v) for v in listed} - {row[table.columns.index(column)] for row in table.rows}
        if absent:
            place = calc.place("inputs", name, "where", column)
            what = f"no row has {', '.join(sorted(absent))} in the column {column!r}"
            problems.add(Problem("input.missing-column", place, what))
    for line, row in zip(table.lines, table.rows, strict=True):
        if all(row[i] in values for i, values in allowed.items()):
            yield line, row


def _figure(
    calc: Calc,
    name: str,
    row: tuple[str, ...],
    columns: Mapping[str, int],
    errors: tuple[str, ...],
    place: Place,
    problems: Collector,
) -> Figure:
    declared, one = calc.input(name), calc.model.inputs[name]
    times = UNITS[declared.kind][one.unit]
    value = _number(row[columns["value"]], f"value of input {name}", place, problems)
    if value < 0 and declared.sign == "positive":
        what, expected = f"input {name} is below 0", f"a {declared.kind}, 0 or more"
        problems.add(Problem("input.not-a-number", place, what, got=f"{value:g}", expected=expected))
    found = {}
    for error in errors:
        number = _number(row[columns[error]], f"{error} of input {name}", place, problems)
        found[error] = number if error == "cv" else number * times
        if error in ("cv", "se") and (number < 0 or (math.isnan(number) and not math.isnan(value))):
            what = f"the {error} of input {name} is {'not given' if math.isnan(number) else 'below 0'}"
            problems.add(Problem("input.uncertainty", place, what, expected="0 or more; 0 where the figure is exact"))
    value *= times
    if {"low", "high"} <= set(found) and not math.isnan(value) and not found["low"] <= value <= found["high"]:
        problems.add(Problem("input.uncertainty", place, f"input {name} lies outside low and high"))
    if one.distribution == "lognormal" and found.get("low", 1.0) <= 0:
        problems.add(Problem("input.uncertainty", place, f"low of input {name} is not above 0, as lognormal needs"))
    return Figure(value, place.line or 0, found)


def _number(text: str, what: str, place: Place, problems: Collector) -> float:
    if text in BLANK:
        return math.nan
    try:
        number = float(text) if not re.search("[_a-df-zA-DF-Z]", text) else math.inf
    except ValueError:
        number = math.inf
    if math.isinf(number):
        hint = ""
        if _DECIMAL_COMMA.fullmatch(text):
            hint = "Write a decimal point: " + text.replace(",", ".") + "."
        if _GROUPED.fullmatch(text):
            hint = "Write it without marks between thousands: " + re.sub("[ ,\u00a0\u202f]", "", text) + "."
        got, told = repr(text if len(text) <= 40 else text[:37] + "..."), f"the {what} is not a number"
        problems.add(Problem("input.not-a-number", place, told, got, "digits and a point", hint))
        return math.nan
    return number


def _told(dimensions: tuple[str, ...], key: Key) -> str:
    return ", ".join(f"{d} {k}" for d, k in zip(dimensions, key, strict=True)) or "the whole"
