"""Stocks of migrants and the structure of a population by sex and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, over


@dataclass(frozen=True, slots=True)
class Dependency:
    """Young, old and both together per 100 of working age, (...)."""

    young: Floats
    old: Floats
    total: Floats


def share(part: ArrayLike, whole: ArrayLike) -> Floats:
    """100·part/whole, such as migrants of a population or women among migrants; NaN where the whole is 0."""
    return 100.0 * over(part, whole)


def sex_ratio(males: ArrayLike, females: ArrayLike) -> Floats:
    """Males per 100 females."""
    return 100.0 * over(males, females)


def dependency(population: ArrayLike, lower: ArrayLike, *, working: tuple[float, float] = (15.0, 65.0)) -> Dependency:
    """100·(P0–14 + P65+)/P15–64 and its two parts, population (..., A) by age groups with lower ends (A).

    Raises ValueError where no group begins at an end of the working ages, or ages do not begin at 0.
    """
    people, low = floats(population), floats(lower)
    if low[0] != 0 or not np.isin(working, low).all():
        raise ValueError(f"age groups begin at 0, {working[0]:g} and {working[1]:g}, got {low.tolist()}")
    young = people[..., low < working[0]].sum(axis=-1)
    old = people[..., low >= working[1]].sum(axis=-1)
    between = people[..., (low >= working[0]) & (low < working[1])].sum(axis=-1)
    return Dependency(100.0 * over(young, between), 100.0 * over(old, between), 100.0 * over(young + old, between))


def median_age(population: ArrayLike, lower: ArrayLike, *, last_width: float | None = None) -> Floats:
    """l + (N/2 − cum)/f·h, people (..., A) spread evenly within age groups with lower ends (A).

    NaN where the last group holds the median and is open (no `last_width`), where nobody is counted, or a count is
    missing. Half of the people exactly at the end of a group: that end.
    """
    people, low = floats(population), floats(lower)
    width = np.append(np.diff(low), np.nan if last_width is None else last_width)
    running = people.cumsum(axis=-1)
    half = running[..., -1:] / 2.0
    place = (running < half).sum(axis=-1)
    place = np.minimum(place, len(low) - 1)
    count = np.take_along_axis(people, place[..., np.newaxis], axis=-1)[..., 0]
    before = np.take_along_axis(running, place[..., np.newaxis], axis=-1)[..., 0] - count
    return floats(low[place] + over(half[..., 0] - before, count) * width[place])
