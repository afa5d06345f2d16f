"""The parent survives whatever the child does."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from surveyproc.problems import SurveyprocError
from surveyproc.read import process
from surveyproc.read.files import read_file
from surveyproc.read.limits import Limits
from tests.read.builders import write_sav

DEATHS = {
    "segfault": "import os, signal; os.kill(os.getpid(), getattr(signal, 'SIGSEGV', signal.SIGTERM))",
    "abort": "import os; os.abort()",
    "kill": "import os, signal; os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))",
    "exit": "raise SystemExit(3)",
    "traceback": "1 / 0",
    "silence": "pass",
    "memory": "raise MemoryError",
    "nonsense": "open('result.json', 'w').write('{]')",
    "no status": "open('result.json', 'w').write('{}')",
    "a list": "open('result.json', 'w').write('[]')",
    "no buffers": "open('result.json', 'w').write("
    '\'{"status": "ok", "rows": 5, "data": [{"name": "x", "offset": 0}]}\')',
}


@pytest.mark.parametrize("death", DEATHS)
def test_any_death_is_one_problem_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(DEATHS[death])
    monkeypatch.setattr(process, "WORKER", worker)
    with pytest.raises(SurveyprocError) as caught:
        read_file(write_sav(tmp_path / "a.sav"), level="hh", shown="raw/a.sav", columns=None)
    (problem,) = caught.value.problems
    assert problem.code == "read.crash"
    assert str(problem).startswith("raw/a.sav hh: error")
    assert caught.value.exit_code == 3
    assert problem.got


@pytest.mark.skipif(sys.platform == "win32", reason="signals have no names there")
def test_the_signal_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "worker.py").write_text(DEATHS["segfault"])
    monkeypatch.setattr(process, "WORKER", tmp_path / "worker.py")
    assert process.run_worker({}, Limits()).death == "killed by signal SIGSEGV"


def test_a_child_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "worker.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr(process, "WORKER", tmp_path / "worker.py")
    assert process.run_worker({}, Limits(seconds=0.5)).status == "late"


def test_deaths_of_other_systems_have_words() -> None:
    assert process.death_of(0xC0000005) == "access violation"
    assert process.death_of(-1073741819) == "killed by signal 1073741819"
    assert process.death_of(7) == "exit code 7"


def test_a_code_without_a_text_is_no_answer(tmp_path: Path) -> None:
    np.array([0, 5], dtype=np.int32).tofile(tmp_path / "columns.bin")
    data = [{"name": "t", "offset": 0, "texts": ["a"]}]
    (tmp_path / "result.json").write_text(json.dumps({"status": "ok", "rows": 2, "data": data}))
    assert process.take_answer(tmp_path, 0).status == "died"
    data[0]["texts"] = list("abcdef")
    (tmp_path / "result.json").write_text(json.dumps({"status": "ok", "rows": 2, "data": data}))
    assert process.take_answer(tmp_path, 0).columns["t"].texts == tuple("abcdef")
