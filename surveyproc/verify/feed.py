"""One measure in the cells of one disaggregation as complete columns, which is what samplics estimates soundly from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_CASES = "no case with a known value"
ZERO = "the estimate is 0, by which samplics divides"


@dataclass(frozen=True, slots=True)
class Feed:
    """Columns for a Taylor estimator, and the cells that it cannot be asked for.

    y, weight: float64 (m); x: the same, None for a total; stratum, psu, domain: int64 (m). Every psu of the design has
    a row. Rows in none of the cells are zeros of y and x and stand in the domain of the first cell, to which they add
    nothing. remaining: 1 − f by stratum in ascending order, None where psus were drawn with replacement. cells: those
    to ask for. refused: cell → why not.
    """

    y: Floats
    x: Floats | None
    weight: Floats
    stratum: Ints
    psu: Ints
    domain: Ints
    cells: tuple[int, ...]
    remaining: Mapping[int, float] | None = None
    refused: Mapping[int, str] = field(default_factory=dict)


def make_feed(design: Design, measure: Measure, disaggregation: Disaggregation, *, cells: Sequence[int]) -> Feed:
    """The feed of a measure in some cells of a disaggregation.

    A missing numerator or denominator becomes y = 0 and x = 0: a mean is the ratio of the totals of the known values
    and of the known rows. Psus without a row, which a level below the sampled one may have, come as a row of weight 0.
    """
    y, x, eligible = _complete(measure)
    codes = disaggregation.codes.astype(np.int64)
    refused = _refused(design, measure, codes, y=y, x=x, eligible=eligible, cells=cells)
    offered = tuple(cell for cell in cells if cell not in refused)
    inside = np.isin(codes, offered)
    empty = np.setdiff1d(np.arange(len(design.psu_stratum)), design.psu)
    nothing = np.zeros(len(empty))
    first = offered[0] if offered else 0
    psu = np.concatenate((design.psu.astype(np.int64), empty))
    stratum = design.psu_stratum.astype(np.int64)[psu]
    return Feed(
        y=np.concatenate((np.where(inside, y, 0.0), nothing)),
        x=None if measure.statistic is Statistic.TOTAL else np.concatenate((np.where(inside, x, 0.0), nothing)),
        weight=np.concatenate((design.weight, nothing)),
        stratum=stratum,
        psu=psu,
        domain=np.concatenate((np.where(inside, codes, first), np.full(len(empty), first))),
        cells=offered,
        remaining=_remaining(design, np.unique(stratum)),
        refused=refused,
    )


def _complete(measure: Measure) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Numerator and denominator without missing values, and the rows that count; (n) each."""
    eligible = measure.universe & ~np.isnan(measure.numerator)
    below = np.ones(len(eligible)) if measure.denominator is None else measure.denominator
    eligible &= ~np.isnan(below)
    return np.where(eligible, measure.numerator, 0.0), np.where(eligible, below, 0.0), eligible


def _refused(
    design: Design,
    measure: Measure,
    codes: Ints,
    *,
    y: Floats,
    x: Floats,
    eligible: NDArray[np.bool_],
    cells: Sequence[int],
) -> dict[int, str]:
    lonely = _touches_lonely(design, eligible)
    reasons = {}
    for cell in cells:
        here = codes == cell
        weight = design.weight[here]
        if not bool((weight[eligible[here]] > 0).any()) or not float((weight * x[here]).sum()):
            reasons[cell] = NO_CASES
        elif not float((weight * y[here]).sum()):
            reasons[cell] = ZERO
        elif bool(lonely[here].any()):
            reasons[cell] = f"lonely_psu: {design.lonely_psu} is not offered by samplics"
    return reasons


def _touches_lonely(design: Design, eligible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows (n) on which a rule for lonely psus bears that samplics does not have: it only lets them add nothing."""
    if design.lonely_psu not in (LonelyPsu.ADJUST, LonelyPsu.AVERAGE):
        return np.zeros(len(eligible), dtype=np.bool_)
    drawn = np.bincount(design.psu_stratum, minlength=len(design.strata))
    lonely = drawn == 1
    if design.fpc is not None:
        lonely &= design.fpc > 1
    rows: NDArray[np.bool_] = lonely[design.psu_stratum[design.psu]] & eligible
    return rows


def _remaining(design: Design, strata: Ints) -> dict[int, float] | None:
    if design.fpc is None:
        return None
    drawn = np.bincount(design.psu_stratum, minlength=len(design.strata))
    return {int(h): 1.0 - float(drawn[h]) / float(design.fpc[h]) for h in strata}
