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
from surveyproc.design.compile import compile_design, weights_look_normalised
from surveyproc.design.plan import plan_faults, replicate_columns
from surveyproc.design.replicates import make_replicates
from surveyproc.design.stages import StageKeys
from surveyproc.design.supplied import supplied_replicates, usual_scale
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import (
    Centre,
    DerivedLevel,
    DerivedRound,
    Design,
    FileInfo,
    LonelyPsu,
    RawColumn,
    Replicates,
)

Pair = tuple[str, str]  # level estimated, level whose weight is used


def weight_column(spec: RoundSpec, level: str) -> models.WeightColumn:
    """The weight of a level with what it is divided by."""
    entry = spec.design.weight[level]
    return models.WeightColumn(column=entry) if isinstance(entry, str) else entry


def needed_pairs(spec: RoundSpec) -> tuple[Pair, ...]:
    """Every (level, weight level) that some indicator needs."""
    pairs = [(spec.universes[i.universe].level, i.weight_level) for i in spec.indicators.values()]
    return tuple(dict.fromkeys(pairs))


def design_columns(
    spec: RoundSpec, infos: Mapping[str, FileInfo]
) -> tuple[dict[str, dict[str, Place]], tuple[Problem, ...]]:
    """Level → the columns of its file that the design needs, each looked for at the level and then above."""
    wanted: dict[str, dict[str, Place]] = {level: {} for level in infos}
    problems = plan_faults(spec)
    for level in spec.design.weight:
        wanted[level][weight_column(spec, level).column] = spec.design_place
    for level, part, column in _sought(spec):
        at = _locate(column, level, spec, infos)
        if at is not None:
            wanted[at][column] = spec.design_place
            continue
        problems.append(
            Problem(
                "read.missing-column",
                spec.design_place,
                f"no file of {level} records or above has the column {column!r} ({part})",
                expected="a column of one of these files, the name written as there",
            )
        )
    return wanted, tuple(dict.fromkeys(problems))


def _sought(spec: RoundSpec) -> list[tuple[str, str, str]]:
    """(level, part of the design, column) of every column that is looked for at a level and then above."""
    parts = [(part, getattr(spec.design, part)) for part in ("strata", "psu", "fpc")]
    for number, stage in enumerate(spec.design.further_stages, start=2):
        parts += [(f"{part} of stage {number}", getattr(stage, part)) for part in ("strata", "unit", "fpc")]
    sought = [(level, part, c) for level, _ in needed_pairs(spec) for part, entry in parts for c in _names(entry)]
    if spec.design.replicates is not None:
        levels = dict.fromkeys(weight_level for _, weight_level in needed_pairs(spec))
        sought += [(w, "replicates", c) for w in levels for c in replicate_columns(spec.design.replicates, w)]
    return sought


def round_designs(derived: DerivedRound, spec: RoundSpec) -> tuple[dict[Pair, Design], tuple[Problem, ...]]:
    """The design of every pair that is needed and can be compiled, and all faults, each said once."""
    problems = Collector()
    designs: dict[Pair, Design] = {}
    weights: dict[str, NDArray[np.float64]] = {}
    for level in spec.design.weight:
        if level in derived.levels:
            weights[level], faults = _weights(derived.levels[level], spec)
            problems.extend(faults)
    for pair in needed_pairs(spec):
        level, weight_level = pair
        if level not in derived.levels:
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
    at: str | None = level
    while at is not None:
        if at in infos and column in infos[at].columns:
            return at
        at = spec.levels.get(at)
    return None


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


def _weights(level: DerivedLevel, spec: RoundSpec) -> tuple[NDArray[np.float64], list[Problem]]:
    entry = weight_column(spec, level.name)
    raw = level.raw.columns[entry.column]
    place = Place(level.raw.info.path, level=level.name, variable=entry.column)
    if raw.info.text:
        return np.full(level.rows, np.nan), [
            Problem("design.bad-weight", place, "the weight column holds text", expected="numbers")
        ]
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
    rule, given = spec.design.lonely_psu, spec.design.replicates
    supplied = given is not None and given.columns is not None

    def columns(entry: str | list[str] | None) -> list[NDArray[Any]] | None:
        return [_column(levels, name, level, spec) for name in _names(entry)] or None

    def count(entry: str | None) -> NDArray[np.float64] | None:
        return None if entry is None else np.asarray(_column(levels, entry, level, spec), dtype=np.float64)

    where = Place(levels[weight_level].raw.info.path, level=level)
    chosen = LonelyPsu.FAIL if isinstance(rule, models.Collapse) else LonelyPsu(rule)
    design, problems = compile_design(
        level=level,
        weight=carry(weight, levels, level, weight_level),
        strata=columns(spec.design.strata),
        psu=columns(spec.design.psu),
        fpc=count(spec.design.fpc),
        lonely_psu=LonelyPsu.REMOVE if supplied else chosen,
        collapse=rule.collapse if isinstance(rule, models.Collapse) else None,
        nested_ids="nested" if spec.design.nested_ids else "unique",
        stages=[StageKeys(columns(s.unit), columns(s.strata), count(s.fpc)) for s in spec.design.further_stages],
        lonely_in_domain="by the rule" if spec.design.domain_lonely else "as the sample",
        where=where,
    )
    if supplied:  # their variances look at no stratum
        problems = tuple(p for p in problems if p.code != "design.lonely-psu")
    if design is None or given is None:
        return design, problems
    replicates, found = _replicates(levels, pair, design, spec, where=where)
    return (None if replicates is None else replace(design, replicates=replicates)), (*problems, *found)


def _replicates(
    levels: Mapping[str, DerivedLevel], pair: Pair, design: Design, spec: RoundSpec, *, where: Place
) -> tuple[Replicates | None, tuple[Problem, ...]]:
    """The replicates of a design, made, or from columns at the level of its weight."""
    given = spec.design.replicates
    assert given is not None
    level, weight_level = pair
    centre = Centre.ESTIMATE if given.mse else Centre.MEAN
    rho = 0.0 if given.rho is None else float(given.rho)
    if given.columns is None:
        assert given.method is not None
        return make_replicates(
            design, given.method, number=given.number, seed=given.seed, rho=rho, centre=centre, where=where
        )
    names = replicate_columns(given, weight_level)
    columns = [_column(levels, name, weight_level, spec) for name in names]
    text = [name for name, values in zip(names, columns, strict=True) if values.dtype == object]
    if text:
        what, got = "columns of replicate weights hold text", ", ".join(text[:5])
        return None, (Problem("design.replicates", where, what, got=got, expected="numbers"),)
    scale = given.scale
    if scale is None:
        assert given.method is not None
        scale = usual_scale(given.method, len(names), rho=rho)
    own = levels[weight_level]
    weight = np.asarray(_clean(own.raw.columns[weight_column(spec, weight_level).column]), dtype=np.float64)
    replicates, problems = supplied_replicates(
        weight, columns, scale=scale, rscales=given.rscales, holding=given.holding, centre=centre, where=where
    )
    if replicates is not None:
        rows = np.arange(own.rows, dtype=np.int32)
        replicates = replace(replicates, unit=carry(rows, levels, level, weight_level))
    return replicates, problems


def _column(levels: Mapping[str, DerivedLevel], name: str, level: str, spec: RoundSpec) -> NDArray[Any]:
    """A column of the level or of one above, carried to the level's rows."""
    at = _locate(name, level, spec, {key: item.raw.info for key, item in levels.items()})
    assert at is not None
    return carry(_clean(levels[at].raw.columns[name]), levels, level, at)


def _add_new(problems: Collector, found: tuple[Problem, ...]) -> None:
    """Keep what was not said of another level already: one fault of the design, one message."""
    said = {(p.code, p.what, p.got) for p in problems.problems}
    problems.extend(p for p in found if (p.code, p.what, p.got) not in said)
