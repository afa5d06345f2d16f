"""Columns that a configuration names and a file does not have: what was probably meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from surveyproc.problems import Place, Problem
from surveyproc.read.refusals import at

CYRILLIC_TWINS = str.maketrans("АВЕЅІЈКМНОРСТУХаеѕіјорсухҮһ", "ABESIJKMHOPCTYXaesijopcyxYh")


def missing_columns(wanted: Sequence[str], present: Collection[str], place: Place) -> list[Problem]:
    """One problem for each name of `wanted` that is not in `present`; names are case-sensitive."""
    return [
        Problem(
            "read.missing-column",
            at(place, name),
            "the file has no such column",
            f"`{name}`",
            hint=meant(name, present),
        )
        for name in dict.fromkeys(wanted)
        if name not in present
    ]


def meant(name: str, present: Collection[str]) -> str:
    """A hint: the same name in other case or other script, or the names most alike."""
    bare = skeleton(name)
    for other in present:
        if skeleton(other) == bare:
            return twin_hint(name, other)
    folded = [other for other in present if other.casefold() == name.casefold()]
    if folded:
        return f"Did you mean {listed(folded)}? Capitals matter in names."
    close = [other for other in present if skeleton(other).casefold() == bare.casefold()]
    if close:
        return twin_hint(name, close[0])
    by_folded = {other.casefold(): other for other in present}
    near = get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.6)
    return f"Did you mean {listed(by_folded[each] for each in near)}?" if near else ""


def skeleton(name: str) -> str:
    """A name with Cyrillic letters that look Latin made Latin, composed and stripped."""
    return unicodedata.normalize("NFC", name).strip().translate(CYRILLIC_TWINS)


def twin_hint(name: str, other: str) -> str:
    """What differs between two names that look alike."""
    pairs = zip(name, other, strict=False)
    odd = next(((mine, theirs) for mine, theirs in pairs if mine.casefold() != theirs.casefold()), None)
    if len(name) != len(other) or odd is None:
        return f"Did you mean `{other}`? The two differ in blanks or composed letters."
    mine, theirs = (f"{script(char)} {char}" for char in odd)
    return f"Did you mean `{other}`? They look alike, but the configuration has {mine} and the file {theirs}."


def script(char: str) -> str:
    """The script of a letter, in words."""
    return {"CYRILLIC": "Cyrillic", "LATIN": "Latin"}.get(unicodedata.name(char, "?").split()[0], "another")


def listed(names: Iterable[str]) -> str:
    """Names in backquotes."""
    return ", ".join(f"`{name}`" for name in names)
