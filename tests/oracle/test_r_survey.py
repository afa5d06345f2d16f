"""Agreement with R survey on its example data and on synthetic households."""

import pytest

from tests.oracle.survey_reference import Report


@pytest.fixture(scope="module")
def report(whole) -> Report:
    return whole.smooth


def test_no_row_differs_from_r(report: Report) -> None:
    print(report)
    assert report.differ == []
    assert report.worst < 1e-10


def test_every_row_of_the_reference_is_accounted_for(report: Report) -> None:
    assert report.agree.total() >= 6919
    assert report.no_precision == {
        "one_case": 367,
        "one_psu": 288,
        "control": 7,
        "R's own interval lacks an end": 4,
        "R's asin turns back at 0 or 1": 24,
        "infinite log-odds in a replicate": 4,
    }
    assert report.not_offered == {"R itself raises": 4}


@pytest.mark.parametrize(
    ("design", "rows"),
    [("clus2_fpc2", 145), ("hh_brr", 160), ("hh_fay03_mse", 80), ("hh_jkn", 160), ("hh_mrb_mse", 65), ("hh_boot", 120)],
)
def test_designs_of_several_stages_and_replicates_are_covered(report: Report, design: str, rows: int) -> None:
    assert report.agree[design] == rows


@pytest.mark.parametrize(
    "rule", ["remove", "certainty", "adjust", "average", "fpc_adjust", "fpc_average", "adjust_domadj", "average_domadj"]
)
def test_each_rule_for_lonely_psus_is_covered(report: Report, rule: str) -> None:
    assert report.agree[f"hh_lonely_{rule}"] >= 10
