"""Each class of fault has its exit code, its message with place and code, and never a traceback."""

import sys
from pathlib import Path

import pytest

from surveyproc import pipeline
from surveyproc.cli import main
from surveyproc.store import lock
from tests.cli.conftest import Command
from tests.conftest import ROOT

CONFIGS = ROOT / "configs" / "demo"


def assert_told(run, code: int, *words: str) -> None:
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr + run.stdout
    assert "[/" not in run.stderr, "markup"
    assert "\x1b" not in run.stderr + run.stdout
    for word in words:
        assert word in run.stderr


def test_0_a_run_prints_its_stages_and_where_the_outputs_are(process: Command, demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "a long name of a folder with blanks, which a narrow console would break into lines" / "out"
    run = process("run", CONFIGS / "2025.yaml", "--data", demo / "data", "--out", out, env={"COLUMNS": "40"})
    assert_told(run, 0, "derive.skip", "2 warnings")
    stages = [line.split()[0] for line in run.stderr.splitlines()[:9]]
    assert stages == ["config", "read", "link", "derive", "design", "estimate", "judge", "tabulate", "publish"]
    assert run.stdout.splitlines()[0] == "Written:"
    written = [line.split(maxsplit=1)[1] for line in run.stdout.splitlines()[1:]]
    assert sorted(written) == sorted(str(path) for path in out.iterdir())


def test_0_quiet_only_and_lang(surveyproc: Command, demo: Path, tmp_path: Path) -> None:
    options = ("--only", "MG.1.2", "--only", "MG.1.1", "--lang", "kk", "--quiet")
    run = surveyproc("run", CONFIGS / "2024.yaml", "--data", demo / "data", "--out", tmp_path / "out", *options)
    assert_told(run, 0)
    assert "read " not in run.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("estimates.csv", "manifest.json", "tables.kk.html", "tables.kk.xlsx")
    }


def test_0_the_data_root_may_come_from_the_environment(surveyproc: Command, demo: Path, tmp_path: Path) -> None:
    run = surveyproc(
        "run",
        CONFIGS / "2025.yaml",
        "-q",
        "--only",
        "MG.1.2",
        env={"SURVEYPROC_DATA": str(demo / "data")},
        cwd=tmp_path,
    )
    assert_told(run, 0)
    assert (tmp_path / "out" / "demo-2025" / "manifest.json").is_file()


def test_0_check_of_a_clean_round_counts_notes_and_says_how_to_see_them(surveyproc: Command, demo: Path) -> None:
    run = surveyproc("check", CONFIGS / "2025.yaml", "--data", demo / "data")
    assert_told(run, 0, "2 warnings", "Notes are listed with --notes.")
    assert "info [" not in run.stderr
    more = surveyproc("check", CONFIGS / "2025.yaml", "--data", demo / "data", "--notes")
    assert_told(more, 0, "info [design.zero-weight]")
    assert "--notes" not in more.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_1_errors_in_data_are_told_all_at_once_in_one_line_each(
    surveyproc: Command, demo: Path, tmp_path: Path, command: str
) -> None:
    options = ("--out", tmp_path / "out", "-q") if command == "run" else ()
    run = surveyproc(command, CONFIGS / "2025_errors.yaml", "--data", demo / "data", *options, env={"COLUMNS": "40"})
    assert_told(run, 1, "[link.duplicate-key]", "[link.orphan]")
    lines = [line for line in run.stderr.splitlines() if ": error [" in line]
    assert len(lines) == (6 if command == "check" else 2)  # a run stops where linking fails, a check goes on
    assert list(tmp_path.iterdir()) == []
    assert run.stdout == ""


def test_2_faults_of_a_config_have_line_and_column(surveyproc: Command, tmp_path: Path, demo: Path) -> None:
    text = (
        (CONFIGS / "2024.yaml").read_text(encoding="utf-8").replace("lonely_psu: fail", "lonely_psu: '[red]no[/red]'")
    )
    (tmp_path / "2024.yaml").write_text(text.replace("modules:", "modulez:"), encoding="utf-8")
    for command in ("run", "check"):
        run = surveyproc(command, tmp_path / "2024.yaml", "--data", demo / "data")
        assert run.returncode == 2
        assert "2024.yaml:8:1: error [config.unknown-key]" in run.stderr
        assert "Traceback" not in run.stderr
        assert "modules" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "no-such.yaml"), "[config.not-found]"),
        (("check", "configs"), "[config.unreadable]"),
        (("run", CONFIGS / "2025.yaml", "--data", "no-such-folder"), "there is no such data folder"),
        (("run", CONFIGS / "2025.yaml", "--only", "MG.1.9"), "the plan has no table 'MG.1.9'"),
        (("run", CONFIGS / "2025.yaml", "--lang", "xx"), "there are no words in 'xx'"),
        (("run",), "Missing argument"),
        (("run", CONFIGS / "2025.yaml", "--fast"), "No such option"),
        (("frobnicate",), "No such command"),
        (("modules", "test", "no_such_module"), "[module.not-found]"),
    ],
)
def test_2_what_cannot_be_meant(surveyproc: Command, arguments: tuple[object, ...], words: str) -> None:
    assert_told(surveyproc(*arguments), 2, words)


def test_3_every_missing_file_is_told(surveyproc: Command, tmp_path: Path) -> None:
    run = surveyproc("run", CONFIGS / "2025.yaml", "--data", tmp_path, "--out", tmp_path / "out")
    assert_told(run, 3, "'2025/hh.dta'", "'2025/hl.dta'", "'2025/em.dta'", "3 errors")
    assert list(tmp_path.iterdir()) == []


def test_3_a_damaged_file(surveyproc: Command, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "2025").mkdir()
    for name in ("hh.dta", "hl.dta", "em.dta"):
        content = (demo / "data" / "2025" / name).read_bytes()
        (tmp_path / "2025" / name).write_bytes(content if name != "hl.dta" else content[: len(content) // 2])
    run = surveyproc("check", CONFIGS / "2025.yaml", "--data", tmp_path)
    assert_told(run, 3, "2025/hl.dta", "[read.damaged]")


def test_4_a_folder_with_files_of_others(surveyproc: Command, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.docx").write_text("not ours")
    run = surveyproc(
        "run", CONFIGS / "2025.yaml", "--data", demo / "data", "--out", tmp_path / "out", "--only", "MG.1.2"
    )
    assert_told(run, 4, "[output.failed]", "'letter.docx'")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "letter.docx"]


@pytest.mark.parametrize("command", ["demo", "schema"])
def test_4_a_file_where_a_folder_should_be(surveyproc: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    assert_told(surveyproc(command, tmp_path / "file"), 4, "[output.failed]", str(tmp_path / "file"))


def test_5_another_run_holds_the_folder(process: Command, demo: Path, tmp_path: Path) -> None:
    with lock(tmp_path / "out"):
        run = process("run", CONFIGS / "2025.yaml", "--data", demo / "data", "--out", tmp_path / "out")
    assert_told(run, 5, "[lock.held]", "another run writes to the same folder")
    assert [line.split()[0] for line in run.stderr.splitlines()[:1]] == ["config"]
    assert "\nread " not in run.stderr
    assert list(tmp_path.iterdir()) == []


def fails(*_: object, **__: object) -> None:
    secret = 48_151_623
    raise ZeroDivisionError(f"income of the case is {secret}")


def test_70_a_fault_of_our_own_names_its_place_and_tells_no_values(
    surveyproc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "run", fails)
    run = surveyproc("run", "any.yaml")
    assert_told(run, 70, "ZeroDivisionError in test_exit_codes.py:")
    assert "48151623" not in run.stderr + run.stdout
    assert run.stdout == ""


def test_70_shows_all_to_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "run", fails)
    monkeypatch.setattr(sys, "argv", ["surveyproc", "run", "any.yaml"])
    monkeypatch.setenv("SURVEYPROC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main()


def test_130_an_interrupted_run(surveyproc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "check", interrupted)
    assert_told(surveyproc("check", "any.yaml"), 130, "Interrupted: nothing was written.")
