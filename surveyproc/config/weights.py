"""The steps of the weights of a round: names settled, order judged, known totals read and compared with the levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Literal

from surveyproc.config import models
from surveyproc.config.declare import Declarations
from surveyproc.config.gather import shown_path
from surveyproc.config.merge import RoundFile
from surveyproc.config.names import did_you_mean
from surveyproc.config.spec import SourceFile
from surveyproc.config.stepfaults import step_faults
from surveyproc.config.totals import TotalsFile, read_totals
from surveyproc.config.variables import Variables
from surveyproc.config.weightspec import CROSS, KnownTotals, MarginSpec, StepSpec
from surveyproc.config.world import World
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import Kind

COUNTABLE = (Kind.CATEGORICAL, Kind.BOOLEAN)
SHOWN = 6  # levels that a message names
Steps = Mapping[str, tuple[StepSpec, ...]]
Totals = Literal["read", "leave"]


def resolve_weights(
    written: RoundFile,
    declarations: Declarations,
    variables: Variables,
    problems: Collector,
    *,
    totals: Totals = "read",
) -> tuple[Steps, tuple[SourceFile, ...]]:
    """The steps of each level and the files of totals that they read; faults go to `problems`.

    totals: "leave" takes the margins and no file, which need not exist yet.
    """
    assert variables.scope is not None
    place = written.place("weights")
    world = World(declarations, variables, variables.scope, frozenset(), place, problems)
    files: dict[str, TotalsFile | None] = {}
    used: dict[str, set[str]] = {}
    steps: dict[str, tuple[StepSpec, ...]] = {}
    for level, entries in written.model.weights.items():
        at = written.place("weights", level, of="key")
        if not _level_holds(level, at, written, problems):
            continue
        step_faults(level, entries, written, world)
        found = []
        for index, entry in enumerate(entries):
            known = None
            _names(level, index, entry, written, world)
            if isinstance(entry, models.CalibrateStep):
                known = _known(level, index, entry, written, world, totals, files, used)
            found.append(StepSpec(entry, written.place("weights", level, index), known))
        steps[level] = tuple(found)
    _unused(files, used, problems)
    return steps, tuple(SourceFile(f.shown, f.sha256) for f in files.values() if f is not None)


def _level_holds(level: str, place: Place, written: RoundFile, problems: Collector) -> bool:
    files = written.model.files
    if level not in files:
        what, expected = f"the round has no file of {level!r} records", ", ".join(files)
        problems.add(Problem("config.unknown-name", place, what, "", expected, did_you_mean(level, list(files))))
        return False
    if level in written.model.design.weight:
        what = f"{level} records have a weight in design and steps in weights"
        hint = "Leave it out of design.weight; a column is {step: base, column: …} here."
        problems.add(Problem("config.duplicate-name", place, what, hint=hint))
        return False
    return True


def _names(level: str, index: int, entry: Any, written: RoundFile, world: World) -> None:
    """The variables that a step names are known at its level, and were asked."""
    lists: dict[str, list[str]] = {}
    for key in ("classes", "predictors", "cells", "rates_by"):
        value = getattr(entry, key, None)
        if isinstance(value, list):
            lists[key] = value
    for key, names in lists.items():
        for position, name in enumerate(names):
            _variable(name, level, written.place("weights", level, index, key, position), world, COUNTABLE)
    for key in ("status", "rounds", "partition"):
        single: str | None = getattr(entry, key, None)
        if single is not None:
            _variable(single, level, written.place("weights", level, index, key), world, COUNTABLE)
    if isinstance(entry, models.TrimStep) and entry.mse is not None:
        place = written.place("weights", level, index, "mse")
        _variable(entry.mse, level, place, world, (Kind.NUMBER, Kind.BOOLEAN))


def _variable(name: str, level: str, place: Place, world: World, kinds: Iterable[Kind]) -> bool:
    if not world.variable(name, level, place, kinds):
        return False
    if name in world.variables.unavailable:
        world.problems.add(Problem("config.unmapped", place, f"{name} was not asked in this round"))
        return False
    return True


def categories(name: str, world: World) -> tuple[str, ...]:
    """Names of a variable's categories in order; yes and no of a yes/no variable."""
    kind = world.scope.levels[world.variables.level(name)][name]
    return ("yes", "no") if kind.kind is Kind.BOOLEAN else kind.categories


def _margin(names: tuple[str, ...], level: str, place: Place, world: World) -> MarginSpec | None:
    """A margin counts the lowest of the records that its variables are of, at the level or below it."""
    seen = [n for n in names if n in world.variables.concepts or n in world.variables.derived]
    at = level
    for name in seen:
        lower = world.variables.level(name)
        if at in world.path(lower):
            at = lower
    kinds = (*COUNTABLE, Kind.NUMBER) if len(names) == 1 else COUNTABLE
    if len(set(names)) < len(names):
        world.problems.add(Problem("config.bad-value", place, "a crossing is of different variables"))
        return None
    usable = [_variable(name, at, place, world, kinds) for name in names]
    if not all(usable):
        return None
    home = world.scope.levels[world.variables.level(names[0])][names[0]]
    if home.kind is Kind.NUMBER:
        return MarginSpec(names, at, ((),))
    return MarginSpec(names, at, tuple(product(*(categories(name, world) for name in names))))


def _known(
    level: str,
    index: int,
    entry: models.CalibrateStep,
    written: RoundFile,
    world: World,
    totals: Totals,
    files: dict[str, TotalsFile | None],
    used: dict[str, set[str]],
) -> KnownTotals | None:
    path = ("weights", level, index)
    margins: list[MarginSpec] = []
    for position, margin in enumerate(entry.margins):
        names = (margin,) if isinstance(margin, str) else tuple(margin)
        place = written.place(*path, "margins", position)
        found = _margin(names, level, place, world)
        if found is not None and any(set(m.variables) == set(names) for m in margins):
            world.problems.add(Problem("config.duplicate-name", place, f"the margin {found.name} stands twice"))
        elif found is not None and entry.partition in names:
            what = f"{entry.partition} makes the partition and cannot be in a margin too"
            world.problems.add(Problem("config.bad-value", place, what))
        elif found is not None:
            margins.append(found)
    file = _file(written, path, entry.totals, files, world.problems) if totals == "read" else None
    cells: tuple[str, ...] = ("",)
    if entry.partition is not None:
        if entry.partition not in world.variables.concepts and entry.partition not in world.variables.derived:
            return None
        cells = categories(entry.partition, world)
    if totals == "leave":
        return KnownTotals(tuple(margins), entry.partition, dict.fromkeys(cells, ()), {}, entry.totals)
    if file is None or len(margins) < len(entry.margins):
        return None
    used.setdefault(file.shown, set()).update(margin.name for margin in margins)
    return _compared(file, tuple(margins), entry.partition, cells, written.place(*path, "totals"), world.problems)


def _file(
    written: RoundFile, path: tuple[str | int, ...], name: str, files: dict[str, TotalsFile | None], problems: Collector
) -> TotalsFile | None:
    try:
        found = written.file_at(name, *path, "totals")
    except SurveyprocError as error:
        problems.extend(error.problems)
        return None
    shown = shown_path(found)
    if shown not in files:
        files[shown] = read_totals(found, shown, problems)
    return files[shown]


def _compared(
    file: TotalsFile,
    margins: tuple[MarginSpec, ...],
    partition: str | None,
    parts: tuple[str, ...],
    place: Place,
    problems: Collector,
) -> KnownTotals | None:
    """Totals in the order of cells; levels that lack and levels that no margin has are told by name."""
    before = len(problems.problems)
    totals: dict[str, list[tuple[float, ...]]] = {part: [] for part in parts}
    for margin in margins:
        labels = [CROSS.join(cell) for cell in margin.cells]
        lacking = []
        for part in parts:
            rows = [file.rows.get((margin.name, label, part)) for label in labels]
            lacking += [_said(label, part) for label, row in zip(labels, rows, strict=True) if row is None]
            totals[part].append(tuple(0.0 if row is None else row[0] for row in rows))
        extra = _extra(file, margin, set(labels), partition, parts, problems)
        if lacking and not extra:
            shown = ", ".join(lacking[:SHOWN]) + (f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else "")
            hint = _misnamed(margin.name, file) or "`surveyproc weights template` writes them all; 0 for nobody."
            what = f"{file.shown} lacks totals of {margin.name}"
            problems.add(Problem("config.totals", place, what, got=f"{len(lacking)} levels absent: {shown}", hint=hint))
    if len(problems.problems) > before:
        return None
    places = {key: at for key, (_, at) in file.rows.items()}
    return KnownTotals(margins, partition, {p: tuple(rows) for p, rows in totals.items()}, places, file.shown)


def _said(label: str, part: str) -> str:
    return f"{label} in {part}" if part and label else label or part or "(sum)"


def _misnamed(name: str, file: TotalsFile) -> str:
    given = {variable for variable, _, _ in file.rows}
    if name in given:
        return ""
    found = did_you_mean(name, given)
    return found.replace("Did you mean", "Is it").replace("?", ", misspelt?", 1) if found else ""


def _extra(
    file: TotalsFile,
    margin: MarginSpec,
    labels: set[str],
    partition: str | None,
    parts: tuple[str, ...],
    problems: Collector,
) -> bool:
    found = False
    for (variable, label, part), (_, place) in file.rows.items():
        if variable != margin.name or (label in labels and part in parts):
            continue
        found = True
        if label not in labels:
            what, got, known = f"{margin.name} has no level {label!r}", label, sorted(labels)
        elif partition is None:
            what, got, known = "the calibration has no partition", part, []
        else:
            what, got, known = f"the partition {partition} has no category {part!r}", part, list(parts)
        expected = ", ".join(known) if len(known) <= SHOWN else ""
        hint = did_you_mean(got, known)
        problems.add(Problem("config.totals", place, what, got=repr(got), expected=expected, hint=hint))
    return found


def _unused(files: Mapping[str, TotalsFile | None], used: Mapping[str, set[str]], problems: Collector) -> None:
    """Totals that no step asks for: a margin forgotten in the configuration, or misspelt in the file."""
    if problems.errors:
        return
    for shown, file in files.items():
        if file is None:
            continue
        first: dict[str, Place] = {}
        for (variable, _, _), (_, place) in file.rows.items():
            if variable not in used.get(shown, ()):
                first.setdefault(variable, place)
        for variable, place in first.items():
            hint = did_you_mean(variable, used.get(shown, ()))
            what = f"no calibration of this round has a margin {variable!r}"
            problems.add(Problem("config.unused", place, what, hint=hint))
