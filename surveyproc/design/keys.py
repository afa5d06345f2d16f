"""Key columns (strata, psus) as consecutive integers in sorted order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CROSS = " × "

KeyLabels = Mapping[float | str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows coded by the sorted distinct values of a key. codes: int64 (n), -1 = missing; labels: one a code."""

    codes: NDArray[np.int64]
    labels: tuple[str, ...]


def code_keys(columns: Sequence[NDArray[Any]], *, labels: Sequence[KeyLabels] | None = None) -> Keys:
    """Code the crossing of one or more key columns; a row is missing where any column is.

    columns: arrays of length n, numbers (NaN = missing) or text (None or blank = missing). labels: for each column the
    words of its values. Codes ascend with the values, the first column slowest, whatever the order of the rows.
    """
    coded = [_code_column(column) for column in columns]
    words = [_words(values, labels[i] if labels else {}) for i, (_, values) in enumerate(coded)]
    codes, names = coded[0][0], words[0]
    for (right, _), right_words in zip(coded[1:], words[1:], strict=True):
        joint = np.where((codes < 0) | (right < 0), -1, codes * max(len(right_words), 1) + right)
        codes, pairs = _compress(joint)
        names = [CROSS.join((names[p // len(right_words)], right_words[p % len(right_words)])) for p in pairs]
    return Keys(codes, tuple(names))


def cross(outer: NDArray[np.int64], inner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code pairs of codes, outer slowest. Returns codes (n), -1 = missing, and each pair's outer code."""
    width = int(inner.max(initial=-1)) + 1 or 1
    codes, pairs = _compress(np.where((outer < 0) | (inner < 0), -1, outer * width + inner))
    return codes, pairs // width


def _code_column(column: NDArray[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    if column.dtype.kind in "iub":
        codes, whole = _compress(column.astype(np.int64), missing=False)
        return codes, whole.tolist()
    if column.dtype.kind == "f":
        as_whole = _whole(column)
        if as_whole is not None:
            codes, whole = _compress(as_whole, missing=False)
            return codes, whole.tolist()
        codes, values = pd.factorize(column, sort=True)
        return codes.astype(np.int64), list(values)
    text = [None if pd.isna(value) else str(value).rstrip() or None for value in column]
    codes, words = pd.factorize(np.array(text, dtype=object), sort=True)
    return codes.astype(np.int64), list(words)


def _whole(column: NDArray[Any]) -> NDArray[np.int64] | None:
    """The column as integers, or None where it has missing, fractional or huge values."""
    if not column.size or not bool(np.all(np.abs(column) < 2.0**53)):
        return None
    whole = column.astype(np.int64)
    return whole if bool(np.array_equal(whole, column)) else None


def _compress(values: NDArray[np.int64], *, missing: bool = True) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of the sorted distinct values and those values; with `missing`, -1 stays -1."""
    if not values.size:
        return values, values
    low, high = int(values.min()), int(values.max())
    if high - low < max(4 * values.size, 1 << 16):
        seen = np.zeros(high - low + 1, dtype=np.bool_)
        seen[values - low] = True
        if missing and low == -1:
            seen[0] = False
        number = np.cumsum(seen) - 1
        if missing and low == -1:
            number[0] = -1
        return number[values - low], np.flatnonzero(seen) + low
    found, codes = np.unique(values, return_inverse=True)
    if missing and low == -1:
        return codes - 1, found[1:]
    return codes.astype(np.int64), found


def _words(values: Sequence[Any], labels: KeyLabels) -> list[str]:
    """A word for each value; a label that two values share is told apart by the value."""
    plain = [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values]
    words = [labels.get(value, word) for value, word in zip(values, plain, strict=True)]
    count = Counter(words)
    return [w if count[w] == 1 else f"{w} ({p})" for w, p in zip(words, plain, strict=True)]
