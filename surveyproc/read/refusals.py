"""Words for what went wrong with a file: the child's answers become problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveyproc.problems import Place, Problem, Severity
from surveyproc.read.encoding import OFFERED, Finding, similar_encodings, suggest
from surveyproc.read.limits import Limits
from surveyproc.read.process import Answer
from surveyproc.read.sniff import FAMILIES, Sniffed

COPY_AGAIN = "Copy the file again from its source and compare its size."
SIGNS = {
    "lost": "letters were lost (U+FFFD) in a {part}",
    "twice": "a {part} is UTF-8 read one byte at a time",
    "latin": "Cyrillic letters appear as Latin ones in a {part}",
    "kazakh": "Kazakh letters appear as those of other languages in a {part}",
    "symbols": "letters appear as signs in a {part}",
}


def not_ours(place: Place, sniffed: Sniffed) -> Problem:
    """The file is not a survey file, or cannot be opened."""
    if sniffed.code == "read.not-a-survey-file":
        return Problem(
            sniffed.code,
            place,
            "this is not an SPSS or Stata file",
            sniffed.what,
            ".sav, .zsav, .dta or .por",
            sniffed.hint,
        )
    hint = sniffed.hint or ("Check the path and the data root." if sniffed.code == "read.not-found" else "")
    return Problem(sniffed.code, place, sniffed.what, hint=hint)


def misnamed(place: Place, sniffed: Sniffed) -> Problem:
    """The extension is that of another format."""
    family = FAMILIES[sniffed.format]
    return Problem(
        "read.not-a-survey-file",
        place,
        "the name of the file says one format and its content another",
        got=f"a {family} file" + (f" (format {sniffed.version})" if sniffed.version else ""),
        expected=f"the extension .{sniffed.format}",
        hint=f"Rename the file to .{sniffed.format} if it is the right one.",
    )


def unknown_encoding(place: Place, name: str) -> Problem:
    """The configuration names an encoding that does not exist."""
    similar = similar_encodings(name)
    hint = f"Did you mean {' or '.join(similar)}?" if similar else "Write `auto` unless labels come out wrong."
    return Problem("read.encoding", place, "no such encoding", f"`{name}`", f"auto, {', '.join(OFFERED)}", hint)


def encoding_of_por(place: Place, name: str) -> Problem:
    """The reader of portable files takes no encoding."""
    hint = "Write `encoding: auto`; if letters come out wrong, open the file in SPSS and save it as .sav."
    return Problem("read.encoding", place, "the encoding of .por files cannot be chosen", f"`{name}`", "auto", hint)


def of_answer(place: Place, answer: Answer, limits: Limits) -> Problem:
    """The one problem behind an answer that brought no data."""
    found = answer.found
    if answer.status == "died":
        return Problem(
            "read.crash",
            place,
            "the reader died on this file; the file may be damaged",
            got=answer.death,
            hint=COPY_AGAIN + " If it opens in SPSS or Stata, save it anew there.",
        )
    if answer.status == "late" or answer.kind in ("memory", "estimate"):
        return beyond_limits(place, answer, limits)
    if answer.kind == "rows" and found.get("expected") is not None and found.get("found") is not None:
        got, expected = f"{found['found']:,} rows", f"{found['expected']:,} rows by its header"
        return Problem(
            "read.damaged", place, "a damaged or incomplete copy: rows are missing", got, expected, COPY_AGAIN
        )
    if answer.kind in ("text", "undecodable"):
        return undecodable(place, found)
    return Problem("read.damaged", place, "a damaged or incomplete copy", hint=COPY_AGAIN)


def beyond_limits(place: Place, answer: Answer, limits: Limits) -> Problem:
    """Too much memory or time."""
    found = answer.found
    if answer.status == "late":
        what, got, expected = "reading took too long", "", f"at most {limits.seconds:g} seconds"
        hint = "Raise the time limit, or copy the file again: it may be damaged."
    elif answer.kind == "estimate":
        what = "the columns asked for need more memory than allowed"
        got = f"about {found['needed']:,} MB for {found['rows']:,} rows × {found['columns']:,} columns"
        expected, hint = f"at most {limits.memory_mb:,} MB", "Name fewer columns, or raise the memory limit."
    else:
        what, got, expected = "reading needs more memory than allowed", "", f"at most {limits.memory_mb:,} MB"
        hint = "Raise --max-memory, or copy the file again: it may be damaged."
    return Problem("read.limits", place, what, got, expected, hint)


def undecodable(place: Place, found: Mapping[str, Any]) -> Problem:
    """Bytes that are no text in the encoding in force."""
    if found["kind"] == "undecodable":
        where = at(place, str(found.get("variable", "")))
        what = f"a {found.get('part') or 'text'} has bytes that this encoding does not know"
        return Problem(
            "read.encoding", where, what, hint="Write `encoding: auto`, or another name: " + ", ".join(OFFERED) + "."
        )
    texts = [(str(v), str(part), str(text)) for v, part, text in found.get("texts", ())]
    blobs = [text.encode("latin-1", "replace") for _, _, text in texts]
    bad = next((i for i, blob in enumerate(blobs) if not is_utf8(blob)), None)
    variable, part = texts[bad][:2] if bad is not None else ("", "text")
    remedy = suggest(blob for blob in blobs if not is_utf8(blob))
    return Problem(
        "read.encoding",
        at(place, variable),
        f"a {part} has bytes that the encoding named in the file does not know",
        hint=advice(remedy),
    )


def of_finding(place: Place, finding: Finding, *, codec: str, given: str) -> Problem:
    """Text that was read but cannot be right. given: `encoding:` of the configuration."""
    what = SIGNS[finding.sign].format(part=finding.part)
    if finding.variables > 1:
        what += f"; {finding.variables} variables are affected"
    severity = Severity.WARNING if finding.tolerable else Severity.ERROR
    if finding.remedy == "utf-8" and given != "auto":
        hint = "Write `encoding: auto` or `encoding: utf-8` for this file."
    elif codec == "utf-8" or finding.sign == "lost":
        hint = "The text was already wrong when this file was saved: export it anew from the original."
    else:
        hint = advice(finding.remedy)
    return Problem(
        "read.encoding", at(place, finding.variable), what, got=f"text read as {codec}", hint=hint, severity=severity
    )


def advice(remedy: str) -> str:
    """What to write in the configuration."""
    if remedy:
        return f"Write `encoding: {remedy}` for this file."
    return f"Ask who made the file for its encoding and write it as `encoding:` ({', '.join(OFFERED[1:6])} …)."


def at(place: Place, variable: str) -> Place:
    """The same file, at a variable."""
    return Place(file=place.file, level=place.level, variable=variable)


def is_utf8(blob: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        blob.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def header_weight(place: Place, variable: str) -> Problem:
    """SPSS had a weight switched on when the file was saved."""
    return Problem(
        "read.header-weight",
        at(place, variable),
        "the file was saved with WEIGHT BY on; that weight is not applied here",
        hint="Name the weight in `design:` of the round.",
        severity=Severity.WARNING,
    )


def note(place: Place, what: str, *, variable: str = "", hint: str = "", severity: Severity = Severity.INFO) -> Problem:
    """Something odd that does not stop a run."""
    return Problem("read.note", at(place, variable), what, hint=hint, severity=severity)
