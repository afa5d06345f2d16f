"""How the error of inputs passes through a demographic method: SE, interval, and where the variance comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from surveyproc.demography.moves import Calls, Function, Setup, Source, at, make_setup, moved_by, slopes, sources_of
from surveyproc.demography.spread import Floats, ReplicateValues, Scenarios, Uncertain

How = Literal["auto", "delta", "replicates", "simulation"]
Words = NDArray[np.object_]

# Above this share of the variance that straight lines leave unexplained, the delta method's SE is off by some percent.
BENT = 0.05
SCENARIOS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Propagated:
    """A method's result with its error; all arrays have the shape of the result, those by source (S, *shape).

    status: ok                SE and interval cover every stated error
            no_uncertainty    no input that the cell depends on has a stated error: no SE
            range             only scenarios are stated: range, no SE
            given_scenario    SE and interval hold within the central scenario; the range is over scenarios
            kink              how="delta" (or the delta part beside replicates) where the function breaks (absolute
                              value, maximum, minimum) within reach of the error: no SE
            unstable          some replicates or draws have no value (`undefined` says what share): no SE
            undefined         no value: a denominator is 0 or an input is missing
    how: delta, replicates, simulation or a sum of them; "" without SE. ci: t with Satterthwaite df (normal for infinite
    df); percentiles of the draws for simulation. share: of the variance by source, adding to 1. interaction: what the
    joint variance is above the sum of the sources' own, as its share; simulation only. bias: mean of draws − value.
    bend: variance left by straight lines within reach of the error, over the variance along them; above 0.05 the SE of
    the delta method is off by some percent.
    """

    value: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    df: Floats
    status: Words
    how: Words
    sources: tuple[str, ...]
    variance: Floats
    share: Floats
    interaction: Floats
    bias: Floats
    bend: Floats
    undefined: Floats
    range_low: Floats
    range_high: Floats


def propagate(
    function: Function,
    inputs: Mapping[str, ArrayLike | Uncertain],
    *,
    how: How = "auto",
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 1,
    calls: Calls = "auto",
) -> Propagated:
    """The value of function(**inputs) with its error; inputs that are not Uncertain are taken as exact.

    Sources are independent of each other. auto: replicates are pushed through the whole function, other sources by
    the delta method, and cells where the function bends or breaks (a ratio with an uncertain denominator, an absolute
    value near 0) by seeded simulation from all sources at once, unless all error is replicates. delta and simulation
    take replicates by the covariance they imply. A scalar input that is moved and meets arrays should have shape (1,);
    else the function is called point by point.
    Sources: Wolter 2007, Introduction to Variance Estimation, ch. 6 (delta), 3–5 (replicates); JCGM 101:2008 (draws).
    Raises ValueError where inputs cannot be combined, or how="replicates" without replicates.
    """
    setup = make_setup(function, inputs, calls=calls)
    sources = sources_of(inputs)
    if how == "replicates" and not any(source.replicated for source in sources):
        raise ValueError('how="replicates" needs an input with replicates')
    result = _blank(setup, sources)
    if sources:
        drawn_cells, result = _by_parts(setup, sources, result, how=how, seed=seed, level=level)
        drawn_cells &= ~np.isnan(setup.value)
        if drawn_cells.any():
            simulated = _simulated(setup, sources, result, draws=draws, seed=seed, level=level)
            result = _chosen(simulated, result, drawn_cells)
    return _finished(_over_scenarios(setup, inputs, result))


def of_counting(*, value: Floats, variance: Floats, lower: Floats, upper: Floats) -> Propagated:
    """A result (N) whose method gives its own variance and interval: no sources, how "counting".

    no_uncertainty where the variance is 0 (or not a number, which a state tells), undefined where there is no value.
    """
    nothing = np.full(value.shape, np.nan)
    known = np.isfinite(value) & (variance > 0)
    status = np.where(np.isnan(value), "undefined", np.where(known, "ok", "no_uncertainty")).astype(object)
    none = np.zeros((0, *value.shape))
    return Propagated(
        value=value,
        se=np.where(known, np.sqrt(np.where(known, variance, 0.0)), np.nan),
        ci_low=np.where(known, lower, np.nan),
        ci_high=np.where(known, upper, np.nan),
        df=np.where(known, np.inf, np.nan),
        status=status,
        how=np.where(known, "counting", "").astype(object),
        sources=(),
        variance=none,
        share=none,
        interaction=nothing,
        bias=nothing,
        bend=nothing,
        undefined=nothing,
        range_low=nothing,
        range_high=nothing,
    )


def propagate_fields(
    function: Function,
    inputs: Mapping[str, ArrayLike | Uncertain],
    *,
    names: Sequence[str] = (),
    how: How = "auto",
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 1,
    calls: Calls = "auto",
) -> dict[str, Propagated]:
    """`propagate` for a function that returns a dataclass: by field, all that hold numbers or only `names`.

    All fields see the same draws. Raises ValueError for a name that is no field.
    """
    values = {name: given.value if isinstance(given, Uncertain) else given for name, given in inputs.items()}
    result = function(**values)
    there = [f.name for f in fields(result) if np.asarray(getattr(result, f.name)).dtype.kind == "f"]
    if not set(names) <= set(there):
        raise ValueError(f"no numbers named {', '.join(sorted(set(names) - set(there)))}; there are {', '.join(there)}")
    options: dict[str, Any] = {"how": how, "level": level, "draws": draws, "seed": seed, "calls": calls}
    return {name: propagate(partial(_field, function, name), inputs, **options) for name in names or there}


def _field(function: Function, field: str, /, **values: Any) -> Any:
    return getattr(function(**values), field)


def _blank(setup: Setup, sources: Sequence[Source]) -> Propagated:
    nothing = np.full(setup.value.shape, np.nan)
    by_source = np.full((len(sources), *setup.value.shape), np.nan)
    status = np.full(setup.value.shape, "no_uncertainty", dtype=object)
    return Propagated(
        value=setup.value,
        se=nothing,
        ci_low=nothing,
        ci_high=nothing,
        df=nothing,
        status=status,
        how=np.full(setup.value.shape, "", dtype=object),
        sources=tuple(source.name for source in sources),
        variance=by_source,
        share=by_source,
        interaction=nothing,
        bias=nothing,
        bend=nothing,
        undefined=nothing,
        range_low=nothing,
        range_high=nothing,
    )


def _by_parts(
    setup: Setup, sources: Sequence[Source], result: Propagated, *, how: How, seed: int, level: float
) -> tuple[NDArray[np.bool_], Propagated]:
    """Variance source by source, by replicates or slopes; and the cells that simulation shall take instead."""
    pushed = [how != "delta" and source.replicated for source in sources]
    rows, variances = [], []
    for source, by_replicates in zip(sources, pushed, strict=True):
        row = _replicate_rows(setup, source) if by_replicates else slopes(setup, source)
        rows.append(row)
        variances.append((row**2).sum(axis=0))
    variance = np.stack(variances)
    lined = [i for i, by_replicates in enumerate(pushed) if not by_replicates]
    # Replicates already follow the bends of the function; with other sources beside them all are moved together.
    checked = list(range(len(sources))) if how == "auto" and lined else lined
    bend, bias, undefined = _bend(setup, [sources[i] for i in checked], [rows[i] for i in checked], seed)
    total = variance.sum(axis=0)
    unequal = np.isnan(total) | (bend > BENT) if lined else np.zeros(total.shape, dtype=np.bool_)
    label = "+".join(dict.fromkeys("replicates" if by else "delta" for by in pushed))
    bad = np.isnan(total) & ~np.isnan(setup.value)
    lost = np.mean([np.isnan(row).mean(axis=0) for row in rows], axis=0) if bad.any() else undefined
    result = replace(
        _with_variance(result, variance, sources, level),
        bias=bias,
        bend=bend,
        undefined=np.where(bad, lost, undefined),
        how=np.full(total.shape, label, dtype=object),
    )
    nothing = np.zeros(total.shape, dtype=np.bool_)
    broken = nothing
    if how in ("delta", "replicates") and unequal.any():
        broken = unequal & _breaks(setup, [sources[i] for i in lined], seed)
    result = replace(result, status=np.where(bad, "unstable", np.where(broken, "kink", result.status)))
    simulate = unequal if how == "auto" else ~nothing if how == "simulation" else nothing
    return simulate, result


def _with_variance(result: Propagated, variance: Floats, sources: Sequence[Source], level: float) -> Propagated:
    total = variance.sum(axis=0)
    df = np.array([source.df for source in sources]).reshape(-1, *[1] * total.ndim)
    with np.errstate(divide="ignore", invalid="ignore"):
        together = np.where(total > 0, total**2 / (variance**2 / df).sum(axis=0), np.nan)
        share = np.where(total > 0, variance / total, np.nan)
    se = np.sqrt(total)
    tail = (1.0 + level) / 2.0
    reach = np.where(np.isinf(together), special.ndtri(tail), special.stdtrit(together, tail)) * se
    low, high = result.value - reach, result.value + reach
    status = np.full(total.shape, "ok", dtype=object)
    return replace(result, se=se, ci_low=low, ci_high=high, df=together, variance=variance, share=share, status=status)


def _replicate_rows(setup: Setup, source: Source) -> Floats:
    """Scaled differences of the function at each replicate from its centre, (R, *out)."""
    spreads = {name: u.spread for name, u in source.inputs.items() if isinstance(u.spread, ReplicateValues)}
    first = next(iter(spreads.values()))
    found = at(setup, {name: spread.values for name, spread in spreads.items()})
    around = setup.value if first.centre == "value" else found.mean(axis=0)
    scales = np.ones(len(found)) if first.rscales is None else first.rscales
    rows: Floats = np.sqrt(first.scale * scales).reshape(-1, *[1] * setup.value.ndim) * (found - around)
    return rows


def _bend(setup: Setup, sources: Sequence[Source], rows: Sequence[Floats], seed: int) -> tuple[Floats, Floats, Floats]:
    """How far the function leaves its straight lines at 256 points spread as the error is, in opposite pairs."""
    if not sources:
        return (np.full(setup.value.shape, np.nan),) * 3
    moved: dict[str, Floats] = {}
    line: Floats = np.zeros(setup.value.shape)
    for place, (source, row) in enumerate(zip(sources, rows, strict=True)):
        half = np.random.default_rng([seed, 0, place]).standard_normal((128, source.size))
        scores = np.concatenate((half, -half))
        moved.update(moved_by(source, scores, along="line"))
        line = line + np.tensordot(scores, row, axes=1)
    change = at(setup, moved) - setup.value
    size = np.maximum(np.abs(setup.value), np.abs(change).max(axis=0, initial=0.0))
    left, along = ((change - line) ** 2).mean(axis=0), (line**2).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = np.where(left <= (1e-9 * size) ** 2, 0.0, left / along)
    bend = np.where(np.isnan(change).any(axis=0), np.inf, bend)
    return bend, change.mean(axis=0), np.isnan(change).mean(axis=0)


def _breaks(setup: Setup, sources: Sequence[Source], seed: int) -> NDArray[np.bool_]:
    """Whether the slope jumps within 2 SDs along one of 16 lines, told from curvature by halving the distances.

    Where the slope jumps, sums of neighbouring second differences halve with the distance; else they fall to a quarter.
    """
    reach = np.linspace(-2.0, 2.0, 129)
    moved: dict[str, Floats] = {}
    for place, source in enumerate(sources):
        lines = np.random.default_rng([seed, 2, place]).standard_normal((16, source.size))
        lines /= np.sqrt(sum(s.size for s in sources))
        moved.update(
            moved_by(source, (lines[:, np.newaxis] * reach[:, np.newaxis]).reshape(-1, source.size), along="line")
        )
    found = at(setup, moved).reshape(16, len(reach), *setup.value.shape)

    def jump(values: Floats) -> Floats:
        second = np.diff(values, n=2, axis=1)
        return np.asarray(np.abs(second[:, 1:] + second[:, :-1]).max(axis=1))

    fine, coarse = jump(found), jump(found[:, ::2])
    rounding = 1e-10 * np.abs(found).max(axis=1)
    return np.asarray(((fine > 0.4 * coarse) & (coarse > rounding)).any(axis=0))


def _simulated(
    setup: Setup, sources: Sequence[Source], result: Propagated, *, draws: int, seed: int, level: float
) -> Propagated:
    """All sources drawn at once, and each alone with the same draws."""
    scores = [
        np.random.default_rng([seed, 1, place]).standard_normal((draws, source.size))
        for place, source in enumerate(sources)
    ]
    moves = [moved_by(s, z, along="distribution") for s, z in zip(sources, scores, strict=True)]
    joint = at(setup, {name: values for move in moves for name, values in move.items()})
    alone = [joint] if len(moves) == 1 else [at(setup, move) for move in moves]
    variance = np.stack([found.var(axis=0, ddof=1) for found in alone])
    total, each = joint.var(axis=0, ddof=1), variance.sum(axis=0)
    low, high = np.quantile(joint, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    lost = (~np.isfinite(joint)).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(each > 0, variance / each, np.nan)
        interaction = np.where(total > 0, 1.0 - each / total, np.nan)
    return replace(
        result,
        se=np.sqrt(total),
        ci_low=low,
        ci_high=high,
        df=np.full(total.shape, np.inf),
        status=np.where(lost > 0, "unstable", "ok").astype(object),
        how=np.full(total.shape, "simulation", dtype=object),
        variance=share * total,
        share=share,
        interaction=interaction,
        bias=joint.mean(axis=0) - setup.value,
        undefined=lost,
    )


def _chosen(first: Propagated, second: Propagated, cells: NDArray[np.bool_]) -> Propagated:
    names = ("se", "ci_low", "ci_high", "df", "status", "how", "variance", "share", "interaction", "bias", "undefined")
    return replace(second, **{n: np.where(cells, getattr(first, n), getattr(second, n)) for n in names})


def _over_scenarios(setup: Setup, inputs: Mapping[str, ArrayLike | Uncertain], result: Propagated) -> Propagated:
    """The range of values over every combination of scenarios, the central one included."""
    names, choices = [], []
    for name, given in inputs.items():
        if isinstance(given, Uncertain) and isinstance(given.spread, Scenarios):
            names.append(name)
            choices.append([given.value, *(np.asarray(v, dtype=np.float64) for v in given.spread.values.values())])
    if not names:
        return result
    combinations = list(product(*choices))
    if len(combinations) > SCENARIOS_AT_MOST:
        raise ValueError(f"{len(combinations)} combinations of scenarios, at most {SCENARIOS_AT_MOST}")
    found = at(
        setup, {name: np.stack(column) for name, column in zip(names, zip(*combinations, strict=True), strict=True)}
    )
    low, high = found.min(axis=0), found.max(axis=0)
    varies = ~(low == high)
    status = np.where(result.status == "ok", "given_scenario", result.status)
    status = np.where(result.status == "no_uncertainty", "range", status)
    return replace(result, range_low=low, range_high=high, status=np.where(varies, status, result.status))


def _finished(result: Propagated) -> Propagated:
    """No SE where there is none to give: no value, no stated error, or none that can be trusted."""
    # Rounding alone leaves a trace of an SE in cells that depend on nothing uncertain.
    flat = (result.se <= 1e-11 * np.abs(result.value)) & np.isin(result.status, ("ok", "given_scenario"))
    status = np.where(flat, np.where(result.status == "ok", "no_uncertainty", "range"), result.status)
    status = np.where(np.isnan(result.value), "undefined", status)
    known = np.isin(status, ("ok", "given_scenario"))
    names = ("se", "ci_low", "ci_high", "df", "variance", "share", "interaction", "bias")
    cleared: dict[str, Any] = {name: np.where(known, getattr(result, name), np.nan) for name in names}
    return replace(result, **cleared, status=status, how=np.where(known, result.how, ""))
