"""A population from how often its members were seen: one list with repeated contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from surveyproc.demography.fit import Fit, Floats, ratio
from surveyproc.demography.hidden import Hidden, hidden

Family = Literal["poisson", "geometric", "zelterman", "chao"]


def chao(seen_once: Floats, seen_twice: Floats, *, observed: Floats, form: Literal["plain", "bias_corrected"],
         level: float = 0.95) -> Hidden:  # fmt: skip
    """Chao's lower bound from f1 seen once, f2 seen twice and n seen at all, each (…).

    plain: n + f1²/(2·f2), V = f2·(r⁴/4 + r³ + r²/2), r = f1/f2 (Chao 1987); NaN where f2 = 0. bias_corrected: n + f1(f1
    − 1)/(2(f2 + 1)), V = f1(f1 − 1)/(2(f2 + 1)) + f1(2f1 − 1)²/(4(f2 + 1)²) + f1²·f2·(f1 − 1)²/(4(f2 + 1)⁴) (Chao
    2005). A lower bound under any differences between persons, unless a first contact removes them.
    """
    f1, f2, n = (np.asarray(a, dtype=np.float64) for a in (seen_once, seen_twice, observed))
    if form == "plain":
        r = ratio(f1, f2)
        return hidden(n, n + r * f1 / 2.0, f2 * (r**4 / 4.0 + r**3 + r**2 / 2.0), level=level)
    g = f2 + 1.0
    unseen = f1 * (f1 - 1.0) / (2.0 * g)
    variance = unseen + f1 * (2.0 * f1 - 1.0) ** 2 / (4.0 * g**2) + f1**2 * f2 * (f1 - 1.0) ** 2 / (4.0 * g**4)
    return hidden(n, n + unseen, variance, level=level)


def zelterman(seen_once: Floats, seen_twice: Floats, *, observed: Floats, level: float = 0.95) -> Hidden:
    """Zelterman's N = n/(1 − e^{−λ}), λ = 2·f2/f1, each (…), robust against those seen often (Zelterman 1988).

    V = n·g·(1 + n·g·λ²·(1/f1 + 1/f2)), g = e^{−λ}/(1 − e^{−λ})² (Böhning 2008). NaN where f1 or f2 is 0.
    """
    f1, f2, n = (np.asarray(a, dtype=np.float64) for a in (seen_once, seen_twice, observed))
    rate = ratio(2.0 * f2, f1)
    seen = np.where(rate > 0, -np.expm1(-rate), np.nan)
    g = np.exp(-rate) / seen**2
    variance = n * g * (1.0 + n * g * rate**2 * (ratio(np.ones_like(f1), f1) + ratio(np.ones_like(f2), f2)))
    return hidden(n, n / seen, variance, level=level)


@dataclass(frozen=True, slots=True)
class Repeats:
    """A zero-truncated regression and the population that it gives.

    coefficients (P,), covariance (P, P); log_likelihood of the records used; aic; population; persons (n,): the number
    each record stands for, seen and unseen; design, frequency and counts as used, for `strata`.
    """

    family: Family
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    aic: float
    population: Hidden
    persons: Floats
    design: Floats
    frequency: Floats
    counts: Floats


def zero_truncated(
    counts: Floats,
    design: Floats | None = None,
    *,
    family: Family,
    frequency: Floats | None = None,
    level: float = 0.95,
) -> Repeats:
    """The population from counts 1, 2, … a person and covariates, those never seen being missing.

    counts y (n,); design X (n, P), a column of ones where None; frequency (n,): persons with the same record (they
    enter the number observed). ln λ = Xβ. poisson: truncated Poisson, N = Σ 1/(1 − e^{−λ}) (van der Heijden, Bustami,
    Cruyff, Engbersen and van Houwelingen 2003). geometric: N = Σ (1 + 1/λ), λ the mean. zelterman and chao: logistic
    regression of being seen twice among those seen once or twice, ln(λ/2) = Xβ; N = Σ 1/(1 − e^{−λ}) over all, or n + Σ
    1/(λ + λ²/2) over those two groups (Böhning, Vidal-Diez, Lerdsuwansri, Viwatwongkasem and Arnold 2013). Variance:
    that of the counting given λ, Σ (1 − p)/p², and the delta term of β with the observed information. NOT_IDENTIFIED
    where this is singular.
    """
    y = np.asarray(counts, dtype=np.float64)
    x = np.ones((len(y), 1)) if design is None else np.asarray(design, dtype=np.float64)
    f = np.ones(len(y)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    if y.ndim != 1 or x.shape[:1] != y.shape or f.shape != y.shape:
        raise ValueError(f"counts {y.shape}, design {x.shape} and frequency {f.shape} are not of the same records")
    if not ((y >= 1) & (y == np.floor(y))).all() or not (f >= 0).all():
        raise ValueError("a count below 1 or not whole, or a negative frequency")
    beta, covariance, value, converged = _fit(x, y, f, PARTS[family])
    persons, _, _ = TOTALS[family](x @ beta, y)
    population = _population(x, y, f, beta, covariance=covariance, family=family, level=level)
    state = Fit.CONVERGED if converged else Fit.NOT_IDENTIFIED
    if not converged:
        nan = np.nan * population.value
        population = hidden(population.observed, nan, nan, state=state)
    return Repeats(family, beta, covariance, value, 2.0 * (len(beta) - value), population, persons, x, f, y)


def strata(fit: Repeats, groups: Floats, *, level: float = 0.95) -> Hidden:
    """Populations (G,) of the groups of records (n,) 0 … G − 1 of one fit; their sum is the whole's value.

    Variances share the covariance of β, so they do not add up.
    """
    numbers = np.asarray(groups, dtype=np.int64)
    found = [
        _population(
            fit.design, fit.counts, np.where(numbers == g, fit.frequency, 0.0), fit.coefficients,
            covariance=fit.covariance, family=fit.family, level=level,
        )
        for g in range(int(numbers.max()) + 1)
    ]  # fmt: skip
    return hidden(*(np.array([getattr(h, k) for h in found]) for k in ("observed", "value", "variance")), level=level)


def _population(
    x: Floats, y: Floats, f: Floats, beta: Floats, *, covariance: Floats, family: Family, level: float
) -> Hidden:
    persons, slope, counting = TOTALS[family](x @ beta, y)
    gradient = (f * slope) @ x
    variance = float((f * counting).sum() + gradient @ covariance @ gradient)
    return hidden(np.asarray(f.sum()), np.asarray((f * persons).sum()), np.asarray(variance), level=level)


Parts = Callable[[Floats, Floats], tuple[Floats, Floats, Floats]]


def _poisson_parts(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood, its slope and minus its curvature by η, record by record."""
    rate = np.exp(eta)
    seen = -np.expm1(-rate)
    value = y * eta - rate - np.log(seen) - special.gammaln(y + 1.0)
    return value, y - rate / seen, rate * (seen - rate * np.exp(-rate)) / seen**2


def _geometric_parts(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    share = special.expit(eta)
    return (y - 1.0) * eta - y * np.logaddexp(0.0, eta), y - 1.0 - y * share, y * share * (1.0 - share)


def _once_or_twice_parts(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    used, share = y <= 2, special.expit(eta)
    value = (y - 1.0) * eta - np.logaddexp(0.0, eta)
    return np.where(used, value, 0.0), np.where(used, y - 1.0 - share, 0.0), np.where(used, share * (1.0 - share), 0.0)


def _poisson_total(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Persons a record stands for, its slope by η, and its variance of counting."""
    rate = np.exp(eta)
    seen = -np.expm1(-rate)
    return 1.0 / seen, -rate * np.exp(-rate) / seen**2, np.exp(-rate) / seen**2


def _geometric_total(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    rate = np.exp(eta)
    return 1.0 + 1.0 / rate, -1.0 / rate, (1.0 + rate) / rate**2


def _zelterman_total(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    return _poisson_total(eta + np.log(2.0), y)


def _chao_total(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    used, rate = y <= 2, 2.0 * np.exp(eta)
    pair = rate + rate**2 / 2.0
    few = pair * np.exp(-rate)
    counting = (1.0 - few) * (1.0 + np.exp(-rate) / few) ** 2
    unseen, slope = 1.0 / pair, -rate * (1.0 + rate) / pair**2
    return 1.0 + np.where(used, unseen, 0.0), np.where(used, slope, 0.0), np.where(used, counting, 0.0)


PARTS: dict[Family, Parts] = {
    "poisson": _poisson_parts,
    "geometric": _geometric_parts,
    "zelterman": _once_or_twice_parts,
    "chao": _once_or_twice_parts,
}
TOTALS: dict[Family, Parts] = {
    "poisson": _poisson_total,
    "geometric": _geometric_total,
    "zelterman": _zelterman_total,
    "chao": _chao_total,
}


def _fit(x: Floats, y: Floats, f: Floats, parts: Parts) -> tuple[Floats, Floats, float, bool]:
    """Newton's method on a concave likelihood: coefficients, covariance, the value, and whether it ended."""
    root = np.sqrt(f)
    beta: Floats = np.linalg.lstsq(x * root[:, None], root * np.log(y - 0.9), rcond=None)[0].astype(np.float64)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for _ in range(200):
            value, slope, curve = parts(x @ beta, y)
            total, gradient = float((f * value).sum()), (f * slope) @ x
            information = x.T @ ((f * curve)[:, None] * x)
            if np.linalg.matrix_rank(information, hermitian=True) < len(beta):
                break
            step = np.linalg.solve(information, gradient)
            if float(gradient @ step) < 1e-18 * max(abs(total), 1.0):
                return beta, np.linalg.inv(information).astype(np.float64), total, True
            while not float((f * parts(x @ (beta + step), y)[0]).sum()) >= total - 1e-12 * abs(total):
                step /= 2.0
            beta = beta + step
    missing = np.full((len(beta), len(beta)), np.nan)
    return np.full(len(beta), np.nan), missing, float("nan"), False
