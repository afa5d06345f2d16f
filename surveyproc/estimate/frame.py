"""What every pass over one design and its disaggregations shares: psus by stratum, rows by cell and psu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.calibration import Projection, make_projection
from surveyproc.estimate.replication import Replication, make_replication
from surveyproc.estimate.sums import Floats, Ints, Runs, changes, make_runs, run_starts
from surveyproc.estimate.sweep import Parting, Route, make_route
from surveyproc.values import Design, Disaggregation, LonelyPsu, Stage

CERTAIN = 1e-7  # share not drawn below which every unit was certain to be drawn; R survey's limit
CHUNK = 2048  # pairs of cell and psu worked on at once, so that they stay in cache


@dataclass(frozen=True, slots=True)
class Strata:
    """Units of one stage in the order of their strata; psus at the first.

    stratum: (P), ascending; psus: (H), units drawn; fpc: (H) or None; parent: (H), ascending, the unit of the stage
    before, 0 at the first; share: (H), the part of all units of the stages before that were drawn on the way here, the
    product of n/N, 1 at the first.
    """

    stratum: Ints
    psus: Ints
    fpc: Floats | None
    lonely_psu: LonelyPsu
    parent: Ints
    share: Floats
    lonely_in_domain: bool = False

    @property
    def free(self) -> Floats:
        """1 − f of each stratum (H): the share of psus not drawn, 1 without a finite population correction."""
        if self.fpc is None:
            return np.ones(len(self.psus))
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(self.fpc), 1.0, (self.fpc - self.psus) / self.fpc)

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata (H) with a single unit that was not certain to be drawn."""
        alone: NDArray[np.bool_] = (self.psus == 1) & (self.free >= CERTAIN)
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

    rows: (m), positions in psu order, by group; starts: (G + 1), where each pair of the grid starts among them; code:
    (n), the cell of each row, C where it is in none. twin: an earlier disaggregation, by position, whose groups hold
    the same rows, and where each group (G) stands among them: cells that are whole psus (region, area) part the rows
    as the total does.
    """

    grid: Grid
    rows: Ints
    starts: Ints
    code: Ints
    twin: tuple[int, Ints] | None = None
    further: tuple[tuple[Grid, Ints], ...] = ()  # the same by cell and unit of each further stage, with their starts

    @property
    def cell_starts(self) -> Ints:
        """Where the rows of each cell start among `rows`; (C + 1)."""
        starts: Ints = self.starts[self.grid.by_segment.starts[self.grid.by_cell.starts]]
        return starts

    @property
    def partings(self) -> list[Parting]:
        """The rows by pair of cell and psu, unless a twin has them so, then by cell and unit of each further stage."""
        first = [] if self.twin is not None else [Parting(self.rows, self.starts)]
        return first + [Parting(self.rows, starts) for _, starts in self.further]


@dataclass(frozen=True, slots=True)
class Level:
    """One stage: its strata, and the unit of each row, counted in the order of strata."""

    strata: Strata
    unit: Ints


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of a level in psu order. order: int64 (n), file row of each position, None where the file has that order."""

    strata: Strata
    further: tuple[Strata, ...]
    replication: Replication | None
    projection: Projection | None
    order: Ints | None
    weight: Floats  # (n), in psu order
    filled: NDArray[np.bool_]  # (P), psus with a row
    weighted: NDArray[np.bool_]  # (P), psus with a weight above zero
    groups: tuple[Groups, ...]
    route: Route

    def arrange(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of the level in psu order."""
        return column if self.order is None else column[self.order]


def make_frame(design: Design, disaggregations: Sequence[Disaggregation]) -> Frame:
    """Sort the rows once by stratum, psu and further units, and group them by cell and unit for each disaggregation."""
    levels, place = _levels(design)
    deepest = levels[-1].unit
    order = None if bool((deepest[1:] >= deepest[:-1]).all()) else np.argsort(deepest, kind="stable")
    if order is not None:
        levels = [replace(level, unit=level.unit[order]) for level in levels]
    weight = design.weight if order is None else design.weight[order]
    psu, strata, size = levels[0].unit, levels[0].strata, len(levels[0].strata.stratum)
    groups = _with_twins([_group(d, d.codes if order is None else d.codes[order], levels) for d in disaggregations])
    rows = np.bincount(psu, minlength=size)
    return Frame(
        strata=strata,
        further=tuple(level.strata for level in levels[1:]),
        replication=make_replication(design, place=place, order=order),
        projection=_projection(design, levels, order),
        order=order,
        weight=weight,
        filled=rows > 0,
        weighted=np.bincount(psu[weight > 0], minlength=size) > 0,
        groups=groups,
        route=make_route(psu, [parting for g in groups for parting in g.partings]),
    )


def _projection(design: Design, levels: Sequence[Level], order: Ints | None) -> Projection | None:
    if not design.calibrations:
        return None
    carried = design.calibrations[0].carried
    sizes = [len(level.strata.stratum) for level in levels]
    if carried is None:
        back = None if order is None else np.argsort(order)
        units = [level.unit if back is None else level.unit[back] for level in levels]
        return make_projection(design, units=units, sizes=sizes, order=order)
    of_records, _ = _levels(carried.design)
    if [len(level.strata.stratum) for level in of_records] != sizes:
        raise ValueError("records calibrated lie in other psus or units than the rows of the design")
    return make_projection(design, units=[level.unit for level in of_records], sizes=sizes, order=order)


def _levels(design: Design) -> tuple[list[Level], Ints]:
    """Every stage, units renumbered so that they ascend with the units of the stage before; the place of each psu."""
    place = _places(design.psu_stratum)
    strata = Strata(
        stratum=np.sort(design.psu_stratum).astype(np.int64),
        psus=np.bincount(design.psu_stratum, minlength=len(design.strata)),
        fpc=design.fpc,
        lonely_psu=design.lonely_psu,
        parent=np.zeros(len(design.strata), dtype=np.int64),
        share=np.ones(len(design.strata)),
        lonely_in_domain=design.lonely_in_domain,
    )
    levels, above = [Level(strata, place[design.psu])], place
    for stage in design.further:
        strata, above = _stage_strata(stage, strata, above)
        levels.append(Level(strata, above[stage.unit]))
    return levels, place


def _stage_strata(stage: Stage, before: Strata, place: Ints) -> tuple[Strata, Ints]:
    """The strata of a further stage in the order of their parents, and the place of each unit in that of its strata."""
    parent = place[stage.stratum_parent]
    number = _places(parent)
    by_number = np.argsort(number)
    stratum = number[stage.unit_stratum]
    with np.errstate(invalid="ignore"):
        drawn = np.zeros_like(before.share) if before.fpc is None else before.psus / before.fpc
    parent = parent[by_number]
    strata = replace(
        before,
        stratum=np.sort(stratum),
        psus=np.bincount(stratum, minlength=len(number)),
        fpc=stage.fpc[by_number],
        parent=parent,
        share=(before.share * drawn)[before.stratum[parent]],
    )
    return strata, _places(stratum)


def _places(keys: NDArray[Any]) -> Ints:
    """The position of each item once sorted by its key, equal keys in the order given."""
    places = np.empty(len(keys), dtype=np.int64)
    places[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return places


def _group(disaggregation: Disaggregation, codes: NDArray[np.int32], levels: Sequence[Level]) -> Groups:
    cells = len(disaggregation.cells)
    narrow = codes.astype(np.int16) if cells < 2**15 else codes  # 16 bits are sorted by radix
    rows = np.argsort(narrow, kind="stable")
    rows = rows[int((codes < 0).sum()) :]
    grids = []
    for level in levels:
        starts = changes(codes[rows], level.unit[rows])
        first = rows[starts[:-1]]
        cell = codes[first].astype(np.int64)
        name, words = disaggregation.name, disaggregation.cells
        grid = make_grid(name, words, cell=cell, psu=level.unit[first], strata=level.strata)
        grids.append((grid, starts))
    code = np.where(codes < 0, cells, codes).astype(np.int64)
    return Groups(grids[0][0], rows, grids[0][1], code, further=tuple(grids[1:]))


def _with_twins(groups: Sequence[Groups]) -> tuple[Groups, ...]:
    """The groups, each told of the first disaggregation that parts the rows in the same way."""
    known: list[tuple[int, Ints, NDArray[np.int32]]] = []  # position, first row of each group, group of each row
    found = []
    for position, one in enumerate(groups):
        starts = one.starts
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
