"""Flows by month, stocks on a day, and their balance, of persons whose crossings are classified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.numbers import Floats, floats
from surveyproc.demography.register import Classified, FirstStatus
from surveyproc.demography.register_events import NO_DAY, UNKNOWN, Faulty, Ints, Made

Counts = NDArray[np.int64]
Months = NDArray[np.datetime64]
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class People:
    """What is known of persons (P,): group 0 … groups − 1, such as sex × citizenship; days of birth and death.

    born, died: days since 1970-01-01 or datetime64, NaT where not known or not dead. ages: lower limits in completed
    years, the first 0; none: ages are not told apart. Cells are groups × ages, ages fastest.
    """

    group: Ints
    groups: int
    born: Ints
    died: Ints
    ages: tuple[int, ...] = ()

    @property
    def cells(self) -> int:
        """Cells of groups × ages; who was not yet born, or of unknown age, has a cell of its own in each group."""
        return self.groups * (len(self.ages) + 1 if self.ages else 1)


def people(
    group: ArrayLike,
    *,
    groups: int,
    born: ArrayLike | None = None,
    died: ArrayLike | None = None,
    ages: Sequence[int] = (),
) -> People:
    """People of arrays (P,). ValueError for a group out of range, lengths that differ, or ages without births."""
    codes = np.asarray(group, dtype=np.int64)
    if codes.ndim != 1 or ((codes < 0) | (codes >= groups)).any():
        raise ValueError(f"groups are not between 0 and {groups - 1}")
    days = []
    for given in (born, died):
        found = np.full(len(codes), NO_DAY) if given is None else np.asarray(given)
        found = found.astype("datetime64[D]").astype(np.int64) if found.dtype.kind == "M" else found.astype(np.int64)
        if found.shape != codes.shape:
            raise ValueError(f"{len(found)} days of {len(codes)} persons")
        days.append(found)
    if ages and (born is None or ages[0] != 0 or (np.diff(ages) <= 0).any()):
        raise ValueError("ages need days of birth, and rise from 0")
    return People(codes, groups, days[0], np.where(days[1] == NO_DAY, NEVER, days[1]), tuple(ages))


@dataclass(frozen=True, slots=True)
class Flows:
    """Migrations by month (T,) and cell (T, C); pending: crossings that may yet prove migrations."""

    months: Months
    inward: Counts
    outward: Counts
    pending_in: Counts
    pending_out: Counts


@dataclass(frozen=True, slots=True)
class Stock:
    """Residents at the beginning of days (T,) by cell (T, C), and persons whose status is not known then."""

    days: Ints
    residents: Counts
    unknown: Counts


@dataclass(frozen=True, slots=True)
class Vital:
    """Births of residents and deaths of residents by month and cell (T, C)."""

    births: Counts
    deaths: Counts


def completed_years(born: Ints, day: Ints) -> Ints:
    """Age on a day by the calendar, −1 where the birth is not known or later; 29 February has its year on 1 March."""
    known = (born != NO_DAY) & (born <= day)
    months, in_month = [], []
    for days in (np.where(known, born, day), day):
        dates = days.astype("datetime64[D]")
        months.append(dates.astype("datetime64[M]").astype(np.int64))
        in_month.append((dates - dates.astype("datetime64[M]")).astype(np.int64))
    whole = months[1] - months[0] - (in_month[1] < in_month[0])
    return np.where(known, whole // 12, -1)


def monthly_flows(found: Classified, who: People, *, first: str, last: str) -> Flows:
    """Migrations from the month `first` to `last` (such as "2024-01"), ages on the day of the crossing.

    Missing crossings are no flows, but those that may be migrations are pending in the month where the gap begins.
    """
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + np.timedelta64(1, "M"))
    events = found.events
    counted = [
        _counted(events.person[rows], events.day[rows], who, months)
        for moved in (1, UNKNOWN)
        for way in (1, 0)
        for rows in [np.flatnonzero((found.migration == moved) & (events.direction == way))]
    ]
    return Flows(months, *counted)


def stock(found: Classified, who: People, *, days: ArrayLike) -> Stock:
    """Residents at the beginning of each day: after all crossings before it, of those born before it and not dead.

    A person without crossings has the status given.
    """
    given = np.asarray(days)
    when = given.astype("datetime64[D]").astype(np.int64) if given.dtype.kind in "MU" else given.astype(np.int64)
    residents, unknown = (np.zeros((len(when), who.cells), np.int64) for _ in range(2))
    for place, day in enumerate(when):
        status = statuses(found, np.full(len(who.group), day))
        alive = (who.born < day) & (who.died >= day)
        for counts, wanted in ((residents, 1), (unknown, UNKNOWN)):
            chosen = np.flatnonzero(alive & (status == wanted))
            counts[place] = np.bincount(_cells(who, chosen, np.full(len(chosen), day)), minlength=who.cells)
    return Stock(when, residents, unknown)


def vital(found: Classified, who: People, *, first: str, last: str) -> Vital:
    """Births of those whose first status is resident, and deaths of those who were resident, by month."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + np.timedelta64(1, "M"))
    born = np.flatnonzero((found.initial == 1) & (who.born != NO_DAY))
    dead = np.flatnonzero(who.died != NEVER)
    dead = dead[statuses(found, np.where(who.died == NEVER, 0, who.died + 1))[dead] == 1]
    return Vital(_counted(born, who.born[born], who, months), _counted(dead, who.died[dead], who, months))


def statuses(found: Classified, day: Ints) -> NDArray[np.int8]:
    """Status (P,) of each person at the beginning of a day of their own (P,): 1, 0, −1 not known."""
    events, seen = found.events, found.observed
    span = seen.end - seen.start + 1
    key = events.person * span + (events.day - seen.start)
    who = np.arange(len(found.initial))
    at = np.searchsorted(key, who * span + np.clip(day - seen.start, 0, span - 1)) - 1
    if not len(key):
        return found.initial
    mine = (at >= 0) & (events.person[at] == who)
    return np.where(mine, found.after[at], found.initial).astype(np.int8)


def balance_gap(
    residents: ArrayLike, *, inward: ArrayLike, outward: ArrayLike, births: ArrayLike, deaths: ArrayLike
) -> Floats:
    """Stock at the end of each period − (stock at its beginning + in − out + births − deaths) (T, …).

    residents (T + 1, …) at the bounds of the periods. 0 for persons whose flags are all known and whose cells do not
    change with time; otherwise it is what is not known, or not on the register.
    """
    at = floats(residents)
    made = at[:-1] + floats(inward) - floats(outward) + floats(births) - floats(deaths)
    if made.shape != at[1:].shape:
        raise ValueError(f"stocks {at.shape} are not at the bounds of the periods {floats(inward).shape}")
    return at[1:] - made


def impossible_lives(found: Classified, who: People) -> tuple[Faulty, ...]:
    """Rows of crossings before the person's birth or after death, by fault."""
    events = found.events
    recorded = events.made == Made.RECORDED
    early = recorded & (events.day < who.born[events.person])
    late = recorded & (events.day > who.died[events.person])
    faults = (Faulty("before_birth", np.sort(events.row[early])), Faulty("after_death", np.sort(events.row[late])))
    return tuple(fault for fault in faults if fault.count)


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of a register's faults by name, and persons by what their first status rests on."""

    rows: int
    faults: dict[str, int]
    first_status: dict[str, int]
    contradicted: int
    pending: int


def quality(found: Classified, who: People | None = None) -> Quality:
    """What is wrong with a register, in numbers: rows used, faults, first statuses, flags that are not known."""
    faults = (*found.faults, *(impossible_lives(found, who) if who is not None else ()))
    recorded = found.events.made == Made.RECORDED
    return Quality(
        rows=int(recorded.sum()),
        faults={fault.fault: fault.count for fault in faults},
        first_status={kind.name.lower(): int((found.initial_from == kind).sum()) for kind in FirstStatus},
        contradicted=int(found.contradicted.sum()),
        pending=int(((found.migration == UNKNOWN) & recorded).sum()),
    )


def _counted(person: Ints, day: Ints, who: People, months: Months) -> Counts:
    at = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) - months[0].astype(np.int64)
    inside = (at >= 0) & (at < len(months))
    cell = _cells(who, person[inside], day[inside])
    return np.bincount(at[inside] * who.cells + cell, minlength=len(months) * who.cells).reshape(-1, who.cells)


def _cells(who: People, person: Ints, day: Ints) -> Ints:
    """Cell of each person on a day: group × age, the last age of a group being the unknown."""
    if not who.ages:
        return who.group[person]
    age = completed_years(who.born[person], day)
    code = np.where(age < 0, len(who.ages), np.searchsorted(np.array(who.ages), age, side="right") - 1)
    return who.group[person] * (len(who.ages) + 1) + code
