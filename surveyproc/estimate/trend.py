"""Change and trend over rounds whose samples were drawn independently of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveyproc.estimate.sums import Floats
from surveyproc.estimate.tails import two_sided_t, upper_chi2


@dataclass(frozen=True, slots=True)
class Trend:
    """A change, or a change per unit of time, with its t test.

    df: by Satterthwaite (1946) from those of the rounds. departure, departure_df, departure_p: of the rounds from a
    straight line, Σ (y − ŷ)²/se² referred to χ²; NaN of fewer than three rounds. status: ok; empty: fewer than two
    rounds have a value with an SE above 0, or all have one time. Numbers are NaN where it is not ok.
    """

    value: float
    se: float
    ci_low: float
    ci_high: float
    t: float
    df: float
    p: float
    rounds: int
    departure: float
    departure_df: float
    departure_p: float
    status: str


def linear_trend(time: Floats, value: Floats, se: Floats, df: Floats, *, level: float = 0.95) -> Trend:
    """The weighted least-squares line through estimates of independent rounds, weights 1/se² (all arrays (rounds)).

    Rounds without a value or with an SE that is not above 0 are left out. The SE is that of known variances, se² of
    each round, and not of the scatter about the line, for a few rounds say little of that (Korn and Graubard 1999, ch.
    8, on several surveys). With two rounds the trend times the time between them is their difference. The rounds must
    not share psus: those of a panel are tied, which this does not know.
    """
    used = np.isfinite(value) & (se > 0) & (df > 0)
    time, value, variance, df = time[used], value[used], se[used] ** 2, df[used]
    weight = 1.0 / variance
    apart = time - float((weight * time).sum()) / weight.sum() if used.any() else time
    below = float((weight * apart**2).sum())
    if used.sum() < 2 or not below > 0:
        return _none(int(used.sum()))
    share = weight * apart / below  # the trend is Σ share·value
    slope, var = float(share @ value), float(share**2 @ variance)
    middle = float((weight * value).sum() / weight.sum())
    rest = float((weight * (value - middle - slope * apart) ** 2).sum())
    rest_df = float(used.sum() - 2)
    degrees, spread = satterthwaite(share**2 * variance, df), float(np.sqrt(var))
    half = float(special.stdtrit(degrees, (1.0 + level) / 2.0)) * spread
    return Trend(
        value=slope,
        se=spread,
        ci_low=slope - half,
        ci_high=slope + half,
        t=slope / spread,
        df=degrees,
        p=float(two_sided_t(np.array(slope / spread), np.array(degrees))),
        rounds=int(used.sum()),
        departure=rest if rest_df > 0 else np.nan,
        departure_df=rest_df if rest_df > 0 else np.nan,
        departure_p=upper_chi2(rest, rest_df) if rest_df > 0 else np.nan,
        status="ok",
    )


def change(before: tuple[float, float, float], after: tuple[float, float, float], *, level: float = 0.95) -> Trend:
    """The difference of two independent rounds, after less before, each (value, se, df)."""
    time = np.array([0.0, 1.0])
    columns = (np.array(pair, dtype=np.float64) for pair in zip(before, after, strict=True))
    return linear_trend(time, *columns, level=level)


def satterthwaite(parts: Floats, df: Floats) -> float:
    """Degrees of freedom of a sum of independent variances (parts), each with its own (Satterthwaite 1946)."""
    return float(parts.sum() ** 2 / (parts**2 / df).sum())


def _none(rounds: int) -> Trend:
    nothing = np.nan
    return Trend(
        *(nothing, nothing, nothing, nothing, nothing, nothing, nothing), rounds, nothing, nothing, nothing, "empty"
    )
