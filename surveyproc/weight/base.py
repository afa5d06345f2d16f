"""Where weights come from: a column, probabilities of selection, the level above, and selection within a record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import rows_at
from surveyproc.config import models
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values.weights import LevelWeights, WeightLine, Weights
from surveyproc.weight.sample import Prepared, Sample

Floats = NDArray[np.float64]


def base_weights(step: models.BaseStep, sample: Sample) -> tuple[Weights, str]:
    """Base weights (n), from a column or as 1 over the product of the probabilities of all stages, and what they are.

    Raises SurveyprocError for values that no weight or probability can have.
    """
    if step.column is not None:
        weight = sample.number(step.column) / float(step.divide_by)
        _check(weight, sample, step.column, low=0.0, high=np.inf, expected="a number of at least 0 for every record")
        return weight, step.column
    assert step.probabilities is not None
    product = np.ones(len(sample.weight))
    problems: list[Problem] = []
    for name in step.probabilities:
        chance = sample.number(name)
        try:
            _check(chance, sample, name, low=np.nextafter(0.0, 1.0), high=1.0, expected="above 0, at most 1")
        except SurveyprocError as error:
            problems += error.problems
        product *= chance
    if problems:
        raise SurveyprocError(problems)
    return 1.0 / product, "1 / (" + " · ".join(step.probabilities) + ")"


def parent_weights(sample: Sample, made: LevelWeights | Floats, above: str) -> Weights:
    """The final weight of a level above on this level's rows."""
    weight = made.weight if isinstance(made, LevelWeights) else made
    rows = rows_at(sample.levels, sample.level, above)
    return weight if rows is None else weight[rows]


def selection(step: models.SelectionStep, sample: Sample) -> Prepared:
    """Weights times the inverse of the probability of selection within the parent record.

    eligible / taken where records were drawn with equal chances (Kish 1949), or 1 / probability.
    """
    name = step.eligible or step.probability
    assert name is not None
    values = sample.number(name)
    used = sample.weight > 0
    if step.eligible is not None:
        low, high, expected = float(step.taken), np.inf, f"at least {step.taken:g}, the number drawn"
    else:
        low, high, expected = np.nextafter(0.0, 1.0), 1.0, "above 0, at most 1"
    _check(np.where(used, values, low), sample, name, low=low, high=high, expected=expected)
    factor = values / float(step.taken) if step.eligible is not None else 1.0 / values
    factor = np.where(used, factor, 1.0)
    cut = factor if step.most is None else np.minimum(factor, float(step.most))
    count = int((cut < factor).sum())
    detail = f"{step.eligible} / {step.taken:g}" if step.eligible is not None else f"1 / {name}"

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        return () if step.most is None else (WeightLine("cut", (), {"cases": float(count), "most": float(step.most)}),)

    return Prepared(lambda w: w * (cut if w.ndim == 1 else cut[:, None]), detail, lines)


def _check(values: Floats, sample: Sample, name: str, *, low: float, high: float, expected: str) -> None:
    where = Place(sample.file, level=sample.level, variable=name)
    problems = []
    missing = int(np.isnan(values).sum())
    bad = int(((values < low) | (values > high) | np.isinf(values)).sum())
    if missing:
        what = f"records have no value of {name}"
        hint = "Give records that were not drawn the weight 0."
        problems.append(Problem("weight.base", replace(where, cases=missing), what, expected=expected, hint=hint))
    if bad:
        what = f"values of {name} are negative, infinite or out of range"
        problems.append(Problem("weight.base", replace(where, cases=bad), what, expected=expected))
    if not problems and not (values > 0).any():
        problems.append(Problem("weight.base", where, f"no value of {name} is above zero"))
    if problems:
        raise SurveyprocError(problems)
