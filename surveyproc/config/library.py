"""Where modules, code lists and publication rules are found: the user's folders first, then the library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surveyproc.config.validate import did_you_mean
from surveyproc.problems import Place, Problem, SurveyprocError

SHOWN = 12
NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")
CONSTRAINT = re.compile(r"([\^~]?)(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def library_root() -> Path:
    """The folder that holds the library's `modules` and `configs`: inside an installed package, else the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_library"
    return installed if installed.is_dir() else package.parent


@dataclass(frozen=True, slots=True)
class Library:
    """Folders that are searched, in order."""

    modules: tuple[Path, ...]
    configs: tuple[Path, ...]

    def module(self, name: str, place: Place) -> Path:
        """The module.yaml of a module; raises module.not-found."""
        return self._find(self.modules, name, f"{name}/module.yaml", "module", place)

    def codelist(self, name: str, place: Place) -> Path:
        """The file of a code list."""
        return self._find(self.configs, name, f"codelists/{name}.yaml", "code list", place)

    def quality(self, name: str, place: Place) -> Path:
        """The file of a profile of publication rules."""
        return self._find(self.configs, name, f"quality/{name}.yaml", "quality profile", place)

    def _find(self, folders: Sequence[Path], name: str, tail: str, what: str, place: Place) -> Path:
        if not NAME.fullmatch(name):
            raise SurveyprocError(
                [
                    Problem(
                        "config.bad-value",
                        place,
                        f"the name of a {what} has other signs than small Latin letters, digits and _",
                        got=repr(name),
                        hint=did_you_mean(name, self._known(folders, tail, name)),
                    )
                ]
            )
        for folder in folders:
            path = folder / tail
            if path.is_file():
                return path
        known = self._known(folders, tail, name)
        code = "module.not-found" if what == "module" else "config.unknown-name"
        raise SurveyprocError(
            [
                Problem(
                    code,
                    place,
                    f"there is no {what} {name!r}",
                    expected=_listed(known),
                    hint=did_you_mean(name, known),
                )
            ]
        )

    def _known(self, folders: Sequence[Path], tail: str, name: str) -> list[str]:
        return sorted({found for folder in folders for found in _names(folder, tail, name)})


def _listed(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" … ({len(names)} in all)" if len(names) > SHOWN else ""
    return f"one of: {', '.join(names[:SHOWN])}{more}"


def _names(folder: Path, tail: str, name: str) -> list[str]:
    pattern = tail.replace(name, "*", 1)
    found = folder.glob(pattern)
    return [p.parent.name if p.name == "module.yaml" else p.stem for p in found]


def module_names(library: Library) -> tuple[str, ...]:
    """Names of all modules in the search path, the first folder that has one winning."""
    found = {
        path.parent.relative_to(folder).as_posix(): path
        for folder in reversed(library.modules)
        for path in folder.glob("**/module.yaml")
    }
    return tuple(sorted(found))


def default_library(beside: Path, module_path: Path | None = None) -> Library:
    """The search path of a round: its own module folder, `modules` beside or above its file, then the library."""
    root = library_root()
    own = [module_path] if module_path else []
    near = [folder / "modules" for folder in (beside, beside.parent)]
    modules = [*own, *near, root / "modules"]
    configs = [beside, beside.parent, root / "configs"]
    return Library(
        modules=tuple(dict.fromkeys(p for p in modules if p.is_dir())),
        configs=tuple(dict.fromkeys(p for p in configs if p.is_dir())),
    )


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a version meets ^1, ^1.2, ~2.1, 1.4.0 or an empty constraint; None if the constraint cannot be read.

    ^a.b: the same major, at least a.b. ~a.b: the same major and minor. A bare number matches what it names.
    """
    if not constraint:
        return True
    match = CONSTRAINT.fullmatch(constraint)
    parts = version.split(".")
    if match is None or not all(part.isdigit() for part in parts):
        return None
    sign = match.group(1)
    wanted = tuple(int(g) for g in match.groups()[1:] if g is not None)
    have = tuple(int(part) for part in (*parts, "0", "0"))[:3]
    if sign == "^":
        return have[0] == wanted[0] and have >= wanted
    if sign == "~":
        return have[: min(2, len(wanted))] == wanted[:2] and have >= wanted
    return have[: len(wanted)] == wanted
