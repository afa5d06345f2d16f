"""Why constraints cannot be met, and which categories to join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import optimize, sparse

from surveyproc.weight.distance import Distance, Floats
from surveyproc.weight.problem import Relations, Search, System, contradictions, relations, solve
from surveyproc.weight.result import Failure

LARGEST_PROGRAM = 4_000_000  # entries of a linear programme
NEAR = 1e-7  # relative, of what a linear programme gives
TRIES = 40


def screen(
    system: System, distance: Distance, *, names: Sequence[str], margins: Sequence[int] | None, tolerance: float
) -> Failure | None:
    """Constraints that no factor can bear on, told before the search."""
    nothing = ~system.x.any(axis=0)
    empty = np.flatnonzero(nothing & (system.totals != 0)).tolist()
    if empty:
        joins = _joins_of_empty(empty, np.flatnonzero(nothing).tolist(), margins)
        joined = _joined(system, joins)
        mended = len(joins) == len(empty) and _solvable(joined, distance, tolerance)
        pairs = tuple((names[k], names[j]) for k, j in joins) if mended else ()
        return Failure("empty", tuple(names[k] for k in empty), collapse=pairs)
    positive = (system.x >= 0).all(axis=0) & ~nothing
    never = distance.low if distance.method != "linear" else max(distance.low, 0.0)
    if distance.method == "raking" or never > 0:
        zero = np.flatnonzero(positive & (system.totals == 0)).tolist()
        if zero:
            return Failure("zero", tuple(names[k] for k in zero))
    return None


def diagnose(
    system: System,
    distance: Distance,
    search: Search,
    found: Relations,
    *,
    names: Sequence[str],
    margins: Sequence[int] | None,
    tolerance: float,
) -> Failure:
    """The failure of a search; programmes are asked of independent constraints only."""
    limit = tolerance * (1.0 + np.abs(system.totals))
    off = [name for name, left, most in zip(names, search.misfit, limit, strict=True) if not abs(left) <= most]
    failure = Failure("not_converged", tuple(off))
    if system.x.size <= LARGEST_PROGRAM:
        kept = [names[k] for k in found.kept.tolist()]
        failure = _by_programme(system.of(found.kept), distance, kept) or failure
    joins = _mending(system, distance, failure.constraints, names, margins, tolerance)
    return replace(failure, collapse=tuple((names[k], names[j]) for k, j in joins))


def _by_programme(system: System, distance: Distance, names: Sequence[str]) -> Failure | None:
    """What linear programmes tell: whether bounds are to blame, or constraints; None where they find no fault."""
    low = max(distance.low, 0.0) if distance.method == "raking" else distance.low
    given = np.isfinite(distance.high) or (np.isfinite(distance.low) and distance.low > 0)
    open_low = -np.inf if distance.method == "linear" else 0.0
    unmet = _unmet(system, open_low, np.inf)
    if unmet.any() or (not given and low == 0.0 and _forced_to_zero(system)):
        which = unmet if unmet.any() else np.ones(len(names), dtype=np.bool_)
        return Failure("infeasible", tuple(name for name, bad in zip(names, which, strict=True) if bad))
    if not np.isfinite([distance.low, distance.high]).any():
        return None
    unmet = _unmet(system, low, distance.high)
    widened = _widened(system, distance)
    if not unmet.any() or widened is None:
        return None
    return Failure(
        "bounds", tuple(name for name, bad in zip(names, unmet, strict=True) if bad), reachable=widened
    )  # fmt: skip


def _scaled(system: System) -> tuple[Any, Floats]:
    """Σ weight·x·g and its targets, each constraint divided by its size."""
    size = np.abs(system.totals) + np.abs(system.x).T @ system.weight
    return sparse.csr_matrix((system.x * system.weight[:, None] / size).T), system.totals / size


def _unmet(system: System, low: float, high: float) -> Any:
    """Which constraints (q) cannot be met by factors within bounds, by least relative misfit."""
    cells, q = system.x.shape
    rows, targets = _scaled(system)
    matrix = sparse.hstack([rows, sparse.eye(q), -sparse.eye(q)])
    cost = np.concatenate((np.zeros(cells), np.ones(2 * q)))
    bounds = [(low, high)] * cells + [(0.0, None)] * (2 * q)
    found = optimize.linprog(cost, A_eq=matrix, b_eq=targets, bounds=bounds, method="highs")
    if not found.success:
        return np.zeros(q, dtype=np.bool_)
    slack = found.x[cells : cells + q] + found.x[cells + q :]
    return slack > NEAR


def _widened(system: System, distance: Distance) -> tuple[float, float] | None:
    """The narrowest bounds that do, both as many times farther from 1 than those given; None where none do."""
    cells, q = system.x.shape
    rows, targets = _scaled(system)
    blocks, limits = [], []
    for end, sign in ((distance.high, 1.0), (distance.low, -1.0)):
        if np.isfinite(end):
            reach = np.full((cells, 1), -abs(end - 1.0))
            blocks.append(sparse.hstack([sign * sparse.eye(cells), sparse.csr_matrix(reach)]))
            limits.append(np.full(cells, sign))
    floor = 0.0 if distance.method == "raking" else None
    found = optimize.linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=sparse.vstack(blocks),
        b_ub=np.concatenate(limits),
        A_eq=sparse.hstack([rows, sparse.csr_matrix((q, 1))]),
        b_eq=targets,
        bounds=[(floor, None)] * cells + [(0.0, None)],
        method="highs",
    )
    if not found.success:
        return None
    times = float(found.x[-1])
    return 1.0 - times * (1.0 - distance.low), 1.0 + times * (distance.high - 1.0)


def _forced_to_zero(system: System) -> bool:
    """Whether every solution of 0 or more has a cell of exactly 0."""
    cells, q = system.x.shape
    rows, targets = _scaled(system)
    found = optimize.linprog(
        np.append(np.zeros(cells), -1.0),
        A_ub=sparse.hstack([-sparse.eye(cells), sparse.csr_matrix(np.ones((cells, 1)))]),
        b_ub=np.zeros(cells),
        A_eq=sparse.hstack([rows, sparse.csr_matrix((q, 1))]),
        b_eq=targets,
        bounds=[(0.0, None)] * cells + [(0.0, 1.0)],
        method="highs",
    )
    return bool(found.success and found.x[-1] <= NEAR)


Join = tuple[int, int]


def _joins_of_empty(empty: list[int], nothing: list[int], margins: Sequence[int] | None) -> list[Join]:
    """Each empty category with the nearest of its margin that has cases."""
    joins = []
    for k in empty:
        near = [j for j in _neighbours(k, margins) if j not in nothing]
        joins += [(k, near[0])] if near else []
    return joins


def _neighbours(k: int, margins: Sequence[int] | None) -> list[int]:
    """Other categories of the margin of a constraint, nearest in order first."""
    if margins is None or margins[k] < 0:
        return []
    return sorted((j for j, m in enumerate(margins) if m == margins[k] and j != k), key=lambda j: (abs(j - k), j))


def _mending(
    system: System,
    distance: Distance,
    faulty: Sequence[str],
    names: Sequence[str],
    margins: Sequence[int] | None,
    tolerance: float,
) -> list[Join]:
    """One join that mends the system, looked for among the faulty constraints and their neighbours."""
    pairs = dict.fromkeys((k, j) for k, name in enumerate(names) if name in faulty for j in _neighbours(k, margins))
    for pair in sorted(pairs, key=lambda p: abs(p[0] - p[1]))[:TRIES]:
        if _solvable(_joined(system, [pair]), distance, tolerance):
            return [pair]
    return []


def _joined(system: System, joins: Sequence[Join]) -> System:
    """The system with categories joined: the second takes in the first."""
    x, totals = system.x.copy(), system.totals.copy()
    for k, j in joins:
        x[:, j] += x[:, k]
        totals[j] += totals[k]
    kept = np.setdiff1d(np.arange(len(totals)), [k for k, _ in joins])
    return System(system.weight, x[:, kept], totals[kept], system.spread)


def _solvable(system: System, distance: Distance, tolerance: float) -> bool:
    found = relations(system)
    if contradictions(system, found, tolerance=tolerance):
        return False
    search = solve(system, distance, found, tolerance=tolerance, iterations=50)
    return search.converged and bool(np.isfinite(search.g).all())
