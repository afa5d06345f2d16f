"""What `surveyproc change` and `surveyproc trend` show and write: estimates of a run beside those of earlier ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from surveyproc.changes import changes, read_estimates
from surveyproc.cli import show
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.publish.csv import rows_csv
from surveyproc.trends import read_runs, trends

HEADS = ("indicator", "domain", "cell", "before", "now", "change", "se", "95 % interval", "p", "status")

LINES = (
    *("indicator", "domain", "cell", "rounds", "first", "last"),
    *("per year", "se", "95 % interval", "df", "p", "p of departure", "status"),
)
INDEPENDENT = "The samples are taken as independent: of a panel or of shared psus the standard errors are too large."


def change(now: Path, before: Path, *, out: Path | None) -> None:
    """Print the change of every estimate that both runs have, or write it as a new CSV."""
    frame = changes(read_estimates(now), read_estimates(before))
    rows = []
    row: Any
    for row in frame.itertuples(index=False):
        numbers = [_number(v) for v in (row.before, row.now, row.change, row.se)]
        rows.append((_name(row), row.domain, row.cell, *numbers, _interval(row), _p(row.p_value), row.status))
    _tell(frame, f"Change from {before.as_posix()} to {now.as_posix()}", (HEADS, rows), out=out)
    other = frame[frame["module_now"] != frame["module_before"]]
    _versions(f"{a} → {b}" for a, b in zip(other.module_before, other.module_now, strict=True))


def trend(files: Sequence[Path], *, out: Path | None) -> None:
    """Print the linear trend of every estimate of the latest run over all runs, or write it as a new CSV."""
    runs = read_runs(files)
    frame = trends(runs)
    rows = []
    row: Any
    for row in frame.itertuples(index=False):
        numbers = [_number(row.trend), _number(row.se), _interval(row), _number(row.df), _p(row.p_value)]
        over = row.rounds, row.first, row.last
        rows.append((_name(row), row.domain, row.cell, *over, *numbers, _p(row.departure_p), row.status))
    _tell(frame, f"Linear trend a year over {', '.join(run.period for run in runs)}", (LINES, rows), out=out)
    _versions(names for names in frame["modules"] if "→" in names)


def _tell(
    frame: pd.DataFrame, title: str, table: tuple[Sequence[str], Sequence[Sequence[object]]], *, out: Path | None
) -> None:
    if out is None:
        show.show_table(title, *table)
    else:
        try:
            with out.open("xb") as stream:
                stream.write(rows_csv(list(frame.columns), frame.itertuples(index=False)))
        except FileExistsError as error:
            what, hint = "the file is there already", "Name another with --out."
            raise SurveyprocError([Problem("output.failed", Place(str(out)), what, hint=hint)]) from error
        show.show_files("Written:", [(title, str(out))])
    show.show_line(INDEPENDENT)


def _versions(names: Iterable[str]) -> None:
    several = ", ".join(sorted(set(names)))
    if several:
        show.show_line(f"Definitions come from other versions of modules: {several}.")


def _name(row: Any) -> str:
    return f"{row.indicator}[{row.category}]" if row.category else str(row.indicator)


def _interval(row: Any) -> str:
    return "" if math.isnan(row.ci_low) else f"{_number(row.ci_low)} to {_number(row.ci_high)}"


def _p(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
