"""How far migrants move: mean, median, and decay of flows with distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from surveyproc.demography.numbers import Floats, floats, off_diagonal, over


@dataclass(frozen=True, slots=True)
class DistanceDecay:
    """Exponent β of distance (...), its SE as a Poisson maximum-likelihood estimate, and the deviance of the fit."""

    exponent: Floats
    se_poisson: Floats
    deviance: Floats


def mean_distance(flows: ArrayLike, distance: ArrayLike) -> Floats:
    """Mean distance of a move, Σm·d / Σm over i ≠ j; flows and distance (..., n, n). Source: Bell et al. 2002."""
    moves, far = off_diagonal(flows), off_diagonal(distance)
    return over((moves * far).sum(axis=(-1, -2)), moves.sum(axis=(-1, -2)))


MedianRule = Literal["lowest", "joined", "pairs"]


def median_distance(flows: ArrayLike, distance: ArrayLike, *, rule: MedianRule = "lowest") -> Floats:
    """Median distance of a move, flows (..., n, n), distance (n, n); NaN without migrants.

    lowest: the least distance that at least half of the migrants do not exceed. joined: linear between distances, each
    at the middle of its share of migrants. pairs: the same with each pair for itself, as some packages have it; where
    pairs are equally far the result depends on the order of the zones. Source: Bell et al. 2002.
    """
    far = off_diagonal(distance).ravel()
    moves = off_diagonal(flows)
    order = np.argsort(far, kind="stable")
    weight, far = moves.reshape(*moves.shape[:-2], -1)[..., order], far[order]
    if rule == "joined":
        far, starts = np.unique(far, return_index=True)
        weight = np.add.reduceat(weight, starts, axis=-1)
    share = over(weight, weight.sum(axis=-1, keepdims=True))
    found = [_half(row, far, rule) for row in share.reshape(-1, share.shape[-1])]
    return floats(found).reshape(share.shape[:-1])


def _half(share: Floats, far: Floats, rule: MedianRule) -> float:
    running = share.cumsum()
    if np.isnan(running).any():
        return np.nan
    if rule == "lowest":
        # A share that is a half but for rounding is a half.
        return float(far[min(int(np.searchsorted(running, 0.5 - 1e-12)), len(far) - 1)])
    used = share > 0
    return float(np.interp(0.5, (running - share / 2.0)[used], far[used]))


def distance_decay(flows: ArrayLike, distance: ArrayLike, *, rounds: int = 50) -> DistanceDecay:
    """β of the Poisson model log m_ij = o_i + d_j + β·ln d_ij over i ≠ j, by maximum likelihood.

    flows (..., n, n), distance (n, n) above 0 off the diagonal. Zones without in- or outflow say nothing and are left
    out. NaN where the fit does not settle within `rounds` steps, or β is not identified (n < 3, equal distances).
    se_poisson takes flows as counts of independent moves; flows from a survey need `propagate`.
    Source: Bell et al. 2002; Flowerdew and Aitkin 1982, Journal of Regional Science 22:191.
    """
    moves, far = off_diagonal(flows), off_diagonal(distance)
    zones = far.shape[-2]
    if far.ndim != 2 or not (far > 0).all():
        raise ValueError("distances are one matrix (n, n), above 0 between different zones")
    used = ((moves.sum(axis=-1) > 0)[..., np.newaxis] & (_into(moves) > 0)).reshape(-1, far.size)
    counts = moves.reshape(-1, far.size)
    exponent, variance, deviance = _poisson(counts, used, _design(far, zones), rounds)
    return DistanceDecay(*(floats(x).reshape(moves.shape[:-2]) for x in (exponent, np.sqrt(variance), deviance)))


def _into(moves: Floats) -> Floats:
    """In-total of the destination of each cell, (..., n, n − 1)."""
    zones = moves.shape[-2]
    square = np.zeros((*moves.shape[:-2], zones, zones))
    square[..., ~np.eye(zones, dtype=np.bool_)] = moves.reshape(*moves.shape[:-2], -1)
    return off_diagonal(np.broadcast_to(square.sum(axis=-2)[..., np.newaxis, :], square.shape))


def _design(far: Floats, zones: int) -> Floats:
    """Columns of origins, of destinations but the first, and log distance, (N, 2n)."""
    origin, destination = np.nonzero(~np.eye(zones, dtype=np.bool_))
    return np.column_stack(
        (np.eye(zones)[origin], np.eye(zones)[destination][:, 1:], np.log(far).ravel() - np.log(far).mean())
    )


def _poisson(counts: Floats, used: NDArray[np.bool_], design: Floats, rounds: int) -> tuple[Floats, Floats, Floats]:
    """Last coefficient, its variance and the deviance of Poisson regressions (B, N) on one design (N, K), by IRLS."""
    counts = np.where(used, counts, 0.0)
    mean = counts + 0.1
    before = np.full(len(counts), np.inf)
    settled = np.zeros(len(counts), dtype=np.bool_)
    beta = np.zeros((len(counts), design.shape[1]))
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            weight = np.where(used, mean, 0.0)
            information = np.einsum("bn,nk,nl->bkl", weight, design, design, optimize=True)
            absent = np.diagonal(information, axis1=1, axis2=2) == 0
            information += absent[:, :, np.newaxis] * np.eye(design.shape[1])
            target = np.einsum("bn,nk->bk", weight * np.log(mean) + np.where(used, counts - mean, 0.0), design)
            beta = _solve(information, target)
            mean = np.exp(beta @ design.T)
            deviance = 2.0 * np.where(used, special.xlogy(counts, counts / mean) - counts + mean, 0.0).sum(axis=1)
            settled = np.abs(deviance - before) <= 1e-12 * (np.abs(deviance) + 1.0)
            before = deviance
            if settled.all():
                break
        variance = np.array([_last_variance(matrix) for matrix in information])
    known = settled & np.isfinite(variance)
    return np.where(known, beta[:, -1], np.nan), np.where(known, variance, np.nan), np.where(known, before, np.nan)


def _solve(information: Floats, target: Floats) -> Floats:
    found = np.full_like(target, np.nan)
    for place, (matrix, side) in enumerate(zip(information, target, strict=True)):
        if np.isfinite(matrix).all() and np.isfinite(side).all():
            found[place] = np.linalg.lstsq(matrix, side, rcond=1e-13)[0]
    return found


def _last_variance(information: Floats) -> float:
    """Variance of the last coefficient, NaN where the others explain its column wholly."""
    if not np.isfinite(information).all():
        return np.nan
    others, between, own = information[:-1, :-1], information[:-1, -1], information[-1, -1]
    left = own - between @ np.linalg.lstsq(others, between, rcond=1e-13)[0]
    return float(1.0 / left) if left > 1e-9 * own else np.nan
