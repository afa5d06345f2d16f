"""Nothing of a suppressed estimate is in any output: not its numbers, in no file, in no unit."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.pipeline.conftest import Done

NUMBERS = [
    "value",
    "se",
    "ci_low",
    "ci_high",
    "cv",
    "deff",
    "deft",
    "t",
    "p_value",
    "n_effective",
    "n_weighted",
    "kish",
]
KEYS = ["indicator", "category", "domain", "cell"]
DIGITS = 8
NUMBER = re.compile(r"\d+\.\d+(?:[eE][-+]?\d+)?|\d{4,}")


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every output as text, workbooks part by part."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for part in book.namelist():
                    yield f"{path.name}/{part}", book.read(part).decode()
        else:
            yield path.name, path.read_text(encoding="utf-8")


def digits(number: float) -> str:
    """The leading digits of a number, whatever power of ten it is times."""
    return f"{abs(number):.{DIGITS - 1}e}".partition("e")[0]


@pytest.fixture
def gone(rounds: dict[int, Done]) -> pd.DataFrame:
    """The suppressed rows with the numbers that they had."""
    done = rounds[2025]
    hidden = done.result.estimates["shown"] == "suppress"
    pd.testing.assert_frame_equal(done.unjudged[KEYS], done.result.estimates[KEYS], check_dtype=False)
    return done.unjudged[hidden.to_numpy()]


def test_something_is_suppressed_and_something_is_not(gone: pd.DataFrame, rounds: dict[int, Done]) -> None:
    assert 10 < len(gone) < len(rounds[2025].unjudged) / 2
    assert gone["value"].gt(0).sum() > 5


def test_suppressed_rows_of_the_result_hold_no_number(rounds: dict[int, Done]) -> None:
    frame = rounds[2025].result.estimates
    hidden = frame[frame["shown"] == "suppress"]
    assert hidden[[*NUMBERS, "df", "n_unweighted", "n_psus", "share_missing"]].isna().all(axis=None)
    assert set(hidden["status"]) == {"suppressed"}
    assert (hidden["marks"] != "").all()


def test_no_digits_of_a_suppressed_number_are_in_any_output(gone: pd.DataFrame, rounds: dict[int, Done]) -> None:
    done = rounds[2025]
    shown = done.result.estimates
    public = {digits(v) for name in NUMBERS for v in shown[name].dropna()}
    secret = {digits(v) for name in NUMBERS for v in gone[name].dropna()} - public
    secret = {
        number for number in secret if len(number.rstrip("0")) >= DIGITS - 1
    }  # a short one may be there by chance
    assert len(secret) > 50
    read = 0
    for name, text in texts(done.out):
        found = {digits(float(number)) for number in NUMBER.findall(text)}
        read += len(found)
        assert not found & secret, name
    assert read > 5_000


def test_the_search_finds_what_is_published(rounds: dict[int, Done]) -> None:
    done = rounds[2025]
    value = done.result.estimates.set_index(["indicator", "domain"]).loc[("MG1_born_abroad", "total"), "value"]
    places = [
        name for name, text in texts(done.out) if digits(value) in {digits(float(n)) for n in NUMBER.findall(text)}
    ]
    assert "estimates.csv" in places
    assert any(name.startswith("tables.en.xlsx/xl/worksheets") for name in places)


def test_table_cells_of_suppressed_estimates_are_marks(gone: pd.DataFrame, rounds: dict[int, Done]) -> None:
    tables = rounds[2025].result.tables
    values = set(tables["value"].dropna().map(digits))
    public = {digits(v) for name in NUMBERS for v in rounds[2025].result.estimates[name].dropna()}
    secret = {digits(v) for v in gone["value"].dropna() if v not in (0.0, 1.0)} - public
    assert not values & secret
    marked = tables[tables["text"] == "(*)"]
    assert len(marked) >= 10
    assert marked["value"].isna().all()
