"""Births of calendar years put to the parts of an interval between two dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats
from surveyproc.problems import Place, Problem


def births_in_parts(births: ArrayLike, years: Sequence[int], *, start: date, end: date, parts: int) -> Floats:
    """Births (..., parts) of equal parts of the interval, latest first as `cohorts` wants them, from (..., Y) by year.

    Births are spread evenly over the days of each calendar year. A part that a year without births reaches into is
    missing. Raises ValueError for an interval that does not go forward.
    """
    counts = floats(births)
    if end <= start or parts < 1 or counts.shape[-1] != len(years):
        raise ValueError("births by year, and an interval that goes forward in at least one part")
    edges = np.linspace(start.toordinal(), end.toordinal(), parts + 1)
    found = [
        _between(counts, years, low=low, high=high) for low, high in zip(edges[:-1][::-1], edges[1:][::-1], strict=True)
    ]
    return floats(np.stack(found, axis=-1))


def check_births(years: Sequence[int], *, start: date, end: date, file: str = "") -> tuple[Problem, ...]:
    """Births must be given once for every calendar year that the interval touches."""
    last = date.fromordinal(end.toordinal() - 1).year
    lost = sorted(set(range(start.year, last + 1)) - set(years))
    twice = sorted({year for year in years if list(years).count(year) > 1})
    found = []
    if lost:
        what, got = "births of some years of the interval are missing", ", ".join(str(year) for year in lost)
        found.append(Problem("demography.missing", Place(file=file), what, got=got, expected=f"{start.year} to {last}"))
    if twice:
        got = ", ".join(str(year) for year in twice)
        found.append(Problem("demography.duplicate", Place(file=file), "births of a year stand twice", got=got))
    return tuple(found)


def _between(counts: Floats, years: Sequence[int], *, low: float, high: float) -> Floats:
    begin = np.array([date(year, 1, 1).toordinal() for year in years], dtype=np.float64)
    days = np.array([date(year + 1, 1, 1).toordinal() for year in years]) - begin
    inside = np.clip(np.minimum(high, begin + days) - np.maximum(low, begin), 0.0, None)
    total = np.where(inside == 0, 0.0, counts * inside / days).sum(axis=-1)
    # Days of the part that no given year holds leave it missing.
    return floats(np.where(inside.sum() >= high - low - 1e-6, total, np.nan))
