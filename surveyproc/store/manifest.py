"""The manifest of a run: what went in, what was done, what came out, with hashes."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.store.names import MANIFEST

FORMAT = 1
PACKAGES = ("babel", "jinja2", "numpy", "pandas", "pydantic", "pyreadstat", "pyyaml", "scipy", "xlsxwriter")

# Generic Statistical Business Process Model 5.1 (UNECE, 2019): sub-processes that each stage carries out.
GSBPM: Mapping[str, tuple[tuple[str, str], ...]] = {
    "read": (("4.4", "Finalise collection"),),
    "link": (("5.1", "Integrate data"),),
    "derive": (
        ("5.2", "Classify and code"),
        ("5.3", "Review and validate"),
        ("5.5", "Derive new variables and units"),
    ),
    "weight": (("5.6", "Calculate weights"),),
    "design": (("5.6", "Calculate weights"),),
    "estimate": (("5.7", "Calculate aggregates"),),
    "judge": (("6.2", "Validate outputs"), ("6.4", "Apply disclosure control")),
    "tabulate": (("6.1", "Prepare draft outputs"),),
    "publish": (("6.5", "Finalise outputs"), ("7.2", "Produce dissemination products")),
}


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, read in blocks; OSError if it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run_times(started: datetime, finished: datetime, *, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """When the run began and ended, ISO 8601 with offset; both the instant of SOURCE_DATE_EPOCH where that is set.

    started, finished: aware datetimes. Raises SurveyprocError (config.bad-value) for an epoch that is no number of
    seconds. Source: reproducible-builds.org, SOURCE_DATE_EPOCH specification 1.1 (2017).
    """
    epoch = (os.environ if environ is None else environ).get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return {
            "started": started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "timezone": finished.tzname() or "UTC",
        }
    try:
        instant = datetime.fromtimestamp(int(epoch), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError) as error:
        problem = Problem(
            "config.bad-value",
            Place(),
            "the environment variable SOURCE_DATE_EPOCH cannot be read as a time",
            got=repr(epoch[:40]),
            expected="seconds since 1970-01-01 as a whole number",
            hint="Unset it or set a whole number.",
        )
        raise SurveyprocError([problem]) from error
    return {"started": instant, "finished": instant, "timezone": "UTC"}


def build_manifest(
    outputs: Mapping[str, bytes],
    *,
    configs: Mapping[str, str],
    data: Mapping[str, str],
    counts: Mapping[str, Mapping[str, int]],
    problems: Iterable[Problem],
    started: datetime,
    finished: datetime,
    environ: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest as plain JSON values; only the key `run` changes between two runs of the same inputs.

    outputs: name → bytes. configs, data: name → sha256. counts: stage (a key of GSBPM) → name → number; stages are kept
    in the order of GSBPM. problems: warnings and infos of the run, kept as text. details: further JSON values, such as
    survey, round, modules. Raises KeyError for a stage that GSBPM does not name.
    """
    unknown = sorted(set(counts) - set(GSBPM))
    if unknown:
        raise KeyError(f"no such stages: {', '.join(unknown)}")
    return {
        "surveyproc_manifest": FORMAT,
        "details": dict(details or {}),
        "software": software(),
        "inputs": {
            "configs": [{"name": name, "sha256": configs[name]} for name in sorted(configs)],
            "data": [{"name": name, "sha256": data[name]} for name in sorted(data)],
        },
        "stages": [_stage(stage, counts[stage]) for stage in GSBPM if stage in counts],
        "problems": [str(problem) for problem in problems],
        "outputs": output_entries(outputs),
        "run": run_times(started, finished, environ=environ),
    }


def output_entries(outputs: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Name, sha256 and size of each output, by name."""
    return [
        {"name": name, "sha256": hashlib.sha256(outputs[name]).hexdigest(), "bytes": len(outputs[name])}
        for name in sorted(outputs)
    ]


def software() -> dict[str, Any]:
    """Versions of surveyproc, of Python and of the packages that numbers and files depend on."""
    return {
        "surveyproc": _version("surveyproc"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as JSON text in UTF-8, keys in the order given."""
    return (json.dumps(manifest, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8", "replace")


def files_listed(folder: Path) -> frozenset[str] | None:
    """Names that the manifest in a folder lists, itself among them; None where there is no manifest of ours."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        if "surveyproc_manifest" not in content:
            return None
        return frozenset([MANIFEST, *(str(entry["name"]) for entry in content["outputs"])])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _stage(stage: str, counts: Mapping[str, int]) -> dict[str, Any]:
    steps = [{"number": number, "name": name} for number, name in GSBPM[stage]]
    return {"stage": stage, "gsbpm": steps, "counts": {name: int(counts[name]) for name in sorted(counts)}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
