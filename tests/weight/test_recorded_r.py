"""Agreement with recorded results of R survey: calibrated and trimmed weights, and estimates (r/record.R)."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveyproc.design import StageKeys, compile_design, make_replicates
from surveyproc.estimate import estimate
from surveyproc.estimate.chisq import independence
from surveyproc.estimate.regression import regress
from surveyproc.values import Calibration, Centre, Design, Disaggregation, Family, LonelyPsu, Regression, Term
from surveyproc.weight import apply, household_means, rake, trim
from tests.estimate.surveys import by, measure, whole
from tests.estimate.synthetic import make_survey
from tests.weight.record_r import ESTIMATES, WEIGHTS, record

THINGS = [
    ("proportion", "moved", ""),
    ("mean", "income", ""),
    ("total", "income", ""),
    ("ratio", "remittance", "income"),
]
AREAS, SEXES, BANDS = ("east", "north", "south"), ("female", "male"), ("0-14", "15-29", "30-59", "60+")
NAMES = pd.read_csv(ESTIMATES).design.unique().tolist()


@pytest.fixture(scope="module")
def estimates() -> pd.DataFrame:
    return pd.read_csv(ESTIMATES).fillna({"x": ""})


@pytest.fixture(scope="module")
def weights() -> pd.DataFrame:
    return pd.read_csv(WEIGHTS)


def all_rows() -> pd.DataFrame:
    data = make_survey()
    data = data[data.weight > 0].reset_index(drop=True)
    data["row"] = np.arange(len(data))
    data["one_psu"] = data.stratum * 1000 + data.psu
    data["home"] = data.one_psu * 100 + data.household
    data["homes"] = 2.0 * data.groupby("one_psu").home.transform("nunique") + 3
    data["band"] = pd.cut(data.age, [-1, 14, 29, 59, 200], labels=list(BANDS)).astype(str)
    data["area"] = data.region.replace("islet", "south")
    return data


def rows_of(name: str) -> pd.DataFrame:
    data = all_rows()
    if "lonely" not in name:
        data = data[data.stratum != 9]
    if name == "brr":
        data = data[data.psu <= 2]
    return data.reset_index(drop=True)


def base_design(name: str, data: pd.DataFrame) -> Design:
    with_fpc = name in ("fpc", "poststratified", "two_stages", "integrative")
    stages = [StageKeys([data.home.to_numpy()], fpc=data.homes.to_numpy())]
    rule = {"lonely_remove": "remove", "lonely_average": "average"}.get(name, "fail")
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()],
        psu=[data.one_psu.to_numpy()],
        fpc=data.population_psus.to_numpy() if with_fpc else None,
        lonely_psu=LonelyPsu(rule),
        stages=stages if name in ("two_stages", "integrative") else [],
    )
    assert design is not None, problems
    method = "jkn" if name.startswith("jkn") else "brr" if name == "brr" else ""
    if method:
        replicates, problems = make_replicates(design, method, centre=Centre.ESTIMATE)
        assert replicates is not None, problems
        design = replace(design, replicates=replicates)
    return design


def changed(data: pd.DataFrame, columns: list[str], factors: list[float]) -> np.ndarray:
    """Totals of a margin as the script has them; of a crossing with the first column running fastest."""
    table = data.groupby(list(reversed(columns))).weight.sum().to_numpy() * np.array(factors)
    return table / table.sum() * 1.04 * data.weight.sum()


def step_of(name: str, data: pd.DataFrame, design: Design) -> Calibration:
    area = changed(data, ["area"], [1.1, 0.95, 1.02])
    sex = changed(data, ["sex"], [1.03, 0.98])
    age = 1.06 * (data.weight * data.age).sum()
    is_area, is_sex, is_band = (
        np.column_stack([data[column] == word for word in words]).astype(float)
        for column, words in (("area", AREAS), ("sex", SEXES), ("band", BANDS))
    )
    more = {"before": design.weight, "cells": np.arange(len(data), dtype=np.int32)}
    if name == "variance":
        x = data.age.to_numpy(float)[:, None]
        spread = np.maximum(data.age.to_numpy(float), 1.0)
        return Calibration(auxiliary=x, totals=np.array([age]), names=("age",), spread=spread, **more)
    if name.endswith("poststratified"):
        x = np.column_stack([a * s for s in is_sex.T for a in is_area.T])
        totals = changed(data, ["area", "sex"], [1.1, 0.95, 1.02, 0.93, 1.04, 0.99])
        return Calibration(auxiliary=x, totals=totals, names=tuple("abcdef"), **more)
    if name.endswith("raked"):
        totals = np.concatenate((area, sex, changed(data, ["band"], [1.2, 0.9, 1, 1.05])))
        more |= {"method": "raking", "margins": (0, 0, 0, 1, 1, 2, 2, 2, 2), "residuals": "sweeps"}
        x = np.hstack((is_area, is_sex, is_band))
        return Calibration(auxiliary=x, totals=totals, names=tuple("abcdefghi"), **more)
    x = np.column_stack((is_area, is_sex, data.age))  # all categories: two constraints more than R is given
    totals = np.concatenate((area, sex, [age]))
    if name.startswith("integrative"):
        home = pd.factorize(data.home)[0].astype(np.int32)
        x, more["cells"] = household_means(design.weight, more["cells"], x, home), home
    method = next((m for m in ("raking", "logit") if m in name), "linear")
    bounds = {"logit": (0.6, 1.7), "bounded": (0.93, 1.22)}.get(name)
    return Calibration(auxiliary=x, totals=totals, names=tuple("abcdef"), method=method, bounds=bounds, **more)


def calibrated(name: str) -> tuple[pd.DataFrame, Design]:
    data = rows_of(name)
    base = base_design(name, data)
    design, failure = apply(base, [step_of(name, data, base)])
    assert failure is None, failure
    return data, design


@pytest.mark.parametrize("name", NAMES)
def test_weights_equal_r(weights, name) -> None:
    data, design = calibrated(name)
    theirs = weights[weights.what == name].set_index("row").weight
    mine = pd.Series(design.weight, index=data.row)[theirs.index]
    assert len(theirs) >= 50
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_estimates_equal_r(estimates, name) -> None:
    data, design = calibrated(name)
    measures = [measure(data, kind, y, x or None, category=x) for kind, y, x in THINGS]
    frame = estimate(design, measures, [whole(len(data)), by(data, "region"), by(data, "sex")]).to_frame()
    frame["kind"], frame["y"] = frame.statistic, frame.indicator.str.partition(":")[2]
    frame = frame.replace({"domain": {"total": "whole"}, "cell": {"": "whole"}}).rename(columns={"category": "x"})
    theirs = estimates[(estimates.design == name) & ~estimates.kind.isin(["glm", "chisq"])]
    key = ["kind", "y", "x", "domain", "cell"]
    both = frame.merge(theirs, on=key, suffixes=("", "_r"), validate="one_to_one")
    assert len(both) == len(theirs) >= 7
    np.testing.assert_allclose(both.value, both.value_r, rtol=1e-9)
    good = both[both.status == "ok"]
    assert len(good) >= 6
    np.testing.assert_allclose(good.se, good.se_r, rtol=1e-8 if "raked" in name else 1e-9)


@pytest.mark.parametrize("name", ["linear", "raking", "poststratified", "two_stages", "jkn"])
def test_models_and_tests_equal_r(estimates, name) -> None:
    data, design = calibrated(name)
    everyone = np.ones(len(data), dtype=np.bool_)
    sex = by(data, "sex")
    terms = (Term("sex", sex.codes, sex.cells, "female"), Term("age", data.age.to_numpy(float)))
    fit = regress(design, Regression("m", Family.LOGISTIC, data.moved.to_numpy(float), terms, everyone))
    theirs = estimates[(estimates.design == name) & (estimates.kind == "glm")].set_index("x")
    good = fit.statuses == "ok"
    names = ["(Intercept)", "sexmale", "age"]
    np.testing.assert_allclose(fit.value[good], theirs.loc[names].value, rtol=1e-8)
    np.testing.assert_allclose(fit.se[good], theirs.loc[names].se, rtol=1e-8)
    moved = Disaggregation("moved", data.moved.fillna(-1).to_numpy(np.int32), ("no", "yes"))
    test = independence(design, moved, sex, universe=everyone)
    theirs = estimates[(estimates.design == name) & (estimates.kind == "chisq")].iloc[0]
    assert test.statistic == pytest.approx(theirs.value, rel=1e-8)


@pytest.mark.parametrize(("name", "passes"), [("trim", "once"), ("trim_strict", "until within")])
def test_trimmed_weights_equal_r(weights, name, passes) -> None:
    data = all_rows()
    found = trim(data.weight.to_numpy(), lower=40.0, upper=160.0, passes=passes)
    theirs = weights[weights.what == name].set_index("row").weight
    np.testing.assert_allclose(found.weight[theirs.index], theirs, rtol=1e-12)
    assert found.weight.sum() == pytest.approx(data.weight.sum(), rel=1e-12)
    assert not found.impossible.any()


def test_fitting_margins_in_turn_comes_to_raking(weights) -> None:
    data = rows_of("raked")
    step = step_of("raked", data, base_design("raked", data))
    found = rake(
        data.weight.to_numpy(),
        step.cells,
        step.auxiliary,
        totals=step.totals,
        names=step.names,
        margins=step.margins,
        epsilon=1e-13,
        iterations=200,
    )
    theirs = weights[weights.what == "raked"].set_index("row").weight
    np.testing.assert_allclose((found.g * data.weight).set_axis(data.row)[theirs.index], theirs, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_of_today_gives_what_was_recorded(tmp_path, estimates, weights) -> None:
    if subprocess.run(["Rscript", "-e", "library(survey)"], check=False, capture_output=True).returncode:
        pytest.skip("the R package survey is not installed")
    record(tmp_path / "estimates.csv", tmp_path / "weights.csv")
    now = pd.read_csv(tmp_path / "estimates.csv").fillna({"x": ""})
    pd.testing.assert_frame_equal(now, estimates, rtol=1e-8, atol=1e-8)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "weights.csv"), weights, rtol=1e-9)
