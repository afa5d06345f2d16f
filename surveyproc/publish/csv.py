"""The long file of estimates for other programs: every number with its error, one row an estimate."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from numbers import Real

import pandas as pd

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.publish.text import clean
from surveyproc.values import ESTIMATE_COLUMNS

# Status tells of a cell how many cases or psus it has, or that a share is 0 or 1: it goes with the numbers.
HIDDEN_IF_SUPPRESSED = frozenset(
    {
        "value",
        "se",
        "ci_low",
        "ci_high",
        "cv",
        "deff",
        "deft",
        "df",
        "t",
        "p_value",
        "n_unweighted",
        "n_effective",
        "kish",
        "n_psus",
        "n_weighted",
        "share_missing",
        "status",
    }
)
_HIDDEN = HIDDEN_IF_SUPPRESSED | {"df1", "estimate"}  # and what results of tests have
_NUMBERS = _HIDDEN - {"status"}
_COUNTS = frozenset({"n_unweighted", "n_psus"})
_OPEN = frozenset({"publish", "flag"})
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?|-")


def estimates_csv(frame: pd.DataFrame) -> bytes:
    """The estimates as CSV (RFC 4180, Shafranovich 2005) in UTF-8 with a byte-order mark, so that Excel reads Cyrillic.

    frame: one row an estimate, at least ESTIMATE_COLUMNS; only these are written, in that order and in the frame's
    order of rows, so that no working column slips out. Numbers are the shortest digits that give the same float back;
    what is no finite number is empty. A row whose `shown` is neither publish nor flag carries no number, count or
    status. Text that a spreadsheet would take for a formula gets a leading apostrophe. Raises SurveyprocError
    (bug.internal) if a column is absent.
    """
    return analysis_csv(frame, ESTIMATE_COLUMNS)


def analysis_csv(frame: pd.DataFrame, wanted: Sequence[str]) -> bytes:
    """Results of regressions or tests as CSV, the columns wanted (MODEL_COLUMNS, TEST_COLUMNS), as `estimates_csv`."""
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        problem = Problem("bug.internal", Place(), "estimates lack columns", got=", ".join(absent))
        raise SurveyprocError([problem])
    open_rows = [str(shown) in _OPEN for shown in frame["shown"]]
    columns = [_column(frame[name], name, open_rows) for name in wanted]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(wanted)
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode("utf-8-sig")


def rows_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Plain rows as a CSV file of the same kind: numbers in their shortest digits, texts that are never formulas."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_number(v) if isinstance(v, float) else _text(v) for v in row])
    return stream.getvalue().encode("utf-8-sig")


@lru_cache(maxsize=2**14)  # the same names stand in row after row
def without_formula(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet could take it for a formula.

    Looks behind leading spaces and invisible characters and at full-width forms (OWASP, CSV Injection). Plain numbers
    and a lone "-" are left as they are.
    """
    seen = unicodedata.normalize("NFKC", text)
    first = next((character for character in seen if unicodedata.category(character)[0] not in "ZC"), "")
    risky = (first != "" and first in "=+-@") or text.startswith(("\t", "\r", "\n"))
    if risky and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + clean(text)
    return clean(text)


def _column(values: pd.Series, name: str, open_rows: list[bool]) -> list[str]:
    write: Callable[[object], str] = _count if name in _COUNTS else _number if name in _NUMBERS else _text
    if name in _HIDDEN:
        return [write(value) if is_open else "" for value, is_open in zip(values.tolist(), open_rows, strict=True)]
    return [write(value) for value in values.tolist()]


def _number(value: object) -> str:
    # NaN and infinity are no numbers; `status` says why.
    if type(value) is float:  # by far the most, and the general test is slow
        return repr(value + 0.0) if math.isfinite(value) else ""
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        return ""
    return repr(float(value) + 0.0)  # + 0.0 turns −0.0 into 0.0


def _count(value: object) -> str:
    text = _number(value)
    return text.removesuffix(".0") if "e" not in text else str(int(float(text)))


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    return without_formula(str(value))
