"""`surveyproc demo` ends with a command that works as it is printed, from any folder."""

import shlex
from functools import partial
from pathlib import Path

import pytest

from surveyproc.cli import demonstration
from surveyproc.demo import write_demo
from tests.cli.conftest import Command


def test_the_next_command_runs_as_printed(surveyproc: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demonstration, "write_demo", partial(write_demo, scale=0.05))
    told = surveyproc("demo", "my survey", cwd=tmp_path)
    assert told.returncode == 0
    listed = [line.rsplit("  ", 1)[1] for line in told.stdout.splitlines() if line.startswith("  ")]
    assert len(listed) == 5
    assert all((tmp_path / name).exists() for name in listed)
    command = shlex.split(told.stderr.splitlines()[-1].removeprefix("Next: "))
    assert command[:2] == ["surveyproc", "run"]
    run = surveyproc(*command[1:], "--only", "MG.1.2", "--lang", "en", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "demo-2025" / "tables.en.xlsx").is_file()
