"""A round's file merged with those it extends, each value with the place of the file that says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from surveyproc.config import models
from surveyproc.config.gather import shown_path
from surveyproc.config.source import KeyPath, Source, load_source
from surveyproc.config.validate import validate
from surveyproc.problems import Place, Problem, SurveyprocError

BY_ENTRY = ("files", "keys", "links", "map", "overrides", "title", "source")  # keys whose entries override one by one
LONGEST_CHAIN = 16


@dataclass(frozen=True, slots=True)
class RoundFile:
    """A round as written, with the files that it extends; places are those of the file that says a thing."""

    model: models.Round
    sources: tuple[Source, ...]  # this round's first
    folders: tuple[Path, ...]  # of each source

    def beside(self, key: str, *, kind: Literal["file", "folder"]) -> Path:
        """The file or folder that a key names, relative to the file that says it; refused outside the configs."""
        at = next((i for i, s in enumerate(self.sources) if _has(s.data, (key,))), 0)
        return config_path(self.folders[at], str(getattr(self.model, key)), self.place(key), kind=kind)

    def file_at(self, name: str, *path: str | int) -> Path:
        """A file that a value names, relative to the config that says it; refused outside the configs."""
        at = next((i for i, s in enumerate(self.sources) if _has(s.data, path)), 0)
        return config_path(self.folders[at], name, self.place(*path), kind="file")

    def place(self, *path: str | int, of: Literal["key", "value"] = "value") -> Place:
        """Where a value or its key stands."""
        return next((s for s in self.sources if _has(s.data, path)), self.sources[0]).place(path, of=of)


def read_round(path: Path) -> RoundFile:
    """A round's file merged with those it extends: whole keys are overridden, and single entries of the maps."""
    sources = [load_source(path, shown=shown_path(path))]
    read = [path.resolve()]
    data = sources[0].data
    folder = path.parent
    while isinstance(data, dict) and isinstance(data.get("extends"), str):
        place = sources[-1].place(("extends",))
        base = config_path(folder, data["extends"], place, kind="file")
        if base.resolve() in read:
            raise SurveyprocError([Problem("config.circular", place, "rounds extend each other in a circle")])
        if len(read) == LONGEST_CHAIN:
            raise SurveyprocError(
                [Problem("config.too-deep", place, f"more than {LONGEST_CHAIN} rounds extend each other")]
            )
        read.append(base.resolve())
        sources.append(load_source(base, shown=shown_path(base)))
        data, folder = sources[-1].data, base.parent
    merged: Any = sources[-1].data
    for source in reversed(sources[:-1]):
        merged = _merge(merged, source.data)
    chain = tuple(sources)
    source = chain[0] if len(chain) == 1 else _MergedSource.of(merged, chain)
    return RoundFile(validate(models.Round, source), chain, tuple(p.parent for p in read))


def config_path(folder: Path, written: str, place: Place, *, kind: Literal["file", "folder"]) -> Path:
    """A file or folder named in a config; it must lie under the folder above that config's, or the working folder."""
    path = (folder / written.replace("\\", "/")).resolve()
    tops = (folder.resolve().parent, Path.cwd().resolve())
    if written.startswith("~") or not any(path.is_relative_to(top) for top in tops):
        raise SurveyprocError(
            [
                Problem(
                    "config.path",
                    place,
                    "the path leads out of the folders of configs",
                    got=repr(written),
                    expected="a path in this file's folder, the folder above, or the working folder",
                )
            ]
        )
    if not (path.is_file() if kind == "file" else path.is_dir()):
        raise SurveyprocError(
            [Problem("config.not-found", place, f"there is no {kind} {written!r} beside the config that names it")]
        )
    return path


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
