"""Trends over runs: by hand, against changes of two, and which runs have no trend to tell."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveyproc.changes import changes
from surveyproc.problems import SurveyprocError
from surveyproc.publish.csv import estimates_csv
from surveyproc.store.names import MANIFEST
from surveyproc.trends import TREND_COLUMNS, Finished, read_runs, trends
from tests.changes.test_changes import GONE, rows
from tests.cli.conftest import surveyproc  # noqa: F401

FIGURES = ((2019, 12.0, 1.0, 40.0), (2021, 13.0, 0.5, 55.0), (2025, 16.0, 2.0, 38.0))


def runs(*given: dict | None) -> list[Finished]:
    """The three rounds of FIGURES, each with what differs in it; None: without the round."""
    pairs = zip(FIGURES, given or ({},) * 3, strict=True)
    return [
        Finished(rows({"value": value, "se": se, "df": df} | more), str(year), year + 0.5)
        for (year, value, se, df), more in pairs
        if more is not None
    ]


def test_a_trend_by_hand() -> None:
    made = trends(runs()).iloc[0]
    # weights 1, 4, 1/4; mean time (2019 + 4·2021 + 2025/4) / 5.25 = 2020 + 17/21
    apart = np.array([-38.0, 4.0, 88.0]) / 21
    below = (38**2 + 4 * 4**2 + 88**2 / 4) / 21**2
    share = np.array([1, 4, 0.25]) * apart / below
    assert made.trend == pytest.approx(share @ [12, 13, 16])
    assert made.se == pytest.approx(below**-0.5)
    parts = share**2 * np.array([1, 0.25, 4])
    assert made.df == pytest.approx(parts.sum() ** 2 / (parts**2 / [40, 55, 38]).sum())
    assert made.p_value == pytest.approx(2 * stats.t.sf(made.trend / made.se, made.df))
    assert made.ci_high - made.trend == pytest.approx(stats.t.ppf(0.975, made.df) * made.se)
    x = np.column_stack([np.ones(3), [0, 2, 6]]) / np.array([[1], [0.5], [2]])
    beta, rest = np.linalg.lstsq(x, np.array([12, 26, 8.0]), rcond=None)[:2]
    assert made.trend == pytest.approx(beta[1])
    assert (made.departure, made.departure_df) == (pytest.approx(rest[0]), 1)
    assert (made.rounds, made["first"], made["last"], made.status) == (3, "2019", "2025", "ok")
    assert list(trends(runs()).columns) == list(TREND_COLUMNS)


@pytest.mark.parametrize("out", [0, 1])
def test_the_trend_of_two_rounds_is_their_change_divided_by_the_time(out: int) -> None:
    two = runs(*(None if k == out else {} for k in range(3)))
    found = trends(two[::-1]).iloc[0]  # in any order
    whole = changes(two[1].estimates, two[0].estimates).iloc[0]
    years = two[1].time - two[0].time
    for ours, theirs in (("trend", "change"), ("se", "se"), ("ci_low", "ci_low"), ("ci_high", "ci_high")):
        assert found[ours] * years == pytest.approx(whole[theirs], rel=1e-12)
    for name in ("t", "df", "p_value"):
        assert found[name] == pytest.approx(whole[name], rel=1e-12)
    assert np.isnan(found.departure_p)


@pytest.mark.parametrize("side", [GONE, {"se": 0.0, "status": "boundary"}, {"status": "not_asked", "value": np.nan}])
def test_a_round_without_a_number_is_left_out_and_one_round_is_no_trend(side: dict) -> None:
    found, without = trends(runs({}, side, {})).iloc[0], trends(runs({}, None, {})).iloc[0]
    assert (found.rounds, found.trend, found.se) == (2, without.trend, without.se)
    alone = trends(runs(side, {}, side)).iloc[0]
    word = {"boundary": "no_precision"}.get(side["status"], side["status"])
    assert (alone.status, alone.rounds) == (word, 1)
    assert alone[["trend", "se", "ci_low", "ci_high", "t", "df", "p_value", "departure_p"]].isna().all()


def test_estimates_of_the_latest_run_that_an_earlier_one_has() -> None:
    names = (("I", "K"), ("I", "J"), ("J", "I", "L"))
    given = [
        Finished(rows(*({"indicator": n, "module": f"m@{year}"} for n in some)), str(year), year)
        for year, some in zip((2019, 2021, 2025), names, strict=True)
    ]
    found = trends(given)
    assert found[["indicator", "rounds"]].values.tolist() == [["J", 2], ["I", 3]]
    assert found.modules.tolist() == ["m@2021 → m@2025", "m@2019 → m@2021 → m@2025"]
    assert found.p_value.tolist() == pytest.approx([1.0, 1.0])  # all values are alike


def write(folder: Path, period: object, *estimates: dict) -> Path:
    folder.mkdir()
    (folder / "estimates.csv").write_bytes(estimates_csv(rows(*estimates or ({},))))
    if period is not None:
        (folder / MANIFEST).write_text(json.dumps({"details": {"period": period}}), encoding="utf-8")
    return folder / "estimates.csv"


def test_runs_are_read_with_their_periods_in_the_order_of_time(tmp_path: Path) -> None:
    periods = ({"year": 2025, "month": 1}, {"year": 2024}, {"year": 2024, "quarter": 4})
    found = read_runs([write(tmp_path / str(k), period) for k, period in enumerate(periods)])
    assert [run.period for run in found] == ["2024", "2024-Q4", "2025-01"]
    assert [run.time for run in found] == pytest.approx([2024.5, 2024.875, 2025 + 1 / 24])


@pytest.mark.parametrize("period", [None, {}, {"year": "spring"}, {"year": 2024, "month": 13}, [2024]])
def test_a_run_without_a_period_is_refused(tmp_path: Path, period: object) -> None:
    good, bad = write(tmp_path / "a", {"year": 2024}), write(tmp_path / "b", period)
    with pytest.raises(SurveyprocError) as caught:
        read_runs([good, bad])
    assert [(p.code, p.where.file) for p in caught.value.problems] == [("config.missing-key", bad.as_posix())]


def test_equal_periods_and_a_single_run_are_refused_all_at_once(tmp_path: Path) -> None:
    one, two = (write(tmp_path / name, {"year": 2024, "quarter": 2}) for name in "ab")
    for files in ([one, two], [one, one]):
        with pytest.raises(SurveyprocError, match="period of this run is that of") as caught:
            read_runs([*files, tmp_path / "none.csv"])
        assert [p.code for p in caught.value.problems] == ["config.not-found", "config.bad-value"]
    with pytest.raises(SurveyprocError, match="two runs or more"):
        read_runs([one])


def test_the_command_prints_and_writes_a_new_csv(tmp_path: Path, surveyproc) -> None:  # noqa: F811
    files = [write(tmp_path / str(y), {"year": y}, {"value": v, "se": s, "df": d}) for y, v, s, d in FIGURES]
    shown = surveyproc("trend", *files)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "Linear trend a year over 2019, 2021, 2025"
    assert lines[2].split("\t")[:6] == ["I", "total", "", "3", "2019", "2025"]
    assert "independent" in shown.stderr
    out = tmp_path / "trend.csv"
    assert surveyproc("trend", *files, "--out", out).returncode == 0
    back = pd.read_csv(out, encoding="utf-8-sig")
    assert tuple(back.columns) == TREND_COLUMNS
    assert back.trend[0] == trends(runs()).trend[0]
    again = surveyproc("trend", *files, "--out", out)
    assert (again.returncode, "there already" in again.stderr) == (4, True)
    assert surveyproc("trend", *files, "--out", tmp_path / "no" / "x.csv").returncode == 4
    assert surveyproc("trend", tmp_path, files[0]).returncode == 2
    change = tmp_path / "change.csv"
    assert surveyproc("change", files[1], files[0], "--out", change).returncode == 0
    assert pd.read_csv(change, encoding="utf-8-sig").change[0] == 1.0
