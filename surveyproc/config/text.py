"""From the bytes of a configuration file to its text: UTF-8 only, no hidden characters."""

from __future__ import annotations

import codecs
import re

from surveyproc.problems import Place, Problem

MOST_BYTES = 1_000_000
_MOST_REPORTED = 20

# Control characters, other line separators, zero-width and direction marks, non-characters, the mark of damaged text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_WIDE_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes, shown: str) -> tuple[str, list[Problem]]:
    """The text of a file without its byte order mark, and what is wrong with it; the text is "" when it has none."""
    if len(content) > MOST_BYTES:
        return "", [too_large(shown)]
    wide = content.startswith(_WIDE_BOMS) or content[:200].count(0) * 3 > min(len(content), 200)
    if wide:
        return "", [
            _unreadable(Place(shown, 1, 1), "the file is not UTF-8 text", got="UTF-16, UTF-32 or a binary file")
        ]
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8"), []
    except UnicodeDecodeError as error:
        place = _byte_place(content.removeprefix(codecs.BOM_UTF8), error.start, shown)
        got = f"the byte {error.object[error.start]:#04x}, which cannot stand here in UTF-8"
        return "", [_unreadable(place, "the file is not UTF-8 text", got=got)]


def hidden_characters(text: str, shown: str) -> list[Problem]:
    """Problems of characters that nobody sees in an editor, the first twenty."""
    problems = []
    for match in _HIDDEN.finditer(text):
        place = Place(shown, *line_and_column(text, match.start()))
        problems.append(hidden_problem(match.group(), place))
        if len(problems) == _MOST_REPORTED:
            break
    return problems


def first_hidden(text: str) -> str:
    """The first hidden character of a text, "" if there is none."""
    match = _HIDDEN.search(text)
    return match.group() if match else ""


def hidden_problem(character: str, place: Place) -> Problem:
    """The refusal of one hidden character."""
    name = f"U+{ord(character):04X}"
    if character == "\ufffd":
        return Problem(
            "config.unreadable",
            place,
            "the text was damaged when it was converted from another encoding",
            got=f"the replacement character {name}",
            hint="Take the text from the original again and save the file as UTF-8.",
        )
    return Problem(
        "config.unreadable",
        place,
        "a control or invisible character stands in the text",
        got=name,
        hint="Delete it; such characters come with text copied from web pages and office documents.",
    )


def too_large(shown: str) -> Problem:
    """The refusal of a file by its size."""
    return Problem(
        "config.too-large",
        Place(shown),
        "the file is too large for a configuration",
        got=f"more than {MOST_BYTES:,} bytes",
        expected=f"at most {MOST_BYTES:,} bytes",
        hint="Divide it into several files.",
    )


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character; lines end with LF, CR LF or CR as in YAML 1.2."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _byte_place(content: bytes, index: int, shown: str) -> Place:
    return Place(shown, *line_and_column(content[:index].decode("utf-8"), index))


def _unreadable(place: Place, what: str, *, got: str) -> Problem:
    hint = "Save the file as UTF-8: files of older programs are often in Windows-1251."
    return Problem("config.unreadable", place, what, got=got, expected="UTF-8", hint=hint)
