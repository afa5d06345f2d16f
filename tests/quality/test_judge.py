"""What judging does to a frame: numbers of suppressed rows are gone, empty cells get a mark, counts are context."""

import numpy as np
import pandas as pd
import pytest

from surveyproc.problems import Place
from surveyproc.quality import judge
from surveyproc.quality.judge import NUMBERS
from surveyproc.values import ESTIMATE_COLUMNS
from tests.quality.frames import frame, row
from tests.quality.test_rules import profile

FEW = (
    "cells: [{if: 'n_unweighted < 25', action: suppress, mark: '(*)'},"
    " {if: 'n_unweighted < 50', action: flag, mark: '( )'}]"
)
PLACE = Place("q.yaml")
WORDS = {
    *("round", "module", "indicator", "statistic", "category", "domain", "cell"),
    *("ci_method", "status", "shown", "marks", "lineage"),
}


def test_suppressed_rows_hold_no_number_anywhere():
    secret = row(
        value=0.123456789, se=0.0987654321, n_unweighted=17, n_psus=13, status="boundary", cell="a", domain="d"
    )
    given = frame(row(), secret)
    judged, _ = judge(given, profile(FEW), place=PLACE)
    gone = judged.iloc[1]
    assert gone[list(NUMBERS)].isna().all()
    assert (gone["shown"], gone["marks"], gone["status"]) == ("suppress", "(*)", "suppressed")
    assert set(NUMBERS) == set(judged.columns) - WORDS
    written = judged.iloc[[1]].to_csv()
    assert not any(text in written for text in ("0.123", "0.0987", "17", "13", "boundary"))
    assert judged.iloc[0]["n_unweighted"] == 400
    assert given.iloc[1]["value"] == 0.123456789  # the frame that came in is not written to


def test_columns_and_rows_are_kept():
    given = frame(row(), row(n_unweighted=3), row(n_unweighted=30))
    judged, problems = judge(given, profile(FEW), place=PLACE)
    assert tuple(judged.columns) == ESTIMATE_COLUMNS
    assert judged["shown"].tolist() == ["publish", "suppress", "flag"]
    assert judged["marks"].tolist() == ["", "(*)", "( )"]
    assert problems == ()


@pytest.mark.parametrize("text", [FEW, "cells: [{if: 'n_unweighted == 0', mark: '–'}]", ""])
def test_estimates_without_cases_are_published_as_a_mark(text):
    empty = row(value=np.nan, se=np.nan, n_unweighted=0, status="empty", df=np.nan)
    judged, _ = judge(frame(empty, empty | {"status": "all_missing"}), profile(text), place=PLACE)
    assert judged["shown"].tolist() == ["publish", "publish"]
    assert judged["marks"].tolist() == ["–" if "–" in text else "-"] * 2


def test_no_profile_publishes_everything():
    judged, problems = judge(frame(row(n_unweighted=1), row(status="empty", value=np.nan)), None, place=PLACE)
    assert judged["shown"].tolist() == ["publish", "publish"]
    assert judged["marks"].tolist() == ["", "-"]
    assert problems == ()


def test_counts_are_suppressed_by_their_cases_and_never_flagged():
    text = FEW + "\nprecision: [{if: 'cv > 0.2', action: suppress, mark: F}]\nmin_share_known: 0.9"
    base = {"indicator": "base:m.people", "statistic": "total", "value": 1000.0, "se": 900.0, "share_missing": 0.4}
    judged, _ = judge(frame(*(row(**base, n_unweighted=n) for n in (10, 30, 60))), profile(text), place=PLACE)
    assert judged["shown"].tolist() == ["suppress", "publish", "publish"]
    assert judged["marks"].tolist() == ["(*)", "", ""]


def by_cell(numbers, **given):
    """A total and the cells of one disaggregation, with cases by cell."""
    rows = [row(**given, n_unweighted=sum(numbers.values()))]
    return rows + [row(**given, domain="area", cell=cell, n_unweighted=n) for cell, n in numbers.items()]


def test_an_estimate_over_a_suppressed_count_goes_with_it():
    """Item non-response leaves J with other smallest cells than the count; the count's choice holds for both."""
    cells = {"a": 10, "b": 60, "c": 70, "d": 300}
    rows = by_cell(cells, indicator="base:m.u", statistic="total") + by_cell(cells, indicator="I")
    rows += by_cell({"a": 9, "b": 59, "c": 30, "d": 290}, indicator="J")
    quality = profile(FEW + "\ncomplementary_suppression: true")
    judged, problems = judge(frame(*rows), quality, place=PLACE, universes={"I": "m.u", "J": "m.u"})
    gone = judged[judged["shown"] == "suppress"].groupby("indicator")["cell"].apply(list).to_dict()
    assert gone == {"base:m.u": ["a", "b"], "I": ["a", "b"], "J": ["a", "b"]}
    assert (judged.loc[judged["shown"] == "suppress", "marks"] == "(*)").all()
    assert [p.code for p in problems] == ["quality.rule"]
    assert "3 estimates suppressed in addition" in problems[0].what


def test_judging_is_the_same_for_the_same_frame():
    rows = by_cell({"a": 10, "b": 60, "c": 60, "d": 60})
    quality = profile(FEW + "\ncomplementary_suppression: true")
    first, _ = judge(frame(*rows), quality, place=PLACE)
    second, _ = judge(frame(*rows), quality, place=PLACE)
    pd.testing.assert_frame_equal(first, second)
    assert first["shown"].tolist() == ["publish", "suppress", "suppress", "publish", "publish"]


def test_what_cannot_be_protected_is_said():
    rows = [row(indicator="I"), row(indicator="I", domain="area", cell="a", n_unweighted=10)]
    rows.append(row(indicator="I", domain="area", cell="b", n_unweighted=0, status="empty", value=np.nan))
    quality = profile(FEW + "\ncomplementary_suppression: true")
    judged, _ = judge(frame(*rows), quality, place=PLACE)
    assert judged["shown"].tolist() == ["suppress", "suppress", "publish"]
    alone = [row(statistic="distribution", category="k", n_unweighted=10, value=1.0)]
    _, problems = judge(frame(*alone), quality, place=PLACE)
    assert [p.severity.value for p in problems] == ["warning"]
    assert "can be worked out" in problems[0].what


@pytest.mark.parametrize("text", [FEW, FEW + "\ncomplementary_suppression: true\nmin_share_known: 0.9"])
def test_what_was_not_asked_has_its_own_mark(text):
    none = frame(row(indicator="J")).astype({"n_unweighted": "float64", "n_psus": "float64"})
    none[list(NUMBERS)] = np.nan
    none["status"] = "not_asked"
    judged, _ = judge(pd.concat([frame(*by_cell({"a": 90, "b": 80})), none]), profile(text), place=PLACE)
    assert judged["shown"].tolist() == ["publish"] * 4
    assert judged["marks"].tolist() == ["", "", "", "…"]
    assert judged["status"].tolist() == ["ok", "ok", "ok", "not_asked"]
