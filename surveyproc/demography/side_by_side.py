"""All estimators of a hidden population that its data allow, in one table: their spread is part of the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveyproc.demography.fit import Floats
from surveyproc.demography.hidden import Hidden, two_lists
from surveyproc.demography.lists import closed_population_models, pair_models
from surveyproc.demography.reference_population import (
    Gamma,
    ReferenceModel,
    ReferencePopulation,
    reference_models,
    reference_population,
)
from surveyproc.demography.repeats import chao, zelterman, zero_truncated


@dataclass(frozen=True, slots=True)
class Line:
    """One estimator with its result and the assumption that it stands on; aic is NaN where there is none."""

    name: str
    population: Hidden
    assumes: str
    aic: float = float("nan")


def from_repeats(counts: Floats, *, frequency: Floats, level: float = 0.95) -> tuple[Line, ...]:
    """Every estimator for counts of contacts a person: counts k (n,) = 1, 2, … with their numbers of persons (n,)."""
    k, f = np.asarray(counts, dtype=np.float64), np.asarray(frequency, dtype=np.float64)
    once, twice, n = (np.asarray(part.sum()) for part in (f[k == 1], f[k == 2], f))
    poisson = zero_truncated(k, family="poisson", frequency=f, level=level)
    geometric = zero_truncated(k, family="geometric", frequency=f, level=level)
    return (
        Line("chao", chao(once, twice, observed=n, form="plain", level=level), "lower bound"),
        Line("chao_bias_corrected", chao(once, twice, observed=n, form="bias_corrected", level=level), "lower bound"),
        Line("zelterman", zelterman(once, twice, observed=n, level=level), "those seen rarely are like the unseen"),
        Line("truncated_poisson", poisson.population, "equal chances for all", poisson.aic),
        Line("truncated_geometric", geometric.population, "chances spread exponentially", geometric.aic),
    )


def from_two_lists(first: Floats, second: Floats, *, both: Floats, level: float = 0.95) -> tuple[Line, ...]:
    """Both formulas for two lists."""
    alone = "independent lists"
    plain = two_lists(first, second, both=both, formula="lincoln_petersen", level=level)
    better = two_lists(first, second, both=both, formula="chapman", level=level)
    return Line("lincoln_petersen", plain, alone), Line("chapman", better, alone + ", less bias in small samples")


def from_lists(histories: Floats, frequency: Floats, *, level: float = 0.95) -> tuple[Line, ...]:
    """Every model of closed populations and every log-linear model of pairs of lists, least AIC first."""
    closed = closed_population_models(histories, frequency, level=level)
    models = [*pair_models(histories, frequency, level=level), *(m for m in closed if m.name != "Mt")]
    order = sorted(models, key=lambda m: (not np.isfinite(m.aic), m.aic))
    return tuple(Line(m.name, m.population, m.note or "no dependence of all lists together", m.aic) for m in order)


def from_reference(
    seen: Floats,
    known: Floats,
    registered: Floats,
    *,
    gamma: Gamma = "estimated",
    design_alpha: Floats | None = None,
    design_beta: Floats | None = None,
    groups: Floats | None = None,
    level: float = 0.95,
) -> tuple[tuple[ReferenceModel, ReferencePopulation], ...]:
    """The reference-population model by all three estimators, whose results can differ fifty times."""
    models = reference_models(seen, known, registered, gamma=gamma, design_alpha=design_alpha, design_beta=design_beta)
    return tuple((m, reference_population(m, groups=groups, level=level)) for m in models)
