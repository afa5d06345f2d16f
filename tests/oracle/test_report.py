"""Every row of the reference is compared with ours, and what is not is named."""

import pandas as pd

from tests.oracle.report import Whole

LEFT_OUT = {"interval of scores": 35, "R itself raises": 4}
EXPLAINED = {
    "R's asin turns back at 0 or 1": 24,
    "R's own interval lacks an end": 4,
    "infinite log-odds in a replicate": 4,
    "a share met exactly that R misses by rounding": 3,
}


def test_no_row_differs(whole: Whole) -> None:
    print(whole)
    assert whole.estimates.of("differs") == []
    assert whole.covariances.of("differs") == []


def test_every_row_is_accounted_for(whole: Whole, oracle_folder) -> None:
    assert sorted(whole.estimates.lines) == list(
        range(len(pd.read_csv(oracle_folder / "expected.csv", low_memory=False)))
    )
    assert sorted(whole.covariances.lines) == list(range(len(pd.read_csv(oracle_folder / "expected_vcov.csv"))))
    assert len(whole.estimates.lines) >= 9374


def test_what_is_left_out_is_named(whole: Whole) -> None:
    left_out = whole.estimates.reasons("not offered")
    assert left_out == LEFT_OUT
    assert whole.estimates.reasons("explained") == EXPLAINED
    assert whole.covariances.reasons("not offered") == {}


def test_only_statuses_withhold_precision(whole: Whole) -> None:
    assert whole.estimates.reasons("value only").keys() <= {"one_case", "one_psu", "open", "constant", "control"}
    assert whole.estimates.reasons("no value").keys() <= {"empty", "all_missing"}


def test_most_rows_are_compared_in_several_figures(whole: Whole) -> None:
    agreeing = whole.estimates.of("agrees")
    assert len(agreeing) >= 7000
    assert sum(line.figures for line in agreeing) >= 4 * len(agreeing)
