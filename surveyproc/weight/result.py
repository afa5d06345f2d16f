"""What a calibration gives: factors and how each constraint was met, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Cause = Literal["empty", "zero", "contradictory", "bounds", "infeasible", "not_converged"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A total that weights have to meet: its target, and what the weights gave before and after."""

    name: str
    target: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no weights meet the constraints.

    empty: no case of weight above zero has anything of a constraint whose target is not 0.
    zero: the target is 0 and the sample has cases of it, which a positive weight cannot undo.
    contradictory: constraints that hang together have targets that do not, e.g. margins with different sums; terms says
    how: Σ coefficient·target should be 0, and is gap.
    bounds: weights would meet the constraints without the bounds; reachable are the narrowest that would do, widened
    from 1 in the proportion of those given.
    infeasible: no weights that the method allows meet all; the constraints named cannot be met beside the others.
    not_converged: the search stopped; the constraints are those not met.
    collapse: pairs of categories of one margin; joined, all of them, weights are found; none where no such was found.
    """

    cause: Cause
    constraints: tuple[str, ...]
    gap: float = 0.0
    terms: tuple[tuple[str, float], ...] = ()
    reachable: tuple[float, float] | None = None
    collapse: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Factors of weights. by_cell: float64 (C), NaN in a cell without weight; both all NaN where there is a failure.

    constraints: in the order given; redundant: names of those that follow from constraints before them.
    """

    g: Floats  # (n)
    by_cell: Floats
    constraints: tuple[Constraint, ...]
    iterations: int
    converged: bool
    failure: Failure | None = None
    redundant: tuple[str, ...] = ()
