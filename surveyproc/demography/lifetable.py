"""Life tables from death rates by age, sound at the youngest and the oldest ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over

Sex = Literal["male", "female", "both"]
Lines = tuple[tuple[float, float, float], ...]
Infant = Literal["andreev_kingkade", "coale_demeny"]

# Andreev and Kingkade 2015, Demographic Research 33:363, table 3: upper end of m0, constant, slope.
_ANDREEV: Mapping[str, Lines] = {
    "male": ((0.02300, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0)),
    "female": ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0)),
}
# Coale and Demeny 1983, West, on m0 (Preston, Heuveline and Guillot 2001, table 3.3): for 1a0, then for 4a1.
_COALE: Mapping[str, Lines] = {
    "male": ((0.107, 0.045, 2.684), (np.inf, 0.330, 0.0)),
    "female": ((0.107, 0.053, 2.800), (np.inf, 0.350, 0.0)),
}
_COALE_CHILD: Mapping[str, Lines] = {
    "male": ((0.107, 1.651, -2.816), (np.inf, 1.352, 0.0)),
    "female": ((0.107, 1.522, -1.518), (np.inf, 1.361, 0.0)),
}


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Columns of a life table, (..., A) by age group, the last one open; l of radix 1 at the first age.

    lower, width: (A), the last width infinite. a: years lived in the group by those who die there. L: person-years
    lived in the group, T: in it and above; e: T/l.
    """

    lower: Floats
    width: Floats
    m: Floats
    a: Floats
    q: Floats
    survivors: Floats
    deaths: Floats
    L: Floats
    T: Floats
    e: Floats


def infant_a(m0: ArrayLike, *, sex: Sex, rule: Infant = "andreev_kingkade") -> Floats:
    """Years lived before age 1 by those who die there, from the death rate at age 0; of both sexes, their mean."""
    return _by_sex(_ANDREEV if rule == "andreev_kingkade" else _COALE, m0, sex)


def child_a(m0: ArrayLike, *, sex: Sex) -> Floats:
    """Years lived between ages 1 and 5 by those who die there, from the death rate at age 0 (Coale–Demeny, West)."""
    return _by_sex(_COALE_CHILD, m0, sex)


def life_table(
    rates: ArrayLike, lower: ArrayLike, *, sex: Sex, infant: Infant = "andreev_kingkade", old: float = 80.0
) -> LifeTable:
    """Life table from death rates m (..., A) by age group with lower ends (A), the last group open.

    q = n·m/(1 + (n − a)·m) and L = n·l' + a·d with a = n/2, but for ages 0 and 1–4 (`infant_a`, `child_a`). From age
    `old` on the rate is taken as constant within the group: q = 1 − e^(−n·m), L = d/m, for there n/2 gives q above 1
    (5q of 1 at m = .4). The same wherever a = n/2 would do so below that age. The open group has q = 1, L = l/m.
    Source: Preston, Heuveline and Guillot 2001, ch. 3. Raises ValueError for ages that do not ascend from 0 or a table
    that begins with neither 0–1 nor a wider group.
    """
    m, low = floats(rates), floats(lower)
    if low.ndim != 1 or m.shape[-1:] != low.shape or low[0] != 0 or not (np.diff(low) > 0).all():
        raise ValueError(f"ages ascend from 0, one for each rate, got {low.tolist()}")
    width = np.append(np.diff(low), np.inf)
    a = _within(m, low, width, sex=sex, infant=infant)
    n = np.where(np.isinf(width), 1.0, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        q = n * m / (1.0 + (n - a) * m)
        level = (low >= old) | (q > 1.0)
        q = floats(np.where(level, -np.expm1(-n * m), q))
        q[..., -1] = np.where(np.isnan(m[..., -1]), np.nan, 1.0)
        alive = floats(np.where(level, np.exp(-n * m), 1.0 - q))
        survivors = np.concatenate((np.ones_like(q[..., :1]), np.cumprod(alive, axis=-1)[..., :-1]), axis=-1)
        deaths = survivors * q
        lived = np.where(level, over(deaths, m), n * (survivors - deaths) + a * deaths)
        lived = np.where(level & (m == 0), n * survivors, lived)
    lived[..., -1] = over(survivors[..., -1], m[..., -1])
    above = np.cumsum(lived[..., ::-1], axis=-1)[..., ::-1]
    a = np.where(level, over(lived - n * (survivors - deaths), deaths), a)
    a[..., -1] = over(1.0, m[..., -1])
    return LifeTable(low, width, m, a, q, survivors, deaths, lived, above, over(above, survivors))


def in_groups(L: ArrayLike, lower: ArrayLike, *, width: float = 5.0) -> Floats:
    """Person-years by groups of `width` years, the last open, from a table that splits some of them (0 and 1–4).

    (..., A) with lower ends (A) → (..., G), G groups 0, width, 2·width … to the table's open age. Raises ValueError
    where a group of the table lies across an end.
    """
    lived, low = floats(L), floats(lower)
    ends = np.arange(0.0, low[-1] + width / 2.0, width)
    if not np.isin(ends, low).all() or ends[-1] != low[-1]:
        raise ValueError(f"groups of {width:g} years do not fit ages {low.tolist()}")
    return floats(np.add.reduceat(lived, np.searchsorted(low, ends), axis=-1))


def _within(m: Floats, low: Floats, width: Floats, *, sex: Sex, infant: Infant) -> Floats:
    a = np.broadcast_to(np.where(np.isinf(width), 0.0, width / 2.0), m.shape).copy()
    if width[0] == 1.0:
        a[..., 0] = infant_a(m[..., 0], sex=sex, rule=infant)
        if len(low) > 1 and width[1] == 4.0:
            a[..., 1] = child_a(m[..., 0], sex=sex)
    return floats(a)


def _by_sex(rules: Mapping[str, Lines], m0: ArrayLike, sex: Sex) -> Floats:
    if sex == "both":
        return floats((_by_sex(rules, m0, "male") + _by_sex(rules, m0, "female")) / 2.0)
    rate = floats(m0)
    lines = rules[sex]
    found = [constant + slope * rate for _, constant, slope in lines]
    return floats(np.where(np.isnan(rate), np.nan, np.select([rate < end for end, _, _ in lines], found, np.nan)))
