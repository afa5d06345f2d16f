"""Long CSV files of figures: UTF-8 with commas, semicolons or tabs; every fault at its line."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import LongFile

MOST_BYTES = 50_000_000
DELIMITERS = ",;\t"


def read_long(path: Path, *, shown: str) -> LongFile:
    """A CSV with a head row, as texts without surrounding blanks; empty lines are skipped.

    The delimiter is the one of comma, semicolon and tab that the head holds most often. Raises SurveyprocError with all
    faults: no UTF-8, no rows, an empty or repeated head, a row of another length.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise SurveyprocError([Problem("input.unreadable", Place(shown), "the file cannot be read")]) from error
    if len(content) > MOST_BYTES:
        what, most = "the file is too large for figures", f"at most {MOST_BYTES // 1_000_000} MB"
        raise SurveyprocError([Problem("input.unreadable", Place(shown), what, expected=most)])
    return parse_long(content, shown=shown)


def parse_long(content: bytes, *, shown: str) -> LongFile:
    """The same from bytes."""
    text = _text(content, shown)
    head_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    problems: list[Problem] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(tuple(cell.strip() for cell in row))
                lines.append(reader.line_num)
    except csv.Error as error:
        what = "the line is no row of a CSV: a quotation mark is not closed, or stands inside a value"
        raise SurveyprocError([Problem("input.unreadable", Place(shown, reader.line_num, 1), what)]) from error
    if len(rows) < 2:
        what = "the file has no rows" if rows else "the file is empty"
        raise SurveyprocError([Problem("input.unreadable", Place(shown), what, expected="a head and rows under it")])
    head = rows[0]
    for position, name in enumerate(head):
        if not name or name in head[:position]:
            what = f"column {position + 1} of the head has {'no name' if not name else 'the name of another one'}"
            problems.append(Problem("input.unreadable", Place(shown, lines[0], 1), what, got=repr(name)))
    for line, values in zip(lines[1:], rows[1:], strict=True):
        if len(values) != len(head):
            hint = "A decimal comma divides a number in two; write decimal points, or put the number in quotes."
            problems.append(
                Problem(
                    "input.unreadable",
                    Place(shown, line, 1),
                    "the row has another number of values than the head",
                    got=str(len(values)),
                    expected=str(len(head)),
                    hint=hint if delimiter == "," and len(values) > len(head) else "",
                )
            )
    if problems:
        raise SurveyprocError(problems)
    return LongFile(shown, head, tuple(rows[1:]), tuple(lines[1:]), hashlib.sha256(content).hexdigest())


def _text(content: bytes, shown: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(
            "input.unreadable",
            Place(shown, line, 1),
            "the file is not UTF-8 text",
            got=f"the byte {content[error.start]:#04x}",
            expected="UTF-8",
            hint='In Excel choose "CSV UTF-8" when saving.',
        )
        raise SurveyprocError([problem]) from error
