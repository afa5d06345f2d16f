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
    for mine, theirs in (FIELDS | ends).items():
        wanted = getattr(row, theirs)
        if mine.startswith("deff") or mine.startswith("deft"):
            wanted = np.nan if row.kind == "total" else wanted
            if row.kind == "total":
                continue  # the table leaves it empty
        if np.isnan(wanted) and method == "logit" and mine in ends:
            continue  # no logit interval of a mean or a total
        tolerance = LOGIT if method == "logit" and mine in ends else 1e-9
        if not abs(ours[mine] - wanted) <= tolerance * abs(wanted):
            yield f"{row.indicator} {row.domain} {row.value} {mine}: {ours[mine]!r} for {wanted!r} [{ours['status']}]"


LOGIT = 1e-7  # the logistic regression behind R's interval stops at a relative change of deviance of 1e-8


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_estimate_of_a_real_file_equals_r(shared, expected, dataset: str) -> None:
    pairs = list(_pairs(shared, expected, dataset))
    assert len(pairs) == 3 * DATASETS[dataset]
    assert [line for row, method, ours in pairs for line in _differences(row, method, ours)] == []
