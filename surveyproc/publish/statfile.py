"""Writes columns as an SPSS or Stata file, the same bytes each time, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem, SurveyprocError

FORMATS = (".sav", ".dta")
MADE = {".sav": b"01 Jan 8000:00:00", ".dta": b"01 Jan 1980 00:00"}  # in place of the time of writing
SAV_TIME = 92  # where it stands in an SPSS header (PSPP manual, System File Format)
DTA_TIME = b"<timestamp>\x11"


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of a file: numbers, NaN where missing, or objects of text."""

    name: str
    values: NDArray[Any]
    label: str = ""


def stat_file(path: Path, columns: Sequence[Stored], *, label: str = "") -> None:
    """Write columns of one length; the ending of the path says the format.

    Raises SurveyprocError (output.failed) for another ending or where the system refuses; then nothing is changed.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        what = "weights are written as SPSS or Stata files"
        expected = "a name that ends in " + " or ".join(FORMATS)
        raise SurveyprocError([Problem("output.failed", Place(str(path)), what, got=path.name, expected=expected)])
    frame = pd.DataFrame({column.name: _plain(column.values) for column in columns})
    labels: dict[str, str | None] = {column.name: column.label[:80] for column in columns if column.label}
    try:
        with tempfile.TemporaryDirectory(prefix=".surveyproc-", dir=path.parent) as folder:
            made = Path(folder) / f"weights{suffix}"
            if suffix == ".sav":
                pyreadstat.write_sav(frame, str(made), file_label=label[:60], column_labels=labels)
            else:
                pyreadstat.write_dta(frame, str(made), file_label=label[:80], column_labels=labels, version=14)
            _without_time(made, suffix)
            os.replace(made, path)
    except OSError as error:
        problem = Problem("output.failed", Place(str(path)), "the file cannot be written", got=error.strerror or "")
        raise SurveyprocError([problem]) from error


def _plain(values: NDArray[Any]) -> Any:
    if values.dtype.kind != "O":
        return values
    return np.array(["" if value is None else str(value) for value in values], dtype=object)


def _without_time(path: Path, suffix: str) -> None:
    data = path.read_bytes()
    at = SAV_TIME if suffix == ".sav" else data.index(DTA_TIME) + len(DTA_TIME)
    stamp = MADE[suffix]
    path.write_bytes(data[:at] + stamp + data[at + len(stamp) :])
