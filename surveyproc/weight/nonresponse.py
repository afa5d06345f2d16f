"""Unknown eligibility and non-response: weights of some records are given to others of their class."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from surveyproc.values.weights import Weights
from surveyproc.weight.classes import Codes, spread, sums


class Role(IntEnum):
    """What became of a record drawn; names as in AAPOR Standard Definitions (2023)."""

    NONE = -1
    COMPLETE = 0
    PARTIAL = 1
    REFUSAL = 2
    NONCONTACT = 3
    OTHER = 4
    INELIGIBLE = 5
    UNKNOWN = 6


Roles = NDArray[np.int8]


def respondents(roles: Roles) -> NDArray[np.bool_]:
    """Records that gave an interview, whole or in part."""
    return np.asarray((roles == Role.COMPLETE) | (roles == Role.PARTIAL))


def eligible(roles: Roles) -> NDArray[np.bool_]:
    """Records known to be eligible: respondents and non-respondents."""
    return np.asarray((roles >= Role.COMPLETE) & (roles <= Role.OTHER))


def masked(weight: Weights, rows: NDArray[np.bool_]) -> Weights:
    """Weights (n) or (n, R), zero outside some rows (n)."""
    kept = np.zeros_like(weight)
    kept[rows] = weight[rows]
    return kept


def shares(weight: Weights, giving: NDArray[np.bool_], taking: NDArray[np.bool_], codes: Codes, count: int) -> Weights:
    """Factors by class, (C) or (C, R), by which the weight of all that give or take comes to lie on those that take.

    A class without weight has factor 1; where nobody takes it is infinite.
    """
    whole = sums(masked(weight, giving | taking), codes, count)
    held = sums(masked(weight, taking), codes, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, whole / held, 1.0)


def spread_unknown(weight: Weights, roles: Roles, codes: Codes, count: int) -> Weights:
    """Weight of records of unknown eligibility given to the known ones of their class, ineligible ones included.

    The share of the unknown that is eligible is so taken to be that of the known (Valliant, Dever and Kreuter 2018,
    section 13.4). Ineligible records keep their weight here; Σw is preserved in each class.
    """
    unknown = roles == Role.UNKNOWN
    known = (roles >= Role.COMPLETE) & ~unknown
    factor = shares(weight, unknown, known, codes, count)
    return masked(weight * spread(factor, codes), ~unknown)


def adjust_classes(weight: Weights, roles: Roles, codes: Codes, count: int) -> Weights:
    """Respondents take over the weight of the non-respondents of their class; all others get zero.

    Σ over respondents after is Σ over eligible records before, in each class (Oh and Scheuren 1983).
    """
    takes = respondents(roles)
    factor = shares(weight, eligible(roles) & ~takes, takes, codes, count)
    factor = np.where(np.isinf(factor), 0.0, factor)
    return masked(weight * spread(factor, codes), takes)
