"""What a run keeps while it goes, and what it leaves: stages with their times, the lock of its folder, its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from surveyproc.config.spec import RoundSpec
from surveyproc.problems import Problem
from surveyproc.values import Publication

if TYPE_CHECKING:
    import pandas as pd

    from surveyproc.analyses import Analyses

Report = Callable[[str, str], None]  # stage, what it did


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run: seconds taken and what it counted."""

    name: str
    seconds: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run found, as pandas frames; `outputs` are the files written, if any were.

    estimates: one row an estimate, columns ESTIMATE_COLUMNS. tables: one row a table cell. problems: one row a problem.
    """

    estimates: pd.DataFrame
    publications: tuple[Publication, ...]
    found: tuple[Problem, ...]
    stages: tuple[Stage, ...]
    outputs: tuple[Path, ...] = ()
    spec: RoundSpec | None = field(default=None, repr=False)
    analyses: Analyses | None = field(default=None, repr=False)

    @property
    def tables(self) -> pd.DataFrame:
        """Table cells in long form: table, language, headings above, row, column, value, text."""
        from surveyproc.frames import tables_frame

        return tables_frame(self.publications)

    @property
    def problems(self) -> pd.DataFrame:
        """Warnings and notes of the run."""
        from surveyproc.frames import problems_frame

        return problems_frame(self.found)


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


def import_ahead() -> None:
    """Import what the stages after reading need while child processes read; a module that fails fails again there."""
    for name in ("frames", "publications", "publish.xlsx", "publish.html"):
        with suppress(ImportError):
            import_module(f"surveyproc.{name}")


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
