"""Further stages of selection from key columns: numbered, counted, and checked against the population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.design.keys import Keys, code_keys, cross
from surveyproc.design.population import Holding, counts_of_rates
from surveyproc.problems import Place, Problem, Severity
from surveyproc.values import LonelyPsu, Stage

CERTAIN = 1e-7  # share not drawn below which every unit was certain to be drawn; R survey's limit


@dataclass(frozen=True, slots=True)
class StageKeys:
    """Columns of one further stage, each of length n.

    unit: key columns of the units drawn, None = each row is a unit; strata: key columns within the unit of the stage
    before, None = one stratum each; fpc: units in the population of the row's stratum, None = with replacement; or by
    `holds` the rate at which they were drawn.
    """

    unit: Sequence[NDArray[Any]] | None = None
    strata: Sequence[NDArray[Any]] | None = None
    fpc: NDArray[np.float64] | None = None
    holds: Holding = "counts"


def stage_name(number: int) -> str:
    """What stands for a stage in the place of a problem until its columns do."""
    return f"stage {number}"


def stage_number(name: str) -> int | None:
    """The number of a stage from its name; None where it is none."""
    word, _, number = name.partition(" ")
    return int(number) if word == "stage" and number.isdecimal() else None


def compile_stages(
    psu: NDArray[np.int64], first_fpc: NDArray[np.float64] | None, stages: Sequence[StageKeys], *, where: Place
) -> tuple[tuple[Stage, ...], list[Problem]]:
    """Number the units of each stage within those of the stage before; psu: (n), first_fpc: (H) or None.

    Unit ids may start again in each unit of the stage before. A stage under one drawn with replacement adds nothing to
    a variance and is refused, as are missing ids and counts below the units in the file.
    """
    made: list[Stage] = []
    problems: list[Problem] = []
    above, counted = psu, first_fpc is not None
    for number, keys in enumerate(stages, start=2):
        spot = replace(where, variable=stage_name(number))
        if not counted:
            problems.append(_useless(number, spot))
            break
        stage, found = _compile(above, keys, number, spot)
        problems.extend(found)
        if stage is None:
            break
        made.append(stage)
        above, counted = stage.unit.astype(np.int64), keys.fpc is not None
    return tuple(made), problems


def lonely_faults(stages: Sequence[Stage], rule: LonelyPsu, *, where: Place) -> list[Problem]:
    """What to say of strata of further stages in which a single unit of several was drawn."""
    problems = []
    for number, stage in enumerate(stages, start=2):
        spot = replace(where, variable=stage_name(number))
        drawn = np.bincount(stage.unit_stratum, minlength=len(stage.fpc))
        lonely = (drawn == 1) & (stage.fpc * (1.0 - CERTAIN) >= 1.0)
        if not lonely.any():
            continue
        got = f"{int(lonely.sum())} of {len(lonely)} strata of stage {number}"
        what = "strata of a further stage have a single unit in the file"
        if rule is LonelyPsu.FAIL:
            expected, hint = "two units or more in each", "Choose lonely_psu: adjust, average, certainty or remove."
            problems.append(Problem("design.lonely-psu", spot, what, got=got, expected=expected, hint=hint))
            continue
        others = np.bincount(stage.stratum_parent, weights=~lonely)
        if rule is LonelyPsu.AVERAGE and (others[stage.stratum_parent] == 0).any():
            what = "units of which no stratum has two units or more have nothing to average"
            hint = "Choose lonely_psu: adjust, certainty or remove."
            problems.append(Problem("design.lonely-psu", spot, what, got=got, hint=hint))
            continue
        what = f"{what}; the rule '{rule}' is applied"
        problems.append(Problem("design.lonely-psu", spot, what, got=got, severity=Severity.INFO))
    return problems


def _useless(number: int, where: Place) -> Problem:
    return Problem(
        "design.stages",
        where,
        f"stage {number} follows one without a population count, so it would add nothing to any variance",
        expected="fpc for every stage but the last",
        hint="Give fpc of the stage before, or leave the further stages out.",
    )


def _compile(
    above: NDArray[np.int64], keys: StageKeys, number: int, where: Place
) -> tuple[Stage | None, list[Problem]]:
    rows = len(above)
    strata = code_keys(keys.strata) if keys.strata else Keys(np.zeros(rows, dtype=np.int64), ())
    unit = code_keys(keys.unit) if keys.unit else Keys(np.arange(rows, dtype=np.int64), ())
    problems = []
    for fault, coded, word in (("design.missing-stratum", strata, "stratum"), ("design.missing-psu", unit, "unit")):
        missing = int((coded.codes < 0).sum())
        if missing:
            place = replace(where, cases=missing)
            what = f"cases have no {word} of stage {number}"
            problems.append(Problem(fault, place, what, expected=f"a {word} of each stage for every case"))
    if problems:
        return None, problems
    stratum, parent = cross(above, strata.codes)
    code, unit_stratum = cross(stratum, unit.codes)
    fpc = keys.fpc
    if fpc is not None and keys.holds == "rates":
        fpc, problems = counts_of_rates(fpc, stratum, unit_stratum, where=where)
        if problems:
            return None, problems
    counts, problems = _counts(fpc, stratum, unit_stratum, number=number, where=where)
    if problems:
        return None, problems
    return Stage(
        unit=code.astype(np.int32),
        unit_stratum=unit_stratum.astype(np.int32),
        stratum_parent=parent.astype(np.int32),
        fpc=counts,
    ), []


def _counts(
    fpc: NDArray[np.float64] | None,
    stratum: NDArray[np.int64],
    unit_stratum: NDArray[np.int64],
    *,
    number: int,
    where: Place,
) -> tuple[NDArray[np.float64], list[Problem]]:
    """Units in the population of each stratum of a stage (H)."""
    size = int(unit_stratum.max(initial=-1)) + 1
    if fpc is None:
        return np.full(size, np.inf), []
    expected = f"the number of units of stage {number} in the population of the unit of the stage before"
    bad = ~(fpc >= 1)
    if bad.any():
        what = f"cases have no population count of stage {number}, or one below 1"
        hint = "Give counts, or say holds: rates."
        place = replace(where, cases=int(bad.sum()))
        return np.zeros(size), [Problem("design.fpc", place, what, expected=expected, hint=hint)]
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, stratum, fpc)
    np.maximum.at(high, stratum, fpc)
    drawn = np.bincount(unit_stratum, minlength=size)
    problems = []
    for faulty, what in (
        (low != high, f"the population count of stage {number} varies within strata"),
        (high < drawn, f"the population count of stage {number} is below the units in the file"),
    ):
        if faulty.any():
            got = f"{int(faulty.sum())} of {size} strata of stage {number}"
            problems.append(Problem("design.fpc", where, what, got=got, expected=expected))
    return high, problems
