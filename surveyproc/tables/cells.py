"""One estimate as a table cell: a number in the unit of its column with a style, or a mark in its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from surveyproc.values import CellStyle, TableCell

PARENTHESES_MARK = "( )"
EMPTY_MARK = "-"
NO_VALUE = ("empty", "all_missing", "not_asked")
NO_PRECISION = ("boundary", "constant", "control", "one_case", "one_psu")
PRECISION = ("se", "ci_low", "ci_high", "cv", "deff", "deft", "n_effective")
NUMBERS = ("value", *PRECISION, "df", "n_unweighted", "n_weighted", "kish", "share_missing")

Where = tuple[str, str]  # domain, cell


@dataclass(frozen=True, slots=True)
class Estimate:
    """What tables need of one judged estimate; NaN where there is no number."""

    numbers: Mapping[str, float]
    status: str
    shown: str
    marks: str


@dataclass(frozen=True, slots=True)
class Index:
    """Judged estimates by (indicator, category, domain, cell), and the cells of each domain in the frame's order."""

    estimates: Mapping[tuple[str, str, str, str], Estimate]
    cells: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, tuple[str, ...]]

    def find(self, indicator: str, category: str, where: Where) -> Estimate | None:
        """An estimate; of a distribution that was not asked, the one that stands for all its categories."""
        return self.estimates.get((indicator, category, *where)) or self.estimates.get((indicator, "", *where))


def index_of(frame: pd.DataFrame) -> Index:
    """Index a judged frame (ESTIMATE_COLUMNS)."""
    columns = [pd.to_numeric(frame[name]).to_numpy(dtype="float64", na_value=math.nan).tolist() for name in NUMBERS]
    words = [frame[name].astype(str).tolist() for name in ("indicator", "category", "domain", "cell")]
    judged = [frame[name].astype(str).tolist() for name in ("status", "shown", "marks")]
    estimates: dict[tuple[str, str, str, str], Estimate] = {}
    cells: dict[str, dict[str, None]] = {}
    categories: dict[str, dict[str, None]] = {}
    rows = zip(zip(*words, strict=True), zip(*columns, strict=True), zip(*judged, strict=True), strict=True)
    for (indicator, category, domain, cell), numbers, (status, shown, marks) in rows:
        named = dict(zip(NUMBERS, numbers, strict=True))
        estimates[indicator, category, domain, cell] = Estimate(named, status, shown, marks)
        cells.setdefault(domain, {})[cell] = None
        categories.setdefault(indicator, {})[category] = None
    return Index(
        estimates,
        {domain: tuple(found) for domain, found in cells.items()},
        {indicator: tuple(found) for indicator, found in categories.items()},
    )


def text_cell(text: str) -> TableCell:
    """A cell without a number."""
    return TableCell(None, 0, CellStyle.TEXT, text)


def in_place_of_number(estimate: Estimate | None) -> str | None:
    """The mark of an estimate that has no number to show; None where it has one."""
    if estimate is None:
        return ""
    if estimate.shown == "suppress" or estimate.status in NO_VALUE or math.isnan(estimate.numbers["value"]):
        return estimate.marks or EMPTY_MARK
    return None


def number_cell(
    estimate: Estimate | None, name: str, *, factor: float, decimals: int, not_applicable: str, marks: str
) -> TableCell:
    """One number of an estimate times `factor`, with the marks given.

    name: one of NUMBERS. The precision of an estimate that has none to speak of (a share of 0 or 1, a single case or
    psu) is `not_applicable`, never 0.
    """
    text = in_place_of_number(estimate)
    if estimate is None or text is not None:
        return text_cell(text or "")
    number = estimate.numbers[name]
    if math.isnan(number) or (name in PRECISION and estimate.status in NO_PRECISION):
        return text_cell(not_applicable)
    style, text = style_of(marks)
    return TableCell(number * factor, decimals, style, text)


def count_cell(estimate: Estimate | None, name: str) -> TableCell:
    """A count of a universe: none is 0, not a mark."""
    if estimate is not None and estimate.shown != "suppress" and estimate.status == "empty":
        return TableCell(0.0, 0)
    return number_cell(estimate, name, factor=1.0, decimals=0, not_applicable="", marks="")


def style_of(marks: str) -> tuple[CellStyle, str]:
    """How a number with these marks is drawn, and the text after it; "( )" next to other marks is written out."""
    if not marks:
        return CellStyle.PLAIN, ""
    if marks == PARENTHESES_MARK:
        return CellStyle.PARENTHESES, ""
    return CellStyle.STARRED, marks


def marks_in(cell: TableCell) -> Iterator[str]:
    """The marks that a reader sees in a cell."""
    if cell.style is CellStyle.PLAIN:
        return
    if cell.style is CellStyle.PARENTHESES or PARENTHESES_MARK in cell.text:
        yield PARENTHESES_MARK
    yield from cell.text.replace(PARENTHESES_MARK, " ").split()
