"""A Stata file (format 114) with one column of single-precision numbers, built byte by byte."""

import struct


def float_dta(values: list[float]) -> bytes:
    """The bytes of a .dta with the float variable `id`; layout as in Stata's description of format 114."""
    header = struct.pack("<BBBBHi", 114, 2, 1, 0, 1, len(values)) + b"\0" * 81 + b"\0" * 18
    types = bytes([254])  # float
    names = b"id".ljust(33, b"\0")
    sort = struct.pack("<HH", 0, 0)
    formats = b"%9.0g".ljust(49, b"\0")
    labels = b"\0" * 33 + b"\0" * 81
    expansion = struct.pack("<Bi", 0, 0)
    return header + types + names + sort + formats + labels + expansion + struct.pack(f"<{len(values)}f", *values)
