"""Weighted generalised linear models: iteratively reweighted least squares, collinear columns and separation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyproc.estimate.sums import Floats
from surveyproc.values import Family

Mask = NDArray[np.bool_]
COLLINEAR = 1e-9  # length left of a column once the columns before it are taken out, of its own
STEPS = 60
CLOSE = 1e-11  # change of the linear predictor, of its largest size, at which iteration ends
SURE = 1e-5  # fitted share nearer than this to 0 or 1 at which separation is looked for
GAIN = 1e-7


@dataclass(frozen=True, slots=True)
class Solution:
    """Coefficients (K) that solve Σ w x (y − μ) = 0, the inverse (K, K) of Σ w v x xᵀ, fitted means (n), and whether
    iteration came to an end.
    """

    beta: Floats
    inverse: Floats
    mean: Floats
    converged: bool


def mean_of(family: Family, eta: Floats) -> Floats:
    """The mean at a linear predictor."""
    if family is Family.LOGISTIC:
        return np.asarray(special.expit(eta), dtype=np.float64)
    return eta if family is Family.LINEAR else np.exp(np.minimum(eta, 700.0))


def slope_of(family: Family, mean: Floats) -> Floats:
    """dμ/dη at a mean; of these links also the variance function."""
    if family is Family.LOGISTIC:
        return mean * (1.0 - mean)
    return np.ones_like(mean) if family is Family.LINEAR else mean


def curvature_of(family: Family, mean: Floats) -> Floats:
    """d²μ/dη² at a mean."""
    if family is Family.LOGISTIC:
        return mean * (1.0 - mean) * (1.0 - 2.0 * mean)
    return np.zeros_like(mean) if family is Family.LINEAR else mean


def solve(y: Floats, x: Floats, *, weight: Floats, family: Family, start: Floats | None = None) -> Solution:
    """The pseudo-maximum-likelihood fit (Binder 1983), the point estimates of R survey's svyglm.

    y: (n); x: (n, K), its columns independent; weight: (n), taken relative to their mean; start: (K). Iteration goes on
    until the linear predictor stands still to CLOSE, or for STEPS steps (R stops when the deviance does to 1e-8).
    """
    w = weight / weight.mean() if weight.any() else weight
    eta = _first(y, w, family) if start is None else x @ start
    beta = np.zeros(x.shape[1]) if start is None else start
    converged, inverse = False, np.full((x.shape[1], x.shape[1]), np.nan)
    for _ in range(STEPS):
        mean = mean_of(family, eta)
        slope = slope_of(family, mean)
        information = (x * (w * slope)[:, None]).T @ x
        inverse = _inverse(information)
        if not np.isfinite(inverse).all():
            break
        if start is None:
            beta = inverse @ (x.T @ (w * (slope * eta + y - mean)))
            start = beta
        else:
            beta = beta + inverse @ (x.T @ (w * (y - mean)))
        moved = x @ beta
        if not np.isfinite(moved).all():
            break
        change, eta = np.abs(moved - eta).max(initial=0.0), moved
        if change <= CLOSE * max(1.0, np.abs(eta).max(initial=0.0)):
            converged = True
            break
    mean = mean_of(family, eta)
    information = (x * (w * slope_of(family, mean))[:, None]).T @ x
    return Solution(beta, _inverse(information) / _mean(weight), mean, converged)


def _mean(weight: Floats) -> float:
    return float(weight.mean()) if weight.any() else 1.0


def _inverse(information: Floats) -> Floats:
    """The inverse of a symmetric matrix, scaled first so that units of columns do not matter; NaN where singular."""
    size = np.sqrt(np.diag(information))
    if not (np.isfinite(size).all() and (size > 0).all()):
        return np.full_like(information, np.nan)
    try:
        inverse: Floats = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    return inverse


def _first(y: Floats, w: Floats, family: Family) -> Floats:
    """The linear predictor that iteration starts from, as R's families do."""
    if family is Family.LOGISTIC:
        return np.asarray(special.logit((w * y + 0.5) / (w + 1.0)), dtype=np.float64)
    return y if family is Family.LINEAR else np.log(y + 0.1)


def independent(x: Floats, weight: Floats) -> Mask:
    """Which columns (K) are no combination of those before them over rows of weight above zero."""
    rows = x[weight > 0]
    kept = np.zeros(x.shape[1], dtype=np.bool_)
    basis: list[Floats] = []
    for column in range(x.shape[1]):
        left = rows[:, column]
        length = float(np.linalg.norm(left))
        for _ in range(2):  # twice, since once leaves rounding of the columns taken out
            for direction in basis:
                left = left - direction * float(direction @ left)
        rest = float(np.linalg.norm(left))
        if length > 0 and rest > COLLINEAR * length:
            kept[column] = True
            basis.append(left / rest)
    return kept


def separated(y: Floats, x: Floats, *, weight: Floats, solution: Solution, family: Family) -> Mask:
    """Coefficients (K) that run away to infinity since a combination of columns tells outcomes apart without error.

    A linear programme finds a direction δ that only raises the likelihood: (2y − 1)·xδ ≥ 0 for all rows and above 0 for
    some (Albert and Anderson 1984; Konis 2007); of Poisson, xδ = 0 where y > 0 and xδ ≤ 0 where y = 0 (Correia,
    Guimarães and Zylkin 2020). It is solved only where fitted means come near their limits.
    """
    none = np.zeros(x.shape[1], dtype=np.bool_)
    used = weight > 0
    mean = solution.mean[used]
    if family is Family.LINEAR or not len(mean):
        return none
    near = np.minimum(mean, 1.0 - mean) if family is Family.LOGISTIC else mean[y[used] == 0]
    if solution.converged and not (near < SURE).any():
        return none
    rows: Floats = np.unique(np.column_stack((y[used] if family is Family.LOGISTIC else y[used] > 0, x[used])), axis=0)
    side: Mask = rows[:, 0] > 0
    cells: Floats = rows[:, 1:]
    scale = np.abs(cells).max(axis=0)
    cells = cells / np.where(scale > 0, scale, 1.0)
    signed = np.where(side, 1.0, -1.0)[:, None] * cells if family is Family.LOGISTIC else -cells[~side]
    fixed = cells[side] if family is Family.POISSON and side.any() else None
    from scipy import optimize  # a tenth of a second that most runs need not spend

    found = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=fixed,
        b_eq=None if fixed is None else np.zeros(len(fixed)),
        bounds=(-1.0, 1.0),
    )
    if found.status != 0 or -found.fun <= GAIN:
        return none
    away: Mask = np.abs(found.x) > GAIN
    return away
