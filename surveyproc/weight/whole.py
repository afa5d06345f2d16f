"""Steps that multiply all weights: scaling to the sample or a population, and pooling of rounds."""

from __future__ import annotations

import numpy as np

from surveyproc.config import models
from surveyproc.problems import Problem, SurveyprocError
from surveyproc.values.weights import WeightLine, Weights
from surveyproc.weight.classes import classes_of, spread, sums
from surveyproc.weight.figures import kish
from surveyproc.weight.sample import Prepared, Sample, cell_text, listed


def scale(step: models.ScaleStep) -> Prepared:
    """Weights of mean 1 over the records above zero, or of a known sum."""

    def apply(weight: Weights) -> Weights:
        target = float(step.population) if step.population is not None else (weight > 0).sum(axis=0)
        return np.asarray(weight * (target / weight.sum(axis=0)), dtype=np.float64)

    return Prepared(apply, step.to if step.population is None else f"{float(step.population):,.15g}")


def pool(step: models.PoolStep, sample: Sample) -> Prepared:
    """Each round's weights times its share; shares sum to 1, so that Σw estimates an average over the rounds.

    equal: 1 over the number of rounds; cases, effective: in proportion to cases, or to cases over Kish's design effect,
    which is near to least variance (Korn and Graubard 1999, section 8.2). Shares are those of the full sample.
    """
    used = sample.weight > 0
    sample.require((step.rounds,), used, "the rounds")
    rounds = classes_of((step.rounds,), [sample.column(step.rounds)], used)
    names = [cell_text(members[0]) for members in rounds.members]
    if isinstance(step.shares, dict):
        absent = [name for name in step.shares if name not in names]
        if absent:
            what = "rounds that have a share have no records"
            raise SurveyprocError([Problem("weight.base", sample.place, what, got=listed(absent))])
        share = np.array([float(step.shares[name]) for name in names])
    else:
        cases = sums(used.astype(np.float64), rounds.codes, rounds.count)
        if step.shares == "effective":
            cases = cases / np.array([kish(sample.weight[rounds.codes == c]) for c in range(rounds.count)])
        share = np.full(rounds.count, 1.0 / rounds.count) if step.shares == "equal" else cases / cases.sum()
    factor = spread(share, rounds.codes)

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        totals = sums(before, rounds.codes, rounds.count)
        return tuple(
            WeightLine("round", members[0], {"total_before": float(t), "factor": float(s), "total": float(s * t)})
            for members, s, t in zip(rounds.members, share, totals, strict=True)
        )

    return Prepared(lambda w: w * (factor if w.ndim == 1 else factor[:, None]), step.rounds, lines)
