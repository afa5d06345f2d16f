"""A stratified two-stage sample of a population: which households, with what weights, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.demo import answers
from surveyproc.demo.draws import Floats, Ints, spread, stream
from surveyproc.demo.population import Population

TAKE = 12  # households drawn in each enumeration area
COMPLETED, REFUSED, NOBODY_HOME = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn households (n), sorted as in the population.

    rows: int64 household rows; result: 1 completed, 2 refused, 3 nobody at home; base: design weight; weight: base
    adjusted for non-response in the enumeration area, 0 where not completed.
    """

    population: Population
    seed: int
    rows: Ints
    result: NDArray[np.int8]
    base: Floats
    weight: Floats

    def frames(self) -> dict[str, pd.DataFrame]:
        """Answers as given, by level: household, person, emigrant, transfer; see `answers` for the columns."""
        return answers.frames(
            self.population, self.rows, result=self.result, base=self.base, weight=self.weight, seed=self.seed
        )


def draw_sample(population: Population, *, seed: int) -> Sample:
    """Draw enumeration areas in each stratum and 12 households in each, both at random without replacement.

    One household in 33 does not answer, at random. base = N_h/n_h × M_i/12; weight = base × 12/answering in the area
    (Särndal, Swensson and Wretman 1992, ch. 4.3 and 15.6). Few areas of a stratum are drawn, so that the variance
    between drawn areas estimates the whole variance with little bias.
    """
    rng = stream(seed, "sample")
    chosen = _areas(population, rng)
    sizes = population.areas.households[chosen]
    keys = rng.random((len(chosen), int(sizes.max())))
    keys[np.arange(keys.shape[1]) >= sizes[:, None]] = 2.0
    picked = np.sort(np.argpartition(keys, TAKE, axis=1)[:, :TAKE], axis=1)
    rows = (population.areas.start[chosen][:, None] + picked).ravel()
    answered = rng.random((len(chosen), TAKE)) >= 0.03
    answered[~answered.any(axis=1), 0] = True
    stratum = population.areas.stratum[chosen]
    first_stage = population.strata.eas[stratum] / population.strata.drawn[stratum]
    base = np.repeat(first_stage * sizes / TAKE, TAKE)
    adjusted = base * TAKE / np.repeat(answered.sum(axis=1), TAKE)
    silent = np.where(rng.random(len(rows)) < 0.55, REFUSED, NOBODY_HOME)
    return Sample(
        population=population,
        seed=seed,
        rows=rows,
        result=np.where(answered.ravel(), COMPLETED, silent).astype(np.int8),
        base=base,
        weight=np.where(answered.ravel(), adjusted, 0.0),
    )


def _areas(population: Population, rng: np.random.Generator) -> Ints:
    """Rows of the areas drawn, sorted: in each stratum those with the smallest random keys."""
    stratum = population.areas.stratum
    order = np.lexsort((rng.random(len(stratum)), stratum))
    starts = np.cumsum(population.strata.eas) - population.strata.eas
    return np.sort(order[spread(starts, population.strata.drawn)])
