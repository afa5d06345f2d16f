"""Writes a round as SPSS or Stata files, labels and missing codes declared, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyreadstat

from surveyproc.demo import labels
from surveyproc.demo.answers import NA
from surveyproc.demo.errors import blemish, plant
from surveyproc.demo.rounds import LAYOUTS, LETTERS, WIDTHS, Layout, Out, encode
from surveyproc.demo.sample import Sample

# creation date and time in the header record (PSPP manual, System File Format)
SAV_STAMP = (92, b"01 Nov 2412:00:00")
DTA_STAMP = (b"<timestamp>\x11", b"01 Nov 2025 12:00")


def write_round(
    sample: Sample, folder: Path | str, *, year: int, planted: Literal["none", "errors"] = "none"
) -> tuple[Path, ...]:
    """Write household, person, emigrant and transfer files of a round; the folder is made if need be.

    2024: .sav in Russian with user-missing codes; 2025: .dta in Kazakh with .a don't know, .b refused, .c inconsistent.
    planted: "errors" adds errors.PLANTED to the answers.
    """
    if year != sample.population.year or year not in LAYOUTS:
        raise ValueError(f"no layout for a sample of {sample.population.year} as round {year}")
    layout = LAYOUTS[year]
    frames = blemish(sample.frames())
    frames = encode(plant(frames) if planted == "errors" else frames, year)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write = _write_sav if layout.suffix == ".sav" else _write_dta
    written = []
    for level, columns in layout.columns.items():
        path = folder / layout.files[level]
        write(frames[level], path, level=level, columns=columns, layout=layout)
        written.append(path)
    return tuple(written)


def _label(layout: Layout, level: str, source: str) -> str:
    found = labels.VARIABLES.get(f"{level}.{source}") or labels.VARIABLES[source]
    return found[layout.language]


def _codes(layout: Layout, level: str, source: str) -> dict[float | str, str]:
    key = source if level == "household" else f"{level}.{source}"
    return {code: texts[layout.language] for code, texts in layout.codes.get(key, {}).items()}


def _write_sav(frame: pd.DataFrame, path: Path, *, level: str, columns: tuple[Out, ...], layout: Layout) -> None:
    data: dict[str, Any] = {}
    value_labels: dict[str, dict[Any, str]] = {}
    missing: dict[str, list[Any]] = {}
    formats: dict[str, str] = {}
    measure: dict[str, str] = {}
    for out in columns:
        values = frame[out.source].to_numpy()
        codes = _codes(layout, level, out.source)
        measure[out.name] = "nominal" if codes else "scale"
        if values.dtype.kind == "f":
            data[out.name], formats[out.name] = values, "F12.6"
        else:
            data[out.name] = np.where(values == NA, np.nan, values.astype(float))
            formats[out.name] = f"F{max(4, len(str(values.max())), abs(out.width))}.0"
            for kind, code in WIDTHS[out.width].items():
                data[out.name] = np.where(values == kind, float(code), data[out.name])
                codes[code] = labels.MISSING[kind][layout.language]
            if out.width:
                found = sorted(WIDTHS[out.width].values())
                missing[out.name] = [{"lo": found[0], "hi": found[-1]}] if out.width < 0 else found
        if codes:
            value_labels[out.name] = codes
    pyreadstat.write_sav(
        pd.DataFrame(data),
        str(path),
        file_label=layout.titles[level],
        column_labels={out.name: _label(layout, level, out.source) for out in columns},
        row_compress=True,
        variable_value_labels=value_labels,
        missing_ranges=missing,
        variable_measure=measure,
        variable_format=formats,
    )
    _stamp(path, *SAV_STAMP)


def _write_dta(frame: pd.DataFrame, path: Path, *, level: str, columns: tuple[Out, ...], layout: Layout) -> None:
    data: dict[str, Any] = {}
    value_labels: dict[str, dict[Any, str]] = {}
    letters: dict[str, list[str]] = {}
    for out in columns:
        series = frame[out.source]
        codes: dict[Any, str] = dict(_codes(layout, level, out.source))
        data[out.name] = _stata_values(series, out)
        if out.width:
            letters[out.name] = [LETTERS[kind] for kind in WIDTHS[out.width]]
            codes |= {LETTERS[kind]: labels.MISSING[kind][layout.language] for kind in WIDTHS[out.width]}
        if codes and pd.api.types.is_numeric_dtype(series):
            value_labels[out.name] = codes
    pyreadstat.write_dta(
        pd.DataFrame(data),
        str(path),
        file_label=layout.titles[level],
        column_labels={out.name: _label(layout, level, out.source) for out in columns},
        version=14,  # Stata 14 and later: file format 118, text in UTF-8
        variable_value_labels=value_labels,
        missing_user_values=letters,
    )
    head, text = DTA_STAMP
    _stamp(path, path.read_bytes().index(head) + len(head), text)


def _stata_values(series: pd.Series[Any], out: Out) -> Any:
    """Values as the writer wants them: letters among numbers make a column of objects, blanks one of floats."""
    if not pd.api.types.is_numeric_dtype(series) or series.dtype.kind == "f":
        return series.to_numpy()
    values = series.to_numpy()
    if out.width:
        mixed = np.where(values == NA, np.nan, values.astype(float)).astype(object)
        for kind in WIDTHS[out.width]:
            mixed[values == kind] = LETTERS[kind]
        return mixed
    if (values == NA).any():
        return np.where(values == NA, np.nan, values.astype(float))
    return values.astype(np.min_scalar_type(-int(values.max()) - 1)) if len(values) else values


def _stamp(path: Path, offset: int, text: bytes) -> None:
    """Overwrite the time of writing in a header, so that the same data give the same bytes."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(text)
