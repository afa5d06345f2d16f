"""Every number of sections c to f of the reference is reproduced, or is known not to be, with the reason."""

from pathlib import Path

from tests.demography.report_cf import all_rows, report


def test_every_number_is_reproduced_or_differs_for_a_known_reason(shared: Path) -> None:
    wrong = [
        f"{r.section} {r.name}: {r.largest()} against {r.tolerance}"
        for r in all_rows(shared)
        if r.agrees() is not r.reproduced or (not r.reproduced and not r.why)
    ]
    assert not wrong


def test_the_report_has_a_line_for_each_number(shared: Path) -> None:
    assert len(report(shared).splitlines()) == 2 + len(list(all_rows(shared)))
