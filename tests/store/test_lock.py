"""Two runs never write to one folder at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from surveyproc.problems import SurveyprocError
from surveyproc.store import lock
from surveyproc.store import lock as lock_function
from surveyproc.store.lock import lock_path

TRY = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from surveyproc.problems import SurveyprocError
    from surveyproc.store import lock
    try:
        with lock(Path(sys.argv[1])) as warnings:
            print("taken", [problem.code for problem in warnings])
    except SurveyprocError as error:
        print(error)
        sys.exit(error.exit_code)
    """
)


def try_elsewhere(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TRY, str(folder)], capture_output=True, text=True, check=False, timeout=30
    )


def test_a_second_process_is_refused_with_the_pid_and_exit_code_5(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with lock(folder) as warnings:
        assert warnings == ()
        second = try_elsewhere(folder)
    assert (second.returncode, second.stderr) == (5, "")
    assert "lock.held" in second.stdout
    assert f"process {os.getpid()}" in second.stdout
    third = try_elsewhere(folder)
    assert (third.returncode, third.stdout) == (0, "taken []\n")
    assert list(tmp_path.iterdir()) == []


def test_the_same_process_is_refused_too_and_other_folders_are_free(tmp_path: Path) -> None:
    with lock(tmp_path / "one"):
        with pytest.raises(SurveyprocError) as caught, lock(tmp_path / "one"):
            pass
        with lock(tmp_path / "two"):
            pass
    assert caught.value.exit_code == 5


def test_two_names_of_one_folder_share_the_lock(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with lock(tmp_path / "real"), pytest.raises(SurveyprocError), lock(tmp_path / "link"):
        pass
    assert not lock_path(tmp_path / "real").exists()


def test_the_lock_is_freed_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock(tmp_path / "out"):
        raise ZeroDivisionError
    with lock(tmp_path / "out") as warnings:
        assert warnings == ()


@pytest.mark.parametrize("content", ["not json", "[1]", '{"pid": 999999999}'])
def test_a_left_lock_file_of_any_content_is_taken_over(tmp_path: Path, content: str) -> None:
    lock_path(tmp_path / "out").write_text(content)
    with lock(tmp_path / "out") as warnings:
        assert [problem.code for problem in warnings] == ["lock.stale"]


def test_a_lock_of_another_machine_is_not_broken(tmp_path: Path) -> None:
    path = lock_path(tmp_path / "out")
    path.write_text(json.dumps({"pid": 12, "host": "another-machine"}))
    with pytest.raises(SurveyprocError) as caught, lock(tmp_path / "out"):
        pass
    (problem,) = caught.value.problems
    assert problem.got == "process 12 on another-machine"
    assert "delete the lock file" in problem.hint
    assert path.exists()


@pytest.mark.parametrize(("pid", "exit_code"), [(os.getpid(), 5), (999_999_999, 0)], ids=["alive", "dead"])
def test_without_file_locks_the_pid_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pid: int, exit_code: int
) -> None:
    module = sys.modules[lock_function.__module__]
    monkeypatch.setattr(module, "_try_lock", lambda descriptor: module._Grip.UNSUPPORTED)
    lock_path(tmp_path / "out").write_text(json.dumps({"pid": pid}))
    code = 0
    try:
        with lock(tmp_path / "out"):
            pass
    except SurveyprocError as error:
        code = error.exit_code
    assert code == exit_code


def test_a_lock_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SurveyprocError) as caught, lock(tmp_path / "file" / "out"):
        pass
    assert caught.value.exit_code == 4


def test_many_at_once_never_overlap(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, sys, time
        from pathlib import Path
        from surveyproc.problems import SurveyprocError
        from surveyproc.store import lock
        done, end = 0, time.monotonic() + 20
        while done < 15 and time.monotonic() < end:
            try:
                with lock(Path(sys.argv[1], "out")) as warnings:
                    assert not warnings
                    os.close(os.open(Path(sys.argv[1], "inside"), os.O_CREAT | os.O_EXCL))
                    os.unlink(Path(sys.argv[1], "inside"))
                    done += 1
            except SurveyprocError as error:
                assert error.exit_code == 5
            time.sleep(0.0005)
        print(done)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [run.communicate(timeout=60) for run in runs] == [("15\n", "")] * 4
