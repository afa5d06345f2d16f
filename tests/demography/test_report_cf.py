"""Every number of sections c to g of the reference is reproduced, or is known not to be, with the reason."""

from pathlib import Path

import pytest

from tests.demography.report_cf import all_rows, report
from tests.demography.rows import Row


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    return list(all_rows(shared))


def test_every_number_is_reproduced_or_differs_for_a_known_reason(rows: list[Row]) -> None:
    wrong = [
        f"{r.section} {r.name}: {r.largest()} against {r.tolerance}"
        for r in rows
        if r.agrees() is not r.reproduced or (not r.reproduced and not r.why)
    ]
    assert not wrong


def test_few_numbers_are_not_reproduced(rows: list[Row]) -> None:
    assert [r.name for r in rows if not r.reproduced] == [
        "abel2018_imr_distance",
        "Rome SE Mbh",
        "Poland least squares",
    ]


def test_the_report_has_a_line_for_each_number(rows: list[Row]) -> None:
    assert len(report(rows).splitlines()) == 2 + len(rows)
