"""Trimmed weights: limits kept, sums kept, what cannot be done told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.weight import median_limits, quantile_limits, search_cutoff, spread_limits, trim

WEIGHTS = np.array([1.0, 2.0, 2.0, 3.0, 12.0])


def test_once_by_hand() -> None:
    found = trim(WEIGHTS, upper=6.0, passes="once")
    assert found.weight.tolist() == [2.5, 3.5, 3.5, 4.5, 6.0]  # 6 cut off, a quarter each
    assert found.cut.tolist() == [False] * 4 + [True]
    assert found.moved.tolist() == [6.0]
    assert found.passes == 1


def test_in_proportion_by_hand() -> None:
    found = trim(WEIGHTS, upper=8.0, passes="once", sharing="in proportion")
    assert found.weight.tolist() == [1.5, 3.0, 3.0, 4.5, 8.0]  # 4 cut off, half of each weight


def test_given_to_nobody_the_sum_falls() -> None:
    found = trim(WEIGHTS, upper=6.0, sharing="nobody")
    assert found.weight.tolist() == [1.0, 2.0, 2.0, 3.0, 6.0]
    assert found.moved.tolist() == [6.0]


@pytest.mark.parametrize("sharing", ["equally", "in proportion"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_limits_and_sums_of_cells_are_kept(sharing, seed) -> None:
    rng = np.random.default_rng(seed)
    weight, cells = rng.lognormal(3, 1, 200), rng.integers(0, 3, 200)
    weight[rng.random(200) < 0.1] = 0.0
    low, high = quantile_limits(weight, low=0.05, high=0.9, cells=cells)
    found = trim(weight, lower=low, upper=high, cells=cells, sharing=sharing)
    possible = ~found.impossible[cells]
    inside = (found.weight >= low[cells] * (1 - 1e-12)) & (found.weight <= high[cells] * (1 + 1e-12))
    assert (inside | (weight == 0) | ~possible).all()
    assert (found.weight[possible & (weight == 0)] == 0).all()
    before, after = (np.bincount(cells[possible], weights=w[possible]) for w in (weight, found.weight))
    np.testing.assert_allclose(after, before, rtol=1e-9)


def test_cells_are_trimmed_each_by_itself() -> None:
    cells = np.repeat([0, 1], 5)
    both = trim(np.tile(WEIGHTS, 2) * np.repeat([1.0, 10.0], 5), upper=np.array([6.0, 60.0]), cells=cells)
    alone = trim(WEIGHTS, upper=6.0)
    np.testing.assert_allclose(both.weight, np.concatenate((alone.weight, 10 * alone.weight)), rtol=1e-12)


def test_a_sum_that_does_not_fit_is_impossible_and_gives_no_weights() -> None:
    found = trim(np.concatenate((WEIGHTS, WEIGHTS)), upper=np.array([3.9, 9.0]), cells=np.repeat([0, 1], 5))
    assert found.impossible.tolist() == [True, False]
    assert np.isnan(found.weight[:5]).all()
    assert found.weight[5:].sum() == pytest.approx(20.0)
    assert trim(np.array([5.0, 5.0]), upper=4.0, passes="once").impossible.tolist() == [True]  # nobody takes it


def test_nothing_beyond_limits_is_left_alone() -> None:
    found = trim(WEIGHTS, lower=0.5, upper=20.0)
    np.testing.assert_array_equal(found.weight, WEIGHTS)
    assert (found.passes, found.moved.tolist()) == (0, [0.0])


def test_limits_by_rule() -> None:
    assert [float(v[0]) for v in median_limits(WEIGHTS, low=0.5, high=3.0)] == [1.0, 6.0]
    assert [float(v[0]) for v in spread_limits(WEIGHTS, times=4.0)] == [0.0, 6.0]  # quartiles 2 and 3, median 2
    assert [float(v[0]) for v in quantile_limits(np.append(WEIGHTS, 0.0), low=0.25, high=0.75)] == [2.0, 3.0]


def test_the_cutoff_searched_for_trades_bias_for_variance() -> None:
    rng = np.random.default_rng(8)
    psu = np.repeat(np.arange(80), 10)
    stratum = np.arange(80) % 8
    weight = rng.gamma(4, 25, 800)
    wild = rng.random(800) < 0.02
    weight[wild] *= 25.0  # large weights that tell nothing of y
    unrelated = rng.normal(50, 10, (800, 2))
    cutoffs = np.quantile(weight, [0.5, 0.8, 0.95, 0.98])
    found = search_cutoff(weight, unrelated, psu=psu, psu_stratum=stratum, cutoffs=cutoffs)
    assert found.cutoff < weight.max()
    best = found.tried.tolist().index(found.cutoff)
    assert found.relative_mse[best] < 0.5
    tied = np.where(wild, 90.0, 10.0)[:, None] + rng.normal(0, 1, (800, 1))  # y is what the large weights are about
    kept = search_cutoff(weight, tied, psu=psu, psu_stratum=stratum, cutoffs=cutoffs)
    assert np.nanargmin(kept.relative_mse) <= best
    assert kept.relative_mse[-1] > 1.0 or np.isnan(kept.relative_mse[-1])


def test_cutoffs_that_change_nothing_leave_no_trimming() -> None:
    weight = np.random.default_rng(9).gamma(4, 25, 100)
    y = np.arange(100.0)[:, None]
    found = search_cutoff(
        weight, y, psu=np.arange(100), psu_stratum=np.zeros(100, dtype=np.int64), cutoffs=[weight.max() * 2]
    )
    assert found.cutoff == np.inf
    np.testing.assert_allclose(found.relative_mse, 1.0, rtol=1e-12)
