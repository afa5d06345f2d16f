"""Net migration of children born in the interval, from the net migration of women, without birth data."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over


def children_net(
    children: ArrayLike,
    women: ArrayLike,
    *,
    net_women: ArrayLike,
    lower: ArrayLike,
    years: float = 10.0,
    child_width: float = 5.0,
    mothers: tuple[float, float] = (15.0, 45.0),
) -> Floats:
    """M_c = f·(C/W)·ΣM^f by age group of children, (..., C) for children (..., C) of ages 0, 5, … at the end.

    women, net_women: (..., A) by age at the end with lower ends (A), in groups as wide as the children's. W and ΣM^f
    are over ages mothers[0] to mothers[1] for the youngest children and one group older for each next: 15–44 for 0–4,
    20–49 for 5–9. f = (age in the middle)/years: moves spread evenly, a child moves with a mother who moves after the
    birth (¼ and ¾ in ten years). Boys and girls each by their own C; women are the mothers of both, never men.
    A missing group of women leaves the children missing. Source: UN 1970, Manual VI, ch. II; UN 1992.
    """
    young, adult, moved, low = floats(children), floats(women), floats(net_women), floats(lower)
    groups = young.shape[-1]
    if groups * child_width > years:
        raise ValueError(f"children of {groups} groups of {child_width:g} years were not all born in {years:g} years")
    found = []
    for group in range(groups):
        start, stop = (age + group * child_width for age in mothers)
        if not (np.isin(start, low) and stop - child_width in low):
            raise ValueError(f"women are wanted at ages {start:g} to {stop:g}, got groups from {low.tolist()}")
        chosen = (low >= start) & (low < stop)
        share = (group + 0.5) * child_width / years
        rate = over(young[..., group], adult[..., chosen].sum(axis=-1))
        found.append(share * rate * moved[..., chosen].sum(axis=-1))
    return floats(np.stack(found, axis=-1))
