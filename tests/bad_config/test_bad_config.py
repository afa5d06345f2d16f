"""One bad file a fault: exactly the problems named in its first lines, each at its place and in its words.

A file begins with two lines for each problem that it must give, in any order of problems:

    #! CODE FILE:LINE:COLUMN what stands at that place
    #! part of the message | another part
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from surveyproc.config.load import load_round
from surveyproc.pipeline import check
from surveyproc.problems import CATALOGUE, Problem, SurveyprocError
from tests.bad_config.survey import HERE, frames, in_memory, raw_file

ROUNDS = sorted(p for p in HERE.glob("*.yaml") if p.read_text(encoding="utf-8").startswith("#!"))
MODULES = sorted(p for p in HERE.glob("modules/*/module.yaml") if p.read_text(encoding="utf-8").startswith("#!"))


@dataclass(frozen=True, slots=True)
class Expected:
    code: str
    at: str
    stands: str
    words: tuple[str, ...]


def expected(path: Path) -> list[Expected]:
    lines = [line[2:].strip() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#!")]
    found = []
    for place, words in zip(lines[::2], lines[1::2], strict=True):
        code, at, stands = place.replace("\\t", "\t").split(" ", 2)
        found.append(Expected(code, at, stands, tuple(words.split(" | "))))
    return found


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "bad_config"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


def problems_of(path: Path) -> tuple[Problem, ...]:
    """Problems of a round before data are read, as the product tells them: no file is there to be read."""
    return check(path, data=path.parent / "modules")


def at(problem: Problem) -> str:
    return f"{problem.where.file}:{problem.where.line}:{problem.where.column}"


def text_at(problem: Problem, folder: Path) -> str:
    name = problem.where.file
    path = next(p for p in folder.rglob(Path(name).name) if p.as_posix().endswith(name))
    assert problem.where.line is not None
    assert problem.where.column is not None
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[problem.where.line - 1][problem.where.column - 1 :]


def compare(found: tuple[Problem, ...], wanted: list[Expected], folder: Path) -> None:
    assert sorted(p.code for p in found) == sorted(w.code for w in wanted), "\n".join(map(str, found))
    for want in wanted:
        one = [p for p in found if p.code == want.code and all(word in str(p) for word in want.words)]
        assert len(one) == 1, "\n".join(map(str, found))
        assert at(one[0]).endswith(f"/{want.at}")
        assert text_at(one[0], folder).startswith(want.stands)
    assert SurveyprocError(found).exit_code == 2


def test_the_good_round_has_no_fault(configs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load_round(configs / "good.yaml")
    assert spec.warnings == ()
    assert list(spec.indicators) == ["T1_born_abroad", "T2_emigrants", "T3_abroad", "T4_age", "T5_status"]
    in_memory(monkeypatch, tmp_path, {level: raw_file(level, frame) for level, frame in frames().items()})
    assert [p.code for p in check(configs / "good.yaml", data=tmp_path)] == ["link.childless"]


@pytest.mark.parametrize("path", ROUNDS, ids=lambda p: p.stem)
def test_fault_of_a_round(path: Path, configs: Path) -> None:
    compare(problems_of(configs / path.name), expected(path), configs)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.parent.name)
def test_fault_of_a_module(path: Path, configs: Path) -> None:
    name = path.parent.name
    written = configs / f"with_{name}.yaml"
    written.write_text(f"extends: good.yaml\nmodules: [tiny, {name}]\n", encoding="utf-8")
    compare(problems_of(written), expected(path), configs)


def test_the_table_is_whole() -> None:
    assert len(ROUNDS) + len(MODULES) >= 140
    codes = {want.code for path in (*ROUNDS, *MODULES) for want in expected(path)}
    before_data = {code for code in CATALOGUE if code.split(".")[0] in ("config", "expression", "module")}
    elsewhere = {
        "config.unreadable",  # tests/config: bytes, size and depth of a file
        "config.too-large",
        "config.too-deep",
        "config.not-installed",  # not of a file
        "module.case",  # tests/config/test_cases.py
    }
    assert before_data - codes <= elsewhere


def test_faults_of_several_files_are_told_at_once(configs: Path) -> None:
    written = configs / "several.yaml"
    text = "extends: good.yaml\nmodules: [tiny, indicator_kind, guard_type]\nplan: plan_output_unknown_plan.yaml\n"
    written.write_text(text + "quality: {profile: tinny}\nmap:\n  agee: AGE\n", encoding="utf-8")
    found = problems_of(written)
    files = {Path(p.where.file).name if "module" not in p.where.file else p.where.file for p in found}
    assert files == {
        "several.yaml",
        "plan_output_unknown_plan.yaml",
        "modules/indicator_kind/module.yaml",
        "modules/guard_type/module.yaml",
    }
    assert sorted(p.code for p in found) == [
        "config.bad-value",
        "config.unknown-name",
        "config.unused",
        "config.wrong-type",
        "expression.type",
    ]
