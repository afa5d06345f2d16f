"""Every reference number of methods a and b is reproduced, or the report says why not."""

import re

import pytest

from tests.conftest import ROOT
from tests.demography.report import Item, items, table

FOLDER = ROOT.parent / "shared" / "reference" / "demography"


@pytest.mark.parametrize("item", items(), ids=lambda item: f"{item.method}: {item.name}")
def test_reference(item: Item) -> None:
    if item.files and not FOLDER.is_dir():
        pytest.skip("the folder of reference files (../shared) is not here")
    rows = item.rows(FOLDER)
    assert rows
    assert [f"{row.what}: {row.apart:g} apart" for row in rows if not row.agrees] == []


# Files of other methods, or data for which nothing is printed.
NOT_COMPARED = {
    "a_toy4_multiplicative_components.csv": "multiplicative components of a table, section d",
    "b_russia_males_2002_2010_input.csv": "input without a result; used by the test of single ages",
    "published/abel_cohen_2019_table4.json": "section d",
}


def test_every_reference_file_is_accounted_for() -> None:
    if not FOLDER.is_dir():
        pytest.skip("the folder of reference files (../shared) is not here")
    here = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.suffix in (".csv", ".json")}
    mine = {name for name in here if name.startswith(("a_", "b_", "published/"))}
    used = {name for item in items() for name in item.files}
    assert used <= here
    assert mine - used == set(NOT_COMPARED)


def test_every_method_with_a_published_example_has_a_figure_in_the_tests_themselves() -> None:
    """A fresh copy, without the reference files, still checks what was printed."""
    here = {method for item in items() if not item.files for method in item.method.split()}
    assert here == {*(f"a{i}" for i in range(1, 12)), "b1", "b2", "b3", "b4"}


def test_the_report_says_what_became_of_each() -> None:
    lines = table(FOLDER)
    assert len(lines) == len(items())
    if FOLDER.is_dir():
        counts = [re.findall(r" (\d+)/(\d+) ", line)[-1] for line in lines]
        assert all(agreed == total for agreed, total in counts)
