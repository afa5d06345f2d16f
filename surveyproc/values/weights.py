"""Weights of a round as they were made: step by step, with what each step did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveyproc.values.design import Calibration

Weights = NDArray[np.float64]  # (n), or (n, R) for R replicates
Cell = tuple[tuple[str, str], ...]  # (variable, category) of each variable; () is the whole


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One line of a step's report: what it is about (class, total, rate, g), which cell, and its figures."""

    part: str
    cell: Cell
    figures: Mapping[str, float]
    text: str = ""


@dataclass(frozen=True, slots=True)
class WeightStep:
    """What one step did to the full sample.

    figures: cases above zero, sums before and after, lowest and highest factor, Kish design effect.
    """

    number: int
    name: str
    detail: str
    figures: Mapping[str, float]
    lines: tuple[WeightLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration with the level of the records that were calibrated, which may be above that of the weights."""

    level: str
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class LevelWeights:
    """Final weights of a level (n), the base weights they come from, what each step did, and all steps as a function.

    start: the level at which the chain of steps begins, this one or one above. base: float64 (b), rows of that level.
    rerun: base weights (b) or (b, R) → final weights (n) or (n, R), every step done again for each column.
    """

    level: str
    start: str
    base: Weights
    weight: Weights
    steps: tuple[WeightStep, ...]
    rerun: Callable[[Weights], Weights]
    calibrations: tuple[Calibrated, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemResponse:
    """A question: how many records with a weight were asked, and the share missing by reason, plain and weighted."""

    level: str
    variable: str
    asked: int
    missing: Mapping[str, float]
    weighted: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WeightedRound:
    """Weights of the levels that are made in steps; borrowed: level → the level above whose weight its records take;
    items: non-response to every question asked."""

    levels: Mapping[str, LevelWeights] = field(default_factory=dict)
    borrowed: Mapping[str, str] = field(default_factory=dict)
    items: tuple[ItemResponse, ...] = ()
