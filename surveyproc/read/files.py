"""Reads survey files: metadata alone, or the columns a round needs.

Dates are not converted. What a number means is in `ColumnInfo.format`: SPSS DATE, ADATE, EDATE, SDATE, JDATE, MOYR,
QYR, WKYR, DATETIME and YMDHMS count seconds since 1582-10-14, TIME and DTIME seconds; Stata %td (and %d) counts days
since 1960-01-01, %tc and %tC milliseconds, %tw, %tm, %tq, %th weeks, months, quarters and half-years since 1960, %ty
is the year.

SPSS user-missing values stay as codes, Stata's .a to .z are NaN with a letter, blank text stays "".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.read import refusals
from surveyproc.read.columns import missing_columns
from surveyproc.read.encoding import DATA, TextOf, codec_for, examine
from surveyproc.read.limits import Limits
from surveyproc.read.notes import notes_on
from surveyproc.read.process import Answer, Buffers, run_worker
from surveyproc.read.sniff import Sniffed, name_misleads, sniff
from surveyproc.read.spss_header import SpssHeader, read_spss_header
from surveyproc.values import ColumnInfo, FileInfo, RawColumn, RawFile

CELLS_A_BYTE = {0: 0.125, 1: 1.0, 2: 1032.0}  # most cells that a byte of an SPSS file can hold, by compression
EXTREME = 1.79e308  # SPSS writes LO and HI as numbers next to the largest double
OLD_STATA = (103, 105)  # formats in which a missing double may be 2**333


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that looks right, before its reader is started."""

    path: Path
    place: Place
    sniffed: Sniffed
    header: SpssHeader | None
    encoding: str  # as configured
    codec: str | None  # None where the file's own word is taken


def read_info(
    path: Path, *, shown: str, level: str = "", encoding: str = "auto", limits: Limits | None = None
) -> tuple[FileInfo, tuple[Problem, ...]]:
    """What a file says of itself, without its cases; warnings and notes beside it. Raises SurveyprocError.

    shown: the path as written in the configuration. encoding: `auto` or a name. A row count in a header may be wrong.
    """
    limits = limits or Limits()
    opened = open_file(path, shown, level, encoding)
    answer, digest = ask(opened, "info", None, limits)
    if answer.status != "ok":
        raise SurveyprocError([refusals.of_answer(opened.place, answer, limits)])
    info = file_info(opened, answer, digest)
    notes = problems_of(opened, info, {})
    return info, notes


def read_file(
    path: Path,
    *,
    level: str,
    shown: str,
    columns: Sequence[str] | None,
    encoding: str = "auto",
    limits: Limits | None = None,
) -> tuple[RawFile, tuple[Problem, ...]]:
    """The named columns of a file (None: all), in the file's order; warnings and notes beside them.

    Raises SurveyprocError with every problem found: no such columns, wrong encoding, damage, limits, no cases.
    """
    limits = limits or Limits()
    opened = open_file(path, shown, level, encoding)
    answer, digest = ask(opened, "data", columns, limits)
    if answer.status not in ("ok", "columns"):
        raise SurveyprocError([refusals.of_answer(opened.place, answer, limits)])
    info = file_info(opened, answer, digest)
    if answer.status == "columns":
        raise SurveyprocError(missing_columns(columns or (), info.columns, opened.place))
    rows = int(answer.found["rows"])
    notes = problems_of(opened, info, answer.columns, rows)
    raw = {name: raw_column(info.columns[name], buffers) for name, buffers in answer.columns.items()}
    return RawFile(level, replace(info, rows=rows), rows, raw), notes


def open_file(path: Path, shown: str, level: str, encoding: str) -> Opened:
    """Look at the first bytes and the wished encoding; raises SurveyprocError with all that is wrong with them."""
    place, sniffed = Place(file=shown, level=level), sniff(path)
    problems, codec = [], None if encoding == "auto" else codec_for(encoding)
    if encoding != "auto" and codec is None:
        problems.append(refusals.unknown_encoding(place, encoding))
    if not sniffed.format:
        problems.append(refusals.not_ours(place, sniffed))
    elif name_misleads(shown, sniffed.format):
        problems.append(refusals.misnamed(place, sniffed))
    if sniffed.format == "por" and codec is not None:
        problems.append(refusals.encoding_of_por(place, encoding))
    if problems:
        raise SurveyprocError(problems)
    header = read_spss_header(path) if sniffed.format in ("sav", "zsav") else None
    return Opened(path.resolve(), place, sniffed, header, encoding, codec)


def ask(opened: Opened, task: str, columns: Sequence[str] | None, limits: Limits) -> tuple[Answer, str]:
    """The child's answer, and the SHA-256 of the file, taken while waiting."""
    format = opened.sniffed.format
    request = {
        "task": task,
        "path": str(opened.path),
        "format": format,
        "codec": opened.codec,
        "columns": None if columns is None else list(dict.fromkeys(columns)),
        "cells_a_byte": CELLS_A_BYTE.get(opened.header.compression, 1032.0) if opened.header else 1.0,
        "old_stata": format == "dta" and opened.sniffed.version <= OLD_STATA[1],
    }
    with ThreadPoolExecutor(max_workers=1) as pool:
        digest = pool.submit(sha256, opened.path)
        answer = run_worker(request, limits)
        return answer, digest.result()


def sha256(path: Path) -> str:
    """The hash of a file, "" if it went away."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def file_info(opened: Opened, answer: Answer, digest: str) -> FileInfo:
    """The metadata of an answer as values."""
    info, header = answer.found["info"], opened.header
    columns = {entry["name"]: column_info(entry) for entry in info["columns"]}
    return FileInfo(
        path=opened.place.file,
        format=opened.sniffed.format,
        rows=info["rows"],
        columns=columns,
        sha256=digest,
        encoding=encoding_in_force(opened, info["encoding"]),
        file_label=info["label"],
        header_weight=weight_name(header, columns, opened.codec) if header and header.weight else "",
        multiple_response_sets=info["sets"],
    )


def encoding_in_force(opened: Opened, declared: str) -> str:
    """Python's name of the encoding that text was read in."""
    if opened.codec:
        return opened.codec
    if declared:
        return codec_for(declared) or declared
    if opened.sniffed.format == "dta":
        return "utf-8" if opened.sniffed.version >= 118 else "cp1252"
    return "cp1252"


def weight_name(header: SpssHeader, columns: Mapping[str, ColumnInfo], codec: str | None) -> str:
    """The column of the weight in the header, by its long name where there is one."""
    raw = header.long_names.get(header.weight.upper(), header.weight)
    for name in (raw, header.weight):
        for guess in (codec or "utf-8", "utf-8", "cp1251"):
            try:
                decoded = name.encode("latin-1").decode(guess)
            except UnicodeError:
                continue
            if decoded in columns:
                return decoded
    return raw


def column_info(entry: Mapping[str, Any]) -> ColumnInfo:
    """One column's metadata; user-missing values told apart into single ones and ranges."""
    single, ranges = [], []
    for low, high in entry["missing"]:
        if isinstance(low, str) or low == high:
            single.append(low)
        else:
            ranges.append((-math.inf if low <= -EXTREME else low, math.inf if high >= EXTREME else high))
    return ColumnInfo(
        name=entry["name"],
        label=entry["label"],
        text=entry["text"],
        format=entry["format"],
        value_labels={key if isinstance(key, str) else float(key): label for key, label in entry["labels"]},
        missing_values=tuple(single),
        missing_ranges=tuple(ranges),
        measure=entry["measure"],
        single=entry["single"],
    )


def raw_column(info: ColumnInfo, buffers: Buffers) -> RawColumn:
    """A column's buffers as values; equal texts share one string."""
    if buffers.codes is not None:
        texts = np.empty(len(buffers.texts), dtype=object)
        texts[:] = buffers.texts
        return RawColumn(info, texts[buffers.codes])
    if buffers.numbers is None:
        raise ValueError("a column without values")
    return RawColumn(info, buffers.numbers, buffers.letters)


def problems_of(
    opened: Opened, info: FileInfo, data: Mapping[str, Buffers], rows: int | None = None
) -> tuple[Problem, ...]:
    """Warnings and notes; raises with all problems if text cannot be right or there are no rows."""
    found = Collector(list(notes_on(info, opened.path, opened.place, opened.sniffed.version)))
    finding = examine(texts_of(info, data), info.encoding)
    if finding is not None:
        found.add(refusals.of_finding(opened.place, finding, codec=info.encoding, given=opened.encoding))
    if rows == 0:
        hint = "Check that this is the file of the right round."
        found.add(Problem("read.empty", opened.place, "the file has no cases", hint=hint))
    found.stop_on_errors()
    return tuple(found.problems)


def texts_of(info: FileInfo, data: Mapping[str, Buffers]) -> Iterator[TextOf]:
    """Every text of a file that a person would read."""
    yield TextOf("", "file label", info.file_label)
    for name, column in info.columns.items():
        yield TextOf(name, "name", name)
        yield TextOf(name, "label", column.label)
        for key, label in column.value_labels.items():
            yield TextOf(name, "value label", label)
            if isinstance(key, str):
                yield TextOf(name, "labelled value", key)
        if name in data:
            yield from (TextOf(name, DATA, text) for text in data[name].texts)
