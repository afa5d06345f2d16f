"""Steps of weights that cannot follow each other, and keys of a step that do not go together."""

from __future__ import annotations

from collections.abc import Sequence

from surveyproc.config import models
from surveyproc.config.merge import RoundFile
from surveyproc.config.names import did_you_mean
from surveyproc.config.world import World
from surveyproc.problems import Place, Problem
from surveyproc.values import Kind

FIRST = (models.BaseStep, models.ParentStep)
ROLES = ("complete", "partial", "refusal", "noncontact", "other", "ineligible", "unknown")
NONRESPONDENTS = ("refusal", "noncontact", "other")
RESPONSE = (models.NonresponseStep, models.PropensityStep)
PARTS_OF_ONE = 1e-6


def step_faults(level: str, steps: Sequence[models.WeightStep], written: RoundFile, world: World) -> None:
    """Everything wrong with the order and keys of a level's steps; faults go to the world's problems."""
    for index, step in enumerate(steps):
        path = ("weights", level, index)
        for key, code, what, expected in (*_order(index, step, steps), *_keys(step)):
            place = written.place(*path, key) if key else written.place(*path)
            world.problems.add(Problem(code, place, what, expected=expected))
        if isinstance(step, models.ParentStep):
            _parent(level, written.place(*path), written, world)
        elif isinstance(step, models.EligibilityStep):
            _roles(step, level, index, written, world)
        elif isinstance(step, models.PoolStep) and isinstance(step.shares, dict):
            _shares(step, written.place(*path, "shares"), world)


Fault = tuple[str, str, str, str]  # key, code, what, expected


def _order(index: int, step: models.WeightStep, steps: Sequence[models.WeightStep]) -> list[Fault]:
    bad, before, after = "config.bad-value", steps[:index], steps[index + 1 :]
    if index == 0 and not isinstance(step, FIRST):
        return [("step", bad, "the first step says where weights come from", "step: base or step: parent")]
    if index and isinstance(step, FIRST):
        return [("step", bad, f"{step.step} can only be the first step", "")]
    if isinstance(step, models.EligibilityStep):
        if any(isinstance(s, models.EligibilityStep) for s in before):
            return [("step", bad, "eligibility stands twice", "")]
        left = [role for role in NONRESPONDENTS if getattr(step, role)]
        if left and not any(isinstance(s, RESPONSE) for s in after):
            what = "non-respondents keep their weight unless a step after gives it to respondents"
            return [("step", bad, what, "a step nonresponse or propensity after it")]
    if isinstance(step, RESPONSE):
        if not any(isinstance(s, models.EligibilityStep) for s in before):
            return [("step", bad, f"{step.step} must know who responded", "a step eligibility before it")]
        if any(isinstance(s, RESPONSE) for s in before):
            return [("step", bad, "non-response is adjusted for twice", "one step nonresponse or propensity")]
    return []


def _keys(step: models.WeightStep) -> list[Fault]:
    match step:
        case models.BaseStep():
            return _base(step)
        case models.SelectionStep():
            return _selection(step)
        case models.TrimStep():
            return _trim(step)
        case models.CalibrateStep():
            return _calibrate(step)
        case models.ScaleStep() if (step.to == "population") != (step.population is not None):
            what = "population goes with to: population, and must be given there"
            return [("to", "config.missing-key", what, "")]
    return []


def _base(step: models.BaseStep) -> list[Fault]:
    if (step.column is not None) + (step.probabilities is not None) != 1:
        return [("", "config.bad-value", "a base step says one of: column, probabilities", "")]
    if step.probabilities is not None and "divide_by" in step.model_fields_set:
        return [("divide_by", "config.unused", "divide_by goes with column", "")]
    return []


def _selection(step: models.SelectionStep) -> list[Fault]:
    if (step.eligible is not None) + (step.probability is not None) != 1:
        return [("", "config.bad-value", "a selection step says one of: eligible, probability", "")]
    if step.probability is not None and "taken" in step.model_fields_set:
        return [("taken", "config.unused", "taken goes with eligible", "")]
    return []


def _trim(step: models.TrimStep) -> list[Fault]:
    rules = [step.lowest is not None or step.highest is not None]
    rules += [rule is not None for rule in (step.times_median, step.quantile, step.mse)]
    if sum(rules) != 1:
        what = "a trim step says one of: lowest and highest, times_median, quantile, mse"
        return [("", "config.bad-value", what, "")]
    if step.lowest is not None and step.highest is not None and step.lowest >= step.highest:
        return [("lowest", "config.bad-value", "the lowest weight is not below the highest", "")]
    return []


def _calibrate(step: models.CalibrateStep) -> list[Fault]:
    found = []
    if step.method == "logit" and step.bounds is None:
        found.append(("method", "config.missing-key", "logit needs bounds", "bounds: [0.5, 2]"))
    if step.method == "poststratify" and step.bounds is not None:
        what = "poststratify takes no bounds"
        found.append(("bounds", "config.unused", what, "method: linear with bounds"))
    if step.method == "poststratify" and len(step.margins) > 1:
        what = "poststratify takes one margin, which may be a crossing"
        found.append(("margins", "config.bad-value", what, "method: raking for several"))
    if step.plausible[0] >= step.plausible[1]:
        found.append(("plausible", "config.bad-value", "the lowest ratio is not below the highest", ""))
    return found


def _parent(level: str, place: Place, written: RoundFile, world: World) -> None:
    above = world.path(level)[1:]
    weighted = {*written.model.weights, *written.model.design.weight}
    if not any(at in weighted for at in above):
        what = f"no level above {level} has weights"
        world.problems.add(Problem("config.missing-key", place, what, expected="weights of " + " or ".join(above)))


def _roles(step: models.EligibilityStep, level: str, index: int, written: RoundFile, world: World) -> None:
    """Each category of the status variable has one role."""
    at = next((a for a in world.path(level) if step.status in world.scope.levels.get(a, {})), None)
    if at is None or world.scope.levels[at][step.status].kind is not Kind.CATEGORICAL:
        return  # said of the variable
    known = list(world.scope.levels[at][step.status].categories)
    seen: set[str] = set()
    for role in ROLES:
        for position, name in enumerate(getattr(step, role)):
            place = written.place("weights", level, index, role, position)
            if name not in known:
                what, hint = f"{step.status} has no category {name!r}", did_you_mean(name, known)
                world.problems.add(Problem("config.unknown-name", place, what, "", ", ".join(known), hint))
            elif name in seen:
                world.problems.add(Problem("config.duplicate-name", place, f"{name} has two roles"))
            seen.add(name)
    left = [name for name in known if name not in seen]
    if left:
        what = f"categories of {step.status} have no role: {', '.join(left)}"
        place = written.place("weights", level, index, "status")
        world.problems.add(Problem("config.unmapped", place, what, expected=", ".join(ROLES)))


def _shares(step: models.PoolStep, place: Place, world: World) -> None:
    assert isinstance(step.shares, dict)
    if step.rounds not in world.variables.concepts and step.rounds not in world.variables.derived:
        return
    kind = world.scope.levels[world.variables.level(step.rounds)][step.rounds]
    known = set(kind.categories or ("yes", "no"))
    if set(step.shares) != known:
        got, expected = ", ".join(step.shares), ", ".join(sorted(known))
        world.problems.add(Problem("config.bad-value", place, "each round has a share", got=got, expected=expected))
    elif abs(sum(step.shares.values()) - 1) > PARTS_OF_ONE:
        got = f"{sum(step.shares.values()):g}"
        world.problems.add(Problem("config.bad-value", place, "the shares do not sum to 1", got=got))
