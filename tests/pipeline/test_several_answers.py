"""Questions with several answers, from a file that defines their sets to tables, beside plain arithmetic."""

import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

from surveyproc.estimate import estimate
from surveyproc.pipeline import RunResult, check, run
from tests.estimate.surveys import design_of, measure, survey, whole

TEXT = {"en": "x"}
WHY = {"work": {"code": 1, "label": {"en": "Work"}}, "study": 2, "family": [3, 4]}
ANSWERS = ("work", "study", "family")
SETS = "$why=C 9 Why moved w1 w2 w3\n$Help=D1 1 7 Helpers a b c\n"


def several(of: str, **more: object) -> dict:
    return {"title": {"en": of}, "stat": "multiple", "universe": "all", "of": of, **more}


INDICATORS = {
    "cases": several("why"),
    "responding": several("why", percent_of="responding"),
    "responses": several("why", percent_of="responses"),
    "boxes": several("help"),
    "listed": {"title": TEXT, "stat": "multiple", "universe": "all", "of_each": {"w": "why_work", "s": "either"}},
}
MODULE = {
    "surveyproc": 1,
    "module": "why",
    "version": "1.0.0",
    "title": TEXT,
    "level": "person",
    "levels": {"person": {}},
    "variables": {
        "group": {"type": "categorical", "codes": {"a": 0, "b": 1, "c": 2}},
        "why": {"type": "multiple", "label": {"en": "Why"}, "codes": WHY, "missing": {"refused": [9]}},
        "help": {"type": "multiple", "codes": {"kin": 1, "friends": 2, "nobody": 3}},
    },
    "derive": {"either": {"type": "boolean", "expr": "why_study or why_family"}},
    "universes": {"all": {"en": "All"}},
    "indicators": INDICATORS,
    "tables": {
        "T.1": {
            "title": TEXT,
            "rows": ["total", "group"],
            "columns": [{"indicator": name, "show": ["estimate"]} for name in INDICATORS],
        }
    },
}
BOXES = {"kin": "a", "friends": "b", "nobody": "c"}
ROUND = {
    "surveyproc": 1,
    "round": "r1",
    "survey": "s",
    "period": {"year": 2026},
    "modules": ["why"],
    "module_path": "modules",
    "files": {"person": {"path": "people.sav"}},
    "keys": {"person": ["id"]},
    "design": {"weight": {"person": "weight"}, "strata": "stratum", "psu": "psu", "nested_ids": True},
    "map": {
        "group": {"column": "group", "copy_codes": True},
        "why": {"set": "$why", "blank": "refused"},
        "help": {"set": "HELP", "dichotomies": BOXES, "blank": "dk"},
    },
}


def people() -> pd.DataFrame:
    data = survey(40, rows=500)[["stratum", "psu", "weight", "group"]].astype(float)
    rng = np.random.default_rng(3)
    data["id"] = np.arange(len(data), dtype=float)
    for column in ("w1", "w2", "w3"):
        data[column] = rng.choice([1.0, 2.0, 3.0, 4.0, np.nan], len(data), p=[0.2, 0.2, 0.1, 0.1, 0.4])
    data.loc[data.index[:12], ["w1", "w2", "w3"]] = [9.0, np.nan, np.nan]
    for column in "abc":
        data[column] = rng.choice([1.0, np.nan], len(data), p=[0.4, 0.6])
    data.loc[data.index[100:130], ["a", "b", "c"]] = 0.0
    return data


def write_with_sets(data: pd.DataFrame, path: Path, sets: str = SETS) -> None:
    """A .sav file with the record that defines multiple-response sets (type 7, subtype 7) put before its data."""
    pyreadstat.write_sav(data, str(path))
    content, text = path.read_bytes(), sets.encode()
    end = content.index(struct.pack("<ii", 999, 0))
    path.write_bytes(content[:end] + struct.pack("<iiii", 7, 7, 1, len(text)) + text + content[end:])


def write(folder: Path, *, sets: str = SETS, **mapped: object) -> Path:
    (folder / "modules" / "why").mkdir(parents=True)
    plain = {"round": {**ROUND, "map": {**ROUND["map"], **mapped}}, "module": MODULE}
    plain = json.loads(json.dumps(plain))
    module, config = folder / "modules" / "why" / "module.yaml", folder / "r1.yaml"
    module.write_text(yaml.safe_dump(plain["module"], sort_keys=False), encoding="utf-8")
    config.write_text(yaml.safe_dump(plain["round"], sort_keys=False), encoding="utf-8")
    write_with_sets(people(), folder / "people.sav", sets)
    return config


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("several")
    return run(write(folder), out=folder / "out")


def of(result: RunResult, indicator: str, domain: str = "total", cell: str = "") -> pd.DataFrame:
    frame = result.estimates
    found = frame[(frame.indicator == indicator) & (frame.domain == domain) & (frame.cell == cell)]
    return found.set_index("category")


def chosen() -> pd.DataFrame:
    """Of each person whether each reason was given; missing where none was and nothing else stands there."""
    data = people()
    columns = data[["w1", "w2", "w3"]]
    known = columns.isin([1.0, 2.0, 3.0, 4.0]).any(axis=1)
    codes = {"work": [1.0], "study": [2.0], "family": [3.0, 4.0]}
    return pd.DataFrame({a: columns.isin(c).any(axis=1).astype(float).where(known) for a, c in codes.items()})


def test_percent_of_cases_is_a_proportion_of_those_who_answered(result: RunResult) -> None:
    data, given = people(), chosen()
    for cell, rows in {"": data.index == data.index, "a": data.group == 0, "c": data.group == 2}.items():
        found = of(result, "cases", "group" if cell else "total", cell)
        assert tuple(found.index) == ANSWERS
        known = rows & given.work.notna()
        for answer in ANSWERS:
            wanted = np.average(given[answer][known], weights=data.weight[known])
            assert found.value[answer] == pytest.approx(wanted, rel=1e-13)
            assert (found.statistic[answer], found.n_unweighted[answer]) == ("proportion", known.sum())
    assert of(result, "cases").value.sum() > 1


def test_percent_of_responses_is_a_ratio_of_totals_that_adds_up(result: RunResult) -> None:
    data, given = people(), chosen()
    found = of(result, "responses")
    assert found.value.sum() == pytest.approx(1.0, rel=1e-14)
    ratio = measure(data, "ratio", given.work, given.sum(axis=1, skipna=False))
    (ours,) = estimate(design_of(data), [ratio], [whole(len(data))]).to_frame().itertuples()
    assert found.value["work"] == pytest.approx(ours.value, rel=1e-13)
    assert found.se["work"] == pytest.approx(ours.se, rel=1e-12)
    assert 0 < found.ci_low["work"] < found.value["work"] < found.ci_high["work"] < 1


def test_the_se_of_a_percent_of_cases_is_that_of_a_proportion(result: RunResult) -> None:
    data, given = people(), chosen()
    (ours,) = (
        estimate(design_of(data), [measure(data, "proportion", given.study)], [whole(len(data))])
        .to_frame()
        .itertuples()
    )
    assert of(result, "cases").se["study"] == pytest.approx(ours.se, rel=1e-12)


def test_boxes_left_blank_beside_ticked_ones_are_no(result: RunResult) -> None:
    data = people()
    boxes = data[["a", "b", "c"]]
    known = boxes.notna().any(axis=1)
    found = of(result, "boxes")
    for answer, column in BOXES.items():
        wanted = np.average(boxes[column][known] == 1, weights=data.weight[known])
        assert found.value[answer] == pytest.approx(wanted, rel=1e-13)
    assert set(found.n_unweighted) == {int(known.sum())}
    assert (boxes[known] == 0).all(axis=1).sum() == 30


def test_those_who_gave_no_answer_leave_the_base_of_those_responding(result: RunResult) -> None:
    data, given = people(), chosen()
    some = given.sum(axis=1) > 0
    assert of(result, "responding").n_unweighted["work"] == some.sum()
    wanted = np.average(given.work[some], weights=data.weight[some])
    assert of(result, "responding").value["work"] == pytest.approx(wanted, rel=1e-13)


def test_yes_no_variables_of_the_module_can_be_listed(result: RunResult) -> None:
    given = chosen()
    either = given.study.where(given.study.isna(), np.maximum(given.study, given.family))
    found = of(result, "listed")
    assert found.value["w"] == pytest.approx(of(result, "cases").value["work"], rel=1e-14)
    known = either.notna()
    assert found.value["s"] == pytest.approx(np.average(either[known], weights=people().weight[known]), rel=1e-13)


def test_tables_show_a_column_an_answer_and_the_note(result: RunResult) -> None:
    (table,) = result.publications[0].tables
    heads = [(c.spanner, c.head) for c in table.columns]
    assert heads[:3] == [("why", "Work"), ("why", "study"), ("why", "family")]
    assert heads.count(("why", "Total")) == 1  # of responses only
    assert any("more than 100" in note for note in table.notes)


def test_columns_can_be_named_instead_of_a_set(tmp_path: Path, result: RunResult) -> None:
    mapped = {"columns": ["w1", "w2", "w3"], "blank": "refused"}
    named = run(write(tmp_path, why=mapped, help={"dichotomies": BOXES, "blank": "dk"}), write=False)
    pd.testing.assert_frame_equal(of(named, "cases"), of(result, "cases"))


REFUSED = {
    "unknown": ({"why": {"set": "$whi"}}, "config.unknown-name", "defines no multiple-response set '$whi'", "why"),
    "kind": ({"why": {"set": "$help"}}, "config.bad-value", "is one of dichotomies", "dichotomies:"),
    "others": (
        {"help": {"set": "$help", "dichotomies": {"kin": "a", "friends": "b", "nobody": "w1"}}},
        "config.bad-value",
        "other columns than the round names",
        "a, b, c",
    ),
    "none": ({"why": {"blank": "dk"}}, "config.bad-value", "why has several answers", "columns: […]"),
    "empty": ({"why": {"columns": []}}, "config.bad-value", "empty list", ""),
    "lacking": (
        {"help": {"dichotomies": {"kin": "a"}}},
        "config.missing-key",
        "answers of help have no column",
        "nobody",
    ),
    "answer": (
        {"help": {"dichotomies": {**BOXES, "dog": "w1"}}},
        "config.unknown-name",
        "help has no answer 'dog'",
        "kin, friends, nobody",
    ),
    "twice": (
        {"help": {"dichotomies": {"kin": "a", "friends": "a", "nobody": "c"}}},
        "config.duplicate-name",
        "two answers of help",
        "a",
    ),
    "single": (
        {"group": {"column": "group", "copy_codes": True, "counted": 1}},
        "config.unused",
        "one answer",
        "multiple",
    ),
    "column": ({"why": {"columns": ["w1", "w9"]}}, "read.missing-column", "no column 'w9'", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_with_a_set_is_told_once(tmp_path: Path, name: str) -> None:
    mapped, code, what, more = REFUSED[name]
    found = [p for p in check(write(tmp_path, **mapped)) if p.severity == "error"]
    (problem,) = found
    assert problem.code == code
    assert what in problem.what
    assert more in f"{problem.expected} {problem.got} {problem.hint}"
    assert problem.where.line is not None


def test_codes_that_overlap_are_refused(tmp_path: Path) -> None:
    config = write(tmp_path)
    path = tmp_path / "modules" / "why" / "module.yaml"
    module = yaml.safe_load(path.read_text(encoding="utf-8"))
    module["variables"]["why"]["codes"]["study"] = 3
    path.write_text(yaml.safe_dump(module), encoding="utf-8")
    assert "config.duplicate-name" in {p.code for p in check(config)}


def test_an_unlisted_code_is_told_once(tmp_path: Path) -> None:
    config = write(tmp_path)
    data = people()
    data.loc[5:8, "w2"] = 77.0
    write_with_sets(data, tmp_path / "people.sav")
    found = [p for p in check(config) if p.code == "derive.unmapped-code"]
    assert [(p.where.variable, p.where.cases) for p in found] == [("w2", 4)]
