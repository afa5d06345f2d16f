"""Quantiles, functions, concentration and comparisons by identities, definitions and numeric derivatives."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveyproc.estimate import Contrast, compare, covariance, estimate, linearise
from surveyproc.estimate.concentration import gini, held
from surveyproc.estimate.rules import RULES, distribution, quantile
from surveyproc.expressions import SMOOTH_FUNCTIONS, check_smooth, parse, slope_of, to_text
from surveyproc.problems import Place, SurveyprocError
from surveyproc.values import Band, Disaggregation, Holding, Measure, QuantileAt, Statistic
from tests.estimate.surveys import by, design_of, measure, survey, whole
from tests.estimate.test_recorded_statistics import function_of

WEIGHTS = st.lists(st.integers(1, 40), min_size=2, max_size=30)


def _quantile(data: pd.DataFrame, y: str, p: float = 0.5, **more) -> Measure:
    return replace(measure(data, "mean", y, **more), statistic=Statistic.QUANTILE, detail=QuantileAt(p))


@pytest.mark.parametrize("n", [1, 2, 10, 101])
def test_the_median_of_0_to_n_with_equal_weights(n: int) -> None:
    of = distribution(np.arange(n + 1.0), np.full(n + 1, 0.1))
    assert quantile(of, np.array([0.5]), rule="math")[0] == n // 2
    for rule in ("school", "hf2", "hf5", "hf6", "hf7", "hf8", "hf9"):
        assert quantile(of, np.array([0.5]), rule=rule)[0] == pytest.approx(n / 2), rule


@given(weights=WEIGHTS, seed=st.integers(0, 10**6), p=st.integers(1, 99))
def test_math_is_the_smallest_value_with_share_p_at_or_below(weights: list[int], seed: int, p: int) -> None:
    values = np.sort(np.random.default_rng(seed).integers(0, 12, len(weights))).astype(float)
    found = quantile(distribution(values, np.array(weights) / 7.0), np.array([p / 100]), rule="math")[0]
    whole_weight = sum(weights)
    reached = [
        v
        for v in values
        if Fraction(sum(w for w, x in zip(weights, values, strict=True) if x <= v), whole_weight) >= Fraction(p, 100)
    ]
    assert found == min(reached)


@settings(max_examples=40)
@given(weights=WEIGHTS, seed=st.integers(0, 10**6), rule=st.sampled_from(sorted(RULES)))
def test_quantiles_rise_with_p_stay_within_the_data_and_scale_with_it(weights: list[int], seed: int, rule: str) -> None:
    w = np.array(weights) / 8.0
    values = np.sort(np.random.default_rng(seed).normal(size=len(w)))
    shares = np.linspace(0.05 if rule == "shahvaish" else float(w[0] / w.sum()), 1.0, 23)
    found = quantile(distribution(values, w), shares, rule=rule)
    assert (np.diff(found) >= 0).all() or rule == "shahvaish"  # whose points need not be in order, as R has them
    assert values[0] <= found.min()
    assert found.max() <= values[-1]
    scaled = quantile(distribution(4.0 * values, w), shares, rule=rule)
    np.testing.assert_array_equal(scaled, 4.0 * found)
    if rule != "shahvaish":
        heavier = quantile(distribution(values, 4.0 * w), shares, rule=rule)
        np.testing.assert_array_equal(heavier, found)


def test_a_share_that_is_not_known_has_no_quantile() -> None:
    of = distribution(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    assert np.isnan(quantile(of, np.array([np.nan]), rule="hf7")).all()


def test_woodruff_by_its_definition() -> None:
    data = survey(5, rows=400)
    design = design_of(data)
    found = estimate(design, [_quantile(data, "y", 0.3)], [by(data, "group")])
    for cell in range(3):
        inside = (data.group == cell).to_numpy()
        order = np.argsort(data.y[inside].to_numpy(), kind="stable")
        ys, ws = data.y[inside].to_numpy()[order], data.weight[inside].to_numpy()[order]
        shares = np.cumsum(ws) / ws.sum()
        q = ys[np.argmax(shares >= 0.3 - 1e-12)]
        below = measure(data, "mean", np.where(inside, data.y <= q, np.nan))
        share = estimate(design, [below], [whole(len(data))])
        t = stats.t.ppf(0.975, share.df[0])
        low, high = (ys[np.argmax(shares >= share.value[0] + sign * t * share.se[0])] for sign in (-1, 1))
        assert (found.value[cell], found.ci_low[cell], found.ci_high[cell]) == (q, low, high)
        assert found.se[cell] == pytest.approx((high - low) / (2 * t), rel=1e-12)
        assert found.df[cell] == share.df[0]
    assert set(found.ci_method) == {"woodruff-mean"}
    assert np.isnan(found.deff).all()


def test_quantiles_do_not_hang_on_the_order_of_rows_or_on_company() -> None:
    data = survey(8, rows=300)
    mixed = data.sample(frac=1.0, random_state=3).reset_index(drop=True)
    wanted = ["value", "se", "ci_low", "ci_high", "n_unweighted", "status"]
    one = estimate(design_of(data), [_quantile(data, "y")], [whole(len(data)), by(data, "group")]).to_frame()
    other = estimate(design_of(mixed), [_quantile(mixed, "y")], [whole(len(data)), by(mixed, "group")]).to_frame()
    pd.testing.assert_frame_equal(one[wanted], other[wanted])
    company = [
        measure(data, "mean", "x"),
        _quantile(data, "y"),
        replace(measure(data, "mean", "x"), statistic=Statistic.GINI),
    ]
    among = estimate(design_of(data), company, [whole(len(data)), by(data, "group")]).to_frame()
    assert list(among.statistic) == ["mean"] * 4 + ["quantile"] * 4 + ["gini"] * 4
    assert list(among.cell) == ["", "0", "1", "2"] * 3
    pd.testing.assert_frame_equal(among.iloc[4:8].reset_index(drop=True)[wanted], one[wanted])


def test_multiply_and_missing_of_a_quantile() -> None:
    data = survey(9, rows=200)
    data.loc[data.index % 7 == 0, "y"] = np.nan
    plain = estimate(design_of(data), [_quantile(data, "y")], [whole(len(data))])
    turned = estimate(design_of(data), [_quantile(data, "y", multiply=-2.0)], [whole(len(data))])
    assert turned.value[0] == -2.0 * plain.value[0]
    assert turned.se[0] == 2.0 * plain.se[0]
    assert (turned.ci_low[0], turned.ci_high[0]) == (-2.0 * plain.ci_high[0], -2.0 * plain.ci_low[0])
    assert plain.n_unweighted[0] == data.y.notna().sum()
    assert plain.share_missing[0] == pytest.approx(data.weight[data.y.isna()].sum() / data.weight.sum())


def test_statuses_of_quantiles() -> None:
    data = survey(3, rows=200)
    data["kind"] = "many"
    data.loc[data.index[-1], "kind"] = "single"
    data.loc[data.group == 1, "kind"] = "same"
    data.loc[data.group == 1, "y"] = 4.0
    data.loc[data.group == 2, "kind"] = "unknown"
    data.loc[data.group == 2, "y"] = np.nan
    data.loc[data.index[-1], ["kind", "y"]] = ["single", 3.0]
    found = estimate(
        design_of(data), [_quantile(data, "y"), _quantile(data, "y", 0.9999)], [by(data, "kind")]
    ).to_frame()
    first = found[:4].set_index("cell")
    assert first.status.to_dict() == {"many": "ok", "same": "constant", "single": "one_case", "unknown": "all_missing"}
    assert first.value["same"] == 4.0
    assert first.se["same"] == 0.0
    assert first.value["single"] == 3.0
    assert first.loc[["single", "unknown"], ["se", "ci_low", "ci_high"]].isna().all().all()
    last = found[4:].set_index("cell").loc["many"]
    assert (last.status, np.isnan(last.se), last.value) == ("open", True, data.y[data.kind == "many"].max())


FORMULAS = [
    "a / b",
    "abs(a - b) / (a + b)",
    "-a * b + 3 / (a - 2 * b)",
    "min(a, b, c) - max(a * 2, c)",
    "log(a) * exp(c / 100) - sqrt(a * b + 1)",
    "$k * a - (b - $k) / c",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_derivatives_equal_numeric_ones(text: str) -> None:
    slope = slope_of(parse(text, Place(), functions=SMOOTH_FUNCTIONS), {"k": 2.5})
    at = {"a": np.array([3.0, 11.0]), "b": np.array([7.0, 2.0]), "c": np.array([5.0, 1.5])}
    found = slope(at)
    assert not found.kink.any()
    for name, value in at.items():
        step = 1e-6
        up, down = ({**at, name: value + sign * step} for sign in (1, -1))
        numeric = (slope(up).value - slope(down).value) / (2 * step)
        np.testing.assert_allclose(found.gradient[name], numeric, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("text", ["abs(a - b)", "min(a, b)", "max(b, a) / a", "sqrt(a - b)"])
def test_kinks_are_told(text: str) -> None:
    slope = slope_of(parse(text, Place(), functions=SMOOTH_FUNCTIONS), {})
    assert slope({"a": np.array([2.0, 3.0]), "b": np.array([2.0, 1.0])}).kink.tolist() == [True, False]


@pytest.mark.parametrize("text", ["abs(a - a)", "max(a, a)"])
def test_what_moves_together_is_no_kink(text: str) -> None:
    slope = slope_of(parse(text, Place(), functions=SMOOTH_FUNCTIONS), {})
    assert not slope({"a": np.array([2.0])}).kink.any()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a + d", "expression.unknown-name"),
        ("a if a > b else b", "expression.type"),
        ("a and b", "expression.type"),
        ("a / 'b'", "expression.type"),
        ("a * $word", "expression.type"),
        ("a * $nowhere", "expression.type"),
    ],
)
def test_what_is_no_smooth_function_is_refused(text: str, code: str) -> None:
    expression = parse(text, Place("m.yaml", 3, 9), functions=SMOOTH_FUNCTIONS)
    faults = check_smooth(expression, {"a": 1, "b": 1}, {"word": "x"})
    assert [f.code for f in faults] == [code]
    assert faults[0].where.line == 3


@pytest.mark.parametrize("text", ["round(a)", "coalesce(a, b)", "sum(person, a)", "__import__(a)"])
def test_functions_outside_the_list_are_refused(text: str) -> None:
    with pytest.raises(SurveyprocError) as caught:
        parse(text, Place(), functions=SMOOTH_FUNCTIONS)
    assert caught.value.problems[0].code == "expression.unknown-name"


def test_log_is_for_totals_only() -> None:
    with pytest.raises(SurveyprocError):
        parse("log(a)", Place())
    assert to_text(parse("log( a )", Place(), functions=SMOOTH_FUNCTIONS)) == "log(a)"


def test_a_quotient_of_totals_is_the_ratio() -> None:
    data = survey(12, rows=300, lonely=True)
    data.loc[data.index % 9 == 0, "x"] = np.nan
    splits = [whole(len(data)), by(data, "group")]
    for lonely in ("adjust", "certainty", "average"):
        design = design_of(data, lonely=lonely)
        ratio = estimate(design, [measure(data, "ratio", "y", "x", multiply=100.0)], splits)
        ours = estimate(design, [function_of(data, "y / x", ("y", "x"), multiply=100.0)], splits)
        for name in ("value", "se", "ci_low", "ci_high", "cv", "deff", "df", "n_unweighted", "share_missing"):
            np.testing.assert_allclose(getattr(ours, name), getattr(ratio, name), rtol=1e-9, err_msg=name)
        assert list(ours.status) == list(ratio.status)


def test_a_linear_function_is_a_total() -> None:
    data = survey(13, rows=200)
    data["z"] = 2.0 * data.x - 0.5 * data.y
    splits = [whole(len(data)), by(data, "group")]
    total = estimate(design_of(data), [measure(data, "total", "z")], splits)
    ours = estimate(design_of(data), [function_of(data, "2 * x - y / 2", ("y", "x"))], splits)
    for name in ("value", "se", "ci_low", "ci_high", "deff"):
        np.testing.assert_allclose(getattr(ours, name), getattr(total, name), rtol=1e-10, err_msg=name)


def test_functions_without_a_value_or_a_slope_say_so() -> None:
    data = survey(14, rows=100)
    data["zero"], data["same"] = 0.0, data.x
    texts = {"x / zero": "empty", "abs(x - same)": "kink", "log(0 - x)": "empty", "max(x, same)": "kink"}
    found = estimate(design_of(data), [function_of(data, t, ("x", "zero", "same")) for t in texts], [whole(len(data))])
    assert dict(zip(texts, found.status, strict=True)) == texts
    assert np.isnan(found.se).all()
    assert np.isnan(found.value).tolist() == [True, False, True, False]


def _numeric(function, weights: np.ndarray) -> np.ndarray:
    step = 1e-6
    slopes = []
    for k in range(len(weights)):
        up, down = weights.copy(), weights.copy()
        up[k] += step
        down[k] -= step
        slopes.append((function(up) - function(down)) / (2 * step))
    return np.array(slopes)


def test_gini_by_all_pairs_and_its_scores_by_numeric_derivatives() -> None:
    rng = np.random.default_rng(4)
    values, weights = np.sort(rng.gamma(2.0, 50.0, 60).round(0)), rng.uniform(1, 5, 60)

    def by_pairs(w: np.ndarray) -> float:
        pairs = (w[:, None] * w * np.abs(values[:, None] - values)).sum()
        return float(pairs / (2 * w.sum() * (w * values).sum()))

    value, scores = gini(values, weights)
    assert value == pytest.approx(by_pairs(weights), rel=1e-12)
    np.testing.assert_allclose(scores, _numeric(by_pairs, weights), rtol=1e-5, atol=1e-9)
    assert abs((weights * scores).sum()) < 1e-12  # no change where all weights change alike
    assert gini(np.full(5, 3.0), np.ones(5))[0] == pytest.approx(0.0, abs=1e-15)
    assert gini(np.array([0.0] * 9 + [1.0]), np.ones(10))[0] == pytest.approx(0.9)


def test_shares_of_groups_by_hand_and_their_scores_by_numeric_derivatives() -> None:
    values, weights = np.array([1.0, 2.0, 3.0, 4.0, 10.0]), np.ones(5)
    assert held(values, weights, Band(0.8, 1.0))[0] == pytest.approx(10.0)
    assert held(values, weights, Band(0.0, 0.3))[0] == pytest.approx(1.0 + 0.5 * 2.0)
    rng = np.random.default_rng(6)
    values, weights = np.sort(rng.gamma(2.0, 50.0, 40)), rng.uniform(1, 5, 40)
    band = Band(0.15, 0.83)
    total, scores = held(values, weights, band)
    np.testing.assert_allclose(scores, _numeric(lambda w: held(values, w, band)[0], weights), rtol=1e-6, atol=1e-7)
    assert (weights * scores).sum() == pytest.approx(total)  # what is held grows as all weights do


def _concentration(data: pd.DataFrame, statistic: str, detail: Holding | None = None) -> Measure:
    return replace(measure(data, "mean", "x"), statistic=Statistic(statistic), detail=detail)


def test_precision_of_concentration_by_the_jackknife() -> None:
    """The delete-one-psu jackknife agrees with linearisation but for terms of the next order."""
    data = survey(21, strata=4, psus=30, rows=6000)
    data["x"] += np.random.default_rng(21).random(len(data))  # a heap at a limit would make it a kink
    top, bottom = Holding(Band(0.8, 1.0)), Holding(Band(0.8, 1.0), Band(0.0, 0.2))
    measures = [
        _concentration(data, "gini"),
        _concentration(data, "quantile_share", top),
        _concentration(data, "share_ratio", bottom),
    ]
    design = design_of(data)
    ours = estimate(design, measures, [whole(len(data))])
    variance = np.zeros(3)
    for h in range(4):
        psus = np.flatnonzero(design.psu_stratum == h)
        values = []
        for psu in psus:
            inside = design.psu_stratum[design.psu] == h
            weight = np.where(
                design.psu == psu, 0.0, design.weight * np.where(inside, len(psus) / (len(psus) - 1), 1.0)
            )
            values.append(estimate(replace(design, weight=weight), measures, [whole(len(data))]).value)
        spread = np.array(values) - np.mean(values, axis=0)
        variance += (len(psus) - 1) / len(psus) * (spread**2).sum(axis=0)
    np.testing.assert_allclose(ours.se, np.sqrt(variance), rtol=0.03)
    assert set(ours.status) == {"ok"}


def test_shares_of_groups_add_up_and_do_not_hang_on_scale() -> None:
    data = survey(22, rows=300)
    bands = [Holding(Band(k / 5, (k + 1) / 5)) for k in range(5)]
    found = estimate(design_of(data), [_concentration(data, "quantile_share", b) for b in bands], [by(data, "group")])
    np.testing.assert_allclose(found.value.reshape(5, 3).sum(axis=0), 1.0, rtol=1e-12)
    data["x"] *= 1000.0
    again = estimate(design_of(data), [_concentration(data, "quantile_share", b) for b in bands], [by(data, "group")])
    np.testing.assert_allclose(again.se, found.se, rtol=1e-10)
    nothing = data.assign(x=0.0)
    assert estimate(design_of(nothing), [_concentration(nothing, "gini")], [whole(len(data))]).status[0] == "empty"


def test_covariance_of_linear_estimates_is_that_of_their_sum() -> None:
    data = survey(31, rows=300)
    data["both"] = data.x + data.y
    design, everyone = design_of(data), whole(len(data))
    x, y, both = (linearise(design, measure(data, "total", name), everyone) for name in ("x", "y", "both"))
    matrix = covariance(design, [x, y, both])
    assert matrix[0, 2] == pytest.approx(matrix[0, 0] + matrix[0, 1], rel=1e-12)
    assert matrix[2, 2] == pytest.approx(matrix[:2, :2].sum(), rel=1e-12)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert covariance(design, []).shape == (0, 0)


def test_a_difference_is_the_sum_of_variances_less_twice_the_covariance() -> None:
    data = survey(32, rows=400)
    design, split = design_of(data), by(data, "group")
    for statistic in (measure(data, "mean", "y"), _quantile(data, "y"), _concentration(data, "gini")):
        sides = [linearise(design, statistic, split, cell=cell) for cell in ("0", "1")]
        cells = estimate(design, [statistic], [split])
        assert [s.value for s in sides] == pytest.approx(list(cells.value[:2]), rel=1e-12)
        matrix = covariance(design, sides)
        np.testing.assert_allclose(np.sqrt(np.diag(matrix)), cells.se[:2], rtol=1e-9)
        found = compare(design, [Contrast("y", "group: 0 − 1", *sides, "difference")])
        assert found.se[0] ** 2 == pytest.approx(matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1], rel=1e-9)
        assert found.value[0] == sides[0].value - sides[1].value
        assert (found.domain[0], found.statistic[0], found.status[0]) == ("group: 0 − 1", "difference", "ok")
        assert np.isnan([found.cv[0], found.deff[0]]).all()
        assert found.n_unweighted[0] == (data.group < 2).sum()


def test_a_quotient_of_totals_of_two_indicators_is_their_ratio() -> None:
    data = survey(33, rows=300)
    design, everyone = design_of(data), whole(len(data))
    sides = [linearise(design, measure(data, "total", name), everyone) for name in ("y", "x")]
    found = compare(design, [Contrast("y", "total: y / x", *sides, "quotient")])
    ratio = estimate(design, [measure(data, "ratio", "y", "x")], [everyone])
    for name in ("value", "se", "ci_low", "ci_high", "df"):
        np.testing.assert_allclose(getattr(found, name), getattr(ratio, name), rtol=1e-9)


def test_a_comparison_has_no_more_than_its_sides() -> None:
    data = survey(34, rows=200)
    data["kind"] = np.where(data.group == 0, "many", "rest")
    data.loc[data.index[-1], "kind"] = "single"
    cells = Disaggregation("kind", by(data, "kind").codes, ("many", "rest", "single", "nobody"))
    design, mean = design_of(data), measure(data, "mean", "y")
    side = {cell: linearise(design, mean, cells, cell=cell) for cell in cells.cells}
    found = compare(
        design,
        [
            Contrast("y", "", side["many"], side["single"], "difference"),
            Contrast("y", "", side["many"], side["nobody"], "difference"),
            Contrast("y", "", side["nobody"], side["many"], "quotient"),
            Contrast("y", "", side["many"], replace(side["rest"], value=0.0), "quotient"),
        ],
    )
    assert list(found.status) == ["one_case", "empty", "empty", "empty"]
    assert np.isnan(found.se).all()
    assert np.isnan(found.value).tolist() == [False, True, True, True]
    with pytest.raises(ValueError, match="not in tuple"):
        linearise(design, mean, cells, cell="elsewhere")
