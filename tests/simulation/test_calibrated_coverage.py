"""Samples of clusters, raked to margins of their population: intervals cover, and errors shrink where they should."""

import numpy as np
import pandas as pd
import pytest

from surveyproc.design import compile_design
from surveyproc.estimate import estimate
from surveyproc.values import Calibration, Disaggregation, Measure, Statistic
from surveyproc.weight import apply

DRAWS, STRATA, CLUSTERS, DRAWN, SIZE = 600, 5, 80, 14, 40


def population() -> pd.DataFrame:
    rng = np.random.default_rng(20260301)
    stratum, cluster = np.divmod(np.repeat(np.arange(STRATA * CLUSTERS), SIZE), CLUSTERS)
    data = pd.DataFrame({"stratum": stratum, "cluster": stratum * 1000 + cluster})
    level = np.repeat(rng.normal(0, 0.7, STRATA * CLUSTERS), SIZE)
    data["band"] = np.clip(np.round(1.5 + level + rng.normal(0, 1, len(data))), 0, 3).astype(int)
    data["sex"] = rng.integers(0, 2, len(data))
    tied = 20.0 + 9.0 * data.band + 4.0 * data.sex + rng.normal(0, 4, len(data))
    return data.assign(tied=tied, apart=rng.normal(30, 8, len(data)) + 3 * np.repeat(rng.normal(0, 1, 400), SIZE))


def drawn(data: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    taken = [h * 1000 + p for h in range(STRATA) for p in rng.choice(CLUSTERS, DRAWN, replace=False)]
    some = data[data.cluster.isin(taken)]
    return some[rng.random(len(some)) < 0.5].reset_index(drop=True)


@pytest.mark.slow
def test_intervals_of_raked_estimates_cover_and_errors_shrink() -> None:
    data = population()
    margins = np.concatenate((np.bincount(data.band, minlength=4), np.bincount(data.sex))).astype(float)
    truth = {"tied": data.tied.sum(), "apart": data.apart.sum()}
    rng = np.random.default_rng(7)
    found: dict[str, list] = {"tied": [], "apart": []}
    plain: dict[str, list] = {"tied": [], "apart": []}
    for _ in range(DRAWS):
        sample = drawn(data, rng)
        design, _ = compile_design(
            level="person",
            weight=np.full(len(sample), 2.0 * CLUSTERS / DRAWN),
            strata=[sample.stratum.to_numpy()],
            psu=[sample.cluster.to_numpy()],
            fpc=np.full(len(sample), float(CLUSTERS)),
        )
        x = np.hstack((np.eye(4)[np.arange(8) // 2], np.eye(2)[np.arange(8) % 2]))
        cells = (2 * sample.band + sample.sex).to_numpy(np.int32)
        names = tuple(f"c{k}" for k in range(6))
        raked, failure = apply(design, [Calibration(cells, x, design.weight, margins, names, method="raking")])
        assert failure is None
        everyone = np.ones(len(sample), dtype=np.bool_)
        measures = [Measure(k, Statistic.TOTAL, sample[k].to_numpy(), everyone) for k in found]
        whole = [Disaggregation("total", np.zeros(len(sample), dtype=np.int32), ("",))]
        for kept, one in ((found, raked), (plain, design)):
            made = estimate(one, measures, whole)
            for j, name in enumerate(kept):
                kept[name].append((made.value[j], made.se[j], made.ci_low[j], made.ci_high[j]))
    for name, true in truth.items():
        value, se, low, high = np.array(found[name]).T
        assert 0.93 <= np.mean((low <= true) & (true <= high)) <= 0.97
        assert abs(value.mean() / true - 1) < 0.003
        assert np.sqrt((se**2).mean()) == pytest.approx(value.std(), rel=0.08)
    before, after = (np.std([v for v, *_ in kept["tied"]]) for kept in (plain, found))
    assert after < 0.45 * before
