"""Time of estimates with standard errors beside R survey, samplics and svy: python benchmarks/estimation.py.

50 indicators × 10 disaggregations (60 cells), 400 strata, 4,000 psus; 500 bootstrap replicates of the same; medians of
20 variables in the same cells. A peer that would take too long is given a part of the indicators, which is named, and
its time is scaled by their number: its work is the same for each. Numbers are compared before any ratio is printed.
Wall time is that of a clock, processor time that of one process on all cores, which other work disturbs less.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from estimation_data import CELLS, INDICATORS, design_of, make, measures_of, medians_of, splits_of
from estimation_peers import Answer, check, with_package, with_r

from surveyproc.design import make_replicates
from surveyproc.estimate import estimate, fast
from surveyproc.values import Design, Disaggregation, Measure

GROUPS = [f"g{d}" for d in range(len(CELLS))]


@dataclass(frozen=True, slots=True)
class Time:
    """The least of some runs, in seconds."""

    wall: float
    processor: float


def best_of(repeats: int, work: Callable[[], Any]) -> tuple[Time, Any]:
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Time(min(walls), min(processors)), result


def show(name: str, took: Time, *, note: str = "") -> None:
    print(f"  {name:<52}{took.wall:>10.3f}{took.processor:>11.3f}  {note}")


def ours(design: Design, measures: list[Measure], splits: list[Disaggregation]) -> tuple[dict[str, Time], pd.DataFrame]:
    """Times by way, and the estimates, which must be the same bits."""
    usual, fast.CALL = fast.CALL, 10**15
    took, found = best_of(5, lambda: estimate(design, measures, splits))
    fast.CALL = usual
    times, frame = {"numpy": took}, found.to_frame()
    show("numpy", took)
    if find_spec("numba") is None:
        print("  with the extra fast: numba is not installed, skipped")
        return times, frame
    loading, _ = best_of(1, lambda: (fast.load(), estimate(design, measures, splits)))
    times["fast"], found = best_of(5, lambda: estimate(design, measures, splits))
    pd.testing.assert_frame_equal(found.to_frame(), frame, check_exact=True)
    show("with the extra fast", times["fast"], note=f"once loaded; the first time {loading.wall:.1f} s; the same bits")
    return times, frame


def peers(data: pd.DataFrame, frame: pd.DataFrame, times: dict[str, Time], chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rows.csv"
        data.to_csv(path, index=False, float_format="%.17g")
        ways: dict[str, tuple[int, Callable[[list[str]], Answer | None]]] = {
            "svyby": (chosen.svyby, lambda names: with_r("svyby", path, names, GROUPS)),
            "influence": (chosen.influence, lambda names: with_r("influence", path, names, GROUPS)),
            "samplics": (chosen.samplics, lambda names: with_package("samplics", chosen.cache, path, names, GROUPS)),
            "svy": (chosen.svy, lambda names: with_package("svy", chosen.cache, path, names, GROUPS)),
        }
        for number, run in ways.values():
            answer = run([f"y{j}" for j in range(INDICATORS - number, INDICATORS)]) if number else None
            if answer is None:
                continue
            worst = check(answer, frame)
            scale = INDICATORS / number
            ratios = ", ".join(
                f"{answer.seconds * scale / t.wall:,.0f} × {way} by the clock, "
                f"{answer.processor * scale / t.processor:,.0f} × by processor"
                for way, t in times.items()
            )
            show(
                answer.who[:50],
                Time(answer.seconds * scale, answer.processor * scale),
                note=f"from {number} of {INDICATORS} indicators; {ratios}; "
                f"{len(answer.found)} values and SEs agree to {worst:.0e}",
            )


def bootstrap(design: Design, measures: list[Measure], splits: list[Disaggregation], taylor: Time) -> None:
    replicates, problems = make_replicates(design, "bootstrap", number=500, seed=1)
    if replicates is None:
        raise SystemExit("\n".join(map(str, problems)))
    linear = estimate(design, measures, splits)
    took, found = best_of(3, lambda: estimate(replace(design, replicates=replicates), measures, splits))
    used = (linear.status == "ok") & (linear.df > 20)
    ratio = np.median(found.se[used] / linear.se[used])
    if not abs(ratio - 1) < 0.02:
        raise SystemExit(f"bootstrap SEs are {ratio:.3f} times the linearised: no time is shown")
    note = f"{took.wall / taylor.wall:.2f} × Taylor; median ratio of SEs {ratio:.4f}"
    show("500 psu-level bootstrap replicates of the same", took, note=note)


def medians(
    data: pd.DataFrame, design: Design, splits: list[Disaggregation], *, variables: int, against_r: bool
) -> None:
    measures = medians_of(data, variables)
    took, found = best_of(3, lambda: estimate(design, measures, splits))
    show(f"medians with Woodruff intervals, {variables} variables", took)
    if not against_r:
        return
    group, cells = GROUPS[-1], CELLS[-1]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rows.csv"
        columns = data[["stratum", "psu", "weight", group]].assign(m0=measures[0].numerator)
        columns.to_csv(path, index=False, float_format="%.17g")
        answer = with_r("median", path, ["m0"], [group])
    if answer is None:
        return
    worst = check(answer, found.to_frame())
    scale = variables * sum(CELLS) / cells
    note = (
        f"from 1 variable in {cells} cells; {answer.seconds * scale / took.wall:,.0f} × by the clock, "
        f"{answer.processor * scale / took.processor:,.0f} × by processor; agree to {worst:.0e}"
    )
    show(answer.who[:50], Time(answer.seconds * scale, answer.processor * scale), note=note)


def stream(design: Design, measures: list[Measure], splits: list[Disaggregation]) -> None:
    arrays = [design.weight, design.psu, *(m.numerator for m in measures), *(d.codes for d in splits)]
    took, _ = best_of(3, lambda: [a.max() for a in arrays])
    show("reading the same bytes once", took, note=f"{sum(a.nbytes for a in arrays) / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="default: 200,000 and 2,000,000")
    parser.add_argument("--cache", type=Path, help="folder in which samplics and svy are installed, each on its own")
    for name, number in {"svyby": 1, "influence": 2, "samplics": 1, "svy": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=number, help=f"indicators given to {name}; 0 leaves it out")
    parser.add_argument("--no-medians", action="store_true")
    chosen = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for place, rows in enumerate(chosen.rows or (200_000, 2_000_000)):
        data = make(rows)
        design, measures, splits = design_of(data), measures_of(data), splits_of(data)
        print(f"\n{rows:,} rows, {INDICATORS} indicators × {sum(CELLS)} cells: seconds by the clock, of processor")
        stream(design, measures, splits)
        times, frame = ours(design, measures, splits)
        bootstrap(design, measures, splits, times.get("fast", times["numpy"]))
        if place == 0:  # peers take in proportion to the rows, and some would not fit in memory
            peers(data, frame, times, chosen)
        if not chosen.no_medians:
            medians(data, design, splits, variables=20, against_r=place == 0)


if __name__ == "__main__":
    main()
