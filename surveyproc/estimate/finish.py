"""From totals to estimates: value, SE, interval, design effect, counts and status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.deff import DeffKind, design_effects
from surveyproc.estimate.interval import IntervalMethod, interval_method, intervals
from surveyproc.estimate.replication import replicate_variances
from surveyproc.estimate.residual import residual_variances
from surveyproc.estimate.result import EstimateSet
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.totals import CellTotals, State
from surveyproc.estimate.variance import count_psus, variances
from surveyproc.values import Statistic

DfKind = Literal["domain", "design"]

MET = 1e-8  # relative SE of replicates below which all meet one total, the calibration being exact to less
SHARES = (Statistic.PROPORTION, Statistic.DISTRIBUTION, Statistic.RESPONSE_SHARE)
RATIOS = (Statistic.RATIO, Statistic.RATE, Statistic.RESPONSE_SHARE)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Raw results of one disaggregation, all (C, J), before `multiply`."""

    value: Floats
    se: Floats
    se_logit: Floats
    deff: Floats
    df_domain: Floats
    cases: Floats
    psus: Floats
    weight: Floats
    kish: Floats
    share_missing: Floats
    status: NDArray[np.object_]


def finish(
    state: State,
    *,
    interval: Mapping[Statistic, IntervalMethod] | None = None,
    df: DfKind = "domain",
    deff: DeffKind = "srs_replace",
    level: float = 0.95,
) -> EstimateSet:
    """Estimates of all measures and cells of a state; see `estimate` for the choices."""
    method = np.array([interval_method(m.statistic, interval) for m in state.measures], dtype=np.str_)
    tables = [_cells(state, table, deff, df=df, logit=method == "logit") for table in state.tables]
    joined: dict[str, NDArray[Any]] = {
        field.name: np.concatenate([getattr(t, field.name) for t in tables], axis=0).T for field in fields(_Cells)
    }
    value, se, status = joined["value"], joined["se"], joined["status"]
    degrees = joined["df_domain"] if df == "domain" else np.full(value.shape, _design_df(state))
    method = np.broadcast_to(method[:, None], value.shape)
    low, high = intervals(
        value,
        np.where(status == "ok", se, np.nan),
        df=degrees,
        method=method,
        level=level,
        cases=joined["cases"],
        se_logit=joined["se_logit"],
    )
    times = np.array([[m.multiply] for m in state.measures])
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(value != 0, se / np.abs(value), np.nan)
    return EstimateSet(
        **_labels(state),
        value=(value * times).ravel(),
        se=(se * np.abs(times)).ravel(),
        ci_low=np.where(times < 0, high * times, low * times).ravel(),
        ci_high=np.where(times < 0, low * times, high * times).ravel(),
        ci_method=method.astype(object).ravel(),
        cv=cv.ravel(),
        deff=joined["deff"].ravel(),
        deft=np.sqrt(joined["deff"]).ravel(),
        df=degrees.ravel(),
        n_unweighted=joined["cases"].astype(np.int64).ravel(),
        n_psus=joined["psus"].astype(np.int64).ravel(),
        n_weighted=joined["weight"].ravel(),
        kish=joined["kish"].ravel(),
        share_missing=joined["share_missing"].ravel(),
        status=status.ravel(),
    )


def _labels(state: State) -> dict[str, NDArray[np.object_]]:
    places = [(t.grid.name, cell) for t in state.tables for cell in t.grid.cells]
    size, measures = len(places), state.measures

    def each(words: list[str]) -> NDArray[np.object_]:
        return np.repeat(np.array(words, dtype=object), size)

    def all_of(words: list[str]) -> NDArray[np.object_]:
        return np.tile(np.array(words, dtype=object), len(measures))

    return {
        "indicator": each([m.indicator for m in measures]),
        "statistic": each([str(m.statistic) for m in measures]),
        "category": each([m.category for m in measures]),
        "domain": all_of([name for name, _ in places]),
        "cell": all_of([cell for _, cell in places]),
    }


def _design_df(state: State) -> float:
    """Psus − strata of the whole design; a psu whose rows all have weight zero does not count, as in R's degf."""
    counted = state.weighted | ~state.filled
    degrees = float(counted.sum() - len(np.unique(state.strata.stratum[counted])))
    if state.replication is None:
        return degrees
    return state.replication.df if state.replication.ranked else min(degrees, state.replication.df)


def _domain_df(state: State, table: CellTotals, degrees: Floats) -> Floats:
    """Psus − strata of each cell (C, J), not above that of the replicates; of supplied replicates their rank − 1."""
    if state.replication is None:
        return degrees
    if table.ranks is not None:
        return table.ranks.astype(np.float64) - 1.0
    return np.minimum(degrees, state.replication.df)


def _cells(state: State, table: CellTotals, deff: DeffKind, *, df: DfKind, logit: NDArray[np.bool_]) -> _Cells:
    layout, grid = state.layout, table.grid
    sums = grid.by_cell.sum(table.segment_sums)
    y, x, weight = sums[:, : len(state.measures)], sums[:, layout.denominator], sums[:, layout.weight]
    cases, universe = table.moments.cases, sums[:, layout.universe]
    total = np.array([m.statistic is Statistic.TOTAL for m in state.measures], dtype=np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(total | (x == 0), 0.0, y / x)
        value = np.where(total, y, np.where(x == 0, np.nan, state.centre + y / x))
        kish = np.where(cases > 0, cases * table.moments.weight_squares / weight**2, np.nan)
        share_missing = np.where(universe > 0, (universe - weight) / universe, np.nan)
    constant = _constant(state, table)
    value = np.where(constant, table.moments.low, value)
    psus, strata = count_psus(table, layout)
    degrees = _domain_df(state, table, psus - strata)
    errors = _errors(state, table, value=value, slope=slope, below=np.where(total, 1.0, np.abs(x)), logit=logit)
    se = errors.se
    known = (cases > 0) & ~np.isnan(value)
    alone = (degrees <= 0) & ((se == 0.0) | (df == "domain" or _design_df(state) <= 0))
    status = _status(
        state, value, se, constant=constant, fixed=errors.fixed, cases=cases, universe=universe, alone=alone
    )
    se = np.where(np.isin(status, ("boundary", "constant")), 0.0, se)
    se = np.where(np.isin(status, ("ok", "boundary", "constant")), se, np.nan)
    effect = design_effects(
        se, table.moments, kind=deff, total=total, slope=slope, below=np.where(total, 1.0, x), cases=cases
    )
    return _Cells(
        value=np.where(known, value, np.nan),
        se=se,
        se_logit=errors.logit,
        deff=np.where(status == "ok", effect, np.nan),
        df_domain=degrees,
        cases=cases,
        psus=psus,
        weight=weight,
        kish=kish,
        share_missing=share_missing,
        status=status,
    )


@dataclass(frozen=True, slots=True)
class _Errors:
    """All (C, J). se: by linearisation or from replicates; logit: of log-odds, from replicates, else NaN; fixed: cells
    that calibration leaves nothing to vary in.
    """

    se: Floats
    logit: Floats
    fixed: NDArray[np.bool_]


def _errors(
    state: State, table: CellTotals, *, value: Floats, slope: Floats, below: Floats, logit: NDArray[np.bool_]
) -> _Errors:
    layout = state.layout
    none, never = np.full_like(slope, np.nan), np.zeros(slope.shape, dtype=np.bool_)
    if state.projection is not None:
        residual = residual_variances(state, table, slope=slope)
        with np.errstate(invalid="ignore", divide="ignore"):
            return _Errors(np.sqrt(residual.variance) / below, none, residual.fixed)
    if state.replication is None:
        variance = variances(table, state.strata, layout=layout, slope=slope)
        for further, strata in zip(table.further, state.further, strict=True):
            variance = variance + variances(further, strata, layout=layout, slope=slope)
        with np.errstate(invalid="ignore", divide="ignore"):
            return _Errors(np.sqrt(variance) / below, none, never)
    spread = replicate_variances(
        state.replication,
        table,
        layout=layout,
        slope=slope,
        centre=state.centre,
        total=np.array([m.statistic is Statistic.TOTAL for m in state.measures], dtype=np.bool_),
        logit=logit & np.array([m.statistic in SHARES for m in state.measures], dtype=np.bool_),
    )
    se = np.sqrt(spread.value)
    with np.errstate(invalid="ignore"):
        fixed = (se <= MET * np.abs(value)) & (value != 0) if state.replication.calibrated else never
    return _Errors(se, np.sqrt(spread.logit), fixed)


def _constant(state: State, table: CellTotals) -> NDArray[np.bool_]:
    """Cells (C, J) where a mean or ratio is the same for every case, told from the data and not from a small SE."""
    low, high = table.moments.low, table.moments.high
    total = np.array([m.statistic is Statistic.TOTAL for m in state.measures], dtype=np.bool_)
    spread = np.finfo(np.float64).eps * 8 * np.maximum(np.abs(low), np.abs(high))
    ratio = np.array([m.statistic in RATIOS for m in state.measures], dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        same: NDArray[np.bool_] = ~total & np.isfinite(low) & (high - low <= np.where(ratio, spread, 0.0))
    return same


def _status(
    state: State,
    value: Floats,
    se: Floats,
    *,
    constant: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
    cases: Floats,
    universe: Floats,
    alone: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """One word a cell; the first that holds, from the gravest."""
    share = np.array([m.statistic in SHARES for m in state.measures], dtype=np.bool_)
    edge = share & ((value == 0.0) | (value == 1.0))
    tests = (
        (universe <= 0, "empty"),
        (cases == 0, "all_missing"),
        (np.isnan(value), "empty"),
        (cases == 1, "one_case"),
        (alone | np.isnan(se), "one_psu"),
        (edge, "boundary"),
        (fixed & ~constant, "control"),
        (constant | (se == 0.0), "constant"),
    )
    status = np.full(value.shape, "ok", dtype=object)
    for mask, word in reversed(tests):
        status[mask] = word
    return status
