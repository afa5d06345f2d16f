"""Each fault of data gives exactly what expected.txt says, and never a value of a case."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from surveyproc.pipeline import check, run
from surveyproc.problems import Problem, Severity, SurveyprocError
from tests.bad_config.survey import FIRST_ID, HERE, frames, in_memory, raw_file
from tests.bad_data.faults import FAULTS, Fault, put

EXPECTED = (Path(__file__).parent / "expected.txt").read_text(encoding="utf-8").splitlines()[1:]
PLANTED = re.compile(rf"{FIRST_ID // 1000}\d\d\d")


def expected(name: str) -> list[tuple[str, ...]]:
    lines = [line.removeprefix(f"{name}:").strip() for line in EXPECTED if line.startswith(f"{name}:")]
    assert lines, f"expected.txt has no line for {name}"
    return [tuple(line.split(" | ")) for line in lines if line]


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    folder = tmp_path / "bad_config"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


def prepared(fault: Fault, configs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    survey = frames()
    fault.edit(survey)
    raw = {}
    for level, frame in survey.items():
        infos = {column: info for (at, column), info in fault.infos.items() if at == level}
        raw[level] = raw_file(level, frame, infos=infos)
    in_memory(monkeypatch, configs, raw)
    written = configs / "fault.yaml"
    written.write_text(f"extends: good.yaml\n{fault.config}", encoding="utf-8")
    return written


def told(problems: tuple[Problem, ...]) -> list[Problem]:
    """All but the note that most households have no emigrant, which is no fault."""
    return [p for p in problems if not (p.code == "link.childless" and p.severity is Severity.INFO)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_of_data(fault: Fault, configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(check(prepared(fault, configs, monkeypatch)))
    wanted = expected(fault.name)
    assert len(found) == len(wanted), "\n".join(map(str, found))
    for problem, (code, place, *words) in zip(found, wanted, strict=True):
        assert f"{problem.severity} {problem.code}" == code
        assert str(problem.where).endswith(place)
        assert [word for word in words if word not in str(problem)] == []
        assert not PLANTED.search(str(problem))
    errors = [p for p in found if p.severity is Severity.ERROR]
    stage = {"read": 3}.get(errors[0].code.split(".")[0], 1) if errors else 1
    assert SurveyprocError(found).exit_code == stage


def test_the_table_has_no_line_too_many() -> None:
    assert len(FAULTS) >= 50
    assert {line.split(":")[0] for line in EXPECTED} == {fault.name for fault in FAULTS}


@pytest.mark.parametrize("name", ["weight missing", "orphan", "unlisted code", "lonely psu", "rule broken"])
def test_a_run_stops_where_a_check_finds_an_error(name: str, configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = prepared(next(f for f in FAULTS if f.name == name), configs, monkeypatch)
    with pytest.raises(SurveyprocError) as stopped:
        run(path, out=configs / "out")
    assert expected(name)[0][0].split()[1] in {p.code for p in stopped.value.problems}
    assert not (configs / "out" / "manifest.json").exists()


def test_faults_of_all_stages_are_told_at_once(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = frames()
    for fault in FAULTS:
        if fault.name in ("orphan", "weight negative", "rule broken"):
            fault.edit(survey)
    put("person", "SEX", 7.0, rows=slice(5, 6))(survey)
    in_memory(monkeypatch, configs, {level: raw_file(level, frame) for level, frame in survey.items()})
    found = told(check(configs / "good.yaml"))
    assert [p.code for p in found] == ["link.orphan", "derive.unmapped-code", "check.rule", "design.bad-weight"]


def test_dropped_orphans_are_out_of_every_estimate(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = prepared(next(f for f in FAULTS if f.name == "orphan dropped"), configs, monkeypatch)
    counted = run(path).estimates.query("indicator == 'base:tiny.members' and domain == 'total'")
    whole = frames()["person"]
    assert counted["n_unweighted"].item() == len(whole) - 1
    assert counted["value"].item() == pytest.approx(whole["PW"][1:].sum(), rel=1e-12)


def test_what_was_not_asked_is_not_available_and_never_a_number(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    not_asked = Fault("", lambda survey: None, config="map: {birth_place: {not_asked: true}}\n")
    estimates = run(prepared(not_asked, configs, monkeypatch)).estimates
    asked = {"T2_emigrants", "base:tiny.members", "base:tiny.households"}
    assert {"T1_born_abroad", "T3_abroad"} == set(estimates["indicator"]) - asked
    gone = estimates[~estimates["indicator"].isin(asked)]
    assert set(gone["status"]) == {"not_asked"}
    assert gone[["value", "se", "ci_low", "ci_high", "n_unweighted"]].isna().all(axis=None)
    kept = estimates[estimates["indicator"].isin(asked)]
    assert not (kept["status"] == "not_asked").any()
    assert kept["value"].notna().all()
