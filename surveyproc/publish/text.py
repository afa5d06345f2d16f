"""Text from labels made safe to show, and the words around tables with their stand-ins."""

from __future__ import annotations

from collections.abc import Mapping

WORDS = ("about", "about_this_publication", "back_to_contents", "contents", "note", "notes", "source", "table_number")

# Controls that reorder or hide text let a label show something else than it says (Unicode Technical Report 36, 2014);
# none is needed in the languages published here. The last three cannot stand in XML.
_UNSEEN = frozenset(
    [
        *(chr(code) for code in range(0x20)),
        *(chr(code) for code in range(0x7F, 0xA0)),
        *"\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
        "\ufffe",
        "\uffff",
    ]
) - {"\n"}
_TABLE = {ord(character): None for character in _UNSEEN} | {ord("\t"): " ", ord("\x0b"): " ", ord("\x0c"): " "}
_TABLE |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # halves of surrogate pairs are no characters


def clean(text: str) -> str:
    """The text without control and direction characters; line ends of any kind become "\\n", tabs a space."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return lines.replace("\u2028", "\n").replace("\u2029", "\n").translate(_TABLE)


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())


def after_number(text: str) -> str:
    """What stands after a number, on one line; a space at its start is kept as one that does not break."""
    return ("\u00a0" if text[:1].isspace() else "") + one_line(text)


def word(words: Mapping[str, str], key: str) -> str:
    """The word of a key; the key itself in English letters where a publication brings no such word."""
    return one_line(words.get(key) or key.replace("_", " ").capitalize())


def table_heading(words: Mapping[str, str], number: str) -> str:
    """ "Table MG.1.1" in the order of the language."""
    pattern = words.get("table_number", "")
    if "{number}" not in pattern:
        pattern = "Table {number}"
    # Not str.format: a number is text from a configuration.
    return one_line(pattern.replace("{number}", number))


def with_source(words: Mapping[str, str], source: str) -> str:
    """ "Source: …", or nothing for no source."""
    text = one_line(source)
    return f"{word(words, 'source')}: {text}" if text else ""


def notes_label(words: Mapping[str, str], count: int) -> str:
    """ "Note" for one, "Notes" for more."""
    return word(words, "note" if count == 1 else "notes")
