"""Agreement with recorded results of base R on synthetic inputs (tests/demography/r/record.R)."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from surveyproc.demography.lists import log_linear
from surveyproc.demography.proportional import fit_margins
from surveyproc.demography.reference_population import reference_model
from surveyproc.demography.repeats import zero_truncated
from surveyproc.demography.schedule_fit import fit_to_counts, fit_to_rates
from surveyproc.demography.schedules import rogers_castro
from tests.demography.record_r import RECORDED, inputs, record, recorded

GIVEN, R = inputs(), recorded()
LISTS = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0], [0, 0, 1]], float)
MODELS = {"f ~ a + b + c": [], "f ~ a * b + c": [(0, 1)], "f ~ a * b + b * c": [(0, 1), (1, 2)]}


def test_three_ways() -> None:
    truth, seed = (GIVEN[name].reshape(2, 3, 4) for name in ("truth", "seed"))
    margins = {(-3, -2): truth.sum(2), (-3, -1): truth.sum(1), (-2, -1): truth.sum(0)}
    assert fit_margins(seed, margins).table.ravel() == pytest.approx(R["three ways"], rel=1e-9)


def test_schedule_by_least_squares() -> None:
    fit = fit_to_rates(GIVEN["age"], GIVEN["rate"], components=7)
    assert fit.values == pytest.approx(R["schedule"], rel=1e-5)
    assert fit.se == pytest.approx(R["schedule se"], rel=1e-4)


def test_schedule_by_likelihood() -> None:
    fit = fit_to_counts(GIVEN["age"], GIVEN["events"], exposure=GIVEN["people"], components=7)
    mean = GIVEN["people"] * rogers_castro(GIVEN["age"], fit.parameters)
    assert poisson.logpmf(GIVEN["events"], mean).sum() == pytest.approx(R["schedule likelihood"][0], abs=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_lists(name: str) -> None:
    model = log_linear(LISTS, GIVEN["lists"], interactions=MODELS[name])
    ours = [float(model.population.value), float(model.population.se), model.deviance, model.aic]
    assert ours == pytest.approx(R[name], rel=1e-8)


def test_repeats() -> None:
    design = np.stack([np.ones(8), GIVEN["covariate"]], axis=1)
    given = {"frequency": GIVEN["persons"]}
    fit = zero_truncated(GIVEN["contacts"], design, family="poisson", **given)
    assert [float(fit.population.value), fit.log_likelihood] == pytest.approx(R["truncated poisson"], rel=1e-6)
    fit = zero_truncated(GIVEN["contacts"], design, family="zelterman", **given)
    ours = [*fit.coefficients, *np.sqrt(np.diag(fit.covariance))]
    assert ours == pytest.approx(R["zelterman"], rel=1e-8)
    assert fit.population.value == pytest.approx(R["zelterman persons"][0], rel=1e-9)


def test_reference_population() -> None:
    counts = GIVEN["seen"], GIVEN["known"], GIVEN["registered"]
    for estimator, name in (("least_squares", "least squares"), ("poisson", "poisson")):
        model = reference_model(*counts, estimator=estimator, gamma=0.02)
        assert [*model.alpha, *model.beta] == pytest.approx(R[name], rel=1e-8)
        assert model.robust.ravel() == pytest.approx(R[f"{name} hc3"], rel=1e-6)
    model = reference_model(*counts, estimator="negative_binomial", gamma=0.02)
    ours = [*model.alpha, *model.beta, model.theta, model.log_likelihood]
    assert ours == pytest.approx(R["negative binomial"], rel=1e-5)


@pytest.mark.slow
def test_r_says_the_same_now(tmp_path: Path) -> None:
    if shutil.which("Rscript") is None or subprocess.run(["Rscript", "-e", "library(MASS)"], check=False).returncode:
        pytest.skip("Rscript with MASS is not here")
    record(tmp_path / "now.csv")
    now, then = recorded(tmp_path / "now.csv"), recorded(RECORDED)
    assert set(now) == set(then)
    for name, values in then.items():
        assert now[name] == pytest.approx(values, rel=1e-6)
