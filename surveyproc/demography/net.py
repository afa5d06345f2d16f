"""Tables of flows and sets of net totals made to balance."""

from __future__ import annotations

from typing import Literal

import numpy as np

from surveyproc.demography.fit import Fit, Floats
from surveyproc.demography.proportional import MARGINS_DIFFER, Fitted

UNBOUNDED = 200.0  # spread of log factors beyond which they run away: no table of the form has the totals


def fit_net(seed: Floats, *, net: Floats, tolerance: float = 1e-10, iterations: int = 200) -> Fitted:
    """The table ln y_ij = a_i − a_j + ln m_ij, i ≠ j, whose in-totals less out-totals are given.

    seed m (…, R, R) ≥ 0, row = origin, its diagonal is not read; net (…, R), of sum 0; leading axes broadcast. The
    factors minimise the convex Σ m_ij·e^{a_i − a_j} + Σ net_i·a_i, so the table is the only one of this form
    (Willekens 1983; Plane 1981 for net totals). State INFEASIBLE where net does not sum to 0 or a region that must
    change has no flow to change; NOT_CONVERGED with the gap where the pattern of zeros forbids the totals.
    """
    seed, net = np.asarray(seed, dtype=np.float64), np.asarray(net, dtype=np.float64)
    size = seed.shape[-1]
    if seed.ndim < 2 or seed.shape[-2] != size or net.shape[-1:] != (size,):
        raise ValueError(f"seed {seed.shape} and net {net.shape} are not of one set of regions")
    lead = np.broadcast_shapes(seed.shape[:-2], net.shape[:-1])
    tables = np.broadcast_to(seed, (*lead, size, size)).reshape(-1, size, size) * (1.0 - np.eye(size))
    nets = np.broadcast_to(net, (*lead, size)).reshape(-1, size)
    solved = [_balance(m, n, tolerance=tolerance, iterations=iterations) for m, n in zip(tables, nets, strict=True)]
    table, state, gap, turns = (np.array(x) for x in zip(*solved, strict=True))
    return Fitted(table.reshape(*lead, size, size), state.reshape(lead), gap.reshape(lead), turns.reshape(lead))


def _balance(m: Floats, net: Floats, *, tolerance: float, iterations: int) -> tuple[Floats, int, float, int]:
    """Newton's method with halved steps on the convex function of the docstring above."""
    scale = max(float(np.abs(net).max()), float(m.max()), np.finfo(float).tiny)
    alone = (m.sum(0) + m.sum(1) == 0) & (net != 0)
    if not np.isfinite(m).all() or (m < 0).any() or alone.any() or not abs(net.sum()) <= MARGINS_DIFFER * scale:
        return np.full(m.shape, np.nan), Fit.INFEASIBLE, np.nan, 0
    a = np.zeros(len(net))
    turn, gap = 0, np.inf
    for turn in range(1, iterations + 1):
        y = _tilted(m, a)
        slope = y.sum(1) - y.sum(0) + net
        gap = float(np.abs(slope).max()) / scale
        if gap <= tolerance:
            return y, Fit.CONVERGED, gap, turn
        if float(np.ptp(a)) > UNBOUNDED:
            break
        both = y + y.T
        step = -np.linalg.lstsq(np.diag(both.sum(1)) - both, slope, rcond=1e-13)[0]
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), np.finfo(float).tiny))
        while _objective(m, net, a + step) > _objective(m, net, a) + 1e-4 * float(slope @ step) + 1e-13 * scale:
            step /= 2.0
        a = a + step - (a + step).mean()
    return _tilted(m, a), Fit.NOT_CONVERGED, gap, turn


def _tilted(m: Floats, a: Floats) -> Floats:
    return np.asarray(m * np.exp(a[:, None] - a[None, :]))


def _objective(m: Floats, net: Floats, a: Floats) -> float:
    return float(_tilted(m, a).sum() + net @ a)


def rescale_net(net: Floats, *, signs: Literal["kept", "free"]) -> Floats:
    """Net migration (…, N) in persons made to sum to 0 over the last axis (Abel 2018, Demographic Research 38:54).

    kept: positive values times (Σ⁺ − d)/Σ⁺ and negative ones times (Σ⁻ − d)/Σ⁻, d = ½(Σ⁺ + Σ⁻), so no sign changes; NaN
    where one side is empty and the sum is not 0. free: the mean is subtracted from every value.
    """
    net = np.asarray(net, dtype=np.float64)
    if signs == "free":
        return np.asarray(net - net.mean(-1, keepdims=True))
    up, down = np.maximum(net, 0.0).sum(-1, keepdims=True), np.minimum(net, 0.0).sum(-1, keepdims=True)
    half = (up + down) / 2.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = net * np.where(net > 0, (up - half) / up, (down - half) / down)
    one_side = ((up == 0) ^ (down == 0)) & np.ones_like(net, dtype=bool)
    return np.asarray(np.where(one_side, np.nan, np.where(net == 0, 0.0, result)))
