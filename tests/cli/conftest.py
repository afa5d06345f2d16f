"""A small demo survey, and the commands as a user runs them: in a process of their own, or quicker in this one."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from surveyproc.cli import main
from surveyproc.demo import write_demo
from tests.conftest import ROOT

Run = subprocess.CompletedProcess[str]
Command = Callable[..., Run]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    write_demo(folder, scale=0.05)
    return folder


def settings(env: Mapping[str, str] | None) -> dict[str, str]:
    """The environment without settings of surveyproc, with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYPROC_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(env or {})}


@pytest.fixture
def surveyproc(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process; neither of its streams is a terminal."""

    def command(*arguments: object, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Run:
        environ = settings(env)
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=environ["PYTHONIOENCODING"]) for _ in range(2)]
        with monkeypatch.context() as patch:
            patch.setattr(os, "environ", environ)
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["surveyproc", *map(str, arguments)])
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            with pytest.raises(SystemExit) as stop:
                main()
        assert isinstance(stop.value.code, int)
        said = []
        for stream in streams:
            stream.flush()
            said.append(stream.buffer.getvalue().decode(environ["PYTHONIOENCODING"]))
        return Run(arguments, stop.value.code, *said)

    return command


@pytest.fixture(scope="session")
def process() -> Command:
    """Run a command in a process of its own."""

    def command(*arguments: object, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Run:
        return subprocess.run(
            [sys.executable, "-m", "surveyproc", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            env=settings(env),
            cwd=cwd,
            check=False,
        )

    return command
