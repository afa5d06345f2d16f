"""From a round's file to a RoundSpec: everything settled, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from surveyproc.config import models
from surveyproc.config.concepts import BoundTo
from surveyproc.config.declare import Declarations, declare
from surveyproc.config.gather import LoadedModule, gather_modules
from surveyproc.config.library import Library, default_library
from surveyproc.config.merge import RoundFile, read_round
from surveyproc.config.outputs import COUNTABLE, Outputs, resolve_outputs
from surveyproc.config.parts import check_parts
from surveyproc.config.reading import load_plan, load_quality
from surveyproc.config.sets import spread
from surveyproc.config.source import KeyPath, Source
from surveyproc.config.spec import RegressionSpec, RoundSpec, SignificanceSpec, SourceFile, TableSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.config.variables import Variables, resolve_variables
from surveyproc.config.weights import Totals, resolve_weights
from surveyproc.expressions.scope import ancestry
from surveyproc.problems import Collector, Place, Problem, SurveyprocError

Named = TypeVar("Named", RegressionSpec, SignificanceSpec)
SHOWN = 12  # names that a message lists


def load_round(path: Path, *, totals: Totals = "read") -> RoundSpec:
    """Read a round, its modules, code lists, plan and publication rules; raises with all problems.

    totals: "leave" does not read the known totals of its weights.
    """
    problems = Collector()
    written = read_round(path)
    library = _library(written, path)
    references = [(name, written.place("modules", i)) for i, name in enumerate(written.model.modules)]
    modules = gather_modules(references, library, problems)
    problems.stop_on_errors()
    declarations = declare(modules, problems)
    _override(written, modules, declarations, problems)
    bindings = {name: _bound(name, entry, written) for name, entry in written.model.map.items()}
    bindings = spread(bindings, declarations.sets, problems)
    variables = resolve_variables(declarations, bindings, library, problems, round_place=written.place("map", of="key"))
    outputs = resolve_outputs(
        declarations,
        modules,
        variables,
        (*written.model.design.weight, *written.model.weights),
        problems,
        weight_place=written.place("design", "weight"),
    )
    weights, totals_sources = resolve_weights(written, declarations, variables, problems, totals=totals)
    check_parts(written, declarations.levels, variables, problems)
    plan, tables, plan_sources = _plan(written, declarations, variables, outputs, problems)
    quality, quality_at, quality_sources = _quality(written, library, problems)
    problems.stop_on_errors()
    own = [SourceFile(s.shown, s.sha256) for s in written.sources]
    own += [SourceFile(m.source.shown, m.source.sha256) for m in modules.values()]
    model = written.model
    return RoundSpec(
        name=model.round,
        survey=model.survey,
        title=model.title,
        period=model.period,
        path=path,
        modules={m.model.module: m.model for m in modules.values()},
        levels=dict(declarations.levels),
        single=frozenset(declarations.single),
        files=model.files,
        keys={level: tuple(key) for level, key in model.keys.items()},
        links=model.links,
        design=model.design,
        design_place=written.place("design"),
        design_at=lambda path: written.place("design", *path),
        file_places={level: written.place("files", level, "path") for level in model.files},
        parameters=dict(declarations.parameters),
        concepts=variables.concepts,
        derived=variables.derived,
        order=variables.order,
        unavailable=variables.unavailable,
        universes=outputs.universes,
        indicators=outputs.indicators,
        tables=tables,
        regressions=_chosen(outputs.regressions, plan.models),
        tests=_chosen(outputs.tests, plan.tests),
        checks=tuple(outputs.checks),
        plan=plan,
        quality=quality,
        quality_at=quality_at,
        source=model.source,
        columns=_columns(written, variables),
        sets=outputs.sets,
        codelists=dict(variables.codelists),
        sources=(*own, *variables.sources, *plan_sources, *quality_sources, *totals_sources),
        warnings=tuple(problems.problems),
        weights=weights,
    )


def _library(written: RoundFile, path: Path) -> Library:
    own = written.beside("module_path", kind="folder") if written.model.module_path is not None else None
    return default_library(path.parent, own)


def _override(
    written: RoundFile, modules: Mapping[str, LoadedModule], declarations: Declarations, problems: Collector
) -> None:
    for name, override in written.model.overrides.items():
        module = modules.get(name)
        if module is None:
            problems.add(
                Problem(
                    "config.unknown-name",
                    written.place("overrides", name, of="key"),
                    f"the round has no module {name!r}",
                    hint=did_you_mean(name, list(modules)),
                )
            )
            continue
        seen = {*module.model.parameters, *(p for b in module.bases for p in modules[b].model.parameters)}
        for parameter, value in override.parameters.items():
            place = written.place("overrides", name, "parameters", parameter)
            if parameter not in seen:
                problems.add(
                    Problem(
                        "config.unknown-name",
                        place,
                        f"module {name} has no parameter {parameter!r}",
                        hint=did_you_mean(parameter, sorted(seen)),
                    )
                )
                continue
            default = declarations.parameters[parameter]
            if _type(default) is not _type(value):
                problems.add(
                    Problem(
                        "config.wrong-type",
                        place,
                        f"parameter {parameter} is of another type",
                        got=repr(value),
                        expected="true or false" if isinstance(default, bool) else f"like {default!r}",
                    )
                )
            declarations.parameters[parameter] = value


def _type(value: object) -> type:
    return bool if isinstance(value, bool) else float if isinstance(value, int | float) else str


def _bound(name: str, entry: str | models.Binding, written: RoundFile) -> BoundTo:
    binding = models.Binding(column=entry) if isinstance(entry, str) else entry
    keys: list[tuple[Any, ...]] = [(key,) for key in ("recode", "else", "missing", "also_missing")]
    keys += [("recode", key) for key in binding.recode or {}]
    return BoundTo(
        binding,
        written.place("map", name),
        {key: written.place("map", name, *key) for key in keys},
        written.place("map", name, of="key"),
    )


def _plan(
    written: RoundFile,
    declarations: Declarations,
    variables: Variables,
    outputs: Outputs,
    problems: Collector,
) -> tuple[models.Plan, tuple[TableSpec, ...], tuple[SourceFile, ...]]:
    if written.model.plan is None:
        title = written.model.title or {"en": f"{written.model.survey}, {written.model.round}"}
        return models.Plan(surveyproc=1, plan="all", title=title), tuple(outputs.tables.values()), ()
    try:
        plan, source = load_plan(written.beside("plan", kind="file"))
    except SurveyprocError as error:
        problems.extend(error.problems)
        return models.Plan(surveyproc=1, plan="none", title={"en": ""}), (), ()
    _check_plan(plan, source, declarations, variables, problems)
    _check_domains(plan, source, outputs, variables, problems)
    numbers = plan.tables if plan.tables is not None else list(outputs.tables)
    tables = tuple(outputs.tables[number] for number in numbers if number in outputs.tables)
    return plan, tables, (SourceFile(source.shown, source.sha256),)


def _chosen(found: Sequence[Named], wanted: Sequence[str] | None) -> tuple[Named, ...]:
    """Those that a plan names, in its order; all where it names none."""
    by_name = {one.name: one for one in found}
    return tuple(found) if wanted is None else tuple(by_name[name] for name in wanted if name in by_name)


def _check_plan(
    plan: models.Plan, source: Source, declarations: Declarations, variables: Variables, problems: Collector
) -> None:
    """Every name of a plan is declared, and stands once; what is wrong with what it names is said elsewhere."""
    errors = plan.sampling_errors
    countable = [
        n
        for at in (variables.scope.levels if variables.scope else {}).values()
        for n, v in at.items()
        if v.kind in COUNTABLE
    ]
    lists: list[tuple[tuple[str, ...], str, list[str], list[str]]] = [
        (("tables",), "table", plan.tables or [], list(declarations.tables)),
        (("models",), "model", plan.models or [], list(declarations.regressions)),
        (("tests",), "test", plan.tests or [], list(declarations.tests)),
    ]
    if errors is not None:
        lists.append((("sampling_errors", "indicators"), "indicator", errors.indicators, list(declarations.indicators)))
        lists.append(
            (("sampling_errors", "domains"), "variable with categories", errors.domains, ["total", *countable])
        )
    for path, what, given, known in lists:
        for index, name in enumerate(given):
            place = source.place((*path, index))
            if name not in known:
                hint = did_you_mean(name, known)
                expected = ", ".join(known) if len(known) <= SHOWN else ""
                problems.add(Problem("config.unknown-name", place, f"there is no {what} {name!r}", "", expected, hint))
            elif name in given[:index]:
                problems.add(Problem("config.duplicate-name", place, f"{name} stands twice in the list"))


def _check_domains(
    plan: models.Plan, source: Source, outputs: Outputs, variables: Variables, problems: Collector
) -> None:
    """Each domain of the appendix is known of the records of each of its indicators."""
    if plan.sampling_errors is None or variables.scope is None:
        return
    levels = {
        name: outputs.universes[outputs.indicators[name].universe].level
        for name in plan.sampling_errors.indicators
        if name in outputs.indicators and outputs.indicators[name].universe in outputs.universes
    }
    for index, domain in enumerate(plan.sampling_errors.domains):
        if domain not in variables.concepts and domain not in variables.derived:
            continue
        at = variables.level(domain)
        for name, level in levels.items():
            if at not in ancestry(variables.scope.parents, level):
                what = f"{domain} is a variable of {at} records, indicator {name} is of {level} records"
                place = source.place(("sampling_errors", "domains", index))
                problems.add(
                    Problem("expression.level", place, what, expected=f"a variable of {level} records or above")
                )
                break


def _quality(
    written: RoundFile, library: Library, problems: Collector
) -> tuple[models.Quality | None, Callable[[KeyPath], Place], tuple[SourceFile, ...]]:
    if written.model.quality is None:
        return None, lambda path: Place(), ()
    place = written.place("quality", "profile")
    try:
        quality, source = load_quality(written.model.quality.profile, library, place)
    except SurveyprocError as error:
        problems.extend(error.problems)
        return None, lambda path: place, ()
    return quality, source.content_place, (SourceFile(source.shown, source.sha256),)


def _columns(written: RoundFile, variables: Variables) -> dict[str, dict[str, Place]]:
    columns: dict[str, dict[str, Place]] = {level: {} for level in written.model.files}
    for level, file in written.model.files.items():
        for index, column in enumerate(() if file.reshape is None else file.reshape.keep_if):
            columns[level].setdefault(column, written.place("files", level, "reshape", "keep_if", index))
    for level, key in written.model.keys.items():
        for index, column in enumerate(key):
            columns.get(level, {}).setdefault(column, written.place("keys", level, index))
    for concept in variables.concepts.values():
        if concept.binding is not None:
            for column in concept.binding.columns:
                columns[concept.level].setdefault(column, concept.binding.place)
    return columns
