"""The weights of a round: the steps of each level in their order, levels above before those below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import rows_at
from surveyproc.config import models
from surveyproc.config.names import did_you_mean
from surveyproc.config.spec import RoundSpec
from surveyproc.config.weightspec import StepSpec
from surveyproc.expressions.scope import ancestry
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import DerivedLevel, DerivedRound, FileInfo
from surveyproc.values.weights import Calibrated, LevelWeights, WeightedRound, Weights, WeightStep
from surveyproc.weight.base import base_weights, selection
from surveyproc.weight.calibration import calibration
from surveyproc.weight.figures import step_figures
from surveyproc.weight.items import item_response
from surveyproc.weight.response import eligibility, nonresponse, propensity
from surveyproc.weight.sample import Prepared, Sample
from surveyproc.weight.trimming import trimming
from surveyproc.weight.whole import pool, scale

Floats = NDArray[np.float64]
Watch = Callable[[StepSpec, Sample], None]


def weight_columns(
    spec: RoundSpec, infos: Mapping[str, FileInfo]
) -> tuple[dict[str, dict[str, Place]], tuple[Problem, ...]]:
    """Level → the columns of its file that the steps need, each looked for at the level weighted and then above."""
    wanted: dict[str, dict[str, Place]] = {level: {} for level in infos}
    problems = []
    for level, steps in spec.weights.items():
        above = [at for at in ancestry(spec.levels, level) if at in infos]
        for step in steps:
            for column in step_columns(step.model):
                at = next((a for a in above if column in infos[a].columns), None)
                if at is not None:
                    wanted[at][column] = step.place
                    continue
                what = f"no file of {level} records or above has the column {column!r}"
                hint = did_you_mean(column, [name for a in above for name in infos[a].columns])
                problems.append(Problem("read.missing-column", step.place, what, hint=hint))
    return wanted, tuple(problems)


def step_columns(step: models.WeightStep) -> tuple[str, ...]:
    """Columns of files that a step reads as they are."""
    match step:
        case models.BaseStep():
            return tuple(step.probabilities or ((step.column,) if step.column else ()))
        case models.SelectionStep():
            return tuple(name for name in (step.eligible, step.probability) if name is not None)
        case _:
            return ()


def weigh_round(
    derived: DerivedRound, spec: RoundSpec, given: Mapping[str, Floats], *, watch: Watch = lambda step, sample: None
) -> tuple[WeightedRound, tuple[Problem, ...]]:
    """Weights of every level that has steps, and all faults; a level stops at the first step that cannot be done.

    given: weights of other levels, from columns. watch: is shown each step after the first with what it sees. Weights
    are whole or they are not there: of a level with a fault nothing is kept.
    """
    problems = Collector()
    made: dict[str, LevelWeights] = {}
    order = sorted(spec.weights, key=lambda level: len(ancestry(spec.levels, level)))
    for level in order:
        if level not in derived.levels:
            continue
        try:
            weights = _level(level, derived.levels, spec, made, given, watch)
        except SurveyprocError as error:
            problems.extend(error.problems)
            continue
        if weights is not None:
            made[level] = weights
    borrowed = {
        level: above
        for level in derived.levels
        if level not in spec.weight_levels
        and (above := next((a for a in ancestry(spec.levels, level) if a in spec.weight_levels), None)) is not None
    }
    own = {level: (level, weight) for level, weight in given.items()}
    own |= {level: (level, one.weight) for level, one in made.items()}
    own |= {level: own[above] for level, above in borrowed.items() if above in own}
    return WeightedRound(made, borrowed, item_response(derived, spec, own)), tuple(problems.problems)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the chain of a level begins: the level, its base weights, what turns them into weights of this level, the
    calibrations that they went through, and where they are from in words."""

    level: str
    base: Floats
    carry: Callable[[Weights], Weights]
    calibrations: tuple[Calibrated, ...]
    detail: str


def _start(
    level: str,
    step: StepSpec,
    levels: Mapping[str, DerivedLevel],
    spec: RoundSpec,
    made: Mapping[str, LevelWeights],
    given: Mapping[str, Floats],
) -> _Start | None:
    """None where the level above, whose weight it takes, has none for a fault of its own."""
    if isinstance(step.model, models.BaseStep):
        sample = Sample(levels, level, np.ones(levels[level].rows), None, step.place)
        base, detail = base_weights(step.model, sample)
        return _Start(level, base, lambda weight: weight, (), detail)
    above = next(at for at in ancestry(spec.levels, level)[1:] if at in spec.weight_levels)
    rows = rows_at(levels, level, above)
    assert rows is not None
    if above in made:
        held = made[above]
        return _Start(held.start, held.base, lambda weight: held.rerun(weight)[rows], held.calibrations, above)
    return _Start(above, given[above], lambda weight: weight[rows], (), above) if above in given else None


def _level(
    level: str,
    levels: Mapping[str, DerivedLevel],
    spec: RoundSpec,
    made: Mapping[str, LevelWeights],
    given: Mapping[str, Floats],
    watch: Watch,
) -> LevelWeights | None:
    steps = spec.weights[level]
    start = _start(level, steps[0], levels, spec, made, given)
    if start is None:
        return None
    weight = start.carry(start.base)
    told = [WeightStep(1, steps[0].model.step, start.detail, step_figures(weight, weight))]
    chain, found, roles = [start.carry], list(start.calibrations), None
    for number, step in enumerate(steps[1:], start=2):
        sample = Sample(levels, level, weight, roles, step.place)
        watch(step, sample)
        ready = prepare(step, sample)
        after = ready.apply(weight)
        _positive(after, level, step)
        figures, lines = step_figures(weight, after), ready.lines(weight, after)
        told.append(WeightStep(number, step.model.step, ready.detail, figures, lines))
        chain.append(ready.apply)
        found += [Calibrated(level, one) for one in ready.calibrations]
        weight, roles = after, ready.roles if ready.roles is not None else roles
    return LevelWeights(level, start.level, start.base, weight, tuple(told), _chained(tuple(chain)), tuple(found))


def prepare(step: StepSpec, sample: Sample) -> Prepared:
    """A step after the first made ready on the full sample."""
    match step.model:
        case models.SelectionStep():
            return selection(step.model, sample)
        case models.EligibilityStep():
            return eligibility(step.model, sample)
        case models.NonresponseStep():
            return nonresponse(step.model, sample)
        case models.PropensityStep():
            return propensity(step.model, sample)
        case models.TrimStep():
            return trimming(step.model, sample)
        case models.CalibrateStep():
            assert step.known is not None
            return calibration(step.model, step.known, sample)
        case models.ScaleStep():
            return scale(step.model)
        case models.PoolStep():
            return pool(step.model, sample)
        case _:
            raise KeyError(step.model.step)


def _chained(steps: tuple[Callable[[Weights], Weights], ...]) -> Callable[[Weights], Weights]:
    def rerun(weight: Weights) -> Weights:
        for step in steps:
            weight = step(weight)
        return weight

    return rerun


def _positive(weight: Floats, level: str, step: StepSpec) -> None:
    """A step may not leave negative weights, nor none at all."""
    negative = int((weight < 0).sum())
    where = Place(step.place.file, step.place.line, step.place.column, level=level, cases=negative or None)
    if negative:
        what = f"the step {step.model.step} would give negative weights"
        hint = "Choose raking, or give bounds whose lower end is at least 0."
        raise SurveyprocError([Problem("weight.not-calibrated", where, what, hint=hint)])
    if not (weight > 0).any():
        what = f"the step {step.model.step} leaves no weight above zero"
        raise SurveyprocError([Problem("weight.base", where, what)])
