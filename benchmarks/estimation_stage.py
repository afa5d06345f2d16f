"""Time of the estimation stage beside R survey on the same synthetic rows: python benchmarks/estimation_stage.py."""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.design import compile_design
from surveyproc.estimate import estimate
from surveyproc.values import Design, Disaggregation, Measure, Statistic

SIZES = {
    "small": {"rows": 60_000, "strata": 150, "psus": 10, "indicators": 20, "cells": (1, 2, 2, 5, 17, 33)},
    "large": {"rows": 200_000, "strata": 400, "psus": 10, "indicators": 50, "cells": (1, 2, 2, 3, 4, 5, 6, 7, 13, 17)},
}

R_SCRIPT = """
suppressMessages(library(survey))
a <- commandArgs(TRUE)
rows <- read.csv(a[1])
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows)
took <- system.time(for (y in strsplit(a[2], ",")[[1]]) for (g in strsplit(a[3], ",")[[1]]) {
  r <- svyby(as.formula(paste0("~", y)), as.formula(paste0("~", g)), design, svymean, na.rm = TRUE, deff = "replace")
  for (i in seq_len(nrow(r))) cat(y, g, r[i, 1], format(r[i, 2], digits = 17), format(r[i, 3], digits = 17), "\\n")
})
cat("seconds", took[["elapsed"]], "\\n")
"""


def make(*, rows: int, strata: int, psus: int, indicators: int, cells: tuple[int, ...]) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    data = pd.DataFrame({"stratum": np.sort(rng.integers(0, strata, rows))})
    data["psu"] = data.stratum * psus + rng.integers(0, psus, rows)
    data["weight"] = rng.gamma(4.0, 25.0, rows)
    for d, size in enumerate(cells):
        data[f"g{d}"] = rng.integers(0, size, rows)
    for j in range(indicators):
        amount = j % 5 == 4
        y = np.round(rng.lognormal(5, 1, rows), 2) if amount else (rng.random(rows) < 0.02 + j / 100).astype(float)
        y[rng.random(rows) < 0.01 * (j % 4)] = np.nan
        data[f"y{j}"] = y
    return data


def problem(data: pd.DataFrame) -> tuple[Design, list[Measure], list[Disaggregation]]:
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()],
        psu=[data.psu.to_numpy()],
    )
    if design is None:
        raise SystemExit("\n".join(map(str, problems)))
    everyone = np.ones(len(data), dtype=np.bool_)
    names = [name for name in data if name.startswith("y")]
    kinds = [Statistic.MEAN if int(name[1:]) % 5 == 4 else Statistic.PROPORTION for name in names]
    measures = [Measure(n, k, data[n].to_numpy(), everyone) for n, k in zip(names, kinds, strict=True)]
    splits = [
        Disaggregation(name, data[name].to_numpy().astype(np.int32), tuple(map(str, range(data[name].max() + 1))))
        for name in data
        if name.startswith("g")
    ]
    return design, measures, splits


def best_of(repeats: int, data: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    parts = problem(data)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = estimate(*parts)
        times.append(time.perf_counter() - start)
    return min(times), result.to_frame()


def with_r(data: pd.DataFrame, ours: pd.DataFrame, seconds: float, *, indicators: int) -> None:
    """Run R on a few indicators with all disaggregations, check it agrees, and print both times for that work."""
    names = [f"y{j}" for j in range(indicators)]
    groups = [name for name in data if name.startswith("g")]
    with tempfile.TemporaryDirectory() as scratch:
        rows, script = Path(scratch) / "rows.csv", Path(scratch) / "run.R"
        data.to_csv(rows, index=False, float_format="%.17g")
        script.write_text(R_SCRIPT)
        command = ["Rscript", str(script), str(rows), ",".join(names), ",".join(groups)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  R: not run ({done.stderr.strip().splitlines()[-1]})")
        return
    lines = [line.split() for line in done.stdout.splitlines()]
    r_seconds = float(lines.pop()[1])
    theirs = {(y, g, cell): (float(value), float(se)) for y, g, cell, value, se in lines}
    same = ours[ours.indicator.isin(names)].set_index(["indicator", "domain", "cell"])
    worst = max(max(abs(same.value[k] / v - 1), abs(same.se[k] / s - 1)) for k, (v, s) in theirs.items())
    few, _ = best_of(3, data[[c for c in data if not c.startswith("y") or c in names]])
    print(f"  R svyby, {indicators} indicators × {len(groups)} disaggregations, as run: {r_seconds:.2f} s")
    print(f"  ours, the same {indicators} indicators: {few:.3f} s, {r_seconds / few:.0f} times as fast")
    print(f"  largest relative difference of {len(theirs)} values and SEs: {worst:.1e}")
    print(f"  ours, all indicators, over R's {indicators}: {seconds / r_seconds:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, action="append", help="default: small and large")
    parser.add_argument("--r-indicators", type=int, default=2, help="how many indicators R is given; 0 = none")
    chosen = parser.parse_args()
    for name in chosen.size or SIZES:
        size = SIZES[name]
        data = make(**size)
        seconds, ours = best_of(5, data)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{name}: {size['rows']:,} rows, {size['strata'] * size['psus']:,} psus, {size['indicators']} indicators × "
            f"{len(size['cells'])} disaggregations ({sum(size['cells'])} cells), SE, interval and deff: "
            f"{seconds:.3f} s, best of 5; peak memory of the process {peak:.0f} MB"
        )
        if chosen.r_indicators and shutil.which("Rscript") is None:
            print("  R: Rscript is not installed, nothing to compare with")
        elif chosen.r_indicators and name == "small":
            with_r(data, ours, seconds, indicators=chosen.r_indicators)


if __name__ == "__main__":
    main()
