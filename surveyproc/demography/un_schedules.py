"""Model schedules of the United Nations, and totals of migrants spread over ages by a model schedule."""

from __future__ import annotations

from typing import Literal

import numpy as np

from surveyproc.demography.fit import Floats, ratio
from surveyproc.demography.schedules import RogersCastro, rogers_castro

Sex = Literal["female", "male"]
Pattern = Literal[
    "western_standard",
    "low_dependency",
    "high_dependency",
    "young_entry",
    "old_entry",
    "low_dependency_young_entry",
]

# Rural–urban in-migration, parameters that differ between patterns: a1, a2, mu2 (UN 1992, Preparing Migration Data for
# Subnational Population Projections, as tabulated in migest). Entry = entry into the labour force.
PATTERNS: dict[tuple[Pattern, Sex], tuple[float, float, float]] = {
    ("western_standard", "male"): (0.0215, 0.0694, 20.04),
    ("low_dependency", "male"): (0.0128, 0.0804, 20.04),
    ("high_dependency", "male"): (0.0303, 0.0582, 20.04),
    ("young_entry", "male"): (0.0215, 0.0691, 16.09),
    ("old_entry", "male"): (0.0215, 0.0691, 23.99),
    ("low_dependency_young_entry", "male"): (0.0128, 0.0800, 16.09),
    ("western_standard", "female"): (0.0233, 0.0766, 20.632),
    ("low_dependency", "female"): (0.0149, 0.0900, 20.632),
    ("high_dependency", "female"): (0.0318, 0.0632, 20.04),
    ("young_entry", "female"): (0.0233, 0.0766, 17.132),
    ("old_entry", "female"): (0.0233, 0.0766, 24.132),
    ("low_dependency_young_entry", "female"): (0.0149, 0.0900, 17.132),
}
# alpha1, alpha2, lambda2, c: the same in all patterns of a sex.
SHAPES: dict[Sex, tuple[float, float, float, float]] = {
    "male": (0.105, 0.112, 0.391, 0.0028),
    "female": (0.107, 0.1436, 0.4003, 0.0036),
}


def un_1992(pattern: Pattern, *, sex: Sex) -> RogersCastro:
    """Parameters of a model schedule of the UN (1992), of gross migraproduction rate about 1 from age 0 to 80."""
    a1, a2, mu2 = PATTERNS[pattern, sex]
    alpha1, alpha2, lambda2, c = SHAPES[sex]
    return RogersCastro(a1, alpha1, a2, alpha2, mu2, lambda2, c)


def age_shares(parameters: RogersCastro, *, ages: Floats, population: Floats | None = None) -> Floats:
    """Shares of migrants by single age (…, A), of sum 1, from a schedule; times the population at risk where given."""
    rates = rogers_castro(ages, parameters)
    migrants = rates if population is None else rates * np.asarray(population, dtype=np.float64)
    return ratio(migrants, migrants.sum(-1, keepdims=True))


def family_shares(female: RogersCastro, male: RogersCastro, *, ages: Floats) -> Floats:
    """Shares of net migrants by sex and single age (…, 2, A), female before male, of sum 1 over both.

    For families of net-migration profiles (UN 1989: family, male labour, female labour), whose parameters carry the
    sexes' shares in the levels of their curves. Multiply by a net total of either sign.
    """
    rates = np.stack(np.broadcast_arrays(rogers_castro(ages, female), rogers_castro(ages, male)), axis=-2)
    return ratio(rates, rates.sum((-2, -1), keepdims=True))
