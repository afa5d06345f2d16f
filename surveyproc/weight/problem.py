"""A calibration on cells: its constraints, which of them follow from others, and the search for its factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.weight.distance import Distance, Floats

DEPENDENT = 1e-12  # squared length left of a constraint beside those before it, below which it follows from them
RIDGE = 1e-13  # keeps a step finite where bounds hold every case of a constraint
HALVINGS = 60
DISAGREE = 1e-9  # relative gap of targets that should hang together


@dataclass(frozen=True, slots=True)
class System:
    """Find g = F(x·λ/spread) with Σ weight·x·g = totals; weight, spread: (C), weight above 0; x: (C, q)."""

    weight: Floats
    x: Floats
    totals: Floats
    spread: Floats

    def of(self, columns: NDArray[np.intp]) -> System:
        """The system of some of its constraints."""
        return System(self.weight, np.ascontiguousarray(self.x[:, columns]), self.totals[columns], self.spread)


@dataclass(frozen=True, slots=True)
class Relations:
    """kept: constraints that do not follow from those before them; of each other one, its coefficients (q) on these."""

    kept: NDArray[np.intp]
    others: tuple[tuple[int, Floats], ...]


def relations(system: System) -> Relations:
    """Which constraints follow from others, by orthogonalising the columns in their order."""
    root = np.sqrt(system.weight / system.spread)[:, None] * system.x
    length = np.sqrt((root**2).sum(axis=0))
    length = np.where(length > 0, length, 1.0)
    gram = (root.T @ root) / np.outer(length, length)
    kept: list[int] = []
    others: list[tuple[int, Floats]] = []
    for k in range(len(gram)):
        on = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, k]) if kept else np.zeros(0)
        if gram[k, k] - float(gram[kept, k] @ on) > DEPENDENT * max(gram[k, k], 1e-300):
            kept.append(k)
            continue
        coefficients = np.zeros(len(gram))
        coefficients[kept] = on * length[k] / length[kept]
        others.append((k, np.where(np.abs(coefficients) > 1e-8, coefficients, 0.0)))
    return Relations(np.array(kept, dtype=np.intp), tuple(others))


def contradictions(system: System, found: Relations, *, tolerance: float) -> list[tuple[int, Floats, float]]:
    """Constraints whose target is not what follows from those they hang on: (constraint, coefficients, gap)."""
    faults = []
    for k, coefficients in found.others:
        follows = coefficients * system.totals
        gap = float(system.totals[k] - follows.sum())
        size = abs(float(system.totals[k])) + float(np.abs(follows).sum())
        if abs(gap) > max(tolerance, DISAGREE) * size:
            faults.append((k, coefficients, gap))
    return faults


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search ended. g: (C); misfit: (q), Σ weight·x·g − totals."""

    g: Floats
    misfit: Floats
    iterations: int
    converged: bool


def solve(system: System, distance: Distance, *, tolerance: float, iterations: int) -> Search:
    """Newton's method on the dual, min Σ weight·spread·H(x·λ/spread) − totals·λ, which is convex: a step that does not
    come nearer is halved (Deville and Särndal 1992, eq. 2.4; Deville, Särndal and Sautory 1993).

    Ends when |misfit| ≤ tolerance·(1 + |total|) for each constraint, after one step more where that comes nearer.
    """
    size = np.sqrt(((system.weight / system.spread)[:, None] * system.x**2).sum(axis=0))
    size = np.where(size > 0, size, 1.0)
    x, totals = system.x / size, system.totals / size
    limit = tolerance * (1.0 + np.abs(system.totals)) / size
    coefficients = np.zeros(len(totals))
    u, steps, polished = np.zeros(len(system.weight)), 0, False
    g = distance.factor(u)
    misfit = x.T @ (system.weight * g) - totals
    value = _dual(system, distance, u, totals, coefficients)
    while steps < iterations:
        good = bool((np.abs(misfit) <= limit).all())
        if good and (polished or not misfit.any()):
            break
        polished = good
        bend = x.T @ (x * (system.weight / system.spread * distance.slope(u))[:, None])
        bend[np.diag_indices_from(bend)] += RIDGE
        step = -np.linalg.lstsq(bend, misfit, rcond=None)[0]
        steps += 1
        for _ in range(1 if good else HALVINGS):
            trial = coefficients + step
            ahead = x @ trial / system.spread
            factor = distance.factor(ahead)
            left = x.T @ (system.weight * factor) - totals
            then = _dual(system, distance, ahead, totals, trial)
            nearer = np.abs(left).max() < np.abs(misfit).max()
            if nearer or then < value + 1e-4 * float(misfit @ step):
                coefficients, u, g, misfit, value = trial, ahead, factor, left, then
                break
            step = step / 2.0
        else:
            if not good:
                break
    return Search(g, misfit * size, steps, bool((np.abs(misfit) <= limit).all()))


def _dual(system: System, distance: Distance, u: Floats, totals: Floats, coefficients: Floats) -> float:
    height = float((system.weight * system.spread) @ distance.potential(u))
    return height - float(totals @ coefficients)
