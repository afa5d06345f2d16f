"""Measures as columns of weighted values, equal columns kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.frame import Frame
from surveyproc.estimate.sums import Floats, Ints
from surveyproc.values import Measure, Statistic

Bools = NDArray[np.bool_]
WEIGHT, ALONE = -1, -2  # what a column is multiplied by, where not another column
WHOLE = 53  # bits of a whole number that float64 holds exactly


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table of sums serves each of J measures; each int64 (J).

    The first J columns are the numerators, Σw(y − centre·x).
    """

    denominator: Ints  # Σwx
    weight: Ints  # Σw of eligible rows: in the universe, measure known; above 0 where there is a case
    rows: Ints  # above 0 where there are eligible rows, of whatever weight
    universe: Ints  # Σw of rows in the universe, known or not
    squares: Ints  # Σw² of eligible rows

    def columns(self) -> Ints:
        """All columns, measure by measure within each kind; (6J)."""
        first = np.arange(len(self.weight))
        return np.concatenate((first, self.denominator, self.weight, self.rows, self.universe, self.squares))


def plain_layout(measures: int) -> Layout:
    """The layout in which no two measures share a column."""
    part = [np.arange(measures) + k * measures for k in range(1, 6)]
    return Layout(*part)


@dataclass(frozen=True, slots=True)
class Squares:
    """Columns (J) of Σwv², Σwvx and Σwx², v = y − centre·x; −1 where a measure needs none."""

    yy: Ints
    xy: Ints
    xx: Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of cases in sums of packed columns, several counts of so many bits to a column.

    A tenth of the width that a column a measure takes, and exact, since no stratum has more rows than a count can hold.
    column, place: int64 (J).
    """

    bits: int
    column: Ints
    place: Ints

    def read(self, sums: Floats) -> Floats:
        """Cases (R, J) of sums (R, K) that each stay within one stratum."""
        packed = sums[:, self.column].astype(np.int64) >> (self.place * self.bits)
        return (packed & ((1 << self.bits) - 1)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Columns:
    """A block of J measures over n rows in psu order, as K columns: each `right` times what `left` says.

    left: the number of an earlier column, WEIGHT, or ALONE.
    """

    layout: Layout
    squares: Squares
    counts: Counts
    weight: Floats  # (n)
    left: tuple[int, ...]  # (K)
    right: tuple[NDArray[Any], ...]  # K of (n), float64 or bool
    raw: tuple[Floats, ...]  # J of (n): y as the data have it
    values: tuple[Floats, ...]  # J of (n): y − centre·x, 0 where not eligible
    denominators: tuple[Floats | None, ...]  # J of (n), 0 where not eligible, or None
    eligible: tuple[Bools, ...]  # J of (n)
    centre: Floats  # (J)
    binary: Bools  # (J): no denominator and y is 0 or 1

    @property
    def width(self) -> int:
        """K."""
        return len(self.left)

    def fill(self, table: Floats, start: int, stop: int) -> None:
        """Write rows start to stop of all columns to a table (stop − start, K)."""
        weight = self.weight[start:stop]
        for k, (left, right) in enumerate(zip(self.left, self.right, strict=True)):
            if left == ALONE:
                table[:, k] = right[start:stop]
            else:
                np.multiply(weight if left == WEIGHT else table[:, left], right[start:stop], out=table[:, k])

    def rows(self, rows: Ints, columns: Ints) -> Floats:
        """Some rows of the first columns, numerators and denominators, as a table (rows, columns)."""
        return np.stack([self.weight[rows] * self.right[k][rows] for k in columns.tolist()], axis=1)

    def plain(self, j: int, rows: Ints) -> Floats:
        """y, or y/x, of some rows as the data have it; NaN where both are 0, infinite where only x is."""
        x = self.denominators[j]
        if x is None:
            return self.raw[j][rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            quotient: Floats = self.raw[j][rows] / x[rows]
        return quotient


@dataclass(frozen=True, slots=True)
class _Mask:
    """Columns of the rows of one mask, as in Layout, and which of the packed counts is theirs."""

    rows: int
    squares: int
    count: int


@dataclass(slots=True)
class _Store:
    """Columns gathered so far; a mask seen before is not stored again."""

    weight: Floats
    positive: Bools | None  # rows of weight above zero, None where all are
    left: list[int]
    right: list[NDArray[Any]]
    cases: list[Bools] = field(default_factory=list)
    weights: dict[bytes, int] = field(default_factory=dict)
    seen: dict[int, _Mask] = field(default_factory=dict)

    def add(self, left: int, right: NDArray[Any]) -> int:
        self.left.append(left)
        self.right.append(right)
        return len(self.left) - 1

    def add_weight(self, mask: Bools) -> int:
        """The column of the weight of a mask's rows."""
        key = np.packbits(mask).tobytes()
        if key not in self.weights:
            self.weights[key] = self.add(WEIGHT, mask)
        return self.weights[key]

    def add_mask(self, mask: Bools, weight: int) -> _Mask:
        """What else is kept of a mask whose weight has a column."""
        if weight not in self.seen:
            rows = weight if self.positive is None else self.add(ALONE, mask)
            self.seen[weight] = _Mask(rows, self.add(weight, self.weight), len(self.cases))
            self.cases.append(mask if self.positive is None else mask & self.positive)
        return self.seen[weight]

    def pack(self, bits: int, used: Sequence[int]) -> Counts:
        """Add the counts of the masks at `used` (J), as many to a column as float64 holds exactly."""
        each = max(1, WHOLE // bits)
        first = len(self.left)
        for start in range(0, len(self.cases), each):
            packed = np.zeros(len(self.cases[0]))
            for place, mask in enumerate(self.cases[start : start + each]):
                packed += mask * float(1 << (bits * place))
            self.add(ALONE, packed)
        mine = np.array(used, dtype=np.int64)
        return Counts(bits, first + mine // each, mine % each)


def make_columns(frame: Frame, measures: Sequence[Measure]) -> Columns:
    """Weighted columns of a block of measures.

    Values of means and ratios are centred at the ratio of the whole, y − c·x, so that squares keep their digits; the
    centre is 0 for totals and for 0/1 values, whose sums must stay exact.
    """
    positive = frame.weight > 0
    places = range(len(measures))
    store = _Store(
        frame.weight, None if positive.all() else positive, [WEIGHT for _ in places], [frame.weight for _ in places]
    )
    index: list[list[int]] = []
    squares = np.full((3, len(measures)), -1, dtype=np.int64)
    raws, values, denominators, masks, centres, binary = [], [], [], [], [], []
    universes: dict[int, tuple[Bools, int]] = {}  # most measures share one array: it is sorted once
    for j, measure in enumerate(measures):
        if id(measure.universe) not in universes:
            mask = frame.arrange(measure.universe)
            universes[id(measure.universe)] = mask, store.add_weight(mask)
        universe, whole = universes[id(measure.universe)]
        raw = frame.arrange(measure.numerator)
        y, x, eligible = _eligible(frame, measure, raw, universe)
        plain = x is None and _binary(y)
        centre = 0.0 if plain or measure.statistic is Statistic.TOTAL else _ratio(frame.weight, y, x, eligible)
        if centre:
            y = np.where(eligible, y - centre, 0.0) if x is None else y - centre * x
        store.right[j] = y
        weight = store.add_weight(eligible)
        own = store.add_mask(eligible, weight)
        denominator = weight if x is None else store.add(WEIGHT, x)
        index.append([denominator, weight, own.rows, whole, own.squares, own.count])
        if not plain:
            squares[0, j] = store.add(j, y)
        if x is not None:
            squares[1:, j] = store.add(j, x), store.add(denominator, x)
        raws.append(raw)
        values.append(y)
        denominators.append(x)
        masks.append(eligible)
        centres.append(centre)
        binary.append(plain)
    table = np.array(index, dtype=np.int64).reshape(-1, 6).T
    counts = store.pack(frame.tallest.bit_length(), table[5].tolist())
    return Columns(
        layout=Layout(*table[:5]),
        squares=Squares(*squares),
        counts=counts,
        weight=frame.weight,
        left=tuple(store.left),
        right=tuple(store.right),
        raw=tuple(raws),
        values=tuple(values),
        denominators=tuple(denominators),
        eligible=tuple(masks),
        centre=np.array(centres),
        binary=np.array(binary, dtype=np.bool_),
    )


def _eligible(frame: Frame, measure: Measure, y: Floats, universe: Bools) -> tuple[Floats, Floats | None, Bools]:
    """Numerator and denominator (0 where not eligible) and eligible rows, in psu order as `universe` and y are."""
    eligible = universe & (y == y)  # NaN is not equal to itself  # noqa: PLR0124
    x = None
    if measure.denominator is not None:
        x = frame.arrange(measure.denominator)
        eligible &= ~np.isnan(x)
        x = np.where(eligible, x, 0.0)
    return np.where(eligible, y, 0.0), x, eligible


def _binary(y: Floats) -> bool:
    """Whether all values are 0 or 1; a few rows often tell that not all are."""
    return all(bool((part * part == part).all()) for part in (y[:256], y[256:]))


def _ratio(weight: Floats, y: Floats, x: Floats | None, eligible: Bools) -> float:
    below = float((weight * (eligible if x is None else x)).sum())
    ratio = float((weight * y).sum()) / below if below else 0.0
    return ratio if np.isfinite(ratio) else 0.0
