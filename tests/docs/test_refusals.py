"""The messages printed in the page on reading are those that reading gives."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.problems import CATALOGUE, SurveyprocError
from surveyproc.read import Limits, as_long, read_file, read_info
from tests.docs.pages import blocks
from tests.read.builders import set_header, single_byte_sav, write_sav

MESSAGES = {block.marker: block.text.strip() for block in blocks("text") if block.marker.startswith("read.")}


def read(path: Path, columns: list[str] | None = None, *, limits: Limits | None = None, encoding: str = "auto") -> str:
    """Every problem of reading a file, a line each, found or raised."""
    try:
        _, problems = read_file(
            path, level="person", shown=path.name, columns=columns, limits=limits, encoding=encoding
        )
    except SurveyprocError as error:
        problems = error.problems
    return "\n".join(str(problem) for problem in problems)


def absent(folder: Path) -> str:
    return read(folder / "person.sav")


def stranger(folder: Path) -> str:
    (folder / "person.sav").write_bytes(b"PK\x03\x04" + bytes(30))
    return read(folder / "person.sav")


def damaged(folder: Path) -> str:
    return read(set_header(write_sav(folder / "person.sav"), 80, 13))


def limits(folder: Path) -> str:
    path = folder / "person.sav"
    pyreadstat.write_sav(pd.DataFrame({f"v{i}": np.zeros(30_000) for i in range(20)}), str(path), compress=False)
    return read(path, limits=Limits(memory_mb=20))


def encrypted(folder: Path) -> str:
    (folder / "person.sav").write_bytes(b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + bytes(100))
    return read(folder / "person.sav")


def encoding(folder: Path) -> str:
    labels = ["Номер домохозяйства", "Страна рождения", "Вес"]
    return read(single_byte_sav(folder / "person.sav", labels, codec="cp1251"))


def column(folder: Path) -> str:
    return read(write_sav(folder / "person.sav"), ["bron"])


def empty(folder: Path) -> str:
    return read(write_sav(folder / "person.sav", rows=0))


def weighted(folder: Path) -> str:
    return read(set_header(write_sav(folder / "person.sav"), 76, 3), ["hhid"])


def roster(folder: Path) -> str:
    info, _ = read_info(write_sav(folder / "person.sav"), shown="person.sav", level="person")
    columns = {"Q1": info.columns["hhid"], "Q2": info.columns["town"]}
    _, problems = as_long(replace(info, columns=columns), ["Q{i}"], ("1", "2"))
    return str(problems[0])


MADE: dict[str, Callable[[Path], str]] = {
    "read.not-found": absent,
    "read.not-a-survey-file": stranger,
    "read.damaged": damaged,
    "read.limits": limits,
    "read.encrypted": encrypted,
    "read.encoding": encoding,
    "read.missing-column": column,
    "read.roster": roster,
    "read.empty": empty,
    "read.header-weight": weighted,
}


@pytest.mark.parametrize("code", MADE)
def test_the_message_is_as_printed(code: str, tmp_path: Path) -> None:
    said = MADE[code](tmp_path)
    assert f"[{code}]" in said
    assert whatever_size(MESSAGES[code]) == whatever_size(said)


def whatever_size(text: str) -> str:
    """The text without the memory that a file needs, which differs from system to system."""
    return re.sub(r"about [\d,]+ MB", "about … MB", text)


def test_every_refusal_of_reading_has_its_message() -> None:
    # A death of the reader depends on the system; a note has many forms.
    codes = {code for code in CATALOGUE if code.startswith("read.")} - {"read.crash", "read.note"}
    assert set(MADE) == codes
    assert set(MESSAGES) == codes
