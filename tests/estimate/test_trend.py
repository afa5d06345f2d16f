"""Change and trend over independent rounds: by hand, and by the identities of least squares."""

import numpy as np
import pytest
from scipy import stats

from surveyproc.estimate.trend import change, linear_trend, satterthwaite

YEARS = np.array([2019.0, 2021.0, 2024.0, 2025.0])
SHARES = np.array([0.120, 0.131, 0.152, 0.149])
ERRORS = np.array([0.010, 0.008, 0.009, 0.012])
DEGREES = np.array([40.0, 55.0, 38.0, 41.0])


def test_a_change_is_a_difference_of_independent_estimates() -> None:
    found = change((0.12, 0.010, 40.0), (0.15, 0.008, 55.0))
    se = np.hypot(0.010, 0.008)
    df = se**4 / (0.010**4 / 40 + 0.008**4 / 55)  # Welch and Satterthwaite
    assert found.value == pytest.approx(0.03)
    assert found.se == pytest.approx(se)
    assert found.df == pytest.approx(df)
    assert found.p == pytest.approx(2 * stats.t.sf(0.03 / se, df))
    assert found.ci_high == pytest.approx(0.03 + stats.t.ppf(0.975, df) * se)
    assert np.isnan(found.departure)


def test_a_trend_is_the_weighted_least_squares_line() -> None:
    found = linear_trend(YEARS, SHARES, ERRORS, DEGREES)
    x = np.column_stack([np.ones(4), YEARS - 2022]) / ERRORS[:, None]
    beta, rest = np.linalg.lstsq(x, SHARES / ERRORS, rcond=None)[:2]
    assert found.value == pytest.approx(beta[1])
    assert found.se == pytest.approx(np.sqrt(np.linalg.inv(x.T @ x)[1, 1]))
    assert found.departure == pytest.approx(rest[0])
    assert found.departure_p == pytest.approx(stats.chi2.sf(rest[0], 2))
    assert found.departure_df == 2
    assert min(DEGREES) <= found.df <= sum(DEGREES)
    assert found.rounds == 4


def test_units_of_time_and_value_change_nothing_but_units() -> None:
    one = linear_trend(YEARS, SHARES, ERRORS, DEGREES)
    other = linear_trend((YEARS - 2019) * 12, 100 * SHARES, 100 * ERRORS, DEGREES)
    assert other.value == pytest.approx(one.value * 100 / 12)
    assert other.p == pytest.approx(one.p)
    assert other.df == pytest.approx(one.df)


def test_rounds_without_a_number_are_left_out() -> None:
    errors, shares = ERRORS.copy(), SHARES.copy()
    errors[1], shares[2] = np.nan, np.nan
    found = linear_trend(YEARS, shares, errors, DEGREES)
    two = change((SHARES[0], ERRORS[0], DEGREES[0]), (SHARES[3], ERRORS[3], DEGREES[3]))
    assert found.rounds == 2
    assert found.value * 6 == pytest.approx(two.value)
    assert found.t == pytest.approx(two.t)


def test_what_has_no_trend_has_a_status() -> None:
    one = linear_trend(YEARS[:1], SHARES[:1], ERRORS[:1], DEGREES[:1])
    assert (one.status, one.rounds) == ("empty", 1)
    assert np.isnan([one.value, one.se, one.p]).all()
    assert linear_trend(YEARS * 0, SHARES, ERRORS, DEGREES).status == "empty"
    assert linear_trend(YEARS, SHARES, 0 * ERRORS, DEGREES).status == "empty"  # shares of 0 have no known error


def test_degrees_of_freedom_of_equal_parts_add_up() -> None:
    assert satterthwaite(np.array([2.0, 2.0, 2.0]), np.array([10.0, 10.0, 10.0])) == pytest.approx(30.0)
