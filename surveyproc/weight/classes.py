"""Classes of records from categorical variables, sums by class, and classes joined until each is large enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import Column, Kind
from surveyproc.values.weights import Cell, Weights

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Classes:
    """Records by class. codes: int32 (n), -1 = in none; members: for each class the cells that it is made of."""

    codes: Codes
    members: tuple[tuple[Cell, ...], ...]

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.members)


def coded(column: Column) -> tuple[Codes, tuple[str, ...]]:
    """A categorical or yes/no variable as codes (n), -1 = missing, and the names of its categories."""
    if column.kind is Kind.BOOLEAN:
        values = np.where(column.known, 1 - column.values.astype(np.int32), -1)
        return values.astype(np.int32), ("yes", "no")
    names = tuple(category.name for category in column.categories)
    return np.where(column.known, column.values, -1).astype(np.int32), names


def classes_of(names: Sequence[str], columns: Sequence[Column], rows: NDArray[np.bool_]) -> Classes:
    """Classes by the crossing of variables among some rows (n); cells nobody is in do not exist.

    A row outside `rows`, or with a value missing, is in no class. With no variable there is one class.
    """
    joint = np.where(rows, 0, -1).astype(np.int64)
    parts = [coded(column) for column in columns]
    for codes, categories in parts:
        joint = np.where((joint < 0) | (codes < 0), -1, joint * len(categories) + codes)
    found, inverse = np.unique(joint, return_inverse=True)
    if len(found) and found[0] == -1:
        found, inverse = found[1:], inverse - 1
    members = []
    for key in found.tolist():
        cell: list[tuple[str, str]] = []
        rest = key
        for name, (_, categories) in zip(reversed(names), reversed(parts), strict=True):
            rest, at = divmod(rest, len(categories))
            cell.insert(0, (name, categories[at]))
        members.append((tuple(cell),))
    return Classes(inverse.astype(np.int32), tuple(members))


def sums(weight: Weights, codes: Codes, count: int) -> Weights:
    """Σ weight by class: (C) of weights (n), (C, R) of weights (n, R); rows of no class are left out."""
    inside = codes >= 0
    chosen, at = weight[inside], codes[inside]
    if weight.ndim == 1:
        return np.asarray(np.bincount(at, weights=chosen, minlength=count), dtype=np.float64)
    columns = [np.bincount(at, weights=chosen[:, r], minlength=count) for r in range(weight.shape[1])]
    return np.stack(columns, axis=1).astype(np.float64)


def spread(factor: Weights, codes: Codes, *, outside: float = 1.0) -> Weights:
    """A factor a class, (C) or (C, R), on the rows; rows of no class get `outside`."""
    rows = factor[np.maximum(codes, 0)] if len(factor) else np.full((len(codes), *factor.shape[1:]), outside)
    rows[codes < 0] = outside
    return rows


def joined(classes: Classes, too_small: Callable[[Classes], NDArray[np.bool_]]) -> Classes:
    """Classes joined with the nearest until none is too small, or one is left.

    The first class that is too small joins a neighbour in the order of the categories: among the classes that share
    most of the leading variables with it, the nearest, and of two equally near the one before it. So the order of the
    variables says which differences matter most (Kalton and Flores-Cervantes 2003, section 2.1).
    """
    while classes.count > 1:
        small = np.flatnonzero(too_small(classes))
        if not len(small):
            return classes
        at = int(small[0])
        shared = np.array([_shared(classes.members[at], other) for other in classes.members])
        shared[at] = -1
        near = np.flatnonzero(shared == shared.max())
        partner = int(near[np.argmin(np.abs(near - at))])
        classes = _join(classes, *sorted((at, partner)))
    return classes


def _shared(one: tuple[Cell, ...], other: tuple[Cell, ...]) -> int:
    """How many leading variables have one category in all cells of both classes."""
    cells = (*one, *other)
    depth = 0
    for parts in zip(*cells, strict=True):
        if len(set(parts)) > 1:
            break
        depth += 1
    return depth


def _join(classes: Classes, low: int, high: int) -> Classes:
    codes = np.where(classes.codes == high, low, classes.codes)
    codes = np.where(codes > high, codes - 1, codes).astype(np.int32)
    members = list(classes.members)
    members[low] = (*members[low], *members.pop(high))
    return replace(classes, codes=codes, members=tuple(members))
