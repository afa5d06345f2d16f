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


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table of sums serves each of J measures; each int64 (J).

    The first J columns are the numerators, Σw(y − centre·x).
    """

    denominator: Ints  # Σwx
    weight: Ints  # Σw of eligible rows: in the universe, measure known; above 0 where there is a case
    rows: Ints  # above 0 where there are eligible rows, of whatever weight
    universe: Ints  # Σw of rows in the universe, known or not

    def columns(self) -> Ints:
        """All columns, measure by measure within each kind; (5J)."""
        first = np.arange(len(self.weight))
        return np.concatenate((first, self.denominator, self.weight, self.rows, self.universe))


def plain_layout(measures: int) -> Layout:
    """The layout in which no two measures share a column."""
    part = [np.arange(measures) + k * measures for k in range(1, 5)]
    return Layout(*part)


@dataclass(frozen=True, slots=True)
class Squares:
    """Squares of each row, wv², wvx and wx², v = y − centre·x, as columns of a table; −1 where a measure needs none."""

    table: Floats  # (n, Q); the first two columns are 1 where w > 0, and w²
    yy: Ints  # (J), as xy and xx
    xy: Ints
    xx: Ints


@dataclass(frozen=True, slots=True)
class Masks:
    """Eligible rows of M masks, each told by the fewer: the rows eligible, or those left out where `out` is.

    rows, number: (m), rows and the mask of each, mask by mask, rows ascending; out: (M); own: (J), the mask of each
    measure.
    """

    rows: NDArray[np.int32]
    number: NDArray[np.int32]
    out: Bools
    own: Ints


@dataclass(frozen=True, slots=True)
class Columns:
    """A block of J measures over n rows in psu order, as K columns: each `right` times the weight, or alone."""

    layout: Layout
    squares: Squares
    masks: Masks
    weight: Floats  # (n)
    weighted: tuple[bool, ...]  # (K)
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
        return len(self.weighted)

    def fill(self, table: Floats, start: int, stop: int) -> None:
        """Write rows start to stop of all columns to a table (stop − start, K)."""
        weight = self.weight[start:stop]
        for k, (weighted, right) in enumerate(zip(self.weighted, self.right, strict=True)):
            if weighted:
                np.multiply(weight, right[start:stop], out=table[:, k])
            else:
                table[:, k] = right[start:stop]

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


@dataclass(slots=True)
class _Store:
    """Columns gathered so far; a mask seen before is not stored again."""

    positive: Bools | None  # rows of weight above zero, None where all are
    weighted: list[bool]
    right: list[NDArray[Any]]
    fewer: list[NDArray[np.int32]] = field(default_factory=list)
    out: list[bool] = field(default_factory=list)
    weights: dict[bytes, int] = field(default_factory=dict)
    seen: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, right: NDArray[Any], *, weighted: bool = True) -> int:
        self.weighted.append(weighted)
        self.right.append(right)
        return len(self.right) - 1

    def add_weight(self, mask: Bools) -> int:
        """The column of the weight of a mask's rows."""
        key = np.packbits(mask).tobytes()
        if key not in self.weights:
            self.weights[key] = self.add(mask)
        return self.weights[key]

    def add_mask(self, mask: Bools, weight: int) -> tuple[int, int]:
        """The column of the rows of a mask whose weight has a column, and its number among the masks."""
        if weight not in self.seen:
            rows = weight if self.positive is None else self.add(mask, weighted=False)
            out = 2 * int(np.count_nonzero(mask)) > len(mask)
            self.seen[weight] = rows, len(self.out)
            self.out.append(out)
            self.fewer.append(np.flatnonzero(~mask if out else mask).astype(np.int32))
        return self.seen[weight]

    def masks(self, own: Ints) -> Masks:
        """All masks; own: (J)."""
        number = np.repeat(np.arange(len(self.out), dtype=np.int32), [len(rows) for rows in self.fewer])
        return Masks(np.concatenate(self.fewer), number, np.array(self.out, dtype=np.bool_), own)


def make_columns(frame: Frame, measures: Sequence[Measure]) -> Columns:
    """Weighted columns of a block of measures.

    Values of means and ratios are centred at the ratio of the whole, y − c·x, so that squares keep their digits; the
    centre is 0 for totals and for 0/1 values, whose sums must stay exact.
    """
    positive = frame.weight > 0
    places = range(len(measures))
    store = _Store(None if positive.all() else positive, [True for _ in places], [frame.weight for _ in places])
    index: list[list[int]] = []
    products: list[tuple[Floats | None, Floats | None, Floats | None]] = []
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
        rows, number = store.add_mask(eligible, weight)
        index.append([weight if x is None else store.add(x), weight, rows, whole, number])
        products.append(_products(frame.weight, y, x, plain=plain))
        raws.append(raw)
        values.append(y)
        denominators.append(x)
        masks.append(eligible)
        centres.append(centre)
        binary.append(plain)
    table = np.array(index, dtype=np.int64).reshape(-1, 5).T
    return Columns(
        layout=Layout(*table[:4]),
        squares=_squares(frame.weight, products),
        masks=store.masks(table[4]),
        weight=frame.weight,
        weighted=tuple(store.weighted),
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


def _products(
    weight: Floats, y: Floats, x: Floats | None, *, plain: bool
) -> tuple[Floats | None, Floats | None, Floats | None]:
    """wy², wyx and wx² of each row."""
    if x is None:
        return (None if plain else weight * y * y), None, None
    return weight * y * y, weight * y * x, weight * x * x


def _squares(weight: Floats, products: Sequence[tuple[Floats | None, Floats | None, Floats | None]]) -> Squares:
    given = [weight > 0, weight * weight, *(column for three in products for column in three if column is not None)]
    held = np.array([[column is not None for column in three] for three in products])
    place = np.where(held, np.cumsum(held).reshape(held.shape) + 1, -1)
    table = np.empty((len(weight), len(given)))
    for k, column in enumerate(given):
        table[:, k] = column
    return Squares(table, *place.T)


def _binary(y: Floats) -> bool:
    """Whether all values are 0 or 1; a few rows often tell that not all are."""
    return all(bool((part * part == part).all()) for part in (y[:256], y[256:]))


def _ratio(weight: Floats, y: Floats, x: Floats | None, eligible: Bools) -> float:
    below = float((weight * (eligible if x is None else x)).sum())
    ratio = float((weight * y).sum()) / below if below else 0.0
    return ratio if np.isfinite(ratio) else 0.0
