"""Iterated proportional fitting: the margins of a table met one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.weight.calibrate import calibrate
from surveyproc.weight.diagnose import screen
from surveyproc.weight.distance import Distance, Floats
from surveyproc.weight.problem import System
from surveyproc.weight.result import Calibrated, Constraint, Failure

Codes = NDArray[np.integer[Any]]


def rake(
    weight: Floats,
    cells: Codes,
    auxiliary: Floats,
    *,
    totals: Floats,
    names: Sequence[str],
    margins: Sequence[int],
    epsilon: float = 1.0,
    iterations: int = 10,
) -> Calibrated:
    """Factors by fitting each margin in turn (Deming and Stephan 1940), with the stopping rule of R survey's rake.

    auxiliary: 0/1 (C, q), the categories of all margins; margins: the margin of each. Stops once no cell of the table
    moves by epsilon between sweeps; below 1, epsilon is a part of the sum of weights. With R's own epsilon of 1
    the last margin is met and the others nearly so. Where it ends is `calibrate` by raking, which meets all of them and
    finds it sooner: use this to reproduce weights made so. Not converged after `iterations` sweeps: no factors.
    """
    summed = np.bincount(cells, weights=weight, minlength=len(auxiliary)).astype(np.float64, copy=False)
    system = System(summed, auxiliary, totals, np.ones(len(summed)))
    limit = epsilon * float(summed.sum()) if epsilon < 1 else epsilon
    groups = [np.flatnonzero(np.asarray(margins) == m) for m in dict.fromkeys(margins)]
    used = System(summed[summed > 0], auxiliary[summed > 0], totals, np.ones(int((summed > 0).sum())))
    failure = screen(used, Distance("raking", 0.0), names=names, margins=margins, tolerance=1e-10)
    table, sweeps, settled = summed.copy(), 0, False
    while failure is None and sweeps < iterations and not settled:
        before = table
        for group in groups:
            x = system.x[:, group]
            have = x.T @ table
            table = table * (x @ (totals[group] / np.where(have > 0, have, 1.0)))
        sweeps += 1
        settled = bool(np.abs(table - before).max() < limit)
    if failure is None and not settled:
        exact = calibrate(
            weight, cells, auxiliary, totals=totals, names=names, method="raking", margins=margins, iterations=200
        )
        failure = exact.failure or Failure("not_converged", _unmet(system, table, names))
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = np.where(summed > 0, table / summed, np.nan) if failure is None else np.full(len(summed), np.nan)
    reached = system.x.T @ np.where(np.isnan(factors), np.nan if failure else 0.0, table)
    return Calibrated(
        g=np.where(weight > 0, factors[cells], 1.0) if failure is None else factors[cells],
        by_cell=factors,
        constraints=tuple(
            Constraint(*one)
            for one in zip(names, totals.tolist(), (system.x.T @ summed).tolist(), reached.tolist(), strict=True)
        ),
        iterations=sweeps,
        converged=failure is None,
        failure=failure,
    )


def _unmet(system: System, table: Floats, names: Sequence[str]) -> tuple[str, ...]:
    off = np.abs(system.x.T @ table - system.totals) > 1e-6 * np.abs(system.totals)
    return tuple(name for name, bad in zip(names, off.tolist(), strict=True) if bad)
