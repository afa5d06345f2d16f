"""The designs of a round: where weights, strata and psus are, carried to each level that is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import carry, clean
from surveyproc.config import models
from surveyproc.config.spec import RoundSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.design.compile import compile_design, weights_look_normalised
from surveyproc.design.declared import declared_columns, with_declared
from surveyproc.design.plan import Pair, needed_pairs, plan_faults, replicate_columns
from surveyproc.design.population import Holding
from surveyproc.design.replicates import make_replicates
from surveyproc.design.stages import StageKeys, stage_name, stage_number
from surveyproc.design.steps import placed_at, stepped_faults, stepped_replicates, with_calibrations
from surveyproc.design.supplied import supplied_replicates, usual_scale
from surveyproc.expressions.scope import ancestry
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import (
    Centre,
    DerivedLevel,
    DerivedRound,
    Design,
    FileInfo,
    LonelyPsu,
    Replicates,
    WeightedRound,
)


def weight_column(spec: RoundSpec, level: str) -> models.WeightColumn:
    """The weight of a level with what it is divided by."""
    entry = spec.design.weight[level]
    return models.WeightColumn(column=entry) if isinstance(entry, str) else entry


def design_columns(
    spec: RoundSpec, infos: Mapping[str, FileInfo]
) -> tuple[dict[str, dict[str, Place]], tuple[Problem, ...]]:
    """Level → the columns of its file that the design needs, each looked for at the sampled level and then above."""
    wanted: dict[str, dict[str, Place]] = {level: {} for level in infos}
    problems = Collector()
    problems.extend(plan_faults(spec))
    for level in spec.design.weight:
        wanted[level][weight_column(spec, level).column] = spec.design_at(("weight", level))
    missing: dict[str, None] = {}
    for level, start, part, column in _sought(spec, infos):
        at = _locate(column, start, spec, infos)
        if at is not None:
            wanted[at][column] = spec.design_at(part)
            continue
        if column not in missing:
            problems.add(_no_column(column, part, level, spec, infos))
        missing[column] = None
    return wanted, tuple(problems.problems)


Part = tuple[str | int, ...]  # keys of the design down to an entry


def _parts(spec: RoundSpec) -> dict[Part, tuple[str, ...]]:
    """The entries of the design that name columns of the sampled level or above, with their columns."""
    parts: dict[Part, tuple[str, ...]] = {(key,): _names(getattr(spec.design, key)) for key in ("strata", "psu", "fpc")}
    for number, stage in enumerate(spec.design.further_stages):
        for key in ("strata", "unit", "fpc"):
            parts["further_stages", number, key] = _names(getattr(stage, key))
    return parts


def _sought(spec: RoundSpec, infos: Mapping[str, FileInfo]) -> list[tuple[str, str, Part, str]]:
    """(level that needs it, level from which it is looked for upwards, entry, column) of the design's columns."""
    sought = [
        (level, frame_level(level, spec, infos), part, column)
        for level, _ in needed_pairs(spec)
        for part, names in _parts(spec).items()
        for column in names
    ]
    levels = dict.fromkeys(weight_level for _, weight_level in needed_pairs(spec))
    sought += [(w, w, entry, column) for w, entry, column in declared_columns(spec, list(levels))]
    if spec.design.replicates is not None:
        entry = ("replicates", "columns")
        sought += [(w, w, entry, c) for w in levels for c in replicate_columns(spec.design.replicates, w)]
    return sought


def frame_level(level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> str:
    """The level whose records were sampled: the highest, from `level` up, that has all columns of every stage.

    The design is made of its records, so that psus in which no record of `level` was found keep their zeros.
    """
    names = [name for names in _parts(spec).values() for name in names]
    able = [
        at
        for at in ancestry(spec.levels, level)
        if at in infos and all(_locate(name, at, spec, infos) is not None for name in names)
    ]
    return able[-1] if able else level


def _no_column(column: str, part: Part, level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> Problem:
    seen = [name for at in ancestry(spec.levels, level) if at in infos for name in infos[at].columns]
    words = f"{part[2]} of stage {int(part[1]) + 2}" if part[0] == "further_stages" else str(part[0])
    return Problem(
        "read.missing-column",
        spec.design_at(part),
        f"no file of {level} records or above has the column {column!r} ({words})",
        expected="a column of one of these files, the name written as there",
        hint=did_you_mean(column, seen),
    )


def column_weights(
    derived: DerivedRound, spec: RoundSpec
) -> tuple[dict[str, NDArray[np.float64]], tuple[Problem, ...]]:
    """Weights (n) of the levels that take them from a column, and what is wrong with them."""
    problems: list[Problem] = []
    weights: dict[str, NDArray[np.float64]] = {}
    for level in spec.design.weight:
        if level in derived.levels:
            weight, faults = _weights(derived.levels[level], spec)
            problems.extend(faults)
            if weight is not None:
                weights[level] = weight
    return weights, tuple(problems)


def round_designs(
    derived: DerivedRound, spec: RoundSpec, weighted: WeightedRound | None = None
) -> tuple[dict[Pair, Design], tuple[Problem, ...]]:
    """The design of every pair that is needed and can be compiled, and all faults, each said once.

    weighted: weights of the levels that are made in steps.
    """
    problems = Collector()
    designs: dict[Pair, Design] = {}
    weights, faults = column_weights(derived, spec)
    problems.extend(faults)
    made = weighted or WeightedRound()
    for level, stepped in made.levels.items():
        weights[level] = stepped.weight
        where = Place(derived.levels[level].raw.info.path, level=level)
        problems.extend(_population_gap(stepped.weight, level, spec, where))
    for pair in needed_pairs(spec):
        level, weight_level = pair
        if level not in derived.levels or weight_level not in weights:
            continue
        design, found = _design(derived.levels, pair, weights[weight_level], spec, made)
        _add_new(problems, found)
        if design is not None:
            designs[pair] = design
    return designs, tuple(problems.problems)


def totals_refused(
    derived: DerivedRound, spec: RoundSpec, weighted: WeightedRound | None = None
) -> tuple[Problem, ...]:
    """A problem for each total asked from weights that do not expand to a population."""
    problems = []
    weights, _ = column_weights(derived, spec)
    made = (weighted or WeightedRound()).levels
    weights |= {level: one.weight for level, one in made.items()}
    for indicator in spec.indicators.values():
        weight = weights.get(indicator.weight_level)
        asked = spec.asked(indicator.universe, indicator.needs)
        if indicator.statistic != "total" or not asked or weight is None:
            continue
        scale = "none" if indicator.weight_level in made else spec.design.scale_weights_to
        if scale == "sample" or (scale == "none" and weights_look_normalised(weight)):
            problems.append(
                Problem(
                    "estimate.totals-refused",
                    indicator.place,
                    f"{indicator.name} is a total, and the weights of {indicator.weight_level} records have mean 1",
                    expected="weights that expand to the population",
                    hint="Say scale_weights_to: population with the population's number, or drop the total.",
                )
            )
    return tuple(problems)


def _names(entry: str | list[str] | models.Fpc | None) -> tuple[str, ...]:
    if entry is None:
        return ()
    if isinstance(entry, models.Fpc):
        return (entry.column,)
    return (entry,) if isinstance(entry, str) else tuple(entry)


def _holds(entry: str | models.Fpc | None) -> Holding:
    return entry.holds if isinstance(entry, models.Fpc) else "counts"


def _locate(column: str, level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> str | None:
    return next((at for at in ancestry(spec.levels, level) if at in infos and column in infos[at].columns), None)


def _weights(level: DerivedLevel, spec: RoundSpec) -> tuple[NDArray[np.float64] | None, list[Problem]]:
    """Weights of a level (n), scaled as the design says; None where the column holds text."""
    entry = weight_column(spec, level.name)
    raw = level.raw.columns[entry.column]
    place = Place(level.raw.info.path, level=level.name, variable=entry.column)
    if raw.info.text:
        return None, [Problem("design.bad-weight", place, "the weight column holds text", expected="numbers")]
    weight = np.asarray(clean(raw), dtype=np.float64) / float(entry.divide_by)
    total = float(np.nansum(weight))
    known = spec.design.population.get(level.name)
    scale = spec.design.scale_weights_to
    if scale == "sample":
        return weight * (int((weight > 0).sum()) / total), []
    if scale == "population":
        if known is None:
            problem = Problem(
                "config.missing-key",
                spec.design_place,
                f"the population of {level.name} records is not given",
                expected=f"population: {{{level.name}: number}}",
            )
            return weight, [problem]
        return weight * (float(known) / total), []
    return weight, _population_gap(weight, level.name, spec, place)


def _population_gap(weight: NDArray[np.float64], level: str, spec: RoundSpec, place: Place) -> list[Problem]:
    """A problem where Σw is not the population that the design gives."""
    total, known = float(np.nansum(weight)), spec.design.population.get(level)
    if known is None or abs(total / float(known) - 1) <= float(spec.design.tolerance):
        return []
    what = f"the weights sum to {total:,.0f}, the population is said to be {float(known):,.0f}"
    hint = "Check the weight, divide_by and the units of the population."
    return [Problem("design.scale", place, what, hint=hint)]


def _design(
    levels: Mapping[str, DerivedLevel],
    pair: Pair,
    weight: NDArray[np.float64],
    spec: RoundSpec,
    weighted: WeightedRound,
) -> tuple[Design | None, tuple[Problem, ...]]:
    level, weight_level = pair
    made = weighted.levels.get(weight_level)
    infos = {name: item.raw.info for name, item in levels.items()}
    frame = frame_level(level, spec, infos)
    own, faults = compile_design(
        level=level, weight=carry(weight, levels, level, weight_level), where=Place(level=level)
    )
    sampled, found = _sampled(levels, frame, spec)
    problems = tuple(_placed(problem, pair, frame, spec, infos) for problem in (*faults, *found))
    if own is None or sampled is None:
        return None, problems
    design = placed_at(sampled, levels, level, frame, own.weight)
    if made is not None:
        found = stepped_faults(sampled, frame, levels, made)
        if found:
            return None, (*problems, *found)
        design = with_calibrations(design, sampled, frame, levels, weighted, made)
    elif weight_level in spec.design.calibrated_on:
        reader = partial(_column, levels, level=weight_level, spec=spec)
        with_steps, found = with_declared(design, sampled, levels, spec, weight_level, weight=weight, column=reader)
        problems = (*problems, *found)
        if with_steps is None:
            return None, problems
        design = with_steps
    given = spec.design.replicates
    if given is None:
        return design, problems
    if given.columns is None:
        where = Place(infos[frame].path, level=frame)
        replicates, found = _made(given, sampled, where)
        source = frame
        if made is not None and replicates is not None:
            steps = len(design.calibrations)
            replicates, found = stepped_replicates(replicates, sampled, frame, levels, made, steps, where)
            source = weight_level
    else:
        replicates, found = _supplied(given, levels, weight_level, spec)
        source = weight_level
    problems = (*problems, *found)
    if replicates is None:
        return None, problems
    if replicates.unit is not None:
        replicates = replace(replicates, unit=carry(replicates.unit, levels, level, source))
    return replace(design, replicates=replicates), problems


def _sampled(
    levels: Mapping[str, DerivedLevel], frame: str, spec: RoundSpec
) -> tuple[Design | None, tuple[Problem, ...]]:
    """The design of the records that were sampled, each with weight 1, without replicates."""
    rule, given = spec.design.lonely_psu, spec.design.replicates
    supplied = given is not None and given.columns is not None

    def columns(entry: str | list[str] | None) -> list[NDArray[Any]] | None:
        return [_column(levels, name, frame, spec) for name in _names(entry)] or None

    counts, problems = _population_counts(levels, frame, spec)
    if problems:
        return None, problems
    chosen = LonelyPsu.FAIL if isinstance(rule, models.Collapse) else LonelyPsu(rule)
    design, problems = compile_design(
        level=frame,
        weight=np.ones(levels[frame].rows),
        strata=columns(spec.design.strata),
        psu=columns(spec.design.psu),
        fpc=counts[0],
        fpc_holds=_holds(spec.design.fpc),
        lonely_psu=LonelyPsu.REMOVE if supplied else chosen,
        collapse=rule.collapse if isinstance(rule, models.Collapse) else None,
        nested_ids="nested" if spec.design.nested_ids else "unique",
        stages=[
            StageKeys(columns(stage.unit), columns(stage.strata), count, _holds(stage.fpc))
            for stage, count in zip(spec.design.further_stages, counts[1:], strict=True)
        ],
        lonely_in_domain="by the rule" if spec.design.domain_lonely else "as the sample",
        where=Place(level=frame),
    )
    if supplied:  # their variances look at no stratum
        problems = tuple(p for p in problems if p.code != "design.lonely-psu")
    return design, problems


def _population_counts(
    levels: Mapping[str, DerivedLevel], frame: str, spec: RoundSpec
) -> tuple[list[NDArray[np.float64] | None], tuple[Problem, ...]]:
    """The column of population counts of each stage, None where it has none."""
    counts: list[NDArray[np.float64] | None] = []
    problems = []
    for number, entry in enumerate((spec.design.fpc, *(s.fpc for s in spec.design.further_stages)), start=1):
        column = None if entry is None else _column(levels, _names(entry)[0], frame, spec)
        if column is not None and column.dtype == object:
            where = Place(level=frame, variable="" if number == 1 else stage_name(number))
            problems.append(
                Problem("design.fpc", where, "the population counts are text", expected="a column of numbers")
            )
        else:
            counts.append(None if column is None else np.asarray(column, dtype=np.float64))
    return counts, tuple(problems)


def _column(levels: Mapping[str, DerivedLevel], name: str, level: str, spec: RoundSpec) -> NDArray[Any]:
    """A column of the level or of one above, carried to the level's rows."""
    at = _locate(name, level, spec, {key: item.raw.info for key, item in levels.items()})
    assert at is not None
    return carry(clean(levels[at].raw.columns[name]), levels, level, at)


def _centre(given: models.Replicates) -> Centre:
    return Centre.ESTIMATE if given.mse else Centre.MEAN


def _made(given: models.Replicates, design: Design, where: Place) -> tuple[Replicates | None, tuple[Problem, ...]]:
    """Replicates made from the design of the sampled records; factors are those of psus or of units."""
    assert given.method is not None
    rho = 0.0 if given.rho is None else float(given.rho)
    return make_replicates(
        design, given.method, number=given.number, seed=given.seed, rho=rho, centre=_centre(given), where=where
    )


def _supplied(
    given: models.Replicates, levels: Mapping[str, DerivedLevel], weight_level: str, spec: RoundSpec
) -> tuple[Replicates | None, tuple[Problem, ...]]:
    """Replicates from columns at the level of the weight, whose rows are their units."""
    own = levels[weight_level]
    where = Place(own.raw.info.path, level=weight_level)
    names = replicate_columns(given, weight_level)
    columns = [_column(levels, name, weight_level, spec) for name in names]
    text = [name for name, values in zip(names, columns, strict=True) if values.dtype == object]
    if text:
        what, got = "columns of replicate weights hold text", ", ".join(text[:5])
        return None, (Problem("design.replicates", where, what, got=got, expected="numbers"),)
    scale = given.scale
    if scale is None:
        assert given.method is not None
        scale = usual_scale(given.method, len(names), rho=0.0 if given.rho is None else float(given.rho))
    weight = np.asarray(clean(own.raw.columns[weight_column(spec, weight_level).column]), dtype=np.float64)
    return supplied_replicates(
        weight, columns, scale=scale, rscales=given.rscales, holding=given.holding, centre=_centre(given), where=where
    )


PARTS = {"weight": "weight", "stratum": "strata", "psu": "psu", "strata": "psu", "fpc": "fpc", "collapse": "strata"}
STAGE_PARTS = {"stratum": "strata", "fpc": "fpc"}  # other faults of a further stage are those of its units


def _placed(problem: Problem, pair: Pair, frame: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> Problem:
    """The problem at the column that it is about, in the file that holds it; cases are those of the level judged."""
    _, weight_level = pair
    word = problem.code.rpartition("-")[2].removeprefix("design.")
    stage = stage_number(problem.where.variable)
    if stage is not None:
        names = _parts(spec)["further_stages", stage - 2, STAGE_PARTS.get(word, "unit")]
    elif PARTS[word] == "weight":
        names = _names(weight_column(spec, weight_level).column) if weight_level in spec.design.weight else ()
    else:
        names = _names(getattr(spec.design, PARTS[word]))
    if stage is None and PARTS[word] == "weight":
        at = weight_level
    else:
        at = (_locate(names[0], frame, spec, infos) if names else None) or frame
    where = replace(problem.where, file=infos[at].path, variable=", ".join(names))
    return replace(problem, where=where)


def _add_new(problems: Collector, found: tuple[Problem, ...]) -> None:
    """Keep what was not said of another level already: one fault of the design, one message."""
    said = {(p.code, p.what, p.got, p.where.variable) for p in problems.problems}
    problems.extend(p for p in found if (p.code, p.what, p.got, p.where.variable) not in said)
