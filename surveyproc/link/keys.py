"""Keys of records as integer codes: exact, complete, unique, and matched between levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem
from surveyproc.values import RawColumn, RawFile

EXACT_DOUBLE = 2.0**53
EXACT_FLOAT = 2.0**24


def key_problems(file: RawFile, key: Sequence[str]) -> list[Problem]:
    """Faults of a key's columns by themselves: missing values, and numbers that cannot be exact identifiers."""
    problems = []
    for name in key:
        column = file.columns[name]
        place = Place(file.info.path, level=file.level, variable=name)
        missing = _blank(column)
        count = int(missing.sum())
        if count:
            problems.append(
                Problem(
                    "link.missing-key",
                    _cases(place, count),
                    "key values are missing",
                    expected="a value in every record",
                )
            )
        if not column.info.text:
            problems += _inexact(column, missing, place)
    return problems


def match_codes(
    child: RawFile, child_key: Sequence[str], parent: RawFile, parent_key: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | list[Problem]:
    """Integer codes of both files' keys on one scale, or the problems that prevent it (text against number)."""
    problems = [
        Problem(
            "link.inexact-key",
            Place(child.info.path, level=child.level, variable=c),
            f"the key is {_type(child.columns[c])} here and {_type(parent.columns[p])} in {parent.info.path} ({p})",
            hint="Make both the same type in the data.",
        )
        for c, p in zip(child_key, parent_key, strict=False)
        if child.columns[c].info.text != parent.columns[p].info.text
    ]
    if problems:
        return problems
    pairs = [
        np.concatenate([child.columns[c].values, parent.columns[p].values])
        for c, p in zip(child_key, parent_key, strict=False)
    ]
    codes = combine(pairs)
    return codes[: child.rows], codes[child.rows :]


def row_codes(file: RawFile, key: Sequence[str]) -> NDArray[np.int64]:
    """One integer per row, equal exactly where all key columns are equal."""
    return combine([file.columns[name].values for name in key])


def combine(columns: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Codes 0..k-1 of the distinct combinations of several columns; text is compared without trailing blanks."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for values in columns:
        if values.dtype == object:
            inverse = _text_codes([str(v).rstrip() for v in values])
        else:
            inverse = np.unique(values, return_inverse=True)[1].astype(np.int64)
        size = int(inverse.max(initial=0)) + 1
        codes = np.unique(codes * size + inverse, return_inverse=True)[1].astype(np.int64)
    return codes


def _text_codes(values: Sequence[str]) -> NDArray[np.int64]:
    seen: dict[str, int] = {}
    return np.fromiter((seen.setdefault(v, len(seen)) for v in values), dtype=np.int64, count=len(values))


def _inexact(column: RawColumn, missing: NDArray[np.bool_], place: Place) -> list[Problem]:
    values = column.values[~missing]
    fractions = int((values != np.floor(values)).sum())
    limit, precision = (EXACT_FLOAT, "float") if column.info.single else (EXACT_DOUBLE, "double")
    large = int((np.abs(values) >= limit).sum())
    problems = []
    if fractions:
        problems.append(
            Problem(
                "link.inexact-key",
                _cases(place, fractions),
                "a key with fractions cannot be compared safely",
                hint="Store identifiers as whole numbers or as text.",
            )
        )
    if large:
        problems.append(
            Problem(
                "link.inexact-key",
                _cases(place, large),
                f"key values of {int(limit)} and more are rounded when stored as a {precision}",
                hint="Store identifiers as text.",
            )
        )
    return problems


def _blank(column: RawColumn) -> NDArray[np.bool_]:
    if column.info.text:
        return np.array([not str(v).strip() for v in column.values], dtype=bool)
    return np.asarray(np.isnan(column.values), dtype=bool)


def _type(column: RawColumn) -> str:
    return "text" if column.info.text else "a number"


def _cases(place: Place, count: int) -> Place:
    return Place(place.file, level=place.level, variable=place.variable, cases=count)
