"""Small survey files made on the spot, some of them wrong on purpose."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyreadstat

from surveyproc.problems import SurveyprocError
from surveyproc.read.files import read_file
from surveyproc.read.limits import Limits
from surveyproc.values import RawFile

RUSSIAN = {"hhid": "Номер домохозяйства", "born": "Страна рождения", "w": "Вес"}
KAZAKH = {"hhid": "Үй шаруашылығының нөмірі", "born": "Туған елі", "w": "Салмақ"}
FRENCH = {"hhid": "Numéro du ménage", "born": "Région où l'enquêtée est née", "w": "Poids d'échantillonnage"}


def attempt(path: Path, limits: Limits | None = None) -> RawFile | SurveyprocError:
    """What reading a whole file comes to."""
    try:
        return read_file(path, level="x", shown=path.name, columns=None, limits=limits)[0]
    except SurveyprocError as error:
        return error


def frame(rows: int = 12) -> pd.DataFrame:
    """hhid, born (1, 2, 8, 9), w and a text column."""
    return pd.DataFrame(
        {
            "hhid": [float(i + 1) for i in range(rows)],
            "born": [(1.0, 2.0, 8.0, 9.0)[i % 4] for i in range(rows)],
            "w": [0.5 + i / 8 for i in range(rows)],
            "town": [("Ural", "Aral", "")[i % 3] for i in range(rows)],
        }
    )


def write_sav(path: Path, labels: Mapping[str, str] | None = None, rows: int = 12, **options: object) -> Path:
    """A .sav (or .zsav by its name) with user-missing 8 thru 9 on born."""
    data = frame(rows)
    pyreadstat.write_sav(
        data,
        str(path),
        column_labels=[(labels or {}).get(name, "") for name in data],
        variable_value_labels={"born": {1.0: "here", 2.0: "abroad", 8.0: "DK", 9.0: "NA"}},
        missing_ranges={"born": [{"lo": 8, "hi": 9}]},
        compress=path.suffix == ".zsav",
        **options,
    )
    return path


def write_dta(path: Path, labels: Mapping[str, str] | None = None, rows: int = 12, version: int = 15) -> Path:
    """A .dta of the same table."""
    data = frame(rows)
    names = [(labels or {}).get(name, "") for name in data]
    pyreadstat.write_dta(data, str(path), version=version, column_labels=names)
    return path


def single_byte_sav(
    path: Path,
    labels: Sequence[str],
    *,
    codec: str,
    declared: str = "",
    code_page: int = 1252,
    texts: Sequence[str] = ("",),
) -> Path:
    """An uncompressed .sav by hand: numeric v1, v2 … with labels, a text column t, all in `codec`, declared otherwise.

    declared: the encoding record ("" leaves it out); code_page: of the machine integer record.
    """
    width = 24
    data = b"$FL2" + b"@(#) SPSS DATA FILE test".ljust(60)
    segments = len(labels) + width // 8
    data += struct.pack("<iiiii", 2, segments, 0, 0, len(texts)) + struct.pack("<d", 100.0)
    data += b"01 Jan 20" + b"10:00:00" + b" " * 64 + b"\0" * 3
    for index, label in enumerate(labels, 1):
        raw = label.encode(codec)
        data += struct.pack("<iiiiii", 2, 0, 1, 0, 5 << 16 | 8 << 8, 5 << 16 | 8 << 8) + f"V{index}".encode().ljust(8)
        data += struct.pack("<i", len(raw)) + raw + b" " * (-len(raw) % 4)
    form = 1 << 16 | width << 8
    data += struct.pack("<iiiiii", 2, width, 0, 0, form, form) + b"T".ljust(8)
    data += (struct.pack("<iiiiii", 2, -1, 0, 0, 0, 0) + b" " * 8) * (width // 8 - 1)
    data += struct.pack("<iiii", 7, 3, 4, 8) + struct.pack("<iiiiiiii", 20, 0, 0, 0, 1, 1, 2, code_page)
    if declared:
        data += struct.pack("<iiii", 7, 20, 1, len(declared)) + declared.encode()
    data += struct.pack("<ii", 999, 0)
    for text in texts:
        data += struct.pack(f"<{len(labels)}d", *([1.0] * len(labels))) + text.encode(codec).ljust(width)
    path.write_bytes(data)
    return path


def set_header(path: Path, offset: int, value: int) -> Path:
    """Overwrite a 4-byte number of an SPSS header: 76 is the weight, 80 the number of cases."""
    data = bytearray(path.read_bytes())
    data[offset : offset + 4] = struct.pack("<i", value)
    path.write_bytes(bytes(data))
    return path
