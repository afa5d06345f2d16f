"""Residence rules on crossings the slow way, one person and one day at a time: the second route of the tests."""

from collections.abc import Sequence
from itertools import product

Crossing = tuple[int, int]  # day, direction: 1 arrival, 0 departure


def side(crossings: Sequence[Crossing], day: int) -> int:
    """Where a person is on a day on or after the first crossing."""
    return [way for at, way in crossings if at <= day][-1]


def flags(crossings: Sequence[Crossing], initial: int, *, days: int, window: int) -> list[int]:
    """Migrations of a person who stays where the last crossing leads."""
    end = max(at for at, _ in crossings) + window
    sides = {day: side(crossings, day) for day in range(crossings[0][0], end)}
    return _flags(crossings, sides, initial, days=days, window=window)


def _flags(crossings: Sequence[Crossing], sides: dict[int, int], initial: int, *, days: int, window: int) -> list[int]:
    status, found = initial, []
    for at, way in crossings:
        spent = sum(sides[day] == way for day in range(at, at + window))
        moved = spent >= days and status != way
        found.append(int(moved))
        status = way if moved else status
    return found


def possible(crossings: Sequence[Crossing], initial: int, *, days: int, window: int, end: int) -> list[set[int]]:
    """The flags that each crossing before `end` has in some continuation, all of them tried."""
    known = [c for c in crossings if c[0] < end]
    found: list[set[int]] = [set() for _ in known]
    last = max(at for at, _ in known) + window
    for future in product((0, 1), repeat=max(last - end, 0)):
        sides = {day: side(known, day) for day in range(known[0][0], min(end, last))}
        sides |= {end + k: way for k, way in enumerate(future)}
        for flag, seen in zip(_flags(known, sides, initial, days=days, window=window), found, strict=True):
            seen.add(flag)
    return found
