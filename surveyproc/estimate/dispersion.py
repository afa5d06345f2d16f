"""Variances and standard deviations of a variable in the population, with their scores."""

from __future__ import annotations

import numpy as np

from surveyproc.estimate.sums import Floats
from surveyproc.values import Statistic

DISPERSION = (Statistic.VARIANCE, Statistic.SD)


def dispersion(statistic: Statistic, values: Floats, weights: Floats) -> tuple[float, Floats]:
    """The variance Σw(y − ȳ)²/Σw · n/(n − 1), or its root, over rows, and the score of each.

    n counts rows of weight above 0. Scores are (d − V)/Σw with d = (y − ȳ)²·n/(n − 1), that of the mean ȳ being 0 (R
    survey's svyvar), and of the root half of that over it. NaN and zeros where n is below 2.
    """
    cases = int((weights > 0).sum())
    if cases < 2:
        return np.nan, np.zeros(len(values))
    whole = float(weights.sum())
    middle = values[weights > 0][0]  # the same values give exactly 0
    centred = values - middle
    squares = (centred - float((weights * centred).sum()) / whole) ** 2 * (cases / (cases - 1))
    variance = float((weights * squares).sum()) / whole
    score: Floats = (squares - variance) / whole
    if statistic is Statistic.VARIANCE:
        return variance, score
    root = float(np.sqrt(variance))
    return root, score / (2.0 * root) if root > 0 else np.zeros(len(values))
