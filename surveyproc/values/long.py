"""A long file of figures as it was read: texts with the lines they stand in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LongFile:
    """Cells of a CSV as written. rows: one tuple a line, of the length of columns; lines: their numbers in the file."""

    shown: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    sha256: str
