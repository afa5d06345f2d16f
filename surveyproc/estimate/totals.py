"""Totals by cell and psu, the mergeable state that every estimate is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.columns import Columns, Layout, make_columns, plain_layout
from surveyproc.estimate.frame import Frame, Grid, Groups, Strata, make_frame, make_grid
from surveyproc.estimate.moments import Moments, add_moments, make_moments, recentre
from surveyproc.estimate.sums import Floats, changes, make_runs
from surveyproc.values import Design, Disaggregation, Measure, Statistic


@dataclass(frozen=True, slots=True)
class MeasureInfo:
    """What names a measure and says how it is read off totals."""

    indicator: str
    statistic: Statistic
    category: str
    multiply: float


@dataclass(frozen=True, slots=True)
class CellTotals:
    """The psu table of one disaggregation, T[p, c, k] without its empty pairs.

    sums: float64 (G, K), a row a pair of cell and psu of the grid, columns as the layout says; segment_sums: (S, K),
    the same by cell and stratum.
    """

    grid: Grid
    sums: Floats
    segment_sums: Floats
    moments: Moments


@dataclass(frozen=True, slots=True)
class State:
    """All that estimates need of the rows seen so far."""

    strata: Strata
    filled: NDArray[np.bool_]  # (P), psus with a row
    weighted: NDArray[np.bool_]  # (P), psus with a weight above zero
    measures: tuple[MeasureInfo, ...]
    layout: Layout
    centre: Floats  # (J)
    tables: tuple[CellTotals, ...]


def part(design: Design, measures: Sequence[Measure], disaggregations: Sequence[Disaggregation]) -> State:
    """The totals of some rows.

    Parts of one survey must share psu numbers, strata, fpc, lonely-psu rule, measures and cells; a psu may be split.
    """
    return totals_of(make_frame(design, disaggregations), measures)


def totals_of(frame: Frame, measures: Sequence[Measure]) -> State:
    """The totals of a block of measures over rows already sorted and grouped."""
    columns = make_columns(frame, measures)
    tables: list[CellTotals] = []
    for groups in frame.groups:
        if groups.twin is None:
            sums = groups.by_group.sum(columns.table)
        else:
            earlier, place = groups.twin
            sums = tables[earlier].sums[place]
        tables.append(_cell_totals(frame, groups, columns, sums))
    infos = tuple(MeasureInfo(m.indicator, m.statistic, m.category, m.multiply) for m in measures)
    return State(frame.strata, frame.filled, frame.weighted, infos, columns.layout, columns.centre, tuple(tables))


def _cell_totals(frame: Frame, groups: Groups, columns: Columns, sums: Floats) -> CellTotals:
    segment_sums = groups.grid.by_segment.sum(sums)
    return CellTotals(groups.grid, sums, segment_sums, make_moments(frame, groups, columns, segment_sums))


def merge(states: Iterable[State]) -> State:
    """The state of all rows together, T(A ∪ B) = T(A) + T(B). Raises ValueError where parts do not belong together."""
    return reduce(_merge_two, states)


def _merge_two(left: State, right: State) -> State:
    if left.measures != right.measures or [t.grid.cells for t in left.tables] != [t.grid.cells for t in right.tables]:
        raise ValueError("parts with different measures or cells cannot be merged")
    if not np.array_equal(left.strata.stratum, right.strata.stratum):
        raise ValueError("parts with different psus cannot be merged")
    left, right = _plain(left), _recentred(_plain(right), left.centre)
    return replace(
        left,
        filled=left.filled | right.filled,
        weighted=left.weighted | right.weighted,
        tables=tuple(_merge_tables(a, b, left.strata) for a, b in zip(left.tables, right.tables, strict=True)),
    )


def _plain(state: State) -> State:
    """The state with a column of its own for each measure and kind."""
    columns = state.layout.columns()
    tables = tuple(
        replace(table, sums=table.sums[:, columns], segment_sums=table.segment_sums[:, columns])
        for table in state.tables
    )
    return replace(state, layout=plain_layout(len(state.measures)), tables=tables)


def _recentred(state: State, centre: Floats) -> State:
    """The state with y − c·x for another c; exact algebra on sums, since both are linear in y and x."""
    shift = state.centre - centre
    tables = []
    for table in state.tables:
        sums = table.sums.copy()
        sums[:, : len(shift)] += shift * sums[:, state.layout.denominator]
        segment_sums = table.grid.by_segment.sum(sums)
        moments = recentre(table.moments, shift)
        tables.append(replace(table, sums=sums, segment_sums=segment_sums, moments=moments))
    return replace(state, centre=centre, tables=tuple(tables))


def _merge_tables(left: CellTotals, right: CellTotals, strata: Strata) -> CellTotals:
    cell = np.concatenate((left.grid.cell, right.grid.cell))
    psu = np.concatenate((left.grid.psu, right.grid.psu))
    order = np.lexsort((psu, cell))
    starts = changes(cell[order], psu[order])
    sums = make_runs(starts, rows=order).sum(np.concatenate((left.sums, right.sums)))
    first = order[starts[:-1]]
    grid = make_grid(left.grid.name, left.grid.cells, cell=cell[first], psu=psu[first], strata=strata)
    return CellTotals(grid, sums, grid.by_segment.sum(sums), add_moments(left.moments, right.moments))
