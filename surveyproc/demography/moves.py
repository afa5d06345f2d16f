"""A function of several inputs at many moved points, in as few calls as it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.spread import (
    Cv,
    Factor,
    Floats,
    Interval,
    ReplicateValues,
    Scenarios,
    Uncertain,
    degrees,
    drawn,
    independent_sd,
    on_line,
    score_count,
    score_rows,
)

Function = Callable[..., Any]
Calls = Literal["auto", "moved", "all", "each"]


@dataclass(frozen=True, slots=True)
class Source:
    """One source of error: its inputs, where each finds its standard scores among the K of the source, and its df."""

    name: str
    inputs: Mapping[str, Uncertain]
    scores: Mapping[str, slice]
    size: int
    df: float

    @property
    def replicated(self) -> bool:
        """Whether the source is a set of replicates."""
        return all(isinstance(u.spread, ReplicateValues) for u in self.inputs.values())


@dataclass(frozen=True, slots=True)
class Setup:
    """The function, its inputs' values, its value there, and how it can be called for many points at once."""

    function: Function
    values: Mapping[str, Any]
    value: Floats
    calls: Calls
    uncertain: tuple[str, ...] = ()


def sources_of(inputs: Mapping[str, object]) -> tuple[Source, ...]:
    """The sources of error, in order of appearance, scenarios apart. Raises ValueError for what cannot be combined."""
    grouped: dict[str, dict[str, Uncertain]] = {}
    for name, given in inputs.items():
        if isinstance(given, Uncertain) and not isinstance(given.spread, Scenarios):
            grouped.setdefault(given.source, {})[name] = given
    return tuple(_source(name, members) for name, members in grouped.items())


def _source(name: str, members: Mapping[str, Uncertain]) -> Source:
    kinds = {type(member.spread) for member in members.values()}
    sizes = {key: score_count(member) for key, member in members.items()}
    df = min(degrees(member) for member in members.values())
    if kinds <= {Cv, Interval}:
        ends = np.cumsum(list(sizes.values())).tolist()
        slices = {key: slice(end - sizes[key], end) for key, end in zip(sizes, ends, strict=True)}
        return Source(name, members, slices, ends[-1], df)
    if len(kinds) > 1:
        raise ValueError(f"source {name}: inputs of one source need one kind of error; name the sources apart")
    if kinds not in ({Factor}, {ReplicateValues}) and len(members) > 1:
        raise ValueError(f"source {name}: give {', '.join(members)} with one covariance matrix, by `jointly`")
    if len(set(sizes.values())) > 1:
        raise ValueError(f"source {name}: {', '.join(members)} have different numbers of replicates or rows")
    size = next(iter(sizes.values()))
    return Source(name, members, dict.fromkeys(members, slice(0, size)), size, df)


def make_setup(function: Function, inputs: Mapping[str, ArrayLike | Uncertain], *, calls: Calls) -> Setup:
    """The function with its value. "auto" tries a leading axis for moved inputs, for all arrays, then single calls.

    A way of calling is taken only where it gives exactly what single calls give at several points.
    """
    values: dict[str, Any] = {
        name: given.value if isinstance(given, Uncertain) else given for name, given in inputs.items()
    }
    uncertain = {name: given.value for name, given in inputs.items() if isinstance(given, Uncertain)}
    setup = Setup(function, values, np.asarray(function(**values), dtype=np.float64), "each", tuple(uncertain))
    ways: Sequence[Calls] = ("moved", "all") if calls == "auto" else (calls,)
    for way in ways:
        candidate = replace(setup, calls=way)
        if not uncertain or way == "each" or _agrees(candidate, setup, uncertain):
            return candidate
    if calls != "auto":
        raise ValueError(f"the function does not take a leading axis of points (calls={calls!r})")
    return setup


def _agrees(candidate: Setup, single: Setup, uncertain: Mapping[str, Floats]) -> bool:
    lengths = {length for value in uncertain.values() for length in value.shape} | set(single.value.shape)
    points = next(n for n in range(4, 100) if n not in lengths)
    moved = {}
    for turn, (name, value) in enumerate(uncertain.items()):
        pattern = np.cos(np.arange(points * value.size) * (1.3 + turn)).reshape(points, *value.shape)
        moved[name] = value * (1.0 + 1e-3 * pattern)
    try:
        together = at(candidate, moved)
    except (ValueError, IndexError, TypeError):
        return False
    apart = at(single, moved)
    return together.shape == apart.shape and np.allclose(together, apart, rtol=1e-12, atol=0.0, equal_nan=True)


def at(setup: Setup, moved: Mapping[str, Floats]) -> Floats:
    """The function at n points, (n, *out). moved: by name (n, *shape); all other inputs stay where they are."""
    points = len(next(iter(moved.values())))
    if setup.calls == "each":
        rows = [setup.function(**{**setup.values, **{k: v[i] for k, v in moved.items()}}) for i in range(points)]
        return np.asarray(rows, dtype=np.float64)
    return np.concatenate([_one_call(setup, part) for part in _chunks(setup, moved, points)])


def _one_call(setup: Setup, moved: Mapping[str, Floats]) -> Floats:
    points = len(next(iter(moved.values())))
    values = dict(setup.values)
    for name, value in setup.values.items():
        # Uncertain inputs always have the axis, so that every call is of the kind that was tried.
        if name in setup.uncertain or (setup.calls == "all" and isinstance(value, np.ndarray) and value.ndim):
            values[name] = np.broadcast_to(value, (points, *np.shape(value)))
    result = np.asarray(setup.function(**{**values, **moved}), dtype=np.float64)
    if result.shape != (points, *setup.value.shape):
        raise ValueError(f"a result of shape {result.shape} for {points} points of shape {setup.value.shape}")
    return result


def _chunks(setup: Setup, moved: Mapping[str, Floats], points: int) -> Iterator[dict[str, Floats]]:
    """Parts of the points of a bounded size in memory."""
    largest = max([setup.value.size, *(v[0].size for v in moved.values()), 1])
    step = max(1, 1_000_000 // largest)
    for start in range(0, points, step):
        yield {name: values[start : start + step] for name, values in moved.items()}


def moved_by(source: Source, scores: Floats, *, along: Literal["distribution", "line"]) -> dict[str, Floats]:
    """Inputs of a source at standard scores (n, K): by their distributions, or on straight lines at their SD."""
    move = drawn if along == "distribution" else on_line
    return {name: move(u, scores[:, source.scores[name]]) for name, u in source.inputs.items()}


def slopes(setup: Setup, source: Source) -> Floats:
    """Derivative of the function by each standard score of a source, (K, *out), NaN where it has no value nearby.

    Central differences at two steps, extrapolated to step 0 (Richardson): exact for cubic functions. A step moves the
    least moved input by 1/5000 of itself or of its SD, whichever is more.
    """
    steps = 2e-4 * _reach(source)
    several = max(1, 1_000_000 // source.size)
    parts = [
        _slopes(setup, source, steps, range(i, min(i + several, source.size))) for i in range(0, source.size, several)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, *setup.value.shape))


def _slopes(setup: Setup, source: Source, steps: Floats, which: range) -> Floats:
    signs = np.array([1.0, -1.0, 0.5, -0.5])
    scores = np.zeros((4, len(which), source.size))
    scores[:, np.arange(len(which)), which] = signs[:, np.newaxis] * steps[which]
    moved = moved_by(source, scores.reshape(-1, source.size), along="line")
    found = at(setup, moved).reshape(4, len(which), *setup.value.shape)
    wide = steps[which].reshape(-1, *[1] * setup.value.ndim)
    coarse, fine = (found[0] - found[1]) / (2.0 * wide), (found[2] - found[3]) / wide
    slope: Floats = (4.0 * fine - coarse) / 3.0
    return slope


def _reach(source: Source) -> Floats:
    """By score (K): how many SDs the values themselves are, at least 1, by the input that is moved most."""
    reach: NDArray[np.float64] = np.full(source.size, np.inf)
    for name, u in source.inputs.items():
        sd = independent_sd(u)
        rows = np.abs(score_rows(u)).reshape(-1, u.value.size) if sd is None else sd.reshape(-1, 1)
        size = np.abs(u.value).reshape((1, -1) if sd is None else (-1, 1))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(rows > 0, size / rows, np.inf)
        part = reach[source.scores[name]]
        reach[source.scores[name]] = np.minimum(part, ratio.min(axis=1, initial=np.inf))
    return np.where(np.isfinite(reach), np.maximum(reach, 1.0), 1.0)
