"""Calibration of weights to known totals, on the cells in which auxiliary variables do not vary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import CalibrationMethod
from surveyproc.weight.diagnose import diagnose, screen
from surveyproc.weight.distance import Distance, Floats, make_distance
from surveyproc.weight.problem import System, contradictions, relations, solve
from surveyproc.weight.result import Calibrated, Constraint, Failure

Codes = NDArray[np.integer[Any]]


def calibrate(
    weight: Floats,
    cells: Codes,
    auxiliary: Floats,
    *,
    totals: Floats,
    names: Sequence[str],
    method: CalibrationMethod = "linear",
    bounds: tuple[float, float] | None = None,
    margins: Sequence[int] | None = None,
    spread: Floats | None = None,
    tolerance: float = 1e-10,
    iterations: int = 100,
) -> Calibrated:
    """Factors g, one a cell, with Σ weight·g·x = totals, as near to 1 as the method measures it.

    weight: float64 (n), 0 or more; cells: integers (n), 0..C-1; auxiliary: float64 (C, q), x of each cell, one column a
    constraint; with a variable that differs from row to row cells are the rows, 0..n-1. totals, names: q. linear: the
    regression estimator (GREG), poststratification where x are indicators of one partition; factors may be negative.
    raking: multiplicative, what iterated proportional fitting comes to. logit: between two bounds, needed. bounds: of
    g, on either side of 1. spread: float64 (C), the variance of the model behind a linear calibration up to a factor
    (R survey's `variance`). margins: a number for each constraint, the same for the categories of one margin, -1 for a
    constraint that is none; categories of one margin can be joined, which is how a failure is mended. A constraint that
    follows from others is kept where its target does too, so all categories of all margins may be given. Where a
    failure is found there are no factors at all: partial weights are not made.

    Deville and Särndal (1992), Journal of the American Statistical Association 87, 376-382. Equal to R survey's
    calibrate, which stops at tolerance 1e-7. Raises ValueError for arrays that do not fit or bounds that do not hold 1.
    """
    distance = make_distance(method, bounds)
    _check(weight, cells, auxiliary, totals, names)
    summed = np.bincount(cells, weights=weight, minlength=len(auxiliary)).astype(np.float64, copy=False)
    used = summed > 0
    some: Any = slice(None) if used.all() else used
    system = System(
        summed[some],
        np.asarray(auxiliary, dtype=np.float64)[some],
        np.asarray(totals, dtype=np.float64),
        np.ones(int(used.sum())) if spread is None else np.asarray(spread, dtype=np.float64)[some],
    )
    before = system.x.T @ system.weight
    factors, steps, failure, redundant = _factors(
        system, distance, names=names, margins=margins, tolerance=tolerance, iterations=iterations
    )
    by_cell = np.full(len(auxiliary), np.nan)
    by_cell[used] = np.nan if failure is not None else factors
    after = system.x.T @ (system.weight * factors)
    return Calibrated(
        g=np.where(weight > 0, by_cell[cells], 1.0) if failure is None else by_cell[cells],
        by_cell=by_cell,
        constraints=tuple(
            Constraint(*one) for one in zip(names, system.totals.tolist(), before.tolist(), after.tolist(), strict=True)
        ),
        iterations=steps,
        converged=failure is None,
        failure=failure,
        redundant=redundant,
    )


def _factors(
    system: System,
    distance: Distance,
    *,
    names: Sequence[str],
    margins: Sequence[int] | None,
    tolerance: float,
    iterations: int,
) -> tuple[Floats, int, Failure | None, tuple[str, ...]]:
    """Factors (C), steps made, the failure and the redundant constraints."""
    none = np.full(len(system.weight), np.nan)
    failure = screen(system, distance, names=names, margins=margins, tolerance=tolerance)
    if failure is not None:
        return none, 0, failure, ()
    found = relations(system)
    redundant = tuple(names[k] for k, _ in found.others)
    faults = contradictions(system, found, tolerance=tolerance)
    if faults:
        k, coefficients, gap = faults[0]
        others = [(names[j], -float(coefficients[j])) for j in np.flatnonzero(coefficients).tolist()]
        terms = ((names[k], 1.0), *others)
        return none, 0, Failure("contradictory", tuple(name for name, _ in terms), gap, terms), redundant
    search = solve(system, distance, found, tolerance=tolerance, iterations=iterations)
    if search.converged and np.isfinite(search.g).all():
        return search.g, search.iterations, None, redundant
    failure = diagnose(system, distance, search, found, names=names, margins=margins, tolerance=tolerance)
    return none, search.iterations, failure, redundant


def _check(weight: Floats, cells: Codes, auxiliary: Floats, totals: Floats, names: Sequence[str]) -> None:
    if auxiliary.ndim != 2 or auxiliary.shape[1] != len(totals) or len(totals) != len(names):
        raise ValueError(f"{auxiliary.shape} auxiliary values, {len(totals)} totals and {len(names)} names do not fit")
    if len(weight) != len(cells):
        raise ValueError(f"{len(weight)} weights and {len(cells)} cells do not fit")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise ValueError("weights to be calibrated are 0 or more")
    if not (np.isfinite(auxiliary).all() and np.isfinite(totals).all()):
        raise ValueError("auxiliary values and totals are known numbers")
