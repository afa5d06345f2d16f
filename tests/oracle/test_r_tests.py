"""Tests of independence and of differences agree with R survey on reference data."""

import json

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate.chisq import independence
from surveyproc.estimate.tests import mean_test
from surveyproc.values import Disaggregation
from tests.oracle.survey_reference import build_named


@pytest.fixture(scope="module")
def folder(shared):
    found = shared / "reference" / "survey"
    if not (found / "expected_tests.csv").is_file():
        pytest.skip("reference/survey is not in the folder of reference files")
    return found


def load(folder, name: str):
    specs = json.loads((folder / "designs.json").read_text())
    spec = specs[name]
    data = pd.read_csv(folder / "data" / f"{spec['dataset']}.csv", keep_default_na=False, na_values=["", "NA"])
    return data, build_named(name, specs, data, folder)


def categories(data: pd.DataFrame, name: str) -> Disaggregation:
    codes, cells = pd.factorize(data[name], sort=True)
    return Disaggregation(name, codes.astype(np.int32), tuple(str(cell) for cell in cells))


DESIGNS = ("strat_fpc", "clus1_fpc", "clus2_fpc2", "hh_strat_clus", "hh_jkn")
NAMES = {"lincom": "saddlepoint"}  # without a package of its own R approximates `lincom` by the saddlepoint


@pytest.mark.parametrize("name", DESIGNS)
def test_independence_equals_r(folder, name: str) -> None:
    expected = pd.read_csv(folder / "expected_tests.csv")
    expected = expected[(expected.design == name) & expected.test.str.startswith("svychisq")]
    assert len(expected) >= 6
    data, design = load(folder, name)
    everyone = np.ones(len(data), dtype=np.bool_)
    for row in expected.itertuples():
        how = row.test.partition(":")[2]
        variables = [categories(data, v.strip("~ ")) for v in row.formula.split("+")]
        ours = independence(design, *variables, universe=everyone, statistic=NAMES.get(how, how), df="design")
        assert ours.status == "ok"
        # R's X² counts the records with a missing answer too
        times = len(data) / ours.domain.n_unweighted if how in ("Chisq", "lincom", "saddlepoint") else 1.0
        near = 1e-6 if how in ("lincom", "saddlepoint") else 1e-9
        place = f"{name} {row.formula} {how}"
        assert ours.statistic * times == pytest.approx(row.statistic, rel=1e-9), place
        assert ours.p == pytest.approx(row.p, rel=near), place
        for mine, theirs in ((ours.df1, row.df1), (ours.df2, row.df2)):
            assert np.isnan(theirs) or mine == pytest.approx(theirs, rel=1e-9), place


def test_differences_of_means_equal_r(folder) -> None:
    expected = pd.read_csv(folder / "expected_tests.csv")
    expected = expected[expected.test == "svyttest"]
    assert len(expected) == 4
    for row in expected.itertuples():
        data, design = load(folder, row.design)
        outcome, group = (part.strip() for part in row.formula.split("~"))
        everyone = np.ones(len(data), dtype=np.bool_)
        ours = mean_test(design, data[outcome].to_numpy(float), categories(data, group), universe=everyone)
        assert ours.status == "ok"
        assert ours.statistic == pytest.approx(row.statistic, rel=1e-9)
        assert ours.df2 == row.df1
        assert ours.p == pytest.approx(row.p, rel=1e-9)
        assert ours.estimate == pytest.approx(float(row.note.partition("=")[2]), rel=1e-9)
