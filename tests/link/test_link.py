"""Records meet their parents whatever the order, and every key that cannot be trusted is told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.link import LinkPolicy, link_round
from surveyproc.problems import Problem, Severity
from surveyproc.values import ColumnInfo, FileInfo, LinkedRound, RawColumn, RawFile, RawRound

PARENTS = {"household": None, "person": "household", "trip": "person"}


def raw(level: str, **columns: object) -> RawFile:
    made = {}
    for name, values in columns.items():
        text = any(isinstance(v, str) for v in values)  # type: ignore[attr-defined]
        array = np.array(values, dtype=object if text else np.float64)
        made[name] = RawColumn(ColumnInfo(name, text=text), array)
    rows = len(next(iter(made.values())).values)
    return RawFile(level, FileInfo(f"{level}.sav", "sav", rows, {n: c.info for n, c in made.items()}), rows, made)


def link(
    *files: RawFile, keys: Mapping[str, tuple[str, ...]] | None = None, **policies: LinkPolicy
) -> tuple[LinkedRound | None, tuple[Problem, ...]]:
    chosen = keys or {"household": ("h",), "person": ("h", "p"), "trip": ("h", "p", "t")}
    return link_round(RawRound({f.level: f for f in files}), chosen, PARENTS, policies)


def errors(problems: tuple[Problem, ...]) -> list[str]:
    return [f"{p.code} {p.where}" for p in problems if p.severity is Severity.ERROR]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_record_finds_its_parent_in_any_order(data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30, unique=True))
    parents = data.draw(st.permutations(ids))
    children = data.draw(st.lists(st.sampled_from(ids), max_size=40))
    linked, problems = link(
        raw("household", a=[i for i, _ in parents], b=[j for _, j in parents]),
        raw("person", x=[i for i, _ in children] or [], y=[j for _, j in children] or [], p=range(len(children))),
        keys={"household": ("a", "b"), "person": ("x", "y", "p")},
    )
    assert linked is not None
    assert errors(problems) == []
    rows = linked.levels["person"].parent_row
    assert rows is not None
    assert [parents[row] for row in rows] == children
    childless = {p.where.cases for p in problems if p.code == "link.childless"}
    assert childless == ({len(set(ids) - set(children))} - {0})


def test_wide_keys_meet_as_in_a_database_join() -> None:
    random = np.random.default_rng(1)
    parents = pd.DataFrame(random.integers(0, 10**6, (4000, 4)), columns=list("abcd")).drop_duplicates()
    parents["row"] = np.arange(len(parents))
    children = parents.sample(6000, replace=True, random_state=2).reset_index(drop=True)
    joined = children[list("abcd")].merge(parents, how="left", validate="m:1")
    linked, problems = link(
        raw("household", **{c: parents[c].tolist() for c in "abcd"}),
        raw("person", **{c: children[c].tolist() for c in "abcd"}, p=range(len(children))),
        keys={"household": tuple("abcd"), "person": (*"abcd", "p")},
    )
    assert linked is not None
    assert errors(problems) == []
    np.testing.assert_array_equal(linked.levels["person"].parent_row, joined["row"])


def test_text_keys_meet_without_their_trailing_blanks_and_with_leading_ones() -> None:
    linked, problems = link(raw("household", h=["A1  ", "a1", " A1"]), raw("person", h=[" A1 ", "A1"], p=["1", "1"]))
    assert linked is not None
    assert errors(problems) == []
    np.testing.assert_array_equal(linked.levels["person"].parent_row, [2, 0])


def test_three_levels_are_tied_from_the_top_whatever_the_order_of_files() -> None:
    linked, problems = link(
        raw("trip", h=[2, 1], p=[1, 1], t=[1, 1]),
        raw("person", h=[1, 2, 2], p=[1, 1, 2]),
        raw("household", h=[2, 1]),
    )
    assert linked is not None
    assert errors(problems) == []
    np.testing.assert_array_equal(linked.levels["person"].parent_row, [1, 0, 0])
    np.testing.assert_array_equal(linked.levels["trip"].parent_row, [1, 0])
    assert [(p.where.level, p.where.cases) for p in problems] == [("person", 1)]  # one person without a trip


def test_a_trip_of_a_dropped_person_is_an_orphan_too() -> None:
    drop = LinkPolicy("drop", at_most=1)
    linked, problems = link(
        raw("household", h=[1]),
        raw("person", h=[9, 1], p=[1, 1]),
        raw("trip", h=[9, 1], p=[1, 1], t=[1, 1]),
        person=drop,
        trip=drop,
    )
    assert linked is not None
    assert errors(problems) == []
    assert {name: (level.rows, level.dropped) for name, level in linked.levels.items()} == {
        "household": (1, 0),
        "person": (1, 1),
        "trip": (1, 1),
    }
    np.testing.assert_array_equal(linked.levels["trip"].parent_row, [0])
    assert linked.levels["person"].raw.columns["h"].values.tolist() == [1.0]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (LinkPolicy(), [("link.orphan", "error", 2)]),
        (LinkPolicy("drop", at_most=2), [("link.orphan", "warning", 2)]),
        (LinkPolicy("drop", at_most=1), [("link.orphan", "error", 2)]),
        (LinkPolicy("drop"), [("link.orphan", "warning", 2)]),
        (LinkPolicy("drop", at_most=0), [("link.orphan", "error", 2)]),
    ],
)
def test_orphans_by_policy(policy: LinkPolicy, told: list[tuple[str, str, int]]) -> None:
    linked, problems = link(raw("household", h=[1]), raw("person", h=[1, 5, 6], p=[1, 1, 1]), person=policy)
    assert [(p.code, str(p.severity), p.where.cases) for p in problems] == told
    assert linked is not None
    assert linked.levels["person"].rows == 1


@pytest.mark.parametrize(("policy", "severity"), [("allow", Severity.INFO), ("fail", Severity.ERROR)])
def test_parents_without_children_by_policy(policy: str, severity: Severity) -> None:
    _, problems = link(
        raw("household", h=[1, 2, 3]), raw("person", h=[2], p=[1]), person=LinkPolicy(childless_parents=policy)
    )
    assert [(p.code, p.severity, p.where.level, p.where.cases) for p in problems] == [
        ("link.childless", severity, "household", 2)
    ]


def test_duplicates_are_counted_whole_and_the_first_rows_named() -> None:
    _, problems = link(raw("household", h=[4, 1, 4, 1, 4, 2, 1, 3]))
    (problem,) = problems
    assert errors(problems) == ["link.duplicate-key household.sav household.h (6 cases)"]
    assert problem.what.endswith("the first are rows 1, 2, 3, 4, 5")


@pytest.mark.parametrize(
    ("values", "code", "cases"),
    [
        ([1, np.nan, np.nan], "link.missing-key", 2),
        (["1", "  ", "3"], "link.missing-key", 1),
        ([1.5, 2, 3], "link.inexact-key", 1),
        ([2.0**53, 2, 3], "link.inexact-key", 1),
        ([np.inf, 2, 3], "link.inexact-key", 1),
    ],
)
def test_keys_that_cannot_be_trusted(values: list[object], code: str, cases: int) -> None:
    linked, problems = link(raw("household", h=values), raw("person", h=values[2:], p=[1]))
    household = [p for p in problems if p.where.level == "household"]
    assert [(p.code, p.where.cases) for p in household] == [(code, cases)]
    assert [p for p in problems if p.code == "link.orphan"] == []
    assert linked is None


def test_the_largest_exact_whole_number_is_a_good_key() -> None:
    linked, problems = link(raw("household", h=[2.0**53 - 1, 2.0**53 - 2]), raw("person", h=[2.0**53 - 2], p=[1]))
    assert linked is not None
    assert errors(problems) == []
    np.testing.assert_array_equal(linked.levels["person"].parent_row, [1])


def test_text_never_meets_numbers() -> None:
    linked, problems = link(raw("household", h=[1, 2]), raw("person", h=["1", "2"], p=[1, 1]))
    assert linked is None
    assert errors(problems) == ["link.inexact-key person.sav person.h"]


def test_no_records_below_is_no_fault() -> None:
    linked, problems = link(raw("household", h=[1, 2]), raw("person", h=[], p=[]))
    assert linked is not None
    assert linked.levels["person"].rows == 0
    assert [(p.code, p.where.cases) for p in problems] == [("link.childless", 2)]


def test_repeat_false_lets_a_parent_have_one_record_at_most() -> None:
    one = LinkPolicy(several="fail")
    files = raw("household", h=[1, 2, 3]), raw("person", h=[1, 2, 2, 2], p=[1, 1, 2, 3])
    assert errors(link(*files)[1]) == []
    _, problems = link(*files, person=one)
    assert [
        (p.code, str(p.severity), p.where.level, p.where.cases) for p in problems if p.code != "link.childless"
    ] == [("link.several", "error", "person", 3)]
    assert "in 1 household" in next(p.what for p in problems if p.code == "link.several")
    assert errors(link(files[0], raw("person", h=[3, 1], p=[1, 1]), person=one)[1]) == []
