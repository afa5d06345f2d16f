"""Item non-response: of each question, whose answer is missing and why, unweighted and weighted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import carry
from surveyproc.config.spec import RoundSpec
from surveyproc.values import DerivedRound, Missing
from surveyproc.values.weights import ItemResponse

REASONS = (Missing.DK, Missing.REFUSED, Missing.INCONSISTENT, Missing.SYSTEM)


def item_response(
    derived: DerivedRound, spec: RoundSpec, weights: Mapping[str, tuple[str, NDArray[np.float64]]]
) -> tuple[ItemResponse, ...]:
    """Every concept that was asked, among records of weight above zero of whom it was asked.

    weights: level → the level that its weight is of, and that weight. Records to whom the question does not apply are
    no item non-response. Concepts in the order of the modules.
    """
    found = []
    for name, concept in spec.concepts.items():
        if name in spec.unavailable or concept.level not in derived.levels or concept.level not in weights:
            continue
        above, held = weights[concept.level]
        weight = carry(held, derived.levels, concept.level, above)
        column = derived.levels[concept.level].columns[name]
        asked = (weight > 0) & (column.reason != Missing.NOT_APPLICABLE) & (column.reason != Missing.NOT_ASKED)
        cases, total = int(asked.sum()), float(weight[asked].sum())
        plain, weighted = {}, {}
        for reason in REASONS:
            here = asked & (column.reason == reason)
            plain[reason.name.lower()] = float(here.sum()) / cases if cases else float("nan")
            weighted[reason.name.lower()] = float(weight[here].sum()) / total if cases else float("nan")
        found.append(ItemResponse(concept.level, name, cases, plain, weighted))
    return tuple(found)
