"""What the reader does not tell of an SPSS system file: the weight switched on, and how dense its rows can be.

Layout: PSPP developers' guide, "System File Format" (Free Software Foundation, 2007-).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

HEADER_BYTES = 176
MOST_DICTIONARY = 64 * 1024 * 1024
LONG_NAMES = 13  # subtype of the extension record that maps short names to long ones


@dataclass(frozen=True, slots=True)
class SpssHeader:
    """weight: variable of WEIGHT BY as short name and its place among the variables, or "" and 0; raw bytes decoded as
    latin-1. compression: 0 none, 1 bytecode, 2 zlib. long_names: short → long, raw."""

    weight: str
    compression: int
    long_names: dict[str, str]


def read_spss_header(path: Path) -> SpssHeader | None:
    """The header of a .sav or .zsav; None where it makes no sense (the reader will say why)."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_DICTIONARY)
        return parse_spss_header(data)
    except (OSError, struct.error, ValueError):
        return None


def parse_spss_header(data: bytes) -> SpssHeader | None:
    """The same from bytes; struct.error or ValueError if they end too soon."""
    order = "<" if data[64:68] in (b"\x02\0\0\0", b"\x03\0\0\0") else ">"
    compression, weight = struct.unpack_from(f"{order}ii", data, 72)
    names, position = variable_names(data, order)
    long_names = long_names_after(data, position, order) if 0 < weight <= len(names) else {}
    short = names[weight - 1] if 0 < weight <= len(names) else ""
    return SpssHeader(short, compression, long_names)


def variable_names(data: bytes, order: str) -> tuple[list[str], int]:
    """Short names by index of 8-byte segment ("" for continuations of strings), and where the records end."""
    names, position = [], HEADER_BYTES
    while struct.unpack_from(f"{order}i", data, position)[0] == 2:
        width, has_label, missing = struct.unpack_from(f"{order}iii", data, position + 4)
        names.append("" if width < 0 else data[position + 24 : position + 32].decode("latin-1").rstrip())
        position += 32
        if has_label:
            length = struct.unpack_from(f"{order}i", data, position)[0]
            if not 0 <= length < 65536:
                raise ValueError("a label of impossible length")
            position += 4 + -(-length // 4) * 4
        position += 8 * min(abs(missing), 3)
    return names, position


def long_names_after(data: bytes, position: int, order: str) -> dict[str, str]:
    """The map of short to long names, from the extension records; empty if there is none."""
    while position < len(data):
        kind = struct.unpack_from(f"{order}i", data, position)[0]
        if kind == 7:
            subtype, size, count = struct.unpack_from(f"{order}iii", data, position + 4)
            if size < 0 or count < 0:
                raise ValueError("a record of negative size")
            body = data[position + 16 : position + 16 + size * count]
            if subtype == LONG_NAMES:
                pairs = (entry.split("=", 1) for entry in body.decode("latin-1").split("\t"))
                return {pair[0].upper(): pair[1] for pair in pairs if len(pair) == 2}
            position += 16 + size * count
        elif kind == 6:
            position += 8 + 80 * struct.unpack_from(f"{order}i", data, position + 4)[0]
        elif kind == 3:
            position = after_value_labels(data, position, order)
        else:
            break
    return {}


def after_value_labels(data: bytes, position: int, order: str) -> int:
    """Where a pair of value-label records (types 3 and 4) ends."""
    count = struct.unpack_from(f"{order}i", data, position + 4)[0]
    position += 8
    for _ in range(count):
        length = data[position + 8] if position + 8 < len(data) else 0
        position += 8 + -(-(length + 1) // 8) * 8
        if position > len(data):
            raise ValueError("value labels beyond the end")
    kind: int
    variables: int
    kind, variables = struct.unpack_from(f"{order}ii", data, position)
    if kind != 4 or variables < 0:
        raise ValueError("value labels of no variable")
    return position + 8 + 4 * variables
