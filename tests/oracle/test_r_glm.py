"""Regressions agree with R survey's svyglm on reference data."""

import numpy as np
import pandas as pd
from scipy import stats

from surveyproc.estimate.regression import regress
from surveyproc.estimate.tails import two_sided_t
from surveyproc.values import Family, Regression, Term
from tests.oracle.test_r_tests import folder, load  # noqa: F401

FAMILIES = {"gaussian": Family.LINEAR, "quasibinomial": Family.LOGISTIC, "quasipoisson": Family.POISSON}
R_STOPS = 1e-6  # R stops at a relative change of deviance of 1e-8,
R_LAGS = 1e-4  # and takes working weights and residuals of one step before; at 1e-14 it agrees: test_recorded_models


def column(data: pd.DataFrame, text: str) -> np.ndarray:
    if text.startswith("log("):
        return np.log(data[text[4:-1]].to_numpy(float))
    if text.startswith("I("):
        name, _, power = text[2:-1].partition("^")
        return data[name].to_numpy(float) ** int(power)
    return data[text].to_numpy(float)


def term(data: pd.DataFrame, name: str) -> Term:
    if name in data and not pd.api.types.is_numeric_dtype(data[name]):
        codes, categories = pd.factorize(data[name], sort=True)
        return Term(name, codes.astype(np.int32), tuple(categories), categories[0])
    return Term(name, column(data, name))


def regression(data: pd.DataFrame, family: str, formula: str) -> Regression:
    outcome, _, right = (part.strip() for part in formula.partition("~"))
    word = next(word for word in FAMILIES if family.startswith(word))
    universe = data.age.to_numpy() >= 15 if "age>=15" in family else np.ones(len(data), dtype=np.bool_)
    terms = tuple(term(data, name.strip()) for name in right.split("+"))
    return Regression(formula, FAMILIES[word], column(data, outcome), terms, universe)


def test_coefficients_equal_r(folder) -> None:  # noqa: F811
    expected = pd.read_csv(folder / "expected_glm.csv")
    compared = 0
    for (name, family, formula), theirs in expected.groupby(["design", "family", "formula"], sort=False):
        data, design = load(folder, name)
        fit = regress(design, regression(data, family, formula))
        assert fit.status == "ok"
        names = [f"{t}{c}" or "(Intercept)" for t, c in zip(fit.matrix.term, fit.matrix.category, strict=True)]
        assert names == theirs.term.tolist()
        near = 1e-9 if family == "gaussian" else R_STOPS
        np.testing.assert_allclose(fit.value, theirs.coef, rtol=near, err_msg=formula)
        lag = near if family == "gaussian" else R_LAGS
        np.testing.assert_allclose(fit.se, theirs.se, rtol=lag, err_msg=formula)
        np.testing.assert_allclose(fit.value / fit.se, theirs.t, rtol=lag)
        p = two_sided_t(fit.value / fit.se, np.full(len(names), fit.df))
        np.testing.assert_allclose(p, theirs.p, rtol=20 * lag)
        half = stats.t.ppf(0.975, fit.df) * fit.se
        assert np.abs((fit.value - half - theirs.ci_low) / half).max() < lag
        assert set(theirs.df_resid) == {fit.df}
        assert set(theirs.n) == {fit.domain.n_unweighted}
        compared += len(theirs)
    assert compared == 48
