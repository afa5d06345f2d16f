"""Numbers in the names of columns that lie side by side: E1_SEX, E2_SEX … written as E{i}_SEX and 1..5."""

from __future__ import annotations

import re
from collections.abc import Sequence

SLOT = "{i}"
SLOTS_AT_MOST = 200
RANGE = re.compile(r"(\d{1,4})\.\.(\d{1,4})")


def slots_of(written: str) -> tuple[str, ...]:
    """ "1..5" as 1, 2 … 5 and "01..12" as 01, 02 … 12; nothing where it is not such a range of at most 200."""
    found = RANGE.fullmatch(written)
    if found is None:
        return ()
    first, last = found.groups()
    numbers = range(int(first), int(last) + 1)
    width = len(first) if first.startswith("0") else 0
    return tuple(f"{i:0{width}d}" for i in numbers) if len(numbers) <= SLOTS_AT_MOST else ()


def side_by_side(column: str, slots: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file that a name stands for; {i} alone is the number and no column."""
    if column == SLOT:
        return ()
    return tuple(column.replace(SLOT, slot) for slot in slots) if SLOT in column else (column,)
