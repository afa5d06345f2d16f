"""Runs the reader in a child process and takes its answer; whatever happens to the child, this returns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from surveyproc.read.limits import Limits

WORKER = Path(__file__).with_name("worker.py")
Scalar = TypeVar("Scalar", bound=np.generic)
HARD_DEATHS = {0xC0000005: "access violation", 0xC00000FD: "stack overflow", 0xC0000374: "heap corruption"}  # Windows


@dataclass(frozen=True, slots=True)
class Buffers:
    """One column as it came from the child: numbers, or the different texts and a code into them for each row."""

    numbers: NDArray[np.float64] | None
    codes: NDArray[np.int32] | None
    texts: tuple[str, ...]
    letters: NDArray[np.int8] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """status: ok, columns (some named are absent), error (see `kind`), died (see `death`), late."""

    status: str
    found: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Buffers] = field(default_factory=dict)
    death: str = ""

    @property
    def kind(self) -> str:
        """The kind of fault the child named."""
        return str(self.found.get("kind", ""))


def run_worker(request: Mapping[str, Any], limits: Limits) -> Answer:
    """Send one request to a fresh child and wait, at most `limits.seconds`."""
    with tempfile.TemporaryDirectory(prefix="surveyproc-", ignore_cleanup_errors=True) as folder:
        sent = {**request, "folder": folder, "memory_mb": limits.memory_mb, "seconds": limits.seconds}
        # -P: the worker's own folder must not shadow modules; one BLAS thread, for stacks count as address space.
        process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            process.communicate(json.dumps(sent).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            return Answer("late")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        return take_answer(Path(folder), process.returncode)


def take_answer(folder: Path, returncode: int) -> Answer:
    """What the child left in the folder; anything unexpected counts as its death."""
    if returncode != 0:
        if returncode == -getattr(signal, "SIGXCPU", 0):
            return Answer("late")
        return Answer("died", death=death_of(returncode))
    try:
        found = json.loads((folder / "result.json").read_bytes())
        status = str(found["status"])
        columns = take_columns(folder / "columns.bin", found) if status == "ok" and "data" in found else {}
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return Answer("died", death="an answer that makes no sense")
    return Answer(status, found, columns)


def take_columns(path: Path, found: Mapping[str, Any]) -> dict[str, Buffers]:
    """The columns from the file of buffers; ValueError if a buffer is short or a code has no text."""
    rows, columns = int(found["rows"]), {}
    for entry in found["data"]:
        texts, letters = tuple(entry.get("texts", ())), None
        if "letters" in entry:
            letters = exactly(np.fromfile(path, np.int8, rows, offset=entry["letters"]), rows)
        if "texts" in entry:
            codes = exactly(np.fromfile(path, np.int32, rows, offset=entry["offset"]), rows)
            if rows and not 0 <= int(codes.min()) <= int(codes.max()) < len(texts):
                raise ValueError("a code without a text")
            columns[entry["name"]] = Buffers(None, codes, texts, None)
        else:
            numbers = exactly(np.fromfile(path, np.float64, rows, offset=entry["offset"]), rows)
            columns[entry["name"]] = Buffers(numbers, None, (), letters)
    return columns


def exactly(values: NDArray[Scalar], rows: int) -> NDArray[Scalar]:
    """The buffer, if it has as many values as there are rows."""
    if len(values) != rows:
        raise ValueError("a short buffer")
    return values


def death_of(returncode: int) -> str:
    """How a child ended, in words."""
    if returncode < 0:
        try:
            return f"killed by signal {signal.Signals(-returncode).name}"
        except ValueError:
            return f"killed by signal {-returncode}"
    return HARD_DEATHS.get(returncode & 0xFFFFFFFF, f"exit code {returncode}")
