"""Outputs appear all or none; what others wrote is never deleted."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from surveyproc.problems import Severity, SurveyprocError
from surveyproc.store import stage as stage_module
from surveyproc.store import swap, write_outputs
from tests.store.helpers import assert_whole, read_back, sample_files, sample_manifest

OLD = sample_files("old")
NEW = sample_files("new", count=3)


def write(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    return tuple(problem.code for problem in write_outputs(folder, files, sample_manifest(files)))


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_first_outputs_then_new_ones_in_their_place(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    assert write(folder, OLD) == ()
    assert assert_whole(folder) == OLD
    assert write(folder, NEW) == ()
    assert assert_whole(folder) == NEW
    assert beside(folder) == []


def test_without_an_exchange_in_one_step_the_result_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    folder = tmp_path / "out"
    write(folder, OLD)
    write(folder, NEW)
    assert assert_whole(folder) == NEW
    assert beside(folder) == []


def test_the_second_of_two_renames_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    real_rename = os.rename

    def rename(one: Path, other: Path) -> None:
        if Path(one).name == ".out.stage":
            raise PermissionError(errno.EACCES, "Permission denied")
        real_rename(one, other)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(SurveyprocError) as caught:
        write(folder, NEW)
    assert [problem.code for problem in caught.value.problems] == ["output.failed"]
    assert "open in another program" in caught.value.problems[0].hint
    assert assert_whole(folder) == OLD
    assert beside(folder) == []


def test_the_exchange_of_this_system_swaps_two_folders(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if not swap.exchange(one, other):
        pytest.skip("this system or file system has no exchange of two names")
    assert read_back(one) == {"other": b""}
    assert read_back(other) == {"one": b""}
    with pytest.raises(FileNotFoundError):
        swap.exchange(one, tmp_path / "absent")


def test_files_of_others_stop_the_run_and_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    for number in range(7):
        (folder / f"my notes {number}.docx").write_text("mine")
    before = read_back(folder)
    with pytest.raises(SurveyprocError) as caught:
        write(folder, NEW)
    (problem,) = caught.value.problems
    assert (problem.code, caught.value.exit_code) == ("output.failed", 4)
    assert "'my notes 4.docx' and 2 more" in problem.got
    assert "my notes 5" not in problem.got
    assert read_back(folder) == before
    assert beside(folder) == []


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", '{"outputs": []}', '{"surveyproc_manifest": 1}', "[" * 100_000],
    ids=["empty", "cut", "list", "not ours", "no outputs", "deep"],
)
def test_a_folder_with_another_programs_manifest_is_left_alone(tmp_path: Path, manifest: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(SurveyprocError, match="did not write"):
        write(folder, NEW)
    assert read_back(folder) == {"manifest.json": manifest.encode()}


def test_an_empty_folder_and_litter_of_the_system_may_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir(mode=0o750)
    (folder / ".DS_Store").touch()
    write(folder, NEW)
    assert assert_whole(folder) == NEW
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_link_inside_counts_as_anothers_file_and_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data.sav").touch()
    folder = tmp_path / "out"
    write(folder, OLD)
    (folder / "link").symlink_to(precious)
    with pytest.raises(SurveyprocError, match="'link'"):
        write(folder, NEW)
    assert (precious / "data.sav").exists()


def test_a_link_to_a_folder_keeps_pointing_there(tmp_path: Path) -> None:
    real = tmp_path / "disk" / "real"
    link = tmp_path / "out"
    real.mkdir(parents=True)
    link.symlink_to(real)
    write(link, OLD)
    write(link, NEW)
    assert link.is_symlink()
    assert assert_whole(real) == NEW


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("mine")
    with pytest.raises(SurveyprocError, match="is a file"):
        write(target, NEW)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("name", ["/", "loop", "a\0b"])
def test_a_path_that_cannot_be_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SurveyprocError) as caught:
        write(Path(name) if name == "/" else tmp_path / name, NEW)
    assert {problem.code for problem in caught.value.problems} == {"output.failed"}


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/etc/x",
        "a/../x",
        "a//x",
        "./x",
        "",
        "C:x",
        "a\\x",
        "con",
        "a/AUX.csv",
        "LPT1.txt",
        "x.",
        " x",
        "x\u202egpj.exe",
        "x\n",
        "x\0",
        "manifest.json",
        "Manifest.JSON",
        "tables_0.CSV",
        "я" * 200,
    ],
)
def test_names_that_may_not_be_written(tmp_path: Path, name: str) -> None:
    files = {**OLD, name: b"x"}
    with pytest.raises(SurveyprocError) as caught:
        write_outputs(tmp_path / "out", files, sample_manifest(OLD))
    assert [problem.code for problem in caught.value.problems] == ["output.failed"]
    assert list(tmp_path.iterdir()) == []


def test_kazakh_names_may_be_written(tmp_path: Path) -> None:
    write(tmp_path / "шығыс", {"кестелер_ә.csv": b"1"})
    assert assert_whole(tmp_path / "шығыс") == {"кестелер_ә.csv": b"1"}


def test_what_a_killed_run_left_is_reported_and_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    (tmp_path / ".out.stage" / "figures").mkdir(parents=True)
    (tmp_path / ".out.stage" / "tables_0.csv").write_text("half")
    problems = write_outputs(folder, NEW, sample_manifest(NEW))
    assert [(problem.code, problem.severity) for problem in problems] == [("output.stale", Severity.WARNING)]
    assert assert_whole(folder) == NEW
    assert beside(folder) == []


def test_a_folder_set_aside_by_a_killed_run_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    folder.rename(tmp_path / ".out.earlier")
    (tmp_path / ".out.stage").mkdir()
    monkeypatch.setattr(stage_module, "_fill", _no_space)
    with pytest.raises(SurveyprocError):
        write(folder, NEW)
    assert assert_whole(folder) == OLD
    assert beside(folder) == []


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


FLUSHES = len(NEW) + 3  # each file, the manifest, two folders


def full_after(monkeypatch: pytest.MonkeyPatch, calls_before: int) -> None:
    real_fsync = os.fsync
    calls = 0

    def fsync(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls > calls_before:
            _no_space()
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("calls_before", range(FLUSHES))
def test_disk_full_at_each_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls_before: int) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    full_after(monkeypatch, calls_before)
    with pytest.raises(SurveyprocError) as caught:
        write(folder, NEW)
    assert caught.value.exit_code == 4
    assert "Free some space" in str(caught.value)
    assert assert_whole(folder) == OLD
    assert beside(folder) == []


def test_once_in_place_the_outputs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    full_after(monkeypatch, FLUSHES)
    write(folder, NEW)
    assert assert_whole(folder) == NEW
    assert beside(folder) == []


def test_a_real_limit_on_file_size(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)
    program = """
        import resource, sys
        from pathlib import Path
        from surveyproc.problems import SurveyprocError
        from surveyproc.store import write_outputs
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write_outputs(Path(sys.argv[1]), {"a.csv": b"x" * 50_000, "b.csv": b"x" * 200_000}, {})
        except SurveyprocError as error:
            print(error)
            sys.exit(error.exit_code)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (4, "")
    assert "File too large" in run.stdout
    assert assert_whole(folder) == OLD
    assert beside(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_parent_without_permission(tmp_path: Path) -> None:
    parent = tmp_path / "closed"
    folder = parent / "out"
    write(folder, OLD)
    parent.chmod(0o500)
    try:
        with pytest.raises(SurveyprocError) as caught:
            write(folder, NEW)
        assert assert_whole(folder) == OLD
    finally:
        parent.chmod(0o700)
    assert caught.value.exit_code == 4


def test_earlier_outputs_that_cannot_be_deleted_cost_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(folder, OLD)

    def rmtree(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(stage_module.shutil, "rmtree", rmtree)
    assert write(folder, NEW) == ("output.stale",)
    assert assert_whole(folder) == NEW
    monkeypatch.undo()
    assert write(folder, OLD) == ("output.stale",)
    assert beside(folder) == []
