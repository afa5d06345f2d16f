"""From a list of module references to the modules themselves, bases before those that extend them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surveyproc.config import models
from surveyproc.config.library import Library, satisfies
from surveyproc.config.source import Source, load_source
from surveyproc.config.validate import validate
from surveyproc.problems import Collector, Place, Problem, SurveyprocError

VERSION = re.compile(r"\d+\.\d+\.\d+")
CONSTRAINTS = "^1.2: same major, ~1.2: same minor, 1.2.0: this one"


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A module with its source for places; bases are the names it extends, directly and not."""

    model: models.Module
    source: Source
    path: Path
    bases: frozenset[str]

    @property
    def label(self) -> str:
        """name@version."""
        return f"{self.model.module}@{self.model.version}"


@dataclass(slots=True)
class _Gathering:
    library: Library
    problems: Collector
    done: dict[str, LoadedModule] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)


def shown_path(path: Path) -> str:
    """A path as messages show it: relative to the working folder where it lies inside, else its last three parts."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return "/".join(path.parts[-3:])


def gather_modules(
    references: Sequence[tuple[str, Place]], library: Library, problems: Collector
) -> Mapping[str, LoadedModule]:
    """Every module named and all they extend, bases first; faults go to `problems`."""
    gathering = _Gathering(library=library, problems=problems)
    named: set[str] = set()
    for reference, place in references:
        name = reference.partition("@")[0]
        if name in named:
            problems.add(Problem("config.duplicate-name", place, f"module {name} is named twice"))
            continue
        named.add(name)
        _gather(reference, place, gathering)
    return gathering.done


def _gather(reference: str, place: Place, gathering: _Gathering) -> LoadedModule | None:
    name, _, constraint = reference.partition("@")
    if name in gathering.open:
        circle = " → ".join([*gathering.open[gathering.open.index(name) :], name])
        gathering.problems.add(Problem("config.circular", place, f"modules extend each other: {circle}"))
        return None
    loaded = gathering.done.get(name)
    if loaded is None:
        try:
            loaded = _load(name, place, gathering)
        except SurveyprocError as error:
            gathering.problems.extend(error.problems)
            return None
    fits = satisfies(loaded.model.version, constraint)
    if fits is None:
        gathering.problems.add(
            Problem("module.version", place, f"the constraint {constraint!r} cannot be read", expected=CONSTRAINTS)
        )
    elif not fits:
        other_major = constraint.lstrip("^~").split(".")[0] != loaded.model.version.split(".")[0]
        gathering.problems.add(
            Problem(
                "module.version",
                place,
                f"module {name} has version {loaded.model.version}",
                expected=f"{constraint} ({CONSTRAINTS})",
                hint="A new major version breaks the series: review the changes before naming it."
                if other_major
                else "",
            )
        )
    return loaded


def _load(name: str, place: Place, gathering: _Gathering) -> LoadedModule:
    path = gathering.library.module(name, place)
    source = load_source(path, shown=shown_path(path))
    model = validate(models.Module, source)
    if model.module != name:
        raise SurveyprocError(
            [
                Problem(
                    "config.bad-value",
                    source.place(("module",)),
                    "a module's name and its folder's name differ",
                    got=repr(model.module),
                    expected=repr(name),
                )
            ]
        )
    if not VERSION.fullmatch(model.version):
        place = source.place(("version",))
        raise SurveyprocError(
            [
                Problem(
                    "config.bad-value",
                    place,
                    "a version is three numbers",
                    got=repr(model.version),
                    expected='major.minor.patch, as in "1.0.0"',
                )
            ]
        )
    gathering.open.append(name)
    bases: set[str] = set()
    for index, base in enumerate(model.extends):
        loaded = _gather(base, source.place(("extends", index)), gathering)
        if loaded is not None:
            bases |= {loaded.model.module, *loaded.bases}
    gathering.open.pop()
    result = LoadedModule(model=model, source=source, path=path, bases=frozenset(bases))
    gathering.done[name] = result
    return result
