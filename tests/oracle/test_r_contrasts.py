"""Covariances, contrasts and variances as functions of totals agree with R survey on reference data."""

import json

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import Contrast, compare, covariance, estimate, linearise
from surveyproc.expressions import SMOOTH_FUNCTIONS, parse, slope_of
from surveyproc.problems import Place
from surveyproc.values import Disaggregation, FunctionOf, Measure, Statistic
from tests.oracle.survey_reference import build, disaggregation

MATRICES = {
    "svymean(~api00+enroll+sch_wide_yes)": ("api00", "enroll", "sch_wide_yes"),
    "svyby(~age,~region,svymean,covmat=TRUE)": ("age", "region"),
    "svyby(~migrant,~sex,svymean,covmat=TRUE)": ("migrant", "sex"),
}
VARIANCE = "(yy - y * y / w) / w * n / (n - 1)"


@pytest.fixture(scope="module")
def folder(shared):
    found = shared / "reference" / "survey"
    if not (found / "expected_vcov.csv").is_file():
        pytest.skip("reference/survey is not in the folder of reference files")
    return found


def _load(folder, name: str):
    spec = json.loads((folder / "designs.json").read_text())[name]
    data = pd.read_csv(folder / "data" / f"{spec['dataset']}.csv", keep_default_na=False, na_values=["", "NA"])
    return data, build(data, spec["columns"], folder)


def _mean(data: pd.DataFrame, name: str) -> Measure:
    return Measure(name, Statistic.MEAN, data[name].to_numpy(float), np.ones(len(data), dtype=np.bool_))


def _linearised(data: pd.DataFrame, design, what: str) -> dict:
    names = MATRICES[what]
    if what.startswith("svymean"):
        whole = Disaggregation("total", np.zeros(len(data), dtype=np.int32), ("",))
        return {name: linearise(design, _mean(data, name), whole) for name in names}
    split = disaggregation(data, f"{names[1]}=")
    measure = _mean(data, names[0])
    return {cell.partition("=")[2]: linearise(design, measure, split, cell=cell) for cell in split.cells}


@pytest.mark.parametrize("what", sorted(MATRICES))
def test_covariances_equal_r(folder, what: str) -> None:
    theirs = pd.read_csv(folder / "expected_vcov.csv")
    theirs = theirs[theirs.what == what].pivot(index="row", columns="col", values="cov")
    design_name = {"api00": "strat_fpc"}.get(MATRICES[what][0], "hh_strat_clus")
    data, design = _load(folder, design_name)
    found = _linearised(data, design, what)
    ours = pd.DataFrame(covariance(design, list(found.values())), index=list(found), columns=list(found))
    scale = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
    difference = (ours.loc[theirs.index, theirs.columns].to_numpy() - theirs.to_numpy()) / scale
    assert len(theirs) >= 2
    assert np.abs(difference).max() < 1e-12


def test_a_difference_between_cells_equals_r(folder) -> None:
    expected = pd.read_csv(folder / "expected.csv", low_memory=False)
    theirs = expected[expected.statistic == "contrast"].iloc[0]
    data, design = _load(folder, theirs.design)
    split, measure = disaggregation(data, "sex="), _mean(data, theirs.variable)
    female, male = (linearise(design, measure, split, cell=f"sex={cell}") for cell in ("female", "male"))
    ours = compare(design, [Contrast("migrant", theirs.domain, female, male, "difference")])
    assert ours.value[0] == pytest.approx(theirs.estimate, rel=1e-9)
    assert ours.se[0] == pytest.approx(theirs.se, rel=1e-9)
    assert ours.df[0] == theirs.df


def test_a_variance_is_a_function_of_totals(folder) -> None:
    """R's svyvar without the sampling error of the mean, which vanishes: Σw(y − ȳ) = 0."""
    expected = pd.read_csv(folder / "expected.csv", low_memory=False)
    theirs = expected[(expected.statistic == "variance") & (expected.design == "strat_fpc")].iloc[0]
    data, design = _load(folder, "strat_fpc")
    y = data[theirs.variable].to_numpy(float)
    one = np.ones(len(y))
    slope = slope_of(parse(VARIANCE.replace("n", "$n"), Place(), functions=SMOOTH_FUNCTIONS), {"n": float(len(y))})
    detail = FunctionOf({"yy": y * y, "y": y, "w": one}, slope)
    whole = Disaggregation("total", np.zeros(len(y), dtype=np.int32), ("",))
    ours = estimate(design, [Measure("v", Statistic.FUNCTION, 0 * y, one > 0, detail=detail)], [whole])
    assert ours.value[0] == pytest.approx(theirs.estimate, rel=1e-9)
    assert ours.se[0] == pytest.approx(theirs.se, rel=1e-9)
