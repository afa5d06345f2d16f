"""Figures of a register as they stood at several dates: provisional, final, and how they were revised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.numbers import Floats, floats, over
from surveyproc.demography.register import Classified, First, Rule, classify
from surveyproc.demography.register_counts import Flows, Months
from surveyproc.demography.register_events import Faulty, Gaps, Observation


class Standing(IntEnum):
    """Whether a figure can still change by days that are not yet observed, or by crossings that are missing."""

    NOT_OBSERVED = 0  # the month was not over
    PROVISIONAL = 1
    FINAL = 2


def vintages(
    person: ArrayLike,
    day: ArrayLike,
    *,
    direction: ArrayLike,
    initial: ArrayLike,
    rule: Rule,
    start: int,
    ends: Sequence[int],
    order: ArrayLike | None = None,
    first: First = "unresolved",
    gaps: Gaps = "unresolved",
) -> tuple[Classified, ...]:
    """`classify` as at the end of several observations: each knows crossings before its end, and no others.

    Rows of events and faults are places in the arrays given.
    """
    who, way = np.asarray(person), np.asarray(direction)
    when = np.asarray(day)
    when = (when.astype("datetime64[D]") if when.dtype.kind == "M" else when).astype(np.int64)
    time = None if order is None else np.asarray(order)
    made = []
    for end in ends:
        known = np.flatnonzero(when < end)
        found = classify(
            who[known],
            when[known],
            direction=way[known],
            initial=initial,
            rule=rule,
            observed=Observation(start, end),
            order=None if time is None else time[known],
            first=first,
            gaps=gaps,
        )
        events = replace(found.events, row=known[found.events.row])
        faults = tuple(Faulty(fault.fault, known[fault.rows]) for fault in found.faults)
        made.append(replace(found, events=events, faults=faults))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Revisions:
    """One flow by month (T,) as it stood at each vintage (V, T), summed over cells.

    low: migrations known then; high: with all that may yet prove to be; NaN where the month was not over. standing:
    values of `Standing`. first, last (T,): the first and the last low; change = last − first, relative to the first.
    """

    months: Months
    low: Floats
    high: Floats
    standing: NDArray[np.int8]
    first: Floats
    last: Floats
    change: Floats
    relative: Floats


def revisions(flows: Sequence[Flows], ends: Sequence[int], *, inward: bool) -> Revisions:
    """Table of revisions of arrivals (or departures) from the flows of each vintage, over the same months."""
    months = flows[0].months
    over_by = (months + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    observed = np.array([end >= over_by for end in ends])
    known = np.array([(f.inward if inward else f.outward).sum(1) for f in flows], np.float64)
    pending = np.array([(f.pending_in if inward else f.pending_out).sum(1) for f in flows], np.float64)
    low, high = np.where(observed, known, np.nan), np.where(observed, known + pending, np.nan)
    standing = np.where(~observed, Standing.NOT_OBSERVED, np.where(pending > 0, Standing.PROVISIONAL, Standing.FINAL))
    ever = observed.any(0)
    first = np.where(ever, low[observed.argmax(0), np.arange(len(months))], np.nan)
    final = len(low) - 1 - observed[::-1].argmax(0)
    last = np.where(ever, low[final, np.arange(len(months))], np.nan)
    return Revisions(months, low, high, standing.astype(np.int8), first, last, last - first, over(last - first, first))


@dataclass(frozen=True, slots=True)
class Beside:
    """One source beside the register: figures (…), their SE (NaN: none known), difference and ratio, and z.

    z = difference / SE is NaN where the source has no SE: its error is then not known, not 0.
    """

    source: str
    value: Floats
    se: Floats
    difference: Floats
    ratio: Floats
    z: Floats


def beside_register(
    register: ArrayLike, sources: Mapping[str, tuple[ArrayLike, ArrayLike | None]]
) -> tuple[Beside, ...]:
    """The register's figures (…) and those of others, survey or mirror, value and SE, one line a source.

    The register's own line is first; it is taken as given, without sampling error, so its SE is NaN. Figures must be of
    one definition: a flow by 12/16 is not one by registration.
    """
    base = floats(register)
    lines = [("register", base, np.full(base.shape, np.nan))]
    for name, (value, se) in sources.items():
        given = floats(value)
        spread = np.full(given.shape, np.nan) if se is None else floats(se)
        if given.shape != base.shape or spread.shape != base.shape:
            raise ValueError(f"{name} has figures {given.shape} with SE {spread.shape}, the register {base.shape}")
        lines.append((name, given, spread))
    return tuple(
        Beside(name, value, se, value - base, over(value, base), over(value - base, se)) for name, value, se in lines
    )
