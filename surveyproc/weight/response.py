"""Steps of non-response made ready: eligibility, weighting classes, response propensity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveyproc.config import models
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values.weights import Cell, WeightLine, Weights
from surveyproc.weight.classes import Classes, classes_of, coded, joined, sums
from surveyproc.weight.nonresponse import (
    Role,
    Roles,
    adjust_classes,
    eligible,
    masked,
    respondents,
    spread_unknown,
)
from surveyproc.weight.propensity import propensity_classes, propensity_inverse
from surveyproc.weight.rates import rate_lines, representativity
from surveyproc.weight.sample import Prepared, Sample, listed, members_text

ROLES = ("complete", "partial", "refusal", "noncontact", "other", "ineligible", "unknown")


def roles_of(step: models.EligibilityStep, sample: Sample) -> Roles:
    """The role of each record (n); raises SurveyprocError for records of weight above zero without a result."""
    codes, names = coded(sample.column(step.status))
    role_of = {name: number for number, role in enumerate(ROLES) for name in getattr(step, role)}
    table = np.array([role_of[name] for name in names] + [int(Role.NONE)], dtype=np.int8)
    roles: Roles = table[codes]
    count = int(((roles == Role.NONE) & (sample.weight > 0)).sum())
    if count:
        where = Place(sample.file, level=sample.level, variable=step.status, cases=count)
        what = "records that were drawn have no result of the interview"
        raise SurveyprocError([Problem("weight.status", where, what, expected="a result for every record drawn")])
    return roles


def eligibility(step: models.EligibilityStep, sample: Sample) -> Prepared:
    """Unknown eligibility is spread over the known; ineligible records then get zero."""
    roles = roles_of(step, sample)
    drawn = sample.weight > 0
    names = tuple(step.classes)
    sample.require(names, drawn, "classes of eligibility")
    classes = classes_of(names, [sample.column(name) for name in names], drawn)
    known = (roles >= Role.COMPLETE) & (roles != Role.UNKNOWN) & drawn
    bare = (sums(known.astype(np.float64), classes.codes, classes.count) == 0) & (
        sums(((roles == Role.UNKNOWN) & drawn).astype(np.float64), classes.codes, classes.count) > 0
    )
    if bare.any():
        got = listed([members_text(classes.members[c]) for c in np.flatnonzero(bare)])
        what = "classes hold records of unknown eligibility and none of known"
        hint = "Leave a variable out of classes."
        raise SurveyprocError([Problem("weight.empty-class", sample.place, what, got=got, hint=hint)])
    stays = roles != Role.INELIGIBLE

    def apply(weight: Weights) -> Weights:
        return masked(spread_unknown(weight, roles, classes.codes, classes.count), stays)

    told = _cells_told(step, sample)

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        whole = spread_unknown(before, roles, classes.codes, classes.count)
        by_role = tuple(
            WeightLine(
                "role",
                (),
                {
                    "cases": float((drawn & (roles == number)).sum()),
                    "total_before": float(before[roles == number].sum()),
                    "total": float(whole[roles == number].sum()),
                },
                role,
            )
            for number, role in enumerate(ROLES)
            if (drawn & (roles == number)).any()
        )
        return (*by_role, *rate_lines(before, roles, told))

    return Prepared(apply, step.status, lines, roles)


def _cells_told(step: models.EligibilityStep, sample: Sample) -> list[tuple[Cell, NDArray[np.bool_]]]:
    """The whole and each category of the variables by which rates are told, with their rows."""
    found: list[tuple[Cell, NDArray[np.bool_]]] = [((), np.ones(len(sample.weight), dtype=np.bool_))]
    for name in step.rates_by:
        codes, names = coded(sample.column(name))
        found += [(((name, category),), codes == at) for at, category in enumerate(names)]
    return found


def nonresponse(step: models.NonresponseStep, sample: Sample) -> Prepared:
    """Weighting classes of eligible records; small ones are joined by the rule, or refused."""
    roles, used, takes = _eligible_rows(sample)
    names = tuple(step.classes)
    sample.require(names, used, "classes of non-response")
    classes = classes_of(names, [sample.column(name) for name in names], used)

    def too_small(found: Classes) -> NDArray[np.bool_]:
        counts = sums(takes.astype(np.float64), found.codes, found.count)
        small = counts < step.minimum
        if step.most is not None:
            small |= _factors(sample.weight, used, takes, found) > float(step.most)
        return np.asarray(small)

    if step.collapse == "nearest":
        classes = joined(classes, too_small)
    _refuse_small(step, classes, too_small(classes), joined(classes, too_small), sample, takes)

    predictors = [coded(sample.column(name))[0] for name in names]

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        return (*_class_lines(classes, before, used, takes), representativity(before, predictors, used, takes))

    detail = " × ".join(names)
    return Prepared(lambda w: adjust_classes(w, roles, classes.codes, classes.count), detail, lines)


def propensity(step: models.PropensityStep, sample: Sample) -> Prepared:
    """Classes of the estimated propensity, or its inverse; the model is fitted again for each set of weights."""
    _, used, takes = _eligible_rows(sample)
    names = tuple(step.predictors)
    sample.require(names, used, "the model of response")
    predictors = [coded(sample.column(name))[0] for name in names]
    number = step.classes

    def apply(weight: Weights) -> Weights:
        if number is None:
            return propensity_inverse(weight, predictors, used, takes, sample.place)
        return propensity_classes(weight, predictors, used, takes, number, sample.place)

    def lines(before: Weights, after: Weights) -> tuple[WeightLine, ...]:
        kept = takes & (after > 0)
        factor = np.zeros(len(before))
        factor[kept] = after[kept] / before[kept]
        low, high = float(factor[kept].min()), float(factor[kept].max())
        figures = {"eligible": float(used.sum()), "respondents": float(takes.sum())}
        line = WeightLine("propensity", (), {**figures, "factor_low": low, "factor_high": high})
        return (line, representativity(before, predictors, used, takes))

    return Prepared(apply, " + ".join(names), lines)


def _eligible_rows(sample: Sample) -> tuple[Roles, NDArray[np.bool_], NDArray[np.bool_]]:
    assert sample.roles is not None
    used = eligible(sample.roles) & (sample.weight > 0)
    return sample.roles, used, respondents(sample.roles) & used


def _factors(weight: Weights, used: NDArray[np.bool_], takes: NDArray[np.bool_], classes: Classes) -> Weights:
    whole = sums(masked(weight, used), classes.codes, classes.count)
    held = sums(masked(weight, takes), classes.codes, classes.count)
    with np.errstate(divide="ignore"):
        return whole / held


def _refuse_small(
    step: models.NonresponseStep,
    classes: Classes,
    small: NDArray[np.bool_],
    would: Classes,
    sample: Sample,
    takes: NDArray[np.bool_],
) -> None:
    if not small.any():
        return
    counts = sums(takes.astype(np.float64), classes.codes, classes.count)
    empty = small & (counts == 0)
    hint = f"With collapse: nearest {classes.count} classes would become {would.count}."
    if step.collapse == "nearest":
        hint = "All classes are joined already: lower minimum, or raise most."
    problems = []
    for faulty, code, what in (
        (empty, "weight.empty-class", "in classes of non-response nobody responded"),
        (small & ~empty, "weight.small-class", "classes of non-response are too small or have too large a factor"),
    ):
        if faulty.any():
            factor = _factors(sample.weight, takes | (classes.codes >= 0), takes, classes)
            got = listed([
                f"{members_text(classes.members[c])} ({counts[c]:.0f} respondents, factor {factor[c]:.3g})"
                for c in np.flatnonzero(faulty)
            ])  # fmt: skip
            expected = f"{step.minimum} respondents or more" + (
                f", a factor of {step.most:g} at most" if step.most is not None else ""
            )
            problems.append(Problem(code, sample.place, what, got=got, expected=expected, hint=hint))
    raise SurveyprocError(problems)


def _class_lines(
    classes: Classes, before: Weights, used: NDArray[np.bool_], takes: NDArray[np.bool_]
) -> tuple[WeightLine, ...]:
    whole = sums(masked(before, used), classes.codes, classes.count)
    held = sums(masked(before, takes), classes.codes, classes.count)
    cases = sums(used.astype(np.float64), classes.codes, classes.count)
    answered = sums(takes.astype(np.float64), classes.codes, classes.count)
    return tuple(
        WeightLine(
            "class",
            cell,
            {
                "eligible": float(cases[c]),
                "respondents": float(answered[c]),
                "rate": float(held[c] / whole[c]),
                "factor": float(whole[c] / held[c]),
                "total": float(whole[c]),
                "joined": float(len(members)),
                "first": float(cell == members[0]),
            },
        )
        for c, members in enumerate(classes.members)
        for cell in members
    )
