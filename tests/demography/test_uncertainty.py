"""Error passes through methods as closed forms say, and never appears from nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveyproc.demography.spread import (
    Covariance,
    Cv,
    Interval,
    ReplicateValues,
    Scenarios,
    Uncertain,
    covariance_factor,
    jointly,
)
from surveyproc.demography.survival import net_by_survival
from surveyproc.demography.uncertainty import propagate, propagate_fields

MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 9.0, -2.0], [0.5, -2.0, 1.0]])
VALUES = np.array([100.0, 250.0, 40.0])
LOG_VARIANCE = (np.log(20.0 / 5.0) / (2 * 1.959963984540054)) ** 2


def absolute(x: np.ndarray) -> np.ndarray:
    return np.abs(x)


def ratio(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(y) / np.asarray(x)


def test_a_linear_function_is_exact() -> None:
    weights = np.array([2.0, -1.0, 5.0])
    result = propagate(lambda x: (x * weights).sum(-1), {"x": Uncertain(VALUES, "survey", Covariance(MATRIX))})
    assert result.value == pytest.approx(150.0)
    assert result.se**2 == pytest.approx(weights @ MATRIX @ weights, rel=1e-11)
    assert result.status == "ok"
    assert result.how == "delta"
    assert result.bend == 0
    assert result.share.tolist() == [1.0]


def test_the_balancing_equation_adds_variances() -> None:
    """V(M) = V(P1) + V(P0) + V(B) + V(D), by source."""
    sd = {"p1": 500.0, "p0": 300.0, "b": 20.0, "d": 10.0}
    at = {"p1": 81_000.0, "p0": 66_000.0, "b": 15_000.0, "d": 1_500.0}
    inputs = {k: Uncertain(np.array(v), k, Cv(sd[k] / v)) for k, v in at.items()}
    result = propagate(lambda p1, p0, b, d: (p1 - p0) - (b - d), inputs)
    squares = np.array(list(sd.values())) ** 2
    assert result.se == pytest.approx(np.sqrt(squares.sum()), rel=1e-9)
    np.testing.assert_allclose(result.share, squares / squares.sum(), rtol=1e-9)
    assert result.sources == ("p1", "p0", "b", "d")


def test_a_ratio_of_correlated_totals_is_the_linearised_ratio() -> None:
    y, x, vy, vx, c = 300.0, 2000.0, 400.0, 900.0, 250.0
    inputs = jointly("survey", {"y": y, "x": x}, matrix=np.array([[vy, c], [c, vx]]), df=30)
    result = propagate(ratio, inputs)
    r = y / x
    expected = np.sqrt((vy - 2 * r * c + r**2 * vx) / x**2)
    assert result.se == pytest.approx(expected, rel=1e-9)
    assert result.df == pytest.approx(30)
    assert result.ci_high - result.value == pytest.approx(2.042272456 * expected, rel=1e-8)


def test_replicates_are_pushed_through_the_whole_function() -> None:
    """Jackknife of a ratio by hand: scale (n−1)/n, replicates centred on the value; two inputs go set by set."""
    rng = np.random.default_rng(3)
    y, x = rng.gamma(2.0, 5.0, 12), rng.gamma(3.0, 4.0, 12)
    reps_y, reps_x = (y.sum() - y) * 12 / 11, (x.sum() - x) * 12 / 11
    inputs = {
        "y": Uncertain(y.sum(), "survey", ReplicateValues(reps_y, 11 / 12)),
        "x": Uncertain(x.sum(), "survey", ReplicateValues(reps_x, 11 / 12)),
    }
    result = propagate(ratio, inputs)
    by_hand = 11 / 12 * ((reps_y / reps_x - y.sum() / x.sum()) ** 2).sum()
    assert result.se**2 == pytest.approx(by_hand, rel=1e-12)
    assert result.how == "replicates"
    assert result.df == 11
    delta = propagate(ratio, inputs, how="delta")
    z = (y - y.sum() / x.sum() * x) / x.sum()
    assert delta.se**2 == pytest.approx(12 / 11 * (z**2).sum(), rel=1e-9)


def test_replicates_centred_on_their_mean() -> None:
    reps = np.array([9.0, 11.0, 13.0])
    x = Uncertain(np.array(10.0), "s", ReplicateValues(reps, 0.5, centre="mean"))
    result = propagate(lambda x: x**2, {"x": x})
    squares = reps**2
    assert result.se**2 == pytest.approx(0.5 * ((squares - squares.mean()) ** 2).sum())


def test_an_absolute_value_near_its_kink_is_simulated() -> None:
    """|N(0, 1)| has mean √(2/π) and variance 1 − 2/π; far from the kink the SE is that of a line."""
    values = np.array([0.0, 8.0])
    result = propagate(absolute, {"x": Uncertain(values, "s", Covariance(np.eye(2)))}, draws=20_000)
    assert result.how.tolist() == ["simulation", "delta"]
    assert result.se[0] == pytest.approx(np.sqrt(1 - 2 / np.pi), rel=0.02)
    assert result.bias[0] == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)
    assert result.se[1] == pytest.approx(1.0, rel=1e-9)
    assert (result.bend > 0.05).tolist() == [True, False]


@pytest.mark.parametrize("function", [lambda x: np.maximum(x, 5.0), lambda x: np.minimum(x, 5.0)])
def test_delta_asked_at_a_kink_gives_no_se(function: object) -> None:
    result = propagate(function, {"x": Uncertain(np.array(5.0), "s", Cv(0.1))}, how="delta")  # type: ignore[arg-type]
    assert result.status == "kink"
    assert np.isnan(result.se)
    assert result.value == 5.0


def test_delta_asked_of_a_bent_function_says_how_bent() -> None:
    result = propagate(lambda x: 1.0 / x, {"x": Uncertain(np.array(5.0), "s", Cv(0.2))}, how="delta")
    assert result.status == "ok"
    assert result.se == pytest.approx(0.04)
    assert result.bend > 0.05
    assert propagate(lambda x: 1.0 / x, {"x": Uncertain(np.array(5.0), "s", Cv(0.05))}).how == "delta"


def test_replicates_alone_serve_at_a_kink() -> None:
    reps = np.array([-2.0, -1.0, 1.0, 2.0, 3.0])
    result = propagate(absolute, {"x": Uncertain(np.array(0.5), "s", ReplicateValues(reps, 0.2))})
    assert result.how == "replicates"
    assert result.se**2 == pytest.approx(0.2 * ((np.abs(reps) - 0.5) ** 2).sum())


def test_mixed_sources_add_up() -> None:
    """U = (F − c·L)/u: a survey by replicates, a register factor by interval; f1's formula."""
    reps = 5000.0 + np.array([-60.0, 30.0, 90.0, -20.0])
    f = Uncertain(np.array(5000.0), "survey", ReplicateValues(reps, 0.25))
    c = Uncertain(np.array(0.9), "register", Interval(0.9 - 0.0196, 0.9 + 0.0196))
    result = propagate(lambda f, c: f - c * 3000.0, {"f": f, "c": c})
    v_survey = 0.25 * ((reps - 5000.0) ** 2).sum()
    v_register = (3000.0 * 0.0196 / 1.959963984540054) ** 2
    np.testing.assert_allclose(result.variance, [v_survey, v_register], rtol=1e-9)
    assert result.how == "replicates+delta"
    assert result.df == pytest.approx((v_survey + v_register) ** 2 / (v_survey**2 / 3))
    assert result.share.sum() == pytest.approx(1.0)


def test_no_stated_error_gives_no_se() -> None:
    result = propagate(lambda x, y: x + y, {"x": np.array([1.0, 2.0]), "y": 3.0})
    assert result.value.tolist() == [4.0, 5.0]
    assert result.status.tolist() == ["no_uncertainty"] * 2
    assert np.isnan(result.se).all()
    assert result.sources == ()


@pytest.mark.parametrize("how", ["auto", "delta", "simulation"])
def test_a_cell_that_depends_on_nothing_uncertain_gets_no_se(how: str) -> None:
    x = Uncertain(np.array([10.0, 20.0]), "s", Cv(np.array([0.1, 0.0])))
    result = propagate(lambda x: x * 3.3, {"x": x}, how=how)  # type: ignore[arg-type]
    assert result.status.tolist() == ["ok", "no_uncertainty"]
    assert np.isnan(result.se[1])


def test_shares_that_add_to_a_constant_have_no_se_of_rounding() -> None:
    x = Uncertain(np.array([0.3, 1.7, 5.1]), "s", Cv(0.1))
    result = propagate(lambda x: (x / x.sum(-1, keepdims=True)).sum(-1), {"x": x})
    assert result.status == "no_uncertainty"


def test_a_missing_value_is_undefined() -> None:
    x = Uncertain(np.array([10.0, np.nan]), "s", Cv(0.1))
    result = propagate(lambda x: x * 2, {"x": x})
    assert result.status.tolist() == ["ok", "undefined"]
    assert np.isnan(result.se[1])


def test_a_replicate_without_value_gives_no_se() -> None:
    reps = np.array([1.0, 0.0, 2.0])
    result = propagate(
        lambda x: 1.0 / np.where(x == 0, np.nan, x), {"x": Uncertain(np.array(1.0), "s", ReplicateValues(reps, 1.0))}
    )
    assert result.status == "unstable"
    assert np.isnan(result.se)
    assert result.undefined == pytest.approx(1 / 3)


def test_scenarios_give_a_range_and_no_se() -> None:
    s = Uncertain(
        np.array([0.9, 0.8]), "life tables", Scenarios({"low": np.array([0.85, 0.8]), "high": np.array([0.95, 0.8])})
    )
    result = propagate(lambda s: 100.0 - 50.0 * s, {"s": s})
    assert result.status.tolist() == ["range", "no_uncertainty"]
    assert (result.range_low[0], result.range_high[0]) == pytest.approx((52.5, 57.5))
    assert np.isnan(result.se).all()


def test_an_se_beside_scenarios_says_that_it_is_given_one() -> None:
    s = Uncertain(np.array(0.9), "life tables", Scenarios({"low": np.array(0.85), "high": np.array(0.95)}))
    p = Uncertain(np.array(100.0), "census", Cv(0.02))
    result = propagate(lambda p, s: p * s, {"p": p, "s": s})
    assert result.status == "given_scenario"
    assert result.se == pytest.approx(1.8, rel=1e-9)
    assert (result.range_low, result.range_high) == pytest.approx((85.0, 95.0))


@pytest.mark.parametrize(
    ("spread", "sd"),
    [
        (Cv(0.2), 2.0),
        (Cv(0.2, distribution="lognormal"), 2.0),
        (Interval(8.04, 11.96), 1.0),
        (Interval(8.0, 12.0, level=1.0, distribution="uniform"), 4 / np.sqrt(12)),
        (Interval(9.0, 11.0, level=0.5, distribution="uniform"), 4 / np.sqrt(12)),
        (Interval(5.0, 20.0, distribution="lognormal"), 10.0 * np.sqrt(np.exp(LOG_VARIANCE) * np.expm1(LOG_VARIANCE))),
    ],
)
def test_distributions_have_the_sd_that_delta_uses(spread: Cv | Interval, sd: float) -> None:
    x = {"x": Uncertain(np.array(10.0), "s", spread)}
    assert propagate(lambda x: x, x, how="delta").se == pytest.approx(sd, rel=1e-4)
    assert propagate(lambda x: x, x, how="simulation", draws=40_000).se == pytest.approx(sd, rel=0.02)


def test_a_lognormal_interval_is_given_back_by_draws() -> None:
    x = Uncertain(np.array(10.0), "s", Interval(5.0, 20.0, distribution="lognormal"))
    result = propagate(lambda x: x, {"x": x}, how="simulation", draws=40_000)
    assert result.ci_low == pytest.approx(5.0, rel=0.02)
    assert result.ci_high == pytest.approx(20.0, rel=0.02)


def test_cells_moved_together_do_not_average_out() -> None:
    value = np.full(4, 25.0)
    apart = propagate(lambda x: x.sum(-1), {"x": Uncertain(value, "s", Cv(0.1))})
    together = propagate(lambda x: x.sum(-1), {"x": Uncertain(value, "s", Cv(0.1, cells="together"))})
    assert apart.se == pytest.approx(5.0)
    assert together.se == pytest.approx(10.0)


def test_functions_without_leading_axes_are_called_point_by_point() -> None:
    matrix = np.diag([1.0, 4.0, 9.0])
    inputs = {"x": Uncertain(VALUES, "s", Covariance(matrix)), "k": Uncertain(np.array(2.0), "k", Cv(0.01))}

    def plain(x: np.ndarray, k: float) -> float:
        total = 0.0
        for i in range(3):
            total += float(x[i]) * float(k)
        return total

    result = propagate(plain, inputs)
    assert result.se**2 == pytest.approx(4 * 14 + (390.0 * 0.02) ** 2, rel=1e-9)
    # A scalar meeting an array: broadcasting by accident is noticed, and each point gets a call of its own.
    spread = propagate(lambda x, k: x * k, inputs)
    np.testing.assert_allclose(spread.se**2, 4 * np.diag(matrix) + (VALUES * 0.02) ** 2, rtol=1e-9)


def test_the_same_seed_gives_the_same_numbers_and_another_does_not() -> None:
    x = {"x": Uncertain(np.array(0.3), "s", Interval(-1.0, 1.0))}
    first, again = (propagate(absolute, x, seed=5) for _ in range(2))
    other = propagate(absolute, x, seed=6)
    assert first.how == "simulation"
    assert first.se == again.se
    assert first.se != other.se


def test_a_bent_ratio_is_simulated_and_reports_interaction() -> None:
    inputs = {
        "y": Uncertain(np.array(100.0), "survey", Cv(0.3, distribution="lognormal")),
        "x": Uncertain(np.array(50.0), "register", Cv(0.3, distribution="lognormal")),
    }
    result = propagate(ratio, inputs, draws=60_000)
    # A quotient of lognormals is lognormal: mean 2·(1 + cv²), log variance 2·ln(1 + cv²).
    square = 2 * np.log1p(0.09)
    mean = 2.0 * 1.09
    assert result.how == "simulation"
    assert result.value + result.bias == pytest.approx(mean, rel=0.01)
    assert result.se == pytest.approx(mean * np.sqrt(np.expm1(square)), rel=0.03)
    assert result.share.sum() == pytest.approx(1.0)
    assert 0 < result.interaction < 0.3


@given(
    arrays(np.float64, 5, elements=st.floats(1.0, 1e6)),
    arrays(np.float64, (5, 5), elements=st.floats(-1.0, 1.0)),
    st.integers(1, 4),
)
def test_shares_add_to_one_and_scaling_scales(value: np.ndarray, root: np.ndarray, parts: int) -> None:
    cov = root @ root.T + np.eye(5)
    inputs = {
        "x": Uncertain(value, "survey", Covariance(cov)),
        **{f"c{i}": Uncertain(np.array([1.0 + i]), f"s{i}", Cv(0.01)) for i in range(parts)},
    }

    def function(x: np.ndarray, **factors: np.ndarray) -> np.ndarray:
        return x.sum(-1, keepdims=True) * np.prod(list(factors.values()), axis=0)

    result = propagate(function, inputs)
    np.testing.assert_allclose(result.share.sum(axis=0), 1.0, rtol=1e-12)
    assert (result.share >= 0).all()
    twice = propagate(lambda **k: 2.0 * function(**k), inputs)
    np.testing.assert_allclose(twice.se, 2.0 * result.se, rtol=1e-9)
    total = value.sum()
    expected = cov.sum() + total**2 * 0.01**2 * parts
    np.testing.assert_allclose(
        result.variance.sum(), expected * np.prod([1.0 + i for i in range(parts)]) ** 2, rtol=1e-6
    )


def test_a_factor_gives_the_matrix_back_and_refuses_what_is_none() -> None:
    small = MATRIX * np.outer([1e-8, 1, 1e6], [1e-8, 1, 1e6])
    factor = covariance_factor(small)
    np.testing.assert_allclose(factor.T @ factor, small, rtol=1e-12)
    assert len(covariance_factor(np.ones((3, 3)))) == 1
    for bad in (np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 0.5], [0.1, 1.0]]), np.ones((2, 3))):
        with pytest.raises(ValueError, match="covariance"):
            covariance_factor(bad)


@pytest.mark.parametrize(
    "spread",
    [
        Covariance(np.eye(2)),
        ReplicateValues(np.ones((4, 2)), 1.0),
        ReplicateValues(np.ones((4, 3)), 1.0, np.ones(3)),
        Cv(-0.1),
        Cv(np.array([0.1, 0.1])),
        Interval(10.0, 20.0),
        Interval(-1.0, 500.0, distribution="lognormal"),
        Interval(0.0, 500.0, level=1.0),
        Scenarios({}),
    ],
)
def test_spreads_that_do_not_fit_are_refused(spread: object) -> None:
    with pytest.raises(ValueError, match="source s"):
        Uncertain(VALUES, "s", spread)  # type: ignore[arg-type]


def test_two_inputs_of_one_survey_need_their_covariance() -> None:
    one = Uncertain(np.array(1.0), "survey", Covariance(np.eye(1)))
    with pytest.raises(ValueError, match="jointly"):
        propagate(ratio, {"y": one, "x": one})
    with pytest.raises(ValueError, match="one kind"):
        propagate(ratio, {"y": one, "x": Uncertain(np.array(1.0), "survey", Cv(0.1))})
    with pytest.raises(ValueError, match="different numbers"):
        propagate(
            ratio,
            {
                "y": Uncertain(np.array(1.0), "survey", ReplicateValues(np.ones(3), 1.0)),
                "x": Uncertain(np.array(1.0), "survey", ReplicateValues(np.ones(4), 1.0)),
            },
        )
    with pytest.raises(ValueError, match="replicates"):
        propagate(ratio, {"y": 1.0, "x": Uncertain(np.array(1.0), "s", Cv(0.1))}, how="replicates")


def test_a_result_of_several_fields_is_passed_through_by_field() -> None:
    """Forward net migration is linear in both populations; reverse is forward over survival."""
    inputs = {
        "base": Uncertain(np.array([100.0, 90.0]), "census 1", Cv(0.02)),
        "end": Uncertain(np.array([105.0, 80.0]), "census 2", Cv(0.02)),
    }
    survival = np.array([0.98, 0.8])
    made = propagate_fields(lambda base, end: net_by_survival(base, end, survival=survival), inputs)
    assert set(made) == {"forward", "reverse", "average", "geometric", "expected_end", "expected_start"}
    expected = np.sqrt((0.02 * np.array([105.0, 80.0])) ** 2 + (survival * 0.02 * np.array([100.0, 90.0])) ** 2)
    np.testing.assert_allclose(made["forward"].se, expected, rtol=1e-9)
    np.testing.assert_allclose(made["reverse"].se, expected / survival, rtol=1e-9)
    np.testing.assert_allclose(made["expected_end"].share, [[1.0, 1.0], [0.0, 0.0]])
    one = propagate_fields(lambda base, end: net_by_survival(base, end, survival=survival), inputs, names=["average"])
    assert list(one) == ["average"]
    with pytest.raises(ValueError, match="no numbers named backward"):
        propagate_fields(lambda base, end: net_by_survival(base, end, survival=survival), inputs, names=["backward"])


def test_ten_thousand_independent_cells_need_no_matrix() -> None:
    """A table of 100 × 100 flows: a dense covariance would take 800 MB."""
    flows = np.random.default_rng(1).uniform(10.0, 1000.0, (100, 100))
    result = propagate(lambda f: f.sum((-1, -2)), {"f": Uncertain(flows, "survey", Cv(0.1))})
    assert result.se == pytest.approx(0.1 * np.sqrt((flows**2).sum()), rel=1e-8)
