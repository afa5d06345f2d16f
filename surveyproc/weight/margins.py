"""Known totals laid beside a sample: what each record adds to each total, and whether totals can be met at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import column_at, rows_at
from surveyproc.config.weightspec import CROSS, KnownTotals, MarginSpec
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import Column, Missing
from surveyproc.weight.classes import coded
from surveyproc.weight.sample import Sample

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin beside the sample. adds: for each row what it adds to each of the margin's totals, as codes (n), -1 =
    to none, where each row adds 1 to one of them, else as numbers (n, K); covered: bool, which of the records counted
    lie in a cell."""

    spec: MarginSpec
    codes: NDArray[np.int64] | None
    numbers: Floats | None
    covered: NDArray[np.bool_]

    def sums(self, weight: Floats, rows: NDArray[np.bool_]) -> Floats:
        """Σ weight · what a row adds, over some rows, for each total (K)."""
        if self.codes is not None:
            inside = rows & (self.codes >= 0)
            found = np.bincount(self.codes[inside], weights=weight[inside], minlength=len(self.spec.cells))
            return np.asarray(found, dtype=np.float64)
        assert self.numbers is not None
        return np.asarray(weight[rows] @ self.numbers[rows], dtype=np.float64)

    def added(self, rows: NDArray[np.intp], cell: int) -> Floats:
        """What some rows (m) add to one total."""
        assert self.numbers is not None
        return np.asarray(self.numbers[rows, cell], dtype=np.float64)

    def cases(self, rows: NDArray[np.bool_]) -> Floats:
        """How many of some rows add to each total (K)."""
        if self.codes is not None:
            inside = rows & (self.codes >= 0)
            return np.bincount(self.codes[inside], minlength=len(self.spec.cells)).astype(np.float64)
        assert self.numbers is not None
        return np.asarray((self.numbers[rows] != 0).sum(axis=0), dtype=np.float64)


def margins_of(known: KnownTotals, sample: Sample, rows: NDArray[np.bool_]) -> tuple[Margin, ...]:
    """Every margin on the rows (n) of the level; raises SurveyprocError for records of some rows with no value.

    A record whose variable is not applicable is outside the margin: nobody expects it there. Other missing values stop.
    """
    margins, problems = [], []
    for spec in known.margins:
        columns = [column_at(sample.levels, spec.level, name) for name in spec.variables]
        parent = rows_at(sample.levels, spec.level, sample.level)
        used = rows if parent is None else rows[parent]
        problems += _missing(spec, columns, used, sample)
        margins.append(_margin(spec, columns, parent, sample))
    if problems:
        raise SurveyprocError(problems)
    return tuple(margins)


def _missing(spec: MarginSpec, columns: Sequence[Column], used: NDArray[np.bool_], sample: Sample) -> list[Problem]:
    found = []
    for name, column in zip(spec.variables, columns, strict=True):
        count = int((used & ~column.known & (column.reason != Missing.NOT_APPLICABLE)).sum())
        if count:
            file = sample.levels[spec.level].raw.info.path
            where = Place(file, level=spec.level, variable=name, cases=count)
            what = f"records have no value of {name}, which makes the margin {spec.name}"
            hint = "Derive a variable in which they are imputed, or give the category of unknowns a total."
            found.append(Problem("weight.missing-class", where, what, hint=hint))
    return found


def _margin(spec: MarginSpec, columns: Sequence[Column], parent: NDArray[np.int64] | None, sample: Sample) -> Margin:
    size = len(sample.weight)
    if spec.of_number:
        values = np.where(columns[0].known, columns[0].values, 0.0).astype(np.float64)
        summed = values if parent is None else np.bincount(parent, weights=values, minlength=size)
        return Margin(spec, None, np.asarray(summed, dtype=np.float64)[:, None], columns[0].known)
    joint = np.zeros(len(columns[0].values), dtype=np.int64)
    for column in columns:
        codes, names = coded(column)
        joint = np.where((joint < 0) | (codes < 0), -1, joint * len(names) + codes)
    if parent is None:
        return Margin(spec, joint, None, joint >= 0)
    cells = len(spec.cells)
    inside = joint >= 0
    counts = np.bincount(parent[inside] * cells + joint[inside], minlength=size * cells).reshape(size, cells)
    return Margin(spec, None, counts.astype(np.float64), inside)


@dataclass(frozen=True, slots=True)
class Targets:
    """Totals that take part in one partition: index of margin and of cell, and the number wanted, for each of q."""

    margin: NDArray[np.int64]
    cell: NDArray[np.int64]
    total: Floats
    names: tuple[str, ...]


def targets_of(
    known: KnownTotals, part: str, margins: Sequence[Margin], rows: NDArray[np.bool_], rounding: float
) -> Targets:
    """The totals of a partition that somebody adds to, margins scaled to the first one's sum within `rounding`."""
    totals = [np.array(numbers, dtype=np.float64) for numbers in known.totals[part]]
    for later in range(1, len(margins)):
        first = _same_records(margins, later)
        if first is not None and rounding and totals[later].sum() > 0:
            share = totals[first].sum() / totals[later].sum()
            totals[later] = totals[later] * (share if abs(share - 1.0) <= rounding else 1.0)
    index, cell, total, names = [], [], [], []
    for at, margin in enumerate(margins):
        takes = (totals[at] > 0) | (margin.cases(rows) > 0)
        for k in np.flatnonzero(takes).tolist():
            index.append(at)
            cell.append(k)
            total.append(float(totals[at][k]))
            names.append(name_of(margin.spec, k, part))
    return Targets(np.array(index), np.array(cell), np.array(total), tuple(names))


def name_of(spec: MarginSpec, cell: int, part: str) -> str:
    """A total as messages name it."""
    label = CROSS.join(spec.cells[cell])
    return f"{spec.name} {label}".strip() + (f" in {part}" if part else "")


def _same_records(margins: Sequence[Margin], later: int) -> int | None:
    """The first margin before this one that counts the same records, so that their sums must agree."""
    one = margins[later]
    if one.spec.of_number:
        return None
    for at, other in enumerate(margins[:later]):
        alike = other.spec.level == one.spec.level and not other.spec.of_number
        if alike and bool(np.array_equal(other.covered, one.covered)):
            return at
    return None


def disagreements(
    known: KnownTotals, part: str, margins: Sequence[Margin], tolerance: float, rounding: float
) -> list[tuple[str, str, float, float]]:
    """Pairs of margins that count the same records and whose totals do not sum to the same: names and sums."""
    found = []
    allowed = max(rounding, tolerance)
    for later in range(1, len(margins)):
        first = _same_records(margins, later)
        if first is None:
            continue
        sums = [float(np.sum(known.totals[part][at])) for at in (first, later)]
        if abs(sums[1] - sums[0]) > allowed * max(sums):
            found.append((margins[first].spec.name, margins[later].spec.name, sums[0], sums[1]))
    return found
