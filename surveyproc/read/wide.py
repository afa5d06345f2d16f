"""Wide rosters to long: records that lie side by side in the columns of a row become rows of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.config.slots import SLOT, side_by_side
from surveyproc.problems import Place, Problem
from surveyproc.values import ColumnInfo, FileInfo, RawColumn, RawFile


def as_long(info: FileInfo, columns: Iterable[str], slots: Sequence[str]) -> tuple[FileInfo, tuple[Problem, ...]]:
    """A file's header with names written with {i} beside its own columns; a name whose columns lack is left out.

    Problems: columns of one name of which some are text and others numbers, or whose codes have different labels or
    different declared missing values.
    """
    found = dict(info.columns)
    problems: list[Problem] = []
    for column in dict.fromkeys(columns):
        if column == SLOT:
            found[column] = ColumnInfo(column)
        elif SLOT in column:
            parts = [info.columns.get(name) for name in side_by_side(column, slots)]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                problems += _unlike(info.path, column, known)
                labels = {code: label for part in known for code, label in part.value_labels.items()}
                found[column] = replace(known[0], name=column, value_labels=labels)
    return replace(info, columns=found), tuple(problems)


def _unlike(path: str, column: str, parts: Sequence[ColumnInfo]) -> list[Problem]:
    first = parts[0]
    for part in parts[1:]:
        shared = part.value_labels.keys() & first.value_labels.keys()
        what = (
            "text and numbers"
            if part.text != first.text
            else "different display formats"
            if part.format.rstrip("0123456789.") != first.format.rstrip("0123456789.")
            else "different declared missing values"
            if (part.missing_values, part.missing_ranges) != (first.missing_values, first.missing_ranges)
            else "different labels of one code"
            if any(part.value_labels[code] != first.value_labels[code] for code in shared)
            else ""
        )
        if what:
            return [
                Problem(
                    "read.roster",
                    Place(path, variable=column),
                    f"{first.name} and {part.name} are not columns of one roster",
                    got=what,
                    expected="the same question asked of every record",
                    hint="Check the range of i, or map the columns apart.",
                )
            ]
    return []


def lengthen(
    file: RawFile, info: FileInfo, columns: Iterable[str], *, slots: Sequence[str], keep_if: Sequence[str]
) -> RawFile:
    """A row for each record of each row, in the order of rows and then of slots; other columns are repeated.

    A record is there where one of the `keep_if` columns is not blank. info: as of `as_long`.
    """
    there = np.zeros((file.rows, len(slots)), dtype=np.bool_)
    for column in keep_if:
        there |= np.column_stack([_filled(file.columns[name]) for name in side_by_side(column, slots)])
    row, slot = np.nonzero(there)
    long = {}
    for column in dict.fromkeys(columns):
        if column == SLOT:
            long[column] = RawColumn(info.columns[column], np.array([float(s) for s in slots])[slot])
            continue
        parts = [file.columns[name] for name in side_by_side(column, slots)]
        at = slot if len(parts) > 1 or SLOT in column else np.zeros_like(slot)
        long[column] = RawColumn(
            info.columns[column], _picked([p.values for p in parts], row, at), _letters(parts, row, at)
        )
    return RawFile(file.level, replace(info, rows=len(row)), len(row), long)


def _filled(column: RawColumn) -> NDArray[np.bool_]:
    """Where a column holds something: a lettered missing value is an answer too."""
    if column.info.text:
        return np.array([bool(str(v).strip()) for v in column.values], dtype=np.bool_)
    filled = ~np.isnan(column.values)
    return np.asarray(filled if column.letters is None else filled | (column.letters > 0), dtype=np.bool_)


def _picked(parts: Sequence[NDArray[Any]], row: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[Any]:
    return np.asarray(np.column_stack(parts)[row, at]) if len(parts) > 1 else parts[0][row]


def _letters(parts: Sequence[RawColumn], row: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int8] | None:
    if all(part.letters is None for part in parts):
        return None
    none = np.zeros(len(parts[0].values), dtype=np.int8)
    return _picked([none if part.letters is None else part.letters for part in parts], row, at)
