"""Crossings of a register in the order in which each person made them, with what is wrong among them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

Gaps = Literal["unresolved", "midpoint"]
Fault = Literal[
    "no_date",
    "bad_direction",
    "bad_person",
    "outside",
    "duplicate",
    "order_unknown",
    "missing_crossing",
    "before_birth",
    "after_death",
]

OUT, IN, UNKNOWN = 0, 1, -1  # directions, and statuses: non-resident, resident
NO_DAY = np.iinfo(np.int64).min  # what NaT becomes


class Made(IntEnum):
    """Whether a crossing is on the register, stands for one that is missing, or was put in its place."""

    RECORDED = 0
    MISSING = 1
    IMPUTED = 2


@dataclass(frozen=True, slots=True)
class Observation:
    """Days of which the register holds every crossing: from `start`, up to but not including `end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"an observation goes forward in time, got days {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class Faulty:
    """Rows of one fault: their places in the arrays given. They are named and left as they are, never mended unseen."""

    fault: Fault
    rows: Ints

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Events:
    """Crossings (M,) by person and time. row: place in the arrays given, for a crossing not on them that of the one
    before it; starts (M,): place of the person's first crossing; until (M,): day of the next, or the end observed."""

    person: Ints
    day: Ints
    direction: Codes
    row: Ints
    made: Codes
    starts: Ints
    until: Ints


def ordered_events(
    person: ArrayLike,
    day: ArrayLike,
    *,
    direction: ArrayLike,
    people: int,
    observed: Observation,
    order: ArrayLike | None = None,
    gaps: Gaps = "unresolved",
) -> tuple[Events, tuple[Faulty, ...]]:
    """Events of usable rows (n,), and the rows that are faulty; in whatever order rows come, the result is the same.

    person: 0 … people − 1; day: days since 1970-01-01, or datetime64; direction: 1 arrival, 0 departure; order: what
    comes first on one day, such as a time. Rows alike in all are duplicates, and one is kept. Where an arrival and a
    departure cannot be told apart in time, that which alternates with the crossing before (or after) is first; with no
    other crossing it is not known, and they are named. Two arrivals, or two departures, in a row lack a crossing
    between them: it stands as MISSING at the first of the two, or as IMPUTED in the middle where `gaps` says so.
    ValueError for arrays of different lengths.
    """
    who, when, way = _as_days(person), _as_days(day), np.asarray(direction)
    time = np.zeros(len(who), np.int64) if order is None else np.asarray(order)
    if not who.shape == when.shape == way.shape == time.shape or who.ndim != 1:
        raise ValueError(f"persons {who.shape}, days {when.shape}, directions {way.shape}, order {time.shape}")
    faults: dict[Fault, Ints] = {}
    usable = np.ones(len(who), np.bool_)
    outside = (when < observed.start) | (when >= observed.end)
    checks: tuple[tuple[Fault, Flags], ...] = (
        ("no_date", when == NO_DAY),
        ("bad_direction", (way != IN) & (way != OUT)),
        ("bad_person", (who < 0) | (who >= people)),
        ("outside", outside),
    )
    for fault, bad in checks:
        faults[fault] = np.flatnonzero(bad & usable)
        usable &= ~bad
    rows = np.flatnonzero(usable)
    rows = rows[_in_time(who[rows], when[rows], way[rows], time[rows] if order is not None else None)]
    who, when, way, time = who[rows], when[rows], way[rows].astype(np.int8), time[rows]
    at_once = (who[1:] == who[:-1]) & (when[1:] == when[:-1]) & (time[1:] == time[:-1])
    again = np.concatenate([np.zeros(min(len(rows), 1), np.bool_), at_once & (way[1:] == way[:-1])])
    faults["duplicate"] = np.sort(rows[again])
    rows, who, when, way, time = (x[~again] for x in (rows, who, when, way, time))
    turn, unsure = _ties(who, when, way, time)
    rows, way = rows[turn], way[turn]
    faults["order_unknown"] = np.sort(rows[unsure])
    events = _with_missing(who, when, way, rows, observed=observed, gaps=gaps)
    faults["missing_crossing"] = np.sort(events.row[events.made != Made.RECORDED])
    return events, tuple(Faulty(fault, found) for fault, found in faults.items() if len(found))


def _as_days(values: ArrayLike) -> Ints:
    given = np.asarray(values)
    if given.dtype.kind == "M":
        given = given.astype("datetime64[D]")
    return given.astype(np.int64)


def _in_time(who: Ints, when: Ints, way: NDArray[np.generic], time: NDArray[np.generic] | None) -> NDArray[np.intp]:
    """Order by person, day, time, departures first; one sort of one number where there are no times."""
    if time is not None:
        return np.lexsort((way, time, when, who))
    first = int(when.min(initial=0))
    span = int(when.max(initial=0)) - first + 1
    key = ((who * span + (when - first)) << 1) | way.astype(np.int64)
    if (key[1:] >= key[:-1]).all():
        return np.arange(len(key))
    return np.argsort(key, kind="stable")


def _ties(who: Ints, when: Ints, way: Codes, time: NDArray[np.generic]) -> tuple[NDArray[np.intp], Flags]:
    """Places with pairs of one moment turned where the arrival was first, and, in that order, pairs not known."""
    n = len(who)
    turn, unsure = np.arange(n), np.zeros(n, np.bool_)
    early = np.flatnonzero((who[1:] == who[:-1]) & (when[1:] == when[:-1]) & (time[1:] == time[:-1]))
    if not len(early):
        return turn, unsure
    tied = np.zeros(n, np.bool_)
    tied[early] = tied[early + 1] = True
    lone = np.flatnonzero(~tied)
    place = np.searchsorted(lone, early)
    arrival_first = np.zeros(len(early), np.bool_)
    known = np.zeros(len(early), np.bool_)
    # A pair leaves the direction as it was, so that of the nearest crossing alone in its moment decides.
    for near, first_is_arrival in ((place - 1, OUT), (place, IN)):
        here = np.clip(near, 0, max(len(lone) - 1, 0))
        if not len(lone):
            break
        own = (near >= 0) & (near < len(lone)) & (who[lone[here]] == who[early]) & ~known
        arrival_first[own] = way[lone[here[own]]] == first_is_arrival
        known |= own
    swap = early[arrival_first]
    turn[swap], turn[swap + 1] = swap + 1, swap
    unsure[early[~known]] = unsure[early[~known] + 1] = True
    return turn, unsure


def _with_missing(who: Ints, when: Ints, way: Codes, rows: Ints, *, observed: Observation, gaps: Gaps) -> Events:
    """Events with a crossing of the other direction between two of one direction."""
    same = np.zeros(len(who), np.bool_)
    same[:-1] = (who[1:] == who[:-1]) & (way[1:] == way[:-1])
    made = np.zeros(len(who), np.int8)
    if same.any():
        before = np.flatnonzero(same)
        middle = when[before] if gaps == "unresolved" else (when[before] + when[before + 1]) // 2
        kind = np.int8(Made.MISSING if gaps == "unresolved" else Made.IMPUTED)
        times = np.where(same, 2, 1)
        put = np.cumsum(times)[before] - 1
        who, when, rows = (np.repeat(x, times) for x in (who, when, rows))
        way, made = np.repeat(way, times), np.repeat(made, times)
        when[put], way[put], made[put] = middle, 1 - way[put], kind
    n = len(who)
    first = np.ones(n, np.bool_)
    first[1:] = who[1:] != who[:-1]
    starts = np.maximum.accumulate(np.where(first, np.arange(n), 0))
    until = np.full(n, observed.end, np.int64)
    until[:-1] = np.where(first[1:], observed.end, when[1:])
    return Events(who, when, way, rows, made, starts, until)
