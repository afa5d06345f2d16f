"""Where the n-th character of a YAML text value stands in the file: through quotes, escapes and folded lines."""

from __future__ import annotations

import re

_FOLD = re.compile(r"[ \t]*(?:\r\n|\r|\n)\s*")
_BREAK = re.compile(r"\r\n|\r|\n")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?:\r\n|\r|\n)[ \t]*|.)", re.DOTALL)


def source_index(text: str, start: int, end: int, *, style: str, offset: int) -> int:
    """Index in `text` of character `offset` of the scalar written in text[start:end]; style: plain, ', \", | or >."""
    if style in ("|", ">"):
        return _in_block(text, start, end, offset=offset)
    index = start if style == "plain" else start + 1
    last = end if style == "plain" else end - 1
    reached = 0
    while index < last:
        step, made = _step(text, index, style)
        if reached + made > offset:
            break
        index, reached = index + step, reached + made
    return min(index, last)


def _step(text: str, index: int, style: str) -> tuple[int, int]:
    """How many characters of the file the next piece takes, and how many characters of the value it makes."""
    fold = _FOLD.match(text, index)
    if fold:
        return len(fold.group()), max(1, len(_BREAK.findall(fold.group())) - 1)
    if style == "'" and text.startswith("''", index):
        return 2, 1
    if style == '"':
        escape = _ESCAPE.match(text, index)
        if escape:
            return len(escape.group()), 0 if escape.group()[1:2] in ("\r", "\n") else 1
    return 1, 1


def _in_block(text: str, start: int, end: int, *, offset: int) -> int:
    """In a block each line is one piece: its indentation goes, its break stays or becomes a space."""
    header = _BREAK.search(text, start, end)
    if header is None:
        return start
    first = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*([ ]*)").match(text, header.end(), end)
    indent = len(first.group(1)) if first else 0
    index, left = header.end(), offset
    while index < end:
        stop = _BREAK.search(text, index, end)
        line_end = stop.start() if stop else end
        content = min(index + indent, line_end)
        if left <= line_end - content and line_end > content:
            return content + left
        left = max(0, left - (line_end - content) - 1) if line_end > content else max(0, left - 1)
        index = stop.end() if stop else end
    return end
