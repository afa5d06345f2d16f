"""How far to trim: the cutoff at which estimates have the least mean squared error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.weight.distance import Floats
from surveyproc.weight.trim import Sharing, trim

Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class CutoffSearch:
    """cutoff: the best of those tried, infinite where no trimming is; tried: (K), from the largest; relative_mse: (K),
    mean over variables of the mean squared error over that of the untrimmed mean; NaN where a cutoff cannot be kept.
    """

    cutoff: float
    tried: Floats
    relative_mse: Floats


def search_cutoff(
    weight: Floats,
    values: Floats,
    *,
    psu: Codes,
    psu_stratum: Codes,
    cutoffs: Sequence[float],
    cells: Codes | None = None,
    sharing: Sharing = "equally",
) -> CutoffSearch:
    """The upper limit of weights with the least mean squared error of weighted means, on average over some variables.

    values: float64 (n, V), known, the variables that the survey is about. Of each cutoff the bias² is estimated by
    max(0, (ȳ_c − ȳ)² − var(ȳ_c − ȳ)), to which the variance of ȳ_c is added; variances by linearisation, of psus drawn
    with replacement (after Potter 1990, Proceedings of the Survey Research Methods Section, ASA, 225-230, who leaves a
    negative bias² as it is). Trimming is by `trim` until all weights are within. Of equal errors the larger cutoff
    wins.
    """
    tried = np.concatenate(([np.inf], np.sort(np.asarray(cutoffs, dtype=np.float64))[::-1]))
    mean, scores = _mean(weight, values)
    variance = _variance(scores, psu, psu_stratum)
    errors = np.full(len(tried), np.nan)
    errors[0] = 1.0
    for k, cutoff in enumerate(tried[1:].tolist(), start=1):
        found = trim(weight, upper=cutoff, cells=cells, sharing=sharing)
        if found.impossible.any():
            continue
        moved, of_moved = _mean(found.weight, values)
        bias = np.maximum((moved - mean) ** 2 - _variance(of_moved - scores, psu, psu_stratum), 0.0)
        error = bias + _variance(of_moved, psu, psu_stratum)
        errors[k] = float(np.mean(error[variance > 0] / variance[variance > 0]))
    return CutoffSearch(float(tried[np.nanargmin(errors)]), tried, errors)


def _mean(weight: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Weighted means (V) and the weighted scores of each row (n, V)."""
    whole = weight.sum()
    mean = weight @ values / whole
    return mean, weight[:, None] * (values - mean) / whole


def _variance(scores: Floats, psu: Codes, psu_stratum: Codes) -> Floats:
    """Variances (V) of sums of scores; a stratum with one psu adds nothing."""
    drawn = np.bincount(psu_stratum).astype(np.float64)
    factor = np.divide(drawn, drawn - 1, out=np.zeros_like(drawn), where=drawn > 1)[psu_stratum]
    result = np.zeros(scores.shape[1])
    for v, column in enumerate(scores.T):
        sums = np.bincount(psu, weights=column, minlength=len(psu_stratum))
        centre = np.bincount(psu_stratum, weights=sums)[psu_stratum] / drawn[psu_stratum]
        result[v] = float((factor * (sums - centre) ** 2).sum())
    return result
