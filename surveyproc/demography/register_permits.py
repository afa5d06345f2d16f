"""Chains of permits or registrations as stays: which are long, by validity or by what followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.register_events import NO_DAY, Ints

By = Literal["validity", "outcome"]


@dataclass(frozen=True, slots=True)
class Stays:
    """Chains (K,) of permits: person, first day, day after the last, as granted and as it came to be.

    permits: how many; long: 1 lasts `months` or more, 0 not, −1 not yet known (by outcome, still running at the end of
    observation); first_row: place in the arrays given of the permit that begins it.
    """

    person: Ints
    start: Ints
    granted_until: Ints
    until: Ints
    permits: Ints
    long: NDArray[np.int8]
    first_row: Ints
    faulty: Ints


def stays(
    person: ArrayLike,
    start: ArrayLike,
    *,
    end: ArrayLike,
    ended: ArrayLike,
    gap: int,
    months: int,
    by: By,
    observed_end: int,
) -> Stays:
    """Permits (n,) valid from `start` up to and including `end`, chained where at most `gap` days lie between two.

    A chain begins on the first day of its first permit. by="validity": long where the first permit alone is granted for
    `months` or more, which is known when it begins; "outcome": where the chain has lasted so long before it was over.
    ended: last day of a permit withdrawn before `end` (NaT or the smallest int64: not withdrawn). Days as in
    `ordered_events`. Rows that end before they begin, or lack a day, are faulty and left out, never mended; those
    that begin at observed_end or later are left out too. Source: UN 1998 on residence permits; UN 2021.
    """
    who, begins, ends, stop = (_days(x) for x in (person, start, end, ended))
    bad = (begins == NO_DAY) | (ends == NO_DAY) | (ends < begins) | ((stop != NO_DAY) & (stop < begins))
    rows = np.flatnonzero(~bad & (begins < observed_end))
    rows = rows[np.lexsort((rows, ends[rows], begins[rows], who[rows]))]
    who, begins, granted = who[rows], begins[rows], ends[rows] + 1
    actual = np.where(stop[rows] == NO_DAY, granted, np.minimum(granted, stop[rows] + 1))
    latest = _latest(who, actual)
    new = np.ones(len(rows), np.bool_)
    new[1:] = (who[1:] != who[:-1]) | (begins[1:] - latest[:-1] > gap)
    heads = np.flatnonzero(new)
    permits = np.diff(np.append(heads, len(rows)))
    until = np.maximum.reduceat(actual, heads) if len(heads) else actual
    promised = np.maximum.reduceat(granted, heads) if len(heads) else granted
    first = begins[heads]
    due = _months_on(first, months)
    if by == "validity":
        long = (granted[heads] >= due).astype(np.int8)
    else:
        # A chain goes on until so many days after its last permit that the next would begin another.
        running = until + gap >= observed_end
        long = np.where(np.minimum(until, observed_end) >= due, 1, np.where(running, -1, 0)).astype(np.int8)
    return Stays(who[heads], first, promised, until, permits, long, rows[heads], np.flatnonzero(bad))


def _days(values: ArrayLike) -> Ints:
    given = np.asarray(values)
    return (given.astype("datetime64[D]") if given.dtype.kind == "M" else given).astype(np.int64)


def _latest(who: Ints, until: Ints) -> Ints:
    """The latest end so far of each person's permits, in the order given."""
    if not len(until):
        return until
    low = int(until.min())
    span = int(until.max()) - low + 1
    code = np.unique(who, return_inverse=True)[1]
    return np.asarray(np.maximum.accumulate(code * span + (until - low)) - code * span + low)


def _months_on(day: Ints, months: int) -> Ints:
    """The same day of the month so many months later, or the first of the next where there is none."""
    dates = day.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    later = month + np.timedelta64(months, "M")
    offset = (dates - month).astype(np.int64)
    first, end = (m.astype("datetime64[D]").astype(np.int64) for m in (later, later + np.timedelta64(1, "M")))
    return np.asarray(first + np.minimum(offset, end - first))
