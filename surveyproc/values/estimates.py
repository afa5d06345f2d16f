"""What is estimated, in which cells, and the columns of an estimate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray


class Statistic(StrEnum):
    """What is estimated; all but quantiles are functions of weighted totals."""

    TOTAL = "total"  # Σwy
    MEAN = "mean"  # Σwy / Σw over known y
    PROPORTION = "proportion"  # a mean of 0/1
    DISTRIBUTION = "distribution"  # one proportion a category
    RESPONSE_SHARE = "response_share"  # an answer's part of all answers to a question that takes several
    RATIO = "ratio"  # Σwy / Σwx
    RATE = "rate"  # a ratio per `multiply`, e.g. 1,000
    QUANTILE = "quantile"  # the value below which a share of the weight lies
    FUNCTION = "function"  # any smooth function of weighted totals
    GINI = "gini"  # Gini coefficient of concentration
    QUANTILE_SHARE = "quantile_share"  # share of the whole held between two quantiles
    VARIANCE = "variance"  # of a variable in the population, with n/(n − 1)
    SD = "sd"  # its square root
    SHARE_RATIO = "share_ratio"  # what one quantile group holds over what another holds
    DIFFERENCE = "difference"  # of two estimates
    QUOTIENT = "quotient"  # of two estimates


# Categories of flows: "almaty → astana", "almaty → *" for all who started there; "in: almaty", "out", "net", "gross".
ARROW, ALL = " → ", "*"
BALANCE = ("in", "out", "net", "gross")

# How a quantile is read off a weighted distribution, and the interval of the share below it that Woodruff's interval is
# read from; names and results as R survey's `qrule` and `interval.type`.
QuantileRule = Literal["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]
Woodruff = Literal["mean", "xlogit", "beta", "asin"]


@dataclass(frozen=True, slots=True)
class QuantileAt:
    """Which quantile: 0 < probability < 1, read by a rule, with an interval."""

    probability: float
    rule: QuantileRule = "math"
    interval: Woodruff = "mean"


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a distribution between two shares of the population in ascending order, 0 ≤ low < high ≤ 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Holding:
    """What a band holds: as a share of the whole, or over what another band holds."""

    of: Band
    over: Band | None = None


@dataclass(frozen=True, slots=True)
class Slope:
    """A function's value at each of C points, its gradient by name, each (C), and where it has none: at a kink."""

    value: NDArray[np.float64]
    gradient: Mapping[str, NDArray[np.float64]]
    kink: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """A function of weighted totals. totals: name → float64 (n), NaN where missing; function: totals (C) → Slope."""

    totals: Mapping[str, NDArray[np.float64]]
    function: Callable[[Mapping[str, NDArray[np.float64]]], Slope]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to estimate at a level, as arrays of that level's rows.

    numerator: float64 (n), NaN where missing. denominator: the same, for RATIO and RATE; None means 1 for each known
    row. universe: bool (n). For DISTRIBUTION there is one Measure a category, told apart by `category`. Values, SEs and
    interval ends are reported times `multiply`.
    """

    indicator: str
    statistic: Statistic
    numerator: NDArray[np.float64]
    universe: NDArray[np.bool_]
    denominator: NDArray[np.float64] | None = None
    category: str = ""
    multiply: float = 1.0
    detail: QuantileAt | FunctionOf | Holding | None = None


@dataclass(frozen=True, slots=True)
class Disaggregation:
    """A partition of a level's rows into cells. codes: int32 (n), -1 = in no cell; `name` is 'total' for the whole."""

    name: str
    codes: NDArray[np.int32]
    cells: tuple[str, ...]


# Columns of an estimates frame, one row an estimate; documented in docs/estimates.md.
ESTIMATE_COLUMNS = (
    "round",
    "module",  # name@version
    "indicator",
    "statistic",
    "category",  # of a distribution, "p50" of several quantiles, else ""
    "domain",  # name of the disaggregation, "total" for the whole; of a comparison "area: urban − rural"
    "cell",  # cell of the disaggregation, "" for the whole; crossings joined by " × "
    "value",
    "se",
    "ci_low",
    "ci_high",
    "ci_method",  # t, logit, 2se, normal, beta, wilson, arcsine; of quantiles woodruff-mean, -xlogit, -beta, -asin
    "cv",
    "deff",
    "deft",
    "df",
    "t",  # of a comparison: the difference over its SE, or the ratio less 1
    "p_value",
    "n_unweighted",
    "n_effective",  # n_unweighted / deff
    "n_psus",
    "n_weighted",
    "kish",  # effect of unequal weights, n Σw² / (Σw)²
    "share_missing",  # weighted share of the universe in the cell with the measure missing
    "status",  # ok, empty, one_case, one_psu, boundary, constant, control, all_missing, open, kink
    "shown",  # publish, flag, suppress; suppressed rows carry no numbers in any output
    "marks",
    "lineage",
)
