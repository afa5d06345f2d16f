"""What is known about the error of an input of a demographic method, and from which source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Cells = Literal["independent", "together"]


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance matrix (N, N) of the N values of one input in row-major order, with its degrees of freedom."""

    matrix: Floats
    df: float = np.inf


@dataclass(frozen=True, slots=True)
class Factor:
    """Rows (K, *shape) whose cross-product is the covariance matrix; inputs of one source share the K standard scores.

    Made by `jointly`.
    """

    rows: Floats
    df: float = np.inf


@dataclass(frozen=True, slots=True)
class ReplicateValues:
    """The input computed with each of R sets of replicate weights, (R, *shape); inputs of one source go set by set.

    Variance = scale · Σ rscales_r (θ_r − centre)², the centre being the full-sample value or the mean of the replicates
    (R survey's svrVar). df: degrees of freedom of the design; R − 1 where None.
    """

    values: Floats
    scale: float
    rscales: Floats | None = None
    centre: Literal["value", "mean"] = "value"
    df: float | None = None


@dataclass(frozen=True, slots=True)
class Cv:
    """Relative standard error, one number or one a cell; the value is the mean of the distribution."""

    cv: float | Floats
    distribution: Literal["normal", "lognormal"] = "normal"
    cells: Cells = "independent"


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper end that hold the true value with probability `level`; the value lies between them.

    normal: SD = width / 2z around the value. lognormal: SD of the log = ln(high/low) / 2z, the value the median.
    uniform: all values between the ends, widened by 1/level around their middle, are equally likely.
    """

    low: float | Floats
    high: float | Floats
    level: float = 0.95
    distribution: Literal["normal", "lognormal", "uniform"] = "normal"
    cells: Cells = "independent"


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Values that the input would have under each of several named assumptions; without probabilities, so no SE."""

    values: Mapping[str, Floats]


Spread = Covariance | Factor | ReplicateValues | Cv | Interval | Scenarios


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An input with the error it has. source: where the error comes from, as it is named in the result."""

    value: Floats
    source: str
    spread: Spread

    def __post_init__(self) -> None:
        value = np.asarray(self.value, dtype=np.float64)
        object.__setattr__(self, "value", value)
        fault = _fault(self.spread, value)
        if fault:
            raise ValueError(f"source {self.source}: {fault}")


def jointly(
    source: str, values: Mapping[str, ArrayLike], *, matrix: Floats, df: float = np.inf
) -> dict[str, Uncertain]:
    """Inputs of one source with one covariance matrix over all their values, in the order given, each row-major.

    Raises ValueError for a matrix of another size, or one that is no covariance matrix.
    """
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    ends = np.cumsum([array.size for array in arrays.values()])
    if matrix.shape != (ends[-1], ends[-1]):
        raise ValueError(f"source {source}: a matrix of shape {matrix.shape} for {ends[-1]} values")
    parts = np.split(covariance_factor(matrix), ends[:-1], axis=1)
    return {
        name: Uncertain(array, source, Factor(part.reshape(-1, *array.shape), df))
        for (name, array), part in zip(arrays.items(), parts, strict=True)
    }


def covariance_factor(matrix: Floats) -> Floats:
    """Rows F (K, N) with FᵀF = matrix, K its rank. Raises ValueError where it is not symmetric and non-negative."""
    matrix = np.asarray(matrix, dtype=np.float64)
    size = float(np.abs(matrix).max(initial=0.0))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise ValueError("a covariance matrix is square and finite")
    if np.abs(matrix - matrix.T).max(initial=0.0) > 1e-9 * size:
        raise ValueError("a covariance matrix is symmetric")
    # On the scale of correlations, so that small variances beside large ones are not lost.
    sd = np.sqrt(np.clip(np.diag(matrix), 0.0, None))
    safe = np.where(sd > 0, sd, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(safe, safe))
    if values.min(initial=0.0) < -1e-8:
        raise ValueError("a covariance matrix has no negative variance in any direction")
    kept = values > 1e-14
    factor: Floats = (vectors[:, kept] * np.sqrt(values[kept])).T * safe
    return factor


def score_rows(uncertain: Uncertain) -> Floats:
    """Change of the input per standard score, (K, *shape): the cross-product over K is its covariance matrix."""
    value, spread = uncertain.value, uncertain.spread
    match spread:
        case Factor(rows):
            return rows
        case Covariance(matrix):
            return covariance_factor(matrix).reshape(-1, *value.shape)
        case ReplicateValues(values, scale, rscales, centre):
            around = value if centre == "value" else values.mean(axis=0)
            weights = np.sqrt(scale * (np.ones(len(values)) if rscales is None else rscales))
            return weights.reshape(-1, *[1] * value.ndim) * (values - around)
        case Cv() | Interval():
            sd = _sd(spread, value)
            if spread.cells == "together":
                return sd[np.newaxis]
            return np.diag(sd.ravel()).reshape(-1, *value.shape)
        case Scenarios():
            raise TypeError("scenarios have no standard scores")


def independent_sd(uncertain: Uncertain) -> Floats | None:
    """The SD of each cell where cells are independent of each other, else None: no matrix is needed for these."""
    spread = uncertain.spread
    if isinstance(spread, Cv | Interval) and spread.cells == "independent":
        return _sd(spread, uncertain.value)
    return None


def score_count(uncertain: Uncertain) -> int:
    """How many standard scores move the input."""
    return len(score_rows(uncertain)) if independent_sd(uncertain) is None else uncertain.value.size


def on_line(uncertain: Uncertain, scores: Floats) -> Floats:
    """Values (n, *shape) of the input at standard scores (n, K), on straight lines at its SD."""
    sd = independent_sd(uncertain)
    if sd is not None:
        return uncertain.value + scores.reshape(-1, *sd.shape) * sd
    return uncertain.value + np.tensordot(scores, score_rows(uncertain), axes=1)


def drawn(uncertain: Uncertain, scores: Floats) -> Floats:
    """Values (n, *shape) of the input at standard normal scores (n, K), following its distribution."""
    value, spread = uncertain.value, uncertain.spread
    if not isinstance(spread, Cv | Interval) or spread.distribution == "normal":
        return on_line(uncertain, scores)
    each = scores.reshape(-1, *([1] * value.ndim if spread.cells == "together" else value.shape))
    if isinstance(spread, Cv):
        sigma = np.sqrt(np.log1p(np.asarray(spread.cv, dtype=np.float64) ** 2))
        return np.asarray(value * np.exp(sigma * each - sigma**2 / 2.0))
    low, high = _ends(spread)
    if spread.distribution == "lognormal":
        return np.asarray(value * np.exp(_log_sd(spread) * each))
    middle, half = (low + high) / 2.0, (high - low) / 2.0 / spread.level
    return np.asarray(middle + half * (2.0 * special.ndtr(each) - 1.0))


def degrees(uncertain: Uncertain) -> float:
    """Degrees of freedom of the variance; infinite where nothing is said."""
    match uncertain.spread:
        case Covariance(_, df) | Factor(_, df):
            return df
        case ReplicateValues(values, df=df):
            return len(values) - 1.0 if df is None else df
        case _:
            return np.inf


def _sd(spread: Cv | Interval, value: Floats) -> Floats:
    if isinstance(spread, Cv):
        return np.asarray(np.abs(value) * spread.cv)
    low, high = _ends(spread)
    if spread.distribution == "uniform":
        sd = (high - low) / spread.level / np.sqrt(12.0)
    elif spread.distribution == "lognormal":
        square = _log_sd(spread) ** 2
        sd = value * np.sqrt(np.exp(square) * np.expm1(square))
    else:
        sd = (high - low) / (2.0 * special.ndtri((1.0 + spread.level) / 2.0))
    return np.asarray(np.broadcast_to(sd, value.shape))


def _log_sd(spread: Interval) -> Floats:
    low, high = _ends(spread)
    return np.asarray(np.log(high / low) / (2.0 * special.ndtri((1.0 + spread.level) / 2.0)))


def _ends(spread: Interval) -> tuple[Floats, Floats]:
    return np.asarray(spread.low, dtype=np.float64), np.asarray(spread.high, dtype=np.float64)


def _fault(spread: Spread, value: Floats) -> str:
    """What is wrong with a spread for values of this shape, "" for nothing."""
    match spread:
        case Covariance(matrix) if matrix.shape != (value.size, value.size):
            return f"a matrix of shape {matrix.shape} for {value.size} values"
        case Factor(rows) if rows.shape[1:] != value.shape:
            return f"rows of shape {rows.shape[1:]} for values of shape {value.shape}"
        case ReplicateValues(values, _, rscales):
            if values.shape[1:] != value.shape or not len(values):
                return f"replicates of shape {values.shape[1:]} for values of shape {value.shape}"
            if rscales is not None and np.shape(rscales) != (len(values),):
                return f"{np.size(rscales)} scales for {len(values)} replicates"
        case Cv(cv) if not (np.all(np.asarray(cv) >= 0) and _fits(cv, value)):
            return "a cv is one number or one a cell, and not negative"
        case Interval():
            return _interval_fault(spread, value)
        case Scenarios(values) if not values or any(np.shape(v) != value.shape for v in values.values()):
            return f"each scenario needs values of shape {value.shape}"
    return ""


def _interval_fault(spread: Interval, value: Floats) -> str:
    low, high = _ends(spread)
    if not (_fits(low, value) and _fits(high, value)):
        return "an interval has one lower and upper end, or one a cell"
    if not (np.all(low <= value) and np.all(value <= high)):
        return "the value lies outside its interval"
    if spread.distribution == "lognormal" and not np.all(low > 0):
        return "a lognormal interval lies above 0"
    top = 1.0 if spread.distribution == "uniform" else np.nextafter(1.0, 0.0)
    return "" if 0 < spread.level <= top else "the level lies between 0 and 1"


def _fits(number: float | Floats, value: Floats) -> bool:
    return np.ndim(number) == 0 or np.shape(number) == value.shape
