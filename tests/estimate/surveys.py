"""Designs, measures and cells for tests of estimates."""

import numpy as np
import pandas as pd

from surveyproc.design import compile_design
from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic


def design_of(data: pd.DataFrame, *, strata=True, psu=True, fpc=False, lonely="adjust") -> Design:
    """The design of a frame with columns stratum, psu, weight and population_psus."""
    by_stratum = (data.stratum * 1000 + data.psu).to_numpy()
    compiled, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(float),
        strata=[data.stratum.to_numpy()] if strata else None,
        psu=[by_stratum] if psu else None,
        fpc=data.population_psus.to_numpy(float) if fpc else None,
        lonely_psu=LonelyPsu(lonely),
    )
    assert compiled is not None, problems
    return compiled


def whole(rows: int) -> Disaggregation:
    return Disaggregation("total", np.zeros(rows, dtype=np.int32), ("",))


def by(data: pd.DataFrame, column: str) -> Disaggregation:
    codes, cells = pd.factorize(data[column], sort=True)
    return Disaggregation(column, codes.astype(np.int32), tuple(str(cell) for cell in cells))


def measure(data: pd.DataFrame, statistic: str, numerator, denominator=None, *, universe=None, **more) -> Measure:
    """A measure of columns, or of arrays, of a frame; known everywhere unless said."""

    def column(given):
        return data[given].to_numpy(float) if isinstance(given, str) else np.asarray(given, dtype=float)

    return Measure(
        indicator=f"{statistic}:{numerator}" if isinstance(numerator, str) else statistic,
        statistic=Statistic(statistic),
        numerator=column(numerator),
        universe=np.ones(len(data), dtype=np.bool_) if universe is None else np.asarray(universe, dtype=np.bool_),
        denominator=None if denominator is None else column(denominator),
        **more,
    )


def survey(seed: int, *, strata: int = 3, psus: int = 3, rows: int = 60, lonely: bool = False) -> pd.DataFrame:
    """A random survey: whole numbers and short decimals, so that sums can be checked by fractions."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"stratum": rng.integers(0, strata, rows), "psu": rng.integers(0, psus, rows)})
    every = pd.DataFrame([(h, p) for h in range(strata) for p in range(psus)], columns=["stratum", "psu"])
    data = pd.concat([every, data], ignore_index=True)
    if lonely:
        data = pd.concat([data, pd.DataFrame({"stratum": [strata] * 4, "psu": [0] * 4})], ignore_index=True)
    n = len(data)
    data["weight"] = rng.integers(1, 400, n) / 8.0
    data["group"] = rng.integers(0, 3, n)
    data["y"] = rng.integers(-50, 50, n) / 4.0
    data["x"] = rng.integers(1, 40, n) / 4.0
    data["yes"] = (rng.random(n) < 0.4).astype(float)
    data["population_psus"] = psus + 5.0 + data.stratum
    return data
