"""Emigrants counted in the censuses of the countries where they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.demography.fit import Floats, ratio


@dataclass(frozen=True, slots=True)
class PartnerStock:
    """Emigrants abroad: total (…) and the share of it that partners reported; the rest was expected."""

    total: Floats
    reported_share: Floats


def emigrant_stock(
    stocks: Floats, *, missing: Literal["refused", "last_share"], last_known: Floats | None = None
) -> PartnerStock:
    """Σ_c F_c over partners (last axis), persons born in one country counted in the censuses of partner c.

    A missing partner (NaN) is missing, not 0. refused: the total is NaN. last_share: the partners' shares at the last
    time all were known (last_known, of the shape of stocks or broadcasting) raise the reported sum, Σ known/(1 − Σ
    shares of the missing); NaN where a missing partner is missing there too, or all are missing.
    """
    now = np.asarray(stocks, dtype=np.float64)
    absent = np.isnan(now)
    if missing == "refused":
        total: Floats = now.sum(-1)
        return PartnerStock(total, np.where(np.isnan(total), np.nan, 1.0))
    if last_known is None:
        raise ValueError("last_share needs the last known stocks")
    before = np.broadcast_to(np.asarray(last_known, dtype=np.float64), now.shape)
    share = ratio(np.where(absent, 0.0, before).sum(-1), before.sum(-1))
    reported: Floats = np.where(absent, 0.0, now).sum(-1)
    nothing_missing = ~absent.any(-1)
    share = np.where(nothing_missing, 1.0, share)
    return PartnerStock(ratio(reported, share), np.where(share == 0, np.nan, share))


def emigration_by_partner(
    start: Floats, end: Floats, *, survival: Floats, deaths: Literal["none", "half", "all"]
) -> Floats:
    """Net emigrants of an interval from stocks in partners' censuses, F1 − S·F0, cell by cell (UN 1970, ch. I).

    start, end: persons born in the country and counted by the partner; survival S of the start stock over the interval.
    none: those who moved and lived to the end (forward). all: everybody who moved, deaths included, divided by S
    (reverse). half: the mean of the two, deaths in the middle of the interval. Net of returns and of onward moves; NaN
    where S is not above 0.
    """
    first, last, s = (np.asarray(x, dtype=np.float64) for x in (start, end, survival))
    s = np.where(s > 0, s, np.nan)
    alive: Floats = last - s * first
    if deaths == "none":
        return alive
    return np.asarray(alive / s if deaths == "all" else alive * (1.0 + 1.0 / s) / 2.0)
