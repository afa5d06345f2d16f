"""How much room text takes in a worksheet: widths in characters of the body font, heights in lines."""

from __future__ import annotations

import math
from functools import lru_cache

from surveyproc.publish.numbers import shown
from surveyproc.publish.text import one_line
from surveyproc.values import Table

LABEL_WIDTHS = (18.0, 46.0)  # narrowest and widest label column
BODY_WIDTHS = (9.0, 22.0)
BOLD = 1.1  # how much wider bold letters run
_NARROW = frozenset("ijlt.,:;|!'()[] \u00a0fr-I1іІґ")
_WIDE = frozenset("mwMW@%шщжюмфыШЩЖЮМФЫДЙҚҢӨҮҰӘ—")


class _Widths(dict[str, float]):
    """Width of each character met so far, a digit being 1."""

    def __missing__(self, c: str) -> float:
        width = 0.6 if c in _NARROW else 1.4 if c in _WIDE else 1.2 if c.isupper() else 1.0
        self[c] = width
        return width


_WIDTHS = _Widths()


@lru_cache(maxsize=2**14)
def text_width(text: str) -> float:
    """Estimated width of a line, a digit being 1."""
    return sum(map(_WIDTHS.__getitem__, text))


def lines_needed(text: str, width: float) -> int:
    """How many lines the text takes when wrapped at words in a column of that width."""
    lines, filled = 1, 0.0
    for word in text.split():
        needed = text_width(word)
        if filled and filled + 0.6 + needed > width:
            lines, filled = lines + 1, 0.0
        lines += max(0, math.ceil(needed / width) - 1)
        filled += needed + (0.6 if filled else 0.0)
    return lines


def column_widths(table: Table) -> tuple[float, ...]:
    """Width of the label column and of each body column, by their contents and the longest words of their heads."""
    labels = [text_width(one_line(row.label)) + 1.5 * row.indent for row in table.rows if row.kind != "heading"]
    label = _within(max([*labels, BOLD * _longest_word(table.stub_head)], default=0.0) + 2, LABEL_WIDTHS)
    return (label, *(_body_width(table, position) for position in range(len(table.columns))))


def head_lines(head: str, width: float) -> int:
    """Lines of a head in bold letters in a column of that width."""
    return lines_needed(head, (width - 1) / BOLD)


def _body_width(table: Table, position: int) -> float:
    cells = [row.cells[position] for row in table.rows if row.cells]
    texts = [text_width(shown(cell, language=table.language).text) for cell in cells]
    head = one_line(table.columns[position].head)
    # A head may take three lines before it widens its column.
    return _within(max([*texts, BOLD * _longest_word(head), BOLD * text_width(head) / 3]) + 2.5, BODY_WIDTHS)


def _longest_word(text: str) -> float:
    return max((text_width(word) for word in one_line(text).split()), default=0.0)


def _within(width: float, limits: tuple[float, float]) -> float:
    return round(min(max(width, limits[0]), limits[1]), 1)
