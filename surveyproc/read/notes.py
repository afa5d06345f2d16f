"""What is odd in a file that can still be used: warnings and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from surveyproc.problems import Place, Problem, Severity, counted
from surveyproc.read.refusals import header_weight, note
from surveyproc.values import FileInfo

LANGUAGES = b"_lang_list\0"
SEARCHED = 16 * 1024 * 1024


def notes_on(info: FileInfo, path: Path, place: Place, version: int) -> Iterator[Problem]:
    """Warnings and notes on a file that was read."""
    if info.header_weight:
        yield header_weight(place, info.header_weight)
    if info.format == "por":
        yield note(
            place,
            "user-missing values of .por files cannot be read",
            hint="Name them with `also_missing:`, or save the file as .sav.",
            severity=Severity.WARNING,
        )
    if info.format == "dta" and (languages := label_languages(path, version)):
        yield note(
            place,
            f"labels in several languages ({', '.join(languages)}); only those of the active one are read",
            hint="Switch the language in Stata with `label language` and save, if another is wanted.",
            severity=Severity.WARNING,
        )
    doubled = [name for name, column in info.columns.items() if any_twice(column.value_labels.values())]
    if doubled:
        shown = ", ".join(doubled[:5]) + (" …" if len(doubled) > 5 else "")
        yield note(
            place,
            f"codes with the same label text in {counted(len(doubled), 'variable')}: {shown}",
            variable=doubled[0],
        )


def any_twice(texts: Iterable[str]) -> bool:
    """Whether a label text stands on more than one code."""
    return any(times > 1 for times in Counter(texts).values())


def label_languages(path: Path, version: int) -> tuple[str, ...]:
    """Languages of a Stata file with more than one set of labels, from the characteristic _lang_list.

    A characteristic is a variable name (here _dta), its own name and its text; both names have fixed widths.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(SEARCHED)
    except OSError:
        return ()
    width = 129 if version >= 118 else 33
    spot = data.find(LANGUAGES)
    if spot < width or not data.startswith(b"_dta\0", spot - width):
        return ()
    names = data[spot + width : spot + width + 1000].split(b"\0", 1)[0].decode("utf-8", "replace").split()
    return tuple(names) if len(names) > 1 else ()
