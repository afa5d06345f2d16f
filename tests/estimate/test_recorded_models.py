"""Tests and regressions agree with recorded results of R survey (r/record_models.R)."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate.chisq import independence
from surveyproc.estimate.margins import average_marginal_effects
from surveyproc.estimate.regression import Fit, regress, term_tests
from surveyproc.estimate.tails import two_sided_t
from surveyproc.estimate.tests import rank_test
from surveyproc.values import Centre, Design, Disaggregation, Family, Regression, Term
from tests.estimate.record_r import RECORDED_MODELS, record
from tests.estimate.test_recorded_replicates import jackknifed, rows_of, taylor

BANDS = ("0-14", "15-29", "30-59", "60+")
RANKS = {"wilcoxon": "wilcoxon", "vanderWaerden": "van_der_waerden", "median": "median"}
NAMES = ("taylor", "fpc", "two_stages", "lonely_adjust", "jkn")
MODELS = {
    "logistic": (Family.LOGISTIC, "moved", ("sex", "band", "income")),
    "poisson": (Family.POISSON, "moved3", ("sex", "age")),
    "linear": (Family.LINEAR, "income", ("band", "sex", "moved")),
}


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return pd.read_csv(RECORDED_MODELS).fillna({"term": ""})


def rows(name: str) -> pd.DataFrame:
    data = rows_of(name)
    cut = pd.cut(data.age, [-1, 14, 29, 59, 200], labels=list(BANDS))
    return data.assign(band=cut.astype(str), moved3=data.moved * (1 + (data.age < 30)))


def design_of(name: str, data: pd.DataFrame) -> Design:
    if name == "jkn":
        return jackknifed(taylor(data), Centre.ESTIMATE)
    fpc = "population_psus" if name in ("fpc", "two_stages") else ""
    return taylor(data, fpc=fpc, rule="adjust" if "lonely" in name else "fail", homes=name == "two_stages")


def partition(data: pd.DataFrame, name: str) -> Disaggregation:
    codes, cells = pd.factorize(data[name], sort=True)
    return Disaggregation(name, codes.astype(np.int32), tuple(str(cell) for cell in cells))


def term(data: pd.DataFrame, name: str) -> Term:
    if name in ("sex", "band"):
        cells = partition(data, name)
        return Term(name, cells.codes, cells.cells, {"sex": "female", "band": "15-29"}[name])
    return Term(name, data[name].to_numpy(float))


def fit_of(name: str, kind: str) -> tuple[Design, Fit]:
    data = rows(name)
    family, outcome, terms = MODELS[kind]
    design = design_of(name, data)
    adults = (data.age >= 10).to_numpy()
    model = Regression(kind, family, data[outcome].to_numpy(float), tuple(term(data, t) for t in terms), adults)
    return design, regress(design, model)


@pytest.mark.parametrize("kind", sorted(MODELS))
@pytest.mark.parametrize("name", NAMES)
def test_models_equal_r(recorded: pd.DataFrame, name: str, kind: str) -> None:
    fit = fit_of(name, kind)[1]
    theirs = recorded[(recorded.design == name) & (recorded.model == kind)].set_index(["what", "term"])
    assert fit.status == "ok"
    names = [f"{t}{c}" or "(Intercept)" for t, c in zip(fit.matrix.term, fit.matrix.category, strict=True)]
    assert [s for s, n in zip(fit.statuses, names, strict=True) if n == "band0-14"] in ([], ["empty"])
    mine = pd.DataFrame({"value": fit.value, "se": fit.se}, index=names)[fit.statuses == "ok"]
    mine["p"] = two_sided_t(mine.value / mine.se, np.full(len(mine), fit.df))
    coefficients = theirs.loc["coefficient"]
    mine = mine.loc[coefficients.index]
    np.testing.assert_allclose(mine.value, coefficients.value, rtol=1e-9)
    np.testing.assert_allclose(mine.se, coefficients.se, rtol=1e-9)
    np.testing.assert_allclose(mine.p, coefficients.p, rtol=1e-7)
    assert set(coefficients.df2) == {fit.df}
    for test in term_tests(fit):
        of_r = theirs.loc[("term", test.term)]
        np.testing.assert_allclose([test.f, test.df1, test.df2], [of_r.value, of_r.df1, of_r.df2], rtol=1e-8)
        assert test.p == pytest.approx(of_r.p, rel=1e-7)


@pytest.mark.parametrize("kind", sorted(MODELS))
@pytest.mark.parametrize("name", NAMES)
def test_marginal_effects_equal_r(recorded: pd.DataFrame, name: str, kind: str) -> None:
    """R's SEs of fixed covariates come from numerical derivatives; those of the jackknife from a fit a replicate."""
    design, fit = fit_of(name, kind)
    what = "ame sampled" if name == "jkn" else "ame fixed"
    theirs = recorded[(recorded.design == name) & (recorded.model == kind) & (recorded.what == what)].set_index("term")
    ours = average_marginal_effects(design, fit, covariates="sampled" if name == "jkn" else "fixed")
    index = [f"{t}{c}" for t, c in zip(ours.term, ours.category, strict=True)]
    mine = pd.DataFrame({"value": ours.value, "se": ours.se}, index=index).loc[theirs.index]
    np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-9)
    np.testing.assert_allclose(mine.se, theirs.se, rtol=1e-8 if name == "jkn" else 1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_independence_equals_r(recorded: pd.DataFrame, name: str) -> None:
    data = rows(name)
    design, adults = design_of(name, data), (data.age >= 10).to_numpy()
    theirs = recorded[(recorded.design == name) & recorded.what.str.startswith("independence")]
    assert len(theirs) == (9 if "lonely" in name else 15)
    for row in theirs.itertuples():
        how = row.what.partition(" ")[2]
        ours = independence(
            design, *(partition(data, v) for v in row.model.split(" + ")), universe=adults, statistic=how
        )
        place = f"{name} {row.model} {how}"
        # R counts records of weight 0 among those of a replicate design
        counted = adults & data[row.model.split(" + ")].notna().all(axis=1).to_numpy()
        times = counted.sum() / ours.domain.n_unweighted if name == "jkn" and how in ("Chisq", "saddlepoint") else 1.0
        assert ours.statistic * times == pytest.approx(row.value, rel=1e-9), place
        assert ours.p == pytest.approx(row.p, rel=1e-6 if how == "saddlepoint" else 1e-8), place
        for mine, of_r in ((ours.df1, row.df1), (ours.df2, row.df2)):
            assert np.isnan(of_r) or mine == pytest.approx(of_r, rel=1e-9), place


@pytest.mark.parametrize("name", NAMES[:-1])
def test_rank_tests_equal_r(recorded: pd.DataFrame, name: str) -> None:
    data = rows(name)
    design, adults = design_of(name, data), (data.age >= 10).to_numpy()
    theirs = recorded[(recorded.design == name) & recorded.what.str.startswith("rank")]
    assert len(theirs) == 6
    for row in theirs.itertuples():
        how = RANKS[row.what.partition(" ")[2]]
        ours = rank_test(design, data.income.to_numpy(float), partition(data, row.model), universe=adults, test=how)
        assert ours.statistic == pytest.approx(row.value, rel=1e-8), f"{name} {row.model} {how}"
        assert ours.p == pytest.approx(row.p, rel=1e-7)
        assert ours.df2 == row.df2


def test_sampled_covariates_are_those_of_the_jackknife() -> None:
    """Two routes to one SE, alike to the first order: linearised, and fitted again without each psu."""
    design, fit = fit_of("taylor", "logistic")
    replicated, again = fit_of("jkn", "logistic")
    one = average_marginal_effects(design, fit)
    other = average_marginal_effects(replicated, again)
    assert one.value == pytest.approx(other.value, nan_ok=True)
    known = ~np.isnan(one.se)
    assert np.abs(one.se[known] / other.se[known] - 1.0).max() < 0.2


def test_of_a_linear_model_effects_are_coefficients() -> None:
    design, fit = fit_of("taylor", "linear")
    effects = average_marginal_effects(design, fit, covariates="fixed")
    np.testing.assert_allclose(effects.value, fit.value[1:], rtol=1e-12)
    np.testing.assert_allclose(effects.se, fit.se[1:], rtol=1e-9)
    # the mean of a coefficient over a sample of records is that coefficient
    np.testing.assert_allclose(average_marginal_effects(design, fit).se, fit.se[1:], rtol=1e-9)


def test_every_recorded_result_is_compared(recorded: pd.DataFrame) -> None:
    assert set(recorded.design) == set(NAMES)
    assert set(recorded.what.str.partition(" ")[0]) == {"coefficient", "term", "ame", "independence", "rank"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_of_today_gives_what_was_recorded(tmp_path, recorded: pd.DataFrame) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], check=False, capture_output=True).returncode:
        pytest.skip("the R package survey is not installed")
    record(tmp_path / "now.csv", script="record_models.R")
    now = pd.read_csv(tmp_path / "now.csv").fillna({"term": ""})
    pd.testing.assert_frame_equal(now, recorded, rtol=1e-7, atol=1e-9)
