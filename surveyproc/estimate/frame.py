"""What every pass over one design and its disaggregations shares: psus by stratum, rows by cell and psu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.sums import Floats, Ints, Runs, changes, make_runs, run_starts
from surveyproc.values import Design, Disaggregation, LonelyPsu

CHUNK = 2048  # pairs of cell and psu worked on at once, so that they stay in cache


@dataclass(frozen=True, slots=True)
class Strata:
    """Psus in the order of their strata. stratum: (P), ascending; psus: (H), psus drawn; fpc: (H) or None."""

    stratum: Ints
    psus: Ints
    fpc: Floats | None
    lonely_psu: LonelyPsu

    @property
    def free(self) -> Floats:
        """1 − f of each stratum (H): the share of psus not drawn, 1 without a finite population correction."""
        if self.fpc is None:
            return np.ones(len(self.psus))
        return (self.fpc - self.psus) / self.fpc

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata (H) with a single psu that was not certain to be drawn; 1e-7 is R survey's limit of certainty."""
        alone: NDArray[np.bool_] = (self.psus == 1) & (self.free >= 1e-7)
        return alone


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole segments of a grid, and their groups."""

    segments: slice
    groups: slice
    runs: Runs  # groups of the chunk by segment


@dataclass(frozen=True, slots=True)
class Grid:
    """The G pairs of cell and psu that hold rows, by cell then psu, in S segments of one cell and one stratum.

    cell, psu: (G), psu counted in the order of strata; segment_cell, segment_stratum: (S); present: (S), psus of the
    stratum that hold rows of the cell.
    """

    name: str
    cells: tuple[str, ...]
    cell: Ints
    psu: Ints
    segment_cell: Ints
    segment_stratum: Ints
    present: Ints
    by_segment: Runs  # groups by segment
    by_cell: Runs  # segments by cell
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """A grid and the rows behind it.

    rows: (m), positions in psu order, by group; by_group: those rows by pair of the grid; code: (n), the cell of each
    row, C where it is in none. twin: an earlier disaggregation, by position, whose groups hold the same rows, and where
    each group (G) stands among them: cells that are whole psus (region, area) part the rows as the total does.
    """

    grid: Grid
    rows: Ints
    by_group: Runs
    code: Ints
    twin: tuple[int, Ints] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of a level in psu order. order: int64 (n), file row of each position, None where the file has that order."""

    strata: Strata
    order: Ints | None
    weight: Floats  # (n), in psu order
    filled: NDArray[np.bool_]  # (P), psus with a row
    weighted: NDArray[np.bool_]  # (P), psus with a weight above zero
    groups: tuple[Groups, ...]

    def arrange(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of the level in psu order."""
        return column if self.order is None else column[self.order]


def make_frame(design: Design, disaggregations: Sequence[Disaggregation]) -> Frame:
    """Sort the rows once by stratum and psu, and group them by cell and psu for each disaggregation."""
    by_stratum = np.argsort(design.psu_stratum, kind="stable")
    place = np.empty(len(by_stratum), dtype=np.int64)
    place[by_stratum] = np.arange(len(by_stratum))
    psu = place[design.psu]
    order = None if bool((psu[1:] >= psu[:-1]).all()) else np.argsort(psu, kind="stable")
    if order is not None:
        psu = psu[order]
    weight = design.weight if order is None else design.weight[order]
    size = len(by_stratum)
    strata = Strata(
        stratum=design.psu_stratum[by_stratum].astype(np.int64),
        psus=np.bincount(design.psu_stratum, minlength=len(design.strata)),
        fpc=design.fpc,
        lonely_psu=design.lonely_psu,
    )
    groups = [_group(d, d.codes if order is None else d.codes[order], psu, strata) for d in disaggregations]
    filled = np.bincount(psu, minlength=size) > 0
    weighted = np.bincount(psu[weight > 0], minlength=size) > 0
    return Frame(strata, order, weight, filled, weighted, _with_twins(groups))


def _group(disaggregation: Disaggregation, codes: NDArray[np.int32], psu: Ints, strata: Strata) -> Groups:
    cells = len(disaggregation.cells)
    narrow = codes.astype(np.int16) if cells < 2**15 else codes  # 16 bits are sorted by radix
    rows = np.argsort(narrow, kind="stable")
    rows = rows[int((codes < 0).sum()) :]
    starts = changes(codes[rows], psu[rows])
    first = rows[starts[:-1]]
    cell = codes[first].astype(np.int64)
    grid = make_grid(disaggregation.name, disaggregation.cells, cell=cell, psu=psu[first], strata=strata)
    by_group = make_runs(starts, rows=rows, height=len(codes))
    return Groups(grid, rows, by_group, np.where(codes < 0, cells, codes).astype(np.int64))


def _with_twins(groups: Sequence[Groups]) -> tuple[Groups, ...]:
    """The groups, each told of the first disaggregation that parts the rows in the same way."""
    known: list[tuple[int, Ints, NDArray[np.int32]]] = []  # position, first row of each group, group of each row
    found = []
    for position, one in enumerate(groups):
        starts = one.by_group.starts
        first = one.rows[starts[:-1]]
        label = np.full(len(one.code), -1, dtype=np.int32)
        label[one.rows] = np.repeat(first, np.diff(starts))
        for earlier, firsts, labels in known:
            if len(firsts) == len(first) and np.array_equal(labels, label):
                by_row = np.argsort(firsts)
                found.append(replace(one, twin=(earlier, by_row[np.searchsorted(firsts[by_row], first)])))
                break
        else:
            known.append((position, first, label))
            found.append(one)
    return tuple(found)


def make_grid(name: str, cells: tuple[str, ...], *, cell: Ints, psu: Ints, strata: Strata) -> Grid:
    """A grid of groups sorted by cell and psu, hence within a cell by stratum too."""
    stratum = strata.stratum[psu]
    starts = changes(cell, stratum)
    segment_cell = cell[starts[:-1]]
    return Grid(
        name=name,
        cells=cells,
        cell=cell,
        psu=psu,
        segment_cell=segment_cell,
        segment_stratum=stratum[starts[:-1]],
        present=np.diff(starts),
        by_segment=make_runs(starts),
        by_cell=make_runs(run_starts(segment_cell, len(cells))),
        chunks=tuple(_chunks(starts)),
    )


def _chunks(starts: Ints) -> list[Chunk]:
    marks = np.unique(np.searchsorted(starts, np.arange(0, starts[-1] + CHUNK, CHUNK)).clip(max=len(starts) - 1))
    chunks = []
    for first, last in zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True):
        runs = make_runs(starts[first : last + 1] - starts[first])
        chunks.append(Chunk(slice(first, last), slice(int(starts[first]), int(starts[last])), runs))
    return chunks
