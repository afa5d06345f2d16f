"""Bootstrap replicates: psus, or the units of all stages, drawn again from the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import Centre, Design, Replicates

Floats = NDArray[np.float64]


def rao_wu(design: Design, number: int, *, draw: np.random.Generator, centre: Centre) -> Replicates:
    """Rescaled bootstrap (Rao and Wu 1988; Rao, Wu and Yue 1992): n − 1 psus of each stratum with replacement.

    Factor 1 − λ + λ·n/(n − 1)·times drawn, λ = √(1 − f); scale 1/(R − 1). A stratum with a single psu keeps factor 1.
    """
    factors = np.ones((len(design.psu_stratum), number))
    for members, size in _strata(design):
        drawn = len(members)
        if drawn > 1:
            times = draw.multinomial(drawn - 1, np.full(drawn, 1.0 / drawn), size=number).T
            part = np.sqrt(1.0 - drawn / size)
            factors[members] = 1.0 - part + part * drawn / (drawn - 1) * times
    return _bootstrap("bootstrap", factors, np.full(number, 1.0 / (number - 1)), centre)


def canty_davison(design: Design, number: int, *, draw: np.random.Generator, centre: Centre) -> Replicates:
    """Canty and Davison (1999), as R survey's type "bootstrap": n psus of each stratum, the factor how often.

    Drawn with replacement, or where fpc is given without replacement from the stratum's psus repeated to its number in
    the population. Scale n̄/((n̄ − 1)(R − 1)), n̄ the harmonic mean of psus a stratum.
    """
    factors = np.ones((len(design.psu_stratum), number))
    for members, size in _strata(design):
        drawn = len(members)
        if np.isinf(size):
            factors[members] = draw.multinomial(drawn, np.full(drawn, 1.0 / drawn), size=number).T
        else:
            copies = np.full(drawn, int(size) // drawn)
            copies[draw.permutation(drawn)[: int(size) % drawn]] += 1
            factors[members] = draw.multivariate_hypergeometric(copies, drawn, size=number, method="marginals").T
    mean = 1.0 / float(np.mean([1.0 / len(members) for members, _ in _strata(design)]))
    scale = np.full(number, mean / ((mean - 1.0) * (number - 1)))
    return _bootstrap("bootstrap_canty_davison", factors, scale, centre)


def preston(design: Design, number: int, *, draw: np.random.Generator, centre: Centre) -> Replicates:
    """Rescaled half-samples at every stage (Preston 2009), as R survey's "mrbbootstrap"; scale 1/(R − 1).

    At each stage m = ⌊n/2⌋ of the units are kept; those of a stage weigh
    λ(n/m·kept − 1), λ = √(m/(n − m)·(1 − f)·f of the stages before), times √(n/m) of the stages before where kept.
    All stay kept, at factor 1, where every unit of the population was drawn. Factors are of the last stage's units.
    """
    size = np.full(len(design.strata), np.inf) if design.fpc is None else design.fpc
    psus = len(design.psu_stratum)
    added = np.zeros((psus, number))
    carried, share = np.ones((psus, number)), np.ones(psus)
    added, carried, share = _halve(design.psu_stratum, size, added, carried, share, draw=draw)
    unit = None
    for stage in design.further:
        above = stage.stratum_parent[stage.unit_stratum]
        unit = stage.unit
        added, carried, share = _halve(
            stage.unit_stratum, stage.fpc, added[above], carried[above], share[above], draw=draw
        )
    scale = np.full(number, 1.0 / (number - 1))
    return Replicates("bootstrap_preston", 1.0 + added, scale, df=number - 1.0, centre=centre, unit=unit)


def _halve(
    stratum: NDArray[np.int32],
    size: Floats,
    added: Floats,
    carried: Floats,
    share: Floats,
    *,
    draw: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """One stage: what it adds to the factors (U, R), what it carries to the next (U, R), and the share drawn (U)."""
    added, carried, share = added.copy(), carried.copy(), share.copy()
    for members, population in _members(stratum, size):
        drawn = len(members)
        sampled = drawn / population
        kept = drawn // 2
        if sampled < 1.0:
            if kept:
                ranks = np.argsort(draw.random((drawn, added.shape[1])), axis=0)
                taken = np.zeros_like(ranks, dtype=np.bool_)
                np.put_along_axis(taken, ranks[:kept], True, axis=0)
                part = np.sqrt(share[members[0]] * kept * (1.0 - sampled) / (drawn - kept))
                added[members] += carried[members] * part * (drawn / kept * taken - 1.0)
                carried[members] *= np.sqrt(drawn / kept) * taken
            else:
                carried[members] = 0.0
        share[members] *= sampled
    return added, carried, share


def _bootstrap(method: str, factors: Floats, scale: Floats, centre: Centre) -> Replicates:
    return Replicates(method, factors, scale, df=len(scale) - 1.0, centre=centre)


def _strata(design: Design) -> list[tuple[NDArray[np.int64], float]]:
    size = np.full(len(design.strata), np.inf) if design.fpc is None else design.fpc
    return _members(design.psu_stratum, size)


def _members(stratum: NDArray[np.int32], size: Floats) -> list[tuple[NDArray[np.int64], float]]:
    """The units of each stratum and its size in the population."""
    order = np.argsort(stratum, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(stratum, minlength=len(size)))
    return list(zip(np.split(order, ends[:-1]), size.tolist(), strict=True))
