"""Time of calibrating weights, beside R survey, svy and rimpy on the same rows: python benchmarks/weights.py.

Processor time of the calibration alone, data in memory, best of the repeats; R where Rscript has the package survey,
svy and rimpy in an environment made for this run where the package index has them. What cannot run is said so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveyproc.estimate import estimate
from surveyproc.values import Calibration, Design, Disaggregation, Measure, Statistic
from surveyproc.weight import calibrate

MARGINS = {"region": 17, "band": 11, "sex": 2}


def make(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(20260301)
    data = pd.DataFrame({name: rng.integers(0, size, rows) for name, size in MARGINS.items()})
    data["weight"] = rng.gamma(4.0, 25.0, rows)
    data["age"] = 5.0 * data.band + rng.integers(0, 5, rows)
    data["psu"] = np.sort(rng.integers(0, max(rows // 50, 2), rows))
    data["y"] = rng.normal(10, 3, rows) + 0.1 * data.age + data.region
    return data


def totals_of(data: pd.DataFrame) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    found = {}
    for name in MARGINS:
        sums = data.groupby(name).weight.sum().to_numpy()
        changed = sums * rng.uniform(0.85, 1.15, len(sums))
        found[name] = changed / changed.sum() * 1.02 * data.weight.sum()
    return found


def best_of(repeats: int, work: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def cells_of(data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The crossing of the margins: one cell code a row, indicators of all categories by cell."""
    sizes = tuple(MARGINS.values())
    cells = np.ravel_multi_index(tuple(data[name].to_numpy() for name in MARGINS), sizes)
    every = np.array(np.unravel_index(np.arange(np.prod(sizes)), sizes)).T
    return cells, np.concatenate([np.eye(k)[every[:, j]] for j, k in enumerate(sizes)], axis=1)


def raking(data: pd.DataFrame, totals: dict[str, np.ndarray]) -> np.ndarray:
    cells, x = cells_of(data)
    asked = np.concatenate(list(totals.values()))
    names = [str(k) for k in range(len(asked))]
    return calibrate(data.weight.to_numpy(), cells, x, totals=asked, names=names, method="raking").g


def regression(data: pd.DataFrame, totals: dict[str, np.ndarray], *, by: str) -> np.ndarray:
    """30 categories and the sum of ages: on the cells in which neither varies, or row by row, as any number."""
    cells, x = cells_of(data)
    if by == "cells":
        age = data.age.to_numpy()
        cells = cells * 64 + age.astype(np.int64)
        rows = np.column_stack((np.repeat(x, 64, axis=0), np.tile(np.arange(64.0), len(x))))
    else:
        rows, cells = np.column_stack((x[cells], data.age)), np.arange(len(data))
    asked = np.append(np.concatenate(list(totals.values())), 1.03 * (data.weight @ data.age))
    names = [str(k) for k in range(len(asked))]
    return calibrate(data.weight.to_numpy(), cells, rows, totals=asked, names=names).g


def with_errors(data: pd.DataFrame, totals: dict[str, np.ndarray]) -> tuple[float, float]:
    """Time of 20 totals by 17 regions, with plain and with residual variances."""
    cells, x = cells_of(data)
    asked = np.concatenate(list(totals.values()))
    names = tuple(str(k) for k in range(len(asked)))
    before = data.weight.to_numpy()
    g = calibrate(before, cells, x, totals=asked, names=names).g
    psus = int(data.psu.max()) + 1
    plain = Design(
        "person", before * g, data.psu.to_numpy(np.int32), np.arange(psus, dtype=np.int32) % 100, tuple("h" * 100)
    )
    step = Calibration(cells.astype(np.int32), x, before, asked, names)
    everyone = np.ones(len(data), dtype=np.bool_)
    measures = [Measure(f"y{k}", Statistic.MEAN, data.y.to_numpy() + k, everyone) for k in range(20)]
    by = [Disaggregation("region", data.region.to_numpy(np.int32), tuple(str(k) for k in range(17)))]
    first = best_of(3, lambda: estimate(plain, measures, by))[0]
    return first, best_of(3, lambda: estimate(replace(plain, calibrations=(step,)), measures, by))[0]


R = """
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1]); totals <- jsonlite::fromJSON(files[2])
for (m in c("region", "band", "sex")) rows[[m]] <- factor(rows[[m]])
d <- svydesign(~1, weights = ~weight, data = rows)
freq <- function(m) setNames(data.frame(levels(rows[[m]]), totals[[m]]), c(m, "Freq"))
t1 <- system.time(r <- rake(d, list(~region, ~band, ~sex), list(freq("region"), freq("band"), freq("sex")),
                            control = list(epsilon = 1e-9, maxit = 100)))
pop <- c(sum(totals$sex), totals$region[-1], totals$band[-1], totals$sex[-1], totals$age)
names(pop) <- colnames(model.matrix(~region + band + sex + age, rows[1:100, ]))
t2 <- system.time(g <- calibrate(d, ~region + band + sex + age, pop))
cat(jsonlite::toJSON(list(raking = sum(t1[1:2]), regression = sum(t2[1:2]), w1 = head(weights(r), 50),
                          w2 = head(weights(g), 50)), digits = NA, auto_unbox = TRUE))
"""

PEER = """
import json, sys, time
import numpy as np, pandas as pd
rows, totals = pd.read_csv(sys.argv[2]), json.load(open(sys.argv[3]))
margins = ["region", "band", "sex"]
best = 1e9
for _ in range(3):
    start = time.process_time()
    if sys.argv[1] == "rimpy":
        import polars as pl, rimpy
        frame = pl.from_pandas(rows)
        targets = {m: {k: float(t) for k, t in enumerate(totals[m])} for m in margins}
        start = time.process_time()
        out = rimpy.rake(frame, targets)
    else:
        import polars as pl, svy
        frame = pl.from_pandas(rows)
        start = time.process_time()
        sample = svy.Sample(frame, svy.Design(wgt="weight"))
        out = sample.weighting.rake(controls={m: {k: float(t) for k, t in enumerate(totals[m])} for m in margins})
    best = min(best, time.process_time() - start)
print(json.dumps({"raking": best}))
"""


def in_r(folder: Path) -> dict[str, Any] | str:
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    (folder / "weights.R").write_text(R)
    arguments = ["Rscript", folder / "weights.R", folder / "rows.csv", folder / "totals.json"]
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    return found or (done.stderr.strip().splitlines() or ["no message"])[-1]


def in_peer(name: str, folder: Path) -> dict[str, Any] | str:
    home = folder / name
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    wanted = [name, "pandas", "polars", "pyarrow"]
    installed = subprocess.run([python, "-m", "pip", "install", "-q", *wanted], capture_output=True, check=False)
    if installed.returncode:
        return "the package index does not have it"
    (folder / "peer.py").write_text(PEER)
    arguments = [python, folder / "peer.py", name, folder / "rows.csv", folder / "totals.json"]
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    return found or (done.stderr.strip().splitlines() or ["no message"])[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--peers", nargs="*", default=["R", "svy", "rimpy"])
    chosen = parser.parse_args()
    data = make(chosen.rows)
    totals = totals_of(data)
    first, w1 = best_of(5, lambda: raking(data, totals))
    second, w2 = best_of(5, lambda: regression(data, totals, by="cells"))
    third, w3 = best_of(3, lambda: regression(data, totals, by="rows"))
    assert np.allclose(w2, w3, rtol=1e-9)
    plain, residual = with_errors(data, totals)
    print(f"{chosen.rows:,} rows; processor seconds")
    print(f"  raking on 3 margins, 30 categories: {first:.4f}")
    print(f"  regression on 30 categories and age in years, by cells: {second:.4f}; row by row: {third:.4f}")
    print(f"  20 means by 17 regions: {plain:.3f}, with residual variances {residual:.3f}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data.to_csv(folder / "rows.csv", index=False, float_format="%.17g")
        kept = {name: one.tolist() for name, one in totals.items()} | {"age": 1.03 * float(data.weight @ data.age)}
        (folder / "totals.json").write_text(json.dumps(kept))
        for name in chosen.peers:
            found = in_r(folder) if name == "R" else in_peer(name, folder)
            if isinstance(found, str):
                print(f"  {name}: skipped, {found}")
                continue
            print(f"  {name}: raking {found['raking']:.3f}, {found['raking'] / first:.0f} times ours", end="")
            if "regression" in found:
                print(f"; regression {found['regression']:.3f}, {found['regression'] / second:.1f} times ours")
                apart = [
                    np.abs(g[:50] * data.weight[:50] / w - 1).max() for g, w in ((w1, found["w1"]), (w2, found["w2"]))
                ]
                print(f"    largest relative difference of weights: {apart[0]:.1e}, {apart[1]:.1e}", end="")
            print()


if __name__ == "__main__":
    main()
