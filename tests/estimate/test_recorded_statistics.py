"""Quantiles, functions of totals and contrasts agree with recorded results of R survey (r/record_statistics.R)."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import Contrast, compare, covariance, estimate, linearise
from surveyproc.expressions import SMOOTH_FUNCTIONS, parse, slope_of
from surveyproc.problems import Place
from surveyproc.values import FunctionOf, Measure, QuantileAt, Statistic
from tests.estimate.record_r import RECORDED_STATISTICS, record
from tests.estimate.surveys import by, design_of, measure, whole
from tests.estimate.synthetic import make_survey

SHAPES = {"strata_psu_fpc": {"fpc": True}, "strata_psu": {}, "weights_only": {"strata": False, "psu": False}}
TOTALS = ("income", "remittance", "age")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return make_survey()


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return pd.read_csv(RECORDED_STATISTICS).fillna({"detail": ""})


def _design(data: pd.DataFrame, name: str):
    return design_of(data, lonely="certainty", **SHAPES[name])


def function_of(data: pd.DataFrame, text: str, names=TOTALS, **more) -> Measure:
    totals = {name: data[name].to_numpy(float) for name in names}
    known = np.where(np.any([np.isnan(y) for y in totals.values()], axis=0), np.nan, 0.0)
    slope = slope_of(parse(text, Place(), functions=SMOOTH_FUNCTIONS), {})
    everyone = np.ones(len(data), dtype=np.bool_)
    return Measure(text, Statistic.FUNCTION, known, everyone, detail=FunctionOf(totals, slope), **more)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_quantiles_equal_r(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> None:
    theirs = recorded[(recorded.design == name) & (recorded.what == "quantile")]
    columns = {y: data[y].to_numpy(float) for y in theirs.y.unique()}
    everyone = np.ones(len(data), dtype=np.bool_)

    def quantile(y: str, p: float, detail: str) -> Measure:
        at = QuantileAt(p, *detail.split())
        return Measure(y, Statistic.QUANTILE, columns[y], everyone, category=f"{p} {detail}", detail=at)

    wanted = theirs[["y", "p", "detail"]].drop_duplicates()
    measures = [quantile(*row) for row in wanted.itertuples(index=False, name=None)]
    splits = [whole(len(data)), by(data, "region"), by(data, "sex")]
    frame = estimate(_design(data, name), measures, splits).to_frame()
    frame["y"], frame["domain"] = frame.indicator, frame.domain.replace("total", "whole")
    frame["cell"] = frame.cell.replace("", "whole")
    theirs = theirs.assign(category=theirs.p.astype(str) + " " + theirs.detail)
    both = theirs.merge(frame, on=["y", "domain", "cell", "category"], suffixes=("_r", ""), validate="one_to_one")
    assert len(both) == len(theirs) > 150
    np.testing.assert_allclose(both.value, both.value_r, rtol=1e-12)
    sound = both[both.status == "ok"]
    assert len(sound) > 0.8 * len(both)
    assert set(both.status) <= {"ok", "open"}
    np.testing.assert_allclose(sound.se, sound.se_r, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(sound.ci_low, sound.low, rtol=1e-10)
    np.testing.assert_allclose(sound.ci_high, sound.high, rtol=1e-10)
    without = both[both.status == "open"].se_r
    assert (without.isna() | (without == 0)).all()  # R takes a share of 1 to have no error, and so its quantile


def test_every_rule_and_interval_is_recorded(recorded: pd.DataFrame) -> None:
    ways = {detail for detail in recorded.detail if detail}
    assert len(ways) == 4 + 11
    assert len(recorded) > 1000


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_functions_of_totals_equal_r(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> None:
    theirs = recorded[(recorded.design == name) & (recorded.what == "function")]
    ours = estimate(_design(data, name), [function_of(data, text) for text in theirs.y], [whole(len(data))])
    assert len(theirs) == 4
    np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-12)
    np.testing.assert_allclose(ours.se, theirs.se, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize("y", ["income", "age"])
def test_contrasts_equal_r(data: pd.DataFrame, recorded: pd.DataFrame, name: str, y: str) -> None:
    theirs = recorded[(recorded.design == name) & (recorded.y == y)].set_index("what")
    design, mean = _design(data, name), measure(data, "mean", y)
    female, male = (linearise(design, mean, by(data, "sex"), cell=cell) for cell in ("female", "male"))
    matrix = covariance(design, [female, male])
    product = np.sqrt(matrix[0, 0] * matrix[1, 1])
    np.testing.assert_allclose(matrix[0, 1], theirs.value["covariance"], rtol=1e-9, atol=1e-13 * product)
    for how in ("difference", "quotient"):
        ours = compare(design, [Contrast(y, "sex: female, male", female, male, how)])
        np.testing.assert_allclose([ours.value[0], ours.se[0]], [theirs.value[how], theirs.se[how]], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_of_today_gives_what_was_recorded(tmp_path, recorded: pd.DataFrame) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], check=False, capture_output=True).returncode:
        pytest.skip("the R package survey is not installed")
    record(tmp_path / "now.csv", script="record_statistics.R")
    now = pd.read_csv(tmp_path / "now.csv").fillna({"detail": ""})
    pd.testing.assert_frame_equal(now, recorded, rtol=1e-9, atol=1e-9)
