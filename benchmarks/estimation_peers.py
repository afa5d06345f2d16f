"""The same estimates by R survey, samplics and svy, each in a process of its own, on a part of the job."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
Key = tuple[str, str, str]
PACKAGES = {"samplics": "samplics==0.6.1", "svy": "svy==0.35.0"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found, what it is, and its seconds of wall and processor time without reading the data."""

    who: str
    seconds: float
    processor: float
    found: dict[Key, tuple[float, float]]


def with_r(way: str, path: Path, names: list[str], groups: list[str]) -> Answer | None:
    if shutil.which("Rscript") is None:
        print(f"R, {way}: Rscript is not installed, skipped")
        return None
    return _run(["Rscript", str(HERE / "estimation.R"), str(path), way], names, groups, label=f"R, {way}")


def with_package(name: str, cache: Path | None, path: Path, names: list[str], groups: list[str]) -> Answer | None:
    """In a virtual environment of the package's own under `cache`, made and filled when first asked for."""
    if cache is None:
        print(f"{name}: no --cache folder to install it in, skipped")
        return None
    folder = cache / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", PACKAGES[name], "pandas"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: cannot be installed, skipped ({(done.stderr.strip().splitlines() or ['?'])[-1]})")
            return None
        (folder / "installed").touch()
    return _run([str(python), str(HERE / "estimation_peer.py"), name, str(path)], names, groups, label=name)


def _run(command: list[str], names: list[str], groups: list[str], *, label: str) -> Answer | None:
    done = subprocess.run([*command, ",".join(names), ",".join(groups)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{label}: not run ({(done.stderr.strip().splitlines() or ['?'])[-1]})")
        return None
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    seconds, versions = lines.pop(), lines.pop()
    found = {(y, g, cell): (float(value), float(se)) for y, g, cell, value, se in lines}
    return Answer(f"{label} ({' '.join(versions[1:])})", float(seconds[1]), float(seconds[2]), found)


def check(answer: Answer, ours: pd.DataFrame, *, tolerance: float = 1e-9) -> float:
    """The largest relative difference from our values and SEs. Stops the benchmark where it is above the tolerance."""
    mine = ours.set_index(["indicator", "domain", "cell"])[["value", "se"]]
    both = np.array([(*theirs, *mine.loc[key]) for key, theirs in answer.found.items()])
    worst = float(np.abs(both[:, :2] / both[:, 2:] - 1).max())
    if not worst <= tolerance:
        raise SystemExit(f"{answer.who} and ours differ by {worst:.1e}: no ratio of times is formed")
    return worst
