"""Strata joined to stated partners, so that none is left with a single psu."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem

Collapsed = tuple[NDArray[np.int64], tuple[str, ...], NDArray[np.float64] | None, list[Problem]]


def collapse_strata(
    psu_stratum: NDArray[np.int64],
    labels: tuple[str, ...],
    counts: NDArray[np.float64] | None,
    *,
    collapse: Mapping[str, str],
    where: Place,
) -> Collapsed:
    """Give the psus of each stratum named in `collapse` to its partner.

    psu_stratum: (P), 0..H-1; labels: H; counts: population psus (H) or None. Joined strata are labelled
    "partner + joined" and their population counts add up. A partner that is itself joined to another (a chain) is
    refused.
    """
    problems = _faults(labels, collapse, where)
    if problems:
        return psu_stratum, labels, counts, problems
    index = {label: h for h, label in enumerate(labels)}
    target = np.arange(len(labels))
    for joined, partner in collapse.items():
        target[index[joined]] = index[partner]
    kept = np.flatnonzero(target == np.arange(len(labels)))
    number = np.empty(len(labels), dtype=np.int64)
    number[kept] = np.arange(len(kept))
    new = number[target]
    names: list[list[str]] = [[labels[h]] for h in kept]
    for h in np.flatnonzero(target != np.arange(len(labels))):
        names[new[h]].append(labels[h])
    merged = None if counts is None else np.bincount(new, weights=counts, minlength=len(kept)).astype(np.float64)
    return new[psu_stratum], tuple(" + ".join(parts) for parts in names), merged, []


def _faults(labels: tuple[str, ...], collapse: Mapping[str, str], where: Place) -> list[Problem]:
    known = set(labels)
    problems = []
    for joined, partner in collapse.items():
        for label in (joined, partner):
            if label not in known:
                what, got = "collapse names a stratum that is not in the file", repr(label)
                expected = f"one of {len(known)} strata, such as {', '.join(labels[:5])}"
                problems.append(Problem("design.collapse", where, what, got=got, expected=expected))
        if joined == partner:
            problems.append(Problem("design.collapse", where, "a stratum is collapsed with itself", got=repr(joined)))
        elif partner in collapse:
            problems.append(
                Problem(
                    "design.collapse",
                    where,
                    "a partner is itself collapsed into another stratum",
                    got=f"{joined!r} into {partner!r} into {collapse[partner]!r}",
                    expected="partners that stay",
                    hint="Give the last stratum as the partner of both.",
                )
            )
    return problems
