"""Estimates as columns, one position an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.estimate.sums import Floats, Ints

Words = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class EstimateSet:
    """Estimates of measures × cells, measure by measure, within it disaggregation by disaggregation, cell by cell.

    All arrays have one length; names, order and meaning are those of ESTIMATE_COLUMNS. value, se, ci_low and ci_high
    are in units of the measure's `multiply`; cv = se/|value|. NaN where there is no number; `status` says why:

    empty        no case of weight above zero in cell and universe, or a ratio whose denominator sums to 0: no value
    all_missing  such cases, but none with the measure known: no value
    one_case     a single case: value, no SE
    one_psu      no degrees of freedom (psus − strata is 0): value, no SE
    boundary     a proportion of exactly 0 or 1: SE exactly 0, no interval, no deff
    constant     nothing varies between psus in the cell: SE exactly 0, no interval, no deff
    control      fixed by totals that the weights were calibrated to: value, no SE, for no sample tells its error
    open         a quantile whose interval lacks an end: value, at most the other end, no SE
    kink         a function of totals that has no derivative where they are: value, no SE
    ok           all else
    """

    indicator: Words
    statistic: Words
    category: Words
    domain: Words
    cell: Words
    value: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    ci_method: Words
    cv: Floats
    deff: Floats
    deft: Floats
    df: Floats
    n_unweighted: Ints
    n_psus: Ints
    n_weighted: Floats
    kish: Floats  # Kish's effect of unequal weights, n Σw² / (Σw)²
    share_missing: Floats
    status: Words

    def __len__(self) -> int:
        return len(self.value)

    def to_frame(self) -> pd.DataFrame:
        """The estimates as a frame with the columns of ESTIMATE_COLUMNS that are known here, in their order."""
        frame = pd.DataFrame({field.name: getattr(self, field.name) for field in fields(self)})
        frame.insert(list(frame.columns).index("n_psus"), "n_effective", self.n_unweighted / self.deff)
        return frame


def empty_set() -> EstimateSet:
    """No estimates at all."""
    kinds: dict[str, type] = {"n_unweighted": np.int64, "n_psus": np.int64}
    words = {"indicator", "statistic", "category", "domain", "cell", "ci_method", "status"}
    columns: dict[str, Any] = {
        field.name: np.zeros(0, dtype=object if field.name in words else kinds.get(field.name, np.float64))
        for field in fields(EstimateSet)
    }
    return EstimateSet(**columns)


def concatenate(sets: Sequence[EstimateSet]) -> EstimateSet:
    """Several sets in one, in the order given."""
    if len(sets) == 1:
        return sets[0]
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(s, field.name) for s in sets]) for field in fields(EstimateSet)
    }
    return EstimateSet(**columns)


def take(one: EstimateSet, positions: Ints) -> EstimateSet:
    """The estimates at some positions, in that order."""
    return EstimateSet(**{field.name: getattr(one, field.name)[positions] for field in fields(EstimateSet)})


def interleave(sets: Sequence[EstimateSet], cells: Sequence[int]) -> EstimateSet:
    """Sets of the same measures, one a disaggregation of so many cells, as one set measure by measure."""
    joined = concatenate(sets)
    measures = len(sets[0]) // cells[0] if cells[0] else 0
    starts = np.concatenate(([0], np.cumsum([len(s) for s in sets])[:-1]))
    positions = [
        start + j * size + np.arange(size) for j in range(measures) for start, size in zip(starts, cells, strict=True)
    ]
    return take(joined, np.concatenate(positions).astype(np.int64)) if positions else joined
