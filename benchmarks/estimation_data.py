"""A synthetic survey for the benchmark of estimation, as a frame and as what `estimate` takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveyproc.design import compile_design
from surveyproc.values import Design, Disaggregation, Measure, QuantileAt, Statistic

STRATA, PSUS = 400, 10  # psus of each
CELLS = (1, 2, 2, 3, 4, 5, 6, 7, 13, 17)
INDICATORS = 50


def make(rows: int) -> pd.DataFrame:
    """Columns stratum, psu, weight, g0… of cells, y0…: four of five are 0/1, one an amount; up to 3 % are missing."""
    rng = np.random.default_rng(7)
    columns = {"stratum": np.sort(rng.integers(0, STRATA, rows))}
    columns["psu"] = columns["stratum"] * PSUS + rng.integers(0, PSUS, rows)
    columns["weight"] = rng.gamma(4.0, 25.0, rows)
    for d, size in enumerate(CELLS):
        columns[f"g{d}"] = rng.integers(0, size, rows)
    for j in range(INDICATORS):
        amount = j % 5 == 4
        y = np.round(rng.lognormal(5, 1, rows), 2) if amount else (rng.random(rows) < 0.02 + j / 100) * 1.0
        y[rng.random(rows) < 0.01 * (j % 4)] = np.nan
        columns[f"y{j}"] = y
    return pd.DataFrame(columns)


def design_of(data: pd.DataFrame) -> Design:
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()],
        psu=[data.psu.to_numpy()],
    )
    if design is None:
        raise SystemExit("\n".join(map(str, problems)))
    return design


def measures_of(data: pd.DataFrame, indicators: int = INDICATORS) -> list[Measure]:
    everyone = np.ones(len(data), dtype=np.bool_)
    kinds = [Statistic.MEAN if j % 5 == 4 else Statistic.PROPORTION for j in range(indicators)]
    return [Measure(f"y{j}", kind, data[f"y{j}"].to_numpy().copy(), everyone) for j, kind in enumerate(kinds)]


def splits_of(data: pd.DataFrame) -> list[Disaggregation]:
    return [
        Disaggregation(f"g{d}", data[f"g{d}"].to_numpy().astype(np.int32), tuple(map(str, range(size))))
        for d, size in enumerate(CELLS)
    ]


def medians_of(data: pd.DataFrame, variables: int) -> list[Measure]:
    rng = np.random.default_rng(8)
    everyone = np.ones(len(data), dtype=np.bool_)
    return [
        Measure(
            f"m{k}", Statistic.QUANTILE, np.round(rng.lognormal(5, 1, len(data)), 2), everyone, detail=QuantileAt(0.5)
        )
        for k in range(variables)
    ]
