"""A small demo survey, and the commands run as a user runs them: in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from surveyproc.demo import write_demo
from tests.conftest import ROOT

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    write_demo(folder, scale=0.05)
    return folder


@pytest.fixture(scope="session")
def surveyproc() -> Command:
    def command(*arguments: object, env: Mapping[str, str] | None = None, cwd: Path = ROOT):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYPROC_")}
        environ |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(env or {})}
        return subprocess.run(
            [sys.executable, "-m", "surveyproc", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environ,
            cwd=cwd,
            check=False,
        )

    return command
