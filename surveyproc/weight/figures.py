"""What is told of weights: how many, how much, how unequal; and of one step, what it did."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from surveyproc.values.weights import WeightLine

Floats = NDArray[np.float64]
EDGES = (0.0, 0.25, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0, 4.0, np.inf)  # of the histogram of factors


def kish(weight: Floats) -> float:
    """Design effect of unequal weights, n·Σw²/(Σw)² over weights above zero (Kish 1965, section 11.7); NaN of none."""
    used = weight[weight > 0]
    return float(len(used) * (used @ used) / used.sum() ** 2) if len(used) else float("nan")


def step_figures(before: Floats, after: Floats) -> Mapping[str, float]:
    """Cases, sums, range of factors and of weights, and Kish's design effect; before, after: (n)."""
    kept = (before > 0) & (after > 0)
    ratio = after[kept] / before[kept]
    used = after[after > 0]
    low, high = (float(ratio.min()), float(ratio.max())) if len(ratio) else (float("nan"), float("nan"))
    return {
        "cases": float(len(used)),
        "total_before": float(before.sum()),
        "total": float(after.sum()),
        "factor_low": low,
        "factor_high": high,
        "weight_low": float(used.min()) if len(used) else float("nan"),
        "weight_high": float(used.max()) if len(used) else float("nan"),
        "kish": kish(after),
    }


def histogram(ratio: Floats) -> tuple[WeightLine, ...]:
    """How many factors lie from one edge of EDGES to below the next."""
    counts, _ = np.histogram(ratio, bins=np.array(EDGES))
    return tuple(
        WeightLine("histogram", (), {"low": low, "high": high, "cases": float(count)}, f"[{low:g}, {high:g})")
        for low, high, count in zip(EDGES, EDGES[1:], counts.tolist(), strict=False)
    )
