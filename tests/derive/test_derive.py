"""From YAML and columns to derived variables: skip logic, order, branches, bands, guards, child records."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surveyproc.config.load import load_round
from surveyproc.derive import derive_round, run_checks
from surveyproc.link import link_round
from surveyproc.problems import Problem, SurveyprocError
from surveyproc.values import Column, DerivedRound, Kind, Missing, RawRound
from tests.bad_config.survey import HERE, frames, raw_file

NAN = float("nan")
HEAD = "surveyproc: 1\nmodule: extra\nversion: 1.0.0\ntitle: {en: Extra}\nextends: [tiny]\nlevel: person\n"
Derive = Callable[..., tuple[DerivedRound, tuple[Problem, ...]]]


@pytest.fixture
def derive(tmp_path: Path) -> Derive:
    """Derive the tiny survey with more YAML in the module and in the round; columns given as level_COLUMN=values."""
    folder = tmp_path / "bad_config"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))

    def derived(
        module: str = "", *, config: str = "", **columns: list[object]
    ) -> tuple[DerivedRound, tuple[Problem, ...]]:
        (folder / "modules" / "extra").mkdir(exist_ok=True)
        (folder / "modules" / "extra" / "module.yaml").write_text(HEAD + module, encoding="utf-8")
        (folder / "round.yaml").write_text(f"extends: good.yaml\nmodules: [tiny, extra]\n{config}", encoding="utf-8")
        spec = load_round(folder / "round.yaml")
        survey = frames()
        for key, values in columns.items():
            level, _, name = key.partition("_")
            frame = survey[level]
            full = frame[name].tolist() if name in frame else [NAN] * len(frame)
            full[: len(values)] = values
            frame[name] = np.array(full, dtype=object) if any(isinstance(v, str) for v in full) else full
        raw = RawRound({level: raw_file(level, frame) for level, frame in survey.items()})
        linked, _ = link_round(raw, spec.keys, spec.levels, {})
        assert linked is not None
        made, problems = derive_round(linked, spec)
        return made, (*problems, *run_checks(made, spec))

    return derived


def shown(column: Column, rows: int) -> list[object]:
    """The first rows as words: a value, or the reason why there is none."""
    found: list[object] = []
    for value, reason in zip(column.values[:rows], column.reason[:rows], strict=True):
        if reason != Missing.KNOWN:
            found.append(Missing(int(reason)).name.lower())
        elif column.kind is Kind.CATEGORICAL:
            found.append(column.categories[int(value)].name)
        else:
            found.append(bool(value) if column.kind is Kind.BOOLEAN else value)
    return found


def test_who_was_not_asked_is_not_applicable_and_an_answer_too_many_is_inconsistent(derive: Derive) -> None:
    made, problems = derive(person_AGE=[14, 14, 30, 30, 998, 998], person_WORK=[NAN, 1, 1, NAN, NAN, 2])
    works = made.levels["person"].columns["works"]
    assert shown(works, 6) == ["not_applicable", "inconsistent", True, "system", "dk", False]
    found = {(p.code, p.where.variable): p.where.cases for p in problems}
    assert found["derive.skip", "works"] == 1
    assert found["derive.system-missing", "works"] == 1  # where age is not known the reason is that of age


def test_a_question_that_was_not_asked_is_so_in_all_that_needs_it(derive: Derive) -> None:
    module = 'derive:\n  person:\n    twice: {type: boolean, expr: "born_abroad or age > 200"}\n'
    made, problems = derive(module, config="map: {birth_place: {not_asked: true}}\n")
    columns = made.levels["person"].columns
    for name in ("birth_place", "born_abroad", "twice"):
        assert set(columns[name].reason.tolist()) == {int(Missing.NOT_ASKED)}, name
    assert set(columns["age_group"].reason.tolist()) == {int(Missing.KNOWN)}
    assert [p for p in problems if p.where.variable in ("birth_place", "born_abroad", "twice")] == []


def test_variables_are_computed_in_the_order_of_their_needs_not_of_the_file(derive: Derive) -> None:
    module = (
        "derive:\n  person:\n"
        '    z: {type: number, expr: "y + 1"}\n    y: {type: number, expr: "x * 2"}\n'
        '    x: {type: number, expr: "age + 1"}\n'
    )
    made, _ = derive(module, person_AGE=[20, 998])
    assert shown(made.levels["person"].columns["z"], 2) == [43.0, "dk"]


CASE = """derive:
  person:
    who:
      type: categorical
      case:
        - {when: "age < 15", then: child}
        - {when: "birth_place == 'abroad'", then: immigrant}
      otherwise: OTHERWISE
"""


def test_a_branch_that_cannot_be_decided_decides_nothing_after_it(derive: Derive) -> None:
    ages, born = [10, 30, 30, 998, 30, 10], [8, 3, 1, 3, 8, 3]
    made, _ = derive(CASE.replace("OTHERWISE", "native"), person_AGE=ages, person_BORN=born, person_WORK=[NAN] * 6)
    wanted = ["child", "immigrant", "native", "dk", "dk", "child"]
    assert shown(made.levels["person"].columns["who"], 6) == wanted
    made, _ = derive(CASE.replace("OTHERWISE", "missing"), person_AGE=ages, person_BORN=born, person_WORK=[NAN] * 6)
    assert shown(made.levels["person"].columns["who"], 6) == ["child", "immigrant", "system", "dk", "dk", "child"]


@pytest.mark.parametrize(
    ("otherwise", "wanted", "told"),
    [
        ("", "system", ["derive.out-of-range"]),
        (", otherwise: missing", "system", []),
        (", otherwise: rest", "rest", []),
    ],
)
def test_a_number_in_no_band(derive: Derive, otherwise: str, wanted: str, told: list[str]) -> None:
    bands = f"{{type: bands, of: age, bands: {{young: [null, 14], old: [60, null]}}{otherwise}}}"
    ages = [14.0, 60.0, 998.0, 30.0]
    made, problems = derive(f"derive:\n  person:\n    cut: {bands}\n", person_AGE=ages + [70.0] * 104)
    assert shown(made.levels["person"].columns["cut"], 4) == ["young", "old", "dk", wanted]
    found = [p for p in problems if p.where.variable == "cut"]
    assert [p.code for p in found] == told
    assert [p.where.cases for p in found] == [1] * len(told)


def test_a_guard_makes_the_rest_not_applicable_and_passes_its_own_reason_on(derive: Derive) -> None:
    module = 'derive:\n  person:\n    later: {type: number, expr: "age - 15", guard: "birth_place != \'abroad\'"}\n'
    made, _ = derive(module, person_AGE=[20, 20, 20, 998, 998], person_BORN=[1, 3, 9, 1, 3])
    wanted = [5.0, "not_applicable", "refused", "dk", "not_applicable"]
    assert shown(made.levels["person"].columns["later"], 5) == wanted
    values = made.levels["person"].columns["later"].values[:5]
    assert np.isnan(values[1:]).all()


def test_without_records_the_screening_question_decides(derive: Derive) -> None:
    made, _ = derive(household_LEFT=[1, 2, 1, 8, 1], emigrant_EAGE=[20])
    count = made.levels["household"].columns["n_emigrants"]
    assert shown(count, 5) == [1.0, 0.0, "system", "dk", 1.0]


def test_an_unknown_record_makes_a_count_unknown_and_a_certain_one_makes_any_true(derive: Derive) -> None:
    module = (
        'derive:\n  household:\n    grown: {type: number, expr: "count(person, age >= 18)", when_no_records: "0"}\n'
        '    old: {type: boolean, expr: "any(person, age >= 90)", when_no_records: "false"}\n'
    )
    made, _ = derive(module, person_AGE=[998, 95, 998, 30, 8])
    columns = made.levels["household"].columns
    assert shown(columns["grown"], 2) == ["dk", "dk"]
    assert shown(columns["old"], 2) == [True, "dk"]
    assert shown(columns["members"], 2) == [2.0, 3.0]


def test_a_case_over_child_records_uses_when_no_records(derive: Derive) -> None:
    module = (
        "derive:\n  household:\n    kind:\n      type: categorical\n"
        '      case: [{when: "any(emigrant, em_age >= 25)", then: old}]\n      otherwise: young\n'
        "      when_no_records: \"'young' if any_left == 'no' else missing\"\n"
    )
    made, _ = derive(module, household_LEFT=[1, 2, 1, 1, 1])
    assert shown(made.levels["household"].columns["kind"], 5) == ["young", "young", "system", "system", "young"]


def test_parts_first_nonmissing_text_codes_and_ranges_from_the_round(derive: Derive) -> None:
    config = (
        "map:\n  sex: {columns: [S1, S2], pick: first_nonmissing, also_missing: {refused: [9]}}\n"
        '  birth_place: {column: PLACE, recode: {"10..19": here, "20..29": elsewhere, 99: missing.dk}, else: abroad}\n'
        "  birth_country: {column: BCTRY, recode: {RU: RUS, DE: DEU, NO: NOR, no: NOR}}\n"
    )
    made, _ = derive(
        config=config,
        person_S1=[1, NAN, 9] + [1] * 105,
        person_S2=[2, 2, NAN] + [1] * 105,
        person_PLACE=[10, 19, 29, 99, 55, 1] + [10] * 102,
        person_BCTRY=["", "", "", "", "no", "NO"] + [""] * 102,
        person_MY=[2001, 9998, 2001],
        person_MM=[12, 1, 98],
    )
    columns = made.levels["person"].columns
    assert shown(columns["sex"], 3) == ["male", "female", "refused"]
    assert shown(columns["birth_place"], 6) == ["here", "here", "elsewhere", "dk", "abroad", "abroad"]
    assert shown(columns["birth_country"], 6) == [*["not_applicable"] * 3, "dk", "NOR", "NOR"]
    assert shown(columns["last_move"], 3) == [2001.0 * 12 + 11, "dk", "dk"]


def test_the_trace_counts_each_reason(derive: Derive) -> None:
    made, _ = derive(person_AGE=[14, 14, 998], person_WORK=[NAN, 1, NAN])
    read, value = (t for t in made.trace if t.variable == "works")
    assert (read.step, value.step) == ("read", "value")
    assert value.rows == 108
    assert value.reasons["inconsistent"] == 1
    assert value.reasons["dk"] == 1
    assert value.known + sum(value.reasons.values()) == value.rows
    assert read.known == value.known + 1


def test_missing_values_of_a_level_above_are_counted_in_the_records_of_the_check(derive: Derive) -> None:
    made, problems = derive("checks: [{id: X, missing_at_most: {income: 0.01}}]\n", household_INC=[NAN, 1000.0])
    (broken,) = [p for p in problems if p.code == "check.rule"]
    of_the_first = int((made.levels["person"].parent_row == 0).sum())
    assert of_the_first > 1
    assert (broken.where.level, broken.where.variable, broken.where.cases) == ("person", "income", of_the_first)
    assert f"{100 * of_the_first / made.levels['person'].rows:.1f} % missing" in broken.what


def test_bands_of_an_expression_come_after_what_it_needs(derive: Derive) -> None:
    bands = "bands: {few: [0, 40], many: [41, null]}"
    module = f"""
derive:
  person:
    age_band: {{type: bands, of: "doubled + 1", {bands}}}
    doubled: {{type: number, expr: "2 * age"}}
  household:
    sum_band: {{type: bands, of: "sum(person, doubled)", {bands}, when_no_records: "'few'"}}
"""
    made, problems = derive(module, person_AGE=[19, 20, 998])
    assert [str(p) for p in problems if p.severity == "error"] == []
    assert shown(made.levels["person"].columns["age_band"], 3) == ["few", "many", "dk"]
    assert shown(made.levels["household"].columns["sum_band"], 2) == ["many", "dk"]


def test_rules_count_only_records_that_break_them_for_certain(derive: Derive) -> None:
    rule = 'checks: [{id: X, severity: error, rule: "age >= 18"}, {id: Y, missing_at_most: {age: 0.01}}]\n'
    _, problems = derive(rule, person_AGE=[17, 998, 998, 18])
    broken = {p.what.split()[1]: (str(p.severity), p.where.cases) for p in problems if p.code == "check.rule"}
    children = int((frames()["person"]["AGE"][4:] < 18).sum())
    assert broken["X"] == ("error", 1 + children)
    assert broken["Y"] == ("warning", 2)


def test_a_group_of_a_code_list_stands_for_its_entries(derive: Derive, tmp_path: Path) -> None:
    regions = tmp_path / "bad_config" / "codelists" / "tiny_regions.yaml"
    regions.write_text(regions.read_text(encoding="utf-8").replace('{code: "01",', '{code: "01", groups: [cold],'))
    module = """
derive:
  household:
    cold: {type: boolean, expr: "region in ['cold']"}
    warm: {type: boolean, expr: "region not in ['cold']"}
    both: {type: boolean, expr: "region in ['south', 'cold']"}
"""
    made, problems = derive(module)
    columns = made.levels["household"].columns
    assert [p for p in problems if p.severity == "error"] == []
    north = columns["region"].values == 0
    assert 0 < north.sum() < len(north)
    assert (columns["cold"].values == north).all()
    assert (columns["warm"].values == ~north).all()
    assert columns["both"].values.all()


def test_an_unknown_group_or_one_named_like_an_entry_is_refused(derive: Derive, tmp_path: Path) -> None:
    regions = tmp_path / "bad_config" / "codelists" / "tiny_regions.yaml"
    with pytest.raises(SurveyprocError) as caught:
        derive("derive: {household: {cold: {type: boolean, expr: \"region in ['cold']\"}}}\n")
    assert [p.code for p in caught.value.problems] == ["expression.unknown-code"]
    regions.write_text(regions.read_text(encoding="utf-8").replace('{code: "01",', '{code: "01", groups: [south],'))
    with pytest.raises(SurveyprocError) as caught:
        derive()
    assert [p.code for p in caught.value.problems] == ["config.duplicate-name"]


def test_a_check_speaks_the_first_language_of_the_plan_that_it_has(derive: Derive, tmp_path: Path) -> None:
    plan = tmp_path / "bad_config" / "plan.yaml"
    check = "checks: [{id: X, rule: 'age >= 18', message: {en: Too young, ru: Слишком молод}}]\n"

    def told() -> str:
        return next(p.what for p in derive(check, person_AGE=[17])[1] if "rule X" in p.what)

    assert told().endswith(": Too young")
    plan.write_text(plan.read_text(encoding="utf-8") + "languages: [kk, ru, en]\n", encoding="utf-8")
    assert told().endswith(": Слишком молод")
