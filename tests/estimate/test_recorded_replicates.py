"""Agreement with recorded results of R survey: two stages, and replicates (tests/estimate/r/record_replicates.R)."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveyproc.design import StageKeys, compile_design, make_replicates, supplied_replicates
from surveyproc.estimate import estimate
from surveyproc.values import Centre, Design, LonelyPsu
from tests.estimate.record_r import RECORDED_REPLICATES, record
from tests.estimate.surveys import by, measure, whole
from tests.estimate.synthetic import make_survey

THINGS = [
    ("proportion", "moved", ""),
    ("mean", "income", ""),
    ("total", "income", ""),
    ("ratio", "remittance", "income"),
]
SE_ONLY = ("jkn_lonely_adjust", "jkn_lonely_remove")  # R's rank counts the lonely psu


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return pd.read_csv(RECORDED_REPLICATES, dtype={"x": str}).fillna({"x": ""})


def rows_of(name: str) -> pd.DataFrame:
    data = make_survey()
    if "lonely" not in name:
        data = data[data.stratum != 9]
    if name == "brr":
        data = data[data.psu <= 2]
    data = data.reset_index(drop=True)
    data["homes"] = 2.0 * data.groupby(["stratum", "psu"]).household.transform("nunique") + 3
    data["certain"] = data.groupby("stratum").psu.transform("nunique").astype(float)
    return data


def taylor(
    data: pd.DataFrame, *, fpc: str = "", strata: bool = True, rule: str = "fail", homes: bool = False
) -> Design:
    stage = StageKeys([data.household.to_numpy()], fpc=data.homes.to_numpy())
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()] if strata else None,
        psu=[(data.stratum * 1000 + data.psu).to_numpy()],
        fpc=data[fpc].to_numpy(float) if fpc else None,
        lonely_psu=LonelyPsu(rule),
        stages=[stage] if homes else [],
    )
    assert design is not None, problems
    return design


def jackknifed(design: Design, centre: Centre, method: str = "jkn") -> Design:
    replicates, problems = make_replicates(design, method, centre=centre)
    assert replicates is not None, problems
    return replace(design, replicates=replicates)


def with_columns(data: pd.DataFrame, centre: Centre) -> Design:
    """The jackknife's weights as R made them, in its order of psus, with scales of our own."""
    made = jackknifed(taylor(data, fpc="population_psus"), Centre.MEAN)
    factors = made.replicates.factors[made.psu] * data.weight.to_numpy()[:, None]
    replicates, problems = supplied_replicates(
        data.weight.to_numpy(),
        list(factors.T),
        scale=0.7,
        rscales=np.linspace(0.5, 1.5, factors.shape[1]).tolist(),
        centre=centre,
    )
    assert replicates is not None, problems
    return replace(made, replicates=replicates)


def design_of(name: str, data: pd.DataFrame) -> Design:
    return {
        "two_stages": lambda: taylor(data, fpc="population_psus", homes=True),
        "two_stages_certain": lambda: taylor(data, fpc="certain", homes=True),
        "jkn": lambda: jackknifed(taylor(data), Centre.MEAN),
        "jkn_mse_fpc": lambda: jackknifed(taylor(data, fpc="population_psus"), Centre.ESTIMATE),
        "jkn_lonely_adjust": lambda: jackknifed(taylor(data, rule="adjust"), Centre.ESTIMATE),
        "jkn_lonely_remove": lambda: jackknifed(taylor(data, rule="remove"), Centre.ESTIMATE),
        "jk1": lambda: jackknifed(taylor(data, strata=False), Centre.ESTIMATE, "jk1"),
        "brr": lambda: jackknifed(taylor(data), Centre.ESTIMATE, "brr"),
        "supplied": lambda: with_columns(data, Centre.MEAN),
        "supplied_mse": lambda: with_columns(data, Centre.ESTIMATE),
    }[name]()


TAYLOR = ("two_stages", "two_stages_certain")
MADE = ("jkn", "jkn_mse_fpc", "jkn_lonely_adjust", "jkn_lonely_remove", "jk1", "brr")


@pytest.mark.parametrize("name", [*TAYLOR, *MADE, "supplied", "supplied_mse"])
def test_estimates_equal_r(recorded: pd.DataFrame, name: str) -> None:
    data = rows_of(name)
    measures = [measure(data, kind, y, x or None, category=x) for kind, y, x in THINGS]
    frame = estimate(
        design_of(name, data), measures, [whole(len(data)), by(data, "region"), by(data, "sex")]
    ).to_frame()
    frame["kind"], frame["y"] = frame.statistic, frame.indicator.str.partition(":")[2]
    frame["domain"] = frame.domain.replace("total", "whole")
    frame["cell"] = frame.cell.replace("", "whole")
    key = ["kind", "y", "x", "domain", "cell"]
    theirs = recorded[recorded.design == name]
    both = frame.rename(columns={"category": "x"}).merge(theirs, on=key, suffixes=("", "_r"), validate="one_to_one")
    assert len(both) == len(theirs) >= 7
    np.testing.assert_allclose(both.value, both.value_r, rtol=1e-10)
    good = both[both.status == "ok"]
    assert len(good) >= 6
    np.testing.assert_allclose(good.se, good.se_r, rtol=1e-9)
    # R takes the rank of replicates made from the design; ours are psus − strata, the same where no stratum is split.
    same = good[good.cell != "islet"] if name.startswith("two") else good[good.domain == "whole"]
    if name not in SE_ONLY:
        assert same.df.tolist() == same.df_r.tolist()
    rest = both[~both.status.isin(["ok", "one_psu"])]
    assert (rest.se == 0.0).all()
    assert (rest.se_r <= 1e-9).all()


def test_every_recorded_design_is_compared(recorded: pd.DataFrame) -> None:
    assert len(recorded) == 259
    assert recorded.design.nunique() == 10


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_of_today_gives_what_was_recorded(tmp_path, recorded: pd.DataFrame) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], check=False, capture_output=True).returncode:
        pytest.skip("the R package survey is not installed")
    record(tmp_path / "now.csv", "record_replicates.R")
    now = pd.read_csv(tmp_path / "now.csv", dtype={"x": str}).fillna({"x": ""})
    pd.testing.assert_frame_equal(now, recorded, rtol=1e-9, atol=1e-9)
