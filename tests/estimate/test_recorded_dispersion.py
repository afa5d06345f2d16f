"""Variances, and comparisons from replicates, agree with recorded results of R survey (r/record_dispersion.R)."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import Contrast, compare, covariance, estimate, linearise
from surveyproc.values import Centre, Design
from tests.estimate.record_r import RECORDED_DISPERSION, record
from tests.estimate.surveys import by, measure, whole
from tests.estimate.test_recorded_replicates import jackknifed, rows_of, taylor
from tests.estimate.test_recorded_statistics import function_of

NAMES = ("taylor", "jkn", "jkn_mse")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return rows_of("jkn")


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return pd.read_csv(RECORDED_DISPERSION)


def _design(data: pd.DataFrame, name: str) -> Design:
    plain = taylor(data)
    return plain if name == "taylor" else jackknifed(plain, Centre.ESTIMATE if name.endswith("mse") else Centre.MEAN)


@pytest.mark.parametrize("name", NAMES)
def test_variances_equal_svyvar(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> None:
    theirs = recorded[(recorded.design == name) & (recorded.what == "variance")]
    measures = [measure(data, "variance", y) for y in ("income", "age")]
    frame = estimate(_design(data, name), measures, [whole(len(data)), by(data, "region"), by(data, "sex")]).to_frame()
    frame["y"], frame["domain"] = frame.indicator.str.removeprefix("variance:"), frame.domain.replace("total", "whole")
    frame["cell"] = frame.cell.replace("", "whole")
    both = theirs.merge(frame, on=["y", "domain", "cell"], suffixes=("_r", ""), validate="one_to_one")
    assert len(both) == len(theirs) >= 10
    np.testing.assert_allclose(both.value, both.value_r, rtol=1e-11)
    alone = both.status == "one_psu"
    assert set(both.cell[alone]) == {"islet"}
    assert set(both.status[~alone]) == {"ok"}
    np.testing.assert_allclose(both.se[~alone], both.se_r[~alone], rtol=1e-9)
    assert (both.se_r[alone] < 1e-9).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("y", ["income", "age", "moved"])
def test_comparisons_and_covariances_equal_svycontrast(
    data: pd.DataFrame, recorded: pd.DataFrame, name: str, y: str
) -> None:
    theirs = recorded[(recorded.design == name) & (recorded.y == y)].set_index("what")
    design, split, mean = _design(data, name), by(data, "sex"), measure(data, "mean", y)
    female, male = (linearise(design, mean, split, cell=cell) for cell in split.cells)
    found = covariance(design, [female, male])
    assert found[0, 1] == pytest.approx(theirs.value["covariance"], rel=1e-8, abs=1e-12 * found.max())
    for how in ("difference", "quotient"):
        made = compare(design, [Contrast(y, "sex", female, male, how)])
        assert made.value[0] == pytest.approx(theirs.value[how], rel=1e-10)
        assert made.se[0] == pytest.approx(theirs.se[how], rel=1e-9)


@pytest.mark.parametrize("name", ["jkn", "jkn_mse"])
def test_functions_are_worked_out_anew_in_each_replicate(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> None:
    (theirs,) = recorded[(recorded.design == name) & (recorded.what == "function")].itertuples()
    wanted = function_of(data, theirs.y, names=("income", "remittance"))
    found = estimate(_design(data, name), [wanted], [whole(len(data))])
    assert found.value[0] == pytest.approx(theirs.value, rel=1e-12)
    assert found.se[0] == pytest.approx(theirs.se, rel=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_a_ratio_as_a_formula_is_the_ratio(data: pd.DataFrame, name: str) -> None:
    design, splits = _design(data, name), [whole(len(data)), by(data, "region")]
    formula = estimate(design, [function_of(data, "remittance / income", names=("remittance", "income"))], splits)
    ratio = estimate(design, [measure(data, "ratio", "remittance", "income")], splits)
    for column in ("value", "se", "ci_low", "ci_high", "deff", "df", "kish"):
        np.testing.assert_allclose(getattr(formula, column), getattr(ratio, column), rtol=1e-9)


def test_a_standard_deviation_is_the_root_of_a_variance(data: pd.DataFrame) -> None:
    pair = [measure(data, "variance", "income"), measure(data, "sd", "income")]
    variance, sd = estimate(taylor(data), pair, [whole(len(data))]).to_frame().itertuples()
    assert sd.value**2 == pytest.approx(variance.value, rel=1e-14)
    assert 2 * sd.value * sd.se == pytest.approx(variance.se, rel=1e-12)


def test_a_standard_deviation_is_worked_out_anew_in_each_replicate(data: pd.DataFrame) -> None:
    design = _design(data, "jkn_mse")
    (row,) = estimate(design, [measure(data, "sd", "income")], [whole(len(data))]).to_frame().itertuples()
    y, known = data.income.to_numpy(), data.income.notna().to_numpy()
    n = int((known & (design.weight > 0)).sum())

    def sd(factor: np.ndarray) -> float:
        w = (design.weight * factor)[known]
        mean = np.average(y[known], weights=w)
        return float(np.sqrt(np.average((y[known] - mean) ** 2, weights=w) * n / (n - 1)))

    theta = np.array([sd(factor[design.psu]) for factor in design.replicates.factors.T])
    assert row.value == pytest.approx(sd(np.ones(len(design.replicates.factors))[design.psu]), rel=1e-12)
    wanted = np.sqrt((design.replicates.scale * (theta - row.value) ** 2).sum())
    assert row.se == pytest.approx(wanted, rel=1e-9)


def test_kish_and_the_effective_number_of_cases_follow_from_their_definitions(data: pd.DataFrame) -> None:
    frame = estimate(taylor(data), [measure(data, "mean", "income")], [by(data, "region")]).to_frame()
    for row in frame.itertuples():
        known = (data.region.astype(str) == row.cell) & data.income.notna() & (data.weight > 0)
        w = data.weight[known]
        assert row.kish == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2, rel=1e-12)
        assert row.kish > 1
        if row.status == "ok":
            assert row.n_effective == pytest.approx(len(w) / row.deff, rel=1e-14)
        else:
            assert np.isnan(row.n_effective)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.slow
def test_the_record_is_what_r_gives(tmp_path) -> None:
    again = tmp_path / "again.csv"
    try:
        record(again, script="record_dispersion.R")
    except subprocess.CalledProcessError:
        pytest.skip("R has no package survey")
    pd.testing.assert_frame_equal(pd.read_csv(again), pd.read_csv(RECORDED_DISPERSION), rtol=1e-9)
