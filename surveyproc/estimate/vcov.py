"""Covariance matrices of weighted totals of scores, and of estimates made again in every replicate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.calibration import unit_residuals
from surveyproc.estimate.contrast import Linearised, covariance
from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.run import estimate
from surveyproc.estimate.sums import Floats
from surveyproc.values import Centre, Design, Disaggregation, Measure, Replicates, Statistic

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Domain:
    """The records behind a test or a model, units as ESTIMATE_COLUMNS. df: psus − strata, or what replicates allow."""

    n_unweighted: int
    n_psus: int
    n_weighted: float
    share_missing: float
    df: float


def totals_covariance(design: Design, scores: Floats, rows: Mask) -> Floats:
    """The covariance matrix (K, K) of Σ w·scores over some rows; NaN where there are no degrees of freedom.

    scores: (n, K); rows: (n), others add nothing but keep their place in the design. Units of the last stage are added
    up first, since a variance knows no more of a record than its unit. Raises SurveyprocError where a stratum has a
    single psu and the rule is to fail.
    """
    if design.replicates is not None:
        counted = np.where(rows[:, None], scores, 0.0)
        return spread(design.replicates, replicate_totals(design, counted), whole=design.weight @ counted)
    units, sums, held = (_residuals if design.calibrations else _by_unit)(design, scores, rows)
    estimates = [Linearised(0.0, column, held, "ok") for column in sums.T]
    return covariance(units, estimates)


def _by_unit(design: Design, scores: Floats, rows: Mask) -> tuple[Design, Floats, Mask]:
    """The design with a record a unit of its last stage, the weighted sums (U, K) of units, and those with a row.

    Where weights were calibrated a variance knows of each record, and the design stays as it is.
    """
    if design.calibrations:
        return design, np.where(rows[:, None], scores, 0.0), rows
    deepest = design.further[-1].unit if design.further else design.psu
    _, first, unit = np.unique(deepest, return_index=True, return_inverse=True)
    weighted = np.where(rows[:, None], scores, 0.0) * design.weight[:, None]
    sums = _sums(unit, weighted, len(first))
    held = np.bincount(unit, weights=rows, minlength=len(first)) > 0
    counted = np.bincount(unit, weights=rows & (design.weight > 0), minlength=len(first)) > 0
    smaller = replace(
        design,
        weight=counted.astype(np.float64),
        psu=design.psu[first],
        further=tuple(replace(stage, unit=stage.unit[first]) for stage in design.further),
    )
    return smaller, sums, held


def _residuals(design: Design, scores: Floats, rows: Mask) -> tuple[Design, Floats, Mask]:
    """The same of calibrated weights: residuals of every unit of the sample, each of which is present."""
    sums = unit_residuals(design, np.where(rows[:, None], scores, 0.0))
    everyone = np.ones(len(sums), dtype=np.bool_)
    unit = np.arange(len(sums), dtype=np.int32)
    further = []
    for stage in reversed(design.further):
        further.append(replace(stage, unit=unit))
        unit = stage.stratum_parent[stage.unit_stratum[unit]]
    weight = np.ones(len(sums))
    whole = replace(design, weight=weight, psu=unit, further=tuple(reversed(further)), calibrations=())
    return whole, sums, everyone


def _sums(unit: NDArray[Any], columns: Floats, size: int) -> Floats:
    """Sums (U, K) of columns (n, K) by unit."""
    sums = np.zeros((size, columns.shape[1]))
    for k, column in enumerate(columns.T):
        sums[:, k] = np.bincount(unit, weights=column, minlength=size)
    return sums


def replicate_weights(design: Design) -> Iterator[Floats]:
    """The weights (n) of each replicate in turn."""
    given = design.replicates
    assert given is not None
    unit = design.psu if given.unit is None else given.unit
    for column in given.factors.T:
        yield design.weight * column[unit]


def replicate_totals(design: Design, columns: Floats) -> Floats:
    """Weighted totals (R, K) of columns (n, K) in every replicate."""
    given = design.replicates
    assert given is not None
    unit, size = (design.psu if given.unit is None else given.unit), len(given.factors)
    weighted = columns * design.weight[:, None]
    totals: Floats = given.factors.T @ _sums(unit, weighted, size)
    return totals


def spread(replicates: Replicates, thetas: Floats, *, whole: Floats) -> Floats:
    """Σ_r scale_r (θ_r − θ)(θ_r − θ)ᵀ (K, K), θ the whole sample's estimate or the mean of replicates.

    thetas: (R, K), NaN in a replicate without an estimate, which is left out as in R's svrVar; whole: (K). NaN where
    fewer than two replicates are left.
    """
    used = np.isfinite(thetas).all(axis=1)
    size = thetas.shape[1]
    if used.sum() < 2:
        return np.full((size, size), np.nan)
    kept, scale = thetas[used], replicates.scale[used]
    centre = kept[scale > 0].mean(axis=0) if replicates.centre is Centre.MEAN else whole
    apart = kept - centre
    matrix: Floats = (apart * scale[:, None]).T @ apart
    return matrix


def domain_of(design: Design, universe: Mask, known: Mask, *, df: DfKind) -> Domain:
    """Counts and degrees of freedom of the records (n) of a universe with everything known."""
    everyone = Disaggregation("total", np.zeros(len(universe), dtype=np.int32), ("",))
    one = Measure("", Statistic.MEAN, np.where(known, 1.0, np.nan), universe)
    found = estimate(design, [one], [everyone], df=df)
    return Domain(
        n_unweighted=int(found.n_unweighted[0]),
        n_psus=int(found.n_psus[0]),
        n_weighted=float(found.n_weighted[0]),
        share_missing=float(found.share_missing[0]),
        df=float(found.df[0]),
    )
