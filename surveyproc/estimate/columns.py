"""Measures as columns of weighted values, equal columns kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.frame import Frame
from surveyproc.estimate.sums import Floats, Ints
from surveyproc.values import Measure, Statistic


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table of sums serves each of J measures; each int64 (J).

    The first J columns are the numerators, Σw(y − centre·x).
    """

    denominator: Ints  # Σwx
    weight: Ints  # Σw of eligible rows: in the universe, measure known
    cases: Ints  # eligible rows with weight above zero
    rows: Ints  # eligible rows
    universe: Ints  # Σw of rows in the universe, known or not
    squares: Ints  # Σw² of eligible rows

    def columns(self) -> Ints:
        """All columns, measure by measure within each kind; (7J)."""
        numerator = np.arange(len(self.weight))
        return np.concatenate(
            (numerator, self.denominator, self.weight, self.cases, self.rows, self.universe, self.squares)
        )


def plain_layout(measures: int) -> Layout:
    """The layout in which no two measures share a column."""
    part = [np.arange(measures) + k * measures for k in range(1, 7)]
    return Layout(*part)


@dataclass(frozen=True, slots=True)
class Columns:
    """A block of J measures over n rows in psu order."""

    layout: Layout
    table: Floats  # (n, K), rows weighted
    values: tuple[Floats, ...]  # J of (n): y − centre·x, 0 where not eligible
    plain: tuple[Floats, ...]  # J of (n): y, or y/x, as the data have it
    denominators: tuple[Floats | None, ...]  # J of (n), 0 where not eligible, or None
    eligible: tuple[NDArray[np.bool_], ...]  # J of (n)
    centre: Floats  # (J)
    binary: NDArray[np.bool_]  # (J): no denominator and y is 0 or 1


@dataclass(slots=True)
class _Store:
    """Columns gathered so far; a mask seen before is not stored again."""

    offset: int
    columns: list[Floats] = field(default_factory=list)
    seen: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def add(self, column: Floats) -> int:
        self.columns.append(column)
        return self.offset + len(self.columns) - 1

    def add_mask(self, kind: str, mask: NDArray[np.bool_], factor: Floats) -> int:
        key = (kind, np.packbits(mask).tobytes())
        if key not in self.seen:
            self.seen[key] = self.add(factor * mask)
        return self.seen[key]


def make_columns(frame: Frame, measures: Sequence[Measure]) -> Columns:
    """Weighted columns of a block of measures.

    Values of means and ratios are centred at the ratio of the whole, y − c·x, so that squares keep their digits; the
    centre is 0 for totals and for 0/1 values, whose sums must stay exact.
    """
    store = _Store(offset=len(measures))
    numerators: list[Floats] = []
    positive = (frame.weight > 0).astype(np.float64)
    all_positive = bool(positive.all())
    squared = frame.weight * frame.weight
    ones = positive if all_positive else np.ones_like(positive)
    index: list[list[int]] = []
    values, plains, denominators, masks, centres, binary = [], [], [], [], [], []
    universes: dict[int, tuple[NDArray[np.bool_], int]] = {}  # most measures share one array: it is sorted once
    for measure in measures:
        if id(measure.universe) not in universes:
            mask = frame.arrange(measure.universe)
            universes[id(measure.universe)] = mask, store.add_mask("weight", mask, frame.weight)
        universe, whole = universes[id(measure.universe)]
        y, x, eligible = _arrange(frame, measure, universe)
        plain = x is None and bool(((y == 0) | (y == 1)).all())
        centre = 0.0 if plain or measure.statistic is Statistic.TOTAL else _ratio(frame.weight, y, x, eligible)
        plains.append(y if x is None else _quotient(y, x))
        if centre:
            y = np.where(eligible, y - centre, 0.0) if x is None else y - centre * x
        weight = store.add_mask("weight", eligible, frame.weight)
        cases = store.add_mask("cases", eligible, positive)
        rows = cases if all_positive else store.add_mask("rows", eligible, ones)
        denominator = weight if x is None else store.add(frame.weight * x)
        index.append([denominator, weight, cases, rows, whole, store.add_mask("squares", eligible, squared)])
        numerators.append(frame.weight * y)
        values.append(y)
        denominators.append(x)
        masks.append(eligible)
        centres.append(centre)
        binary.append(plain)
    return Columns(
        layout=Layout(*np.array(index, dtype=np.int64).reshape(-1, 6).T),
        table=_by_row(numerators + store.columns, len(frame.weight)),
        values=tuple(values),
        plain=tuple(plains),
        denominators=tuple(denominators),
        eligible=tuple(masks),
        centre=np.array(centres),
        binary=np.array(binary, dtype=np.bool_),
    )


def _arrange(
    frame: Frame, measure: Measure, universe: NDArray[np.bool_]
) -> tuple[Floats, Floats | None, NDArray[np.bool_]]:
    """Numerator and denominator (0 where not eligible) and eligible rows, in psu order as `universe` is."""
    y = frame.arrange(measure.numerator)
    eligible = universe & ~np.isnan(y)
    x = None
    if measure.denominator is not None:
        x = frame.arrange(measure.denominator)
        eligible &= ~np.isnan(x)
        x = np.where(eligible, x, 0.0)
    return np.where(eligible, y, 0.0), x, eligible


def _quotient(y: Floats, x: Floats) -> Floats:
    """y/x; NaN where both are 0, infinite where only x is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient: Floats = y / x
    return quotient


def _ratio(weight: Floats, y: Floats, x: Floats | None, eligible: NDArray[np.bool_]) -> float:
    below = float((weight * (eligible if x is None else x)).sum())
    ratio = float((weight * y).sum()) / below if below else 0.0
    return ratio if np.isfinite(ratio) else 0.0


def _by_row(columns: list[Floats], rows: int, *, step: int = 2048) -> Floats:
    """Columns as a row-major table, transposed a few rows at a time so that both sides stay in cache."""
    table = np.empty((rows, len(columns)))
    for start in range(0, rows, step):
        part = table[start : start + step]
        for k, column in enumerate(columns):
            part[:, k] = column[start : start + step]
    return table
