"""`surveyproc inspect` tells what a file holds, what its columns may be for, and what is doubtful about it."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.cli.conftest import Command


def tables(text: str) -> dict[str, list[list[str]]]:
    """The parts of plain output: title → lines of cells, heads left out."""
    found: dict[str, list[list[str]]] = {}
    skip = False
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) == 1:
            found[line], skip = [], True
        elif skip:
            skip = False
        else:
            found[list(found)[-1]].append(cells)
    return found


@pytest.mark.parametrize(
    ("file", "roles"),
    [
        ("2024/household.sav", {"weight": "HHW", "psu": "CLUST", "key": "HHID"}),
        ("2024/person.sav", {"weight": "PERW", "key": "HHID, LN"}),
        ("2025/hh.dta", {"weight": "hhwt_f", "psu": "cluster", "key": "hh_key"}),
        ("2025/em.dta", {"key": "hh_key"}),
    ],
)
def test_roles_of_the_demo_files(surveyproc: Command, demo: Path, file: str, roles: dict[str, str]) -> None:
    shown = surveyproc("inspect", demo / "data" / file, "--no-columns")
    assert shown.returncode == 0
    found = dict(tables(shown.stdout)["Likely columns (hints only; the config decides)"])
    for role, column in roles.items():
        assert column in found[role], found
    assert "Columns" not in shown.stdout.splitlines()


def test_columns_labels_and_missing_values(surveyproc: Command, demo: Path) -> None:
    shown = surveyproc("inspect", demo / "data" / "2024" / "person.sav", env={"COLUMNS": "40"})
    parts = tables(shown.stdout)
    summary = dict(parts[(demo / "data" / "2024" / "person.sav").as_posix()])
    assert summary["label"] == "Члены домохозяйств, 2024"
    assert summary["encoding"] == "utf-8"
    assert summary["columns"] == "21"
    frame, _ = pyreadstat.read_sav(str(demo / "data" / "2024" / "person.sav"))
    assert summary["rows by the header"] == f"{len(frame):,}"
    columns = {line[0]: line for line in parts["Columns"]}
    assert list(columns) == list(frame.columns)
    assert columns["P08"][1] == "Сколько лет живёт здесь непрерывно"
    assert columns["P08"][-1] == "97 thru 99"
    assert columns["P05"][-1] == "8, 9"


def test_codes_on_demand(surveyproc: Command, demo: Path) -> None:
    shown = surveyproc("inspect", demo / "data" / "2025" / "em.dta", "--codes", "--no-columns")
    codes = tables(shown.stdout)["Codes"]
    assert ["q303", "1", "ер", ""] in codes
    assert [line[-1] for line in codes if line[:2] == ["q312", ".a"]] == ["missing"]
    assert (
        dict(tables(shown.stdout)[(demo / "data" / "2025" / "em.dta").as_posix()])["with declared missing values"]
        == "6"
    )


def test_hostile_labels_neither_style_nor_command_the_terminal(surveyproc: Command, tmp_path: Path) -> None:
    path = tmp_path / "file.sav"
    label = "[bold]loud[/bold] \\[x] :smile: \x1b[31mred\tof\ntwo lines"
    pyreadstat.write_sav(pd.DataFrame({"v": [1.0]}), str(path), column_labels={"v": label})
    shown = surveyproc("inspect", path)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    columns = tables(shown.stdout)["Columns"]
    assert [line[:2] for line in columns] == [["v", "[bold]loud[/bold] \\[x] :smile:  [31mred of two lines"]]


def test_letters_that_the_console_lacks_are_no_fault(surveyproc: Command, demo: Path) -> None:
    path = demo / "data" / "2024" / "household.sav"
    shown = surveyproc("inspect", path, env={"PYTHONIOENCODING": "ascii"})
    assert shown.returncode == 0
    assert "\\u0414\\u043e\\u043c" in shown.stdout  # Дом


def test_several_files_and_the_faults_of_all(surveyproc: Command, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "page.sav").write_text("<!DOCTYPE html><html>not found</html>")
    shown = surveyproc(
        *("inspect", tmp_path / "page.sav", demo / "data" / "2024" / "transfer.sav", tmp_path / "none.dta", tmp_path)
    )
    assert shown.returncode == 3
    assert "transfer.sav" in shown.stdout
    assert "Переводы, 2024" in shown.stdout
    assert "3 errors" in shown.stderr
    assert "[read.not-found]" in shown.stderr
    assert "web page" in shown.stderr
    assert "a folder, not a file" in shown.stderr


@pytest.mark.parametrize(
    ("name", "encoding", "label"),
    [
        ("ru_cp1251_WRONGLY_declared_cp1252.sav", "cp1251", "Номер домохозяйства"),
        ("ru_cp1251_stata12_v115.dta", "cp1251", "Номер домохозяйства"),
        ("ru_cp866_undeclared.sav", "cp866", "Номер домохозяйства"),
        ("kk_kz1048_declared_as_cp1251.sav", "kz1048", "Үй шаруашылығының нөмірі"),
    ],
)
def test_a_wrong_encoding_is_a_doubt_with_its_remedy(
    surveyproc: Command, shared: Path, name: str, encoding: str, label: str
) -> None:
    path = shared / "odd" / "built" / name
    shown = surveyproc("inspect", path)
    assert shown.returncode == 3
    assert "[read.encoding]" in shown.stderr
    assert f"`encoding: {encoding}`" in shown.stderr
    assert "--encoding" in shown.stderr
    mended = surveyproc("inspect", path, "--encoding", encoding)
    assert mended.returncode == 0, mended.stderr
    assert label in mended.stdout


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("weight_variable_set_in_header.sav", 0, "WEIGHT BY"),
        ("git_lfs_pointer.sav", 3, "Git LFS"),
        ("empty_file.sav", 3, "empty"),
        ("truncated_in_dictionary.sav", 3, "damaged or incomplete"),
    ],
)
def test_odd_files(surveyproc: Command, shared: Path, name: str, code: int, words: str) -> None:
    shown = surveyproc("inspect", shared / "odd" / "built" / name)
    assert shown.returncode == code
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr


def test_every_odd_file_gives_a_report_or_a_message(surveyproc: Command, shared: Path) -> None:
    files = sorted((shared / "odd" / "built").iterdir())
    assert len(files) > 30
    shown = surveyproc("inspect", "--codes", *files)
    assert shown.returncode == 3
    assert "Traceback" not in shown.stderr
    for path in files:
        assert path.as_posix() in shown.stdout or path.as_posix() in shown.stderr, path.name
