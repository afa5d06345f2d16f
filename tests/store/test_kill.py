"""A run killed at any moment leaves the outputs of before or of after, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from surveyproc.store import lock, write_outputs
from surveyproc.store.lock import lock_path
from tests.store.helpers import assert_whole, sample_files, sample_manifest

WRITER = textwrap.dedent(
    """
    import itertools, sys
    from pathlib import Path
    from surveyproc.store import lock, write_outputs, swap
    if sys.argv[2] == "two steps":
        swap.exchange = lambda one, other: False
    for number in itertools.count():
        files = {f"tables_{i}.csv": f"{number}-{i}\\n".encode() * 3000 for i in range(12)}
        with lock(Path(sys.argv[1])):
            write_outputs(Path(sys.argv[1]), files, {})
        if number == 0:
            print("written", flush=True)
    """
)


def kill_while_writing(folder: Path, way: str, wait: float) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder), way], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL


def assert_one_version(files: dict[str, bytes]) -> None:
    assert len(files) == 12
    assert {content.split(b"-")[0] for content in files.values()} == {files["tables_0.csv"].split(b"-")[0]}


@pytest.mark.parametrize("way", ["one step", "two steps"])
def test_killed_at_random_moments(tmp_path: Path, way: str) -> None:
    kills = int(os.environ.get("SURVEYPROC_KILLS", "15"))
    waits = random.Random(20260101)
    folder = tmp_path / "out"
    for _ in range(kills):
        kill_while_writing(folder, way, waits.uniform(0, 0.05))
        if way == "two steps" and not folder.exists():
            assert_one_version(assert_whole(tmp_path / ".out.earlier"))
        else:
            assert_one_version(assert_whole(folder))
    files = sample_files("after")
    with lock(folder):
        write_outputs(folder, files, sample_manifest(files))
    assert assert_whole(folder) == files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_the_lock_of_a_killed_run_is_taken_over_with_a_warning(tmp_path: Path) -> None:
    program = "import sys,time;from pathlib import Path;from surveyproc.store import lock\n"
    program += "with lock(Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    folder = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGKILL)
    assert lock_path(folder).exists()
    with lock(folder) as warnings:
        assert [(problem.code, problem.got) for problem in warnings] == [("lock.stale", f"process {holder.pid}")]
    assert not lock_path(folder).exists()
