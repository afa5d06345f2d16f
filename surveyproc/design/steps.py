"""What a design knows of weights made in steps: calibrations for residuals, and replicates with every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import carry, rows_at
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import Carried, DerivedLevel, Design, LevelWeights, Replicates, WeightedRound

Levels = Mapping[str, DerivedLevel]
MOST = 2**27  # replicate weights at most: 1 GiB


def placed_at(sampled: Design, levels: Levels, level: str, frame: str, weight: NDArray[np.float64]) -> Design:
    """The design of the records that were sampled on the rows of a level below, with that level's weights."""
    return replace(
        sampled,
        level=level,
        weight=weight,
        psu=carry(sampled.psu, levels, level, frame),
        further=tuple(replace(stage, unit=carry(stage.unit, levels, level, frame)) for stage in sampled.further),
    )


def with_calibrations(
    design: Design, sampled: Design, frame: str, levels: Levels, weighted: WeightedRound, made: LevelWeights
) -> Design:
    """The design with the calibrations of its weights: those of the level that was calibrated last.

    Calibrations of a level above that came before are taken as fixed, and so are all adjustments for non-response.
    """
    if not made.calibrations:
        return design
    last = made.calibrations[-1].level
    steps = tuple(one.calibration for one in made.calibrations if one.level == last)
    record = rows_at(levels, design.level, last)
    if record is None:
        return replace(design, calibrations=steps)
    held = made if last == made.level else weighted.levels[last]
    carried = Carried(record.astype(np.int32), placed_at(sampled, levels, last, frame, held.weight))
    return replace(design, calibrations=tuple(replace(step, carried=carried) for step in steps))


def stepped_replicates(
    given: Replicates, sampled: Design, frame: str, levels: Levels, made: LevelWeights, calibrated: int, where: Place
) -> tuple[Replicates | None, tuple[Problem, ...]]:
    """Replicates in each of which every step of the weights was done again, as factors of the final weight.

    given: of the sampled records. The rows of the result's units are those of the level weighted. None where a step
    cannot be done in a replicate: its deviation would be anything.
    """
    count = given.factors.shape[1]
    if len(made.weight) * count > MOST:
        got = f"{count:,} replicates of {len(made.weight):,} records"
        hint = "Choose a bootstrap with a smaller number."
        return None, (Problem("design.replicates", where, "the replicates would not fit in memory", got, hint=hint),)
    unit = sampled.psu if given.unit is None else given.unit
    factors = given.factors[carry(unit, levels, made.start, frame)]
    try:
        final = made.rerun(made.base[:, None] * factors)
    except SurveyprocError as error:
        return None, tuple(
            replace(problem, what=f"in a replicate: {problem.what}", where=problem.where) for problem in error.problems
        )
    weight = made.weight[:, None]
    ratio = np.where(weight > 0, final / np.where(weight > 0, weight, 1.0), 0.0)
    rows = np.arange(len(made.weight), dtype=np.int32)
    return replace(given, factors=ratio, unit=rows, calibrated=calibrated), ()


def stepped_faults(sampled: Design, frame: str, levels: Levels, made: LevelWeights) -> tuple[Problem, ...]:
    """Weights made above the records whose psus are known, and strata that steps have left without any weight."""
    where = Place(levels[made.level].raw.info.path, level=made.level)
    above = [made.start]
    while (parent := levels[above[-1]].parent) is not None:
        above.append(parent)
    if frame not in above:
        what = f"psus are known of {frame} records only, and the weights begin with {made.start} records above them"
        hint = f"Strata and psus must be columns of the file of {made.start} records too."
        return (Problem("weight.base", where, what, hint=hint),)
    weighted = placed_at(sampled, levels, made.level, frame, made.weight)
    sums = np.bincount(weighted.psu_stratum[weighted.psu], weights=made.weight, minlength=len(weighted.strata))
    bare = [label for label, total in zip(weighted.strata, sums.tolist(), strict=True) if total == 0]
    if not bare:
        return ()
    what = "in some strata no record is left with a weight"
    got = ", ".join(bare[:5]) + (f" and {len(bare) - 5} more" if len(bare) > 5 else "")
    hint = "Join each to a partner (lonely_psu: {collapse: …}), or look at who responded there."
    return (Problem("weight.empty-class", where, what, got=got, hint=hint),)
