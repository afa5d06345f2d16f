"""The child process around pyreadstat: reads one survey file and leaves plain buffers and JSON behind.

Started by path, so it imports nothing of this package. The request comes as JSON on standard input; the answer is
`result.json` and `columns.bin` in the folder that the request names. Numbers are read in blocks of rows, because one
list of Python floats a column would need four times the memory of the file and more time.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyreadstat
from numpy.typing import NDArray

BLOCK_CELLS = 1_000_000  # cells in a block of rows: small enough for the processor cache and the memory limit
MOST_BLOCKS = 64  # each block skips those before it, so their number is bounded
BYTES_A_CELL_IN_BLOCK = 40  # list slot, Python float, and the array beside it
MISSING_OF_OLD_STATA = 2.0**333  # a missing double of Stata formats up to 105, which readers give as a number
MOST_TEXTS = 3000  # of a column whose encoding is to be found out


class Stop(Exception):
    """Reading ends here; the answer says why."""

    def __init__(self, **answer: Any) -> None:
        self.answer = answer
        super().__init__(answer.get("kind", ""))


@dataclass(slots=True)
class Source:
    """A file and how to call the reader on it. With a codec all text is taken as raw bytes and decoded here."""

    path: str
    format: str
    codec: str | None
    old_stata: bool = False

    def call(self, **options: Any) -> tuple[dict[str, list[Any]], Any]:
        """Columns (name → list of values) and metadata from pyreadstat, with its faults turned into `Stop`."""
        readers: dict[str, Callable[..., Any]] = {"dta": pyreadstat.read_dta, "por": pyreadstat.read_por}
        reader = readers.get(self.format, pyreadstat.read_sav)
        if self.format != "por":
            options["user_missing"] = True
            if self.codec:
                options["encoding"] = "ISO-8859-1"
        try:
            columns, meta = reader(self.path, output_format="dict", disable_datetime_conversion=True, **options)
        except UnicodeDecodeError as fault:
            raise Stop(status="error", kind="text") from fault
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OverflowError, ValueError) as fault:
            raise Stop(status="error", kind=kind_of(str(fault))) from fault
        return columns, meta

    def text(self, raw: str | None, variable: str = "", part: str = "") -> str:
        """A text of the file decoded; stops, naming the variable, if the codec has no such byte."""
        if not raw:
            return ""
        if self.codec is None or raw.isascii():
            return raw
        try:
            return raw.encode("latin-1").decode(self.codec)
        except UnicodeError as fault:
            raise Stop(status="error", kind="undecodable", variable=variable, part=part) from fault


def kind_of(message: str) -> str:
    """The kind of fault behind a fixed message of ReadStat."""
    for words, kind in (
        ("expected number of rows", "rows"),
        ("convert string", "text"),
        ("allocate memory", "memory"),
        ("seek within file", "rows"),
    ):
        if words in message:
            return kind
    return "damaged"


def limit_self(memory_mb: int, seconds: float) -> None:
    """Bound address space, processor time and core files of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and the estimate before reading remain
        return
    wishes = (
        ("RLIMIT_AS", memory_mb * 1024 * 1024),
        ("RLIMIT_CPU", int(seconds) + 1),
        ("RLIMIT_CORE", 0),  # a core file would hold microdata
    )
    for name, value in wishes:
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (value, value))


def number_key(key: Any) -> float | str:
    """A code of a value label: text and letters stay text, numbers become float."""
    return key if isinstance(key, str) else float(key)


def describe(meta: Any, source: Source) -> dict[str, Any]:
    """All that the file says of itself, decoded, ready for JSON."""
    columns = []
    for index, raw in enumerate(meta.column_names):
        name = source.text(raw, raw, "name")
        labels = meta.variable_value_labels.get(raw) or {}
        columns.append(
            {
                "name": name,
                "label": source.text(meta.column_labels[index], name, "label"),
                "text": meta.readstat_variable_types[raw] == "string",
                "single": meta.readstat_variable_types[raw] == "float",
                "format": meta.original_variable_types.get(raw) or "",
                "labels": [
                    [source.text(key, name, "value label") if isinstance(key, str) else number_key(key),
                     source.text(label, name, "value label")]
                    for key, label in labels.items()
                ],
                "missing": [
                    [source.text(end, name, "missing value") if isinstance(end, str) else float(end)
                     for end in (each["lo"], each["hi"])]
                    for each in meta.missing_ranges.get(raw, [])
                ],
                "measure": str(meta.variable_measure.get(raw) or ""),
                "width": int(meta.variable_storage_width.get(raw) or 0),
            }
        )  # fmt: skip
    attached = set(meta.variable_to_label.values())
    return {
        "rows": meta.number_rows,
        "encoding": meta.file_encoding or "",
        "label": source.text(meta.file_label, "", "file label"),
        "columns": columns,
        "unattached_label_sets": len([name for name in meta.value_labels if name not in attached]),
        "sets": {
            source.text(name): {
                **entry,
                "label": source.text(entry["label"], "", "label of a multiple-response set"),
                "variable_list": [source.text(each) for each in entry["variable_list"]],
            }
            for name, entry in (meta.mr_sets or {}).items()
        },
    }


def has_row(source: Source, column: str, row: int) -> bool:
    """Whether row `row` (from 1) can be read."""
    try:
        found, _ = source.call(usecols=[column], row_offset=row - 1, row_limit=1)
    except Stop:
        return False
    return len(found[column]) == 1


def rows_found(source: Source, column: str, most: int) -> int:
    """How many whole rows the file holds, at most `most`, by bisection."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if has_row(source, column, middle):
            low = middle
        else:
            high = middle - 1
    return low


def count_rows(source: Source, column: str) -> int:
    """Rows of a file whose header does not tell."""
    rows, block = 0, 200_000
    while True:
        found, _ = source.call(usecols=[column], row_offset=rows, row_limit=block)
        rows += len(found[column])
        if len(found[column]) < block:
            return rows


@dataclass(slots=True)
class Sink:
    """Where one column goes: numbers into the file of buffers at `offset`, the rest kept until the end."""

    name: str
    raw: str
    text: bool
    offset: int
    rows: int
    uniques: dict[str, int] = field(default_factory=dict)
    letters: NDArray[np.int8] | None = None

    def write(self, values: list[Any], start: int, lettered: bool, old_stata: bool, out: BinaryIO) -> None:
        """Put a block of values, beginning at row `start`, in its place."""
        if self.text:
            known = self.uniques
            codes = np.fromiter(
                (known.setdefault(value or "", len(known)) for value in values), dtype=np.int32, count=len(values)
            )
            out.seek(self.offset + 4 * start)
            out.write(codes.tobytes())
            return
        if lettered:
            if self.letters is None:
                self.letters = np.zeros(self.rows, dtype=np.int8)
            tags = [ord(value) - 96 if isinstance(value, str) else 0 for value in values]
            self.letters[start : start + len(values)] = tags
            values = [None if isinstance(value, str) else value for value in values]
        numbers = np.array(values, dtype=np.float64)
        if old_stata:
            numbers[numbers == MISSING_OF_OLD_STATA] = np.nan
        out.seek(self.offset + 8 * start)
        out.write(numbers.tobytes())


def lay_out(columns: Iterable[dict[str, Any]], raws: dict[str, str], rows: int) -> list[Sink]:
    """One sink a column, each buffer starting on a multiple of 8 bytes."""
    sinks, offset = [], 0
    for column in columns:
        sinks.append(Sink(column["name"], raws[column["name"]], column["text"], offset, rows))
        offset += -(-rows * (4 if column["text"] else 8) // 8) * 8
    return sinks


def read_rows(source: Source, sinks: list[Sink], rows: int, out: BinaryIO) -> None:
    """Read all rows in blocks into the sinks; stops if a block is short."""
    names = [sink.raw for sink in sinks]
    block = block_rows(len(sinks), rows)
    for start in range(0, rows, block):
        wanted = min(block, rows - start)
        found, meta = source.call(usecols=names, row_offset=start, row_limit=wanted)
        lettered = set(meta.missing_user_values)
        for sink in sinks:
            values = found.pop(sink.raw)
            if len(values) != wanted:
                raise Stop(status="error", kind="rows")
            sink.write(values, start, sink.raw in lettered, source.old_stata, out)


def block_rows(columns: int, rows: int) -> int:
    """Rows of one block."""
    return max(1000, BLOCK_CELLS // max(columns, 1), -(-rows // MOST_BLOCKS))


def memory_needed(columns: Iterable[dict[str, Any]], rows: int) -> float:
    """A lower bound of the megabytes that a table needs here and in the parent, without texts."""
    sizes = [4 if column["text"] else 8 for column in columns]
    block = min(rows, block_rows(len(sizes), rows))
    return (rows * sum(sizes) + block * len(sizes) * BYTES_A_CELL_IN_BLOCK) / 1e6


def read_data(request: dict[str, Any], source: Source, meta: Any, info: dict[str, Any]) -> dict[str, Any]:
    """The data part of the answer: rows, and where each column's buffer lies."""
    names = request["columns"]
    by_name = {column["name"]: column for column in info["columns"]}
    raws = dict(zip((column["name"] for column in info["columns"]), meta.column_names, strict=True))
    if names is not None and any(name not in by_name for name in names):
        return {"status": "columns"}
    chosen = [column for column in info["columns"] if names is None or column["name"] in set(names)]
    if not info["columns"]:
        raise Stop(status="error", kind="damaged")
    first, expected = meta.column_names[0], info["rows"]
    most = int(os.path.getsize(source.path) * request["cells_a_byte"]) // max(len(info["columns"]), 1)
    if expected is not None and expected > most:
        raise Stop(status="error", kind="rows", expected=expected, found=rows_found(source, first, most))
    rows = count_rows(source, first) if expected is None else expected
    if (needed := memory_needed(chosen, rows)) > request["memory_mb"]:
        raise Stop(status="error", kind="estimate", rows=rows, columns=len(chosen), needed=round(needed))
    sinks = lay_out(chosen, raws, rows)
    with open(Path(request["folder"]) / "columns.bin", "wb") as out:
        try:
            read_rows(source, sinks, rows, out)
        except Stop as stop:
            if stop.answer.get("kind") in ("rows", "damaged"):
                stop.answer.update(kind="rows", expected=expected, found=rows_found(source, first, rows))
            raise
        placed = [place(sink, source, out) for sink in sinks]
    return {"status": "ok", "rows": rows, "data": placed}


def place(sink: Sink, source: Source, out: BinaryIO) -> dict[str, Any]:
    """Where a column's buffers lie; letters are appended now."""
    entry: dict[str, Any] = {"name": sink.name, "offset": sink.offset}
    if sink.text:
        entry["texts"] = [source.text(text, sink.name, "data") for text in sink.uniques]
    if sink.letters is not None:
        out.seek(0, os.SEEK_END)
        entry["letters"] = out.tell()
        out.write(sink.letters.tobytes())
    return entry


def raw_texts(request: dict[str, Any], source: Source) -> list[list[str]]:
    """Texts of the file as raw bytes (one character a byte), for finding out the encoding: [variable, part, text]."""
    raw = Source(source.path, source.format, "latin-1")
    _, meta = raw.call(metadataonly=True)
    info = describe(meta, raw)
    texts = [["", "file label", info["label"]]]
    for column in info["columns"]:
        texts += [[column["name"], "name", column["name"]], [column["name"], "label", column["label"]]]
        texts += [[column["name"], "value label", str(part)] for pair in column["labels"] for part in pair]
    wanted = request["columns"]
    words = [c["name"] for c in info["columns"] if c["text"] and (wanted is None or c["name"] in wanted)]
    if words and request["task"] == "data":
        with contextlib.suppress(Stop):
            found, _ = raw.call(usecols=words, row_limit=50_000)
            for name, values in found.items():
                odd = {value: None for value in values if value and not value.isascii()}
                texts += [[name, "data", value] for value in list(odd)[:MOST_TEXTS]]
    return [entry for entry in texts if not entry[2].isascii()]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The whole answer to a request."""
    source = Source(request["path"], request["format"], request["codec"], request["old_stata"])
    info: dict[str, Any] = {}
    try:
        _, meta = source.call(metadataonly=True)
        info = describe(meta, source)
        found: dict[str, Any] = (
            {"status": "ok"} if request["task"] == "info" else read_data(request, source, meta, info)
        )
    except Stop as stop:
        found = stop.answer
        if found["kind"] == "text":
            with contextlib.suppress(Stop):
                found["texts"] = raw_texts(request, source)
    except MemoryError:
        found = {"status": "error", "kind": "memory"}
    return {**found, "info": info}


def main() -> None:
    """Obey one request."""
    request = json.load(sys.stdin.buffer)
    limit_self(request["memory_mb"], request["seconds"])
    gc.disable()  # millions of numbers, no cycles
    warnings.simplefilter("ignore")
    text = json.dumps(answer(request))
    partial = Path(request["folder"]) / "result.part"
    partial.write_text(text, encoding="ascii")
    partial.replace(partial.with_name("result.json"))


if __name__ == "__main__":
    main()
