"""Totals by cell and psu, the mergeable state that every estimate is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.calibration import Projection, cross_sums
from surveyproc.estimate.columns import Columns, Layout, make_columns, plain_layout
from surveyproc.estimate.frame import Frame, Grid, Groups, Strata, make_frame, make_grid
from surveyproc.estimate.moments import Moments, add_moments, make_moments, recentre
from surveyproc.estimate.replication import Replication, ranks, row_sums, wanted_columns
from surveyproc.estimate.sums import Floats, Ints, changes, make_runs
from surveyproc.estimate.sweep import sum_groups, sum_segments
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
    further: tuple[StageTotals, ...] = ()
    replicated: Floats | None = None  # (C, R, K'), see `row_sums`; None where factors are those of psus
    ranks: Ints | None = None  # (C, J), of supplied replicate weights
    crossed: Floats | None = None  # (C, Q, K'), see `cross_sums`; columns as `wanted_columns`


@dataclass(frozen=True, slots=True)
class StageTotals:
    """The table of units of a further stage, as that of psus."""

    grid: Grid
    sums: Floats
    segment_sums: Floats


@dataclass(frozen=True, slots=True)
class State:
    """All that estimates need of the rows seen so far."""

    strata: Strata
    further: tuple[Strata, ...]
    replication: Replication | None
    projection: Projection | None
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
    found = iter(sum_groups(frame.route, columns))
    tables: list[CellTotals] = []
    for groups in frame.groups:
        if groups.twin is None:
            sums = next(found)
        else:
            earlier, place = groups.twin
            sums = tables[earlier].sums[place]
        further = tuple(_stage_totals(grid, next(found)) for grid, _ in groups.further)
        tables.append(_cell_totals(frame, groups, columns, sums, further))
    infos = tuple(MeasureInfo(m.indicator, m.statistic, m.category, m.multiply) for m in measures)
    return State(
        strata=frame.strata,
        further=frame.further,
        replication=frame.replication,
        projection=frame.projection,
        filled=frame.filled,
        weighted=frame.weighted,
        measures=infos,
        layout=columns.layout,
        centre=columns.centre,
        tables=tuple(tables),
    )


def _cell_totals(
    frame: Frame, groups: Groups, columns: Columns, sums: Floats, further: tuple[StageTotals, ...]
) -> CellTotals:
    segment_sums = sum_segments(groups.grid, sums)
    replicated, rank, crossed = None, None, None
    if frame.projection is not None:
        crossed = cross_sums(frame.projection, groups, columns, wanted_columns(columns.layout).columns)
    if frame.replication is not None and frame.replication.unit is not None:
        wanted = wanted_columns(columns.layout)
        replicated = row_sums(frame.replication, groups, columns, wanted)
        if frame.replication.ranked:
            _, first, back = np.unique(columns.layout.weight, return_index=True, return_inverse=True)
            cases = [columns.eligible[j] & (frame.weight > 0) for j in first.tolist()]
            rank = ranks(frame.replication, groups, cases)[:, back]
    return CellTotals(
        grid=groups.grid,
        sums=sums,
        segment_sums=segment_sums,
        moments=make_moments(frame, groups, columns, segment_sums),
        further=further,
        replicated=replicated,
        ranks=rank,
        crossed=crossed,
    )


def _stage_totals(grid: Grid, sums: Floats) -> StageTotals:
    return StageTotals(grid, sums, sum_segments(grid, sums))


def merge(states: Iterable[State]) -> State:
    """The state of all rows together, T(A ∪ B) = T(A) + T(B). Raises ValueError where parts do not belong together."""
    return reduce(_merge_two, states)


def _merge_two(left: State, right: State) -> State:
    if left.measures != right.measures or [t.grid.cells for t in left.tables] != [t.grid.cells for t in right.tables]:
        raise ValueError("parts with different measures or cells cannot be merged")
    if not np.array_equal(left.strata.stratum, right.strata.stratum):
        raise ValueError("parts with different psus cannot be merged")
    if any(table.replicated is not None for table in left.tables):
        raise ValueError("parts with replicate weights of rows cannot be merged")
    left, right = _plain(left), _recentred(_plain(right), left.centre)
    return replace(
        left,
        filled=left.filled | right.filled,
        weighted=left.weighted | right.weighted,
        projection=_both(left.projection, right.projection),
        tables=tuple(_merge_tables(a, b, left) for a, b in zip(left.tables, right.tables, strict=True)),
    )


def _both(left: Projection | None, right: Projection | None) -> Projection | None:
    if left is None or right is None:
        return None
    return left.plus(right)


def _plain(state: State) -> State:
    """The state with a column of its own for each measure and kind."""
    columns, wanted = state.layout.columns(), wanted_columns(state.layout)
    crossed = np.concatenate((wanted.numerator, wanted.denominator))
    tables = tuple(
        replace(
            table,
            sums=table.sums[:, columns],
            segment_sums=table.segment_sums[:, columns],
            further=tuple(
                replace(t, sums=t.sums[:, columns], segment_sums=t.segment_sums[:, columns]) for t in table.further
            ),
            crossed=None if table.crossed is None else table.crossed[:, :, crossed],
        )
        for table in state.tables
    )
    return replace(state, layout=plain_layout(len(state.measures)), tables=tables)


def _recentred(state: State, centre: Floats) -> State:
    """The state with y − c·x for another c; exact algebra on sums, since both are linear in y and x."""
    shift = state.centre - centre
    wanted = wanted_columns(state.layout)

    def shifted(table: CellTotals | StageTotals) -> StageTotals:
        sums = table.sums.copy()
        sums[:, : len(shift)] += shift * sums[:, state.layout.denominator]
        return _stage_totals(table.grid, sums)

    tables = []
    for table in state.tables:
        first = shifted(table)
        moments = recentre(table.moments, shift)
        crossed = None if table.crossed is None else table.crossed.copy()
        if crossed is not None:
            crossed[:, :, : len(shift)] += shift * crossed[:, :, wanted.denominator]
        tables.append(
            replace(
                table,
                sums=first.sums,
                segment_sums=first.segment_sums,
                moments=moments,
                further=tuple(shifted(t) for t in table.further),
                crossed=crossed,
            )
        )
    return replace(state, centre=centre, tables=tuple(tables))


def _merge_tables(left: CellTotals, right: CellTotals, state: State) -> CellTotals:
    first = _merge_stage(left, right, state.strata)
    pairs = zip(left.further, right.further, state.further, strict=True)
    further = tuple(_merge_stage(a, b, strata) for a, b, strata in pairs)
    moments = add_moments(left.moments, right.moments)
    crossed = None if left.crossed is None or right.crossed is None else left.crossed + right.crossed
    return CellTotals(first.grid, first.sums, first.segment_sums, moments, further, crossed=crossed)


def _merge_stage(left: CellTotals | StageTotals, right: CellTotals | StageTotals, strata: Strata) -> StageTotals:
    cell = np.concatenate((left.grid.cell, right.grid.cell))
    psu = np.concatenate((left.grid.psu, right.grid.psu))
    order = np.lexsort((psu, cell))
    starts = changes(cell[order], psu[order])
    sums = make_runs(starts, rows=order).sum(np.concatenate((left.sums, right.sums)))
    first = order[starts[:-1]]
    grid = make_grid(left.grid.name, left.grid.cells, cell=cell[first], psu=psu[first], strata=strata)
    return _stage_totals(grid, sums)
