"""Tables of crossings as arrays, and what is wrong in a register as problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.demography.register_events import IN, OUT, Codes, Fault, Faulty, Ints
from surveyproc.problems import Place, Problem, Severity

# A part of a date is no date, and a time of another zone may be another day.
WRITTEN = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
SAID: dict[Fault, tuple[str, str]] = {
    "no_date": ("records without a date", "They are left out: what the person did then is not known."),
    "bad_direction": ("records without a direction", "They are left out."),
    "bad_person": ("records of no person", "They are left out; give every record an identifier."),
    "outside": ("records of days that are not observed", "They are left out; widen the days observed if they count."),
    "duplicate": ("records that stand twice", "One of each is kept."),
    "order_unknown": (
        "an arrival and a departure of one moment",
        "Give times, or a number that tells which was first.",
    ),
    "missing_crossing": (
        "two arrivals, or two departures, in a row",
        "Flags that depend on it are not known; find the crossing between them, or have it imputed.",
    ),
    "before_birth": ("records from before the person's birth", "Two persons may be under one identifier."),
    "after_death": ("records from after the person's death", "Two persons may be under one identifier."),
}


@dataclass(frozen=True, slots=True)
class Crossings:
    """Records (n,) in the order of the table; persons (P,): identifiers in order of appearance, person −1 where none.

    order (n,): microseconds since midnight, 0 where the table does not tell.
    """

    persons: NDArray[np.str_]
    person: Ints
    day: Ints
    direction: Codes
    order: Ints


def read_crossings(
    frame: pd.DataFrame,
    *,
    person: str,
    day: str,
    direction: str,
    arrivals: Sequence[str],
    departures: Sequence[str],
    file: str = "",
) -> tuple[Crossings | None, tuple[Problem, ...]]:
    """Crossings of a table with a row a record; None with every problem where it cannot be read.

    day: dates, or dates with times, as year-month-day hour:minute:second of local time, without a zone; arrivals,
    departures: the words of the direction. What is absent (a date, an identifier, a direction) is no problem here
    but a fault of its row; what is there and cannot be understood is a problem, for it would otherwise be lost.
    """
    lost = [name for name in (person, day, direction) if name not in frame.columns]
    if lost:
        what, got = "a column is not in the table", ", ".join(str(name) for name in frame.columns)
        return None, tuple(
            Problem("demography.column", Place(file=file, variable=name), what, got=got, expected=name) for name in lost
        )
    given = _text(frame[day])
    whole = given.str.fullmatch(WRITTEN).fillna(value=False).astype(bool)
    times = pd.to_datetime(given.where(whole), errors="coerce", format="ISO8601")
    words = _text(frame[direction])
    way = np.full(len(frame), -1, np.int8)
    for codes, names in ((IN, arrivals), (OUT, departures)):
        way[words.isin([str(name) for name in names]).to_numpy(dtype=np.bool_, na_value=False)] = codes
    problems = tuple(
        _unread(given, times, words[(way < 0) & words.notna().to_numpy()], day, direction, arrivals, departures, file)
    )
    if problems:
        return None, problems
    who, labels = pd.factorize(np.asarray(_text(frame[person]), dtype=object))
    stamps = times.to_numpy(dtype="datetime64[us]")
    days = stamps.astype("datetime64[D]")
    order = np.where(np.isnat(stamps), 0, (stamps - days).astype(np.int64))
    return Crossings(np.array(labels, dtype=np.str_), who.astype(np.int64), days.astype(np.int64), way, order), ()


def fault_problems(faults: Sequence[Faulty], *, file: str = "") -> tuple[Problem, ...]:
    """A warning for each fault, with the number of its records."""
    return tuple(
        Problem(
            "demography.record",
            Place(file=file, cases=fault.count),
            SAID[fault.fault][0],
            hint=SAID[fault.fault][1],
            severity=Severity.WARNING,
        )
        for fault in faults
    )


def _text(column: pd.Series) -> pd.Series:
    """Text without blanks around it; missing where nothing is left."""
    text = column.astype("string").str.strip()
    return text.where(text.ne("").fillna(value=False).astype(bool))


def _unread(
    given: pd.Series,
    times: pd.Series,
    words: pd.Series,
    day: str,
    direction: str,
    arrivals: Sequence[str],
    departures: Sequence[str],
    file: str,
) -> Iterator[Problem]:
    bad = int((given.notna() & times.isna()).sum())
    if bad:
        where = Place(file=file, variable=day, cases=bad)
        yield Problem(
            "demography.value", where, "values that are no dates", expected="year-month-day, such as 2024-03-31"
        )
    if len(words):
        where = Place(file=file, variable=direction, cases=len(words))
        shown = ", ".join(words.drop_duplicates().head(5))
        expected = ", ".join(str(name) for name in (*arrivals, *departures))
        yield Problem("demography.label", where, "words that are no direction", got=shown, expected=expected)
    both = sorted({str(name) for name in arrivals} & {str(name) for name in departures})
    if both:
        where = Place(file=file, variable=direction)
        yield Problem("demography.label", where, "words of both directions", got=", ".join(both))
