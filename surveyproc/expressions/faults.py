"""Problems of expressions: the place of a character, and what the writer may have meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from surveyproc.problems import Place, Problem

LONGEST_NAME_TO_COMPARE = 60  # comparing is quadratic in the length
SHOWN = 12


def spot(place: Place, text: str, at: int) -> Place:
    """The place of character `at` (from 0) of an expression whose first character is at `place`.

    A line break inside the expression starts a new line at the same indent, as in a literal block of YAML.
    """
    before = text[:at]
    lines = before.count("\n")
    offset = at - (before.rfind("\n") + 1)
    return replace(
        place,
        line=None if place.line is None else place.line + lines,
        column=None if place.column is None else place.column + offset,
    )


def fault(
    text: str, place: Place, *, code: str, at: int, what: str, got: str = "", expected: str = "", hint: str = ""
) -> Problem:
    """A problem at character `at` of an expression; `got` also tells the character's number in the expression."""
    got = f"{got} at character {at + 1}" if got else f"character {at + 1}"
    return Problem(code, spot(place, text, at), what, got, expected, hint)


def quoted(word: str) -> str:
    """A word of the user's as shown in a message: in quotes, cut when long, without control characters."""
    shown = word if len(word) <= LONGEST_NAME_TO_COMPARE else word[:LONGEST_NAME_TO_COMPARE] + "…"
    return "'" + "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in shown) + "'"


def listed(names: Iterable[str]) -> str:
    """Names as 'one of a, b, c', the first twelve."""
    every = list(names)
    shown = ", ".join(every[:SHOWN])
    return f"one of {shown}" + (f" … ({len(every)} in all)" if len(every) > SHOWN else "") if every else ""


def meant(word: str, candidates: Iterable[str]) -> str:
    """'Did you mean …?', and a warning of letters of two alphabets in one word; "" when nothing is near."""
    if len(word) > LONGEST_NAME_TO_COMPARE:
        return ""
    by_fold = {candidate.casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.casefold(), by_fold, n=3, cutoff=0.6)
    parts = []
    if near:
        parts.append("Did you mean " + " or ".join(quoted(by_fold[fold]) for fold in near) + "?")
    if note := _two_alphabets(word):
        parts.append(note)
    return " ".join(parts)


def _two_alphabets(word: str) -> str:
    cyrillic = [c for c in word if unicodedata.name(c, "").startswith("CYRILLIC")]
    latin = any(unicodedata.name(c, "").startswith("LATIN") for c in word)
    if not cyrillic or not latin:
        return ""
    return f"The word mixes Latin and Cyrillic letters: {', '.join(dict.fromkeys(cyrillic))} is Cyrillic."
