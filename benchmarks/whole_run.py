"""Time of a whole run beside the same estimates in R survey: python benchmarks/whole_run.py.

60,000 persons × 200 columns in an .sav file → 20 indicators × 6 disaggregations (67 cells with the total) → workbooks
and pages in English, Russian and Kazakh, estimates.csv and manifest.json. Each run is a new process, as a user starts
it; a second run in the same process shows what is left once everything is imported. "processor" is the time of this
process on a core, which other work on the machine hardly changes; files are read in child processes, which it leaves
out.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
CONFIG = HERE / "whole_run" / "round.yaml"
BEFORE = ("imports", "config", "read")
AFTER = ("link", "derive", "design", "estimate", "judge", "tabulate", "publish", "write")
KEYS = ["indicator", "category", "domain", "cell"]

Times = dict[str, float]  # seconds by stage


def child(folder: Path) -> None:
    """Two runs in this process, the first from nothing imported: seconds by stage as JSON, estimates as a file."""
    began, processor = time.perf_counter(), time.process_time()
    from surveyproc.pipeline import run

    imports = {"wall": time.perf_counter() - began, "processor": time.process_time() - processor}
    answer: dict[str, Times] = {}
    for kind in ("first", "second"):
        marks = [("", time.perf_counter(), time.process_time())]

        def mark(stage: str, _: str, marks: list[tuple[str, float, float]] = marks) -> None:
            marks.append((stage, time.perf_counter(), time.process_time()))

        result = run(CONFIG, data=folder, out=folder / "out", report=mark)
        mark("write", "")
        steps = list(itertools.pairwise(marks))
        wall = {after[0]: after[1] - before[1] for before, after in steps}
        busy = {after[0]: after[2] - before[2] for before, after in steps}
        first = kind == "first"
        answer[f"{kind} wall"] = wall | {"imports": imports["wall"] if first else 0.0}
        answer[f"{kind} processor"] = busy | {"imports": imports["processor"] if first else 0.0}
    result.estimates.to_csv(folder / "ours.csv", index=False, float_format="%.17g")
    size = {
        "estimates": len(result.estimates),
        "bytes": sum(path.stat().st_size for path in result.outputs),
        "files": len(result.outputs),
        "cells": len(result.tables),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps({**answer, "size": size}))


def ours(folder: Path, runs: int) -> list[dict[str, Times]]:
    """So many runs, each in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--child", str(folder)]
    path = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
    found = []
    for _ in range(runs):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        found.append(json.loads(done.stdout))
    return found


def show(found: Sequence[Mapping[str, Times]]) -> Times:
    """Print seconds by stage, medians and least; gives the medians of the first runs."""
    columns: dict[tuple[str, str], Times] = {}
    for kind in ("first", "second"):
        for clock, choices in {"wall": ("median", "least"), "processor": ("median",)}.items():
            rows = [_with_sums(one[f"{kind} {clock}"]) for one in found]
            for choice in choices:
                pick = statistics.median if choice == "median" else min
                head = choice if clock == "wall" else clock
                columns[kind, head] = {name: pick([row[name] for row in rows]) for name in rows[0]}
    print(f"{'seconds':<14}{'first run of a process':>33}{'second run':>33}")
    print(" " * 14 + "".join(f"{head:>11}" for _, head in columns))
    for name in (*BEFORE, *AFTER, "after reading", "whole"):
        print(f"{name:<14}" + "".join(f"{times[name]:>11.3f}" for times in columns.values()))
    size = found[-1]["size"]
    print(
        f"{size['estimates']:,.0f} estimates, {size['cells']:,.0f} table cells, {size['files']:.0f} files of "
        f"{size['bytes'] / 1e6:.1f} MB; peak memory of the process {max(f['size']['megabytes'] for f in found):.0f} MB"
    )
    return columns["first", "median"]


def _with_sums(times: Times) -> Times:
    return {
        **times,
        "after reading": sum(times[name] for name in AFTER),
        "whole": sum(times[name] for name in (*BEFORE, *AFTER)),
    }


def with_r(folder: Path, *, indicators: str) -> tuple[Times, pd.DataFrame] | None:
    """R's seconds by step, and its estimates; None, said aloud, where R or a package is missing."""
    if shutil.which("Rscript") is None:
        print("R: Rscript is not installed, nothing to compare with")
        return None
    command = ["Rscript", str(HERE / "whole_run.R"), str(folder / "person.sav"), str(folder / "r.csv"), indicators]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"R: not run ({done.stderr.strip().splitlines()[-1]})")
        return None
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    print(f"R: {next(text for name, text in lines if name == 'versions')}")
    times = {name: float(text) for name, text in lines if name != "versions"}
    return times, exact(folder / "r.csv")


def exact(path: Path) -> pd.DataFrame:
    """A file of estimates, numbers read by Python to the last digit, NaN where there is none."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in ("value", "se"):
        frame[name] = [float(text) if text not in ("", "NA") else float("nan") for text in frame[name]]
    return frame


def compare(folder: Path, theirs: pd.DataFrame, r: Times, us: Times, *, whole: bool) -> None:
    """Print agreement and the ratios of times."""
    mine = exact(folder / "ours.csv")
    mine = mine[~mine["indicator"].str.startswith("base:")]
    both = mine.merge(theirs, on=KEYS, how="inner", suffixes=("", "_r"), validate="1:1")
    done = sorted(set(theirs["indicator"]))
    expected = mine[mine["indicator"].isin(done)]
    seen = both[both["shown"] != "suppress"]
    only = expected.merge(theirs[KEYS], on=KEYS, how="left", indicator=True).query("_merge == 'left_only'")
    empty = int((only["status"] == "empty").sum())
    if empty < len(only) or len(both) < len(theirs) or seen[["value_r", "se_r"]].isna().any().any():
        raise SystemExit("ours and R's estimates are not of the same cells")
    worst = {name: float((seen[name] / seen[f"{name}_r"] - 1).abs().max()) for name in ("value", "se")}
    print(f"R steps, seconds: {', '.join(f'{name} {seconds:.2f}' for name, seconds in r.items())}")
    print(
        f"compared: {len(seen):,} values and SEs of {len(done)} indicators; {empty} cells without cases are ours alone"
        f"\nlargest relative difference: value {worst['value']:.1e}, SE {worst['se']:.1e}"
    )
    if not whole:
        print("R was given a part of the indicators, ours all of them: no ratio of times is formed")
        return
    steps = sum(us[name] for name in ("link", "derive", "design", "estimate"))
    theirs_steps = r["derive"] + r["design"] + r["estimate"]
    print(
        f"estimates: R {r['estimate']:.1f} s, ours {us['estimate']:.3f} s, {r['estimate'] / us['estimate']:.0f} times"
    )
    print(f"read data to estimates: R {theirs_steps:.1f} s, ours {steps:.3f} s, {theirs_steps / steps:.0f} times")
    print("R makes values and SEs; ours also intervals, design effects, df, counts and shares missing.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="processes started, each with two runs")
    parser.add_argument("--r-indicators", default="all", help="comma-separated names, all (about 2 minutes) or none")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        child(chosen.child)
        return
    import whole_run_data

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        whole_run_data.write(folder / "person.sav")
        size = (folder / "person.sav").stat().st_size / 1e6
        packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "xlsxwriter", "jinja2"))
        print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{whole_run_data.ROWS:,} persons × {whole_run_data.COLUMNS} columns, {size:.0f} MB, {chosen.runs} runs")
        us = show(ours(folder, chosen.runs))
        if chosen.r_indicators == "none":
            return
        answer = with_r(folder, indicators=chosen.r_indicators)
        if answer is not None:
            times, theirs = answer
            compare(folder, theirs, times, us, whole=chosen.r_indicators == "all")


if __name__ == "__main__":
    main()
