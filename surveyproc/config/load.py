"""From a round's file to a RoundSpec: everything settled, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveyproc.config import models
from surveyproc.config.concepts import BoundTo
from surveyproc.config.declare import Declarations, declare
from surveyproc.config.gather import LoadedModule, gather_modules, shown_path
from surveyproc.config.library import Library, default_library
from surveyproc.config.outputs import Outputs, resolve_outputs
from surveyproc.config.reading import load_plan, load_quality
from surveyproc.config.source import KeyPath, Source, load_source
from surveyproc.config.spec import RoundSpec, SourceFile, TableSpec
from surveyproc.config.validate import did_you_mean, validate
from surveyproc.config.variables import Variables, resolve_variables
from surveyproc.problems import Collector, Place, Problem, SurveyprocError

BY_ENTRY = ("files", "keys", "links", "map", "overrides", "title", "source")  # keys whose entries override one by one


@dataclass(frozen=True, slots=True)
class RoundFile:
    """A round as written, with the files that it extends; places are those of the file that says a thing."""

    model: models.Round
    sources: tuple[Source, ...]  # this round's first

    def place(self, *path: str | int) -> Place:
        """Where a key or value stands."""
        return next((s for s in self.sources if _has(s.data, path)), self.sources[0]).place(path)


def load_round(path: Path) -> RoundSpec:
    """Read a round, its modules, code lists, plan and publication rules; raises with all problems."""
    problems = Collector()
    written = read_round(path)
    library = _library(written, path)
    references = [(name, written.place("modules", i)) for i, name in enumerate(written.model.modules)]
    modules = gather_modules(references, library, problems)
    problems.stop_on_errors()
    declarations = declare(modules, problems)
    _override(written, modules, declarations, problems)
    bindings = {name: _bound(name, entry, written) for name, entry in written.model.map.items()}
    variables = resolve_variables(declarations, bindings, library, problems, round_place=written.place("map"))
    outputs = resolve_outputs(declarations, modules, variables, written.model.design.weight, problems)
    _check_files(written, declarations, variables, problems)
    plan, tables, plan_sources = _plan(written, path, outputs, problems)
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
        files=model.files,
        keys={level: tuple(key) for level, key in model.keys.items()},
        links=model.links,
        design=model.design,
        design_place=written.place("design"),
        file_places={level: written.place("files", level, "path") for level in model.files},
        parameters=dict(declarations.parameters),
        concepts=variables.concepts,
        derived=variables.derived,
        order=variables.order,
        unavailable=variables.unavailable,
        universes=outputs.universes,
        indicators=outputs.indicators,
        tables=tables,
        checks=tuple(outputs.checks),
        plan=plan,
        quality=quality,
        quality_at=quality_at,
        source=model.source,
        columns=_columns(written, variables),
        sources=(*own, *variables.sources, *plan_sources, *quality_sources),
        warnings=tuple(problems.problems),
    )


def read_round(path: Path) -> RoundFile:
    """A round's file merged with those it extends: whole keys are overridden, and single entries of the maps."""
    sources = [load_source(path, shown=shown_path(path))]
    data = sources[0].data
    folder = path.parent
    while isinstance(data, dict) and isinstance(data.get("extends"), str):
        base = folder / data["extends"]
        place = sources[-1].place(("extends",))
        if len(sources) > 8 or base.resolve() in {(folder / s.shown).resolve() for s in sources[1:]}:
            raise SurveyprocError([Problem("config.circular", place, "rounds extend each other in a circle")])
        if not base.is_file():
            raise SurveyprocError(
                [Problem("config.not-found", place, f"there is no file {data['extends']!r} beside this one")]
            )
        sources.append(load_source(base, shown=shown_path(base)))
        data, folder = sources[-1].data, base.parent
    merged: Any = sources[-1].data
    for source in reversed(sources[:-1]):
        merged = _merge(merged, source.data)
    chain = tuple(sources)
    if len(chain) == 1:
        return RoundFile(validate(models.Round, chain[0]), chain)
    return RoundFile(validate(models.Round, _MergedSource.of(merged, chain)), chain)


class _MergedSource(Source):
    """A source whose data come from several files; each place is asked of the file that says it."""

    __slots__ = ("chain",)
    chain: tuple[Source, ...]

    @classmethod
    def of(cls, data: Any, chain: tuple[Source, ...]) -> _MergedSource:
        first = chain[0]
        made = cls(shown=first.shown, data=data, sha256=first.sha256, text=first.text, spots=first.spots)
        object.__setattr__(made, "chain", chain)
        return made

    def _owner(self, path: KeyPath) -> Source:
        return next((s for s in self.chain if _has(s.data, path)), self.chain[0])

    def place(self, path: KeyPath, *, of: Any = "value") -> Place:
        return self._owner(path).place(path, of=of)

    def content_place(self, path: KeyPath, *, offset: int = 0) -> Place:
        return self._owner(path).content_place(path, offset=offset)

    def raw(self, path: KeyPath) -> str:
        return self._owner(path).raw(path)

    def quoted(self, path: KeyPath) -> bool:
        return self._owner(path).quoted(path)


def _has(data: Any, path: KeyPath) -> bool:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = {**base, **over}
    for key in BY_ENTRY:
        if isinstance(base.get(key), dict) and isinstance(over.get(key), dict):
            merged[key] = {**base[key], **over[key]}
    merged.pop("extends", None)
    return merged


def _library(written: RoundFile, path: Path) -> Library:
    own = None
    if written.model.module_path is not None:
        own = path.parent / written.model.module_path
        if not own.is_dir():
            raise SurveyprocError(
                [
                    Problem(
                        "config.not-found",
                        written.place("module_path"),
                        f"there is no folder {written.model.module_path!r} beside the round",
                    )
                ]
            )
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
                    written.place("overrides", name),
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
                        expected=f"like {default!r}",
                    )
                )
            declarations.parameters[parameter] = value


def _type(value: object) -> type:
    return bool if isinstance(value, bool) else float if isinstance(value, int | float) else str


def _bound(name: str, entry: str | models.Binding, written: RoundFile) -> BoundTo:
    binding = models.Binding(column=entry) if isinstance(entry, str) else entry
    keys = ("recode", "else", "missing", "also_missing")
    return BoundTo(binding, written.place("map", name), {key: written.place("map", name, key) for key in keys})


def _check_files(written: RoundFile, declarations: Declarations, variables: Variables, problems: Collector) -> None:
    model = written.model
    levels = declarations.levels
    for part in ("files", "keys", "links"):
        for level in getattr(model, part):
            if level not in levels:
                problems.add(
                    Problem(
                        "config.unknown-name",
                        written.place(part, level),
                        f"no module of this round has {level!r} records",
                        expected=", ".join(levels),
                        hint=did_you_mean(level, list(levels)),
                    )
                )
    for level in model.design.weight:
        if level not in model.files:
            problems.add(
                Problem(
                    "config.unknown-name",
                    written.place("design", "weight", level),
                    f"the round has no file of {level!r} records",
                    expected=", ".join(model.files),
                )
            )
    for concept in variables.concepts.values():
        if concept.binding is not None and concept.level not in model.files:
            problems.add(
                Problem(
                    "config.unmapped",
                    concept.binding.place,
                    f"{concept.name} is read from {concept.level} records, of which the round has no file",
                    expected=f"{concept.level}: {{path: …}} under files",
                )
            )
    _check_keys(written, levels, problems)


def _check_keys(written: RoundFile, levels: Mapping[str, str | None], problems: Collector) -> None:
    model = written.model
    for level in model.files:
        parent = levels.get(level)
        if parent is None or parent not in model.files:
            continue
        for needed in (level, parent):
            if needed not in model.keys:
                problems.add(
                    Problem(
                        "config.missing-key",
                        written.place("keys" if model.keys else "files"),
                        f"no key for {needed} records, by which {level} meets {parent}",
                        expected=f"{needed}: [column, …] under keys",
                    )
                )
        own, above = model.keys.get(level, []), model.keys.get(parent, [])
        if own and above and len(own) < len(above):
            problems.add(
                Problem(
                    "config.bad-value",
                    written.place("keys", level),
                    f"the key of {level} is shorter than that of {parent}",
                    expected=f"first {len(above)} columns that hold the {parent} key, then {level}'s own",
                )
            )


def _plan(
    written: RoundFile, path: Path, outputs: Outputs, problems: Collector
) -> tuple[models.Plan, tuple[TableSpec, ...], tuple[SourceFile, ...]]:
    if written.model.plan is None:
        title = written.model.title or {"en": f"{written.model.survey}, {written.model.round}"}
        return models.Plan(surveyproc=1, plan="all", title=title), tuple(outputs.tables.values()), ()
    file = path.parent / written.model.plan
    if not file.is_file():
        problems.add(
            Problem(
                "config.not-found", written.place("plan"), f"there is no file {written.model.plan!r} beside the round"
            )
        )
        return models.Plan(surveyproc=1, plan="none", title={"en": ""}), (), ()
    try:
        plan, source = load_plan(file)
    except SurveyprocError as error:
        problems.extend(error.problems)
        return models.Plan(surveyproc=1, plan="none", title={"en": ""}), (), ()
    tables = []
    for index, number in enumerate(plan.tables if plan.tables is not None else list(outputs.tables)):
        table = outputs.tables.get(number)
        if table is None and not problems.errors:
            problems.add(
                Problem(
                    "config.unknown-name",
                    source.place(("tables", index)),
                    f"no module of the round has a table {number!r}",
                    expected=", ".join(outputs.tables),
                    hint=did_you_mean(number, list(outputs.tables)),
                )
            )
        elif table is not None:
            tables.append(table)
    for index, name in enumerate(plan.sampling_errors.indicators if plan.sampling_errors else []):
        if name not in outputs.indicators and not problems.errors:
            problems.add(
                Problem(
                    "config.unknown-name",
                    source.place(("sampling_errors", "indicators", index)),
                    f"there is no indicator {name!r}",
                    hint=did_you_mean(name, list(outputs.indicators)),
                )
            )
    return plan, tuple(tables), (SourceFile(source.shown, source.sha256),)


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
    for level, key in written.model.keys.items():
        for index, column in enumerate(key):
            columns.get(level, {}).setdefault(column, written.place("keys", level, index))
    for concept in variables.concepts.values():
        if concept.binding is not None:
            for column in concept.binding.columns:
                columns[concept.level].setdefault(column, concept.binding.place)
    return columns
