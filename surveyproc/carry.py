"""Values of a higher level laid out on the rows of a lower one, and columns of files without declared missings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import Column, DerivedLevel, RawColumn


def rows_at(levels: Mapping[str, DerivedLevel], level: str, above: str) -> NDArray[np.int64] | None:
    """For each row of `level` the row of `above` it belongs to; None where they are the same level."""
    if level == above:
        return None
    rows = np.arange(levels[level].rows, dtype=np.int64)
    at = level
    while at != above:
        step = levels[at]
        if step.parent is None or step.parent_row is None:
            raise KeyError(f"level {above!r} is not above {level!r}")
        rows = step.parent_row[rows]
        at = step.parent
    return rows


def carry(values: NDArray[Any], levels: Mapping[str, DerivedLevel], level: str, above: str) -> NDArray[Any]:
    """An array of `above`'s rows as an array of `level`'s rows."""
    rows = rows_at(levels, level, above)
    return values if rows is None else values[rows]


def holder(levels: Mapping[str, DerivedLevel], level: str, name: str) -> str:
    """The level, this one or the nearest above, that has a variable."""
    at: str | None = level
    while at is not None:
        if name in levels[at].columns:
            return at
        at = levels[at].parent
    raise KeyError(f"no {name!r} at {level!r} or above")


def column_at(levels: Mapping[str, DerivedLevel], level: str, name: str) -> Column:
    """A variable of this level or the nearest above that has it, on this level's rows."""
    above = holder(levels, level, name)
    column = levels[above].columns[name]
    rows = rows_at(levels, level, above)
    if rows is None:
        return column
    return Column(column.kind, column.values[rows], column.reason[rows], column.categories)


def clean(raw: RawColumn) -> NDArray[Any]:
    """Values with what the file declares missing set to missing, so that no code 9999 becomes a weight or a stratum."""
    info, values = raw.info, raw.values
    if info.text:
        declared = {v for v in info.missing_values if isinstance(v, str)}
        return np.array(["" if v in declared else v for v in values], dtype=object) if declared else values
    bad = np.isin(values, [v for v in info.missing_values if not isinstance(v, str)])
    for low, high in info.missing_ranges:
        bad |= (values >= low) & (values <= high)
    return np.where(bad, np.nan, values) if bad.any() else values
