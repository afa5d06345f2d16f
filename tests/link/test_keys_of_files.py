"""Keys of real files: identifiers in single precision are refused where they are rounded."""

from pathlib import Path

import pytest

from surveyproc.link import link_round
from surveyproc.read import read_file
from surveyproc.values import RawRound
from tests.link.single import float_dta


def linked_codes(path: Path, key: str) -> list[str]:
    raw, _ = read_file(path, level="household", shown=path.name, columns=[key])
    _, problems = link_round(RawRound({"household": raw}), {"household": (key,)}, {"household": None}, {})
    return [problem.code for problem in problems if problem.severity == "error"]


def test_floats_above_two_to_the_24_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "float.dta"
    path.write_bytes(float_dta([16777216.0, 16777220.0, 5.0]))
    raw, _ = read_file(path, level="household", shown=path.name, columns=["id"])
    assert raw.columns["id"].info.single
    assert linked_codes(path, "id") == ["link.inexact-key"]
    path.write_bytes(float_dta([1.0, 2.0, 16777215.0]))
    assert linked_codes(path, "id") == []


@pytest.mark.parametrize("name", ["float32_ids_collide.dta"])
def test_the_odd_file(shared: Path, name: str) -> None:
    path = shared / "odd" / "built" / name
    raw, _ = read_file(path, level="household", shown=name, columns=None)
    keys = [c for c, column in raw.columns.items() if column.info.single]
    assert keys
    assert "link.inexact-key" in linked_codes(path, keys[0])
