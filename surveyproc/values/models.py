"""What is regressed on what: outcome, terms and family as arrays of a level's rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Family(StrEnum):
    """How the mean of the outcome hangs on the terms, and how its variance on the mean."""

    LINEAR = "linear"  # μ = η, constant variance
    LOGISTIC = "logistic"  # log(μ/(1 − μ)) = η, variance μ(1 − μ)
    POISSON = "poisson"  # log μ = η, variance μ


@dataclass(frozen=True, slots=True)
class Term:
    """An explanatory variable over n rows.

    A number: values float64 (n), NaN where missing. A categorical variable: values int32 (n), place of the category, -1
    where missing; every category but the reference has a coefficient.
    """

    name: str
    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Regression:
    """An outcome and its terms. outcome: float64 (n), NaN where missing; universe: bool (n)."""

    name: str
    family: Family
    outcome: NDArray[np.float64]
    terms: tuple[Term, ...]
    universe: NDArray[np.bool_]


# Columns of the frame of regressions, one row a number; documented in docs/tests-and-models.md.
MODEL_COLUMNS = (
    *("round", "module", "model", "family", "statistic", "term", "category", "reference"),
    *("value", "se", "ci_low", "ci_high", "t", "df1", "df", "p_value"),
    *("n_unweighted", "n_psus", "n_weighted", "share_missing", "status", "shown", "marks", "lineage"),
)

# Columns of the frame of tests, one row a test.
TEST_COLUMNS = (
    *("round", "module", "test", "kind", "statistic", "of", "by"),
    *("value", "df1", "df", "p_value", "estimate", "se"),
    *("n_unweighted", "n_psus", "n_weighted", "share_missing", "status", "shown", "marks", "lineage"),
)
