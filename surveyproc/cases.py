"""Examples of a module: records go in, derived values must come out; no Python needed to test a definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.config import models
from surveyproc.config.concepts import REASONS, BoundTo
from surveyproc.config.declare import declare
from surveyproc.config.gather import gather_modules, shown_path
from surveyproc.config.library import Library
from surveyproc.config.reading import load_cases
from surveyproc.config.source import Source
from surveyproc.config.spec import Concept
from surveyproc.config.validate import did_you_mean
from surveyproc.config.variables import Variables, resolve_variables
from surveyproc.derive.compute import compute
from surveyproc.derive.derive import apply_asked_if
from surveyproc.derive.recode import codes_of, join_parts, new_values
from surveyproc.expressions import DataScope, LevelData
from surveyproc.problems import Collector, Place, Problem, SurveyprocError, counted
from surveyproc.values import Column, Kind, Missing

Value = models.Code | bool | None
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Records = Mapping[str, Sequence[Mapping[str, Value]]]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went: how many values were compared, and what differed."""

    module: str
    case: str
    compared: int
    problems: tuple[Problem, ...]


def run_cases(name: str, library: Library) -> tuple[CaseResult, ...]:
    """Run the cases.yaml of a module; raises SurveyprocError if the module or the file of cases is wrong."""
    problems = Collector()
    modules = gather_modules([(name, Place("modules"))], library, problems)
    problems.stop_on_errors()
    path = modules[name].path.with_name("cases.yaml")
    if not path.is_file():
        place = Place(shown_path(modules[name].path))
        raise SurveyprocError([Problem("config.not-found", place, f"module {name} has no cases.yaml beside it")])
    cases, source = load_cases(path)
    declarations = declare(modules, problems)
    bindings = {n: BoundTo(models.Binding(column=n), Place(), {}, Place()) for n in _read_names(declarations.variables)}
    variables = resolve_variables(declarations, bindings, library, problems, round_place=Place(source.shown))
    problems.stop_on_errors()
    parents = dict(declarations.levels)
    parameters = dict(declarations.parameters)
    return tuple(
        _run(case, index, variables, parents, parameters, name, source) for index, case in enumerate(cases.cases)
    )


def _read_names(variables: Mapping[str, Any]) -> Iterator[str]:
    for name, declared in variables.items():
        yield from declared.item.parts or (name,)


def _run(
    case: models.ModuleCase,
    index: int,
    variables: Variables,
    parents: Mapping[str, str | None],
    parameters: Mapping[str, float | str | bool],
    module: str,
    source: Source,
) -> CaseResult:
    problems = Collector()
    path: tuple[str | int, ...] = ("cases", index)
    _check_names(case, variables, parents, source, path, problems)
    _check_parameters(case, module, parameters, source, path, problems)
    if not problems.errors:
        _check_values(case, variables, parents, source, path, problems)
    if problems.errors:
        return CaseResult(module, case.name, 0, tuple(problems.problems))
    columns: dict[str, dict[str, Column]] = {level: {} for level in parents}
    levels = {
        level: LevelData(
            len(case.given.get(level, ())),
            columns[level],
            parent,
            _parent_rows(case.given, level, parent),
        )
        for level, parent in parents.items()
    }
    data = DataScope(levels, {**parameters, **case.parameters})
    for name in variables.order:
        concept = variables.concepts.get(name)
        if concept is not None:
            columns[concept.level][name] = _given(concept, case.given.get(concept.level, ()), data)
            continue
        derived = variables.derived[name]
        columns[derived.level][name], found = compute(derived, data)
        problems.extend(found)
    compared = _compare(case, columns, source, path, problems)
    return CaseResult(module, case.name, compared, tuple(problems.problems))


def _check_names(
    case: models.ModuleCase,
    variables: Variables,
    parents: Mapping[str, str | None],
    source: Source,
    path: tuple[str | int, ...],
    problems: Collector,
) -> None:
    for part in ("given", "expect"):
        for level, records in getattr(case, part).items():
            here = (*path, part, level)
            if level not in parents:
                hint = did_you_mean(level, list(parents))
                what = f"there is no record level {level!r}"
                problems.add(Problem("config.unknown-name", source.place(here, of="key"), what, hint=hint))
                continue
            known = {n for n, v in variables.concepts.items() if v.level == level}
            if part == "given":
                known |= {"id", str(parents[level])}
            else:
                known |= {n for n, v in variables.derived.items() if v.level == level}
            for at, record in enumerate(records):
                for name in record:
                    if name not in known:
                        place = source.place((*here, at, name), of="key")
                        computed = part == "given" and name in variables.derived
                        what = f"{level} records have no variable {name!r}" + (" to give" if computed else "")
                        hint = did_you_mean(name, sorted(known))
                        problems.add(Problem("config.unknown-name", place, what, hint=hint))
            whole = all(given in parents for given in case.given)
            if part == "expect" and whole and len(records) != len(case.given.get(level, ())):
                what = f"{counted(len(records), f'{level} record')} expected, {len(case.given.get(level, ()))} given"
                problems.add(Problem("config.bad-value", source.place(here), what))


def _check_parameters(
    case: models.ModuleCase,
    module: str,
    parameters: Mapping[str, float | str | bool],
    source: Source,
    path: tuple[str | int, ...],
    problems: Collector,
) -> None:
    for name, value in case.parameters.items():
        place = source.place((*path, "parameters", name), of="key")
        if name not in parameters:
            hint = did_you_mean(name, sorted(parameters))
            problems.add(Problem("config.unknown-name", place, f"module {module} has no parameter {name!r}", hint=hint))
        elif isinstance(value, str) != isinstance(parameters[name], str):
            what = f"parameter {name} is of another type"
            problems.add(
                Problem("config.wrong-type", place, what, got=repr(value), expected=f"like {parameters[name]!r}")
            )


def _check_values(
    case: models.ModuleCase,
    variables: Variables,
    parents: Mapping[str, str | None],
    source: Source,
    path: tuple[str | int, ...],
    problems: Collector,
) -> None:
    """Every value given is one that its variable can have, and every record says to which parent it belongs."""
    for level, records in case.given.items():
        parent = parents[level]
        ids = _ids(case.given, parent) if parent is not None else []
        for at, record in enumerate(records):
            here = (*path, "given", level, at)
            if parent is not None and _parent_of(record, parent, ids) not in ids:
                what = f"the {level} record does not say to which {parent} it belongs"
                expected = f"{parent}: one of {ids}" if ids else f"a {parent} record"
                problems.add(Problem("config.missing-key", source.place(here), what, expected=expected))
            for name, value in record.items():
                concept = variables.concepts.get(name)
                expected = "" if concept is None else _wanted(value, concept)
                if expected:
                    hint = did_you_mean(str(value), [c.name for c in concept.categories]) if concept else ""
                    what = f"{name} cannot be {value!r}"
                    place = source.place((*here, name))
                    problems.add(Problem("config.bad-value", place, what, expected=expected, hint=hint))


def _wanted(value: Value, concept: Concept) -> str:
    """What a variable can be, in words; "" if the value is that."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("missing."):
        return "" if value.removeprefix("missing.") in REASONS else f"missing. and one of {', '.join(REASONS)}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits, words = {
        Kind.CATEGORICAL: (value in [c.name for c in concept.categories], "a code of the variable"),
        Kind.BOOLEAN: (isinstance(value, bool) or value in ("yes", "no"), "true, false, yes or no"),
        Kind.NUMBER: (number, "a number"),
        Kind.TEXT: (isinstance(value, str), "text"),
        Kind.YEAR_MONTH: (bool(MONTH.fullmatch(str(value))), "a month, as in 2024-09"),
        Kind.DATE: (bool(DAY.fullmatch(str(value))) and _days(str(value)) is not None, "a date, as in 2024-09-30"),
    }[concept.kind]
    return "" if fits else words


def _days(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        return None


def _ids(given: Records, parent: str) -> list[Value]:
    return [record.get("id", at + 1) for at, record in enumerate(given.get(parent, ()))]


def _parent_of(record: Mapping[str, Value], parent: str, ids: Sequence[Value]) -> Value:
    return record.get(parent, ids[0] if len(ids) == 1 else None)


def _parent_rows(given: Records, level: str, parent: str | None) -> NDArray[np.int64] | None:
    """Rows of parents: by the parent's id where records name it, else the only parent there is."""
    if parent is None:
        return None
    ids = _ids(given, parent)
    return np.array([ids.index(_parent_of(r, parent, ids)) for r in given.get(level, ())], dtype=np.int64)


def _given(concept: Concept, records: Sequence[Mapping[str, Value]], data: DataScope) -> Column:
    if concept.parts is not None and not any(concept.name in record for record in records):
        own = data.levels[concept.level].columns
        return join_parts(own[concept.parts[0]], own[concept.parts[1]])
    values = new_values(concept.kind, len(records))
    reason = np.full(len(records), int(Missing.SYSTEM), dtype=np.int8)
    for at, record in enumerate(records):
        value = record.get(concept.name)
        if isinstance(value, str) and value.startswith("missing."):
            reason[at] = int(REASONS[value.removeprefix("missing.")])
        elif value is not None:
            values[at] = _typed(value, concept)
            reason[at] = int(Missing.KNOWN)
    column = Column(concept.kind, values, reason, codes_of(concept))
    return (
        column if concept.asked_if is None else apply_asked_if(column, concept.asked_if, data, level=concept.level)[0]
    )


def _typed(value: Value, concept: Concept) -> Any:
    if concept.kind is Kind.CATEGORICAL:
        return [c.name for c in concept.categories].index(str(value))
    if concept.kind is Kind.BOOLEAN:
        return 1 if value in (True, "yes") else 0
    if concept.kind is Kind.YEAR_MONTH and isinstance(value, str):
        year, _, month = value.partition("-")
        return int(year) * 12 + int(month) - 1
    return _days(str(value)) if concept.kind is Kind.DATE else value


def _compare(
    case: models.ModuleCase,
    columns: Mapping[str, Mapping[str, Column]],
    source: Source,
    path: tuple[str | int, ...],
    problems: Collector,
) -> int:
    compared = 0
    for level, records in case.expect.items():
        for at, record in enumerate(records):
            for name, wanted in record.items():
                got = _shown(columns[level][name], at)
                compared += 1
                if not _same(got, wanted):
                    place = source.place((*path, "expect", level, at, name))
                    what = f"{case.name}: {name} of {level} {at + 1}"
                    problems.add(
                        Problem("module.case", replace(place, variable=""), what, got=str(got), expected=str(wanted))
                    )
    return compared


def _shown(column: Column, at: int) -> Value:
    if column.reason[at] != Missing.KNOWN:
        return f"missing.{Missing(int(column.reason[at])).name.lower()}"
    value = column.values[at]
    if column.kind is Kind.CATEGORICAL:
        return column.categories[int(value)].name
    if column.kind is Kind.BOOLEAN:
        return bool(value)
    if column.kind is Kind.YEAR_MONTH:
        return f"{int(value) // 12:04d}-{int(value) % 12 + 1:02d}"
    if column.kind is Kind.DATE:
        return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
    return str(value) if column.kind is Kind.TEXT else float(value)


def _same(got: Value, wanted: Value) -> bool:
    if wanted is None or wanted == "missing":
        return isinstance(got, str) and got.startswith("missing.")
    if isinstance(got, float) and isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return abs(got - wanted) <= 1e-9 * max(1.0, abs(wanted))
    return type(got) is type(wanted) and got == wanted


def case_modules(library: Library) -> tuple[str, ...]:
    """Names of all modules in the search path that have a cases.yaml."""
    found: dict[str, Path] = {}
    for folder in library.modules:
        for path in sorted(folder.glob("**/cases.yaml")):
            found.setdefault(path.parent.relative_to(folder).as_posix(), path)
    return tuple(found)
