"""Rogers–Castro model migration schedules: rates by age from 7, 9, 11 or 13 parameters, and their meaning."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from scipy import special

from surveyproc.demography.fit import Floats, ratio

Components = Literal[7, 9, 11, 13]
CORE = ("a1", "alpha1", "a2", "alpha2", "mu2", "lambda2")
RETIREMENT = ("a3", "alpha3", "mu3", "lambda3")
UPSLOPE = ("a4", "lambda4")
NAMES: dict[Components, tuple[str, ...]] = {
    7: (*CORE, "c"),
    9: (*CORE, *UPSLOPE, "c"),
    11: (*CORE, *RETIREMENT, "c"),
    13: (*CORE, *RETIREMENT, *UPSLOPE, "c"),
}


@dataclass(frozen=True, slots=True)
class RogersCastro:
    """Parameters of a schedule, numbers or arrays (…); a component that is not there is None.

    m(x) = a1·e^{−α1·x} + a2·e^{−α2(x−μ2) − e^{−λ2(x−μ2)}} + a3·e^{−α3(x−μ3) − e^{−λ3(x−μ3)}} + a4·e^{λ4·x} + c:
    childhood, labour force, retirement, upslope, constant (Rogers and Castro 1981, IIASA RR-81-30; Rogers, Little and
    Raymer 2010).
    """

    a1: Floats | float
    alpha1: Floats | float
    a2: Floats | float
    alpha2: Floats | float
    mu2: Floats | float
    lambda2: Floats | float
    c: Floats | float
    a3: Floats | float | None = None
    alpha3: Floats | float | None = None
    mu3: Floats | float | None = None
    lambda3: Floats | float | None = None
    a4: Floats | float | None = None
    lambda4: Floats | float | None = None

    def __post_init__(self) -> None:
        for part in (RETIREMENT, UPSLOPE):
            given = [name for name in part if getattr(self, name) is not None]
            if given and len(given) < len(part):
                raise ValueError(f"{', '.join(given)} without {', '.join(set(part) - set(given))}")


def components_of(parameters: RogersCastro) -> Components:
    """How many parameters the schedule has."""
    late, old = parameters.a3 is not None, parameters.a4 is not None
    return 13 if late and old else 11 if late else 9 if old else 7


def as_array(parameters: RogersCastro) -> Floats:
    """The parameters (…, P) in the order of `NAMES`."""
    values = [np.asarray(getattr(parameters, name), dtype=np.float64) for name in NAMES[components_of(parameters)]]
    return np.stack(np.broadcast_arrays(*values), axis=-1)


def from_array(values: Floats, components: Components) -> RogersCastro:
    """Parameters from an array (…, P) in the order of `NAMES`."""
    if values.shape[-1] != components:
        raise ValueError(f"{values.shape[-1]} values for {components} parameters")
    return RogersCastro(**{name: values[..., k] for k, name in enumerate(NAMES[components])})


def _parts(parameters: RogersCastro) -> dict[str, Floats]:
    """Parameters that are there, with an axis for ages."""
    found = {f.name: getattr(parameters, f.name) for f in fields(parameters)}
    return {name: np.asarray(value, dtype=np.float64)[..., None] for name, value in found.items() if value is not None}


def rogers_castro(ages: Floats, parameters: RogersCastro) -> Floats:
    """Rates (…, A) at exact ages (A,), per person and year in the unit of the parameters."""
    x, p = np.asarray(ages, dtype=np.float64), _parts(parameters)
    rate = p["a1"] * np.exp(-p["alpha1"] * x) + p["c"]
    rate = rate + p["a2"] * hump(x - p["mu2"], p["alpha2"], p["lambda2"])
    if "a3" in p:
        rate = rate + p["a3"] * hump(x - p["mu3"], p["alpha3"], p["lambda3"])
    if "a4" in p:
        rate = rate + p["a4"] * np.exp(p["lambda4"] * x)
    return np.asarray(rate)


def hump(d: Floats, alpha: Floats, lam: Floats) -> Floats:
    """e^{−α·d − e^{−λ·d}}, 0 far to the left of the peak."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-alpha * d - np.exp(-lam * d)))


def rate_integral(lower: Floats, upper: Floats, parameters: RogersCastro) -> Floats:
    """Exact integrals (…, A) of the schedule from lower to upper ages (A,); from 0 to the last age it is the GMR.

    A hump integrates to a/λ·[Γ(α/λ, e^{−λ(u−μ)}) − Γ(α/λ, e^{−λ(l−μ)})], Γ the upper incomplete gamma function.
    """
    low, up = (np.asarray(v, dtype=np.float64) for v in (lower, upper))
    p = _parts(parameters)
    child = np.exp(-p["alpha1"] * low) - np.exp(-p["alpha1"] * up)
    total = p["a1"] / p["alpha1"] * child + p["c"] * (up - low)
    for k in ("2", "3"):
        if "a" + k in p:
            a, alpha, mu, lam = (p[name + k] for name in ("a", "alpha", "mu", "lambda"))
            total = total + a * (_tail(low - mu, alpha, lam) - _tail(up - mu, alpha, lam))
    if "a4" in p:
        total = total + p["a4"] / p["lambda4"] * (np.exp(p["lambda4"] * up) - np.exp(p["lambda4"] * low))
    return np.asarray(total)


def _tail(d: Floats, alpha: Floats, lam: Floats) -> Floats:
    """Integral of a hump from d to infinity."""
    shape = alpha / lam
    with np.errstate(over="ignore"):
        return np.asarray(special.gammainc(shape, np.exp(-lam * d)) * special.gamma(shape) / lam)


def group_rates(lower: Floats, *, width: Floats, parameters: RogersCastro) -> Floats:
    """Mean rates (…, A) over age groups [lower, lower + width) of a population even within each."""
    low, wide = (np.asarray(v, dtype=np.float64) for v in (lower, width))
    return np.asarray(rate_integral(low, low + wide, parameters) / wide)


def relative_error(observed: Floats, fitted: Floats) -> Floats:
    """Mean absolute error as a percentage of the mean observed rate, 100·Σ|m̂ − m|/Σm over ages (last axis).

    (Rogers and Castro 1981, "mae%m"). NaN where the observed rates sum to 0.
    """
    seen = np.asarray(observed, dtype=np.float64)
    return 100.0 * ratio(np.abs(np.asarray(fitted) - seen).sum(-1), seen.sum(-1))


@dataclass(frozen=True, slots=True)
class ScheduleMeasures:
    """Measures of a schedule, each (…).

    child_dependency a1/a2; labour_dominance a2/a1; labour_asymmetry λ2/α2; regularity α1/α2; retirement_asymmetry λ3/α3
    (NaN without that part); labour_mode μ2 + ln(λ2/α2)/λ2 and retirement_mode alike, ages where each hump is highest;
    gmr: the integral from 0 to the last age; peak_age, peak_rate: highest rate from age 10 to 45; low_age: lowest
    before it; labour_shift: years between them; jump: rise of the rate between them. mean_age Σ∫x·m/∫m; share_young,
    share_working, share_old: shares of the gmr below 15, from 15 to 64, and above; parental_shift: mean over the ages
    of children up to low_age of the years to the age after the peak with the same rate, where there is one, NaN where
    none has (Rogers and Castro 1981, pp. 8–12).
    """

    child_dependency: Floats
    labour_dominance: Floats
    labour_asymmetry: Floats
    regularity: Floats
    retirement_asymmetry: Floats
    labour_mode: Floats
    retirement_mode: Floats
    gmr: Floats
    peak_age: Floats
    peak_rate: Floats
    low_age: Floats
    labour_shift: Floats
    jump: Floats
    mean_age: Floats
    share_young: Floats
    share_working: Floats
    share_old: Floats
    parental_shift: Floats


def schedule_measures(parameters: RogersCastro, *, last_age: float) -> ScheduleMeasures:
    """Measures of a schedule from age 0 to last_age; the ages of peak and low point are on a grid of a hundredth."""
    p = {name: value[..., 0] for name, value in _parts(parameters).items()}
    shape = np.broadcast_shapes(*(v.shape for v in p.values()))
    missing = np.full(shape, np.nan)
    late = "a3" in p
    grid = np.round(np.arange(0.0, 45.005, 0.01), 2)
    rates = rogers_castro(grid, parameters)
    top = 1000 + rates[..., 1000:].argmax(-1)
    before = np.where(np.arange(len(grid)) <= top[..., None], rates, np.inf)
    low = before.argmin(-1)
    peak_rate, low_rate = (np.take_along_axis(rates, k[..., None], axis=-1)[..., 0] for k in (top, low))
    gmr, mean_age, shares = _spread_over_ages(parameters, last_age)
    return ScheduleMeasures(
        child_dependency=ratio(p["a1"], p["a2"]),
        labour_dominance=ratio(p["a2"], p["a1"]),
        labour_asymmetry=ratio(p["lambda2"], p["alpha2"]),
        regularity=ratio(p["alpha1"], p["alpha2"]),
        retirement_asymmetry=ratio(p["lambda3"], p["alpha3"]) if late else missing,
        labour_mode=p["mu2"] + np.log(p["lambda2"] / p["alpha2"]) / p["lambda2"],
        retirement_mode=p["mu3"] + np.log(p["lambda3"] / p["alpha3"]) / p["lambda3"] if late else missing,
        gmr=gmr,
        peak_age=grid[top],
        peak_rate=peak_rate,
        low_age=grid[low],
        labour_shift=grid[top] - grid[low],
        jump=peak_rate - low_rate,
        mean_age=mean_age,
        share_young=shares[..., 0],
        share_working=shares[..., 1],
        share_old=shares[..., 2],
        parental_shift=_parental_shift(parameters, grid[low], grid[top], last_age=last_age),
    )


def _spread_over_ages(parameters: RogersCastro, last_age: float) -> tuple[Floats, Floats, Floats]:
    """GMR (…), mean age (…) by Gauss–Legendre points of single years, and shares (…, 3) to 15, to 65, above."""
    gmr = rate_integral(np.zeros(1), np.full(1, last_age), parameters)[..., 0]
    nodes, weights = np.polynomial.legendre.leggauss(6)
    edges = np.append(np.arange(0.0, last_age), last_age)
    half = np.diff(edges) / 2.0
    points = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    mass = rogers_castro(points.ravel(), parameters) * (half[:, None] * weights).ravel()
    cuts = np.minimum(np.array([0.0, 15.0, 65.0, np.inf]), last_age)
    shares = rate_integral(cuts[:-1], cuts[1:], parameters)
    return gmr, ratio((mass * points.ravel()).sum(-1), gmr), ratio(shares, gmr[..., None])


def _parental_shift(parameters: RogersCastro, low: Floats, top: Floats, *, last_age: float) -> Floats:
    """Mean years from each tenth of a year of childhood to the age after the peak with the same rate."""
    ages = np.arange(0.0, last_age + 0.05, 0.1)
    rates = rogers_castro(ages, parameters)
    shape = rates.shape[:-1]
    means = []
    for m, a, b in zip(rates.reshape(-1, len(ages)), np.ravel(low), np.ravel(top), strict=True):
        after = ages >= b
        if not after.any():
            means.append(np.nan)
            continue
        fall = np.minimum.accumulate(m[after])
        children = ages[ages <= a]
        there = (m[: len(children)] <= fall[0]) & (m[: len(children)] >= fall[-1])
        parents = np.interp(-m[: len(children)], -fall, ages[after])
        means.append((parents - children)[there].mean() if there.any() else np.nan)
    return np.array(means).reshape(shape)
