"""Enumeration areas, households and the members in them: who lives with whom, how old, how schooled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.demo.draws import Floats, Ints, choose, stream
from surveyproc.demo.geography import REGIONS, Strata
from surveyproc.demo.population import Areas

BANDS = np.array([18, 25, 35, 45, 55, 65, 75, 90])  # of the head's age
HEADS = np.array([0.05, 0.19, 0.24, 0.20, 0.17, 0.10, 0.05])
MARRIED = np.array([0.35, 0.72, 0.78, 0.74, 0.66, 0.52, 0.30])
CHILDREN = np.array([0.60, 2.05, 2.80, 1.75, 0.75, 0.30, 0.15])
PARENTS = np.array([0.02, 0.09, 0.10, 0.08, 0.03, 0.01, 0.00])
HEAD, SPOUSE, CHILD, PARENT, GRANDCHILD, KIN = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Members:
    """Members before their moves are known (n); exact: float64 age in years; counts: int64 (N) members a household."""

    household: NDArray[np.int32]
    line: NDArray[np.int8]
    relation: NDArray[np.int8]
    sex: NDArray[np.int8]
    exact: Floats
    counts: Ints


def areas(strata: Strata, *, seed: int) -> Areas:
    """Enumeration areas with 16 to 44 households each (28 on average) and their random effects."""
    rng = stream(seed, "areas")
    total = int(strata.eas.sum())
    stratum = np.repeat(np.arange(len(strata.eas), dtype=np.int16), strata.eas)
    serial = np.arange(total) - np.repeat(np.cumsum(strata.eas) - strata.eas, strata.eas) + 1
    households = np.clip(np.rint(rng.normal(28, 5, total)), 16, 44).astype(np.int64)
    # log-normal with mean 1
    effects = [np.exp(rng.normal(-(spread**2) / 2, spread, total)) for spread in (0.45, 0.35, 0.40)]
    kind = np.where(strata.urban[stratum], 1, 2)
    return Areas(
        code=(strata.region[stratum].astype(np.int32) * 100_000 + kind * 10_000 + serial).astype(np.int32),
        stratum=stratum,
        households=households,
        start=np.cumsum(households) - households,
        month=rng.integers(9, 11, total).astype(np.int8),
        day=rng.integers(1, 29, total).astype(np.int8),
        abroad=effects[0],
        inland=effects[1],
        leave=effects[2],
    )


def members(place: NDArray[np.int16], urban: NDArray[np.bool_], *, seed: int) -> Members:
    """Members of households; place, urban: (N) of the household. From one to about fourteen a household."""
    rng = stream(seed, "members")
    n = len(place)
    family = np.array([region.family for region in REGIONS])[place]
    band = choose(rng.random(n), HEADS[:-1])
    head_age = BANDS[band] + rng.random(n) * (BANDS[band + 1] - BANDS[band])
    married = rng.random(n) < MARRIED[band]
    mean = CHILDREN[band] * family * np.where(urban, 1.0, 1.15) * np.where(married, 1.0, 0.5)
    groups = np.stack(
        [
            np.ones(n, dtype=np.int64),
            married.astype(np.int64),
            np.minimum(rng.poisson(mean), 7),
            rng.binomial(2, np.minimum(PARENTS[band] * family, 0.5)),
            np.minimum(rng.poisson(0.16 * family), 3),
        ]
    )
    counts = groups.sum(axis=0)
    household = np.repeat(np.arange(n, dtype=np.int32), counts)
    line = np.arange(len(household)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    relation = (line[:, None] > np.cumsum(groups, axis=0).T[household]).sum(axis=1) + 1
    head = head_age[household]
    relation = np.where((relation == 5) & (head < 50), KIN, relation)
    male_head = rng.random(n) < np.where(married, 0.82, np.where(head_age > 65, 0.22, 0.40))
    return Members(
        household=household,
        line=line.astype(np.int8),
        relation=relation.astype(np.int8),
        sex=_sexes(relation, male_head[household], rng),
        exact=_ages(relation, head, rng),
        counts=counts,
    )


def _sexes(relation: Ints, male_head: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int8]:
    """1 male, 2 female; the spouse is of the other sex than the head, mothers outlive fathers."""
    chance = np.array([0.5, 0.5, 0.5, 0.51, 0.28, 0.51, 0.5])[relation]
    male = rng.random(len(relation)) < chance
    male = np.where(relation == HEAD, male_head, np.where(relation == SPOUSE, ~male_head, male))
    return np.where(male, 1, 2).astype(np.int8)


def _ages(relation: Ints, head: Floats, rng: np.random.Generator) -> Floats:
    """Exact age in years of each member, from the exact age of the head."""
    u = rng.random(len(relation))
    spouse = np.clip(head + rng.normal(-1.0, 3.5, len(relation)), 18, 96)
    oldest = np.clip(head - 18, 0.5, 32)
    youngest = np.clip(head - 44, 0, oldest - 0.5)
    child = youngest + u * (oldest - youngest)
    parent = np.minimum(head + 19 + 14 * u, 98.9)
    return np.select(
        [relation == SPOUSE, relation == CHILD, relation == PARENT, relation == GRANDCHILD, relation == KIN],
        [spouse, child, parent, 17 * u, 8 + 27 * u],
        head,
    )


def education(exact: Floats, urban: NDArray[np.bool_], *, seed: int) -> NDArray[np.int8]:
    """Highest level: 0 none yet, 1 primary, 2 basic, 3 general secondary, 4 vocational, 5 higher; -1 under 5."""
    u = stream(seed, "education").random(len(exact))
    higher = np.where(urban, 0.42, 0.26) * np.where(exact > 60, 0.65, 1.0)
    adult = np.select([u < higher, u < higher + 0.33, u < 0.90, u < 0.97], [5, 4, 3, 2], 1)
    level: Ints = np.select(
        [exact < 5, exact < 10, exact < 15, exact < 18, exact < 22],
        [-1, 0, 1, np.where(u < 0.7, 2, 3), np.minimum(adult, 4)],
        adult,
    )
    return level.astype(np.int8)


def marital(exact: Floats, relation: NDArray[np.int8], household: NDArray[np.int32], *, seed: int) -> NDArray[np.int8]:
    """1 never married, 2 married, 3 widowed, 4 divorced; -1 under 15."""
    u = stream(seed, "marital").random(len(exact))
    married = np.zeros(int(household[-1]) + 1, dtype=bool)
    married[household[relation == SPOUSE]] = True
    spouse = (relation == SPOUSE) | ((relation == HEAD) & married[household])
    alone = np.where(exact > 60, np.where(u < 0.75, 3, 4), np.where((exact < 28) | (u < 0.5), 1, 4))
    return np.where(exact < 15, -1, np.where(spouse, 2, alone)).astype(np.int8)
