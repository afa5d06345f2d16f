"""A file's metadata as a table: one row a variable."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from surveyproc.values import ColumnInfo, FileInfo

CODEBOOK_COLUMNS = ("name", "label", "type", "format", "measure", "value_labels", "missing")
LABEL_COLUMNS = ("name", "value", "label", "missing")


def codebook(info: FileInfo) -> pd.DataFrame:
    """One row a variable, in the file's order, with the columns of `CODEBOOK_COLUMNS`.

    type: text or number; value_labels: how many codes have a label; missing: user-missing values in words, as
    `8 thru 9, 99`. Stata's lettered missings show as codes `.a` to `.z` where they have a label.
    """
    rows = [
        (c.name, c.label, "text" if c.text else "number", c.format, c.measure, len(c.value_labels), missing_in_words(c))
        for c in info.columns.values()
    ]
    return pd.DataFrame(rows, columns=list(CODEBOOK_COLUMNS))


def value_labels(info: FileInfo, names: Sequence[str] | None = None) -> pd.DataFrame:
    """One row a labelled code, with the columns of `LABEL_COLUMNS`; names None means all variables.

    value is text as `code_in_words` gives it; missing is true where the file declares the code user-missing.
    """
    rows = [
        (name, code_in_words(code, info.columns[name]), label, is_user_missing(code, info.columns[name]))
        for name in (info.columns if names is None else names)
        for code, label in info.columns[name].value_labels.items()
    ]
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS))


def is_user_missing(code: float | str, column: ColumnInfo) -> bool:
    """Whether a file declares a code user-missing; Stata's letters always are."""
    if isinstance(code, str):
        return code in column.missing_values or not column.text
    return code in column.missing_values or any(low <= code <= high for low, high in column.missing_ranges)


def missing_in_words(column: ColumnInfo) -> str:
    """The missing definition of a variable as SPSS writes it: ranges first, then single values."""
    ranges = [
        f"{'lowest' if low == -math.inf else plain(low)} thru {'highest' if high == math.inf else plain(high)}"
        for low, high in column.missing_ranges
    ]
    letters = [f".{code}" for code in column.value_labels if isinstance(code, str) and not column.text]
    return ", ".join([*ranges, *(code_in_words(value, column) for value in column.missing_values), *letters])


def code_in_words(code: float | str, column: ColumnInfo) -> str:
    """A code as people write it: 5 and not 5.0, 'text' in quotes, .a for a letter."""
    if isinstance(code, str):
        return f"'{code}'" if column.text else f".{code}"
    return plain(code)


def plain(number: float) -> str:
    """A number without a needless fraction."""
    return str(int(number)) if math.isfinite(number) and number == int(number) and abs(number) < 2**53 else repr(number)
