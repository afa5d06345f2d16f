"""The runner of a module's cases: what agrees, what differs and where, and names that do not exist."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from surveyproc.cases import CaseResult, case_modules, run_cases
from surveyproc.config.library import Library
from surveyproc.problems import SurveyprocError
from tests.bad_config.survey import HERE

HEAD = "surveyproc: 1\ncases:\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "bad_config"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return Library(modules=(folder / "modules",), configs=(folder,))


def cases(library: Library, text: str) -> tuple[CaseResult, ...]:
    (library.modules[0] / "tiny" / "cases.yaml").write_text(HEAD + text, encoding="utf-8")
    return run_cases("tiny", library)


def told(result: CaseResult) -> list[tuple[str, int | None, int | None, str, str]]:
    return [(p.code, p.where.line, p.where.column, p.got, p.expected) for p in result.problems]


def test_cases_that_agree(library: Library) -> None:
    (result,) = run_cases("tiny", library)
    assert result == CaseResult("tiny", "an adult born abroad", 5, ())
    assert case_modules(library) == ("tiny",)


def test_what_differs_is_told_at_its_place(library: Library) -> None:
    text = (
        "  - name: one\n    given:\n      person: [{age: 30, birth_place: here, works: no}]\n      household: [{}]\n"
        "    expect:\n      person:\n        - {born_abroad: true, status: worker, age_group: adult}\n"
        "  - name: two\n    given: {person: [{age: missing.dk}], household: [{}]}\n"
        "    expect: {person: [{age_group: adult, born_abroad: missing.system}]}\n"
    )
    one, two = cases(library, text)
    assert (one.compared, two.compared) == (3, 2)
    assert told(one) == [
        ("module.case", 9, 25, "False", "True"),
        ("module.case", 9, 39, "other", "worker"),
    ]
    assert told(two) == [("module.case", 12, 35, "missing.dk", "adult")]


@pytest.mark.parametrize(
    ("given", "expect", "code", "words"),
    [
        ("persom: [{age: 3}]", "person: [{status: child}]", "config.unknown-name", "no record level 'persom'"),
        ("person: [{agge: 3}]", "person: [{status: child}]", "config.unknown-name", "no variable 'agge'"),
        ("person: [{age: 3}]", "person: [{statsu: child}]", "config.unknown-name", "Did you mean `status`?"),
        ("person: [{age: 3}]", "household: [{status: child}]", "config.unknown-name", "household records have no"),
        ("person: [{age: 3}]", "person: []", "config.bad-value", "0 person records expected, 1 given"),
        ("person: [{birth_place: abraod}]", "person: [{born_abroad: true}]", "config.bad-value", "`abroad`"),
        (
            "person: [{age: missing.dont_know}]",
            "person: [{status: child}]",
            "config.bad-value",
            "not_applicable, dk, refused",
        ),
        (
            "person: [{age: ten}]",
            "person: [{status: child}]",
            "config.bad-value",
            "age cannot be 'ten'; expected a number",
        ),
        ("person: [{last_move: 2001-13}]", "person: [{status: child}]", "config.bad-value", "as in 2024-09"),
        ("person: [{born_abroad: true}]", "person: [{status: child}]", "config.unknown-name", "to give"),
        ("person: [{works: maybe}]", "person: [{status: child}]", "config.bad-value", "'maybe'"),
        ("person: [{age: 3, household: 7}]", "person: [{status: child}]", "config.missing-key", "which household"),
    ],
)
def test_a_case_that_cannot_be_run(library: Library, given: str, expect: str, code: str, words: str) -> None:
    household = "" if "household:" in given else "household: [{}], "
    if "household: 7" in given:
        household = "household: [{id: 1}], "
    (result,) = cases(library, f"  - name: bad\n    given: {{{household}{given}}}\n    expect: {{{expect}}}\n")
    assert [p.code for p in result.problems] == [code], result.problems
    assert words in str(result.problems[0])
    assert result.problems[0].where.file.endswith("cases.yaml")
    assert result.problems[0].where.line in (4, 5)


def test_a_bad_parameter_of_a_case(library: Library) -> None:
    text = (
        "  - name: bad\n    parameters: {odlest: 3}\n    given: {person: [{age: 3}], household: [{}]}\n"
        "    expect: {person: [{status: child}]}\n"
    )
    (result,) = cases(library, text)
    assert told(result)[0][:3] == ("config.unknown-name", 4, 18)


def test_records_meet_their_parents_by_id_and_months_are_written_as_such(library: Library) -> None:
    text = (
        "  - name: two households\n    given:\n      household: [{id: a, any_left: no}, {id: b, any_left: yes}]\n"
        "      person: [{household: b, age: 70}, {household: b, age: 3}, {household: a, age: 20, last_move: 2001-12}]\n"
        "      emigrant: [{household: b, em_age: 15}]\n"
        "    expect:\n      household: [{members: 1, n_emigrants: 0}, {members: 2, n_emigrants: 1}]\n"
        "      person: [{age_group: old}, {status: child}, {last_move: 2001-12}]\n"
    )
    (result,) = cases(library, text)
    assert result.problems == ()
    assert result.compared == 7


def test_a_module_without_cases(library: Library) -> None:
    (library.modules[0] / "tiny" / "cases.yaml").unlink()
    with pytest.raises(SurveyprocError) as stopped:
        run_cases("tiny", library)
    assert [p.code for p in stopped.value.problems] == ["config.not-found"]


def test_dates_are_given_and_compared_as_they_are_written(library: Library) -> None:
    folder = library.modules[0] / "dated"
    folder.mkdir()
    (folder / "module.yaml").write_text(
        """
surveyproc: 1
module: dated
version: 1.0.0
title: {en: Dated}
level: visit
variables:
  seen: {type: date, missing: {dk: [9999]}}
  left: {type: year_month, parts: [left_year, left_month]}
derive:
  later: {type: date, expr: "seen if seen >= '2024-02-29' else missing"}
  year_seen: {type: number, expr: "year(seen)"}
  months: {type: number, expr: "months_between(left, seen)"}
""",
        encoding="utf-8",
    )
    (folder / "cases.yaml").write_text(
        """
surveyproc: 1
cases:
  - name: dates
    given:
      visit: [{seen: "2024-03-01", left: "2023-12"}, {seen: "2024-02-28"}, {seen: missing.dk, left: "2023-12"}]
    expect:
      visit:
        - {seen: "2024-03-01", later: "2024-03-01", year_seen: 2024, months: 3}
        - {later: missing, year_seen: 2024, months: missing.system}
        - {later: missing.dk, year_seen: missing.dk, months: missing.dk}
  - name: a day too late
    given: {visit: [{seen: "2024-03-01"}]}
    expect: {visit: [{later: "2024-03-02"}]}
""",
        encoding="utf-8",
    )
    right, wrong = run_cases("dated", library)
    assert right.problems == ()
    assert right.compared == 10
    assert [(p.got, p.expected) for p in wrong.problems] == [("2024-03-01", "2024-03-02")]
