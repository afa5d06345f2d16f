"""Net migration as what survival does not explain: cohorts of two censuses, survival ratios, forward and reverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over, positive


@dataclass(frozen=True, slots=True)
class NetBySurvival:
    """Net migrants of each cohort, (..., A).

    forward: P1 − S·P0, those of them who live at the end. reverse: P1/S − P0 = forward/S, all who moved if all moved at
    the start. average: their mean, about deaths in the middle. geometric: forward/√S, all moving in the middle.
    expected_end: S·P0; expected_start: P1/S. NaN without a survival ratio above 0, but for forward.
    """

    forward: Floats
    reverse: Floats
    average: Floats
    geometric: Floats
    expected_end: Floats
    expected_start: Floats


def net_by_survival(base: ArrayLike, end: ArrayLike, *, survival: ArrayLike) -> NetBySurvival:
    """Net migrants of cohorts with `base` at the start (births for those born since) and `end` at the end.

    All (..., A) in the same order, as `cohorts` makes them. Sum over cohorts within one variant, never across.
    Source: Siegel and Hamilton 1952; UN 1970, Manual VI, ch. II; Shryock and Siegel 1976, ch. 21.
    """
    p0, p1, s = floats(base), floats(end), floats(survival)
    alive = positive(s)
    forward = p1 - s * p0
    reverse = p1 / alive - p0
    return NetBySurvival(
        forward=forward,
        reverse=reverse,
        average=(forward + reverse) / 2.0,
        geometric=floats(forward / np.sqrt(alive)),
        expected_end=s * p0,
        expected_start=p1 / alive,
    )


def cohorts(start: ArrayLike, *, steps: int, births: ArrayLike | None = None) -> Floats:
    """The people at the start who make each age group at the end, (..., A).

    start: (..., A), groups of one width, the last open. steps: the interval over the width. births: (..., steps) in
    each part of the interval of one width, latest first, as they stand by age at the end; NaN where they are not given.
    The open group at the end comes from all who can have reached it.
    """
    people = floats(start)
    ages = people.shape[-1]
    _check_steps(steps, ages)
    born = np.full((*people.shape[:-1], steps), np.nan) if births is None else floats(births)
    if born.shape[-1] != steps:
        raise ValueError(f"births in {steps} parts of the interval, got {born.shape[-1]}")
    last = people[..., ages - 1 - steps :].sum(axis=-1, keepdims=True)
    parts = (born, people[..., : ages - 1 - steps], last)
    shape = np.broadcast_shapes(born.shape[:-1], people.shape[:-1])
    return floats(np.concatenate([np.broadcast_to(p, (*shape, p.shape[-1])) for p in parts], axis=-1))


def life_table_ratios(L: ArrayLike, *, steps: int, width: float, radix: ArrayLike = 1.0) -> Floats:
    """Survival of the cohorts of `cohorts`, (..., A), from person-years L (..., A) in groups of `width`, the last open.

    Closed groups L_{x+n}/L_x; open group T_{x+n}/T_x; births L_x/(width·l0) by part of the interval, with l0 = radix.
    A table that splits 0 and 1–4 is first put `in_groups`.
    """
    lived, first = floats(L), floats(radix)
    ages = lived.shape[-1]
    _check_steps(steps, ages)
    above = np.cumsum(lived[..., ::-1], axis=-1)[..., ::-1]
    born = over(lived[..., :steps], width * first[..., np.newaxis])
    closed = over(lived[..., steps : ages - 1], lived[..., : ages - 1 - steps])
    last = over(above[..., -1:], above[..., ages - 1 - steps : ages - steps])
    return floats(np.concatenate((born, closed, last), axis=-1))


def birth_ratio(L: ArrayLike, *, steps: int, width: float, radix: ArrayLike = 1.0) -> Floats:
    """Survival of all births of the interval together, nL0/(n·l0), (...)."""
    return over(floats(L)[..., :steps].sum(axis=-1), steps * width * floats(radix))


def census_ratios(start: ArrayLike, end: ArrayLike, *, steps: int, births: ArrayLike | None = None) -> Floats:
    """Survival of the same cohorts in a population without external migration (the native-born), (..., A); may pass 1.

    They carry the age misstatement and undercount that the censuses have in common, and serve internal migration only.
    """
    return over(end, cohorts(start, steps=steps, births=births))


def regional_ratios(census: ArrayLike, *, regional: ArrayLike, national: ArrayLike) -> Floats:
    """National census ratios adjusted to a region: CSR · regional life-table ratio / national life-table ratio."""
    return floats(floats(census) * over(regional, national))


def plus_minus(net: ArrayLike, control: ArrayLike) -> Floats:
    """Net migrants (..., A) scaled to a total (...): M·(1 ± (C − ΣM)/Σ|M|), + for positive cells, − for negative ones.

    NaN where that turns signs (|C − ΣM| above Σ|M|) or there is nothing to scale. Source: Shryock and Siegel 1976,
    ch. 21 (table 21-4).
    """
    moves = floats(net)
    size = np.abs(moves).sum(axis=-1)
    change = over(floats(control) - moves.sum(axis=-1), size)
    kept = np.where(np.abs(change) <= 1.0, change, np.nan)
    return floats(moves + np.abs(moves) * kept[..., np.newaxis])


def at_date(start: ArrayLike, end: ArrayLike, *, years: float, at: float) -> Floats:
    """The population `at` years after the start, on the exponential growth between two counts `years` apart.

    For an interval that is no multiple of the age width: the second count is taken to the nearest date that is.
    Beyond the end it extrapolates. NaN where a count is not above 0.
    """
    if not years > 0:
        raise ValueError(f"an interval has a positive length, got {years} years")
    p0, p1 = positive(start), positive(end)
    return floats(p0 * (p1 / p0) ** (at / years))


def grouped(values: ArrayLike, sizes: ArrayLike) -> Floats:
    """Sums of neighbouring ages or cohorts, `sizes` of them at a time: (..., A) → (..., G)."""
    numbers, counts = floats(values), np.asarray(sizes, dtype=np.int64)
    if counts.sum() != numbers.shape[-1] or (counts < 1).any():
        raise ValueError(f"groups of {counts.tolist()} do not make {numbers.shape[-1]} ages")
    return floats(np.add.reduceat(numbers, np.concatenate(([0], np.cumsum(counts)[:-1])), axis=-1))


def _check_steps(steps: int, ages: int) -> None:
    if not 1 <= steps < ages:
        raise ValueError(f"an interval of {steps} age groups, of {ages}; it is a multiple of their width")
