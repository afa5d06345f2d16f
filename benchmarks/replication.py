"""Time of bootstrap replicates beside Taylor linearisation of the same estimates: python benchmarks/replication.py."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from estimation_stage import SIZES, make, problem

from surveyproc.design import make_replicates
from surveyproc.estimate import estimate


def best_of(repeats: int, work: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--replicates", type=int, default=500)
    chosen = parser.parse_args()
    size = SIZES[chosen.size]
    design, measures, splits = problem(make(**size))
    made, (replicates, problems) = best_of(
        1, lambda: make_replicates(design, "bootstrap", number=chosen.replicates, seed=1)
    )
    if replicates is None:
        raise SystemExit("\n".join(map(str, problems)))
    replicated = replace(design, replicates=replicates)
    taylor, linear = best_of(5, lambda: estimate(design, measures, splits))
    whole, ours = best_of(5, lambda: estimate(replicated, measures, splits))
    used = (linear.status == "ok") & (linear.df > 20)
    ratio = np.median(ours.se[used] / linear.se[used])
    print(
        f"{chosen.size}: {size['rows']:,} rows, {len(design.psu_stratum):,} psus, {len(measures)} indicators × "
        f"{len(splits)} disaggregations, {chosen.replicates} psu-level bootstrap replicates"
    )
    print(f"  making the factors: {made:.3f} s")
    print(f"  estimates with Taylor variances: {taylor:.3f} s; with replicate variances: {whole:.3f} s")
    print(
        f"  replicates cost {whole - taylor:+.3f} s, {whole / taylor:.2f} times Taylor; median ratio of SEs {ratio:.4f}"
    )


if __name__ == "__main__":
    main()
