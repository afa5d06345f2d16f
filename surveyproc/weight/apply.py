"""Steps of calibration put to a design: its weights, or those of each of its replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveyproc.values import Calibration, Carried, Design, Replicates
from surveyproc.weight.calibrate import calibrate
from surveyproc.weight.distance import Floats
from surveyproc.weight.result import Calibrated, Failure


def step_factors(step: Calibration, weight: Floats, *, tolerance: float = 1e-10, iterations: int = 100) -> Calibrated:
    """The calibration of a step from weights (m) of the records that it calibrates."""
    return calibrate(
        weight,
        step.cells,
        step.auxiliary,
        totals=step.totals,
        names=step.names,
        method=step.method,
        bounds=step.bounds,
        margins=step.margins,
        spread=step.spread,
        tolerance=tolerance,
        iterations=iterations,
    )


def apply(design: Design, steps: Sequence[Calibration]) -> tuple[Design, Failure | None]:
    """A design whose rows are calibrated by steps, one after the other, in every replicate too where it has any.

    The design given keeps its weights where a step fails, in the full sample or in a replicate. `before` of each step
    is set to the weights that it meets. The result carries the steps, for residual variances; replicates, where there
    are any, hold what is to be known of them.
    """
    weight, done = design.weight, list(design.calibrations)
    for step in steps:
        found = step_factors(step, weight)
        if found.failure is not None:
            return design, found.failure
        done.append(replace(step, before=weight))
        weight = weight * found.g
    calibrated = replace(design, weight=weight, calibrations=tuple(done))
    if design.replicates is None:
        return calibrated, None
    replicates, failure = recalibrated(design, steps, weight)
    if replicates is None:
        return design, failure
    return replace(calibrated, replicates=replicates), None


def recalibrated(
    design: Design, steps: Sequence[Calibration], weight: Floats
) -> tuple[Replicates | None, Failure | None]:
    """Replicates of weights that are calibrated anew in each, as factors of the calibrated weights (n).

    Rows of one unit of the replicates and one cell of every step share their factors. A replicate in which a step fails
    is a failure of the whole: its deviation would be anything.
    """
    assert design.replicates is not None
    given, carried = design.replicates, steps[0].carried
    if carried is not None:
        return _of_rows(design, carried, steps)
    unit = design.psu if given.unit is None else given.unit
    keys = np.stack([unit, *(step.cells for step in steps)])
    groups, group = np.unique(keys, axis=1, return_inverse=True)
    group = group.ravel()
    summed = np.bincount(group, weights=design.weight, minlength=groups.shape[1])
    shifted = np.bincount(group, weights=weight, minlength=groups.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        g = np.where(shifted > 0, summed / shifted, 0.0)
    factors = given.factors[groups[0]]
    for r in range(factors.shape[1]):
        of_replicate = summed * factors[:, r]
        for step, cells in zip(steps, groups[1:], strict=True):
            small = replace(step, cells=cells.astype(np.int32))
            found = step_factors(small, of_replicate)
            if found.failure is not None:
                return None, found.failure
            of_replicate = of_replicate * found.g
            factors[:, r] *= found.g
    return replace(
        given, factors=factors * g[:, None], unit=group.astype(np.int32), calibrated=given.calibrated + len(steps)
    ), None


def _of_rows(
    design: Design, carried: Carried, steps: Sequence[Calibration]
) -> tuple[Replicates | None, Failure | None]:
    """Replicates of rows whose weights are those of records that are calibrated anew; factors are those of psus.

    Raises ValueError where factors belong to other units than psus, which the records cannot be told by.
    """
    assert design.replicates is not None
    if design.replicates.unit is not None:
        raise ValueError("replicates of psus can be calibrated by records above the rows, others cannot")
    records = replace(carried.design, replicates=design.replicates)
    made, failure = recalibrated(records, [replace(step, carried=None) for step in steps], records.weight)
    if made is None or made.unit is None:
        return None, failure
    return replace(made, unit=made.unit[carried.record]), None


def recalibrate_replicates(design: Design) -> tuple[Design, Failure | None]:
    """A design whose replicates meet the totals that its weights meet; as it is where they do already."""
    if design.replicates is None or design.replicates.calibrated >= len(design.calibrations):
        return design, None
    made, failure = recalibrated(design, design.calibrations, design.weight)
    return (design, failure) if made is None else (replace(design, replicates=made), None)
