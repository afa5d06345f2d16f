"""Figures printed elsewhere, read from a CSV with the decimals that they were printed with."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from surveyproc.config.names import did_you_mean
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import ESTIMATE_COLUMNS

FIGURES = (
    *("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df"),
    *("n_unweighted", "n_effective", "n_psus", "n_weighted", "kish", "share_missing"),
)
SCALED = ("value", "se", "ci_low", "ci_high")
REQUIRED = ("indicator", "domain", "cell")
OPTIONAL = ("category", "scale")
SCALES: Mapping[str, int] = {"": 1, "percent": 100}
PASSED_OVER = frozenset(ESTIMATE_COLUMNS) - set(FIGURES) - set(REQUIRED) - set(OPTIONAL) | {"table", "note"}
NOT_PRINTED = frozenset({"", "na", "n/a", "-", "–", "—", "..", "...", "…", "*", "(*)"})
MOST_BYTES = 50_000_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed figure: text as printed, its number, one unit of its last place, and how many times ours it is."""

    line: int
    indicator: str
    category: str
    domain: str
    cell: str
    figure: str  # of FIGURES
    text: str
    number: Decimal
    unit: Decimal
    scale: int = 1


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: Mapping[str, str]


def read_published(path: Path, *, indicators: Collection[str]) -> tuple[tuple[Printed, ...], int]:
    """The figures of a CSV in the order of the file, and how many places for a figure hold none ("", "na", "-" …).

    The CSV is UTF-8 with commas, one row an estimate: columns REQUIRED, any of OPTIONAL and at least one of FIGURES;
    an empty domain is the total. A number in parentheses is read without them. Other columns of an estimates file and
    `table` and `note` are passed over. indicators: the names that a round can estimate. Raises SurveyprocError with
    every fault, by line.
    """
    problems = Collector()
    lines = _lines(path, problems)
    printed: list[Printed] = []
    blank = 0
    seen: dict[tuple[str, ...], int] = {}
    for line in lines:
        place = Place(path.as_posix(), line.number)
        if not _row_is_sound(line, place, indicators=indicators, seen=seen, problems=problems):
            continue
        for figure in FIGURES:
            text = line.cells.get(figure, "")
            if text.casefold() in NOT_PRINTED:
                blank += figure in line.cells
                continue
            one = _printed(line, figure, text)
            if one is None:
                problems.add(_not_a_number(text, Place(path.as_posix(), line.number, variable=figure)))
            else:
                printed.append(one)
    problems.stop_on_errors()
    return tuple(printed), blank


def _lines(path: Path, problems: Collector) -> list[_Line]:
    text = _text(path, problems)
    shown = path.as_posix()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        _check_head(head, Place(shown, 1), problems)
        if problems.errors:
            return []
        lines = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head):
                problems.add(
                    Problem(
                        "config.syntax",
                        Place(shown, reader.line_num),
                        "a row of the CSV has another number of cells than the head",
                        got=f"{len(cells)}",
                        expected=f"{len(head)}",
                        hint="A text with a comma in it must stand in double quotes.",
                    )
                )
                continue
            lines.append(_Line(reader.line_num, dict(zip(head, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as error:
        problems.add(Problem("config.syntax", Place(shown, reader.line_num or 1), "this is no CSV", got=str(error)))
        return []
    return lines


def _text(path: Path, problems: Collector) -> str:
    place = Place(path.as_posix())
    if not path.exists():
        problems.add(Problem("config.not-found", Place("--against"), "there is no such file", got=path.as_posix()))
        return ""
    try:
        if path.stat().st_size > MOST_BYTES:
            problems.add(Problem("config.too-large", place, f"the file is larger than {MOST_BYTES:,} bytes"))
            return ""
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = "Save it as CSV UTF-8."
        problems.add(Problem("config.unreadable", place, "the file is not UTF-8 text", hint=hint))
    except OSError as error:
        problems.add(
            Problem("config.unreadable", place, "the file cannot be read", got=error.strerror or type(error).__name__)
        )
    return ""


def _check_head(head: list[str], place: Place, problems: Collector) -> None:
    if problems.errors:
        return
    if len(head) == 1 and (";" in head[0] or "\t" in head[0]):
        hint = "Save it with commas between the cells and points in the decimals."
        problems.add(Problem("config.syntax", place, "the cells are not divided by commas", got=head[0], hint=hint))
        return
    known = {*REQUIRED, *OPTIONAL, *FIGURES, *PASSED_OVER}
    for name in REQUIRED:
        if name not in head:
            got = ", ".join(head) or "an empty file"
            problems.add(Problem("config.missing-key", place, f"the CSV has no column {name!r}", got=got))
    for name in dict.fromkeys(head):
        if head.count(name) > 1:
            problems.add(Problem("config.duplicate-key", place, f"the CSV has the column {name!r} twice"))
        if name not in known:
            names = ", ".join((*REQUIRED, *OPTIONAL, *FIGURES))
            hint = did_you_mean(name, known)
            problems.add(
                Problem("config.unknown-key", place, f"no column {name!r} is known", expected=names, hint=hint)
            )
    if not set(head) & set(FIGURES) and not problems.errors:
        problems.add(
            Problem("config.missing-key", place, "the CSV has no column of figures", expected=", ".join(FIGURES))
        )


def _row_is_sound(
    line: _Line, place: Place, *, indicators: Collection[str], seen: dict[tuple[str, ...], int], problems: Collector
) -> bool:
    before = len(problems.problems)
    name, scale = line.cells["indicator"], line.cells.get("scale", "")
    if name not in indicators:
        problems.add(
            Problem(
                "config.unknown-name",
                place,
                f"the round has no indicator {name!r}",
                expected="the name of an indicator of the round's modules",
                hint=did_you_mean(name, indicators),
            )
        )
    if scale not in SCALES:
        problems.add(
            Problem("config.bad-value", place, "no such scale", got=repr(scale), expected="percent, or nothing")
        )
    key = _key(line)
    if key in seen:
        what = f"{' '.join(part for part in key if part)} stands here again"
        problems.add(Problem("config.duplicate-key", place, what, got=f"first on line {seen[key]}"))
    seen.setdefault(key, line.number)
    return len(problems.problems) == before


def _key(line: _Line) -> tuple[str, str, str, str]:
    cells = line.cells
    return cells["indicator"], cells.get("category", ""), cells["domain"] or "total", cells["cell"]


def _printed(line: _Line, figure: str, text: str) -> Printed | None:
    bare = text.removeprefix("(").removesuffix(")") if text.startswith("(") and text.endswith(")") else text
    bare = bare.strip().replace("−", "-")
    if not _NUMBER.fullmatch(bare):
        return None
    number = Decimal(bare)
    places = number.as_tuple().exponent
    assert isinstance(places, int)
    scale = SCALES[line.cells.get("scale", "")] if figure in SCALED else 1
    return Printed(line.number, *_key(line), figure, text, number, Decimal(1).scaleb(places), scale)


def _not_a_number(text: str, place: Place) -> Problem:
    hint = ""
    if "%" in text:
        hint = "Leave the sign out and write percent in a column `scale`."
    elif "," in text or " " in text or "\u00a0" in text:
        hint = "Write a point before the decimals and nothing between thousands."
    return Problem(
        "config.wrong-type", place, "this is no number", got=repr(text[:40]), expected="a number as printed", hint=hint
    )
