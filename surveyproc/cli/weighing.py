"""What the commands of `surveyproc weights` show and write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveyproc import weighing
from surveyproc.cli import show
from surveyproc.problems import Place, Problem, SurveyprocError


def template(config: Path, folder: Path, *, language: str) -> None:
    """Write the files of totals to be filled; one that is there already is never touched."""
    files = weighing.templates(config, language=language)
    there = [folder / name for name in files if (folder / name).exists()]
    if there:
        what, hint = "the file of totals is there already", "Name another folder with --out."
        raise SurveyprocError([Problem("output.failed", Place(str(path)), what, hint=hint) for path in there])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    show.show_files("Written:", [("totals", str(folder / name)) for name in files])


def check(config: Path, *, data: Path | None) -> tuple[Problem, ...]:
    """Show every known total beside the sample, then everything wrong."""
    report: Any = show.stage_reporter()
    rows, problems = weighing.compare_totals(config, data=data, report=report)
    if rows:
        heads = ["records", "total", "known", "by the weights", "known / weights", "records in the sample"]
        show.show_table(f"Known totals of {config.as_posix()}", heads, map(_row, rows))
    told = [p for p in problems if p.severity != "info"]
    show.show_problems(told)
    return problems


def _row(row: Any) -> tuple[str, ...]:
    ratio = f"{row.known / row.weighted:.3f}" if row.weighted > 0 else ""
    return row.level, row.name, f"{row.known:,.6g}", f"{row.weighted:,.6g}", ratio, f"{row.cases:,}"


def export(config: Path, file: Path, *, level: str | None, data: Path | None, language: str) -> None:
    """Write the final weights of a level with its key."""
    count = weighing.export(config, file, level=level, data=data, language=language)
    show.show_files("Written:", [(f"weights of {count:,} records", str(file))])
