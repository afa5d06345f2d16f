"""Tables fitted to margins: iterative proportional fitting in two and in more dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surveyproc.demography.fit import Counts, Fit, Floats

MARGINS_DIFFER = 1e-9  # relative difference of two margins' sums above which no table can meet both


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted table with its state.

    table: (…, R, C), NaN where infeasible. state: (…), values of `Fit`. gap: (…), the largest distance of a cell of a
    margin from its target, as a share of the largest target. iterations: (…).
    """

    table: Floats
    state: Counts
    gap: Floats
    iterations: Counts


def fit_rows_and_columns(
    seed: Floats, *, rows: Floats, columns: Floats, tolerance: float = 1e-10, iterations: int = 20_000
) -> Fitted:
    """The table y_ij = u_i·s_ij·v_j with given row and column sums (Deming and Stephan 1940; Willekens 1999).

    seed (…, R, C) ≥ 0, rows (…, R), columns (…, C), in any unit; leading axes broadcast. Zeros of the seed stay. State
    INFEASIBLE where the sums of rows and columns differ, a target is negative or missing, or a positive target has only
    zeros of the seed to go to; a pattern of zeros that only together forbids the margins shows as NOT_CONVERGED with
    its gap. ValueError for shapes that do not fit.
    """
    found = balancing_factors(seed, rows=rows, columns=columns, tolerance=tolerance, iterations=iterations)
    table = found.row[..., :, None] * np.asarray(seed, dtype=np.float64) * found.column[..., None, :]
    return Fitted(table, found.state, found.gap, found.iterations)


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors of rows u (…, R) and columns v (…, C), NaN where infeasible; the rest as in `Fitted`."""

    row: Floats
    column: Floats
    state: Counts
    gap: Floats
    iterations: Counts


def balancing_factors(
    seed: Floats, *, rows: Floats, columns: Floats, tolerance: float = 1e-10, iterations: int = 20_000
) -> Factors:
    """The factors of `fit_rows_and_columns` without its tables, which for many problems with one seed are large."""
    seed, rows, columns = (np.asarray(x, dtype=np.float64) for x in (seed, rows, columns))
    if seed.ndim < 2 or rows.shape[-1:] != seed.shape[-2:-1] or columns.shape[-1:] != seed.shape[-1:]:
        raise ValueError(f"seed {seed.shape}, rows {rows.shape} and columns {columns.shape} are not one table")
    lead = np.broadcast_shapes(seed.shape[:-2], rows.shape[:-1], columns.shape[:-1])
    r = np.broadcast_to(rows, (*lead, rows.shape[-1])).reshape(-1, rows.shape[-1])
    c = np.broadcast_to(columns, (*lead, columns.shape[-1])).reshape(-1, columns.shape[-1])
    if seed.size == np.prod(seed.shape[-2:]):
        s = seed.reshape(1, *seed.shape[-2:])
    else:
        s = np.broadcast_to(seed, (*lead, *seed.shape[-2:])).reshape(-1, *seed.shape[-2:])
    possible = _possible(s, r, c)
    u, v, gap, turns = _scale(s, r, c, todo=np.flatnonzero(possible), tolerance=tolerance, iterations=iterations)
    state = np.where(possible, np.where(gap <= tolerance, Fit.CONVERGED, Fit.NOT_CONVERGED), Fit.INFEASIBLE)
    u, v = (x.reshape(*lead, -1) for x in (u, v))
    return Factors(u, v, state.astype(np.int64).reshape(lead), gap.reshape(lead), turns.reshape(lead))


def _possible(s: Floats, r: Floats, c: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which problems (B,) pass what can be seen at once."""
    total, other = r.sum(-1), c.sum(-1)
    finite = np.isfinite(total) & np.isfinite(other)
    apart = np.abs(np.where(finite, total - other, np.inf))
    same = apart <= MARGINS_DIFFER * np.maximum(np.where(finite, np.abs(total), 0.0), np.finfo(float).tiny)
    positive = (r >= 0).all(-1) & (c >= 0).all(-1) & np.isfinite(s).all((-2, -1)) & (s >= 0).all((-2, -1))
    open_cell = (s > 0).astype(np.float64)
    to_rows = np.matmul(open_cell, (c > 0).astype(np.float64)[..., None])[..., 0]
    to_columns = np.matmul(open_cell.swapaxes(-2, -1), (r > 0).astype(np.float64)[..., None])[..., 0]
    reached = ((r <= 0) | (to_rows > 0)).all(-1) & ((c <= 0) | (to_columns > 0)).all(-1)
    return np.asarray(same & positive & reached)


def _scale(
    s: Floats, r: Floats, c: Floats, *, todo: Counts, tolerance: float, iterations: int
) -> tuple[Floats, Floats, Floats, Counts]:
    """Factors of rows and columns (B, R) and (B, C), gap (B,) and turns (B,) for the problems todo.

    The factors are kept in place of the table, so that a turn is two products of a matrix and a vector.
    """
    u, v = np.full(r.shape, np.nan), np.full(c.shape, np.nan)
    gap, turns = np.full(len(r), np.nan), np.zeros(len(r), dtype=np.int64)
    if todo.size:
        v[todo] = (c[todo] > 0).astype(np.float64)
    largest = np.maximum(r.max(-1, initial=0.0), np.finfo(float).tiny)
    shared = len(s) == 1
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        across = _product(s if shared else s[todo], v[todo])
        for turn in range(1, iterations + 1):
            if not todo.size:
                break
            seeds = s if shared else s[todo]
            u[todo] = np.where(r[todo] > 0, r[todo] / across, 0.0)
            down = _product(seeds.swapaxes(-2, -1), u[todo])
            v[todo] = np.where(c[todo] > 0, c[todo] / down, 0.0)
            across = _product(seeds, v[todo])
            gap[todo] = np.abs(u[todo] * across - r[todo]).max(-1) / largest[todo]
            turns[todo] = turn
            left = ~(gap[todo] <= tolerance) & np.isfinite(gap[todo])
            todo, across = todo[left], across[left]
    return u, v, gap, turns


def _product(matrix: Floats, vectors: Floats) -> Floats:
    """Matrix times vectors (B, n): one matrix product where the matrix is shared."""
    if len(matrix) == 1:
        return np.asarray(vectors @ matrix[0].T)
    return np.asarray(np.matmul(matrix, vectors[..., None])[..., 0])


def fit_margins(
    seed: Floats,
    margins: Mapping[tuple[int, ...], Floats],
    *,
    ways: int | None = None,
    tolerance: float = 1e-10,
    iterations: int = 5_000,
) -> Fitted:
    """The table nearest to a seed with given margins, in any number of dimensions (Deming and Stephan 1940).

    seed (…, d1, …, dw), w = ways (all axes of the seed where None). margins: axes counted from the end, in ascending
    order, to targets: {(-3, -2): origin × destination, (-3, -1): origin × age}; leading axes of seed and targets
    broadcast. State INFEASIBLE where the totals of margins differ, a target is negative or a positive target meets only
    zeros; margins that contradict each other cell by cell show as NOT_CONVERGED with their gap.
    """
    seed = np.asarray(seed, dtype=np.float64)
    ways = seed.ndim if ways is None else ways
    targets = {axes: np.asarray(target, dtype=np.float64) for axes, target in margins.items()}
    if not targets:
        raise ValueError("no margin is given")
    # A target that is no number is refused as one below 0 is.
    targets = {axes: np.where(np.isfinite(target), target, -1.0) for axes, target in targets.items()}
    lead = _leading(seed, targets, ways=ways)
    table = np.broadcast_to(seed, (*lead, *seed.shape[seed.ndim - ways :])).copy()
    placed = {axes: _in_place(target, axes, ways=ways) for axes, target in targets.items()}
    whole = tuple(range(-ways, 0))
    others = {axes: tuple(set(whole) - set(axes)) for axes in placed}
    possible = _margins_possible(table, placed, others=others, whole=whole)
    size = np.max([np.broadcast_to(t.max(whole), lead) for t in placed.values()], axis=0)
    gap, turns = np.full(lead, np.inf), np.zeros(lead, dtype=np.int64)
    for turn in range(1, iterations + 1):
        gap = np.zeros(lead)
        for axes, target in placed.items():
            sums = table.sum(others[axes], keepdims=True)
            off = np.abs(sums - target).max(whole)
            gap = np.maximum(gap, off / np.maximum(size, np.finfo(float).tiny))
            factor = np.divide(
                target, sums, out=np.zeros(np.broadcast_shapes(sums.shape, target.shape)), where=sums > 0
            )
            table = table * factor
        turns = np.where(gap > tolerance, turn, turns)
        if not (possible & (gap > tolerance)).any():
            break
    state = np.where(possible, np.where(gap <= tolerance, Fit.CONVERGED, Fit.NOT_CONVERGED), Fit.INFEASIBLE)
    table = np.where(possible.reshape(*lead, *(1,) * ways), table, np.nan)
    return Fitted(table, state.astype(np.int64), np.where(possible, gap, np.nan), turns)


def _leading(seed: Floats, targets: Mapping[tuple[int, ...], Floats], *, ways: int) -> tuple[int, ...]:
    leads = [seed.shape[: seed.ndim - ways]]
    for axes, target in targets.items():
        inside = bool(axes) and all(-ways <= a < 0 for a in axes) and list(axes) == sorted(set(axes))
        if not inside or target.shape[target.ndim - len(axes) :] != tuple(seed.shape[a] for a in axes):
            raise ValueError(f"margin {axes} of shape {target.shape} is none of a seed of shape {seed.shape}")
        leads.append(target.shape[: target.ndim - len(axes)])
    return np.broadcast_shapes(*leads)


def _in_place(target: Floats, axes: tuple[int, ...], *, ways: int) -> Floats:
    """The target with an axis of length 1 for each axis of the table that it sums over."""
    absent = [a for a in range(-ways, 0) if a not in axes]
    return np.asarray(np.expand_dims(target, tuple(absent))) if absent else target


def _margins_possible(
    table: Floats,
    placed: Mapping[tuple[int, ...], Floats],
    *,
    others: Mapping[tuple[int, ...], tuple[int, ...]],
    whole: tuple[int, ...],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    lead = table.shape[: table.ndim - len(whole)]
    totals = np.array([np.broadcast_to(t.sum(whole), lead) for t in placed.values()])
    spread = totals.max(0) - totals.min(0)
    possible = spread <= MARGINS_DIFFER * np.maximum(np.abs(totals).max(0), np.finfo(float).tiny)
    for axes, target in placed.items():
        reached = (target <= 0) | (table.sum(others[axes], keepdims=True) > 0)
        possible = possible & reached.all(whole) & (target >= 0).all(whole)
    return np.asarray(possible)
