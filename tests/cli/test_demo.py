"""`surveyproc demo` ends with a command that works as it is printed, from any folder."""

import shlex
import sys
from functools import partial
from pathlib import Path

import pytest

from surveyproc.cli import demonstration, main
from surveyproc.demo import write_demo


def command_line(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["surveyproc", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


def test_the_next_command_runs_as_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demonstration, "write_demo", partial(write_demo, scale=0.05))
    assert command_line(monkeypatch, "demo", "my survey") == 0
    told = capsys.readouterr()
    listed = [line.rsplit("  ", 1)[1] for line in told.out.splitlines() if line.startswith("  ")]
    assert len(listed) == 5
    assert all((tmp_path / name).exists() for name in listed)
    command = shlex.split(told.err.splitlines()[-1].removeprefix("Next: "))
    assert command[:2] == ["surveyproc", "run"]
    assert command_line(monkeypatch, *command[1:], "--only", "MG.1.2", "--lang", "en") == 0
    assert (tmp_path / "out" / "demo-2025" / "tables.en.xlsx").is_file()
