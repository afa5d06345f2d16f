"""What a configuration says of replicates and further stages, checked before data are read."""

from __future__ import annotations

import re

from surveyproc.config import models
from surveyproc.config.spec import RoundSpec
from surveyproc.design.replicates import BOOTSTRAPS
from surveyproc.expressions.scope import ancestry
from surveyproc.problems import Place, Problem, counted

Pair = tuple[str, str]  # level estimated, level whose weight is used

RANGE = re.compile(r"(?P<name>.*?)(?P<first>\d+)\.\.(?P=name)(?P<last>\d+)")
ADJUSTING = ("adjust", "average")
HELD = "columns of replicate weights hold the calibration, so calibrated_on is not used"
OF_COLUMNS = ("jk1", "jkn", "brr", "fay", "sdr", "bootstrap")


def needed_pairs(spec: RoundSpec) -> tuple[Pair, ...]:
    """Every (level, weight level) that some indicator, regression or test needs, levels above before those below."""
    asked = [(i.universe, i.weight_level) for i in spec.indicators.values()]
    asked += [(r.universe, r.weight_level) for r in spec.regressions]
    asked += [(t.universe, t.weight_level) for t in spec.tests]
    pairs = {(spec.universes[universe].level, weight): None for universe, weight in asked}
    return tuple(sorted(pairs, key=lambda pair: len(ancestry(spec.levels, pair[0]))))


def replicate_columns(given: models.Replicates, level: str) -> tuple[str, ...]:
    """The columns of replicate weights of a level, ranges such as "REPW01..REPW80" written out."""
    entry = given.columns
    if isinstance(entry, dict):
        entry = entry.get(level)
    if entry is None:
        return ()
    names = [entry] if isinstance(entry, str) else entry
    return tuple(column for name in names for column in _written_out(name))


def _written_out(name: str) -> tuple[str, ...]:
    found = RANGE.fullmatch(name)
    if found is None:
        return (name,)
    first, last = found["first"], found["last"]
    width = len(first) if first.startswith("0") else 0
    return tuple(f"{found['name']}{i:0{width}d}" for i in range(int(first), int(last) + 1))


def plan_faults(spec: RoundSpec) -> list[Problem]:
    """Keys that lack, cannot be, or would not be used."""
    design, place = spec.design, spec.design_place
    found = []
    if design.domain_lonely and (design.lonely_psu not in ADJUSTING or design.replicates is not None):
        what = "domain_lonely bears only on linearised variances under the rules adjust and average"
        found.append(_unused(place, what, "domain_lonely"))
    if design.replicates is None:
        return found
    found.extend(_of_columns(design, spec) if design.replicates.columns is not None else _of_method(design, place))
    found.extend(_not_told(spec))
    return found


def _not_told(spec: RoundSpec) -> list[Problem]:
    """Replicates of the last stage's units that would have to be calibrated at a level above the one estimated.

    Which unit a record above belongs to is not kept with the rows below, so its replicates cannot meet the totals.
    """
    given, stages = spec.design.replicates, spec.design.further_stages
    if given is None or given.method != "bootstrap_preston" or given.columns is not None or not stages:
        return []
    below: dict[str, str] = {}
    for level, weight_level in needed_pairs(spec):
        if level != weight_level and weight_level in spec.design.calibrated_on:
            below.setdefault(weight_level, level)
    hint = "Choose another method without further_stages, or leave replicates out: linearised errors know of it."
    return [
        Problem(
            "design.replicates",
            spec.design_at(("replicates",)),
            f"bootstrap_preston of further stages cannot be calibrated by {above} records on rows of {level}",
            expected="replicates of psus, or a weight of the level estimated",
            hint=hint,
        )
        for above, level in below.items()
    ]


def _of_columns(design: models.Design, spec: RoundSpec) -> list[Problem]:
    given, place = design.replicates, spec.design_place
    assert given is not None
    found = [] if not design.calibrated_on else [_unused(place, HELD, "calibrated_on")]
    found += [
        _unused(place, f"replicates.{key} is for replicates made here, not for columns", f"replicates.{key}")
        for key in ("number", "seed")
        if getattr(given, key) is not None
    ]
    if design.fpc is not None or design.further_stages:
        what = "columns of replicate weights hold the whole design, fpc and further stages are not used"
        found.append(_unused(place, what, "fpc or further_stages"))
    if given.scale is None and given.method not in OF_COLUMNS:
        found.append(_missing(place, "replicates.scale", "scale:, or method: one of " + ", ".join(OF_COLUMNS)))
    if given.scale is None and given.method == "jkn" and given.rscales is None:
        found.append(_missing(place, "replicates.rscales", "one (n − 1)/n for each column"))
    if given.scale is None and given.method == "fay" and given.rho is None:
        found.append(_missing(place, "replicates.rho", "Fay's factor, such as 0.5"))
    if given.rho is not None and (given.method != "fay" or given.scale is not None):
        found.append(_unused(place, "replicates.rho is for the scale of method: fay", "replicates.rho"))
    for level in spec.weights:
        what = f"replicate weights from columns are whole, and those of {level} records would be made in steps"
        found.append(Problem("config.unsupported", place, what, hint="Take the final weight from a column too."))
    for level in spec.design.weight:
        columns = replicate_columns(given, level)
        if isinstance(given.columns, dict) and not columns:
            found.append(_missing(place, f"replicates.columns.{level}", f"the columns of {level} records"))
        elif given.rscales is not None and len(given.rscales) != len(columns):
            got = f"{len(given.rscales)} for {counted(len(columns), 'column')}"
            what = "there must be as many rscales as columns"
            found.append(Problem("config.bad-value", place, what, got=got))
    return found


def _of_method(design: models.Design, place: Place) -> list[Problem]:
    given = design.replicates
    assert given is not None
    if given.method is None:
        return [_missing(place, "replicates.method", "a method, or columns of replicate weights")]
    found = [
        _unused(place, f"replicates.{key} is for columns of replicate weights", f"replicates.{key}")
        for key in ("scale", "rscales")
        if getattr(given, key) is not None
    ]
    drawn = given.method in BOOTSTRAPS
    for key, used in (("seed", drawn), ("number", drawn), ("rho", given.method == "fay")):
        value = getattr(given, key)
        if used and value is None:
            found.append(_missing(place, f"replicates.{key}", f"{key}: of method {given.method}"))
        elif not used and value is not None and not (key == "number" and given.method in ("brr", "fay", "sdr")):
            what = f"replicates.{key} is not used by method {given.method}"
            found.append(_unused(place, what, f"replicates.{key}"))
    return found


def _missing(place: Place, key: str, expected: str) -> Problem:
    return Problem("config.missing-key", place, f"{key} is not given", expected=expected)


def _unused(place: Place, what: str, got: str) -> Problem:
    return Problem("config.unused", place, what, got=got, hint="Leave it out.")
