"""Jackknife replicates: each psu left out in its turn."""

from __future__ import annotations

import numpy as np

from surveyproc.values import Centre, Design, LonelyPsu, Replicates

CERTAIN = 1e-7  # share not drawn below which every psu was certain to be drawn; R survey's limit


def jackknife(design: Design, *, method: str, centre: Centre) -> Replicates:
    """A replicate a psu: 0 for it, n/(n − 1) for the others of its stratum; scale (1 − f)(n − 1)/n.

    Strata drawn with certainty have no replicates. A lonely psu has none under remove and certainty; under average the
    scales are times psus over replicates; under adjust it is 0 and the others H/(H − 1), scale (H − 1)/H (R survey's
    jknweights).
    """
    psus = np.bincount(design.psu_stratum, minlength=len(design.strata)).astype(np.float64)
    free = np.ones(len(psus)) if design.fpc is None else 1.0 - psus / design.fpc
    adjusted = design.lonely_psu is LonelyPsu.ADJUST
    stratum = design.psu_stratum
    left_out = np.flatnonzero((free[stratum] >= CERTAIN) & ((psus[stratum] > 1) | adjusted))
    own = stratum[left_out]
    drawn, strata = psus[own], np.float64(len(psus))
    lonely = drawn == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(lonely, strata / (strata - 1.0), drawn / (drawn - 1.0))
        scale = np.where(lonely, (strata - 1.0) / strata, free[own] * (drawn - 1.0) / drawn)
    touched = (stratum[:, None] == own) ^ lonely
    factors = np.where(touched, grown, 1.0)
    factors[left_out, np.arange(len(left_out))] = 0.0
    if design.lonely_psu is LonelyPsu.AVERAGE and len(left_out):
        scale = scale * (len(stratum) / len(left_out))
    return Replicates(method, factors, scale, df=float(len(stratum) - len(psus)), centre=centre)
