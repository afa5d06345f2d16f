"""The manifest says what went in and came out, and changes only under `run`."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from surveyproc.problems import Place, Problem, Severity, SurveyprocError
from surveyproc.store import sha256_of, write_outputs
from tests.store.helpers import sample_files, sample_manifest

ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")


def test_hashes_and_sizes_of_outputs() -> None:
    manifest = sample_manifest({"b.csv": b"abc", "a.csv": b""})
    assert manifest["outputs"] == [
        {"name": "a.csv", "sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0},
        {
            "name": "b.csv",
            # FIPS 180-2, appendix B.1: the digest of "abc"
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "bytes": 3,
        },
    ]


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc" * 100_000)
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_only_the_run_differs_between_two_runs() -> None:
    first = sample_manifest({"a": b"1"}, started=datetime(2026, 3, 1, 9, tzinfo=ALMATY))
    second = sample_manifest({"a": b"1"}, started=datetime(2027, 3, 1, 9, tzinfo=UTC))
    assert first["run"] != second["run"]
    assert {**first, "run": 0} == {**second, "run": 0}
    assert "2026" not in json.dumps({**first, "run": 0, "software": 0})


def test_times_carry_their_timezone_and_source_date_epoch_rules() -> None:
    finished = datetime(2026, 3, 1, 9, 30, tzinfo=ALMATY)
    assert sample_manifest({}, finished=finished)["run"] == {
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-03-01T09:30:00+05:00",
        "timezone": "Asia/Almaty",
    }
    fixed = sample_manifest({}, finished=finished, environ={"SOURCE_DATE_EPOCH": "86400"})["run"]
    assert fixed == {
        "started": "1970-01-02T00:00:00+00:00",
        "finished": "1970-01-02T00:00:00+00:00",
        "timezone": "UTC",
    }


@pytest.mark.parametrize("epoch", ["soon", "1.5", "9" * 30])
def test_a_wrong_source_date_epoch_is_a_problem(epoch: str) -> None:
    with pytest.raises(SurveyprocError) as caught:
        sample_manifest({}, environ={"SOURCE_DATE_EPOCH": epoch})
    assert caught.value.problems[0].code == "config.bad-value"


def test_stages_carry_gsbpm_numbers_in_order() -> None:
    manifest = sample_manifest({}, counts={"judge": {"suppressed": 2}, "weight": {"cases": 5}, "estimate": {}})
    numbers = [[step["number"] for step in stage["gsbpm"]] for stage in manifest["stages"]]
    assert numbers == [["5.6"], ["5.7"], ["6.2", "6.4"]]
    assert manifest["stages"][2]["counts"] == {"suppressed": 2}
    with pytest.raises(KeyError, match="bake"):
        sample_manifest({}, counts={"bake": {}})


def test_problems_inputs_and_versions_are_kept() -> None:
    problem = Problem("output.stale", Place(file="out"), "left over", severity=Severity.WARNING)
    manifest = sample_manifest({}, problems=[problem], configs={"b": "2", "a": "1"}, details={"survey": "LFS"})
    assert manifest["problems"] == ["out: warning [output.stale] left over"]
    assert manifest["inputs"]["configs"] == [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}]
    assert manifest["details"] == {"survey": "LFS"}
    assert manifest["software"]["packages"]["numpy"][0].isdigit()


def test_the_written_list_of_outputs_is_that_of_the_bytes_written(tmp_path: Path) -> None:
    files = sample_files("x")
    write_outputs(tmp_path / "out", files, sample_manifest({"other": b""}))
    written = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in written["outputs"]] == sorted(files)


def test_same_inputs_give_the_same_manifest_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        files = sample_files("x")
        write_outputs(tmp_path / name, files, sample_manifest(files))
    assert (tmp_path / "one/manifest.json").read_bytes() == (tmp_path / "two/manifest.json").read_bytes()
