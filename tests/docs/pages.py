"""What the pages say, taken apart: fenced blocks, tables, links, headings."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"<!-- (\w[\w ]*): (.+?) -->\n")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block with its page and the marker above it ("" for none)."""

    page: str
    line: int
    language: str
    text: str
    marker: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """README and every page of docs, in order."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def blocks(language: str | None = None) -> list[Block]:
    """Fenced blocks of all pages; language None means all."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            above = text[: match.start()].rpartition("\n\n")[2]
            marker = MARKER.fullmatch(above)
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(shown(page), line, match.group(1), match.group(2), marker.group(2) if marker else ""))
    return [block for block in found if language is None or block.language == language]


def shown(page: Path) -> str:
    """A page's path from the root."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def tables(page: Path) -> list[tuple[str, list[str], list[list[str]]]]:
    """Marker ("" for none), head and rows of each table of a page; cells as written."""
    found = []
    lines = prose(page).splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith("|"):
            at += 1
            continue
        end = at
        while end < len(lines) and lines[end].startswith("|"):
            end += 1
        marker = MARKER.fullmatch(lines[at - 1] + "\n") if at else None
        rows = [cells(line) for line in lines[at:end]]
        found.append((marker.group(2) if marker else "", rows[0], rows[2:]))
        at = end
    return found


def cells(line: str) -> list[str]:
    """The cells of a table's line; a bar after a backslash is none."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def documented(marker: str) -> dict[str, str]:
    """First cell, without backquotes → the rest, of the one table with this marker."""
    found = [(rows, page) for page in pages() for name, _, rows in tables(page) if name == marker]
    assert len(found) == 1, f"{marker}: {len(found)} tables"
    rows = found[0][0]
    names = [row[0].strip("`") for row in rows]
    assert len(names) == len(set(names)), f"{marker}: a key twice"
    return {row[0].strip("`"): " | ".join(row[1:]) for row in rows}


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    made = set()
    for heading in HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        made.add(plain.strip().replace(" ", "-"))
    return made
