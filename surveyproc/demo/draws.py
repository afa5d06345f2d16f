"""Random draws by name, so that one block of the population can change without disturbing the others."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo.geography import REGIONS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one block; the same seed and name always give the same numbers."""
    return np.random.default_rng([seed, crc32(name.encode())])


def choose(uniform: Floats, shares: Floats) -> Ints:
    """Index of the share in which each uniform number falls; shares: (k) or (n, k), summing to at most 1.

    Numbers beyond the sum of the shares get k.
    """
    return np.asarray((uniform[:, None] >= np.cumsum(shares, axis=-1)).sum(axis=1), dtype=np.int64)


def countries(uniform: Floats, place: NDArray[np.int16], mix: Mapping[str, Mapping[int, float]]) -> NDArray[np.int16]:
    """A country (ISO numeric) for each uniform number, by the mix of the zone that the person lives in."""
    zones = np.array([region.zone for region in REGIONS])[place]
    found = np.zeros(len(uniform), dtype=np.int16)
    for zone, weights in mix.items():
        here = zones == zone
        bounds = np.cumsum(list(weights.values())) / sum(weights.values())
        codes = np.array(list(weights), dtype=np.int16)
        found[here] = codes[np.minimum(np.searchsorted(bounds, uniform[here], side="right"), len(codes) - 1)]
    return found


def other_regions(uniform: Floats, place: NDArray[np.int16]) -> NDArray[np.int16]:
    """Another region (index into REGIONS) for each uniform number; near zones three times as likely."""
    thousands = np.array([region.thousands for region in REGIONS])
    zones = np.array([region.zone for region in REGIONS])
    pull = thousands * np.where(zones[:, None] == zones[None, :], 3.0, 1.0)
    np.fill_diagonal(pull, 0.0)
    bounds = np.cumsum(pull / pull.sum(axis=1, keepdims=True), axis=1)
    found = np.zeros(len(uniform), dtype=np.int16)
    for index in range(len(REGIONS)):
        here = place == index
        last = len(REGIONS) - 1 - int(index == len(REGIONS) - 1)
        found[here] = np.minimum(np.searchsorted(bounds[index], uniform[here], side="right"), last)
    return found


def spread(starts: Ints, counts: Ints) -> Ints:
    """Row numbers start, start+1, … of each group, one group after another; both (g), result (sum of counts)."""
    ends = np.cumsum(counts)
    rows: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
    return rows
