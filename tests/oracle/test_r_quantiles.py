"""Quantiles agree with R survey on its example data and on synthetic households, rule by rule."""

from fractions import Fraction

import pandas as pd
import pytest

from tests.oracle.survey_reference import Report


@pytest.fixture(scope="module")
def report(whole) -> Report:
    return whole.quantiles


def test_no_quantile_differs_from_r(report: Report) -> None:
    print(report)
    assert report.differ == []
    assert report.worst < 1e-9


def test_every_quantile_of_the_reference_is_accounted_for(report: Report) -> None:
    assert report.agree.total() == 1220
    assert report.no_precision == {
        "one_case": 78,
        "one_psu": 80,
        "open": 187,
        "a share met exactly that R misses by rounding": 3,
    }
    assert {word: n for word, n in report.not_offered.items() if n} == {"interval of scores": 35}


def test_each_rule_and_interval_is_covered(report: Report) -> None:
    rules = ["math", "school", "shahvaish", *(f"hf{k}" for k in range(1, 10))]
    ways = [f"qrule={rule};interval=mean" for rule in rules]
    ways += [f"qrule=math;interval={interval}" for interval in ("xlogit", "beta", "asin")]
    assert set(report.agree) == set(ways)
    assert min(report.agree.values()) >= 15


def test_a_share_met_exactly_is_met(shared) -> None:
    data = pd.read_csv(shared / "reference" / "survey" / "data" / "apistrat.csv")
    high = data[data.stype == "H"]
    assert high.pw.nunique() == 1
    assert Fraction(int((high.api00 <= 467).sum()), len(high)) == Fraction(int((high.enroll <= 357).sum()), len(high))
    assert Fraction(int((high.api00 <= 467).sum()), len(high)) == Fraction(1, 10)
