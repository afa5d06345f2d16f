"""The designs of a round: where weights, strata and psus are, carried to each level that is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import carry
from surveyproc.config import models
from surveyproc.config.spec import RoundSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.design.compile import compile_design, weights_look_normalised
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import DerivedLevel, DerivedRound, Design, FileInfo, LonelyPsu, RawColumn

Pair = tuple[str, str]  # level estimated, level whose weight is used


def weight_column(spec: RoundSpec, level: str) -> models.WeightColumn:
    """The weight of a level with what it is divided by."""
    entry = spec.design.weight[level]
    return models.WeightColumn(column=entry) if isinstance(entry, str) else entry


def needed_pairs(spec: RoundSpec) -> tuple[Pair, ...]:
    """Every (level, weight level) that some indicator needs, levels above before those below."""
    pairs = {(spec.universes[i.universe].level, i.weight_level): None for i in spec.indicators.values()}
    return tuple(sorted(pairs, key=lambda pair: len(_above(pair[0], spec.levels))))


def design_columns(
    spec: RoundSpec, infos: Mapping[str, FileInfo]
) -> tuple[dict[str, dict[str, Place]], tuple[Problem, ...]]:
    """Level → the columns of its file that the design needs, each looked for at the sampled level and then above."""
    wanted: dict[str, dict[str, Place]] = {level: {} for level in infos}
    problems = Collector()
    for level in spec.design.weight:
        wanted[level][weight_column(spec, level).column] = spec.design_at(("weight", level))
    missing: dict[str, None] = {}
    for level, _ in needed_pairs(spec):
        for part in ("strata", "psu", "fpc"):
            for column in _names(getattr(spec.design, part)):
                at = _locate(column, frame_level(level, spec, infos), spec, infos)
                if at is not None:
                    wanted[at][column] = spec.design_at((part,))
                    continue
                if column not in missing:
                    problems.add(_no_column(column, part, level, spec, infos))
                missing[column] = None
    return wanted, tuple(problems.problems)


def frame_level(level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> str:
    """The level whose records were sampled: the highest, from `level` up, that has all columns of strata, psu and fpc.

    The design is made of its records, so that psus in which no record of `level` was found keep their zeros.
    """
    names = [name for part in ("strata", "psu", "fpc") for name in _names(getattr(spec.design, part))]
    able = [
        at
        for at in _above(level, spec.levels)
        if at in infos and all(_locate(name, at, spec, infos) is not None for name in names)
    ]
    return able[-1] if able else level


def _no_column(column: str, part: str, level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> Problem:
    seen = [name for at in _above(level, spec.levels) if at in infos for name in infos[at].columns]
    return Problem(
        "read.missing-column",
        spec.design_at((part,)),
        f"no file of {level} records or above has the column {column!r} ({part})",
        expected="a column of one of these files, the name written as there",
        hint=did_you_mean(column, seen),
    )


def _above(level: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """A level and those above it, nearest first."""
    found: list[str] = []
    at: str | None = level
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return tuple(found)


def round_designs(derived: DerivedRound, spec: RoundSpec) -> tuple[dict[Pair, Design], tuple[Problem, ...]]:
    """The design of every pair that is needed and can be compiled, and all faults, each said once."""
    problems = Collector()
    designs: dict[Pair, Design] = {}
    weights: dict[str, NDArray[np.float64]] = {}
    for level in spec.design.weight:
        if level in derived.levels:
            weight, faults = _weights(derived.levels[level], spec)
            problems.extend(faults)
            if weight is not None:
                weights[level] = weight
    for pair in needed_pairs(spec):
        level, weight_level = pair
        if level not in derived.levels or weight_level not in weights:
            continue
        design, found = _design(derived.levels, pair, weights[weight_level], spec)
        _add_new(problems, found)
        if design is not None:
            designs[pair] = design
    return designs, tuple(problems.problems)


def totals_refused(derived: DerivedRound, spec: RoundSpec) -> tuple[Problem, ...]:
    """A problem for each total asked from weights that do not expand to a population."""
    problems = []
    for indicator in spec.indicators.values():
        if indicator.statistic != "total" or indicator.name in spec.unavailable:
            continue
        level = derived.levels[indicator.weight_level]
        weight, _ = _weights(level, spec)
        if weight is None:
            continue
        if spec.design.scale_weights_to == "sample" or (
            spec.design.scale_weights_to == "none" and weights_look_normalised(weight)
        ):
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


def _names(entry: str | list[str] | None) -> tuple[str, ...]:
    return () if entry is None else (entry,) if isinstance(entry, str) else tuple(entry)


def _locate(column: str, level: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> str | None:
    return next((at for at in _above(level, spec.levels) if at in infos and column in infos[at].columns), None)


def _clean(raw: RawColumn) -> NDArray[Any]:
    """Values with what the file declares missing set to missing, so that no code 9999 becomes a weight or a stratum."""
    info, values = raw.info, raw.values
    if info.text:
        declared = {v for v in info.missing_values if isinstance(v, str)}
        return np.array(["" if v in declared else v for v in values], dtype=object) if declared else values
    bad = np.isin(values, [v for v in info.missing_values if not isinstance(v, str)])
    for low, high in info.missing_ranges:
        bad |= (values >= low) & (values <= high)
    return np.where(bad, np.nan, values) if bad.any() else values


def _weights(level: DerivedLevel, spec: RoundSpec) -> tuple[NDArray[np.float64] | None, list[Problem]]:
    """Weights of a level (n), scaled as the design says; None where the column holds text."""
    entry = weight_column(spec, level.name)
    raw = level.raw.columns[entry.column]
    place = Place(level.raw.info.path, level=level.name, variable=entry.column)
    if raw.info.text:
        return None, [Problem("design.bad-weight", place, "the weight column holds text", expected="numbers")]
    weight = np.asarray(_clean(raw), dtype=np.float64) / float(entry.divide_by)
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
    if known is not None and abs(total / float(known) - 1) > float(spec.design.tolerance):
        what = f"the weights sum to {total:,.0f}, the population is said to be {float(known):,.0f}"
        return weight, [
            Problem("design.scale", place, what, hint="Check the weight, divide_by and the units of the population.")
        ]
    return weight, []


def _design(
    levels: Mapping[str, DerivedLevel], pair: Pair, weight: NDArray[np.float64], spec: RoundSpec
) -> tuple[Design | None, tuple[Problem, ...]]:
    level, weight_level = pair
    rule = spec.design.lonely_psu
    infos = {name: item.raw.info for name, item in levels.items()}
    frame = frame_level(level, spec, infos)

    def columns(part: str) -> list[NDArray[Any]] | None:
        found = []
        for name in _names(getattr(spec.design, part)):
            at = _locate(name, frame, spec, infos)
            assert at is not None
            found.append(carry(_clean(levels[at].raw.columns[name]), levels, frame, at))
        return found or None

    fpc = columns("fpc")
    if fpc is not None and fpc[0].dtype == object:
        problem = Problem(
            "design.fpc", Place(level=frame), "the population counts are text", expected="a column of numbers"
        )
        return None, (_placed(problem, pair, frame, spec, infos),)
    own, faults = compile_design(
        level=level, weight=carry(weight, levels, level, weight_level), where=Place(level=level)
    )
    sampled, found = compile_design(
        level=frame,
        weight=np.ones(levels[frame].rows),
        strata=columns("strata"),
        psu=columns("psu"),
        fpc=None if fpc is None else np.asarray(fpc[0], dtype=np.float64),
        lonely_psu=LonelyPsu.FAIL if isinstance(rule, models.Collapse) else LonelyPsu(rule),
        collapse=rule.collapse if isinstance(rule, models.Collapse) else None,
        nested_ids="nested" if spec.design.nested_ids else "unique",
        where=Place(level=frame),
    )
    problems = tuple(_placed(problem, pair, frame, spec, infos) for problem in (*faults, *found))
    if own is None or sampled is None:
        return None, problems
    return replace(sampled, level=level, weight=own.weight, psu=carry(sampled.psu, levels, level, frame)), problems


PARTS = {"weight": "weight", "stratum": "strata", "psu": "psu", "strata": "psu", "fpc": "fpc", "collapse": "strata"}


def _placed(problem: Problem, pair: Pair, frame: str, spec: RoundSpec, infos: Mapping[str, FileInfo]) -> Problem:
    """The problem at the column that it is about, in the file that holds it; cases are those of the level judged."""
    _, weight_level = pair
    part = PARTS[problem.code.rpartition("-")[2].removeprefix("design.")]
    if part == "weight":
        at, names = weight_level, _names(weight_column(spec, weight_level).column)
    else:
        names = _names(getattr(spec.design, part))
        at = (_locate(names[0], frame, spec, infos) if names else None) or frame
    where = replace(problem.where, file=infos[at].path, variable=", ".join(names))
    return replace(problem, where=where)


def _add_new(problems: Collector, found: tuple[Problem, ...]) -> None:
    """Keep what was not said of another level already: one fault of the design, one message."""
    said = {(p.code, p.what, p.got, p.where.variable) for p in problems.problems}
    problems.extend(p for p in found if (p.code, p.what, p.got, p.where.variable) not in said)
