"""What all modules of a round declare, in one namespace: levels, parameters, variables, universes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from surveyproc.config import models
from surveyproc.config.gather import LoadedModule
from surveyproc.config.validate import did_you_mean
from surveyproc.problems import Collector, Place, Problem

Path = tuple[str | int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """One declaration: the item, the level it stands at, and where it was written."""

    name: str
    level: str
    item: T
    module: LoadedModule
    path: Path

    @property
    def place(self) -> Place:
        """Where the item's key stands."""
        return self.module.source.place(self.path, of="key")

    def at(self, *path: str | int) -> Place:
        """Where a part of the item starts, inside its quotes if it has any."""
        return self.module.source.content_place((*self.path, *path))


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A question with several answers. parts: answer → its yes/no variable; codes: answer → values that mean it."""

    name: str
    level: str
    label: models.Texts
    parts: Mapping[str, str]
    labels: Mapping[str, models.Texts]
    codes: Mapping[str, tuple[models.Code, ...]]


@dataclass(slots=True)
class Declarations:
    """All declarations of a round's modules by name; bases come first, so a later one stands in for its base's."""

    levels: dict[str, str | None] = field(default_factory=dict)
    single: set[str] = field(default_factory=set)  # levels of which a parent has one record at most
    parameters: dict[str, float | str | bool] = field(default_factory=dict)
    parameter_owner: dict[str, LoadedModule] = field(default_factory=dict)
    variables: dict[str, Declared[models.Variable]] = field(default_factory=dict)
    sets: dict[str, AnswerSet] = field(default_factory=dict)
    derived: dict[str, Declared[models.Derived]] = field(default_factory=dict)
    universes: dict[str, Declared[models.Universe]] = field(default_factory=dict)
    indicators: dict[str, Declared[models.Indicator]] = field(default_factory=dict)
    tables: dict[str, Declared[models.TablePlan]] = field(default_factory=dict)
    regressions: dict[str, Declared[models.Regression]] = field(default_factory=dict)
    tests: dict[str, Declared[models.SignificanceTest]] = field(default_factory=dict)


def declare(modules: Mapping[str, LoadedModule], problems: Collector) -> Declarations:
    """Collect what the modules declare; a name defined by two modules of which neither extends the other is refused."""
    result = Declarations()
    for module in modules.values():
        _levels(module, result, problems)
    _check_parents(modules, result, problems)
    problems.stop_on_errors()  # what stands at a level without a place cannot be judged
    for module in modules.values():
        _parameters(module, result, problems)
        for variable in _by_level(module, "variables", result, problems):
            if isinstance(variable.item, models.Variable) and variable.item.use is not None:
                _check_use(variable, result, problems)
            elif isinstance(variable.item, models.Variable) and variable.item.type == "multiple":
                _set(variable, result, problems)
            else:
                _put(result.variables, variable, [result.derived], problems)
        for derived in _by_level(module, "derive", result, problems):
            _put(result.derived, derived, [result.variables], problems)
        for name, universe in module.model.universes.items():
            level = universe.level or module.model.level or ""
            path: Path = ("universes", name)
            _check_level(level, result, module.source.place(path, of="key"), problems)
            key = f"{module.model.module}.{name}"
            result.universes[key] = Declared(key, level, universe, module, path)
        for name, indicator in module.model.indicators.items():
            _put(result.indicators, Declared(name, "", indicator, module, ("indicators", name)), [], problems)
        for name, table in module.model.tables.items():
            _put(result.tables, Declared(name, "", table, module, ("tables", name)), [], problems)
        for name, model in module.model.models.items():
            _put(result.regressions, Declared(name, "", model, module, ("models", name)), [], problems)
        for name, test in module.model.tests.items():
            _put(result.tests, Declared(name, "", test, module, ("tests", name)), [], problems)
    return result


def find_universe(name: str, module: LoadedModule, declarations: Declarations) -> str | None:
    """The full name of a universe as seen from a module: its own first, then those of what it extends."""
    for owner in (module.model.module, *sorted(module.bases)):
        if f"{owner}.{name}" in declarations.universes:
            return f"{owner}.{name}"
    return None


def _levels(module: LoadedModule, result: Declarations, problems: Collector) -> None:
    declared = dict(module.model.levels)
    if module.model.level and module.model.level not in declared and module.model.level not in result.levels:
        declared[module.model.level] = models.Level()
    for name, level in declared.items():
        known = result.levels.get(name)
        if name in result.levels and level.parent is not None and known is not None and known != level.parent:
            problems.add(
                Problem(
                    "module.conflict",
                    module.source.place(("levels", name, "parent")),
                    f"level {name} has another parent in another module",
                    got=level.parent,
                    expected=known,
                )
            )
        result.levels[name] = level.parent or known
        if not level.repeat:
            result.single.add(name)


def _check_parents(modules: Mapping[str, LoadedModule], result: Declarations, problems: Collector) -> None:
    """A parent that no module declares, or levels in a circle, would leave records without a place."""
    for module in reversed(list(modules.values())):
        for name, level in module.model.levels.items():
            if not level.repeat and result.levels[name] is None:
                where, what = module.source.place(("levels", name, "repeat")), f"{name} records have no parent"
                problems.add(Problem("config.unused", where, what, expected="parent: …, or no repeat"))
            if level.parent is None:
                continue
            place = module.source.place(("levels", name, "parent"))
            if level.parent not in result.levels:
                _check_level(level.parent, result, place, problems)
                result.levels[name] = None
                continue
            path = [name]
            while (parent := result.levels.get(path[-1])) is not None and parent not in path:
                path.append(parent)
            if parent is not None:
                circle = " → ".join([*path[path.index(parent) :], parent])
                problems.add(Problem("config.circular", place, f"record levels are each other's parents: {circle}"))
                result.levels[name] = None


def _parameters(module: LoadedModule, result: Declarations, problems: Collector) -> None:
    for name, value in module.model.parameters.items():
        owner = result.parameter_owner.get(name)
        if owner is not None and owner.model.module not in module.bases and result.parameters[name] != value:
            problems.add(_conflict("parameter", name, owner, module.source.place(("parameters", name), of="key")))
        result.parameters[name] = value
        result.parameter_owner[name] = module


def _set(declared: Declared[models.Variable], result: Declarations, problems: Collector) -> None:
    """A question with several answers as yes/no variables, one an answer: reasons_work, reasons_study …"""
    item, name = declared.item, declared.name
    if not item.codes or item.codelist or item.parts or item.min is not None or item.max is not None:
        what = f"{name} has several answers and needs codes, and none of codelist, parts, min and max"
        problems.add(Problem("config.bad-value", declared.place, what))
        return
    entries = {a: e if isinstance(e, models.CodeEntry) else models.CodeEntry(code=e) for a, e in item.codes.items()}
    codes = {a: tuple(e.code) if isinstance(e.code, list) else (e.code,) for a, e in entries.items()}
    every = [code for given in codes.values() for code in given]
    twice = sorted({str(code) for code in every if every.count(code) > 1})
    if twice:
        what = f"codes stand for two answers of {name}"
        problems.add(Problem("config.duplicate-name", declared.at("codes"), what, got=", ".join(twice)))
    parts = {answer: f"{name}_{answer}" for answer in entries}
    labels = {answer: entry.label for answer, entry in entries.items()}
    result.sets[name] = AnswerSet(name, declared.level, item.label, parts, labels, codes)
    for answer, variable in parts.items():
        part = models.Variable(
            type="boolean",
            codes={"yes": 1, "no": 0},
            label=entries[answer].label,
            missing=item.missing,
            asked_if=item.asked_if,
            required=item.required,
        )
        _put(result.variables, replace(declared, name=variable, item=part), [result.derived], problems)


def _by_level(module: LoadedModule, part: str, result: Declarations, problems: Collector) -> Iterator[Declared[Any]]:
    entries = getattr(module.model, part)
    for key, entry in entries.items():
        place = module.source.place((part, key), of="key")
        if isinstance(entry, dict):
            _check_level(key, result, place, problems)
            for name, item in entry.items():
                yield Declared(name, key, item, module, (part, key, name))
            continue
        level = module.model.level or ""
        if not level and getattr(entry, "use", None) is None:
            problems.add(
                Problem(
                    "config.missing-key",
                    place,
                    f"{key} stands at no record level",
                    expected=f"a `level:` for the module, or {part} grouped by level ({', '.join(result.levels)})",
                )
            )
            continue
        yield Declared(key, level, entry, module, (part, key))


def _check_level(level: str, result: Declarations, place: Place, problems: Collector) -> None:
    if level not in result.levels:
        problems.add(
            Problem(
                "config.unknown-name",
                place,
                f"there is no record level {level!r}" if level else "no record level is named",
                expected=f"one of: {', '.join(result.levels)}",
                hint=did_you_mean(level, list(result.levels)),
            )
        )


def _check_use(variable: Declared[models.Variable], result: Declarations, problems: Collector) -> None:
    owner, _, name = (variable.item.use or "").rpartition(".")
    place = variable.at("use")
    known = [f"{d.module.model.module}.{d.name}" for d in result.variables.values()]
    known += [f"{d.module.model.module}.{d.name}" for d in result.derived.values()]
    short = {k.rpartition("/")[2]: k for k in known}
    if variable.item.use not in known and variable.item.use not in short:
        problems.add(
            Problem(
                "config.unknown-name",
                place,
                f"no module that this one extends has {variable.item.use!r}",
                hint=did_you_mean(variable.item.use or "", known),
            )
        )
    elif name != variable.name:
        problems.add(
            Problem(
                "config.bad-value",
                place,
                "a used concept keeps its name",
                got=f"{variable.name} for {owner}.{name}",
                expected=name,
            )
        )


def _put(
    into: dict[str, Declared[Any]], item: Declared[Any], others: list[dict[str, Declared[Any]]], problems: Collector
) -> None:
    for space in (into, *others):
        other = space.get(item.name)
        if other is None:
            continue
        if other.module.model.module not in item.module.bases:
            kind = str(item.path[0])
            problems.add(_conflict(kind, item.name, other.module, item.place))
            return
        del space[item.name]
    into[item.name] = item


def _conflict(what: str, name: str, owner: LoadedModule, place: Place) -> Problem:
    return Problem(
        "module.conflict",
        place,
        f"{name} ({what}) is defined by module {owner.model.module} too",
        hint="Rename one, or extend that module to take its definition's place.",
    )
