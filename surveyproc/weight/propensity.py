"""Response propensity: a logistic model of response weighted by the survey's weights, and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values.weights import Weights
from surveyproc.weight.classes import Codes
from surveyproc.weight.nonresponse import masked, shares

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
STEPS = 50
CLOSE = 1e-12
CERTAIN = 1e-8  # a fitted propensity nearer to 0 or 1 tells of separation


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model. coefficients: (k), the first of the constant; design: (m, k) of the rows used; fitted: (m)."""

    coefficients: Floats
    design: Floats
    fitted: Floats


def indicators(predictors: Sequence[Codes]) -> Floats:
    """A constant and an indicator of each category that occurs but the first, (m, k); collinear ones are left out."""
    rows = len(predictors[0]) if predictors else 0
    columns = [np.ones(rows)]
    for codes in predictors:
        columns += [(codes == category).astype(np.float64) for category in np.unique(codes)[1:].tolist()]
    design = np.column_stack(columns)
    _, triangle = np.linalg.qr(design)
    size = np.abs(np.diag(triangle))
    return np.asarray(design[:, size > 1e-9 * size.max()], dtype=np.float64)


def fit_logistic(weight: Floats, answered: Mask, design: Floats, where: Place) -> Fit:
    """Coefficients that solve Σ w (y − p) x = 0, by Newton's method (Binder 1983); as R survey's svyglm.

    weight, answered: (m). Raises SurveyprocError where response is all or none in some part, so that no finite
    coefficients exist.
    """
    scaled = weight / weight.mean()
    y = answered.astype(np.float64)
    share = float((scaled * y).sum() / scaled.sum())
    if not 0.0 < share < 1.0:
        raise _failed(where, "everybody responded" if share else "nobody responded")
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(share / (1.0 - share))
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-design @ beta))
        gradient = design.T @ (scaled * (y - p))
        information = (design * (scaled * p * (1.0 - p))[:, None]).T @ design
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        if np.abs(beta).max() > 30.0:
            break
        if np.abs(step).max() <= CLOSE * max(1.0, float(np.abs(beta).max())):
            p = 1.0 / (1.0 + np.exp(-design @ beta))
            if min(float(p.min()), float(1.0 - p.max())) > CERTAIN:
                return Fit(beta, design, p)
            break
    raise _failed(where, "in some category all respond, or none")


def _failed(where: Place, why: str) -> SurveyprocError:
    what = "the model of response cannot be fitted"
    return SurveyprocError(
        [Problem("weight.propensity", where, what, got=why, hint="Join categories, or leave the predictor out.")]
    )


def propensity_classes(
    weight: Weights, predictors: Sequence[Codes], used: Mask, takes: Mask, number: int, where: Place
) -> Weights:
    """Classes of about equal size by fitted propensity; in each, respondents take over all weight.

    Little (1986); five classes remove most of the bias that the propensity could (Rosenbaum and Rubin 1984). Equal
    propensities are never split. weight: (n) or (n, R), each column with a model and classes of its own.
    """
    return _by_column(weight, lambda one: _classes(one, predictors, used, takes, number, where))


def propensity_inverse(weight: Weights, predictors: Sequence[Codes], used: Mask, takes: Mask, where: Place) -> Weights:
    """Weights of respondents over their fitted propensity (Cassel, Särndal and Wretman 1983); Σw is near kept."""

    def one(column: Floats) -> Floats:
        rows = np.flatnonzero(used & (column > 0))
        fit = fit_logistic(column[rows], takes[rows], indicators([codes[rows] for codes in predictors]), where)
        result = np.zeros(len(column))
        result[rows] = np.where(takes[rows], column[rows] / fit.fitted, 0.0)
        return result

    return _by_column(weight, one)


def _classes(weight: Floats, predictors: Sequence[Codes], used: Mask, takes: Mask, number: int, where: Place) -> Floats:
    rows = np.flatnonzero(used & (weight > 0))
    fit = fit_logistic(weight[rows], takes[rows], indicators([codes[rows] for codes in predictors]), where)
    fitted = np.round(fit.fitted, 10)  # equal propensities stay together whatever the order of summation
    edges = np.unique(np.quantile(fitted, np.arange(1, number) / number, method="inverted_cdf"))
    codes = np.full(len(weight), -1, dtype=np.int32)
    codes[rows] = np.searchsorted(edges, fitted, side="left")
    factor = shares(weight, used & ~takes, takes, codes, len(edges) + 1)
    if np.isinf(factor).any():
        raise _failed(where, "in a class of propensity nobody responded")
    result = masked(weight, takes)
    result[rows] *= factor[codes[rows]]
    return result


def _by_column(weight: Weights, one: object) -> Weights:
    assert callable(one)
    if weight.ndim == 1:
        return np.asarray(one(weight), dtype=np.float64)
    return np.stack([one(weight[:, r]) for r in range(weight.shape[1])], axis=1).astype(np.float64)
