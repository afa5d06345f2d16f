"""How unequally migrants are spread over the pairs of a flow matrix: Gini family, variation, entropy, inequality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, off_diagonal, over


@dataclass(frozen=True, slots=True)
class MigrationGini:
    """Gini indices of a flow matrix, from 0 (all equal); standardised ones as % of `total`.

    total, corrected, rows, columns, exchange and the means: (...). Fields: (..., n), NaN where a zone has no migrants
    or there are only two zones.
    """

    total: Floats
    corrected: Floats
    rows: Floats
    columns: Floats
    exchange: Floats
    rows_standardised: Floats
    columns_standardised: Floats
    exchange_standardised: Floats
    out_field: Floats
    in_field: Floats
    weighted_out: Floats
    weighted_in: Floats
    weighted: Floats


def migration_gini(flows: ArrayLike) -> MigrationGini:
    """Gini indices of flows (..., n, n), row = origin, N = n(n − 1) cells off the diagonal, sums over these.

    total ΣΣ|m − m'|/(2N·M), corrected by 2(N − 1)·M; rows Σ_iΣ_jΣ_h|m_ij − m_ih|/(2N·M), columns alike; exchange
    Σ|m_ij − m_ji|/(2N·M). Field of zone i: Σ_jΣ_l|m_ij − m_il|/(2(n − 2)·O_i). Migration-weighted: fields averaged by
    their own zone's share of migrants, out-fields by out-totals and in-fields by in-totals, over n; their mean.
    Source: Plane and Mulligan 1997, Demography 34:251; Bell et al. 2002, JRSS-A 165:435.
    """
    out, into = off_diagonal(flows), off_diagonal(np.swapaxes(floats(flows), -1, -2))
    zones = out.shape[-2]
    cells, migrants = zones * (zones - 1), out.sum(axis=(-1, -2))
    whole = _distances(out.reshape(*out.shape[:-2], cells))
    total = over(whole, 2.0 * cells * migrants)
    parts = [over(d, 2.0 * cells * migrants) for d in (_distances(out).sum(-1), _distances(into).sum(-1))]
    exchange = over(np.abs(out - into).sum(axis=(-1, -2)), 2.0 * cells * migrants)
    out_field = over(_distances(out), 2.0 * (zones - 2) * out.sum(axis=-1))
    in_field = over(_distances(into), 2.0 * (zones - 2) * into.sum(axis=-1))
    weighted = [_weighted(field, side.sum(-1), migrants) for field, side in ((out_field, out), (in_field, into))]
    return MigrationGini(
        total=total,
        corrected=over(whole, 2.0 * (cells - 1) * migrants),
        rows=parts[0],
        columns=parts[1],
        exchange=exchange,
        rows_standardised=100.0 * over(parts[0], total),
        columns_standardised=100.0 * over(parts[1], total),
        exchange_standardised=100.0 * over(exchange, total),
        out_field=out_field,
        in_field=in_field,
        weighted_out=weighted[0],
        weighted_in=weighted[1],
        weighted=(weighted[0] + weighted[1]) / 2.0,
    )


def variation(flows: ArrayLike) -> Floats:
    """Coefficient of variation of the N cells off the diagonal, SD (divisor N) over mean; NaN without migrants."""
    cells = _cells(flows)
    return over(cells.std(axis=-1), cells.mean(axis=-1))


@dataclass(frozen=True, slots=True)
class FieldVariation:
    """Coefficient of variation of each zone's inflows and outflows (..., n), and their weighted sum (...)."""

    inward: Floats
    outward: Floats
    aggregate: Floats


def field_variation(flows: ArrayLike) -> FieldVariation:
    """cv of the n − 1 inflows (outflows) of a zone, SD with divisor n − 1, and ACV = Σ(D/M)·cv_in + Σ(O/M)·cv_out.

    A zone without migrants has no cv and adds nothing to ACV. Source: Rogers and Sweeney 1998, Professional Geographer.
    """
    out, into = off_diagonal(flows), off_diagonal(np.swapaxes(floats(flows), -1, -2))
    sides = [over(side.std(axis=-1), side.mean(axis=-1)) for side in (into, out)]
    migrants = out.sum(axis=(-1, -2))
    shares = [over(side.sum(axis=-1), migrants[..., np.newaxis]) for side in (into, out)]
    parts = [np.where(share == 0, 0.0, share * cv).sum(axis=-1) for share, cv in zip(shares, sides, strict=True)]
    return FieldVariation(sides[0], sides[1], parts[0] + parts[1])


def theil(flows: ArrayLike) -> Floats:
    """Theil's T = Σ s·ln(s·N) of shares s of all migrants over N cells, 0·ln 0 = 0: 0 when equal, ln N at most."""
    cells = _cells(flows)
    share = over(cells, cells.sum(axis=-1, keepdims=True))
    logarithm = np.log(np.where(share == 0, 1.0, share) * cells.shape[-1])
    return floats((share * logarithm).sum(axis=-1))


def hhi(flows: ArrayLike) -> Floats:
    """Herfindahl–Hirschman index Σs² of shares of all migrants, 1/N to 1."""
    cells = _cells(flows)
    return floats((over(cells, cells.sum(axis=-1, keepdims=True)) ** 2).sum(axis=-1))


def connectivity(flows: ArrayLike) -> Floats:
    """Share of the pairs i ≠ j with migrants, 0 to 1; NaN with a missing cell. Source: Bell et al. 2002."""
    cells = _cells(flows)
    found = (cells != 0).mean(axis=-1) if cells.shape[-1] else np.full(cells.shape[:-1], np.nan)
    return floats(np.where(np.isnan(cells).any(axis=-1), np.nan, found))


def inequality(flows: ArrayLike, *, expected: Literal["equal", "independence"] = "equal") -> Floats:
    """½Σ|s − s'|: share of migrants to be moved to other pairs to reach what is expected, 0 to 1.

    expected: all N pairs equal, or the fit o_i·d_j without diagonal that keeps the totals of origins and destinations.
    Source: Bell et al. 2002, JRSS-A 165:435.
    """
    cells = _cells(flows)
    share = over(cells, cells.sum(axis=-1, keepdims=True))
    if expected == "equal":
        other: Floats = np.full_like(share, 1.0 / max(share.shape[-1], 1))
    else:
        fitted = _cells(independence(flows))
        other = over(fitted, fitted.sum(axis=-1, keepdims=True))
    return floats(0.5 * np.abs(share - other).sum(axis=-1))


def independence(flows: ArrayLike, *, tolerance: float = 1e-13, rounds: int = 10_000) -> Floats:
    """Flows o_i·d_j off the diagonal with the totals of the given ones (..., n, n), by iterative proportional fitting.

    NaN where the fit does not come within `tolerance` of the totals, relative to all migrants, after `rounds`.
    """
    out = off_diagonal(flows).sum(axis=-1)
    into = off_diagonal(np.swapaxes(floats(flows), -1, -2)).sum(axis=-1)
    zones = out.shape[-1]
    fitted = np.broadcast_to(1.0 - np.eye(zones), (*out.shape, zones)).copy()
    whole = out.sum(axis=-1)
    gap = np.full(whole.shape, np.inf)
    for _ in range(rounds):
        fitted *= np.nan_to_num(over(out, fitted.sum(axis=-1)))[..., :, np.newaxis]
        fitted *= np.nan_to_num(over(into, fitted.sum(axis=-2)))[..., np.newaxis, :]
        gap = np.abs(fitted.sum(axis=-1) - out).max(axis=-1, initial=0.0)
        if not (gap > tolerance * whole).any():
            break
    good = (gap <= tolerance * whole) & (whole > 0)
    return floats(np.where(good[..., np.newaxis, np.newaxis], fitted, np.nan))


def _cells(flows: ArrayLike) -> Floats:
    """The N cells off the diagonal, (..., N)."""
    cells = off_diagonal(flows)
    return cells.reshape(*cells.shape[:-2], -1)


def _distances(values: Floats) -> Floats:
    """ΣΣ|x − x'| over all ordered pairs of the last axis, from the order statistics: 2Σ(2r − N − 1)·x_(r)."""
    size = values.shape[-1]
    ranks = 2.0 * np.arange(1, size + 1) - size - 1.0
    return floats(2.0 * (np.sort(values, axis=-1) * ranks).sum(axis=-1))


def _weighted(field: Floats, migrants: Floats, whole: Floats) -> Floats:
    share = over(migrants, whole[..., np.newaxis])
    return floats(np.where(share == 0, 0.0, share * field).sum(axis=-1) / field.shape[-1])
