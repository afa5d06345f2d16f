"""Regressions: identities with ratios of proportions and means, and a status for everything that cannot be fitted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.estimate import Contrast, compare, linearise
from surveyproc.estimate.chisq import independence
from surveyproc.estimate.margins import adjusted_means, average_marginal_effects
from surveyproc.estimate.regression import Fit, regress, term_tests
from surveyproc.estimate.tests import mean_test, rank_test
from surveyproc.problems import SurveyprocError
from surveyproc.values import Disaggregation, Family, LonelyPsu, Regression, Term
from tests.estimate.surveys import by, design_of, measure, survey

SEXES = ("female", "male")


def data_of(seed: int = 1, *, rows: int = 200, psus: int = 4) -> pd.DataFrame:
    data = survey(seed, rows=rows, psus=psus)
    rng = np.random.default_rng(seed)
    return data.assign(
        sex=rng.integers(0, 2, len(data)),
        age=rng.integers(0, 80, len(data)).astype(float),
        yes=(rng.random(len(data)) < 0.4).astype(float),
    )


def sex(data: pd.DataFrame) -> Term:
    return Term("sex", data.sex.to_numpy(np.int32), SEXES, "female")


def group(data: pd.DataFrame, *, reference: str = "a") -> Term:
    return Term("group", data.group.to_numpy(np.int32), ("a", "b", "c"), reference)


def fit(data: pd.DataFrame, family: str, outcome, *terms: Term, universe=None, **how) -> Fit:
    y = data[outcome].to_numpy(float) if isinstance(outcome, str) else np.asarray(outcome, dtype=float)
    inside = np.ones(len(data), dtype=np.bool_) if universe is None else np.asarray(universe)
    return regress(design_of(data, **how), Regression("m", Family(family), y, terms, inside))


def ratio_of_means(data: pd.DataFrame, y: str):
    design, cells, mean = design_of(data), by(data, "sex"), measure(data, "mean", y)
    one, zero = (linearise(design, mean, cells, cell=cell) for cell in ("1", "0"))
    return compare(design, [Contrast(y, "sex", one, zero, "quotient")]), one, zero


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_a_poisson_model_of_one_factor_is_a_ratio_of_means(seed: int) -> None:
    data = data_of(seed)
    found = fit(data, "poisson", "x", sex(data))
    ratio = ratio_of_means(data, "x")[0]
    assert np.exp(found.value[1]) == pytest.approx(ratio.value[0], rel=1e-10)
    assert np.exp(found.value[1]) * found.se[1] == pytest.approx(ratio.se[0], rel=1e-8)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_a_logistic_model_of_one_factor_is_a_ratio_of_odds(seed: int) -> None:
    data = data_of(seed)
    found = fit(data, "logistic", "yes", sex(data))
    _, one, zero = ratio_of_means(data, "yes")
    odds = (one.value / (1 - one.value)) / (zero.value / (1 - zero.value))
    assert np.exp(found.value[1]) == pytest.approx(odds, rel=1e-9)
    difference = compare(design_of(data), [Contrast("yes", "sex", one, zero, "difference")])
    design = design_of(data)
    for covariates in ("sampled", "fixed"):
        effect = average_marginal_effects(design, found, covariates=covariates)
        assert effect.value[0] == pytest.approx(difference.value[0], rel=1e-9)
        assert effect.se[0] == pytest.approx(difference.se[0], rel=1e-8)
    means = adjusted_means(design, found)
    assert means.category == SEXES
    np.testing.assert_allclose(means.value, [zero.value, one.value], rtol=1e-9)


def test_an_outcome_and_terms_of_other_units_give_the_same_t() -> None:
    data = data_of(4)
    plain = fit(data, "linear", "y", Term("age", data.age.to_numpy()), sex(data))
    scaled = fit(data, "linear", 1e6 * data.y, Term("age", data.age.to_numpy() * 1e-7), sex(data))
    np.testing.assert_allclose(scaled.value / scaled.se, plain.value / plain.se, rtol=1e-9)


def test_rows_outside_the_universe_stay_in_the_design() -> None:
    data = data_of(5)
    inside = (data.group == 1).to_numpy()
    kept = fit(data, "linear", "y", sex(data), universe=inside)
    wild = data.assign(y=np.where(inside, data.y, 1e9))
    assert fit(wild, "linear", "y", sex(data), universe=inside).value == pytest.approx(kept.value)
    assert np.allclose(fit(wild, "linear", "y", sex(data), universe=inside).covariance, kept.covariance)
    assert kept.domain.n_unweighted == inside.sum()


def test_a_term_of_one_coefficient_has_the_square_of_its_t() -> None:
    data = data_of(6)
    found = fit(data, "logistic", "yes", sex(data), group(data))
    alone, both = term_tests(found)
    assert alone.f == pytest.approx((found.value[1] / found.se[1]) ** 2)
    assert (both.df1, both.df2) == (2.0, found.df)


def test_collinear_columns_are_named_and_the_rest_stands() -> None:
    data = data_of(7)
    again = Term("again", 3.0 * data.sex.to_numpy() - 2.0)
    found = fit(data, "logistic", "yes", sex(data), again, Term("age", data.age.to_numpy()))
    assert found.status == "ok"
    assert list(found.statuses) == ["ok", "ok", "collinear", "ok"]
    without = fit(data, "logistic", "yes", sex(data), Term("age", data.age.to_numpy()))
    np.testing.assert_allclose(found.value[[0, 1, 3]], without.value, rtol=1e-10)
    assert np.isnan(found.value[2])
    assert np.isnan(found.se[2])
    assert np.isnan(average_marginal_effects(design_of(data), found).value[1])


def test_an_empty_category_has_no_number() -> None:
    data = data_of(8)
    data = data[data.group != 1].reset_index(drop=True)
    found = fit(data, "logistic", "yes", group(data))
    assert list(found.statuses) == ["ok", "empty", "ok"]
    assert list(found.n_unweighted) == [len(data), 0, (data.group == 2).sum()]
    assert fit(data, "logistic", "yes", group(data, reference="b")).status == "empty_reference"


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_separation_is_told_and_by_which_term(family: str) -> None:
    data = data_of(9)
    data["yes"] = np.where(data.group == 2, 0.0, data.yes)
    found = fit(data, family, "yes", sex(data), group(data))
    assert found.status == "separated"
    assert list(found.statuses) == ["ok", "ok", "ok", "separated"]
    assert np.isnan(found.se).all()
    assert np.isnan(found.value[3])


def test_complete_separation_by_a_number() -> None:
    data = data_of(10)
    found = fit(data, "logistic", (data.age > 40).astype(float), Term("age", data.age.to_numpy()))
    assert found.status == "separated"
    assert "separated" in list(found.statuses)


def test_what_cannot_be_fitted_has_a_status() -> None:
    data = data_of(11)
    none = np.zeros(len(data), dtype=np.bool_)
    assert fit(data, "linear", "y", sex(data), universe=none).status == "empty"
    assert fit(data, "linear", np.full(len(data), np.nan), sex(data)).status == "all_missing"
    assert fit(data, "logistic", np.ones(len(data)), sex(data)).status == "constant"
    one = (data.stratum == 0) & (data.psu == 0)
    found = fit(data, "linear", "y", sex(data), universe=one.to_numpy())
    assert found.status == "no_df"
    assert np.isnan(found.se).all()
    assert not np.isnan(found.value).any()
    light = data.assign(weight=np.where(one, 0.0, data.weight))
    assert fit(light, "linear", "y", sex(data), universe=one.to_numpy()).status == "empty"


def test_rows_of_weight_zero_count_in_no_n() -> None:
    data = data_of(12)
    data.loc[::7, "weight"] = 0.0
    found = fit(data, "logistic", "yes", sex(data))
    assert found.domain.n_unweighted == (data.weight > 0).sum()
    assert found.n_unweighted[1] == ((data.weight > 0) & (data.sex == 1)).sum()


def test_a_lonely_psu_stops_where_the_rule_is_to_fail() -> None:
    data = survey(13, lonely=True)
    data["sex"] = np.arange(len(data)) % 2
    design = replace(design_of(data), lonely_psu=LonelyPsu.FAIL)
    everyone = np.ones(len(data), dtype=np.bool_)
    with pytest.raises(SurveyprocError, match="lonely"):
        regress(design, Regression("m", Family.LINEAR, data.y.to_numpy(), (sex(data),), everyone))


def test_statuses_of_tests() -> None:
    data = data_of(14)
    design, everyone = design_of(data), np.ones(len(data), dtype=np.bool_)
    cells, none = by(data, "sex"), np.zeros(len(data), dtype=np.bool_)
    y = data.y.to_numpy()
    one = (data.stratum == 0) & (data.psu == 0)
    missing = Disaggregation("m", np.full(len(data), -1, dtype=np.int32), ("a", "b"))
    assert independence(design, cells, cells, universe=none).status == "empty"
    assert independence(design, cells, missing, universe=everyone).status == "all_missing"
    assert independence(design, cells, by(data, "group"), universe=one.to_numpy()).status == "one_psu"
    assert independence(design, cells, by(data, "group"), universe=(data.sex == 1).to_numpy()).status == "one_category"
    for test in (mean_test, rank_test):
        assert test(design, y, cells, universe=none).status == "empty"
        assert test(design, y, cells, universe=one.to_numpy()).status == "one_psu"
        assert test(design, y, cells, universe=(data.sex == 1).to_numpy()).status == "one_category"
        assert test(design, np.full(len(y), 2.0), cells, universe=everyone).status == "constant"
        assert test(design, np.full(len(y), np.nan), cells, universe=everyone).status == "all_missing"


def test_a_t_test_squared_is_the_f_of_a_linear_model() -> None:
    data = data_of(15)
    design, everyone = design_of(data), np.ones(len(data), dtype=np.bool_)
    two = mean_test(design, data.y.to_numpy(), by(data, "sex"), universe=everyone)
    f = term_tests(fit(data, "linear", "y", sex(data)))[0]
    assert two.statistic**2 == pytest.approx(f.f)
    assert two.p == pytest.approx(f.p)
    three = mean_test(design, data.y.to_numpy(), by(data, "group"), universe=everyone)
    assert three.p == pytest.approx(term_tests(fit(data, "linear", "y", group(data)))[0].p)
