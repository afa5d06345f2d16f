"""Net migration by age and period as the residual of populations, survival and fertility."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, positive

Flow = Literal["stock", "cohort", "time"]


def births_by_sex(
    women: ArrayLike, fertility: ArrayLike, *, sex_ratio: ArrayLike, years: float = 5.0
) -> tuple[Floats, Floats]:
    """Births of boys and of girls in each interval: n·Σ ASFR·½(W0 + W1), split by the sex ratio (boys a girl).

    women: (..., T + 1, F) at the ends of T intervals in F fertile groups; fertility: (..., T, F), births a woman and
    year; sex_ratio: (..., T). Both (..., T).
    """
    counts = floats(women)
    exposure = (counts[..., :-1, :] + counts[..., 1:, :]) / 2.0
    births = years * (floats(fertility) * exposure).sum(axis=-1)
    boys = births * floats(sex_ratio) / (1.0 + floats(sex_ratio))
    return floats(boys), floats(births - boys)


def residual_net(population: ArrayLike, *, survival: ArrayLike, births: ArrayLike, flow: Flow = "stock") -> Floats:
    """Net migrants (..., T, A) by period and age at its end.

    population: (..., T + 1, A) at the ends of T periods as long as the age groups, the last open. survival: (..., T,
    A), the ratio *into* each group: births to the first, …, the last two groups to the open one. births: (..., T).
    stock: those alive at the end, P1_x − S_x·P0_{x−n}; first P1_0 − S_0·B; open P1 − S·(P0_{ω−n} + P0_ω).
    cohort: movers of the period at the age where they are, half of each cohort's before and half after its birthday:
    U_x = M_x/(2√S_x), value U_x + U_{x+n}; age 0 M_0/√S_0 + U_n; below the open group M/√S; open as stock.
    time: even over the period, N_0 = 2M_0, N_x = 2M_x − S_x·N_{x−n}; swings from age to age.
    Source: UN; DemoTools `mig_resid`.
    """
    people, ratios, born = floats(population), floats(survival), floats(births)
    if people.shape[-2] != ratios.shape[-2] + 1 or people.shape[-1] != ratios.shape[-1] or people.shape[-1] < 3:
        raise ValueError(f"{people.shape[-2]} populations need survival of one period less, got {ratios.shape[-2]}")
    before, after = people[..., :-1, :], people[..., 1:, :]
    first = np.broadcast_to(born[..., np.newaxis], (*np.broadcast_shapes(born.shape, before.shape[:-1]), 1))
    aged = np.broadcast_to(before, (*first.shape[:-1], before.shape[-1]))
    base = np.concatenate((first, aged[..., :-2], aged[..., -2:].sum(axis=-1, keepdims=True)), axis=-1)
    stock = after - ratios * base
    if flow == "cohort":
        return _cohort(stock, ratios)
    return _time(stock, ratios) if flow == "time" else floats(stock)


def _cohort(stock: Floats, ratios: Floats) -> Floats:
    whole = stock / np.sqrt(positive(ratios))
    half = whole / 2.0
    inner = half[..., 1:-2] + half[..., 2:-1]
    first = whole[..., :1] + half[..., 1:2]
    return floats(np.concatenate((first, inner, whole[..., -2:-1], stock[..., -1:]), axis=-1))


def _time(stock: Floats, ratios: Floats) -> Floats:
    found = np.empty_like(stock)
    found[..., 0] = 2.0 * stock[..., 0]
    for age in range(1, stock.shape[-1]):
        found[..., age] = 2.0 * stock[..., age] - found[..., age - 1] * ratios[..., age]
    return found
