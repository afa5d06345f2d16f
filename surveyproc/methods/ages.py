"""Age groups as people write them, in years: 0-4, 0–4, 0 to 4, 85+, under 5, 7."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-{1,2}|–|—|to|…|\.\.)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_OPEN = re.compile(r"(\d+)\s*(?:\+|and over|and above|plus|и старше|жастан жоғары)", re.IGNORECASE)
_UNDER = re.compile(r"(?:under|<|до|0-)\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """Ages from lower to below upper, in completed years; upper is infinite for the open group."""

    label: str
    lower: float
    upper: float


def read_age(label: str) -> AgeGroup | None:
    """The group that a label says; None where it says none. "0-4" are the completed years 0 to 4."""
    text = label.strip()
    if match := _RANGE.fullmatch(text):
        low, high = float(match.group(1)), float(match.group(2))
        return AgeGroup(label, low, high + 1.0) if high >= low else None
    if match := _OPEN.fullmatch(text):
        return AgeGroup(label, float(match.group(1)), math.inf)
    if match := _UNDER.fullmatch(text):
        return AgeGroup(label, 0.0, float(match.group(1)))
    if re.fullmatch(r"\d+", text):
        return AgeGroup(label, float(text), float(text) + 1.0)
    return None


def age_faults(groups: Iterable[AgeGroup]) -> list[str]:
    """Overlaps and gaps between groups in ascending order, and an open group that is not the last."""
    ordered = list(groups)
    faults = []
    for before, after in pairwise(ordered):
        if after.lower < before.upper:
            faults.append(f"ages {before.label} and {after.label} overlap")
        elif after.lower > before.upper:
            faults.append(f"no ages between {before.label} and {after.label}")
    return faults
