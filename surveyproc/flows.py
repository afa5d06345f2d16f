"""Flows between the categories of two variables as measures: each pair, the margins, and who came and went."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import ALL, ARROW, Column, Measure, Statistic

Mask = NDArray[np.bool_]


def flow_measures(indicator: str, origin: Column, destination: Column, universe: Mask, *, share: str) -> list[Measure]:
    """Totals of records by origin and destination, or with share="origins" their shares of the records of an origin.

    The universe of each is the records that it counts, so that n is theirs; records with either side missing are in
    none. For an area a with arrivals I and departures O between the two dates: in I, out O, net I − O and gross I + O,
    each a total of one variable (1, −1, 0), so that the covariance of I and O is in its SE.
    """
    of, to = [c.name for c in origin.categories], [c.name for c in destination.categories]
    inside = universe & origin.known & destination.known
    started = {name: inside & (origin.values == code) for code, name in enumerate(of)}
    ended = {name: inside & (destination.values == code) for code, name in enumerate(to)}
    if share == "origins":
        rows = {**started, ALL: inside}
        return [_share(indicator, f"{a}{ARROW}{b}", rows[a], ended[b]) for a, b in product(rows, to)]
    found = [(f"{a}{ARROW}{b}", started[a] & ended[b]) for a, b in product(of, to)]
    found += [(f"{a}{ARROW}{ALL}", started[a]) for a in of]
    found += [(f"{ALL}{ARROW}{b}", ended[b]) for b in to]
    found.append((f"{ALL}{ARROW}{ALL}", inside))
    measures = [_count(indicator, category, rows) for category, rows in found]
    return [*measures, *_balance(indicator, started, ended, inside)]


def _balance(indicator: str, started: dict[str, Mask], ended: dict[str, Mask], inside: Mask) -> Iterator[Measure]:
    stayed = np.zeros(len(inside), dtype=np.bool_)
    nobody = np.zeros(len(inside), dtype=np.bool_)
    for name, rows in ended.items():
        stayed |= started.get(name, nobody) & rows
    for name, rows in ended.items():
        came, went = rows & ~stayed, started.get(name, nobody) & ~stayed
        yield _count(indicator, f"in: {name}", came)
        yield _count(indicator, f"out: {name}", went)
        difference = came.astype(np.float64) - went
        yield Measure(indicator, Statistic.TOTAL, difference, came | went, category=f"net: {name}")
        yield _count(indicator, f"gross: {name}", came | went)
    yield _count(indicator, "moved", inside & ~stayed)


def _count(indicator: str, category: str, rows: Mask) -> Measure:
    return Measure(indicator, Statistic.TOTAL, np.ones(len(rows)), rows, category=category)


def _share(indicator: str, category: str, of: Mask, reached: Mask) -> Measure:
    return Measure(indicator, Statistic.PROPORTION, reached.astype(np.float64), of, category=category)
