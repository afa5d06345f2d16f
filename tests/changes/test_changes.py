"""Changes between rounds: against Welch's test, by hand, and what has no change to tell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveyproc.changes import CHANGE_COLUMNS, changes, read_estimates
from surveyproc.estimate import estimate
from surveyproc.problems import SurveyprocError
from surveyproc.publish.csv import estimates_csv
from surveyproc.values import ESTIMATE_COLUMNS
from tests.estimate.surveys import design_of, measure, whole


def rows(*given: dict) -> pd.DataFrame:
    usual = {**dict.fromkeys(ESTIMATE_COLUMNS, ""), "indicator": "I", "statistic": "mean", "domain": "total"}
    usual |= {"value": 10.0, "se": 1.0, "df": 30.0, "status": "ok", "shown": "publish", "module": "m@1.0.0"}
    return pd.DataFrame([usual | one for one in given])


def one(now: dict, before: dict, **choices: float) -> pd.Series:
    return changes(rows(now), rows(before), **choices).iloc[0]


def test_two_simple_random_samples_give_welchs_test() -> None:
    rng = np.random.default_rng(1)
    samples = [rng.normal(5.0, 2.0, 40), rng.normal(6.0, 3.0, 25)]
    frames = []
    for sample in samples:
        data = pd.DataFrame({"stratum": 0, "psu": np.arange(len(sample)), "weight": 7.0, "y": sample})
        design = design_of(data, strata=False, psu=False)
        found = estimate(design, [measure(data, "mean", "y")], [whole(len(data))]).to_frame()
        frames.append(found.assign(shown="publish", module="m@1.0.0"))
    made = changes(frames[1], frames[0]).iloc[0]
    welch = stats.ttest_ind(samples[1], samples[0], equal_var=False)
    assert made.change == pytest.approx(samples[1].mean() - samples[0].mean(), rel=1e-12)
    assert made.t == pytest.approx(welch.statistic, rel=1e-10)
    assert made.df == pytest.approx(welch.df, rel=1e-10)
    assert made.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    interval = welch.confidence_interval(0.95)
    assert (made.ci_low, made.ci_high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_a_change_by_hand() -> None:
    made = one({"value": 13.0, "se": 4.0}, {"value": 10.0, "se": 3.0})
    assert (made.change, made.se, made.t) == (3.0, 5.0, 0.6)
    assert made.df == pytest.approx(625 / (256 / 30 + 81 / 30))
    assert list(changes(rows({}), rows({})).columns) == list(CHANGE_COLUMNS)
    narrow = one({"value": 13.0, "se": 4.0}, {"value": 10.0, "se": 3.0}, confidence=0.5)
    assert made.ci_low < narrow.ci_low < 3.0 < narrow.ci_high < made.ci_high


GONE = {"shown": "suppress", "status": "suppressed", "value": np.nan, "se": np.nan}


@pytest.mark.parametrize(
    ("side", "status"),
    [
        (GONE, "suppressed"),
        ({"status": "not_asked", "value": np.nan, "se": np.nan}, "not_asked"),
        ({"status": "empty", "value": np.nan, "se": np.nan}, "empty"),
        ({"status": "one_psu", "se": np.nan}, "no_precision"),
        ({"status": "boundary", "se": 0.0}, "no_precision"),
    ],
)
@pytest.mark.parametrize("which", ["now", "before"])
def test_what_has_no_change_says_why_and_tells_no_number(side: dict, status: str, which: str) -> None:
    made = one(side, {}) if which == "now" else one({}, side)
    assert made.status == status
    assert made[["change", "se", "ci_low", "ci_high", "t", "df", "p_value"]].isna().all()
    assert made[["now", "before"]].isna().all() == (status != "no_precision")


def test_only_what_both_have_is_compared_and_comparisons_are_not() -> None:
    now = rows({}, {"indicator": "J"}, {"statistic": "difference", "domain": "sex: a − b"})
    before = rows({}, {"indicator": "K"}, {"statistic": "difference", "domain": "sex: a − b"})
    assert changes(now, before).indicator.tolist() == ["I"]


def test_files_of_two_runs_are_read_back(tmp_path: Path) -> None:
    for name, value in (("now", 12.0), ("before", 10.0)):
        (tmp_path / f"{name}.csv").write_bytes(estimates_csv(rows({"value": value}, {"indicator": "J", **GONE})))
    now, before = (read_estimates(tmp_path / f"{name}.csv") for name in ("now", "before"))
    made = changes(now, before)
    assert made.change[0] == 2.0
    assert made.status.tolist() == ["ok", "suppressed"]


NO_FILES = {None: "config.not-found", b"a,b\n1,2\n": "config.missing-key"}
NO_FILES |= dict.fromkeys((b"", b"\xff\xfe,\n\xff"), "config.unreadable")


@pytest.mark.parametrize(("content", "code"), NO_FILES.items())
def test_a_file_that_is_none_of_estimates_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SurveyprocError) as caught:
        read_estimates(path)
    assert caught.value.problems[0].code == code
