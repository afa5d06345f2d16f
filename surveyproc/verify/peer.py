"""Another package as a peer: what it is fed, and how far it can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import LonelyPsu

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SecondStage:
    """Units drawn in psus: unit: int64 (m), each row's; population: float64 (m), units in the psu of each row."""

    unit: Ints
    population: Floats


@dataclass(frozen=True, slots=True)
class Feed:
    """Columns for a Taylor estimator, and the cells that it cannot be asked for.

    y, weight: float64 (m); x: the same, None for a total; stratum, psu, domain: int64 (m). Every psu of the design has
    a row. Rows in none of the cells, or without a known value, are zeros of y and x and stand in a domain of their own,
    or, for a package that cannot have a domain of nothing, in that of the first cell, to which they add nothing.
    population: float64 (H), psus in the population of each stratum, None where psus were drawn with replacement.
    second: the stage after the first, where the package takes it. cells: those to ask for. refused: cell → why not.
    """

    y: Floats
    x: Floats | None
    weight: Floats
    stratum: Ints
    psu: Ints
    domain: Ints
    cells: tuple[int, ...]
    population: Floats | None = None
    second: SecondStage | None = None
    lonely_psu: LonelyPsu = LonelyPsu.FAIL
    refused: Mapping[int, str] = field(default_factory=dict)


class Skill(StrEnum):
    """What a package can be asked for beyond totals and ratios, not 0, with psus of one stage."""

    ZERO = "estimates of 0"
    NEGATIVE_WEIGHTS = "negative weights"
    SECOND_STAGE = "a second stage"


Estimator = Callable[[Feed], Mapping[int, tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A package to compare with. estimate: a feed's cells → value and SE; lonely: the rules for lonely psus it has.

    estimate may raise ArithmeticError, AssertionError or ValueError where the package stops.
    """

    name: str
    version: str
    estimate: Estimator
    lonely: frozenset[LonelyPsu]
    skills: frozenset[Skill] = frozenset()
