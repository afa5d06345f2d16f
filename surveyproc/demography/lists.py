"""A population from three or more lists: log-linear models of who is on which, and models of closed populations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from surveyproc.demography.fit import Fit, Floats
from surveyproc.demography.hidden import Hidden, hidden

Terms = tuple[tuple[int, ...], ...]
MOST_LISTS = 5  # beyond, all models of pairs are too many: name those to fit
REMOVAL_NOTE = "needs occasions in their order"


@dataclass(frozen=True, slots=True)
class ListModel:
    """One model of the lists: its population, fit, and what its numbers rest on.

    deviance on df degrees of freedom, aic, bic (with the number observed). note: "" or a condition of the model.
    """

    name: str
    population: Hidden
    deviance: float
    df: int
    aic: float
    bic: float
    coefficients: Floats
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Poisson:
    """A fitted Poisson regression."""

    beta: Floats
    covariance: Floats
    mean: Floats
    converged: bool


def log_linear(
    histories: Floats, frequency: Floats, *, interactions: Sequence[tuple[int, ...]] = (), level: float = 0.95
) -> ListModel:
    """The population from a log-linear model of incomplete tables (Fienberg 1972; Bishop, Fienberg and Holland 1975).

    histories (H, K): 1 where a person is on the list, each of the 2^K − 1 patterns once; frequency (H,): persons of
    each pattern. interactions: sets of lists (from 0) that depend on each other, every subset of them being included.
    The unseen are e^{β0}, V = e^{β0} + e^{2β0}·V(β0). The interaction of all lists together is taken as none: it cannot
    be known. NOT_IDENTIFIED where a parameter runs off to infinity. ValueError for patterns that are not all there.
    """
    h, f = _checked(histories, frequency)
    lists = h.shape[1]
    sets = {part for term in interactions for part in _subsets(term)} | {(k,) for k in range(lists)}
    if any(max(term) >= lists or min(term) < 0 or len(term) >= lists for term in sets):
        raise ValueError(f"interactions {tuple(interactions)} of {lists} lists")
    design = _design([h[:, list(term)].prod(1) for term in sorted(sets, key=lambda t: (len(t), t))])
    return _model(generators(sets, lists), design, f, level=level)


def _subsets(term: Iterable[int]) -> set[tuple[int, ...]]:
    lists = sorted(set(term))
    return {part for size in range(1, len(lists) + 1) for part in combinations(lists, size)}


def generators(sets: Iterable[tuple[int, ...]], lists: int) -> str:
    """Name of a hierarchical model by its largest sets, lists counted from 1: [12,3,4]."""
    every = set(sets) | {(k,) for k in range(lists)}
    largest = [t for t in every if not any(set(t) < set(other) for other in every)]
    order = sorted(largest, key=lambda t: (-len(t), t))
    return "[" + ",".join("".join(str(k + 1) for k in t) for t in order) + "]"


def pair_models(histories: Floats, frequency: Floats, *, level: float = 0.95) -> tuple[ListModel, ...]:
    """Every log-linear model of pairs of lists, least AIC first; for at most five lists."""
    lists = np.asarray(histories).shape[-1]
    if lists > MOST_LISTS:
        raise ValueError(f"{lists} lists have too many models of pairs: name the interactions")
    pairs = [(a, b) for a, b in combinations(range(lists), 2) if lists > 2]
    chosen = [c for size in range(len(pairs) + 1) for c in combinations(pairs, size)]
    found = [log_linear(histories, frequency, interactions=c, level=level) for c in chosen]
    return tuple(sorted(found, key=lambda m: (not np.isfinite(m.aic), m.aic)))


def closed_population_models(histories: Floats, frequency: Floats, *, level: float = 0.95) -> tuple[ListModel, ...]:
    """Models of closed populations beside each other (Otis et al. 1978; Cormack 1989; Rivest and Baillargeon 2007).

    M0: equal chances. Mt: chances by list. Mh: by person, with Chao's lower bound (parts that are not positive left
    out) or a form of the differences: Poisson (base 2), Darroch, gamma (3.5). Mth: both. Mb: chances change once seen;
    Mbh: the same, and the first occasion differs. Mb and Mbh have a meaning only where the columns are occasions in
    their order. Two lists allow M0 and Mt only.
    """
    h, f = _checked(histories, frequency)
    times = h.sum(1)
    forms = {"Poisson2": 2.0**times - 1.0, "Darroch": times**2 / 2.0, "Gamma3.5": np.log(3.5 / (3.5 + times))}
    found = [_model("M0", _design([times]), f, level=level), _model("Mt", _design(list(h.T)), f, level=level)]
    if h.shape[1] == 2:
        return tuple(found)
    for name, base in (("Mh", [times]), ("Mth", list(h.T))):
        found.append(_lower_bound(f"{name} Chao (LB)", base, times, f, level=level))
        found += [_model(f"{name} {form}", _design([*base, x]), f, level=level) for form, x in forms.items()]
    return (*found, _removal("Mb", h, f, level=level), _removal("Mbh", h, f, level=level))


def _checked(histories: Floats, frequency: Floats) -> tuple[Floats, Floats]:
    h, f = np.asarray(histories, dtype=np.float64), np.asarray(frequency, dtype=np.float64)
    whole = h.ndim == 2 and f.shape == h.shape[:1] and np.isin(h, (0.0, 1.0)).all() and h.any(1).all()
    if not whole or len(np.unique(h, axis=0)) != len(h) or len(h) != 2 ** h.shape[1] - 1:
        raise ValueError("histories are not each of the 2^K − 1 patterns of 0 and 1 once, with their frequencies")
    if not (f >= 0).all() or not f.sum() > 0:
        raise ValueError("frequencies are negative, missing, or all 0")
    return h, f


def _design(columns: list[Floats]) -> Floats:
    return np.stack([np.ones_like(columns[0]), *columns], axis=1)


def _model(name: str, design: Floats, f: Floats, *, level: float) -> ListModel:
    """A model whose unseen are the exponential of its constant."""
    fit = _poisson(design, f)
    unseen = np.exp(fit.beta[0])
    variance = unseen + unseen**2 * fit.covariance[0, 0]
    return _result(name, design, f, fit, unseen=unseen, variance=variance, level=level)


def _result(
    name: str,
    design: Floats,
    f: Floats,
    fit: _Poisson,
    *,
    unseen: Floats,
    variance: Floats,
    level: float,
    note: str = "",
) -> ListModel:
    n = f.sum()
    known = fit.converged and np.isfinite(fit.covariance).all()
    state = Fit.CONVERGED if known else Fit.NOT_IDENTIFIED
    value, spread = (n + unseen, variance) if known else (np.nan * n, np.nan * n)
    deviance = float(2.0 * (special.xlogy(f, f) - special.xlogy(f, fit.mean) - (f - fit.mean)).sum())
    likelihood = float((special.xlogy(f, fit.mean) - fit.mean - special.gammaln(f + 1.0)).sum())
    size = design.shape[1]
    aic, bic = (-2.0 * likelihood + penalty * size for penalty in (2.0, float(np.log(n))))
    if not known:
        deviance, aic, bic = np.nan, np.nan, np.nan
    population = hidden(np.asarray(n), np.asarray(value), np.asarray(spread), level=level, state=state)
    return ListModel(name, population, deviance, len(f) - size, aic, bic, fit.beta, note)


def _lower_bound(name: str, base: list[Floats], times: Floats, f: Floats, *, level: float) -> ListModel:
    """Chao's model: a part for each number of lists above two, refitted without the last that is not positive."""
    extra = {k: np.maximum(times - k + 1.0, 0.0) for k in range(3, int(times.max()) + 1)}
    while True:
        design = _design([*base, *extra.values()])
        beta = _poisson(design, f).beta[1 + len(base) :]
        dropped = [k for k, b in zip(extra, beta, strict=True) if not b > 0]
        if not dropped:
            return _model(name, design, f, level=level)
        del extra[dropped[-1]]


def _removal(name: str, h: Floats, f: Floats, *, level: float) -> ListModel:
    """Mb or Mbh: a pattern first seen at occasion j has mean N·p·q^{j−1}·c^{k−1}(1 − c)^{T−j−k+1}, k times seen in all.

    In logs a + (j − 1)·b + (k − 1)·d with 1 − c = 1/(1 + e^d), q = e^b·(1 − c), N·p = e^a·(1 − c)^{1−T}; the unseen are
    N·q^T. Mbh gives occasion 1 a constant of its own, so that removal is read off the others.
    """
    occasions = h.shape[1]
    first, again = h.argmax(1).astype(np.float64), h.sum(1) - 1.0
    columns = [first, again] if name == "Mb" else [first, again, (first == 0).astype(np.float64)]
    design = _design(columns)
    fit = _poisson(design, f)
    a, b, d = fit.beta[:3]
    stay = -np.logaddexp(0.0, d)  # ln(1 − c)
    share = special.expit(d)
    log_q = b + stay
    p = -np.expm1(log_q)
    unseen = np.exp(a + (1.0 - occasions) * stay + occasions * log_q) / p
    by_log_q = occasions + np.exp(log_q) / p
    slope = np.zeros(len(fit.beta))
    slope[:3] = 1.0, by_log_q, -share * (1.0 - occasions + by_log_q)
    variance = unseen + unseen**2 * float(slope @ fit.covariance @ slope)
    if not 0 < p < 1:
        unseen, variance = np.nan * unseen, np.nan * unseen
    return _result(name, design, f, fit, unseen=unseen, variance=variance, level=level, note=REMOVAL_NOTE)


def _poisson(design: Floats, f: Floats) -> _Poisson:
    """Poisson regression by Newton's method with halved steps."""
    beta: Floats = np.linalg.lstsq(design, np.log(f + 0.5), rcond=None)[0].astype(np.float64)
    size = design.shape[1]
    missing = np.full((size, size), np.nan)
    for _ in range(100):
        mean = np.exp(design @ beta)
        information = design.T @ (mean[:, None] * design)
        scale = np.sqrt(np.diag(information))
        if not np.isfinite(information).all() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
            return _Poisson(beta, missing, mean, converged=False)
        gradient = design.T @ (f - mean)
        step = np.linalg.solve(information, gradient)
        if float(gradient @ step) < 1e-18 * max(1.0, float(f.sum())):
            inverse: Floats = np.linalg.inv(information).astype(np.float64)
            return _Poisson(beta, inverse, mean, converged=bool(np.abs(design @ beta).max() < 25.0))
        now = float(f @ (design @ beta) - mean.sum())
        while not float(f @ (design @ (beta + step)) - np.exp(design @ (beta + step)).sum()) >= now - 1e-12 * abs(now):
            step /= 2.0
        beta = beta + step
    return _Poisson(beta, missing, np.exp(design @ beta), converged=False)
