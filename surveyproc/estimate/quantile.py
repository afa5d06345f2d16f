"""Quantiles by cell with Woodruff's intervals and the standard errors that these imply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.result import EstimateSet, concatenate, interleave
from surveyproc.estimate.rules import Distribution, distribution, quantile
from surveyproc.estimate.run import estimate
from surveyproc.estimate.sums import Floats, Ints
from surveyproc.values import Design, Disaggregation, Measure, QuantileAt, Statistic, Woodruff

BLOCK_BYTES = 192 * 2**20  # of sorted values and weights kept at once
NO_SHARE = ("empty", "all_missing", "one_case", "one_psu")


def estimate_quantiles(
    design: Design,
    measures: Sequence[Measure],
    disaggregations: Sequence[Disaggregation],
    *,
    df: DfKind = "domain",
    level: float = 0.95,
) -> EstimateSet:
    """Quantiles of every measure in every cell; each measure's `detail` is a QuantileAt.

    The quantile q of a cell is read off its weighted distribution; the share F(q) at or below q is estimated as any
    mean, with the SE of the design; its interval, centred on the F(q) that was reached and not on p, is read back by
    the same rule (Woodruff 1952; Francisco and Fuller 1991; R survey's svyquantile). SE is the length of that
    interval over 2·t(df). An end of the interval of F outside 0 to 1 has no value to be read at: then that end and the
    SE are NaN and the status is `open`, as it is where no value lies above q so that F has no SE. Design effects are
    not defined. Raises SurveyprocError as `estimate` does.
    """
    parts: list[EstimateSet] = []
    for block in _blocks(measures):
        sortings = {key: _sorting(design, by_key) for key, by_key in _variables(block).items()}
        sets = [_in_cells(design, block, d, sortings=sortings, df=df, level=level) for d in disaggregations]
        parts.append(interleave(sets, [len(d.cells) for d in disaggregations]))
    return concatenate(parts)


Key = tuple[int, int]


def _key(measure: Measure) -> Key:
    """Measures of one variable in one universe share arrays, and so one sorting."""
    return id(measure.numerator), id(measure.universe)


def _variables(measures: Sequence[Measure]) -> dict[Key, Measure]:
    return {_key(m): m for m in measures}


def _blocks(measures: Sequence[Measure]) -> Iterator[list[Measure]]:
    size = max(1, BLOCK_BYTES // (48 * max(len(measures[0].numerator), 1)))
    block: list[Measure] = []
    for measure in measures:
        if len(_variables([*block, measure])) > size:
            yield block
            block = []
        block.append(measure)
    yield block


def _sorting(design: Design, measure: Measure) -> Ints:
    """Rows of the universe with the measure known and weight above zero, by value."""
    rows = np.flatnonzero(measure.universe & ~np.isnan(measure.numerator) & (design.weight > 0))
    order: Ints = rows[np.argsort(measure.numerator[rows], kind="stable")]
    return order


@dataclass(frozen=True, slots=True)
class _Cells:
    """The distribution of one variable in each of C cells, None where a cell is empty."""

    by_cell: tuple[Distribution | None, ...]

    def read(self, shares: Floats, detail: QuantileAt) -> Floats:
        """Quantiles at shares (C, k); (C, k), NaN in empty cells."""
        result = np.full(shares.shape, np.nan)
        for cell, found in enumerate(self.by_cell):
            if found is not None:
                result[cell] = quantile(found, shares[cell], rule=detail.rule)
        return result

    def constant(self) -> NDArray[np.bool_]:
        """Cells (C) where every case has the same value."""
        return np.array([d is not None and d.values[0] == d.values[-1] for d in self.by_cell], dtype=np.bool_)


def _cells(design: Design, measure: Measure, disaggregation: Disaggregation, order: Ints) -> _Cells:
    size = len(disaggregation.cells)
    codes = disaggregation.codes[order]
    order, codes = order[codes >= 0], codes[codes >= 0]
    by_cell = np.argsort(codes.astype(np.int16) if size < 2**15 else codes, kind="stable")
    order = order[by_cell]
    values, weights = measure.numerator[order], design.weight[order]
    ends = np.cumsum(np.bincount(codes, minlength=size))
    return _Cells(
        tuple(
            distribution(values[start:end], weights[start:end]) if end > start else None
            for start, end in zip(np.concatenate(([0], ends[:-1])).tolist(), ends.tolist(), strict=True)
        )
    )


def _in_cells(
    design: Design,
    measures: Sequence[Measure],
    disaggregation: Disaggregation,
    *,
    sortings: Mapping[Key, Ints],
    df: DfKind,
    level: float,
) -> EstimateSet:
    found = {key: _cells(design, m, disaggregation, sortings[key]) for key, m in _variables(measures).items()}
    details = [detail_of(m) for m in measures]
    cells = [found[_key(m)] for m in measures]
    size = len(disaggregation.cells)
    values = np.array([c.read(np.full((size, 1), d.probability), d)[:, 0] for c, d in zip(cells, details, strict=True)])
    shares = estimate(
        design,
        [_at_or_below(m, disaggregation, value) for m, value in zip(measures, values, strict=True)],
        [disaggregation],
        interval=dict.fromkeys(Statistic, "t"),
        df=df,
        level=level,
    )
    low, high = share_intervals(shares, methods=np.repeat([d.interval for d in details], size), level=level)
    ends = np.stack((low, high), axis=-1).reshape(len(measures), size, 2)
    read = np.array([c.read(e, d) for c, e, d in zip(cells, ends, details, strict=True)])
    constant = np.array([c.constant() for c in cells])
    return _with_quantiles(shares, measures, values.ravel(), read.reshape(-1, 2), constant.ravel(), level=level)


def detail_of(measure: Measure) -> QuantileAt:
    """The quantile that a measure asks for. Raises TypeError where it does not say."""
    if not isinstance(measure.detail, QuantileAt):
        raise TypeError(f"measure {measure.indicator} is a quantile without a QuantileAt")
    return measure.detail


def _at_or_below(measure: Measure, disaggregation: Disaggregation, value: Floats) -> Measure:
    """1 at or below the quantile of a row's own cell, else 0, NaN where the measure is missing."""
    limit = np.append(value, np.nan)[disaggregation.codes]
    below = np.where(np.isnan(measure.numerator), np.nan, measure.numerator <= limit)
    return replace(measure, statistic=Statistic.MEAN, numerator=below, detail=None, multiply=1.0)


def share_intervals(shares: EstimateSet, *, methods: NDArray[np.str_], level: float) -> tuple[Floats, Floats]:
    """Ends of the intervals of shares F, NaN outside 0 to 1; each (rows of `shares`).

    mean: F ± t·SE. xlogit and asin: t intervals of log(F/(1 − F)) and of asin(√F), taken back. beta: Korn and Graubard
    (1998), Clopper–Pearson with the effective size F(1 − F)/SE²·(t(n − 1)/t(df))².
    """
    share, se, tail = shares.value, shares.se, (1.0 - level) / 2.0
    df = np.where(shares.df > 0, shares.df, np.nan)
    low, high = np.full(len(share), np.nan), np.full(len(share), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = special.stdtrit(df, 1.0 - tail)
        spread = share * (1.0 - share)
        ends: dict[Woodruff, tuple[Floats, Floats]] = {
            "mean": (share - t * se, share + t * se),
            "xlogit": _around(special.logit(share), t * se / spread, special.expit),
            "asin": _around(np.arcsin(np.sqrt(share)), t * se / (2.0 * np.sqrt(spread)), _square_of_sine),
        }
        size = spread / se**2 * (special.stdtrit(shares.n_unweighted - 1.0, tail) / special.stdtrit(df, tail)) ** 2
        hits, misses = size * share, size * (1.0 - share)
        lowest = np.asarray(special.betaincinv(hits, misses + 1.0, tail), np.float64)
        ends["beta"] = lowest, np.asarray(special.betaincinv(hits + 1.0, misses, 1.0 - tail), np.float64)
    for method, (lower, upper) in ends.items():
        mine = methods == method
        low[mine], high[mine] = lower[mine], upper[mine]
    low[low < 0], high[high > 1] = np.nan, np.nan
    some = ~np.isnan(se) & (share < 1)
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def _square_of_sine(x: Floats) -> Floats:
    square: Floats = np.sin(x) ** 2
    return square


def _around(centre: Floats, reach: Floats, back: Any) -> tuple[Floats, Floats]:
    return np.asarray(back(centre - reach), np.float64), np.asarray(back(centre + reach), np.float64)


def _with_quantiles(
    shares: EstimateSet,
    measures: Sequence[Measure],
    value: Floats,
    ends: Floats,
    constant: NDArray[np.bool_],
    *,
    level: float,
) -> EstimateSet:
    """The estimates of shares with quantiles put in their place."""
    size = len(value) // len(measures)
    times = np.repeat([m.multiply for m in measures], size)
    methods = [f"woodruff-{detail_of(m).interval}" for m in measures]
    no_share = np.isin(shares.status, NO_SHARE)
    constant = constant & ~no_share
    t = special.stdtrit(np.where(shares.df > 0, shares.df, np.nan), (1.0 + level) / 2.0)
    se = np.where(constant, 0.0, np.where(no_share, np.nan, (ends[:, 1] - ends[:, 0]) / (2.0 * t)))
    ends = np.where((no_share | constant)[:, None], np.nan, ends) * times[:, None]
    ends = np.where((times < 0)[:, None], ends[:, ::-1], ends)
    value = np.where(np.isin(shares.status, ("empty", "all_missing")), np.nan, value)
    none = np.full(len(value), np.nan)
    rest = np.where(shares.status == "control", "control", np.where(np.isnan(se), "open", "ok"))
    status = np.where(no_share, shares.status, np.where(constant, "constant", rest))
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(value != 0, se / np.abs(value), np.nan)
    return replace(
        shares,
        statistic=np.full(len(value), str(Statistic.QUANTILE), dtype=object),
        value=value * times,
        se=se * np.abs(times),
        ci_low=ends[:, 0],
        ci_high=ends[:, 1],
        ci_method=np.repeat(np.array(methods, dtype=object), size),
        cv=cv,
        deff=none,
        deft=none,
        status=status.astype(object),
    )
