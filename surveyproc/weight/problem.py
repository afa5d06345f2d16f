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

    def gram(self, slope: Floats | float = 1.0) -> Floats:
        """Σ weight·slope/spread·x·x′ (q, q)."""
        gram: Floats = self.x.T @ (self.x * (self.weight * slope / self.spread)[:, None])
        return gram


@dataclass(frozen=True, slots=True)
class Relations:
    """kept: constraints that do not follow from those before them; of each other one, its coefficients (q) on these;
    gram: see `System.gram`.
    """

    kept: NDArray[np.intp]
    others: tuple[tuple[int, Floats], ...]
    gram: Floats


def relations(system: System) -> Relations:
    """Which constraints follow from others, by orthogonalising the columns in their order."""
    whole = system.gram()
    length = np.sqrt(np.diag(whole))
    length = np.where(length > 0, length, 1.0)
    gram = whole / np.outer(length, length)
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
    return Relations(np.array(kept, dtype=np.intp), tuple(others), whole)


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


@dataclass(frozen=True, slots=True)
class _Point:
    """A place on the way. coefficients λ: (q); u = x·λ/spread and g = F(u): (C); misfit: (q)."""

    coefficients: Floats
    u: Floats
    g: Floats
    misfit: Floats


def solve(system: System, distance: Distance, found: Relations, *, tolerance: float, iterations: int) -> Search:
    """Newton's method on the dual, min Σ weight·spread·H(x·λ/spread) − totals·λ, which is convex: a step that does not
    come nearer is halved (Deville and Särndal 1992, eq. 2.4; Deville, Särndal and Sautory 1993).

    Ends when |misfit| ≤ tolerance·(1 + |total|) for each constraint, after one step more where that comes nearer.
    """
    limit = tolerance * (1.0 + np.abs(system.totals))
    size = np.sqrt(np.diag(found.gram))
    size = np.where(size > 0, size, 1.0)
    fixed = distance.method == "linear" and not np.isfinite([distance.low, distance.high]).any()
    bend, steps, polished = found.gram, 0, False
    at = _point(system, distance, np.zeros(len(system.totals)))
    while steps < iterations:
        good = bool((np.abs(at.misfit) <= limit).all())
        if good and (polished or not at.misfit.any()):
            break
        polished = good
        if steps and not fixed:
            bend = system.gram(distance.slope(at.u))
        steps += 1
        step = _newton(bend, at.misfit, size, found.kept)
        ahead = _ahead(system, distance, at, step, size, tries=1 if good else HALVINGS)
        if ahead is None:
            if good:
                continue
            break
        at = ahead
    return Search(at.g, at.misfit, steps, bool((np.abs(at.misfit) <= limit).all()))


def _newton(bend: Floats, misfit: Floats, size: Floats, kept: NDArray[np.intp]) -> Floats:
    """The step of λ (q), 0 for constraints that follow from others."""
    inner = bend[np.ix_(kept, kept)] / np.outer(size[kept], size[kept])
    inner[np.diag_indices_from(inner)] += RIDGE
    step = np.zeros(len(size))
    step[kept] = -np.linalg.lstsq(inner, misfit[kept] / size[kept], rcond=None)[0] / size[kept]
    return step


def _ahead(system: System, distance: Distance, at: _Point, step: Floats, size: Floats, *, tries: int) -> _Point | None:
    """The first of ever shorter steps that comes nearer: by the largest misfit, or by the dual function."""
    far = float(np.abs(at.misfit / size).max())
    here = np.nan
    for _ in range(tries):
        ahead = _point(system, distance, at.coefficients + step)
        if float(np.abs(ahead.misfit / size).max()) < far:
            return ahead
        if np.isnan(here):
            here = _dual(system, distance, at)
        if _dual(system, distance, ahead) < here + 1e-4 * float(at.misfit @ step):
            return ahead
        step = step / 2.0
    return None


def _point(system: System, distance: Distance, coefficients: Floats) -> _Point:
    u = system.x @ coefficients / system.spread
    g = distance.factor(u)
    return _Point(coefficients, u, g, system.x.T @ (system.weight * g) - system.totals)


def _dual(system: System, distance: Distance, at: _Point) -> float:
    height = float((system.weight * system.spread) @ distance.potential(at.u))
    return height - float(system.totals @ at.coefficients)
