"""Estimate measures by cells, a block of measures at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveyproc.estimate.deff import DeffKind
from surveyproc.estimate.finish import DfKind, finish
from surveyproc.estimate.frame import Frame, make_frame
from surveyproc.estimate.interval import IntervalMethod
from surveyproc.estimate.result import EstimateSet, concatenate, empty_set
from surveyproc.estimate.totals import totals_of
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic

BLOCK_BYTES = 96 * 2**20  # of the widest table of a block, as a rule


def estimate(
    design: Design,
    measures: Sequence[Measure],
    disaggregations: Sequence[Disaggregation],
    *,
    interval: Mapping[Statistic, IntervalMethod] | None = None,
    df: DfKind = "domain",
    deff: DeffKind = "srs_replace",
    level: float = 0.95,
) -> EstimateSet:
    """Totals, means, proportions, ratios and rates of every measure in every cell, with design-based precision.

    Variances are by Taylor linearisation over all stages that the design states, or from its replicates where it has
    them, equal to R survey 4.5 (Lumley 2004). Domains keep the whole design: rows outside a cell are zeros. interval:
    the method by statistic, logit for proportions and distributions and t for all else where not said. df: "domain" =
    psus − strata that hold positive-weight cases of the cell with the measure known, "design" = of the whole design;
    with replicates never more than these have, and where they are supplied their rank − 1. deff: see `design_effects`.
    level: of the intervals, between 0 and 1. A missing numerator or denominator takes the row out of means and ratios
    and adds nothing to a total; its share of the universe is in share_missing. Rows of weight 0 stay in the design and
    count in no n. Equal inputs give equal bits; rows in another order agree to rounding (about 1e-13).

    Raises SurveyprocError where a stratum has a single psu and the design's rule is to fail.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    if not measures or not disaggregations:
        return empty_set()
    frame = make_frame(design, disaggregations)
    _refuse_lonely(frame, design)
    size = _block(frame, len(measures))
    blocks = [measures[start : start + size] for start in range(0, len(measures), size)]
    return concatenate(
        [finish(totals_of(frame, block), interval=interval, df=df, deff=deff, level=level) for block in blocks]
    )


def _block(frame: Frame, measures: int) -> int:
    """How many measures to take at once: two columns each as a rule (six at most), within BLOCK_BYTES."""
    grids = [grid for groups in frame.groups for grid in (groups.grid, *(g for g, _ in groups.further))]
    widest = max([len(frame.weight), *(len(grid.cell) for grid in grids)])
    return max(1, min(measures, BLOCK_BYTES // (8 * 2 * max(widest, 1))))


def _refuse_lonely(frame: Frame, design: Design) -> None:
    if design.lonely_psu is not LonelyPsu.FAIL or design.replicates is not None:
        return
    lonely = frame.strata.lonely
    further = sum(int(strata.lonely.sum()) for strata in frame.further)
    if not lonely.any() and not further:
        return
    names = ", ".join(design.strata[h] for h in np.flatnonzero(lonely)[:5])
    raise SurveyprocError(
        [
            Problem(
                "design.lonely-psu",
                Place(level=design.level),
                "strata have a single psu, so their variance cannot be estimated",
                got=f"{int(lonely.sum())} strata: {names}" if lonely.any() else f"{further} strata of further stages",
                hint="Join each to a partner (collapse:), or choose lonely_psu: adjust, average, certainty or remove.",
            )
        ]
    )
