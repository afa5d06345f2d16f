"""Help is quick, plain off a terminal, and has an example that fits a narrow one; every command of it is real."""

import subprocess
import sys
import time

import pytest

from tests.cli.conftest import Command
from tests.conftest import ROOT

COMMANDS = ["run", "check", "inspect", "verify", "change", "trend", "demo", "schema", "modules test", "modules list"]
HEAVY = (
    "pandas",
    "numpy",
    "scipy",
    "pyreadstat",
    "pydantic",
    "yaml",
    "xlsxwriter",
    "jinja2",
    "babel",
    "samplics",
    "svy",
)


def test_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, surveyproc.cli.app; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, surveyproc; print([name for name in {HEAVY} if name in sys.modules], surveyproc.run.__name__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[] run"


def test_help_takes_less_than_half_a_second_of_a_processor(process: Command) -> None:
    if sys.platform == "win32":
        pytest.skip("times of children are not told")
    import resource

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    times = []
    for _ in range(3):
        before = spent()
        assert process("--help").returncode == 0
        times.append(spent() - before)
        time.sleep(0.01)
    assert min(times) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(process: Command, command: str) -> None:
    shown = process(*command.split(), "--help", env={"COLUMNS": "80"})
    assert shown.returncode == 0
    assert shown.stderr == ""
    examples = [line.strip() for line in shown.stdout.splitlines() if "Example: " in line]
    assert len(examples) == 1
    assert examples[0].startswith(f"Example: surveyproc {command} ") or examples[0] == f"Example: surveyproc {command}"
    assert not [letter for letter in "╭│─\x1b" if letter in shown.stdout]


def test_the_list_of_commands_is_whole(surveyproc: Command) -> None:
    shown = surveyproc("--help").stdout
    assert all(f"\n  {command.split()[0]} " in shown for command in COMMANDS)


def test_version(process: Command) -> None:
    shown = process("--version")
    assert shown.stdout.startswith("surveyproc ")
    assert shown.returncode == 0


def test_schema_writes_one_file_a_kind_and_lists_them(surveyproc: Command, tmp_path) -> None:
    shown = surveyproc("schema", tmp_path / "schemas")
    assert shown.returncode == 0
    listed = {line.split()[1] for line in shown.stdout.splitlines()[1:]}
    assert listed == {str(path) for path in (tmp_path / "schemas").iterdir()}
    assert len(listed) == 7


def test_modules_are_listed_and_their_cases_hold(surveyproc: Command) -> None:
    listed = surveyproc("modules", "list")
    names = [line.split("\t")[0] for line in listed.stdout.splitlines()[2:]]
    assert sorted(names) == ["absent_members", "background", "residence"]
    cases = surveyproc("modules", "test")
    assert cases.returncode == 0, cases.stderr
    assert "differs" not in cases.stdout
    assert "residence" in cases.stdout
