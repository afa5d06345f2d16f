"""What a file is, from its first bytes and not from its name."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

HEAD = 2048
FAMILIES = {"sav": "SPSS", "zsav": "SPSS", "por": "SPSS portable", "dta": "Stata"}
EXTENSIONS = {"sav": ("sav", "zsav"), "zsav": ("sav", "zsav"), "por": ("por",), "dta": ("dta",)}
STRANGERS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "Fetch the data with `git lfs pull`."),
    (b"PK\x03\x04", "a zip archive (or an Excel file)", "Unpack it, or export the table as .sav or .dta."),
    (b"\x1f\x8b", "a gzip archive (or an R data file)", "Unpack it, or export the table as .sav or .dta."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first."),
    (b"%PDF", "a PDF document", ""),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Export the table as .sav or .dta."),
    (b"PAR1", "a Parquet file", "Export the table as .sav or .dta."),
    (b"ARROW1", "an Arrow file", "Export the table as .sav or .dta."),
    (b"RDX", "an R data file", "Export the table as .sav or .dta."),
    (b"HEADER RECORD*******LIB", "a SAS transport file", "Export the table as .sav or .dta."),
    (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14", "a SAS data set", "Export the table as .sav or .dta."),
    (b"SQLite format 3", "an SQLite database", "Export the table as .sav or .dta."),
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes say. format is "" where the file is none of ours; then `what` and `hint` say why."""

    format: str = ""
    version: int = 0  # of Stata files, e.g. 118
    code: str = "read.not-a-survey-file"
    what: str = ""
    hint: str = ""


def sniff(path: Path) -> Sniffed:
    """Tell a survey file from what it is not; never raises for a file that cannot be opened."""
    try:
        kind = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Sniffed(code="read.not-found", what="the data file does not exist")
    except (OSError, ValueError):
        return Sniffed(code="read.not-found", what="the data file cannot be reached")
    if stat.S_ISDIR(kind.st_mode):
        return Sniffed(what="a folder, not a file", hint="Name a file inside it.")
    if not stat.S_ISREG(kind.st_mode):
        return Sniffed(what="a pipe or device, not a file", hint="Save the data to a file first.")
    if kind.st_size == 0:
        return Sniffed(what="an empty file (0 bytes)", hint="Copy it again from its source.")
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except PermissionError:
        return Sniffed(
            code="read.not-found", what="the data file may not be read", hint="Ask for the right to read it."
        )
    except OSError:
        return Sniffed(code="read.not-found", what="the data file cannot be opened")
    return judge(head)


def judge(head: bytes) -> Sniffed:
    """The same from the first bytes alone."""
    if b"ENCRYPTEDSAV" in head[:64]:
        return Sniffed(
            code="read.encrypted",
            what="an SPSS file protected by a password",
            hint="Open it in SPSS and save it without a password.",
        )
    if head.startswith(b"$FL2"):
        return Sniffed("sav")
    if head.startswith(b"$FL3"):
        return Sniffed("zsav")
    if head.startswith(b"<stata_dta>"):
        release = head[11:64].partition(b"<release>")[2][:3]
        return Sniffed("dta", int(release) if release.isdigit() else 0)
    if len(head) > 10 and 102 <= head[0] <= 116 and head[1] in (1, 2) and head[2] == 1:
        return Sniffed("dta", head[0])
    if b"SPSSPORT" in head.replace(b"\r", b"").replace(b"\n", b"")[:600]:
        return Sniffed("por")
    return stranger(head)


def stranger(head: bytes) -> Sniffed:
    """What a file that is not ours seems to be."""
    for signature, what, hint in STRANGERS:
        if head.startswith(signature):
            return Sniffed(what=what, hint=hint)
    if not head.strip(b"\0"):
        return Sniffed(what="a file of zero bytes", hint="The download or copy did not finish: copy it again.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:256].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<body")):
        return Sniffed(what="a web page (HTML or XML)", hint="The download gave a page, not the data: get it again.")
    if not any(byte < 9 or 13 < byte < 32 for byte in head):
        return Sniffed(what="plain text, such as CSV", hint="Export the table as .sav or .dta.")
    return Sniffed(what="not an SPSS or Stata file", hint="Its first bytes are those of no format that is read here.")


def expected_family(path: str) -> str:
    """The family that a file name claims, or ""."""
    return path.rpartition(".")[2].lower() if "." in path else ""


def name_misleads(path: str, format: str) -> bool:
    """Whether the extension is that of another survey format than the content."""
    claimed = expected_family(path)
    return claimed in EXTENSIONS and claimed not in EXTENSIONS[format]
