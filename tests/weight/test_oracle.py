"""Weights of R survey's calibrate, postStratify and rake on its example data and synthetic households."""

import numpy as np
import pandas as pd
import pytest

from surveyproc.weight import calibrate

API = {"stype=E": 4421.0, "stype=H": 755.0, "stype=M": 1018.0}


@pytest.fixture(scope="module")
def folder(shared):
    found = shared / "reference" / "survey" / "data"
    if not found.is_dir():
        pytest.skip("reference/survey is not in the folder of reference files")
    return found


def indicators(data: pd.DataFrame, targets: dict[str, float]):
    """Cells, indicators by cell and totals; a name is column=value, with | between columns crossed, or a number's."""
    used = list(dict.fromkeys(c for name in targets for c in name.partition("=")[0].split("|")))
    cells = data.groupby(used, sort=True).ngroup().to_numpy()
    first = data.iloc[np.unique(cells, return_index=True)[1]]
    columns = []
    for name in targets:
        column, known, value = name.partition("=")
        words = first[column.split("|")].astype(str).agg("|".join, axis=1)
        columns.append((words == value) if known else first[column])
    return cells, np.column_stack(columns).astype(float), np.array(list(targets.values()))


CASES = {
    "clus1_cal_linear": ("apiclus1", API | {"api99": 3914069.0}, "linear", None),
    "clus1_cal_raking": ("apiclus1", API | {"api99": 3914069.0}, "raking", None),
    "clus1_cal_logit_05_2": ("apiclus1", API | {"api99": 3914069.0}, "logit", (0.5, 2.0)),
    "clus1_cal_linear_06_16": ("apiclus1", API | {"api99": 3914069.0}, "linear", (0.6, 1.6)),
    "strat_cal_linear": ("apistrat", API | {"api99": 3914069.0}, "linear", None),
    "clus1_cal_stype": ("apiclus1", API, "linear", None),
    "clus1_ps_stype": ("apiclus1", API, "raking", None),
    "clus1_nofpc_ps_stype": ("apiclus1", API, "linear", None),
    "clus1_rake": ("apiclus1", API | {"sch.wide=No": 1072.0, "sch.wide=Yes": 5122.0}, "raking", None),
    "hh_rake": ("synth_hh_nosingle", "margins", "raking", None),
    "hh_ps": ("synth_hh_nosingle", "poststrata", "linear", None),
}


@pytest.mark.parametrize("name", CASES)
def test_weights_equal_r(folder, name) -> None:
    dataset, targets, method, bounds = CASES[name]
    data = pd.read_csv(folder / f"{dataset}.csv")
    if targets == "margins":
        table = pd.read_csv(folder / "synth_hh_margins.csv")
        targets = {f"{r.margin}={r.level}": float(r.total) for r in table.itertuples()}
    elif targets == "poststrata":
        table = pd.read_csv(folder / "synth_hh_poststrata.csv")
        targets = {f"region|sex={r.region}|{r.sex}": float(r.Freq) for r in table.itertuples()}
    weight = data["weight" if "weight" in data else "pw"].to_numpy(float)
    cells, x, totals = indicators(data, targets)
    found = calibrate(weight, cells, x, totals=totals, names=list(targets), method=method, bounds=bounds)
    expected = pd.read_csv(folder / f"weights_{name}.csv").weight.to_numpy()
    np.testing.assert_allclose(found.g * weight, expected, rtol=1e-8)
