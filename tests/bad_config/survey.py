"""A tiny synthetic survey as frames, as .sav files, and as raw files in memory that need no reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.problems import Problem
from surveyproc.values import ColumnInfo, FileInfo, RawColumn, RawFile

HERE = Path(__file__).resolve().parent
FIRST_ID = 7_700_101  # no message may ever show one of these
NAMES = {"household": "household.sav", "person": "person.sav", "emigrant": "emigrant.sav"}
Frames = dict[str, pd.DataFrame]


def frames() -> Frames:
    """36 households in 4 strata of 3 psus, 2 to 4 persons each, an emigrant in every fourth."""
    number = np.arange(36)
    household = pd.DataFrame(
        {
            "HH": FIRST_ID + number.astype(float),
            "STR": 1.0 + number // 9,
            "PSU": 1.0 + number // 3,
            "NPSU": 20.0 + 5 * (number // 9),
            "HHW": 90.0 + number % 7,
            "REG": np.where(number < 18, "01", "02"),
            "AREA": 1.0 + number % 2,
            "LEFT": np.where(number % 4 == 0, 1.0, 2.0),
            "INC": 1000.0 + 10 * number,
        }
    )
    return {
        "household": household,
        "person": pd.DataFrame(list(_persons())),
        "emigrant": pd.DataFrame(
            {
                "HH": household["HH"].to_numpy()[::4],
                "EN": 1.0,
                "ESEX": 1.0 + np.arange(9) % 2,
                "EAGE": 20.0 + np.arange(9),
            }
        ),
    }


def _persons() -> Iterator[dict[str, object]]:
    for at in range(36):
        for line in range(2 + at % 3):
            age = 8.0 if line == 2 else 20.0 + (7 * at + line) % 60
            born = 3.0 if (at + line) % 5 == 0 else 1.0 + (at + line) % 2
            yield {
                "HH": float(FIRST_ID + at),
                "LN": line + 1.0,
                "PW": 91.0 + at % 5,
                "SEX": 1.0 + line % 2,
                "AGE": age,
                "BORN": born,
                "BCTRY": ("RU", "DE", "NO")[at % 3] if born == 3 else "",
                "WORK": 1.0 + at % 2 if age >= 15 else np.nan,
                "MY": 2000.0 + at % 20,
                "MM": 1.0 + at % 12,
            }


def write(folder: Path, survey: Mapping[str, pd.DataFrame] | None = None) -> None:
    """Write the survey as .sav files."""
    for level, frame in (survey or frames()).items():
        pyreadstat.write_sav(frame, folder / NAMES[level])


def raw_file(
    level: str, frame: pd.DataFrame, *, path: str = "", infos: Mapping[str, ColumnInfo] | None = None
) -> RawFile:
    """A frame as the reader would give it; `infos` stands in for what a file says of a column."""
    columns = {}
    for name in frame.columns:
        text = frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype)
        info = (infos or {}).get(name, ColumnInfo(name, text=text, format="A8" if text else "F8.2"))
        values = np.array(frame[name].tolist(), dtype=object) if text else frame[name].to_numpy(dtype=np.float64)
        columns[name] = RawColumn(info, values)
    info = FileInfo(path or NAMES[level], "sav", len(frame), {n: c.info for n, c in columns.items()}, sha256="0" * 64)
    return RawFile(level, info, len(frame), columns)


def in_memory(monkeypatch: pytest.MonkeyPatch, folder: Path, survey: Mapping[str, RawFile]) -> None:
    """Let the pipeline read these raw files in place of files; `folder` becomes a data root with their names."""
    for name in NAMES.values():
        (folder / name).touch()

    def read_info(path: Path, *, level: str, **_: object) -> tuple[FileInfo, tuple[Problem, ...]]:
        return survey[level].info, ()

    def read_file(path: Path, *, level: str, **_: object) -> tuple[RawFile, tuple[Problem, ...]]:
        return survey[level], ()

    monkeypatch.setattr("surveyproc.reading.read_info", read_info)
    monkeypatch.setattr("surveyproc.reading.read_file", read_file)
