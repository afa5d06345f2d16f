"""Damaged files: the parent lives, and the result is a file or problems of reading."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from surveyproc.problems import SurveyprocError
from surveyproc.read.limits import Limits
from tests.read.builders import KAZAKH, RUSSIAN, attempt, write_dta, write_sav

MUTATIONS = int(os.environ.get("SURVEYPROC_FUZZ", "60"))
LIMITS = Limits(memory_mb=1024, seconds=20)


def outcome(path: Path) -> str:
    found = attempt(path, LIMITS)
    if isinstance(found, SurveyprocError):
        assert found.exit_code == 3
        assert all(p.code.startswith("read.") and p.where.file == path.name for p in found.problems)
        return found.problems[-1].code
    assert all(len(column.values) == found.rows for column in found.columns.values())
    return "read"


def outcomes(paths: list[Path]) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(outcome, paths))


def seeds(folder: Path) -> list[Path]:
    return [
        write_sav(folder / "a.sav", RUSSIAN),
        write_sav(folder / "b.zsav", KAZAKH),
        write_dta(folder / "c.dta", RUSSIAN),
        write_dta(folder / "d.dta", version=8),
    ]


def test_mutated_files_never_take_the_parent_down(tmp_path: Path) -> None:
    chance, paths = random.Random(20240611), []
    originals = [(path.suffix, path.read_bytes()) for path in seeds(tmp_path)]
    for number in range(MUTATIONS):
        suffix, data = originals[number % len(originals)]
        changed = bytearray(data)
        for _ in range(chance.choice((1, 2, 8, 40))):
            spot = chance.randrange(4, min(len(changed), 2000))
            changed[spot] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
        path = tmp_path / f"m{number}{suffix}"
        path.write_bytes(bytes(changed))
        paths.append(path)
    found = outcomes(paths)
    assert len(found) == MUTATIONS
    assert "read.damaged" in found


def test_a_cut_file_is_never_read(tmp_path: Path) -> None:
    paths = []
    for seed in seeds(tmp_path)[:3]:
        data = seed.read_bytes()
        for size in range(40, len(data), max(len(data) // 7, 1)):
            paths.append(tmp_path / f"{seed.stem}{size}{seed.suffix}")
            paths[-1].write_bytes(data[:size])
    found = dict(zip((path.name for path in paths), outcomes(paths), strict=True))
    # Cut inside the labels after the data of a .dta, everything a row needs is there.
    assert not [name for name, code in found.items() if code == "read" and not name.endswith(".dta")]
    assert set(found.values()) <= {"read.damaged", "read.crash", "read.limits", "read", "read.not-a-survey-file"}


@pytest.mark.slow
def test_hundreds_of_mutations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.read.test_fuzz.MUTATIONS", 600)
    test_mutated_files_never_take_the_parent_down(tmp_path)
