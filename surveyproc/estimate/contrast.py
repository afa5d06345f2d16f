"""Covariances of estimates, and differences and quotients between cells and between indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.linearised import NO_VALUE, as_total, restate
from surveyproc.estimate.quantile import estimate_quantiles
from surveyproc.estimate.reevaluated import deviations
from surveyproc.estimate.replication import scaled_squares
from surveyproc.estimate.result import EstimateSet, empty_set
from surveyproc.estimate.run import estimate
from surveyproc.estimate.scores import Scores, eligible, scores
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.tails import two_sided_t
from surveyproc.values import Centre, Design, Disaggregation, Measure, Replicates, Statistic

Comparison = Literal["difference", "quotient"]
GRAVE = ("empty", "all_missing", "one_case", "one_psu", "kink", "open")


@dataclass(frozen=True, slots=True)
class Linearised:
    """One estimate with what each row adds to it. value: in the units of `multiply`; score: (n), 0 outside the cell,
    NaN where the measure is missing in it, in the same units; rows: (n), those it is estimated from; status: see
    EstimateSet, of the value alone; deviations: (R), from the estimate in each replicate, where the design has them.
    """

    value: float
    score: Floats
    rows: NDArray[np.bool_]
    status: str
    deviations: Floats | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two estimates to be compared, and the words that name the comparison."""

    indicator: str
    domain: str  # "area: urban − rural"
    left: Linearised
    right: Linearised
    how: Comparison
    category: str = ""
    cell: str = ""


def linearise(design: Design, measure: Measure, disaggregation: Disaggregation, *, cell: str = "") -> Linearised:
    """The estimate of a measure in one cell with its scores.

    A quantile's score is −(1{y ≤ q} − F)/(N f), with the density f that makes its SE that of Woodruff's interval
    (Francisco and Fuller 1991), so it has one only where it has an SE. Raises ValueError where there is no such cell.
    """
    at = disaggregation.cells.index(cell)
    inside = disaggregation.codes == at
    alone = Disaggregation(disaggregation.name, np.where(inside, 0, -1).astype(np.int32), (cell,))
    if measure.statistic is Statistic.QUANTILE:
        return _quantile(design, measure, alone, inside)
    found = scores(design, measure, alone)
    status = "kink" if found.kink[0] else str(estimate(design, [as_total(measure, found)], [alone]).status[0])
    if np.isnan(found.value[0]) and status not in NO_VALUE:
        status = "empty"
    return Linearised(
        float(found.value[0]) * measure.multiply,
        np.where(inside, found.score * measure.multiply, 0.0),
        inside & eligible(measure),
        status,
        None if design.replicates is None else deviations(design, measure, alone, found)[0] * measure.multiply,
    )


def _quantile(design: Design, measure: Measure, alone: Disaggregation, inside: NDArray[np.bool_]) -> Linearised:
    rows = inside & eligible(measure)
    found = estimate_quantiles(design, [replace(measure, multiply=1.0)], [alone])
    value, se, status = float(found.value[0]), float(found.se[0]), str(found.status[0])
    below = np.where(np.isnan(measure.numerator), np.nan, measure.numerator <= value)
    share = replace(measure, statistic=Statistic.MEAN, numerator=below, detail=None, multiply=1.0)
    of_share = estimate(design, [share], [alone])
    score = np.zeros(len(rows))
    if status == "ok":
        weight = float(design.weight[rows].sum())
        per_share = se / float(of_share.se[0]) if of_share.se[0] > 0 else 0.0
        score[rows] = -per_share * (below[rows] - float(of_share.value[0])) / weight
    known = np.where(inside & measure.universe & np.isnan(measure.numerator), np.nan, score)
    if design.replicates is None:
        return Linearised(value * measure.multiply, known * measure.multiply, rows, status)
    scored = Scores(np.array([value]), known, np.zeros(1, dtype=np.bool_))
    theta = deviations(design, measure, alone, scored)[0] * measure.multiply
    return Linearised(value * measure.multiply, known * measure.multiply, rows, status, theta)


def covariance(design: Design, estimates: Sequence[Linearised]) -> Floats:
    """The covariance matrix (E, E) of estimates, NaN in rows and columns of those without an SE.

    By polarisation, 4·cov(a, b) = var(a + b) − var(a − b), of estimates first brought to variance 1; so whatever design
    the variance of a total knows of serves here too. With replicates, from how estimates depart together in them.
    Raises SurveyprocError as `estimate` does.
    """
    size = len(estimates)
    if not size:
        return np.zeros((0, 0))
    if design.replicates is not None:
        return _together(design.replicates, estimates)
    own = _variances(design, [(e.score, e.rows) for e in estimates])
    se = np.sqrt(own)
    pairs = [(i, j) for i in range(size) for j in range(i) if se[i] > 0 and se[j] > 0]
    sums = [(_joined(estimates[i], estimates[j], se[i], se[j], sign)) for sign in (1.0, -1.0) for i, j in pairs]
    both = _variances(design, sums)
    matrix = np.where(np.isnan(se[:, None] + se), np.nan, 0.0)
    for k, (i, j) in enumerate(pairs):
        matrix[i, j] = matrix[j, i] = (both[k] - both[len(pairs) + k]) / 4.0 * se[i] * se[j]
    np.fill_diagonal(matrix, own)
    return matrix


def _together(replicates: Replicates, estimates: Sequence[Linearised]) -> Floats:
    theta = np.array([e.deviations for e in estimates])
    if replicates.centre is Centre.MEAN:
        counted = theta[:, replicates.scale > 0]
        theta = theta - counted.mean(axis=1, keepdims=True)
    matrix: Floats = (theta * replicates.scale) @ theta.T
    return matrix


def _joined(a: Linearised, b: Linearised, sa: float, sb: float, sign: float) -> tuple[Floats, NDArray[np.bool_]]:
    return _known(a) / sa + sign * _known(b) / sb, a.rows | b.rows


def _known(one: Linearised) -> Floats:
    return np.where(one.rows, one.score, 0.0)


def _variances(design: Design, given: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> Floats:
    if not given:
        return np.zeros(0)
    found = estimate(
        design, [Measure("", Statistic.TOTAL, np.where(rows, z, 0.0), rows) for z, rows in given], [_whole(design)]
    )
    squared: Floats = found.se**2
    return squared


def _whole(design: Design) -> Disaggregation:
    return Disaggregation("total", np.zeros(len(design.weight), dtype=np.int32), ("",))


def compare(
    design: Design, contrasts: Sequence[Contrast], *, df: DfKind = "domain", level: float = 0.95
) -> EstimateSet:
    """One estimate a contrast, with SE by the delta method, covariance included, and a t interval.

    The domain of a comparison is the rows of either side: its n, psus and df are theirs. It has no value where a side
    has none, and no SE where a side has none of its own or where a quotient's right side is 0 (`empty`); the status
    tells the graver of the two. Design effects, and the cv of a difference, are not defined.
    Raises SurveyprocError as `estimate` does.
    """
    if not contrasts:
        return empty_set()
    combined = [_combine(c) for c in contrasts]
    measures = []
    for contrast, (_, score, _) in zip(contrasts, combined, strict=True):
        rows = contrast.left.rows | contrast.right.rows
        measures.append(Measure(contrast.indicator, Statistic.TOTAL, score, rows, category=contrast.category))
    plain = estimate(design, measures, [_whole(design)], df=df, level=level)
    plain = replace(
        plain,
        domain=np.array([c.domain for c in contrasts], dtype=object),
        cell=np.array([c.cell for c in contrasts], dtype=object),
        deff=np.full(len(plain), np.nan),
    )
    if design.replicates is not None:
        theta = np.array([_combined_deviations(c, value) for c, (value, _, _) in zip(contrasts, combined, strict=True)])
        plain = replace(plain, se=np.sqrt(scaled_squares(design.replicates, theta.T, dropping=True)))
    own = np.array([status for _, _, status in combined], dtype=object)
    names = {"difference": Statistic.DIFFERENCE, "quotient": Statistic.QUOTIENT}
    restated = restate(
        plain,
        value=np.array([value for value, _, _ in combined]),
        status=np.where(own == "ok", plain.status, own),
        times=np.ones(len(plain)),
        statistic=np.array([str(names[c.how]) for c in contrasts], dtype=object),
        level=level,
    )
    return replace(restated, cv=np.where([c.how == "difference" for c in contrasts], np.nan, restated.cv))


def _combined_deviations(contrast: Contrast, value: float) -> Floats:
    """Deviations (R) of a comparison in the replicates, to first order, as R survey's svycontrast has it."""
    left, right = contrast.left.deviations, contrast.right.deviations
    assert left is not None
    assert right is not None
    if contrast.how == "difference":
        return left - right
    with np.errstate(invalid="ignore", divide="ignore"):
        return (left - value * right) / contrast.right.value


def significance(compared: EstimateSet) -> tuple[Floats, Floats]:
    """The t statistic of each comparison and its two-sided p-value, with the comparison's own df; NaN without an SE.

    Of a difference against 0, of a quotient against 1. R's svyttest takes one degree of freedom less.
    """
    against = np.where(compared.statistic == str(Statistic.QUOTIENT), 1.0, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where((compared.status == "ok") & (compared.se > 0), (compared.value - against) / compared.se, np.nan)
    return t, two_sided_t(t, compared.df)


def _combine(contrast: Contrast) -> tuple[float, Floats, str]:
    """Value, score and the graver status of a contrast."""
    left, right = contrast.left, contrast.right
    status = next((word for word in GRAVE if word in (left.status, right.status)), "ok")
    if contrast.how == "difference":
        return left.value - right.value, _known(left) - _known(right), status
    if right.value == 0 or np.isnan(right.value):
        return np.nan, np.zeros(len(left.rows)), "empty"
    value = left.value / right.value
    return value, (_known(left) - value * _known(right)) / right.value, status
