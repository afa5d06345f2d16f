"""Agreement with R survey on its example data and on synthetic households."""

import pytest

from tests.oracle.survey_reference import Report, compare


@pytest.fixture(scope="module")
def report(shared) -> Report:
    folder = shared / "reference" / "survey"
    if not (folder / "expected.csv").is_file():
        pytest.skip("reference/survey is not in the folder of reference files")
    return compare(folder)


def test_no_row_differs_from_r(report: Report) -> None:
    print(report)
    assert report.differ == []
    assert report.worst < 1e-11


def test_every_row_of_the_reference_is_accounted_for(report: Report) -> None:
    assert report.agree.total() == 2983 + 4
    assert report.no_precision == {"one_case": 271, "one_psu": 314, "R's own interval lacks an end": 4}
    assert report.not_offered == {
        "R itself raises": 4,
        "calibrated weights": 796,
        "fpc of a second stage": 145,
        "lonely psus of a domain adjusted": 680,
        "replicate weights": 1524,
        "svyciprop:asin": 349,
        "svyciprop:beta": 349,
        "svyciprop:xlogit": 349,
    }


@pytest.mark.parametrize("rule", ["remove", "certainty", "adjust", "average", "fpc_adjust", "fpc_average"])
def test_each_rule_for_lonely_psus_is_covered(report: Report, rule: str) -> None:
    assert report.agree[f"hh_lonely_{rule}"] >= 10
