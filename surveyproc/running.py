"""What a run keeps while it goes: the time and counts of its stages, and the lock of its output folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from surveyproc.problems import Problem

Report = Callable[[str, str], None]  # stage, what it did


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run: seconds taken and what it counted."""

    name: str
    seconds: float
    counts: Mapping[str, int]


@dataclass(slots=True)
class Clock:
    """Keeps the time and counts of stages and tells of each as it ends."""

    report: Report
    stages: list[Stage] = field(default_factory=list)
    since: float = field(default_factory=time.perf_counter)

    def done(self, name: str, words: str, **counts: int) -> None:
        """End a stage: its name, what it did in words and in counts."""
        now = time.perf_counter()
        self.stages.append(Stage(name, now - self.since, counts))
        self.since = now
        self.report(name, words)


@contextmanager
def held(folder: Path | None) -> Iterator[tuple[Problem, ...]]:
    """The lock of the output folder from before the data are read, so that a second run is refused at once.

    So is a folder that holds files of others. Folders that had to be made for the lock go again if nothing was written.
    """
    from surveyproc.store import lock, refuse_others_files

    if folder is None:
        yield ()
        return
    made = [parent for parent in folder.absolute().parents if not parent.exists()]
    try:
        with lock(folder) as warnings:
            refuse_others_files(folder)
            yield warnings
    finally:
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


def import_ahead() -> None:
    """Import what the stages after reading need while child processes read; a module that fails fails again there."""
    for name in ("frames", "publications", "publish.xlsx", "publish.html"):
        with suppress(ImportError):
            import_module(f"surveyproc.{name}")
