"""Units in the population behind those drawn, from a column of sampling rates."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem

Holding = Literal["counts", "rates"]


def counts_of_rates(
    rates: NDArray[np.float64], stratum: NDArray[np.int64], unit_stratum: NDArray[np.int64], *, where: Place
) -> tuple[NDArray[np.float64], list[Problem]]:
    """Population counts by row (n) that sampling rates by row amount to: units drawn in the row's stratum / rate.

    stratum: (n), 0..H-1; unit_stratum: (U), that of each unit drawn. A rate of 1 says that every unit of the stratum
    was taken, so that it adds nothing to a variance; a rate of 0 that units were drawn with replacement.
    """
    bad = ~((rates >= 0) & (rates <= 1))
    if bad.any():
        problem = Problem(
            "design.fpc",
            replace(where, cases=int(bad.sum())),
            "sampling rates are missing, negative or above 1",
            expected="rates from 0 (with replacement) to 1 (all units taken)",
            hint="If the column counts the units of the population, leave holds: rates out.",
        )
        return rates, [problem]
    drawn = np.bincount(unit_stratum)
    with np.errstate(divide="ignore"):
        return drawn[stratum] / rates, []
