"""Rogers–Castro schedules fitted to rates or to counts, with what the data can and cannot tell about the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

from surveyproc.demography.fit import Fit, Floats
from surveyproc.demography.schedules import NAMES, Components, RogersCastro, as_array, components_of, from_array, hump

STOP: dict[str, Any] = {"max_nfev": 1000, "xtol": 1e-12, "ftol": 1e-13, "gtol": 1e-12}
Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Range = tuple[float, float]
PEAKS = {"mu2": (15.0, 35.0), "mu3": (55.0, 75.0)}
SLOPES = {"alpha1": (1e-3, 3.0), "alpha2": (1e-3, 3.0), "lambda2": (1e-2, 3.0), "alpha3": (1e-3, 3.0),
          "lambda3": (1e-2, 3.0), "lambda4": (1e-4, 0.3)}  # fmt: skip
PEAK_SLACK = 10.0  # years by which the age of a hump's top may lie outside the range of its μ
NODES = 8  # Gauss–Legendre points a group: exact to 1e-10 for slopes up to 1 in groups of five years


@dataclass(frozen=True, slots=True)
class ScheduleFit:
    """A fitted schedule.

    parameters, and values (P,) in the order of `NAMES`: the best of all starts whose humps peak where they belong.
    covariance (P, P) of the parameters, se its root; NaN where the information is singular. fitted (A,): rates at the
    ages or groups of the data. objective: sum of squares or deviance. identified (P,): SE known, not above the estimate
    (for μ: not above half its range), and the estimate not at an end of its range. modes (M, P): distinct minima within
    3.84 of the best in deviance, or below it with a hump astray; more than one means that the data do not choose.
    reached: share of starts that ended in the best. state: NOT_IDENTIFIED where a parameter is not, or modes are more.
    """

    parameters: RogersCastro
    values: Floats
    covariance: Floats
    se: Floats
    fitted: Floats
    objective: float
    identified: Bools
    modes: Floats
    reached: float
    state: Fit


@dataclass(frozen=True, slots=True)
class _Data:
    """Points x (A, K) with weights (A, K) that make a rate of each age or group, and what is fitted to them."""

    x: Floats
    mixing: Floats
    rates: Floats
    weights: Floats
    events: Floats | None
    exposure: Floats | None
    names: tuple[str, ...]
    ranges: Floats


def fit_to_rates(
    ages: Floats,
    rates: Floats,
    *,
    components: Components,
    weights: Floats | None = None,
    width: Floats | None = None,
    mu2: Range = PEAKS["mu2"],
    mu3: Range = PEAKS["mu3"],
    first: RogersCastro | None = None,
    starts: int = 12,
    seed: int = 0,
) -> ScheduleFit:
    """The schedule that minimises Σ w·(rate − m)²: weighted non-linear least squares.

    ages, rates (A,): exact ages, or lower ends of groups whose widths are given, of which m is the mean. weights: 1
    where None; best the inverse variances of the rates. Starts: the first given or a usual one, then random ones from
    the seed. The covariance is s²·(JᵀWJ)⁻¹, s² = minimum/(A − P). ValueError for shapes or fewer ages than parameters.
    """
    x, y = (np.asarray(v, dtype=np.float64) for v in (ages, rates))
    w = np.ones(y.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    data = _data(x, y, w, components, width=width, mu2=mu2, mu3=mu3, events=None, exposure=None)
    return _fit(data, components, first=first, starts=starts, seed=seed)


def fit_to_counts(
    ages: Floats,
    events: Floats,
    *,
    exposure: Floats,
    components: Components,
    width: Floats | None = None,
    mu2: Range = PEAKS["mu2"],
    mu3: Range = PEAKS["mu3"],
    first: RogersCastro | None = None,
    starts: int = 12,
    seed: int = 0,
) -> ScheduleFit:
    """The schedule of greatest Poisson likelihood: least deviance 2Σ[M·ln(M/μ) − (M − μ)], μ = exposure·m.

    events M and exposure (A,) in persons and person-years; the rest as in `fit_to_rates`. Covariance: the inverse
    information (JᵀWJ)⁻¹, W = exposure/m: for counts of a register, not for weighted counts of a survey.
    """
    x, m, p = (np.asarray(v, dtype=np.float64) for v in (ages, events, exposure))
    if p.shape != m.shape or not (p > 0).all() or not (m >= 0).all():
        raise ValueError("events and exposure are not counts at the same ages, or nobody is at risk at some age")
    data = _data(x, m / p, np.ones(m.shape), components, width=width, mu2=mu2, mu3=mu3, events=m, exposure=p)
    return _fit(data, components, first=first, starts=starts, seed=seed)


def _data(
    x: Floats,
    y: Floats,
    w: Floats,
    components: Components,
    *,
    width: Floats | None,
    mu2: Range,
    mu3: Range,
    events: Floats | None,
    exposure: Floats | None,
) -> _Data:
    if x.ndim != 1 or not x.shape == y.shape == w.shape or len(x) < components:
        raise ValueError(f"ages {x.shape}, rates {y.shape}, weights {w.shape}: not {components} or more of one length")
    if not (np.isfinite(y).all() and np.isfinite(w).all() and (w >= 0).all()):
        raise ValueError("a rate or weight is missing, or a weight is negative")
    points, mixing = age_points(x, width)
    names = NAMES[components]
    level = max(float(np.nanmax(y)), 1e-12)
    given = {**SLOPES, "mu2": mu2, "mu3": mu3, "c": (level * 1e-8, level), "a4": (level * 1e-8, level)}
    ranges = np.array([given.get(name, (level * 1e-6, level * 50.0)) for name in names])
    return _Data(points, mixing, y, w, events, exposure, names, ranges)


def age_points(ages: Floats, width: Floats | None) -> tuple[Floats, Floats]:
    """Points and weights (A, K), of sum 1, whose weighted rates are those at exact ages or the means of groups."""
    if width is None:
        return ages[:, None], np.ones((len(ages), 1))
    nodes, mixing = np.polynomial.legendre.leggauss(NODES)
    wide = np.broadcast_to(np.asarray(width, dtype=np.float64), ages.shape)
    return ages[:, None] + wide[:, None] * (nodes + 1.0) / 2.0, np.broadcast_to(mixing / 2.0, (len(ages), NODES))


def rates_and_slopes(theta: Floats, *, names: tuple[str, ...], x: Floats, mixing: Floats) -> tuple[Floats, Floats]:
    """Rates (A,) and their derivatives (A, P) by the parameters, mixed over the points of each age."""
    p = dict(zip(names, theta, strict=True))
    child = np.exp(-p["alpha1"] * x)
    rate, slope = p["a1"] * child + p["c"], {"a1": child, "alpha1": -p["a1"] * x * child, "c": np.ones_like(x)}
    for k in ("2", "3"):
        if "a" + k not in p:
            continue
        a, alpha, mu, lam = (p[name + k] for name in ("a", "alpha", "mu", "lambda"))
        d = x - mu
        g = hump(d, alpha, lam)
        with np.errstate(over="ignore", invalid="ignore"):
            steep = np.nan_to_num(g * np.exp(-lam * d), nan=0.0)  # e^{-αd - e^{-λd}} beats e^{-λd}
        rate = rate + a * g
        slope |= {"a" + k: g, "alpha" + k: -a * d * g}
        slope |= {"mu" + k: a * (alpha * g - lam * steep), "lambda" + k: a * d * steep}
    if "a4" in p:
        up = np.exp(p["lambda4"] * x)
        rate = rate + p["a4"] * up
        slope |= {"a4": up, "lambda4": p["a4"] * x * up}
    return (rate * mixing).sum(-1), np.stack([(slope[name] * mixing).sum(-1) for name in names], axis=-1)


def _natural(scaled: Floats, ranges: Floats, is_log: Bools) -> Floats:
    """Parameters from the scale of the search: logs of all but the ages of peaks, kept in their ranges."""
    plain = np.where(is_log, np.exp(np.where(is_log, scaled, 0.0)), scaled)
    return np.asarray(np.clip(plain, ranges[:, 0], ranges[:, 1]))


def _fit(data: _Data, components: Components, *, first: RogersCastro | None, starts: int, seed: int) -> ScheduleFit:
    if first is not None and components_of(first) != components:
        raise ValueError(f"the first start has {components_of(first)} parameters, not {components}")
    is_log = np.array([name not in ("mu2", "mu3") for name in data.names])
    low, high = (np.where(is_log, np.log(data.ranges[:, k]), data.ranges[:, k]) for k in (0, 1))

    def residuals(scaled: Floats) -> Floats:
        theta = _natural(scaled, data.ranges, is_log)
        return _residuals(data, rates_and_slopes(theta, names=data.names, x=data.x, mixing=data.mixing)[0])

    def jacobian(scaled: Floats) -> Floats:
        theta = _natural(scaled, data.ranges, is_log)
        rate, slope = rates_and_slopes(theta, names=data.names, x=data.x, mixing=data.mixing)
        return np.asarray(_residual_slope(data, rate)[:, None] * slope * np.where(is_log, theta, 1.0))

    ends = []
    for start in _starts(data, first=first, starts=starts, seed=seed):
        scaled = np.where(is_log, np.log(np.where(is_log, start, 1.0)), start)
        begin = np.clip(scaled, low + 1e-6 * (high - low), high - 1e-6 * (high - low))
        end = optimize.least_squares(residuals, begin, jacobian, bounds=(low, high), x_scale="jac", **STOP)
        ends.append((2.0 * float(end.cost), _natural(end.x, data.ranges, is_log), end.status > 0))
    return _result(data, components, sorted(ends, key=lambda e: (_astray(data, e[1]), e[0])))


def _astray(data: _Data, theta: Floats) -> bool:
    """Whether a hump has its top far from where it belongs: then it only mends another part of the curve."""
    p = dict(zip(data.names, theta, strict=True))
    for k in ("2", "3"):
        if "mu" + k in p:
            low, high = data.ranges[data.names.index("mu" + k)]
            top = p["mu" + k] + np.log(p["lambda" + k] / p["alpha" + k]) / p["lambda" + k]
            if not low - PEAK_SLACK <= top <= high + PEAK_SLACK:
                return True
    return False


def _residuals(data: _Data, rate: Floats) -> Floats:
    """Residuals whose squares sum to the objective: weighted differences, or signed roots of parts of the deviance."""
    if data.events is None or data.exposure is None:
        return np.asarray(np.sqrt(data.weights) * (rate - data.rates))
    m, mean = data.events, data.exposure * np.maximum(rate, 1e-300)
    part = 2.0 * (special.xlogy(m, m / mean) - (m - mean))
    return np.asarray(np.sign(mean - m) * np.sqrt(np.maximum(part, 0.0)))


def _residual_slope(data: _Data, rate: Floats) -> Floats:
    """Derivative of each residual by its rate; near a perfect fit that of the deviance root is exposure/√mean."""
    if data.events is None or data.exposure is None:
        return np.asarray(np.sqrt(data.weights))
    m, mean = data.events, data.exposure * np.maximum(rate, 1e-300)
    root = _residuals(data, rate)
    near = np.abs(mean - m) < 1e-6 * mean
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(near, 1.0 / np.sqrt(mean), (1.0 - m / mean) / root)
    return np.asarray(data.exposure * slope)


def _starts(data: _Data, *, first: RogersCastro | None, starts: int, seed: int) -> list[Floats]:
    level = float(np.nanmax(data.rates))
    usual = {
        **{"a1": 0.4 * level, "alpha1": 0.1, "c": 0.1 * level},
        **{"a2": 1.2 * level, "alpha2": 0.1, "mu2": 21.0, "lambda2": 0.4},
        **{"a3": 0.05 * level, "alpha3": 0.3, "mu3": 64.0, "lambda3": 0.3},
        **{"a4": 0.01 * level, "lambda4": 0.03},
    }
    middle = np.array([usual[name] for name in data.names])
    middle = np.clip(middle, data.ranges[:, 0], data.ranges[:, 1])
    begin = [middle if first is None else np.clip(as_array(first), data.ranges[:, 0], data.ranges[:, 1])]
    rng = np.random.default_rng(seed)
    for _ in range(starts - 1):
        drawn = middle * rng.lognormal(0.0, 0.8, len(middle))
        for name in ("mu2", "mu3"):
            if name in data.names:
                k = data.names.index(name)
                drawn[k] = rng.uniform(*data.ranges[k])
        begin.append(np.clip(drawn, data.ranges[:, 0], data.ranges[:, 1]))
    return begin


def _result(data: _Data, components: Components, ends: list[tuple[float, Floats, bool]]) -> ScheduleFit:
    objective, theta, converged = ends[0]
    rate, slope = rates_and_slopes(theta, names=data.names, x=data.x, mixing=data.mixing)
    count = data.events is not None and data.exposure is not None
    weights = data.exposure / np.maximum(rate, 1e-300) if count and data.exposure is not None else data.weights
    free = max(len(rate) - components, 1)
    spread = 1.0 if count else objective / free
    covariance = spread * inverse_information(slope.T @ (weights[:, None] * slope))
    se = np.sqrt(np.diag(covariance))
    identified = _identified(data, theta, se)
    near = 3.84 * spread
    modes = _distinct([t for o, t, _ in ends if o <= objective + near], data.ranges)
    rounding = 1e-6 if count else 1e-10 * float((data.weights * data.rates**2).sum())
    reached = float(np.mean([o <= objective + max(1e-6 * near, rounding) for o, _, _ in ends]))
    state = Fit.CONVERGED if converged else Fit.NOT_CONVERGED
    if converged and (not identified.all() or len(modes) > 1):
        state = Fit.NOT_IDENTIFIED
    return ScheduleFit(
        from_array(theta, components), theta, covariance, se, rate, objective, identified, modes, reached, state
    )


def inverse_information(information: Floats) -> Floats:
    """Inverse of an information matrix (P, P); NaN where it is singular to working precision."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (scale > 0).all() or not np.isfinite(information).all():
        return np.full(information.shape, np.nan)
    unit = information / np.outer(scale, scale)
    if np.linalg.cond(unit) > 1e13:
        return np.full(information.shape, np.nan)
    return np.asarray(np.linalg.inv(unit) / np.outer(scale, scale))


def _identified(data: _Data, theta: Floats, se: Floats) -> Bools:
    peak = np.array([name in ("mu2", "mu3") for name in data.names])
    low, high = data.ranges[:, 0], data.ranges[:, 1]
    bound = np.where(peak, (high - low) / 2.0, theta)
    edge = np.where(peak, 1e-4 * (high - low), 1e-4 * theta)
    at_end = (theta - low <= edge) | (high - theta <= edge)
    return np.asarray((se <= bound) & ~at_end)


def _distinct(found: list[Floats], ranges: Floats) -> Floats:
    """Minima that differ by more than a hundredth of the range of a peak or of a parameter's value."""
    kept: list[Floats] = []
    for theta in found:
        if not any((np.abs(theta - k) <= 0.01 * np.maximum(np.abs(k), 1e-2 * ranges[:, 1])).all() for k in kept):
            kept.append(theta)
    return np.array(kept)
