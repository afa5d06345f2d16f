"""Quantiles agree with R survey on its example data and on synthetic households, rule by rule."""

import pytest

from tests.oracle.quantile_reference import compare_quantiles
from tests.oracle.survey_reference import Report


@pytest.fixture(scope="module")
def report(shared) -> Report:
    folder = shared / "reference" / "survey"
    if not (folder / "expected.csv").is_file():
        pytest.skip("reference/survey is not in the folder of reference files")
    return compare_quantiles(folder)


def test_no_quantile_differs_from_r(report: Report) -> None:
    print(report)
    assert report.differ == []
    assert report.worst < 1e-9
