"""What `surveyproc change` shows: the estimates of a run beside those of an earlier one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from surveyproc.changes import changes, read_estimates
from surveyproc.cli import show

HEADS = ("indicator", "domain", "cell", "before", "now", "change", "se", "95 % interval", "p", "status")


def change(now: Path, before: Path) -> None:
    """Print the change of every estimate that both runs have."""
    frame = changes(read_estimates(now), read_estimates(before))
    rows = []
    row: Any
    for row in frame.itertuples(index=False):
        name = f"{row.indicator}[{row.category}]" if row.category else row.indicator
        numbers = [_number(v) for v in (row.before, row.now, row.change, row.se)]
        interval = "" if math.isnan(row.ci_low) else f"{_number(row.ci_low)} to {_number(row.ci_high)}"
        p = "" if math.isnan(row.p_value) else f"{row.p_value:.4f}"
        rows.append((name, row.domain, row.cell, *numbers, interval, p, row.status))
    show.show_table(f"Change from {before.as_posix()} to {now.as_posix()}", HEADS, rows)
    show.show_line(
        "The samples are taken as independent: of a panel or of shared psus the standard errors are too large."
    )
    other = frame[frame["module_now"] != frame["module_before"]]
    if len(other):
        names = ", ".join(sorted({f"{a} → {b}" for a, b in zip(other.module_before, other.module_now, strict=True)}))
        show.show_line(f"Definitions come from other versions of modules: {names}.")


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
