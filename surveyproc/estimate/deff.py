"""Design effects: the variance beside that of a simple random sample."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.moments import Moments
from surveyproc.estimate.sums import Floats

DeffKind = Literal["srs_replace", "srs", "dhs"]


def design_effects(
    se: Floats,
    moments: Moments,
    *,
    kind: DeffKind,
    total: NDArray[np.bool_],
    slope: Floats,
    below: Floats,
    cases: Floats,
) -> Floats:
    """Deff (C, J) of estimates; NaN where a simple random sample has no variance.

    s² is the weighted mean square (divisor Σw) of the linearised variable e: y − ȳ for means and totals, y − Rx for
    ratios, where e is scaled by N/X, N = Σw of the cases.
    srs_replace: SE²/(s²/(n − 1)), R survey's deff="replace". srs: the same with (N − n)/N in the divisor, R survey's
    deff=TRUE; NaN where the weights sum to less than n. dhs: SE²/((s² + SE²)/n), which reproduces the DEFT that DHS
    reports print; NaN for totals, which they do not give. slope: R − centre; below: X (1 for totals).
    """
    weight = moments.weight
    with np.errstate(invalid="ignore", divide="ignore"):
        square = (moments.yy - 2.0 * slope * moments.xy + slope**2 * moments.xx) / weight
        square = np.where(total, moments.yy / weight, square) * (weight / below) ** 2
        variance = se**2
        if kind == "dhs":
            effect = np.where(total, np.nan, variance * cases / (square + variance))
        else:
            free = np.where(weight >= cases, (weight - cases) / weight, np.nan) if kind == "srs" else 1.0
            effect = variance * (cases - 1) / (square * free)
    defined: Floats = np.where(np.isfinite(effect) & (square > 0), effect, np.nan)
    return defined
