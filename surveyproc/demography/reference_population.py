"""A hidden population from a registered one of the same origin: the power model of Zhang, by three estimators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize, special

from surveyproc.demography.fit import Counts, Fit, Floats, ratio
from surveyproc.demography.schedule_fit import inverse_information

Estimator = Literal["least_squares", "poisson", "negative_binomial"]
Gamma = float | Literal["estimated"]
ESTIMATORS: tuple[Estimator, ...] = ("least_squares", "poisson", "negative_binomial")
Zeros = Literal["one_added", "dropped"]
GAMMA_RANGE = (1e-10, 0.5)
GAMMA_STARTS = (1e-4, 2e-3, 2e-2, 1e-1)


@dataclass(frozen=True, slots=True)
class ReferenceModel:
    """A fitted model E(m) = N^α·(γ + n/N)^β with α = Xα·a, β = Xβ·b.

    alpha (P,), beta (Q,), gamma, theta (NaN unless negative binomial); robust (P + Q, P + Q): covariance of (a, b)
    robust to the distribution (HC3; HC1 for the negative binomial), assumed: that of the model. log_likelihood, NaN for
    least squares. registered N and design_alpha as used. state: NOT_IDENTIFIED where γ ends at a bound, nobody is
    seen, or the information is singular.
    """

    estimator: Estimator
    alpha: Floats
    beta: Floats
    gamma: float
    theta: float
    robust: Floats
    assumed: Floats
    log_likelihood: float
    registered: Floats
    seen: Floats
    design_alpha: Floats
    state: Fit


@dataclass(frozen=True, slots=True)
class ReferencePopulation:
    """Hidden populations by group (G,): Σ N^α.

    observed: Σ m. value: plug-in. corrected: Σ N^α·e^{−½(ln N)²·V(α)}, less the bias of a curved function, V(α) that of
    the model. variance of value by the delta method with the robust covariance. lower, upper: log-normal interval of
    value, times corrected/value.
    """

    observed: Floats
    value: Floats
    corrected: Floats
    variance: Floats
    lower: Floats
    upper: Floats
    state: Counts


@dataclass(frozen=True, slots=True)
class _Data:
    m: Floats
    share: Floats
    log_n: Floats
    x: Floats
    z: Floats
    gamma: float | None  # None: to be estimated


def reference_model(
    seen: Floats,
    known: Floats,
    registered: Floats,
    *,
    estimator: Estimator,
    gamma: Gamma = "estimated",
    design_alpha: Floats | None = None,
    design_beta: Floats | None = None,
    zeros: Zeros = "one_added",
) -> ReferenceModel:
    """One fit of the model of Zhang (2008) as extended by Beręsewicz and Pawlukiewicz (2020).

    seen m (n,): hidden persons observed, such as apprehended; known n (n,): those of the same origin in a second
    source; registered N (n,) ≥ 1: the legal population of the origin. least_squares on ln m; where any m is 0, on ln(m
    + 1) of all records, or with zeros = dropped on ln m of the others. poisson and negative_binomial by likelihood.
    gamma: a number, needed where known is 0, or estimated between 0 and 0.5. Designs (n, P) and (n, Q) of α and β, a
    column of ones where None. The result hangs on the estimator: show all, see `reference_models`.
    """
    m, n, total = (np.asarray(v, dtype=np.float64) for v in (seen, known, registered))
    ones = np.ones((len(m), 1))
    x = ones if design_alpha is None else np.asarray(design_alpha, dtype=np.float64)
    z = ones if design_beta is None else np.asarray(design_beta, dtype=np.float64)
    if not m.shape == n.shape == total.shape == x.shape[:1] == z.shape[:1]:
        raise ValueError(f"seen {m.shape}, known {n.shape}, registered {total.shape}, designs {x.shape}, {z.shape}")
    if not ((m >= 0) & (n >= 0) & (total >= 1)).all():
        raise ValueError("a count is negative or missing, or a registered population is below 1")
    if gamma != "estimated" and not (gamma >= 0 and (gamma > 0 or (n > 0).all())):
        raise ValueError("gamma is below 0, or 0 where a known count is 0")
    used = (m > 0) | (estimator != "least_squares") | (zeros == "one_added")
    share, held = (n / total)[used], None if gamma == "estimated" else float(gamma)
    data = _Data(m[used], share, np.log(total[used]), x[used], z[used], held)
    fitted = _least_squares(data) if estimator == "least_squares" else _likelihood(data, estimator)
    return replace(_made(data, estimator, *fitted, registered=total), seen=m, design_alpha=x)


def reference_models(
    seen: Floats,
    known: Floats,
    registered: Floats,
    *,
    gamma: Gamma = "estimated",
    design_alpha: Floats | None = None,
    design_beta: Floats | None = None,
    zeros: Zeros = "one_added",
) -> tuple[ReferenceModel, ...]:
    """The model by every estimator, side by side; arguments as in `reference_model`."""
    return tuple(
        reference_model(
            seen,
            known,
            registered,
            estimator=e,
            gamma=gamma,
            design_alpha=design_alpha,
            design_beta=design_beta,
            zeros=zeros,
        )
        for e in ESTIMATORS
    )


def reference_population(
    model: ReferenceModel, *, groups: Floats | None = None, level: float = 0.95
) -> ReferencePopulation:
    """Populations of groups of records (n,) 0 … G − 1, all together where None."""
    number = np.zeros(len(model.seen), dtype=np.int64) if groups is None else np.asarray(groups, dtype=np.int64)
    member = (number == np.arange(number.max() + 1)[:, None]).astype(np.float64)
    size = model.design_alpha.shape[1]
    log_n = np.log(model.registered)
    each = np.exp(log_n * (model.design_alpha @ model.alpha))
    spread = np.einsum("np,pq,nq->n", model.design_alpha, model.assumed[:size, :size], model.design_alpha)
    value, corrected = member @ each, member @ (each * np.exp(-0.5 * log_n**2 * spread))
    slope = (member * (each * log_n)) @ model.design_alpha
    variance = np.einsum("gp,pq,gq->g", slope, model.robust[:size, :size], slope)
    reach = np.exp(float(special.ndtri((1.0 + level) / 2.0)) * ratio(np.sqrt(variance), value))
    state = np.full(value.shape, int(model.state), dtype=np.int64)
    lower, upper = corrected / reach, corrected * reach
    return ReferencePopulation(member @ model.seen, value, corrected, variance, lower, upper, state)


def _columns(data: _Data, gamma: float) -> Floats:
    """Columns of ln E(m) in (a, b) for a given γ."""
    return np.hstack([data.x * data.log_n[:, None], data.z * np.log(gamma + data.share)[:, None]])


def _least_squares(data: _Data) -> tuple[Floats, float, float, float]:
    y = np.log(data.m + 1.0) if (data.m == 0).any() else np.log(data.m)

    def lost(log_gamma: float) -> float:
        columns = _columns(data, float(np.exp(log_gamma)))
        return float(((y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]) ** 2).sum())

    gamma = data.gamma
    if gamma is None:
        grid = np.linspace(np.log(1e-6), np.log(GAMMA_RANGE[1]), 60)
        best = int(np.argmin([lost(g) for g in grid]))
        ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        gamma = float(np.exp(optimize.minimize_scalar(lost, bounds=ends, method="bounded", options={"xatol": 1e-10}).x))
    found: Floats = np.linalg.lstsq(_columns(data, gamma), y, rcond=None)[0].astype(np.float64)
    return found, gamma, float("nan"), float("nan")


def _likelihood(data: _Data, estimator: Estimator) -> tuple[Floats, float, float, float]:
    """Coefficients, γ, θ and log-likelihood, the best of several starts of γ."""
    size = data.x.shape[1] + data.z.shape[1]
    negative, free = estimator == "negative_binomial", data.gamma is None
    y = np.log(data.m + 1.0)
    ends = []
    for gamma in GAMMA_STARTS if data.gamma is None else (data.gamma,):
        coefficients = np.linalg.lstsq(_columns(data, gamma), y, rcond=None)[0]
        begin = np.concatenate([coefficients, [0.0] * negative, [np.log(gamma)] * free])
        ends.append(_scored(data, estimator, begin))
    value, best = max(ends, key=lambda end: end[0])
    gamma = float(np.exp(best[-1])) if data.gamma is None else data.gamma
    theta = float(np.exp(best[size])) if negative else float("nan")
    return best[:size], gamma, theta, value


def _scored(data: _Data, estimator: Estimator, begin: Floats) -> tuple[float, Floats]:
    """Fisher scoring with halved steps; θ, whose information with the rest is 0 on average, by a step of its own."""
    size = data.x.shape[1] + data.z.shape[1]
    low, high = np.full(len(begin), -np.inf), np.full(len(begin), np.inf)
    if estimator == "negative_binomial":
        low[size], high[size] = np.log(1e-3), np.log(1e6)
    if data.gamma is None:
        low[-1], high[-1] = np.log(GAMMA_RANGE[0]), np.log(GAMMA_RANGE[1])
    at = begin
    value, scores = _scores(data, estimator, at)
    for _ in range(500):
        gradient = scores.sum(0)
        information = _expected(data, estimator, at)
        step = np.linalg.lstsq(information, gradient, rcond=1e-13)[0]
        step *= min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-300))
        total, gain = float(value.sum()), 0.0
        for _half in range(40):
            to = np.clip(at + step, low, high)
            value, scores = _scores(data, estimator, to)
            gain = float(value.sum()) - total
            if gain >= 0:
                break
            step /= 2.0
        else:
            break
        at = to
        if gain < 1e-11 * max(abs(total), 1.0) and float(np.abs(step).max()) < 1e-7:
            break
    return float(_scores(data, estimator, at)[0].sum()), at


def _expected(data: _Data, estimator: Estimator, at: Floats) -> Floats:
    """Expected information of (a, b) and ln γ, and the slope of its score for ln θ."""
    size, width = data.x.shape[1] + data.z.shape[1], data.x.shape[1]
    gamma = float(np.exp(at[-1])) if data.gamma is None else data.gamma
    columns = _columns(data, gamma)
    mean = np.exp(np.minimum(columns @ at[:size], 30.0))
    negative = estimator == "negative_binomial"
    theta = float(np.exp(at[size])) if negative else np.inf
    weights = mean / (1.0 + mean / theta)
    if data.gamma is None:
        columns = np.column_stack([columns, (data.z @ at[width:size]) * gamma / (gamma + data.share)])
    information = columns.T @ (weights[:, None] * columns)
    if not negative:
        return np.asarray(information)
    step = np.zeros(len(at))
    step[size] = 1e-4
    ends = [float(_scores(data, estimator, at + s)[1][:, size].sum()) for s in (step, -step)]
    curve = max(-(ends[0] - ends[1]) / 2e-4, 1e-3 * len(mean))
    return np.asarray(np.insert(np.insert(information, size, 0.0, 0), size, np.eye(len(at))[size] * curve, 1))


def _lost(data: _Data, estimator: Estimator) -> Callable[[Floats], tuple[float, Floats]]:
    """Minus the log-likelihood and its slope by (a, b), ln θ where negative binomial, and ln γ where estimated."""

    def lost(parameters: Floats) -> tuple[float, Floats]:
        value, scores = _scores(data, estimator, parameters)
        return -float(value.sum()), -scores.sum(0)

    return lost


def _scores(data: _Data, estimator: Estimator, parameters: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood (n,) and scores (n, K) of the records."""
    size, width = data.x.shape[1] + data.z.shape[1], data.x.shape[1]
    gamma = float(np.exp(parameters[-1])) if data.gamma is None else data.gamma
    columns = _columns(data, gamma)
    log_mean = np.minimum(columns @ parameters[:size], 30.0)
    mean, m = np.exp(log_mean), data.m
    extra: list[Floats] = []
    if estimator == "poisson":
        value, pull = m * log_mean - mean - special.gammaln(m + 1.0), m - mean
    else:
        theta = float(np.exp(parameters[size]))
        value = special.gammaln(m + theta) - special.gammaln(theta) - special.gammaln(m + 1.0)
        value = value + theta * np.log(theta) + m * log_mean - (m + theta) * np.log(theta + mean)
        pull = (m - mean) * theta / (theta + mean)
        by_theta = special.digamma(m + theta) - special.digamma(theta) + np.log(theta) + 1.0 - np.log(theta + mean)
        extra.append(theta * (by_theta - (m + theta) / (theta + mean)))
    if data.gamma is None:
        extra.append(pull * (data.z @ parameters[width:size]) * gamma / (gamma + data.share))
    return value, np.column_stack([pull[:, None] * columns, *extra])


def _made(
    data: _Data,
    estimator: Estimator,
    coefficients: Floats,
    gamma: float,
    theta: float,
    value: float,
    *,
    registered: Floats,
) -> ReferenceModel:
    columns = _columns(data, gamma)
    width, size = data.x.shape[1], columns.shape[1]
    if data.gamma is None:
        columns = np.column_stack([columns, (data.z @ coefficients[width:]) / (gamma + data.share)])
    log_mean = columns[:, :size] @ coefficients
    mean = np.exp(log_mean)
    if estimator == "least_squares":
        y = np.log(data.m + 1.0) if (data.m == 0).any() else np.log(data.m)
        weights, off = np.ones(len(y)), y - log_mean
        scale = float((off**2).sum()) / max(len(y) - columns.shape[1], 1)
    else:
        weights = mean if estimator == "poisson" else mean * theta / (theta + mean)
        off, scale = (data.m - mean) / mean, 1.0
    bread = inverse_information(columns.T @ (weights[:, None] * columns))
    if estimator == "negative_binomial":
        robust = _full_sandwich(data, coefficients, gamma, theta)
    else:
        leverage = weights * np.einsum("np,pq,nq->n", columns, bread, columns)
        influence = (columns * (weights * off / (1.0 - leverage))[:, None]) @ bread
        robust = influence.T @ influence
    inside = data.gamma is not None or GAMMA_RANGE[0] * 1.01 < gamma < GAMMA_RANGE[1] * 0.99
    known = inside and bool(data.m.any()) and bool(np.isfinite(robust[:size, :size]).all())
    return ReferenceModel(
        estimator, coefficients[:width], coefficients[width:], gamma, theta, robust[:size, :size],
        scale * bread[:size, :size], value, registered, data.m, data.x, Fit.CONVERGED if known else Fit.NOT_IDENTIFIED,
    )  # fmt: skip


def _full_sandwich(data: _Data, coefficients: Floats, gamma: float, theta: float) -> Floats:
    """Covariance of all parameters from the scores and the observed information, times n/(n − K) (HC1)."""
    at = np.concatenate([coefficients, [np.log(theta)], [np.log(gamma)] * (data.gamma is None)])
    step = 1e-5
    lost = _lost(data, "negative_binomial")
    information = np.array([(lost(at + s)[1] - lost(at - s)[1]) / (2.0 * step) for s in step * np.eye(len(at))])
    bread = inverse_information((information + information.T) / 2.0)
    _, scores = _scores(data, "negative_binomial", at)
    n, k = scores.shape
    return np.asarray(bread @ (scores.T @ scores) @ bread * n / (n - k))
