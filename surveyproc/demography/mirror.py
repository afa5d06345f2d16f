"""Two reports of one flow, by its receiver and by its sender, made into one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from scipy.sparse import csgraph

from surveyproc.demography.fit import Counts, Fit, Floats, ratio

Rule = Literal["larger", "receiver", "weighted"]


class Report(IntEnum):
    """Which report a combined flow rests on."""

    NONE = 0
    RECEIVER = 1
    SENDER = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Combined:
    """Flows (…, R, R), row = origin, column = destination; diagonal NaN; report: values of `Report`."""

    flows: Floats
    variance: Floats
    report: Counts


def pairs(received: Floats, sent: Floats) -> tuple[Floats, Floats]:
    """Both tables as float64 with NaN diagonals, of one shape."""
    i, e = np.broadcast_arrays(np.asarray(received, dtype=np.float64), np.asarray(sent, dtype=np.float64))
    if i.ndim < 2 or i.shape[-1] != i.shape[-2]:
        raise ValueError(f"not square tables: {i.shape}")
    self_pair = np.eye(i.shape[-1], dtype=bool)
    return np.where(self_pair, np.nan, i), np.where(self_pair, np.nan, e)


def combine(
    received: Floats,
    sent: Floats,
    *,
    rule: Rule,
    weight: Floats | float = np.nan,
    variance_received: Floats | float = np.nan,
    variance_sent: Floats | float = np.nan,
) -> Combined:
    """One flow per corridor from I, reported by the receiver, and E, by the sender; NaN = not reported.

    larger: max(I, E) (UNECE and Eurostat 2010). receiver: I, else E. weighted: w·I + (1 − w)·E, w between 0 and 1. A
    corridor with one report takes it, and `report` says so. Variance: that of the report taken, or w²V_I + (1 − w)²V_E
    for independent reports; NaN for the larger of two, which is biased upward: push replicates through.
    """
    i, e = pairs(received, sent)
    w = np.asarray(weight, dtype=np.float64)
    if rule == "weighted" and not ((w >= 0) & (w <= 1)).all():
        raise ValueError("the weight of the receiver's report is not between 0 and 1")
    v_i, v_e = (np.broadcast_to(np.asarray(v, dtype=np.float64), i.shape) for v in (variance_received, variance_sent))
    has_i, has_e = ~np.isnan(i), ~np.isnan(e)
    both = has_i & has_e
    if rule == "larger":
        value, variance, report = np.fmax(i, e), np.full(i.shape, np.nan), np.where(i >= e, 1, 2)
        report = np.where(both & (i == e), Report.BOTH, report)
    elif rule == "receiver":
        value, variance, report = i, v_i, np.full(i.shape, int(Report.RECEIVER))
    else:
        value, variance = w * i + (1.0 - w) * e, w**2 * v_i + (1.0 - w) ** 2 * v_e
        report = np.full(i.shape, int(Report.BOTH))
    cases = [both, has_i, has_e]
    return Combined(
        np.select(cases, [value, i, e], np.nan),
        np.select(cases, [variance, v_i, v_e], np.nan),
        np.select(cases, [report, int(Report.RECEIVER), int(Report.SENDER)], int(Report.NONE)),
    )


@dataclass(frozen=True, slots=True)
class Ratios:
    """ρ = I/E by corridor (…, R, R), and its median by sender (…, R): how many times the sender undercounts."""

    corridor: Floats
    sender_median: Floats


def report_ratios(received: Floats, sent: Floats) -> Ratios:
    """Ratio of the receiver's to the sender's report; NaN where one is missing or the sender reports 0."""
    i, e = pairs(received, sent)
    rho = ratio(i, e)
    ordered = np.sort(rho, axis=-1)  # NaN last
    known = (~np.isnan(rho)).sum(-1)
    low, high = np.maximum((known - 1) // 2, 0), np.minimum(known // 2, rho.shape[-1] - 1)
    ends = (np.take_along_axis(ordered, k[..., None], axis=-1)[..., 0] for k in (low, high))
    return Ratios(rho, np.asarray(sum(ends)) / 2.0)


@dataclass(frozen=True, slots=True)
class Factors:
    """Adjustment factors and what they give.

    receiver α and sender β (…, R); flows ½(αI + βE) (…, R, R), one corrected report where the other is missing;
    objective (…); identified_receiver, identified_sender (…, R); state (…): NOT_IDENTIFIED, and NaN for the factors
    that are not connected to the fixed one.
    """

    receiver: Floats
    sender: Floats
    flows: Floats
    objective: Floats
    identified_receiver: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    identified_sender: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    state: Counts


def adjustment_factors(
    received: Floats, sent: Floats, *, fixed: int, of: Literal["receiver", "sender"] = "receiver"
) -> Factors:
    """Factors α of receivers and β of senders that bring two reports of flows together.

    They minimise Σ_{i≠j} (α_j·I_ij − β_i·E_ij)²/(I_ij + E_ij) over the corridors with both reports, one factor being 1:
    that of country `fixed`, the best reporter (Poulain 1993; de Beer, Raymer, van der Erf and van Wissen 2010). A
    factor is identified where a chain of corridors with both reports above 0 leads to the fixed one.
    """
    i, e = pairs(received, sent)
    size = i.shape[-1]
    if not 0 <= fixed < size:
        raise ValueError(f"no country {fixed} among {size}")
    at = fixed if of == "receiver" else size + fixed
    solved = [_factors(a, b, at) for a, b in zip(i.reshape(-1, size, size), e.reshape(-1, size, size), strict=True)]
    lead = i.shape[:-2]
    factors = np.array([f for f, _ in solved]).reshape(*lead, 2 * size)
    known = np.array([k for _, k in solved]).reshape(*lead, 2 * size)
    alpha, beta = factors[..., :size], factors[..., size:]
    by_receiver, by_sender = alpha[..., None, :] * i, beta[..., :, None] * e
    one = np.where(np.isnan(by_receiver), by_sender, by_receiver)
    two = (by_receiver + by_sender) / 2.0
    lost = ratio((by_receiver - by_sender) ** 2, i + e)
    state = np.where(known.all(-1), Fit.CONVERGED, Fit.NOT_IDENTIFIED).astype(np.int64)
    return Factors(
        alpha,
        beta,
        np.where(np.isnan(two), one, two),
        np.asarray(np.nansum(lost, axis=(-2, -1))),
        known[..., :size],
        known[..., size:],
        state,
    )


def _factors(i: Floats, e: Floats, at: int) -> tuple[Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Factors (2R,), receivers before senders, and which are identified, by the normal equations."""
    size = len(i)
    both = ~np.isnan(i) & ~np.isnan(e) & (i + e > 0)
    a, b = np.where(both, i, 0.0), np.where(both, e, 0.0)
    weight = np.where(both, 1.0 / np.where(both, a + b, 1.0), 0.0)
    cross = -(weight * a * b)
    top = np.diag((weight * a * a).sum(0))
    matrix = np.block([[top, cross.T], [cross, np.diag((weight * b * b).sum(1))]])
    links = np.zeros((2 * size, 2 * size))
    links[:size, size:] = ((a > 0) & (b > 0)).T
    _, part = csgraph.connected_components(links, directed=False)
    known = part == part[at]
    free = np.flatnonzero(known & (np.arange(2 * size) != at))
    factors = np.full(2 * size, np.nan)
    factors[at] = 1.0
    factors[free] = np.linalg.solve(matrix[np.ix_(free, free)], -matrix[free, at])
    return factors, known


@dataclass(frozen=True, slots=True)
class RatioEffects:
    """Least-squares effects on ln(I/E): constant (…), receiver and sender (…, R) with 0 for country 0."""

    constant: Floats
    receiver: Floats
    sender: Floats
    state: Counts


def log_ratio_effects(received: Floats, sent: Floats) -> RatioEffects:
    """Effects of receivers and senders on the log ratio of the two reports, ln(I_ij/E_ij) = c + r_j + s_i + error.

    Corridors with both reports above 0 count alike; country 0 is the base. NOT_IDENTIFIED and NaN where they do not
    tell all effects.
    """
    i, e = pairs(received, sent)
    size = i.shape[-1]
    row, column = np.nonzero(~np.eye(size, dtype=bool))
    base = np.eye(size)[:, 1:]
    design = np.hstack([np.ones((len(row), 1)), base[column], base[row]])
    y = np.log(np.where((i > 0) & (e > 0), ratio(i, e), np.nan))[..., row, column]
    found = [_least_squares(design, line) for line in y.reshape(-1, y.shape[-1])]
    lead = i.shape[:-2]
    beta = np.array([b for b, _ in found]).reshape(*lead, -1)
    nothing = 0.0 * beta[..., :1]
    receiver = np.concatenate([nothing, beta[..., 1:size]], axis=-1)
    sender = np.concatenate([nothing, beta[..., size:]], axis=-1)
    return RatioEffects(beta[..., 0], receiver, sender, np.array([s for _, s in found]).reshape(lead))


def _least_squares(design: Floats, y: Floats) -> tuple[Floats, int]:
    known = np.isfinite(y)
    if np.linalg.matrix_rank(design[known]) < design.shape[1]:
        return np.full(design.shape[1], np.nan), Fit.NOT_IDENTIFIED
    found: Floats = np.linalg.lstsq(design[known], y[known], rcond=None)[0].astype(np.float64)
    return found, Fit.CONVERGED
