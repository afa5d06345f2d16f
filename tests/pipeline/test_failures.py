"""A run that cannot go on leaves everything as it was: data, earlier outputs, folders; and two runs never mix."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import surveyproc
import surveyproc.quality
from surveyproc.problems import SurveyprocError
from surveyproc.store import lock
from tests.pipeline.conftest import CONFIGS, Done

RUN = [sys.executable, "-m", "surveyproc", "run"]


def snapshot(folder: Path) -> dict[str, str]:
    """Every file below a folder and its hash, every folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def test_planted_errors_stop_the_run_and_nothing_is_written(data, tmp_path) -> None:
    before = snapshot(data)
    with pytest.raises(SurveyprocError) as caught:
        surveyproc.run(CONFIGS / "2025_errors.yaml", data=data, out=tmp_path / "new" / "folders" / "out")
    assert caught.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []
    assert snapshot(data) == before


def test_check_finds_every_planted_error_at_once(data) -> None:
    errors = [p for p in surveyproc.check(CONFIGS / "2025_errors.yaml", data=data) if p.severity == "error"]
    assert [(p.code, p.where.level, p.where.cases) for p in errors] == [
        ("link.duplicate-key", "emigrant", 2),
        ("link.orphan", "emigrant", 1),
        ("derive.unmapped-code", "person", 4),
        ("check.rule", "person", 6),
        ("design.bad-weight", "household", 3),
        ("design.psu-in-two-strata", "household", 12),
    ]


def test_a_run_leaves_its_data_untouched(data, tmp_path) -> None:
    before = snapshot(data)
    surveyproc.run(CONFIGS / "2025.yaml", data=data, out=tmp_path / "out", only=["MG.1.2"], languages=["en"])
    assert snapshot(data) == before


def test_a_second_run_is_refused_at_once_and_leaves_no_trace(data, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"

    def fails(*_: object, **__: object) -> None:
        raise AssertionError("data were read although the folder was locked")

    with lock(out):
        before = snapshot(tmp_path)
        monkeypatch.setattr("surveyproc.pipeline._prepare", fails)
        with pytest.raises(SurveyprocError) as caught:
            surveyproc.run(CONFIGS / "2025.yaml", data=data, out=out)
        assert snapshot(tmp_path) == before
    assert [p.code for p in caught.value.problems] == ["lock.held"]
    assert caught.value.exit_code == 5


def test_files_of_others_are_refused_before_data_are_read(data, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.docx").write_bytes(b"mine")

    def fails(*_: object, **__: object) -> None:
        raise AssertionError("data were read although the folder cannot be written")

    before = snapshot(tmp_path)
    monkeypatch.setattr("surveyproc.pipeline._prepare", fails)
    with pytest.raises(SurveyprocError) as caught:
        surveyproc.run(CONFIGS / "2025.yaml", data=data, out=out)
    assert [p.code for p in caught.value.problems] == ["output.failed"]
    assert "'notes.docx'" in caught.value.problems[0].got
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_run_that_is_killed_leaves_the_earlier_outputs_and_the_next_one_goes_on(
    rounds: dict[int, Done], data, tmp_path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(rounds[2024].out, out)
    before = snapshot(out)
    command = [*RUN, str(CONFIGS / "2025.yaml"), "--data", str(data), "--out", str(out), "--lang", "en"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        assert run.stderr is not None
        seen = []
        for line in run.stderr:
            seen.append(line.split()[0])
            if seen[-1] == "estimate":
                os.kill(run.pid, signal.SIGSTOP)  # holds its lock while the second one starts
                second = subprocess.run(command, capture_output=True, text=True, check=False)
                os.kill(run.pid, signal.SIGKILL)
                break
    assert seen == ["config", "read", "link", "derive", "design", "estimate"]
    assert run.returncode == -signal.SIGKILL
    assert snapshot(out) == before
    assert second.returncode == 5, second.stderr
    assert "another run writes to the same folder" in second.stderr
    after = subprocess.run(command, capture_output=True, text=True, check=False)
    assert after.returncode == 0, after.stderr
    assert "lock.stale" in after.stderr
    assert {path.name for path in out.iterdir()} == {
        *("estimates.csv", "manifest.json", "models.csv", "tests.csv", "tables.en.html", "tables.en.xlsx")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_fault_after_the_estimates_leaves_the_earlier_outputs(
    rounds: dict[int, Done], data, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    shutil.copytree(rounds[2025].out, out)
    before = snapshot(tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(surveyproc.quality, "judge", fails)
    with pytest.raises(ZeroDivisionError):
        surveyproc.run(CONFIGS / "2025.yaml", data=data, out=out)
    assert snapshot(tmp_path) == before
