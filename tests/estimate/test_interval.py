"""Intervals of proportions against what defines them."""

import numpy as np
import pytest
from scipy import stats

from surveyproc.estimate.interval import intervals

P = np.array([0.02, 0.3, 0.5, 0.97])
CASES = np.array([50.0, 200.0, 31.0, 400.0])


def ends(method: str, *, p=P, se=None, df=None, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    se = np.sqrt(p * (1 - p) / CASES) if se is None else se
    df = CASES - 1 if df is None else df
    return intervals(p, se, df=df, method=np.full(p.shape, method), level=level, cases=CASES)


def test_beta_of_a_simple_random_sample_is_clopper_and_pearson() -> None:
    low, high = ends("beta")
    x = P * CASES
    np.testing.assert_allclose(low, stats.beta.ppf(0.025, x, CASES - x + 1), rtol=1e-10)
    np.testing.assert_allclose(high, stats.beta.ppf(0.975, x + 1, CASES - x), rtol=1e-10)


def test_fewer_degrees_of_freedom_shrink_the_effective_sample() -> None:
    low, high = ends("beta")
    wider_low, wider_high = ends("beta", df=np.full(4, 5.0))
    assert (wider_low < low).all()
    assert (wider_high > high).all()


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_ends_lie_t_errors_from_the_estimate(level: float) -> None:
    se, df = np.array([0.01, 0.05, 0.1, 0.02]), np.array([9.0, 20.0, 60.0, 4.0])
    size, t = P * (1 - P) / se**2, stats.t.ppf(0.5 + level / 2, df)
    for end in ends("wilson", se=se, df=df, level=level):
        np.testing.assert_allclose((end - P) ** 2, t**2 * end * (1 - end) / size, rtol=1e-9)


def test_arcsine_is_symmetric_on_its_scale_and_stays_within_0_and_1() -> None:
    low, high = ends("arcsine")
    middle = np.arcsin(np.sqrt(P))
    below, above = middle - np.arcsin(np.sqrt(low)), np.arcsin(np.sqrt(high)) - middle
    np.testing.assert_allclose(below[1:], above[1:], rtol=1e-10)
    assert low[0] == 0.0  # cut
    low, high = ends("arcsine", se=np.full(4, 0.4))
    assert low[0] == 0.0
    assert high[3] == 1.0


def test_normal_looks_at_no_degrees_of_freedom() -> None:
    low, high = ends("normal", se=np.full(4, 0.1), df=np.array([1.0, 2.0, 50.0, 1e6]))
    np.testing.assert_allclose(high - P, 0.1 * 1.959963984540054, rtol=1e-12)
    np.testing.assert_allclose(P - low, 0.1 * 1.959963984540054, rtol=1e-12)


@pytest.mark.parametrize("method", ["beta", "wilson", "arcsine", "logit"])
def test_an_error_that_is_missing_or_zero_gives_no_interval_beyond_the_estimate(method: str) -> None:
    low, high = ends(method, se=np.full(4, np.nan))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize("method", ["beta", "wilson", "arcsine", "logit"])
def test_the_share_of_the_others_has_the_mirrored_interval(method: str) -> None:
    low, high = ends(method)
    other_low, other_high = ends(method, p=1 - P)
    np.testing.assert_allclose(other_low, 1 - high, rtol=1e-9)
    np.testing.assert_allclose(other_high, 1 - low, rtol=1e-9)
