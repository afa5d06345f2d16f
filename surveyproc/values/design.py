"""The sampling design of a record level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class LonelyPsu(StrEnum):
    """What to do with a stratum that holds a single psu; names and results as R survey's options."""

    FAIL = "fail"
    ADJUST = "adjust"  # centred at the grand mean of psus instead of the stratum's own
    AVERAGE = "average"  # takes the mean variance of the other strata
    CERTAINTY = "certainty"  # contributes nothing: the psu was certain to be drawn
    REMOVE = "remove"  # contributes nothing


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of selection after the first: units drawn in strata that each lie in one unit of the stage before.

    unit: int32 (n), 0..U-1; unit_stratum: int32 (U), 0..H-1; stratum_parent: int32 (H), psu or unit of the stage
    before; fpc: float64 (H), units in the population of each stratum, infinite where drawn with replacement.
    """

    unit: NDArray[np.int32]
    unit_stratum: NDArray[np.int32]
    stratum_parent: NDArray[np.int32]
    fpc: NDArray[np.float64]


class Centre(StrEnum):
    """What squared deviations of replicate estimates are taken from."""

    ESTIMATE = "estimate"  # the estimate of the full sample (R survey's mse = TRUE)
    MEAN = "mean"  # the mean of the replicates


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights as factors of the weight: variance = Σ_r scale[r]·(θ_r − centre)².

    factors: float64 (U, R), a row a psu where unit is None, else a row a unit; unit: int32 (n), 0..U-1; scale: float64
    (R), scale × rscales of R survey; df: degrees of freedom at most, None for replicates that come with the data, whose
    rank and not the psus tells the degrees of freedom.
    """

    method: str
    factors: NDArray[np.float64]
    scale: NDArray[np.float64]
    df: float | None
    centre: Centre = Centre.ESTIMATE
    unit: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """The sampling design at one record level, rows as in that level.

    weight: float64 (n); psu: int32 (n), 0..P-1, each psu inside one stratum; psu_stratum: int32 (P), 0..H-1;
    strata: H labels; fpc: float64 (H), psus in the population of each stratum, or None (with replacement); further:
    the stages after the first; lonely_in_domain: a stratum of which a domain holds a single psu is lonely too, and
    treated by the rule (R survey's survey.adjust.domain.lonely); replicates: where given, variances are theirs.
    """

    level: str
    weight: NDArray[np.float64]
    psu: NDArray[np.int32]
    psu_stratum: NDArray[np.int32]
    strata: tuple[str, ...]
    fpc: NDArray[np.float64] | None = None
    lonely_psu: LonelyPsu = LonelyPsu.FAIL
    further: tuple[Stage, ...] = ()
    lonely_in_domain: bool = False
    replicates: Replicates | None = None
