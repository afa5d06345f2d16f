"""Faults of the files themselves, read by the real reader: paths, damage, encodings, columns."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from surveyproc.pipeline import check, run
from surveyproc.problems import Problem, Severity, SurveyprocError
from tests.bad_config.survey import HERE, NAMES, frames, write


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "bad_config"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    write(folder)
    return folder


@pytest.fixture
def survey(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "inside" / "bad_config"))


def errors(folder: Path, config: str = "") -> list[Problem]:
    path = folder / "fault.yaml"
    path.write_text(f"extends: good.yaml\n{config}", encoding="utf-8")
    return [p for p in check(path) if p.severity is Severity.ERROR]


def test_real_files_give_the_same_as_frames(survey: Path) -> None:
    assert errors(survey) == []
    total = run(survey / "good.yaml").estimates.query("indicator == 'T3_abroad' and domain == 'total'")
    person = frames()["person"]
    assert total["value"].item() == pytest.approx(person.loc[person["BORN"] == 3, "PW"].sum(), rel=1e-12)


OUTSIDE = ("/etc/passwd", "../person.sav", "a/../../person.sav", "~/person.sav", "C:\\person.sav", "..\\person.sav")


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_out_of_the_data_root_is_refused(path: str, survey: Path) -> None:
    shutil.copy(survey / NAMES["person"], survey.parent / "person.sav")
    (problem,) = errors(survey, f"files: {{person: {{path: '{path}'}}}}\n")
    assert problem.code == "config.path"
    assert (problem.where.line, problem.where.column) == (2, 24)
    assert problem.where.file.endswith("fault.yaml")
    assert "out of the data root" in problem.what
    assert problem.got == repr(path)
    assert problem.exit_code == 2


def test_a_link_out_of_the_data_root_is_refused(survey: Path) -> None:
    shutil.move(survey / NAMES["person"], survey.parent / "person.sav")
    os.symlink(survey.parent / "person.sav", survey / "person.sav")
    (problem,) = errors(survey)
    assert problem.code == "config.path"
    assert str(problem.where).endswith("good.yaml:11:18")


def test_a_file_that_is_not_there(survey: Path) -> None:
    (survey / NAMES["person"]).unlink()
    (survey / NAMES["emigrant"]).unlink()
    found = errors(survey)
    assert [p.code for p in found] == ["read.not-found", "read.not-found"]
    assert [p.got for p in found] == ["'person.sav'", "'emigrant.sav'"]
    assert SurveyprocError(found).exit_code == 3


def damaged(content: bytes, how: str) -> bytes:
    return {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "text": b"HH;LN;AGE\n1;1;30\n",
        "header": content[:60],
    }[how]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("cut", "read.damaged"),
        ("empty", "read.not-a-survey-file"),
        ("text", "read.not-a-survey-file"),
        ("header", "read.damaged"),
    ],
)
def test_a_damaged_file_gives_one_problem(how: str, code: str, survey: Path) -> None:
    path = survey / NAMES["person"]
    path.write_bytes(damaged(path.read_bytes(), how))
    (problem,) = errors(survey)
    assert problem.code == code
    assert problem.where.file.endswith("person.sav")
    assert problem.exit_code == 3


def test_a_folder_in_place_of_a_file(survey: Path) -> None:
    (survey / NAMES["person"]).unlink()
    (survey / NAMES["person"]).mkdir()
    (problem,) = errors(survey)
    assert problem.code.startswith("read.")


def test_an_encoding_that_nobody_knows(survey: Path) -> None:
    (problem,) = errors(survey, "files: {person: {path: person.sav, encoding: cp1521}}\n")
    assert "cp1521" in str(problem)
    assert problem.exit_code in (2, 3)


def test_no_cases_in_a_file(survey: Path) -> None:
    write(survey, {"person": frames()["person"].iloc[:0]})
    found = errors(survey)
    assert [p.code for p in found] == ["read.empty"]


def test_a_missing_data_root() -> None:
    (problem,) = check(HERE / "good.yaml", data=HERE / "no-such-folder")
    assert problem.code == "config.not-found"
    assert problem.where.file == "--data"
