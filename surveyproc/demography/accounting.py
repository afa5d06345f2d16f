"""Flows from two stock tables by demographic accounting: births and deaths, then the least moves left to explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.demography.fit import Counts, Fit, Floats, ratio, worst
from surveyproc.demography.flows import off_diagonal, square
from surveyproc.demography.proportional import balancing_factors, fit_rows_and_columns

Closure = Literal["closed", "open", "open_2013"]
Movement = Literal["minimum", "independent"]
Detail = Literal["birthplace", "total"]
ROUNDING = 1e-9  # share of a stock below which a negative remainder is rounding


@dataclass(frozen=True, slots=True)
class Moves:
    """Transitions of one interval in persons, row = origin, column = destination.

    flows: (…, R, R), all birthplaces together, diagonal 0. stayers: (…, R). by_birthplace: (…, K, R, R) with stayers on
    the diagonal, None unless asked. state: (…), values of `Fit`. gap: (…), the largest distance from a margin as a
    share of the largest.
    """

    flows: Floats
    stayers: Floats
    by_birthplace: Floats | None
    state: Counts
    gap: Floats


@dataclass(frozen=True, slots=True)
class Accounts:
    """Moves and the accounts behind them, each (…, K, R): birthplace × residence.

    births and deaths as they were allotted; outside_out and outside_in: persons who left for or came from outside the
    system (0 where it is closed); start and end: stocks of survivors, equal in their row sums.
    """

    moves: Moves
    births: Floats
    deaths: Floats
    outside_out: Floats
    outside_in: Floats
    start: Floats
    end: Floats


def moves_between(
    start: Floats,
    end: Floats,
    *,
    movement: Movement,
    offset: Floats | None = None,
    detail: Detail = "birthplace",
) -> Moves:
    """Moves that lead from one stock table to another with the same totals by birthplace.

    start, end (…, K, R), row = birthplace, column = residence, in persons alive at both times. minimum: as many as
    possible stay, min(start, end); the rest move by the quasi-independent table proportional to the offset (Abel 2013;
    Abel and Sander 2014). independent: residence at the end does not depend on that at the start, given birthplace
    (Azose and Raftery 2019). offset (R, R) or (…, K, R, R), positive where a move may be: ones where None; its
    diagonal is read only by `independent`. Leading axes broadcast. INFEASIBLE where row sums differ or the offset
    forbids the moves.
    """
    start, end = np.broadcast_arrays(np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64))
    size = start.shape[-1]
    seed: Floats = np.ones((size, size)) if offset is None else np.asarray(offset, dtype=np.float64)
    if start.ndim < 2 or seed.ndim < 2 or seed.shape[-2:] != (size, size):
        raise ValueError(f"stocks {start.shape} and offset {seed.shape} are not of one set of regions")
    stay = np.minimum(start, end) if movement == "minimum" else np.zeros(start.shape)
    if movement == "minimum":
        seed = seed * off_diagonal(size)
    out, into = _leaving_and_coming(start, end, stay)
    found = balancing_factors(seed, rows=out, columns=into)
    # Σ_k u_ki·m_ij·v_kj without a table for each birthplace, where all have one offset
    together = np.matmul(found.row.swapaxes(-2, -1), found.column) * seed if seed.ndim == 2 else None
    table = None
    if together is None or detail == "birthplace":
        table = found.row[..., :, None] * seed * found.column[..., None, :]
        table[..., np.arange(size), np.arange(size)] += stay
        flows = table.sum(-3)
    else:
        flows = together + np.eye(size) * stay.sum(-2)[..., None, :]
    stayers = np.diagonal(flows, axis1=-2, axis2=-1).copy()
    flows[..., np.arange(size), np.arange(size)] = 0.0 * stayers  # NaN stays NaN
    kept = table if detail == "birthplace" else None
    return Moves(flows, stayers, kept, found.state.max(-1, initial=0), found.gap.max(-1, initial=0.0))


def _leaving_and_coming(start: Floats, end: Floats, stay: Floats) -> tuple[Floats, Floats]:
    """Those who leave and who come, by residence, of equal sums by birthplace; NaN where the stocks' sums differ.

    Equality is judged against the stocks, for the few who move may be the rounding of many who stay.
    """
    total, other = start.sum(-1, keepdims=True), end.sum(-1, keepdims=True)
    finite = np.isfinite(total) & np.isfinite(other)
    total, other = np.where(finite, total, np.nan), np.where(finite, other, np.nan)
    same = np.abs(total - other) <= ROUNDING * np.maximum(np.abs(total), np.abs(other))
    out, into = (np.where(x - stay > np.finfo(float).eps * 16 * total, x - stay, 0.0) for x in (start, end))
    left, came = out.sum(-1, keepdims=True), into.sum(-1, keepdims=True)
    moved = (left > 0) & (came > 0)
    into = np.where(moved, into * ratio(left, came), 0.0)
    return np.where(same, np.where(moved, out, 0.0), np.nan), into


def mixed_moves(minimum: Floats, independent: Floats, *, share_independent: Floats | float) -> Floats:
    """Pseudo-Bayes flows (…, R, R): (1 − κ)·minimum + κ·independent, κ between 0 and 1 (Azose and Raftery 2019).

    κ has no default: it is estimated where flows are known, and must be said.
    """
    share = np.asarray(share_independent, dtype=np.float64)
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError("the share of the independent flows is not between 0 and 1")
    return np.asarray((1.0 - share) * np.asarray(minimum) + share * np.asarray(independent))


def flows_from_stocks(
    start: Floats,
    end: Floats,
    *,
    births: Floats,
    deaths: Floats,
    closure: Closure,
    movement: Movement = "minimum",
    offset: Floats | None = None,
    detail: Detail = "birthplace",
) -> Accounts:
    """Moves in an interval from stocks by birthplace at its two ends, with births and deaths (Abel 2013; Abel 2018).

    start, end (…, R, R): row = birthplace, column = residence, persons, native-born on the diagonal; births, deaths
    (…, R) by residence. Deaths leave the start stocks of a residence in proportion to birthplace; births leave its
    native-born at the end, or, where these are fewer, all birthplaces in proportion. Then totals by birthplace are made
    equal. closed: the native-born are scaled so that stocks grow as births less deaths, and both tables are fitted to
    the mean of their two totals by birthplace with residence totals kept (Abel and Sander 2014). open: the difference
    leaves for, or comes from, outside: leavers shared as the end stocks are and arrivals as the start stocks are;
    open_2013: the other way round (Abel 2013). Movement, offset and detail as in `moves_between`. INFEASIBLE, with NaN,
    where a stock would fall below 0.
    """
    start, end = square(start, end)
    births, deaths = np.asarray(births, dtype=np.float64), np.asarray(deaths, dtype=np.float64)
    size = start.shape[-1]
    if births.shape[-1:] != (size,) or deaths.shape[-1:] != (size,):
        raise ValueError(f"births {births.shape} and deaths {deaths.shape} are not of {size} regions")
    if closure == "closed":
        start, end = _grown(start, end, births - deaths)
    died = _shared_by_stock(start, deaths)
    born = _births(end, births)
    before, after = np.broadcast_arrays(start - died, end - born)
    matched = _rescaled(before, after) if closure == "closed" else _opened(before, after, closure)
    negative = _below_zero(before, start) | _below_zero(after, end)
    negative |= _below_zero(matched.start, start) | _below_zero(matched.end, end)
    start_left, end_left = (_kept(x, negative) for x in (matched.start, matched.end))
    moves = moves_between(start_left, end_left, movement=movement, offset=offset, detail=detail)
    state = worst(moves.state, matched.state, np.where(negative, Fit.INFEASIBLE, Fit.CONVERGED))
    gap = np.maximum(moves.gap, matched.gap)
    moves = Moves(moves.flows, moves.stayers, moves.by_birthplace, state, gap)
    lead = start_left.shape
    born, died, left, came = (np.broadcast_to(x, lead) for x in (born, died, matched.left, matched.came))
    return Accounts(moves, born, died, left, came, start_left, end_left)


@dataclass(frozen=True, slots=True)
class _Matched:
    """Survivors at both ends with equal totals by birthplace, and those who crossed the border of the system."""

    start: Floats
    end: Floats
    left: Floats
    came: Floats
    state: Counts | int
    gap: Floats | float


def _grown(start: Floats, end: Floats, natural: Floats) -> tuple[Floats, Floats]:
    """Both tables with their native-born scaled, half the difference each, to grow by births less deaths."""
    lack = natural.sum(-1) - (end.sum((-2, -1)) - start.sum((-2, -1)))
    made = []
    for table, change in ((start, -lack / 2.0), (end, lack / 2.0)):
        native = np.diagonal(table, axis1=-2, axis2=-1).sum(-1)
        factor = 1.0 + np.where(change == 0, 0.0, ratio(change, native))
        eye = np.eye(table.shape[-1])
        made.append(table * (1.0 - eye) + table * eye * factor[..., None, None])
    return made[0], made[1]


def _shared_by_stock(stock: Floats, total: Floats) -> Floats:
    """Totals (…, R) by residence shared among birthplaces as the stock is; NaN where there is a total and no stock."""
    people = stock.sum(-2, keepdims=True)
    wanted = total[..., None, :]
    shared: Floats = np.where((people == 0) & (wanted == 0), 0.0, wanted * ratio(stock, people))
    return shared


def _births(end: Floats, births: Floats) -> Floats:
    """Births (…, K, R): native-born, or shared among birthplaces where the native-born at the end are fewer."""
    size = end.shape[-1]
    too_many = np.diagonal(end, axis1=-2, axis2=-1) < births
    native = np.eye(size) * births[..., None, :]
    return np.asarray(np.where(too_many[..., None, :], _shared_by_stock(end, births), native))


def _opened(before: Floats, after: Floats, closure: Closure) -> _Matched:
    """Totals by birthplace made equal by persons who left for, or came from, outside the system."""
    surplus = before.sum(-1) - after.sum(-1)
    leavers, arrivals = (after, before) if closure == "open" else (before, after)
    left, came = (
        _across(weights, np.maximum(sign * surplus, 0.0)) for weights, sign in ((leavers, 1.0), (arrivals, -1.0))
    )
    return _Matched(before - left, after - came, left, came, Fit.CONVERGED, 0.0)


def _across(weights: Floats, total: Floats) -> Floats:
    """Totals (…, K) by birthplace shared among residences as the weights are."""
    return np.asarray(_shared_by_stock(weights.swapaxes(-2, -1), total).swapaxes(-2, -1))


def _rescaled(before: Floats, after: Floats) -> _Matched:
    """Both tables fitted to the mean of their totals by birthplace, residence totals kept."""
    middle = (before.sum(-1) + after.sum(-1)) / 2.0
    first, second = (fit_rows_and_columns(x, rows=middle, columns=x.sum(-2)) for x in (before, after))
    nobody = np.zeros(before.shape)
    state, gap = worst(first.state, second.state), np.maximum(first.gap, second.gap)
    # The two fits agree to the tolerance; the rest is moved onto one total so that what follows is feasible.
    start, end = (x * _rescue(middle, x)[..., None] for x in (first.table, second.table))
    return _Matched(start, end, nobody, nobody, state, gap)


def _rescue(wanted: Floats, table: Floats) -> Floats:
    sums = table.sum(-1)
    return np.asarray(np.where(sums == 0, 1.0, ratio(wanted, sums)))


def _below_zero(table: Floats, stock: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether a table (…, K, R) has a cell below 0, or none at all, beyond the rounding of its stock."""
    return np.asarray(~(table >= -ROUNDING * np.abs(stock).max((-2, -1), keepdims=True)).all((-2, -1)))


def _kept(table: Floats, negative: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    return np.asarray(np.where(negative[..., None, None], np.nan, np.maximum(table, 0.0)))


@dataclass(frozen=True, slots=True)
class Stocks:
    """Stocks by birthplace (…, R, R), native-born on the diagonal; scaled (…, R) where the foreign-born were cut."""

    table: Floats
    scaled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def stocks_with_natives(foreign: Floats, population: Floats) -> Stocks:
    """Stock table from the foreign-born by birthplace and residence and the populations (…, R) of residences.

    Native-born = population less foreign-born (the diagonal of foreign is not read). Where the foreign-born exceed the
    population they are scaled down to it and the native-born are 0; scaled says where (Abel 2018).
    """
    (foreign,) = square(foreign)
    population = np.asarray(population, dtype=np.float64)
    abroad = foreign * off_diagonal(foreign.shape[-1])
    total = abroad.sum(-2)
    scaled = total > population
    table = abroad * np.where(scaled, ratio(population, total), 1.0)[..., None, :]
    native = np.where(scaled, 0.0, population - total)
    return Stocks(table + np.eye(foreign.shape[-1]) * native[..., None, :], scaled)
