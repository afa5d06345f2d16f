"""Agreement with R survey, and with a printed table of sampling errors, on files of real surveys."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import estimate
from surveyproc.values import Statistic
from tests.oracle import real_files

DATASETS = {
    "dhs_model/ZZMR61FL.DTA": 20,
    "lapop/ym23.dta": 9,
    "ghana/ghanaS.sav": 16,
    "eusilc/eusilc.sav": 15,
    "cps/cps_00160.sav": 12,
    "eph/toybase_individual_2016_03.sav": 6,
    "ech/toy_ech_2018.sav": 24,
}
FIELDS = {
    "value": "estimate",
    "se": "se",
    "cv": "cv",
    "deff": "deff",
    "deft": "deft",
    "n_unweighted": "n_unweighted",
    "n_weighted": "sum_w",
    "df": "df",
}
ENDS = {"t": "ci_t", "2se": "ci_2se", "logit": "ci_logit"}
FITTED = 1e-7  # the logistic regression behind R's logit interval stops at a relative change of deviance of 1e-8


@pytest.fixture(scope="module")
def expected(shared) -> pd.DataFrame:
    table = pd.read_csv(shared / "reference" / "survey" / "real_files_r_survey.csv")
    text = ["population", "psu", "strata"]
    return table.assign(**{name: table[name].fillna("").astype(object) for name in text})


def _pairs(shared, expected: pd.DataFrame, dataset: str) -> Iterator[tuple[tuple, str, dict]]:
    data = real_files.read(shared / "data", dataset)
    for row in expected[expected.dataset == dataset].itertuples():
        parts = (
            real_files.design(data, row),
            [real_files.measure(data, row)],
            [real_files.disaggregation(data, row.domain)],
        )
        cell = "" if row.domain == "total" else f"{row.value:g}"
        for method in ENDS:
            frame = estimate(*parts, interval=dict.fromkeys(Statistic, method)).to_frame()
            yield row, method, frame[frame.cell == cell].to_dict("records")[0]


def _differences(row: tuple, method: str, ours: dict) -> Iterator[str]:
    ends = {f"ci_{side}": f"{ENDS[method]}_{side}" for side in ("low", "high")}
    left_empty = set(ends) if method == "logit" and ours["statistic"] != "proportion" else set()
    left_empty |= {"deff", "deft"} if row.kind == "total" else set()
    for mine, theirs in (FIELDS | ends).items():
        wanted = getattr(row, theirs)
        if mine in left_empty:
            assert np.isnan(wanted)
            continue
        tolerance = FITTED if method == "logit" and mine in ends else 1e-9
        if not abs(ours[mine] - wanted) <= tolerance * abs(wanted):
            yield f"{row.indicator} {row.domain} {row.value} {mine}: {ours[mine]!r} for {wanted!r} [{ours['status']}]"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_estimate_of_a_real_file_equals_r(shared, expected, dataset: str) -> None:
    pairs = list(_pairs(shared, expected, dataset))
    assert len(pairs) == 3 * DATASETS[dataset]
    assert [line for row, method, ours in pairs for line in _differences(row, method, ours)] == []


PRINTED = {
    "Urban residence": ("mv102", (1,)),
    "No education": ("mv106", (0,)),
    "Secondary or higher education": ("mv106", (2, 3)),
    "Never married (in union)": ("mv501", (0,)),
    "Currently married (in union)": ("mv501", (1, 2)),
    "Ideal number of children": ("mv613", None),
}


def test_the_printed_sampling_errors_of_a_dhs_report(shared) -> None:
    printed = pd.read_csv(shared / "data" / "dhs_model" / "published_sampling_errors_men.csv")
    printed = printed[printed.indicator.isin(PRINTED)]
    data = real_files.read(shared / "data", "dhs_model/ZZMR61FL.DTA")
    design, measures, splits = real_files.printed_table(data, PRINTED)
    ours = estimate(design, measures, splits, deff="dhs", interval=dict.fromkeys(Statistic, "2se")).to_frame()
    ours["domain"] = ours.cell.replace({"": "Total", "1": "Urban", "2": "Rural"})
    both = printed.merge(ours, on=["domain", "indicator"], suffixes=("_printed", ""), validate="one_to_one")
    assert len(both) == 18
    for name in ("value", "se", "n_unweighted"):
        np.testing.assert_allclose(both[name], both[f"{name}_printed"], atol=0.00051)
    np.testing.assert_allclose(both.n_weighted, both.n_weighted_printed, atol=0.51)
    edge = both.status == "boundary"
    assert both[edge].indicator.tolist() == ["Urban residence"] * 2
    assert (both[edge].se == 0.0).all()
    for name in ("deft", "ci_low", "ci_high"):
        wanted = both[f"{name}_printed" if name == "deft" else f"ci_2se_{name[3:]}"][~edge]
        np.testing.assert_allclose(both[name][~edge], wanted.astype(float), atol=0.00051)
    np.testing.assert_allclose(both.cv[~edge], both.relative_error[~edge].astype(float), atol=0.00051)
