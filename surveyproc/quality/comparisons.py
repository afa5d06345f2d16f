"""Comparisons of estimates share the fate of what they compare: a difference would tell a suppressed side."""

from __future__ import annotations

import pandas as pd

COMPARED = ("difference", "quotient")
SIGNS = (" − ", " / ")
TOTAL = "total"
CROSS = " × "
Side = tuple[str, str, str, str]  # indicator, category, domain, cell


def sides(indicator: str, category: str, domain: str, cell: str = "") -> tuple[Side, ...]:
    """The two estimates that "area: urban − rural" of an indicator, or "total: one − other", is made of.

    cell: of the breakdown in which it is made, whose variable comes first: "region × sex: male − female".
    """
    where, _, words = domain.partition(": ")
    sign = next((sign for sign in SIGNS if sign in words), None)
    if sign is None:
        return ()
    if where == TOTAL:
        return tuple((name, category, TOTAL, "") for name in words.split(sign))
    return tuple((indicator, category, where, f"{cell}{CROSS}{one}" if cell else one) for one in words.split(sign))


def follow(frame: pd.DataFrame, shown: list[str], marks: list[str]) -> int:
    """Suppress, in place, comparisons of which a side is suppressed or not among the estimates; how many there were."""
    keys = frame[["indicator", "category", "domain", "cell"]].astype(str).itertuples(index=False, name=None)
    every = list(keys)
    row_of = {key: row for row, key in enumerate(every)}
    added = 0
    for row, statistic in enumerate(frame["statistic"].astype(str)):
        if statistic not in COMPARED or shown[row] == "suppress":
            continue
        found = [row_of.get(side) for side in sides(*every[row])]
        gone = [at for at in found if at is not None and shown[at] == "suppress"]
        if gone or None in found or not found:
            shown[row], marks[row] = "suppress", marks[gone[0]] if gone else marks[row]
            added += 1
    return added


def is_comparison(frame: pd.DataFrame) -> list[bool]:
    """Which rows (of `frame`) are comparisons."""
    return [statistic in COMPARED for statistic in frame["statistic"].astype(str)]
