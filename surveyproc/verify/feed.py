"""One measure in the cells of one disaggregation as complete columns, which other packages estimate soundly from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic
from surveyproc.verify.peer import Feed, Floats, Ints, Peer, SecondStage, Skill

NO_CASES = "no case with a known value"
ZERO = "the estimate is 0, by which samplics divides"
NEGATIVE = "negative weights"
OUTSIDE = -1  # the domain of rows that are in no cell or have no known value


def make_feed(
    design: Design, measure: Measure, disaggregation: Disaggregation, *, cells: Sequence[int], peer: Peer
) -> Feed:
    """What a peer is fed of a measure in some cells of a disaggregation.

    A missing numerator or denominator becomes y = 0 and x = 0: a mean is the ratio of the totals of the known values
    and of the known rows. Psus without a row, which a level below the sampled one may have, come as a row of weight 0.
    """
    y, x, eligible = _complete(measure)
    codes = disaggregation.codes.astype(np.int64)
    refused = _refused(design, codes, peer, y=y, x=x, eligible=eligible, cells=cells)
    offered = tuple(cell for cell in cells if cell not in refused)
    inside = np.isin(codes, offered) & eligible
    empty = np.setdiff1d(np.arange(len(design.psu_stratum)), design.psu)
    nothing = np.zeros(len(empty))
    apart = OUTSIDE if Skill.ZERO in peer.skills else next(iter(offered), OUTSIDE)
    psu = np.concatenate((design.psu.astype(np.int64), empty))
    stratum = design.psu_stratum.astype(np.int64)[psu]
    return Feed(
        y=np.concatenate((np.where(inside, y, 0.0), nothing)),
        x=None if measure.statistic is Statistic.TOTAL else np.concatenate((np.where(inside, x, 0.0), nothing)),
        weight=np.concatenate((design.weight, nothing)),
        stratum=stratum,
        psu=psu,
        domain=np.concatenate((np.where(inside, codes, apart), np.full(len(empty), apart))),
        cells=offered,
        population=design.fpc,
        second=second_stage(design) if Skill.SECOND_STAGE in peer.skills else None,
        lonely_psu=design.lonely_psu,
        refused=refused,
    )


def _complete(measure: Measure) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Numerator and denominator without missing values, and the rows that count; (n) each."""
    eligible = measure.universe & ~np.isnan(measure.numerator)
    below = np.ones(len(eligible)) if measure.denominator is None else measure.denominator
    eligible &= ~np.isnan(below)
    return np.where(eligible, measure.numerator, 0.0), np.where(eligible, below, 0.0), eligible


def _refused(
    design: Design,
    codes: Ints,
    peer: Peer,
    *,
    y: Floats,
    x: Floats,
    eligible: NDArray[np.bool_],
    cells: Sequence[int],
) -> dict[int, str]:
    if Skill.NEGATIVE_WEIGHTS not in peer.skills and bool((design.weight < 0).any()):
        return dict.fromkeys(cells, f"{NEGATIVE} are not given to {peer.name}")
    lonely = _touches_lonely(design, eligible, peer)
    reasons = {}
    for cell in cells:
        here = codes == cell
        weight = design.weight[here]
        if not bool((weight[eligible[here]] > 0).any()) or not float((weight * x[here]).sum()):
            reasons[cell] = NO_CASES
        elif Skill.ZERO not in peer.skills and not float((weight * y[here]).sum()):
            reasons[cell] = ZERO
        elif bool(lonely[here].any()):
            reasons[cell] = f"lonely_psu: {design.lonely_psu} is not offered by {peer.name}"
    return reasons


def _touches_lonely(design: Design, eligible: NDArray[np.bool_], peer: Peer) -> NDArray[np.bool_]:
    """Rows (n) on which a rule for lonely psus bears that the peer does not have."""
    if design.lonely_psu is LonelyPsu.FAIL or design.lonely_psu in peer.lonely:
        return np.zeros(len(eligible), dtype=np.bool_)
    drawn = np.bincount(design.psu_stratum, minlength=len(design.strata))
    lonely = drawn == 1
    if design.fpc is not None:
        lonely &= design.fpc > 1
    rows: NDArray[np.bool_] = lonely[design.psu_stratum[design.psu]] & eligible
    return rows


def second_stage(design: Design) -> SecondStage | None:
    """The second stage of a design as a population of units by psu; None where it cannot be said so.

    It can where it is the last stage, every psu is one stratum of it, units are drawn without replacement from a known
    number, no psu holds a single unit of several, and each unit has a row.
    """
    if len(design.further) != 1 or design.fpc is None or not np.isfinite(design.fpc).all():
        return None
    (stage,) = design.further
    psus = len(design.psu_stratum)
    drawn = np.bincount(stage.unit_stratum, minlength=len(stage.fpc))
    one_each = np.array_equal(np.sort(stage.stratum_parent), np.arange(psus))
    all_seen = len(np.unique(stage.unit)) == len(stage.unit_stratum) and len(np.unique(design.psu)) == psus
    if not one_each or not all_seen or not np.isfinite(stage.fpc).all() or bool(((drawn == 1) & (stage.fpc > 1)).any()):
        return None
    return SecondStage(stage.unit.astype(np.int64), stage.fpc[stage.unit_stratum[stage.unit]])
