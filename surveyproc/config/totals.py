"""Reads a CSV of known totals: variable, level, total, and if need be partition, unit, label."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surveyproc.config.names import did_you_mean
from surveyproc.problems import Collector, Place, Problem

NEEDED = ("variable", "level", "total")
COLUMNS = (*NEEDED, "partition", "unit", "label")
UNITS = {"": 1.0, "one": 1.0, "thousand": 1e3, "million": 1e6}
LARGEST = 20_000_000  # bytes
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")

Key = tuple[str, str, str]  # variable, level, category of the partition


@dataclass(frozen=True, slots=True)
class TotalsFile:
    """A file of totals: numbers in ones, each with its line."""

    shown: str
    sha256: str
    rows: Mapping[Key, tuple[float, Place]]


def read_totals(path: Path, shown: str, problems: Collector) -> TotalsFile | None:
    """The totals of a CSV file in UTF-8, commas or semicolons between the fields; faults go to `problems`.

    With semicolons a comma in a number is a decimal comma. unit: `one` (default), `thousand` or `million`. None where
    a line cannot be read.
    """
    before = len(problems.problems)
    data = path.read_bytes()
    try:
        text = data[: LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.add(_problem(Place(shown, 1, 1), "the file of totals is not UTF-8 text", hint="Save it as CSV UTF-8."))
        return None
    if len(data) > LARGEST:
        problems.add(_problem(Place(shown, 1, 1), "the file of totals is too large", expected=f"{LARGEST:,} bytes"))
        return None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: dict[Key, tuple[float, Place]] = {}
    head: list[str] | None = None
    try:
        for fields in reader:
            place = Place(shown, reader.line_num, 1)
            if head is None:
                head = [name.strip() for name in fields]
                if not _head_holds(head, place, problems):
                    return None
            elif any(field.strip() for field in fields):
                _add(fields, head, place, delimiter, rows, problems)
    except csv.Error as error:
        problems.add(_problem(Place(shown, reader.line_num, 1), "the line is no line of a CSV file", got=str(error)))
        return None
    if len(problems.problems) > before:
        return None
    return TotalsFile(shown, hashlib.sha256(data).hexdigest(), rows)


def _problem(place: Place, what: str, *, got: str = "", expected: str = "", hint: str = "") -> Problem:
    return Problem("config.totals", place, what, got=got, expected=expected, hint=hint)


def _head_holds(head: list[str], place: Place, problems: Collector) -> bool:
    ok = True
    for name in NEEDED:
        if name not in head:
            hint = did_you_mean(name, [h for h in head if h not in COLUMNS])
            hint = hint.replace("Did you mean", "Is it").replace("?", ", misspelt?", 1)
            problems.add(_problem(place, f"the file of totals has no column {name}", got=", ".join(head), hint=hint))
            ok = False
    for name in head:
        if ok and name not in COLUMNS:
            what = f"a file of totals has no column {name!r}"
            problems.add(_problem(place, what, expected=", ".join(COLUMNS), hint=did_you_mean(name, COLUMNS)))
            ok = False
    if ok and len(set(head)) < len(head):
        problems.add(_problem(place, "a column stands twice in the file of totals", got=", ".join(head)))
        ok = False
    return ok


def _add(
    fields: list[str],
    head: list[str],
    place: Place,
    delimiter: str,
    rows: dict[Key, tuple[float, Place]],
    problems: Collector,
) -> None:
    if len(fields) != len(head):
        got = f"{len(fields)} fields, the first line has {len(head)}"
        problems.add(_problem(place, "the line has another number of fields than the first", got=got))
        return
    row = {name: field.strip() for name, field in zip(head, fields, strict=True)}
    key = row["variable"], row["level"], row.get("partition", "")
    unit = row.get("unit", "")
    value = _number(row["total"], delimiter)
    if unit not in UNITS:
        expected, hint = ", ".join(u for u in UNITS if u), did_you_mean(unit, UNITS)
        problems.add(_problem(place, "the unit is not known", got=repr(unit), expected=expected, hint=hint))
    elif value is None:
        what = f"{_name(key)} has no total" if not row["total"] else f"the total of {_name(key)} is no number"
        hint = "Write 0 where the population has nobody." if not row["total"] else ""
        problems.add(_problem(place, what, got=repr(row["total"]), expected="a number of at least 0", hint=hint))
    elif value < 0 or not math.isfinite(value):
        problems.add(_problem(place, f"the total of {_name(key)} is below 0 or infinite", got=row["total"]))
    elif key in rows:
        line = rows[key][1].line
        problems.add(_problem(place, f"{_name(key)} stands twice", got=f"line {line} and line {place.line}"))
    else:
        rows[key] = value * UNITS[unit], place


def _number(text: str, delimiter: str) -> float | None:
    plain = GROUPED.sub("", text)
    if not NUMBER.fullmatch(plain) or (delimiter == "," and "," in plain):
        return None
    return float(plain.replace(",", "."))


def _name(key: Key) -> str:
    variable, level, partition = key
    return f"{variable} {level}".strip() + (f" in {partition}" if partition else "")
