"""The name that was probably meant: close spellings, and Cyrillic letters that look like Latin ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST = 80  # comparing spellings takes quadratic time in their length

# Cyrillic letters, Kazakh ones included, and the Latin letters that they cannot be told from in print.
_TWINS = str.maketrans("аеорсухіјѕһАВЕКМНОРСТУХІЈЅҺ", "aeopcyxijshABEKMHOPCTYXIJSH")


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A hint that names the one to three candidates nearest to a word, "" if none is near."""
    names = [name for name in dict.fromkeys(candidates) if name != word]
    for name in names:
        if name.translate(_TWINS) == word.translate(_TWINS):
            return f"Did you mean `{name}`? {_twins_of(word, name)}"
    if len(word) > _LONGEST:
        return ""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(_fold(name), name)
    near = difflib.get_close_matches(_fold(word), folded, n=3, cutoff=0.7)
    if not near:
        return ""
    meant = " or ".join(f"`{folded[name]}`" for name in near)
    return f"Did you mean {meant}?"


def _fold(name: str) -> str:
    return name.translate(_TWINS).casefold().replace("-", "_").replace(" ", "_")


def _twins_of(word: str, name: str) -> str:
    """Which letters differ although they look the same; each is named with its alphabet."""
    pairs = [(wrong, right) for wrong, right in zip(word, name, strict=True) if wrong != right]
    wrong, right = pairs[0]
    alphabet, other = ("Cyrillic", "Latin") if ord(wrong) > 0x400 else ("Latin", "Cyrillic")
    more = f" (and {len(pairs) - 1} more)" if len(pairs) > 1 else ""
    return f"The letter {wrong}{more} in it is {alphabet}, not {other} {right}."
