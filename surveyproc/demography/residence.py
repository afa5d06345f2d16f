"""Migration from questions on residence: at a fixed date before, or the last one and how long ago."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats, floats, off_diagonal, over, positive


@dataclass(frozen=True, slots=True)
class PriorResidence:
    """Annual rates per person: pairs (..., n, n) with NaN on the diagonal, and by zone (..., n)."""

    pairs: Floats
    outward: Floats
    inward: Floats
    net: Floats


def prior_residence(transitions: ArrayLike, *, years: float) -> PriorResidence:
    """Annual rates from persons by residence `years` ago × now, (..., n, n), stayers on the diagonal.

    rate = m_ij/(n·½(P_i + P'_i)): P_i all survivors who lived in i then (row), P'_i all who live there now (column), of
    those asked who were born by then. Counts survivors, and one move at most a person; children under `years` are
    missing (`children_net`). Source: UN 1970, Manual VI, ch. I.
    """
    persons = floats(transitions)
    moves = off_diagonal(persons)
    exposure = years * (persons.sum(axis=-1) + persons.sum(axis=-2)) / 2.0
    out, into = moves.sum(axis=-1), off_diagonal(np.swapaxes(persons, -1, -2)).sum(axis=-1)
    pairs = over(persons, exposure[..., np.newaxis])
    diagonal = np.eye(persons.shape[-1], dtype=np.bool_)
    return PriorResidence(
        pairs=floats(np.where(diagonal, np.nan, pairs)),
        outward=over(out, exposure),
        inward=over(into, exposure),
        net=over(into - out, exposure),
    )


def by_duration(migrants: ArrayLike, *, survival: ArrayLike, staying: ArrayLike = 1.0) -> Floats:
    """In-migrants of each year before the census from those present by duration, I_{t−d} = I(d)/S(d)/R(d), (..., D).

    S: share of the year's migrants still alive, R: of those, share that has not moved again. Moves out and back between
    are not seen. NaN where S or R is not above 0. Source: UN 1970, Manual VI, ch. I; IUSSP Tools for Demographic
    Estimation.
    """
    return floats(migrants) / positive(survival) / positive(staying)


def movers(survivors: ArrayLike, *, survival: ArrayLike) -> Floats:
    """All who moved, from migrants alive at the end: M/√S, moves in the middle of the interval on average.

    The deaths of migrants are what is added, M·(1/√S − 1).
    """
    return floats(floats(survivors) / np.sqrt(positive(survival)))
