"""The quantities of rules against formulas worked out another way, and against R."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveyproc.config.models import NearLimits
from surveyproc.quality.measures import MEASURES, effective_n, korn_graubard, measures, rse_neg_log
from tests.quality.frames import frame, row


def arrays(*numbers):
    return tuple(np.array([float(x)]) for x in numbers)


def by_f_quantiles(p, se, n, df):
    """Clopper–Pearson ends by quantiles of F (Parker et al. 2017, appendix), with the effective size written out."""
    size = min(n, p * (1 - p) / se**2 * (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)) ** 2)
    x = size * p
    low = 1 / (1 + (size - x + 1) / (x * stats.f.ppf(0.025, 2 * x, 2 * (size - x + 1))))
    high = 1 / (1 + (size - x) / ((x + 1) * stats.f.ppf(0.975, 2 * (x + 1), 2 * (size - x))))
    return low, high


@given(
    p=st.floats(0.01, 0.99),
    n=st.integers(20, 5000),
    df=st.integers(1, 200),
    deff=st.floats(0.5, 8),
)
def test_interval_equals_that_by_quantiles_of_f(p, n, df, deff):
    se = math.sqrt(deff * p * (1 - p) / n)
    low, high = korn_graubard(*arrays(p, se), n=arrays(n)[0], df=arrays(df)[0])
    assert (low[0], high[0]) == pytest.approx(by_f_quantiles(p, se, n, df), rel=1e-7, abs=1e-9)


def test_interval_equals_r_svyciprop_beta(shared):
    """R does not limit the effective size to n, so rows where the limit binds are left out."""
    compared = 0
    with (shared / "reference" / "survey" / "expected.csv").open(encoding="utf-8") as stream:
        for line in csv.DictReader(stream):
            if line["statistic"] != "ciprop" or "ci_df=domain" not in line["detail"] or "beta" not in line["detail"]:
                continue
            if line["dataset"] != "apistrat" or not line["domain"].startswith("stype=") or "na" in line["variable"]:
                continue
            p, se, df = float(line["estimate"]), float(line["se"]), float(line["df_domain"])
            n = {"stype=E": 100, "stype=H": 50, "stype=M": 50}[line["domain"]]
            low, high = korn_graubard(*arrays(p, se), n=arrays(n)[0], df=arrays(df)[0])
            if p * (1 - p) / se**2 >= n:
                continue
            compared += 1
            assert low[0] == pytest.approx(float(line["ci_low"]), rel=1e-9)
            assert high[0] == pytest.approx(float(line["ci_high"]), rel=1e-9)
    if not compared:
        pytest.skip("every row of the reference has an effective size above n")


def test_simple_random_sample_gives_clopper_pearson():
    """7 of 50: with se² = p(1 − p)/n and df = n − 1 the exact binomial interval."""
    p, n = 0.14, 50
    low, high = korn_graubard(*arrays(p, math.sqrt(p * (1 - p) / n)), n=arrays(n)[0], df=arrays(n - 1)[0])
    exact = stats.binomtest(7, 50).proportion_ci(0.95, method="exact")
    assert low[0] == pytest.approx(exact.low, rel=1e-9)
    assert high[0] == pytest.approx(exact.high, rel=1e-9)


def test_limits_and_degenerate_cases():
    p, se = np.array([0.0, 1.0, 0.3, 0.3, 0.3]), np.array([0.0, 0.0, 0.1, np.nan, 0.1])
    low, high = korn_graubard(p, se, n=np.full(5, 40.0), df=np.array([0.0, 9.0, 0.0, 9.0, np.nan]))
    assert low[:3].tolist() == pytest.approx([0.0, 0.025 ** (1 / 40), 0.0])
    assert high[:3].tolist() == pytest.approx([1 - 0.025 ** (1 / 40), 1.0, 1.0])
    assert np.isnan(low[3:]).all()
    assert np.isnan(high[3:]).all()


def test_effective_sample_size_by_hand():
    """0.2 · 0.8 / 0.02² = 400; never above n; n itself at 0 and 1."""
    size = effective_n(np.array([0.2, 0.2, 0.0]), np.array([0.02, 0.02, 0.0]), n=np.array([500.0, 300.0, 35.0]))
    assert size.tolist() == pytest.approx([400.0, 300.0, 35.0])


def test_relative_error_of_log_by_hand_and_symmetry():
    """0.1: (0.01/0.1)/ln 10 = 0.0434294; the same for 0.9; undefined at 0 and 1."""
    p = np.array([0.1, 0.9, 0.0, 1.0])
    answer = rse_neg_log(p, np.array([0.01, 0.01, 0.0, 0.0]))
    assert answer[:2].tolist() == pytest.approx([0.04342944819, 0.04342944819])
    assert np.isnan(answer[2:]).all()


@pytest.mark.parametrize(
    ("use", "expected"), [("cv", 0.2), ("min_of_cv_p_and_1mp", 0.05), ("max_of_cv_p_and_1mp", 0.2)]
)
def test_cv_near_limits(use, expected):
    one = frame(row(value=0.2, se=0.04))
    assert measures(one, NearLimits(use=use), confidence=0.95)["cv"][0] == pytest.approx(expected)


def test_cv_of_other_statistics_is_plain():
    one = frame(row(statistic="mean", value=-20.0, se=4.0))
    assert measures(one, NearLimits(use="min_of_cv_p_and_1mp"), confidence=0.95)["cv"][0] == pytest.approx(0.2)


def test_interval_asked_for_by_the_profile():
    """logit(0.2) = −1.386294; half width 2.000298 · 0.04/0.16 at 60 df."""
    one = frame(row(value=0.2, se=0.04, df=60.0))
    numbers = measures(one, NearLimits(ci="logit"), confidence=0.95)
    half = 2.00029782 * 0.25
    assert numbers["ci_low"][0] == pytest.approx(1 / (1 + math.exp(1.38629436 + half)), rel=1e-7)
    assert numbers["ci_high"][0] == pytest.approx(1 / (1 + math.exp(1.38629436 - half)), rel=1e-7)
    assert measures(one, None, confidence=0.95)["ci_width"][0] == pytest.approx(0.16)


def test_every_measure_is_there_and_proportions_only_where_they_are_shares():
    two = frame(row(statistic="mean", value=3.0, se=0.1, deff=4.0), row(value=40.0, se=2.0))
    numbers = measures(two, NearLimits(), confidence=0.95)
    assert set(numbers) == set(MEASURES)
    assert numbers["n_effective"][0] == pytest.approx(100.0)
    for name in ("ci_width_kg", "ci_relative_width_kg", "rse_neg_log_p"):
        assert np.isnan(numbers[name]).all()
