"""Agreement with recorded results of R survey on the synthetic survey (tests/estimate/r/record.R)."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import estimate
from tests.estimate.record_r import RECORDED, record
from tests.estimate.surveys import by, design_of, measure, whole
from tests.estimate.synthetic import make_survey

SHAPES = {
    "strata_psu_fpc": {"fpc": True},
    "strata_psu": {},
    "strata_only": {"psu": False},
    "psu_only": {"strata": False},
    "weights_only": {"strata": False, "psu": False},
}
THINGS = {
    ("proportion", "moved", ""),
    ("mean", "income", ""),
    ("mean", "year", ""),
    ("total", "moved", ""),
    ("total", "income", ""),
    ("ratio", "remittance", "income"),
}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return make_survey()


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return pd.read_csv(RECORDED, dtype={"x": str}).fillna({"x": ""})


def _ours(data: pd.DataFrame, name: str) -> pd.DataFrame:
    """Our estimates in the columns of the recorded ones."""
    shape, rule = name.split("/")
    design = design_of(data, lonely=rule, **SHAPES[shape])
    measures = [measure(data, kind, y, x or None, category=x) for kind, y, x in sorted(THINGS)]
    splits = [whole(len(data)), by(data, "region"), by(data, "sex")]
    frame = estimate(design, measures, splits, deff="srs").to_frame()
    frame["deff_wr"] = estimate(design, measures, splits).deff
    frame["kind"], frame["y"] = frame.statistic, frame.indicator.str.partition(":")[2]
    frame["domain"] = frame.domain.replace("total", "whole")
    frame["cell"] = frame.cell.replace("", "whole")
    return frame.rename(columns={"category": "x"})


def _compared(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> pd.DataFrame:
    key = ["kind", "y", "x", "domain", "cell"]
    theirs = recorded[recorded.design == name]
    both = _ours(data, name).merge(theirs, on=key, suffixes=("", "_r"), validate="one_to_one")
    assert len(both) == len(theirs) > 20
    return both


def _same(ours: pd.Series, theirs: pd.Series, tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(ours.to_numpy(float), theirs.to_numpy(float), rtol=tolerance, atol=0)


def test_every_recorded_design_is_compared(recorded: pd.DataFrame) -> None:
    assert {name.split("/")[0] for name in recorded.design} == set(SHAPES)
    assert set(recorded[["kind", "y", "x"]].itertuples(index=False, name=None)) == THINGS
    assert len(recorded) == 350


@pytest.mark.parametrize(
    "name",
    ["strata_psu_fpc/adjust", "strata_psu_fpc/certainty"]
    + [f"strata_psu/{rule}" for rule in ("adjust", "average", "certainty", "remove")]
    + ["strata_only/fail", "psu_only/fail", "weights_only/fail"],
)
def test_estimates_equal_r(data: pd.DataFrame, recorded: pd.DataFrame, name: str) -> None:
    both = _compared(data, recorded, name)
    _same(both.value, both.value_r)
    assert (both.df == both.df_r).all()
    assert (both.n_unweighted == both.n).all()
    good = both[both.status == "ok"]
    assert len(good) > 15
    _same(good.se, good.se_r)
    _same(good.deff, good.deff_r)
    means = good[good.kind != "ratio"]
    _same(means.deff_wr, means.deff_wr_r)
    shares = good[good.kind == "proportion"]
    _same(shares.ci_low, shares.logit_low)
    _same(shares.ci_high, shares.logit_high)
    rest = both[both.status.isin(["boundary", "constant"])]
    assert (rest.se == 0.0).all()
    assert (rest.se_r <= 1e-9).all()
    assert set(both[both.status == "one_psu"].cell) <= {"islet"}


def test_cells_that_r_gives_no_sound_error_for_have_a_status(data: pd.DataFrame, recorded: pd.DataFrame) -> None:
    both = _compared(data, recorded, "strata_psu/adjust").set_index(["kind", "y", "cell"])
    assert both.loc[("proportion", "moved", "south"), "status"] == "boundary"
    islet = both.xs("islet", level="cell")
    assert (islet.status == "one_psu").all()
    assert islet.se.isna().all()
    assert islet.ci_low.isna().all()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_of_today_gives_what_was_recorded(tmp_path, recorded: pd.DataFrame) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], check=False, capture_output=True).returncode:
        pytest.skip("the R package survey is not installed")
    record(tmp_path / "now.csv")
    now = pd.read_csv(tmp_path / "now.csv", dtype={"x": str}).fillna({"x": ""})
    pd.testing.assert_frame_equal(now, recorded, rtol=1e-9, atol=1e-9)
