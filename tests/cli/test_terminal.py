"""On a terminal of 80 columns: nothing is wider, nothing is cut, and what is cut off by a pipe is no fault."""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

if sys.platform == "win32":
    pytest.skip("pseudo-terminals", allow_module_level=True)

import fcntl
import pty
import termios

CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
CONFIGS = ROOT / "configs" / "demo"


def terminal(*arguments: object, columns: int = 80) -> tuple[int, str]:
    """Exit code and screen of a command on a pseudo-terminal, colours taken off."""
    child, screen = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", PYTHONPATH=str(ROOT), PYTHONIOENCODING="utf-8")
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-m", "surveyproc", *map(str, arguments)])
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    seen = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    _, status = os.waitpid(child, 0)
    os.close(screen)
    return os.waitstatus_to_exitcode(status), CODES.sub("", seen.decode()).replace("\r\n", "\n")


def assert_fits(text: str, columns: int = 80) -> None:
    wide = [line for line in text.splitlines() if len(line) > columns]
    assert not wide


@pytest.mark.parametrize(
    "command", ["run", "check", "inspect", "verify", "demo", "schema", "modules test", "modules list"]
)
def test_examples_are_not_broken_on_a_terminal(command: str) -> None:
    code, text = terminal(*command.split(), "--help")
    assert code == 0
    assert_fits(text)
    example = next(line for line in text.splitlines() if "Example: " in line)
    plain = subprocess.run(
        [sys.executable, "-m", "surveyproc", *command.split(), "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert example.strip() in [line.strip() for line in plain.stdout.splitlines()]


def test_inspect_fits_and_cuts_nothing(demo: Path) -> None:
    code, text = terminal("inspect", demo / "data" / "2024" / "person.sav")
    assert code == 0
    words = " ".join(text.split())
    # the path of the file may be longer than the screen: the terminal itself wraps it
    assert_fits("\n".join(line for line in text.splitlines() if "person.sav" not in line))
    assert "Likely columns (hints only; the config decides)" in text
    assert "…" not in text
    for part in ("Сколько лет живёт", "97 thru 99", "P05_CTRY", "HHID, LN"):
        assert part in words


def test_check_shows_place_words_and_advice_on_lines_of_their_own(demo: Path) -> None:
    code, text = terminal("check", CONFIGS / "2025_errors.yaml", "--data", demo / "data")
    assert code == 1
    assert_fits(text)
    lines = [line.rstrip() for line in text.splitlines()]
    at = lines.index("error 2025_errors/em.dta emigrant.hh_key (1 case) link.orphan")
    assert lines[at + 1] == "  records have no household record"
    assert lines[at + 2] == "    expected: each emigrant in one household"
    assert any(line.startswith("6 errors, 2 warnings") for line in lines)


def test_run_shows_its_stages(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text = terminal("run", CONFIGS / "2025.yaml", "--data", demo / "data", "--out", out, "--lang", "en")
    assert code == 0
    assert re.search(r"^estimate +[\d,]+ estimates", text, re.MULTILINE)
    for path in out.iterdir():
        assert str(path) in text.replace("\n", ""), "paths are never cut"


def test_a_pipe_that_closes_early_is_no_fault(demo: Path) -> None:
    command = (
        f"'{sys.executable}' -m surveyproc inspect --codes {demo}/data/2024/*.sav {demo}/data/2024/*.sav | head -1"
    )
    shown = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert len(shown.stdout.splitlines()) == 1
    assert "Traceback" not in shown.stderr
    assert "BrokenPipe" not in shown.stderr
