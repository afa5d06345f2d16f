"""Replicate variances: identities with linearised ones, and bootstraps near them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveyproc.design import make_replicates, supplied_replicates
from surveyproc.estimate import estimate
from surveyproc.values import Centre, Design, Statistic
from tests.estimate.surveys import by, design_of, measure, survey, whole
from tests.estimate.test_stages import design_of as staged
from tests.estimate.test_stages import nested

seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)
CENTRES = [Centre.ESTIMATE, Centre.MEAN]


def replicated(design: Design, method: str, **how) -> Design:
    replicates, problems = make_replicates(design, method, **how)
    assert replicates is not None, problems
    return replace(design, replicates=replicates)


def errors(data: pd.DataFrame, design: Design, *kinds: str) -> np.ndarray:
    things = [measure(data, kind, "y", "x" if kind == "ratio" else None) for kind in kinds or ("total",)]
    found = estimate(design, things, [whole(len(data)), by(data, "group")])
    return np.where(found.status == "ok", found.se, np.nan)


@quick
@given(seeds, st.sampled_from(CENTRES), st.booleans(), st.sampled_from(["certainty", "remove"]))
def test_jackknife_of_totals_is_the_linearised_variance(seed: int, centre: Centre, fpc: bool, rule: str) -> None:
    data = survey(seed, psus=4, lonely=True)
    design = design_of(data, fpc=fpc, lonely=rule)
    ours = errors(data, replicated(design, "jkn", centre=centre))
    np.testing.assert_allclose(ours, errors(data, design), rtol=1e-10)


@quick
@given(seeds)
def test_jackknife_without_strata(seed: int) -> None:
    data = survey(seed)
    design = design_of(data, strata=False, fpc=False)
    np.testing.assert_allclose(errors(data, replicated(design, "jk1")), errors(data, design), rtol=1e-10)


@quick
@given(seeds, st.sampled_from([("brr", {}), ("fay", {"rho": 0.3}), ("brr", {"number": 24})]), st.sampled_from(CENTRES))
def test_balanced_half_samples_of_totals_are_the_linearised_variance(seed: int, how: tuple, centre: Centre) -> None:
    data = survey(seed, strata=5, psus=2)
    design = design_of(data)
    method, more = how
    ours = errors(data, replicated(design, method, centre=centre, **more))
    np.testing.assert_allclose(ours, errors(data, design), rtol=1e-10)


@quick
@given(seeds)
def test_successive_differences_of_a_total(seed: int) -> None:
    data = survey(seed, strata=2, psus=5)
    design = design_of(data)
    totals = np.bincount(design.psu, weights=data.weight * data.y)
    expected = np.sqrt(0.5 * ((totals - np.roll(totals, -1)) ** 2).sum())
    ours = estimate(replicated(design, "sdr"), [measure(data, "total", "y")], [whole(len(data))])
    assert ours.se[0] == pytest.approx(expected, rel=1e-10)
    assert ours.df[0] == 8


@pytest.mark.parametrize("kind", ["total", "mean", "ratio"])
@pytest.mark.parametrize(
    ("method", "fpc"),
    [("bootstrap", False), ("bootstrap", True), ("bootstrap_preston", True), ("bootstrap_canty_davison", False)],
)
def test_bootstraps_come_near_the_linearised_error(method: str, fpc: bool, kind: str) -> None:
    data = survey(4, strata=4, psus=12, rows=900)
    design = design_of(data, fpc=fpc)
    ours = errors(data, replicated(design, method, number=3000, seed=8, centre=Centre.MEAN), kind)
    np.testing.assert_allclose(ours, errors(data, design, kind), rtol=0.05)


def test_canty_davison_with_a_finite_population() -> None:
    data = survey(4, strata=3, psus=12, rows=900)
    data["population_psus"] = 36.0
    design = design_of(data, fpc=True)
    ours = errors(data, replicated(design, "bootstrap_canty_davison", number=3000, seed=8))
    # the population is the sample repeated, so that its variance has N − 1 where the sample's has n − 1
    np.testing.assert_allclose(ours, errors(data, design) * np.sqrt(36 / 35), rtol=0.05)


def test_preston_sees_every_stage() -> None:
    data = pd.concat([nested(s).assign(psu=lambda d, s=s: d.psu + 3 * s) for s in range(4)], ignore_index=True)
    data["n1"] = 16.0
    design = staged(data, depth=3)
    ours = replicated(design, "bootstrap_preston", number=4000, seed=5, centre=Centre.MEAN)
    assert ours.replicates.factors.shape == (len(design.further[-1].unit_stratum), 4000)
    thing, cells = [measure(data, "total", "y"), measure(data, "ratio", "y", "x")], [whole(len(data))]
    expected, first = (estimate(d, thing, cells).se for d in (design, replace(design, further=())))
    found = estimate(ours, thing, cells).se
    np.testing.assert_allclose(found, expected, rtol=0.04)
    assert (expected > 1.03 * first).any()


@pytest.mark.parametrize("method", ["bootstrap", "bootstrap_canty_davison", "bootstrap_preston"])
def test_a_seed_gives_the_same_factors_again(method: str) -> None:
    design = design_of(survey(1))
    one, two, other = (replicated(design, method, number=20, seed=s).replicates.factors for s in (3, 3, 4))
    assert (one == two).all()
    assert (one != other).any()
    assert one.mean() == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("centre", CENTRES)
def test_factors_of_psus_and_weights_of_rows_give_the_same(centre: Centre) -> None:
    data = survey(6, psus=4, rows=300)
    data.loc[::7, "weight"] = 0.0
    made = replicated(design_of(data), "jkn", centre=centre)
    by_row = made.replicates.factors[made.psu] * made.weight[:, None]
    supplied, problems = supplied_replicates(
        made.weight, list(by_row.T), scale=1.0, rscales=made.replicates.scale.tolist(), centre=centre
    )
    assert problems == ()
    kinds = "total", "mean", "ratio"
    rows = replace(made, replicates=supplied)
    np.testing.assert_allclose(errors(data, rows, *kinds), errors(data, made, *kinds), rtol=1e-10)
    things, cells = [measure(data, "mean", "y")], [whole(len(data)), by(data, "group")]
    assert (estimate(rows, things, cells).df[:1] == estimate(made, things, cells).df[:1]).all()
    assert estimate(rows, things, cells, df="design").df.tolist() == [9.0] * 4


def test_narrow_cells_of_many_psus() -> None:
    data = survey(9, strata=8, psus=6, rows=700)
    data["group"] = data.stratum // 2  # stretches of psus
    design = design_of(data)
    np.testing.assert_allclose(errors(data, replicated(design, "jkn")), errors(data, design), rtol=1e-10)
    data["group"] = np.where(data.psu == 3, data.stratum % 2, -1) + 1  # a few psus here and there
    np.testing.assert_allclose(errors(data, replicated(design, "jkn")), errors(data, design), rtol=1e-10)


def test_a_logit_interval_from_replicates_of_log_odds() -> None:
    data = survey(2, psus=5, rows=400)
    made = replicated(design_of(data), "jkn")
    row = estimate(made, [measure(data, "proportion", "yes")], [whole(len(data))])
    weights = made.replicates.factors[made.psu] * data.weight.to_numpy()[:, None]
    p = (weights * data.yes.to_numpy()[:, None]).sum(axis=0) / weights.sum(axis=0)
    spread = np.sqrt((made.replicates.scale * (np.log(p / (1 - p)) - np.log(row.value / (1 - row.value))) ** 2).sum())
    ends = np.log(row.value / (1 - row.value)) + np.array([-1, 1]) * stats.t.ppf(0.975, row.df) * spread
    np.testing.assert_allclose([row.ci_low[0], row.ci_high[0]], 1 / (1 + np.exp(-ends)), rtol=1e-12)


def test_states_hold_with_replicates() -> None:
    data = survey(2, psus=5, rows=400)
    data.loc[data.group == 1, "yes"] = 1.0
    made = replicated(design_of(data), "bootstrap", number=50, seed=1)
    row = estimate(made, [measure(data, "proportion", "yes")], [by(data, "group")])
    assert row.status[1] == "boundary"
    assert row.se[1] == 0.0
    one = estimate(made, [measure(data, "total", "y")], [replace(by(data, "group"), codes=(data.index > 0) - 1)])
    assert one.status.tolist()[1:] == ["empty", "empty"]
    assert one.statistic[0] == Statistic.TOTAL
