"""What the tests of the store share: sample outputs, a sample manifest and a check that outputs are whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from surveyproc.store import build_manifest


def sample_files(mark: str, *, size: int = 2_000, count: int = 4) -> dict[str, bytes]:
    files = {f"tables_{number}.csv": (mark * size)[:size].encode() for number in range(count)}
    return {**files, "figures/map.svg": mark.encode()}


def sample_manifest(files: Mapping[str, bytes], **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "configs": {"round.yaml": "aa"},
        "data": {"persons.sav": "bb"},
        "counts": {"read": {"persons": 10}},
        "problems": [],
        "started": datetime(2026, 1, 1, tzinfo=UTC),
        "finished": datetime(2026, 1, 1, tzinfo=UTC),
        "environ": {},
    }
    return build_manifest(files, **{**arguments, **changes})


def read_back(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def assert_whole(folder: Path) -> dict[str, bytes]:
    """Every file that the manifest lists is there with its hash, and nothing else; gives the files."""
    found = read_back(folder)
    manifest = json.loads(found.pop("manifest.json"))
    listed = {entry["name"]: (entry["sha256"], entry["bytes"]) for entry in manifest["outputs"]}
    assert listed == {name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in found.items()}
    return found
