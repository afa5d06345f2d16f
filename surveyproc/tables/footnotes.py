"""The footnotes that explain the marks a table shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from surveyproc.config.models import Quality
from surveyproc.tables.cells import EMPTY_MARK, marks_in
from surveyproc.tables.words import pick
from surveyproc.values import CellStyle, TableRow

NOT_ASKED_MARK = "…"
KNOWN_MARK = "†"
DEFAULTS = {"≠": "mark_differs", EMPTY_MARK: "mark_zero", NOT_ASKED_MARK: "mark_not_asked", KNOWN_MARK: "mark_known"}


def mark_footnotes(
    rows: Iterable[TableRow], quality: Quality | None, *, language: str, words: Mapping[str, str]
) -> tuple[str, ...]:
    """One line a mark that occurs, in the order of the profile's footnotes, then of first occurrence.

    A mark that the profile does not explain gets the sentence that is true of it in any case.
    """
    seen: dict[str, bool] = {}  # mark → whether it stands in place of a number
    for row in rows:
        for cell in row.cells:
            for mark in marks_in(cell):
                seen[mark] = seen.get(mark, False) or cell.style is CellStyle.TEXT
    given = quality.footnotes if quality is not None else {}
    lines = [
        f"{mark} {pick(texts, language)}" for mark, texts in given.items() if mark in seen and pick(texts, language)
    ]
    explained = {mark for mark, texts in given.items() if pick(texts, language)}
    for mark, replaces in seen.items():
        if mark in explained:
            continue
        if mark == words["na"]:
            key = "mark_na"
        else:
            key = DEFAULTS.get(mark, "mark_suppressed" if replaces else "mark_caution")
        lines.append(words[key].format(mark=mark))
    return tuple(lines)
