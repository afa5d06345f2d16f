"""The sampling design of a record level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

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
    rank and not the psus tells the degrees of freedom; calibrated: how many steps of calibration each holds.
    """

    method: str
    factors: NDArray[np.float64]
    scale: NDArray[np.float64]
    df: float | None
    centre: Centre = Centre.ESTIMATE
    unit: NDArray[np.int32] | None = None
    calibrated: int = 0


# How a weight answers to a calibration: Deville and Särndal (1992), cases 1 (cut at bounds 7), 2 and 6.
CalibrationMethod = Literal["linear", "raking", "logit"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One step that calibrated weights to totals, as variances need to know it.

    cells: int32 (m), 0..C-1, of the records calibrated; auxiliary: float64 (C, q), x of each cell; before: float64 (m),
    weights before the step, equal in parts of the sample that are calibrated side by side; totals: float64 (q), what
    Σ w x came to. method, bounds, spread (C), margins: as given to the calibration, for it is done again in every
    replicate. residuals: regression takes from the scores of an estimate their regression on x (Särndal, Swensson and
    Wretman 1992, §6.6); sweeps takes off plain means of one margin after the other, ten times, which is what R survey's
    rake does. carried: where the records calibrated are not the rows of the design.
    """

    cells: NDArray[np.int32]
    auxiliary: NDArray[np.float64]
    before: NDArray[np.float64]
    totals: NDArray[np.float64]
    names: tuple[str, ...]
    method: CalibrationMethod = "linear"
    bounds: tuple[float, float] | None = None
    spread: NDArray[np.float64] | None = None
    margins: tuple[int, ...] | None = None
    residuals: Literal["regression", "sweeps"] = "regression"
    carried: Carried | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """Records that were calibrated, beside the rows of a design: record: int32 (n), each row's, -1 for none; design:
    that of the records (m), with the same psus, and their weights after all steps.
    """

    record: NDArray[np.int32]
    design: Design


@dataclass(frozen=True, slots=True)
class Design:
    """The sampling design at one record level, rows as in that level.

    weight: float64 (n); psu: int32 (n), 0..P-1, each psu inside one stratum; psu_stratum: int32 (P), 0..H-1;
    strata: H labels; fpc: float64 (H), psus in the population of each stratum, or None (with replacement); further:
    the stages after the first; lonely_in_domain: a stratum of which a domain holds a single psu is lonely too, and
    treated by the rule (R survey's survey.adjust.domain.lonely); replicates: where given, variances are theirs;
    calibrations: the steps that calibrated the weights, in the order made.
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
    calibrations: tuple[Calibration, ...] = ()
