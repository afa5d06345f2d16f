"""Who migrated, by crossings of a border: days on one side within a window after each crossing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveyproc.demography.register_events import (
    IN,
    UNKNOWN,
    Codes,
    Events,
    Faulty,
    Flags,
    Gaps,
    Ints,
    Made,
    Observation,
    ordered_events,
)

First = Literal["unresolved", "by_direction"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Residence changes where `days` of the `window` days from a crossing on are spent on its side."""

    days: int
    window: int

    def __post_init__(self) -> None:
        if not 1 <= self.days <= self.window:
            raise ValueError(f"a rule of {self.days} days in a window of {self.window}")


# Months of 365/12 days, as Statistics New Zealand has them.
RULES = {"12/16": Rule(365, 487), "12/12": Rule(365, 365), "9/12": Rule(270, 365)}


class Why(IntEnum):
    """Why a flag is what it is: settled, or not known because of what."""

    SETTLED = 0
    WINDOW = 1  # the days after the crossing are not all observed
    MISSING_CROSSING = 2  # two arrivals, or two departures, in a row
    FIRST_STATUS = 3  # the status before the first crossing is not known


class FirstStatus(IntEnum):
    """Where the status before a person's first crossing comes from."""

    NONE = 0
    GIVEN = 1
    SEEN = 2  # away, or here, for the days of the rule since observation began
    ASSUMED = 3  # from the direction of the first crossing


@dataclass(frozen=True, slots=True)
class Classified:
    """Crossings (M,) with their flags, and persons (P,) with their first status.

    migration: 1 yes, 0 no, −1 not yet known; before, after: 1 resident, 0 not, −1 not known; days: known days on the
    crossing's side within the window; seen: days of the window that are observed; why: values of `Why`.
    initial (P,): status before the first crossing, initial_from: values of `FirstStatus`. contradicted (P,): the status
    given is not that which the register shows. faults: rows that are faulty, by fault.
    """

    events: Events
    migration: Codes
    before: Codes
    after: Codes
    days: Ints
    seen: Ints
    why: Codes
    initial: Codes
    initial_from: Codes
    contradicted: Flags
    faults: tuple[Faulty, ...]
    rule: Rule
    observed: Observation


def classify(
    person: ArrayLike,
    day: ArrayLike,
    *,
    direction: ArrayLike,
    initial: ArrayLike,
    rule: Rule,
    observed: Observation,
    order: ArrayLike | None = None,
    first: First = "unresolved",
    gaps: Gaps = "unresolved",
) -> Classified:
    """Migrations among crossings (n,) of persons 0 … P − 1 by the rule; arrays as in `ordered_events`.

    An arrival of a non-resident is an immigration, and a departure of a resident an emigration, where at least
    rule.days of the rule.window days from its day on are spent on the side it leads to; else status stays. The day of a
    crossing counts to the side it leads to. A flag is known once no continuation can change it: what is not observed,
    or lies between two crossings of one direction, may be either. initial (P,): status before the first crossing from
    other sources, −1 not known; a first crossing rule.days or more after observation began tells it and goes before.
    first="by_direction" takes it from the direction of the first crossing where nothing else is known, gaps="midpoint"
    puts a missing crossing in the middle: both are marked. Source: Statistics New Zealand 2017 (12/16-month rule);
    ABS 2006 (12/16); UN 1998 for twelve months.
    """
    given = np.asarray(initial, dtype=np.int8)
    events, faults = ordered_events(
        person, day, direction=direction, people=len(given), observed=observed, order=order, gaps=gaps
    )
    start, source, contradicted = _first_status(events, given, rule=rule, observed=observed, first=first)
    own, other, reach = _days(events, rule=rule, observed=observed)
    hidden = events.made == Made.MISSING
    yes = (own >= rule.days) & ~hidden
    no = reach - other < rule.days
    spell = _Spell.of(events, yes, ~yes & ~no, start)
    before = np.where(spell.other_before, np.int8(UNKNOWN), spell.base)
    moved = _migration(events, yes, no, spell, before=before, own=own, rule=rule, observed=observed)
    flips = spell.flip & (spell.base != UNKNOWN)
    after = np.where(yes, events.direction, np.where(flips, np.int8(UNKNOWN), before))
    why = _why(moved, events, spell, other + own, rule=rule, observed=observed)
    seen = np.minimum(events.day + rule.window, observed.end) - events.day
    return Classified(
        events,
        moved,
        before,
        after.astype(np.int8),
        own,
        seen,
        why,
        start,
        source,
        contradicted,
        faults,
        rule,
        observed,
    )


def by_row(found: Classified, values: ArrayLike, *, rows: int) -> Codes:
    """Codes (M,) of crossings in the order of the rows given (rows,); −1 for rows that were faulty."""
    put = np.full(rows, UNKNOWN, np.int8)
    recorded = found.events.made == Made.RECORDED
    put[found.events.row[recorded]] = np.asarray(values)[recorded]
    return put


def _first_status(
    events: Events, given: Codes, *, rule: Rule, observed: Observation, first: First
) -> tuple[Codes, Codes, Flags]:
    status = np.where((given == 0) | (given == 1), given, UNKNOWN).astype(np.int8)
    source = np.where(status == UNKNOWN, FirstStatus.NONE, FirstStatus.GIVEN).astype(np.int8)
    contradicted = np.zeros(len(given), np.bool_)
    heads = np.flatnonzero(events.starts == np.arange(len(events.starts)))
    who, came_from = events.person[heads], (1 - events.direction[heads]).astype(np.int8)
    long = events.day[heads] - observed.start >= rule.days
    contradicted[who[long]] = (status[who[long]] != UNKNOWN) & (status[who[long]] != came_from[long])
    status[who[long]], source[who[long]] = came_from[long], FirstStatus.SEEN
    if first == "by_direction":
        lacking = status[who] == UNKNOWN
        status[who[lacking]], source[who[lacking]] = came_from[lacking], FirstStatus.ASSUMED
    return status, source, contradicted


def _days(events: Events, *, rule: Rule, observed: Observation) -> tuple[Ints, Ints, Ints]:
    """Known days on the crossing's side and on the other within the window, and the window's length.

    A missing crossing may have been on any day up to the next, so its window reaches that much further.
    """
    hidden = events.made == Made.MISSING
    length = events.until - events.day
    inside = np.where(hidden, 0, length) * (events.direction == IN)
    outside = np.where(hidden, 0, length) - inside
    reach = rule.window + np.where(hidden, length, 0)
    stop = np.minimum(events.day + reach, observed.end)
    last = _last_before(events, stop, observed=observed)
    # days of the last crossing's stretch that lie beyond the window
    beyond = np.where(hidden[last], 0, events.until[last] - stop)
    here = events.direction[last] == IN
    days_in = _between(inside, last) - np.where(here, beyond, 0)
    days_out = _between(outside, last) - np.where(here, 0, beyond)
    arrival = events.direction == IN
    return np.where(arrival, days_in, days_out), np.where(arrival, days_out, days_in), reach


def _last_before(events: Events, stop: Ints, *, observed: Observation) -> Ints:
    """Place of each person's last crossing before the day `stop` (M,)."""
    span = observed.end - observed.start + 1
    key = events.person * span + (events.day - observed.start)
    return np.searchsorted(key, events.person * span + (stop - observed.start)) - 1


def _between(lengths: Ints, last: Ints) -> Ints:
    """Sums of lengths from each place to `last`, both included."""
    run = np.concatenate([[0], np.cumsum(lengths)])
    return np.asarray(run[last + 1] - run[:-1])


@dataclass(frozen=True, slots=True)
class _Spell:
    """What stands between two crossings that settle the status: base, the status they leave behind them.

    flip: crossings that may have changed it; flip_at: place of the first of them in the spell, M where there is none;
    other_before: one is before this crossing; gap: a missing crossing is, whether it may have changed it or not.
    """

    base: Codes
    flip: Flags
    flip_at: Ints
    other_before: Flags
    gap: Flags

    @staticmethod
    def of(events: Events, yes: Flags, unsettled: Flags, initial: Codes) -> _Spell:
        n = len(yes)
        place = np.arange(n)
        last = np.empty(n, np.int64)
        last[:1] = -1
        last[1:] = np.maximum.accumulate(np.where(yes, place, -1))[:-1]
        begun = last >= events.starts
        base = np.where(begun, events.direction[last], initial[events.person]).astype(np.int8)
        since = np.where(begun, last + 1, events.starts)
        flip = unsettled & (events.direction != base)
        upcoming = np.minimum.accumulate(np.where(flip, place, n)[::-1])[::-1]
        flip_at = upcoming[since]
        missing = np.concatenate([[0], np.cumsum(events.made == Made.MISSING)])
        return _Spell(base, flip, flip_at, (flip_at < place) & (base != UNKNOWN), missing[:-1] > missing[since])


def _migration(
    events: Events,
    yes: Flags,
    no: Flags,
    spell: _Spell,
    *,
    before: Codes,
    own: Ints,
    rule: Rule,
    observed: Observation,
) -> Codes:
    moved = np.full(len(yes), UNKNOWN, np.int8)
    moved[no | (before == events.direction)] = 0
    moved[yes & (before == 1 - events.direction)] = 1
    # A crossing back to the base is a migration only if one before it was: both must have room for their days.
    # The first such before it had most days for it, where none of their windows is over.
    late = events.day + rule.window > observed.end
    open_ = (moved == UNKNOWN) & (spell.base == events.direction) & ~spell.gap & (events.made != Made.MISSING)
    doubtful = np.flatnonzero(open_ & late[np.minimum(spell.flip_at, len(late) - 1)])
    out = spell.flip_at[doubtful]
    stop = events.day[doubtful] + rule.window
    unseen = np.maximum(stop - observed.end, 0) + _days_in_gaps(events, out, stop, observed=observed)
    moved[doubtful[own[out] + own[doubtful] + unseen < 2 * rule.days]] = 0
    return moved


def _days_in_gaps(events: Events, place: Ints, stop: Ints, *, observed: Observation) -> Ints:
    """Days next to missing crossings between the crossing at `place` and the day `stop`, or a few more."""
    gaps = np.where(events.made == Made.MISSING, events.until - events.day, 0)
    if not gaps.any():
        return np.zeros(len(place), np.int64)
    span = observed.end - observed.start + 1
    key = events.person * span + (events.day - observed.start)
    ends = np.minimum(stop, observed.end)
    last = np.searchsorted(key, events.person[place] * span + (ends - observed.start))
    run = np.concatenate([[0], np.cumsum(gaps)])
    return np.asarray(run[last] - run[place])


def _why(moved: Codes, events: Events, spell: _Spell, known: Ints, *, rule: Rule, observed: Observation) -> Codes:
    """The reason of flags not known: the first status, else missing crossings, else days not yet observed."""
    seen = np.minimum(events.day + rule.window, observed.end) - events.day
    gap = spell.gap | (known < seen) | (events.made == Made.MISSING)
    why = np.where(spell.base == UNKNOWN, Why.FIRST_STATUS, np.where(gap, Why.MISSING_CROSSING, Why.WINDOW))
    return np.where(moved == UNKNOWN, why, Why.SETTLED).astype(np.int8)
