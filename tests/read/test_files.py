"""What is read from good files, and the problem that each bad one gives."""

import hashlib
import math
import os
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.problems import Problem, Severity, SurveyprocError
from surveyproc.read.files import read_file, read_info
from surveyproc.read.limits import Limits
from surveyproc.values import RawFile
from tests.read.builders import RUSSIAN, frame, set_header, write_dta, write_sav


def read(path: Path, columns: list[str] | None = None, **options: object) -> RawFile:
    return read_file(path, level="person", shown=path.name, columns=columns, **options)[0]


def refusal(path: Path, columns: list[str] | None = None, **options: object) -> tuple[Problem, ...]:
    with pytest.raises(SurveyprocError) as caught:
        read_file(path, level="person", shown=path.name, columns=columns, **options)
    assert caught.value.exit_code == 3
    assert all(problem.where.file == path.name for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize("name", ["a.sav", "a.zsav", "a.dta"])
def test_every_format_gives_back_what_was_written(tmp_path: Path, name: str) -> None:
    path = write_dta(tmp_path / name, RUSSIAN) if name.endswith("dta") else write_sav(tmp_path / name, RUSSIAN)
    raw = read(path)
    assert raw.rows == raw.info.rows == 12
    assert raw.info.format == name[2:]
    assert raw.info.path == name
    assert raw.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert raw.info.encoding == "utf-8"
    assert list(raw.columns) == ["hhid", "born", "w", "town"]
    assert raw.columns["hhid"].info.label == "Номер домохозяйства"
    for column, values in frame().items():
        assert raw.columns[str(column)].values.tolist() == values.tolist()
    assert raw.columns["town"].info.text
    assert raw.columns["town"].values.dtype == object
    assert not raw.columns["w"].info.text


def test_only_the_named_columns_are_read_while_the_info_has_all(tmp_path: Path) -> None:
    raw = read(write_sav(tmp_path / "a.sav"), ["w", "hhid"])
    assert list(raw.columns) == ["hhid", "w"]
    assert list(raw.info.columns) == ["hhid", "born", "w", "town"]
    assert read(write_sav(tmp_path / "b.sav"), []).rows == 12


def test_metadata_alone_carries_labels_and_missing_definitions(tmp_path: Path) -> None:
    info, problems = read_info(write_sav(tmp_path / "a.sav"), shown="a.sav")
    assert problems == ()
    assert info.rows == 12
    assert info.columns["born"].value_labels == {1.0: "here", 2.0: "abroad", 8.0: "DK", 9.0: "NA"}
    assert info.columns["born"].missing_ranges == ((8.0, 9.0),)
    assert info.columns["born"].missing_values == ()


def test_user_missing_stay_as_codes_and_system_missing_is_nan(tmp_path: Path) -> None:
    data = pd.DataFrame({"x": [1.0, 99.0, np.nan], "y": [-5.0, 97.0, 3.0], "s": ["?", "ok", ""]})
    missing = {"x": [99], "y": [{"lo": 90, "hi": 99}, -5], "s": ["?"]}
    pyreadstat.write_sav(data, str(tmp_path / "a.sav"), missing_ranges=missing)
    columns = read(tmp_path / "a.sav").columns
    assert columns["x"].values[:2].tolist() == [1.0, 99.0]
    assert math.isnan(columns["x"].values[2])
    assert columns["x"].info.missing_values == (99.0,)
    assert columns["y"].info.missing_values == (-5.0,)
    assert columns["y"].info.missing_ranges == ((90.0, 99.0),)
    assert columns["s"].info.missing_values == ("?",)
    assert columns["s"].values.tolist() == ["?", "ok", ""]
    assert columns["x"].letters is None


def test_stata_letters_come_apart_from_values(tmp_path: Path) -> None:
    data = pd.DataFrame({"q": [1, "a", "z", 2], "w": [1.5, 2.5, np.nan, 1.0]})
    pyreadstat.write_dta(data, str(tmp_path / "a.dta"), missing_user_values={"q": ["a", "z"]})
    columns = read(tmp_path / "a.dta").columns
    assert columns["q"].letters is not None
    assert columns["q"].letters.tolist() == [0, 1, 26, 0]
    assert np.isnan(columns["q"].values).tolist() == [False, True, True, False]
    assert columns["w"].letters is None


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    rows = 2500
    data = pd.DataFrame({f"v{i}": np.arange(rows) * 10.0 + i for i in range(600)})
    data["t"] = [f"r{i}" for i in range(rows)]
    data.loc[1700, "v5"] = np.nan
    for name, write in (("a.sav", pyreadstat.write_sav), ("a.dta", pyreadstat.write_dta)):
        write(data, str(tmp_path / name))
        columns = read(tmp_path / name).columns
        for column in data:
            np.testing.assert_array_equal(columns[str(column)].values, data[column].to_numpy())


def test_a_double_missing_of_old_stata_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "old.dta"
    head = bytes([105, 2, 1, 0]) + struct.pack("<hi", 1, 2) + b"".ljust(32, b"\0") + b"".ljust(18, b"\0")
    body = b"d" + b"v".ljust(9, b"\0") + bytes(4) + b"%9.0g".ljust(12, b"\0") + bytes(9) + bytes(32)
    path.write_bytes(head + body + bytes(3) + struct.pack("<dd", 2.0**333, 7.0))
    values = read(path).columns["v"].values
    assert math.isnan(values[0])
    assert values[1] == 7.0


def test_the_weight_in_the_header_is_told_and_not_applied(tmp_path: Path) -> None:
    path = set_header(write_sav(tmp_path / "a.sav"), 76, 3)
    raw, problems = read_file(path, level="person", shown="a.sav", columns=["hhid"])
    assert raw.info.header_weight == "w"
    assert [(p.code, p.where.variable, p.severity) for p in problems] == [("read.header-weight", "w", Severity.WARNING)]


def test_the_weight_is_found_behind_strings_and_by_its_long_name(tmp_path: Path) -> None:
    data = pd.DataFrame({"text": ["x" * 20], "a_rather_long_weight_name": [2.0]})
    pyreadstat.write_sav(data, str(tmp_path / "a.sav"))
    assert read_info(tmp_path / "a.sav", shown="a.sav")[0].header_weight == ""
    segments = -(-pyreadstat.read_sav(str(tmp_path / "a.sav"))[1].variable_storage_width["text"] // 8)
    path = set_header(tmp_path / "a.sav", 76, segments + 1)
    assert read_info(path, shown="a.sav")[0].header_weight == "a_rather_long_weight_name"


def test_a_header_that_does_not_count_is_counted(tmp_path: Path) -> None:
    path = set_header(write_sav(tmp_path / "a.sav"), 80, -1)
    assert read_info(path, shown="a.sav")[0].rows is None
    assert read(path).rows == 12


def test_a_header_that_promises_too_much_is_damage(tmp_path: Path) -> None:
    for promised in (13, 1_000_000):
        (problem,) = refusal(set_header(write_sav(tmp_path / "a.sav"), 80, promised))
        assert problem.code == "read.damaged"
        assert problem.got == "12 rows"
        assert problem.expected.startswith(f"{promised:,} rows")


def test_missing_columns_each_get_a_hint(tmp_path: Path) -> None:
    problems = refusal(write_sav(tmp_path / "a.sav"), ["HHID", "bron", "tоwn", "nothing_like_it", "w"])
    assert [p.where.variable for p in problems] == ["HHID", "bron", "tоwn", "nothing_like_it"]
    assert {p.code for p in problems} == {"read.missing-column"}
    assert "`hhid`" in problems[0].hint
    assert "Capitals" in problems[0].hint
    assert "`born`" in problems[1].hint
    assert "Cyrillic о" in problems[2].hint
    assert "Latin o" in problems[2].hint
    assert problems[3].hint == ""


def test_no_cases_is_an_error_but_its_metadata_are_fine(tmp_path: Path) -> None:
    path = write_sav(tmp_path / "a.sav", rows=0)
    assert [p.code for p in refusal(path)] == ["read.empty"]
    assert len(read_info(path, shown="a.sav")[0].columns) == 4


def test_a_misnamed_file_is_called_by_its_content(tmp_path: Path) -> None:
    (problem,) = refusal(write_dta(tmp_path / "a.dta").rename(tmp_path / "b.sav"))
    assert problem.code == "read.not-a-survey-file"
    assert "Stata" in problem.got
    assert ".dta" in problem.hint
    (problem,) = refusal(write_sav(tmp_path / "a.sav").rename(tmp_path / "b.dta"))
    assert "SPSS" in problem.got


STRANGERS = {
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
    "html": (b"<!DOCTYPE html><html></html>", "web page"),
    "html after blanks": (b"\xef\xbb\xbf \n<HTML>", "web page"),
    "empty": (b"", "empty"),
    "zip": (b"PK\x03\x04" + bytes(30), "zip"),
    "csv": ("id;вес\n1;2\n".encode(), "plain text"),
    "zeros": (bytes(5000), "zero bytes"),
    "noise": (bytes(range(256)), "not an SPSS"),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_a_file_that_is_no_survey_file_is_named(tmp_path: Path, case: str) -> None:
    content, words = STRANGERS[case]
    (tmp_path / "a.sav").write_bytes(content)
    (problem,) = refusal(tmp_path / "a.sav")
    assert problem.code == "read.not-a-survey-file"
    assert words in problem.got


def test_password_folder_pipe_and_absence(tmp_path: Path) -> None:
    (tmp_path / "a.sav").write_bytes(b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + bytes(100))
    assert [p.code for p in refusal(tmp_path / "a.sav")] == ["read.encrypted"]
    (tmp_path / "b.sav").mkdir()
    assert "folder" in refusal(tmp_path / "b.sav")[0].got
    assert [p.code for p in refusal(tmp_path / "no.sav")] == ["read.not-found"]
    assert [p.code for p in refusal(tmp_path / "a.sav" / "b.sav")] == ["read.not-found"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "c.sav")
        assert "pipe" in refusal(tmp_path / "c.sav")[0].got


def test_a_sparse_file_of_4_gb_is_refused_at_once(tmp_path: Path) -> None:
    with open(tmp_path / "a.sav", "wb") as file:
        file.truncate(4 * 1024**3)
    start = time.monotonic()
    assert "zero bytes" in refusal(tmp_path / "a.sav")[0].got
    assert time.monotonic() - start < 5


def test_too_many_cells_are_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({f"v{i}": np.zeros(30_000) for i in range(20)}), str(path), compress=False)
    (problem,) = refusal(path, limits=Limits(memory_mb=20))
    assert problem.code == "read.limits"
    assert "30,000 rows × 20 columns" in problem.got
    assert "fewer columns" in problem.hint


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux")
def test_the_childs_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    data = pd.DataFrame({f"t{i}": [f"{i}-{j}" * 30 for j in range(3000)] for i in range(30)})
    pyreadstat.write_sav(data, str(path))
    (problem,) = refusal(path, limits=Limits(memory_mb=140))
    assert problem.code in ("read.limits", "read.crash")
    assert read(path).rows == 3000


def test_time_is_bounded(tmp_path: Path) -> None:
    (problem,) = refusal(write_sav(tmp_path / "a.sav"), limits=Limits(seconds=0.001))
    assert problem.code == "read.limits"
    assert "0.001 seconds" in problem.expected


def test_two_reads_at_once_do_not_mix(tmp_path: Path) -> None:
    paths = [write_sav(tmp_path / f"{rows}.sav", rows=rows) for rows in (5, 6, 7, 8)]
    with ThreadPoolExecutor(4) as pool:
        assert [raw.rows for raw in pool.map(read, paths)] == [5, 6, 7, 8]


def test_messages_hold_no_case(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"name": ["Secretname Ñandú \ufffd"] * 3}), str(path))
    problems = read_file(path, level="person", shown="a.sav", columns=None)[1]
    assert [p.code for p in problems] == ["read.encoding"]
    assert "Secretname" not in " ".join(map(str, problems))
