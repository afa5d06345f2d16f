"""Simple flows from two stock tables, and the multiplicative components of a table of flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.demography.fit import Counts, Fit, Floats, ratio


def square(*tables: Floats) -> list[Floats]:
    """The tables as float64; ValueError unless each is square in its last two axes and all are of one size."""
    made = [np.asarray(t, dtype=np.float64) for t in tables]
    if any(t.ndim < 2 or t.shape[-1] != t.shape[-2] or t.shape[-2:] != made[0].shape[-2:] for t in made):
        raise ValueError(f"not square tables of one set of regions: {[t.shape for t in made]}")
    return made


def off_diagonal(size: int) -> Floats:
    """Ones with a diagonal of zeros, (size, size)."""
    return np.asarray(1.0 - np.eye(size))


def stock_difference(start: Floats, end: Floats, *, decrease: Literal["dropped", "returned"]) -> Floats:
    """Flows (…, R, R) in persons from the change Δ of each stock, row = birthplace, column = residence.

    A rise of the stock born in i living in j is a flow i → j. dropped: falls count 0 (Bertoli and Fernández-Huertas
    Moraga 2015). returned: a fall is also a flow j → i (Beine and Parsons 2015). Deaths are not allowed for.
    """
    start, end = square(start, end)
    change = (end - start) * off_diagonal(start.shape[-1])
    rises: Floats = np.maximum(change, 0.0)
    if decrease == "dropped":
        return rises
    return np.asarray(rises + np.maximum(-change, 0.0).swapaxes(-2, -1))


def flows_by_stock_shares(stock: Floats, *, total: Floats) -> Floats:
    """Flows (…, R, R): a known total (…) shared as the off-diagonal stocks are, total·P_ij/ΣP (Dennett 2016).

    NaN where nobody lives outside the birthplace.
    """
    (stock,) = square(stock)
    abroad = stock * off_diagonal(stock.shape[-1])
    return np.asarray(np.asarray(total)[..., None, None] * ratio(abroad, abroad.sum((-2, -1), keepdims=True)))


@dataclass(frozen=True, slots=True)
class GrowthFlows:
    """Flows (…, R, R) of Rogers and von Rabenau, the cells below 0, and the state (…)."""

    flows: Floats
    below_zero: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    state: Counts


def flows_by_growth(start: Floats, end: Floats, *, negative: Literal["kept", "missing"]) -> GrowthFlows:
    """Flows from the growth matrix g = P0⁻¹·P1, y_ij = g_ij·P0_.i off the diagonal (Rogers and von Rabenau 1971).

    start, end (…, R, R), row = birthplace. The method can give flows below 0: they are flagged, and kept or made NaN as
    asked. A start table without an inverse is NOT_IDENTIFIED and NaN.
    """
    start, end = square(start, end)
    start, end = np.broadcast_arrays(start, end)
    size = start.shape[-1]
    known = np.asarray((np.isfinite(start) & np.isfinite(end)).all((-2, -1)))
    start, end = (np.where(known[..., None, None], table, 0.0) for table in (start, end))
    regular = np.linalg.matrix_rank(start) == size
    growth = np.linalg.solve(np.where(regular[..., None, None], start, np.eye(size)), end)
    flows = growth * start.sum(-2)[..., :, None] * off_diagonal(size)
    below = (flows < 0) & regular[..., None, None]
    hidden = ~regular[..., None, None] | (below if negative == "missing" else False)
    state = np.where(regular, Fit.CONVERGED, Fit.NOT_IDENTIFIED).astype(np.int64)
    return GrowthFlows(np.where(hidden, np.nan, flows), below, state)


@dataclass(frozen=True, slots=True)
class Components:
    """Multiplicative components: flows = total (…) · origin (…, R) · destination (…, C) · association (…, R, C)."""

    total: Floats
    origin: Floats
    destination: Floats
    association: Floats


def multiplicative_components(flows: Floats) -> Components:
    """Components of a table of flows n (…, R, C): n_ij = T·(n_i./T)·(n_.j/T)·(n_ij·T/(n_i.·n_.j)).

    Shares of origins and destinations, and the ratio of each flow to the one expected from them (Willekens 1983; Raymer
    2007); NaN where an origin or a destination is empty.
    """
    flows = np.asarray(flows, dtype=np.float64)
    total = flows.sum((-2, -1))
    out, into = flows.sum(-1), flows.sum(-2)
    expected = ratio(out[..., :, None] * into[..., None, :], total[..., None, None])
    origin, destination = ratio(out, total[..., None]), ratio(into, total[..., None])
    return Components(total, origin, destination, ratio(flows, expected))
