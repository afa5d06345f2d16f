"""Estimates of a run beside those of another package, one by one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from surveyproc.pipeline import Estimated
from surveyproc.values import Design, Disaggregation, Measure
from surveyproc.verify.feed import NO_CASES, ZERO, make_feed, second_stage
from surveyproc.verify.peer import Peer, Skill

TOLERANCE = 1e-9
MOST = 200
NOISE = 1e-12  # of the value: rounding left in the SE of what hardly varies

ASKED = ("total", "mean", "proportion", "distribution", "ratio", "rate")
Place = tuple[str, str, str, str]  # indicator, category, domain, cell
Progress = Callable[[int, int], None]  # estimates done, of how many


class Verdict(StrEnum):
    """What came of one comparison."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True, slots=True)
class Pair:
    """One estimate twice; NaN where a side has none. reason: why it is not offered, or what else is to be known."""

    place: Place
    value: float
    se: float
    other_value: float
    other_se: float
    verdict: Verdict
    reason: str = ""

    @property
    def value_apart(self) -> float:
        """Relative difference of the values."""
        return _relative(self.value, self.other_value)

    @property
    def se_apart(self) -> float:
        """Relative difference of the standard errors."""
        return _relative(self.se, self.other_se)


@dataclass(frozen=True, slots=True)
class Agreement:
    """All pairs that were looked at, of so many estimates in the run."""

    pairs: tuple[Pair, ...]
    estimates: int

    def count(self, verdict: Verdict) -> int:
        """How many pairs have a verdict."""
        return sum(pair.verdict is verdict for pair in self.pairs)

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why estimates are not offered, the commonest reason first."""
        counts = Counter(p.reason for p in self.pairs if p.verdict is Verdict.NOT_OFFERED)
        return dict(counts.most_common())


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of the frame that one call answers: a measure in cells of a disaggregation."""

    design: tuple[str, str]
    measure: Measure
    disaggregation: Disaggregation
    rows: dict[int, int]  # cell → row


def second_opinion(run: Estimated, peer: Peer, *, most: int = MOST, progress: Progress | None = None) -> Agreement:
    """Compare `most` estimates of a run with a peer's.

    All indicators for the whole come first, then each indicator in its first domain, then in its second, and so on.
    Values agree within TOLERANCE of the larger of value and SE, SEs within TOLERANCE of the larger SE (or NOISE of
    the value, where nothing varies). Where we give a value without an SE, only values are compared. An estimate that
    the run suppresses is not compared: the comparison would tell of it.
    """
    chosen = _in_order(run.frame)[:most]
    pairs: dict[int, Pair] = {}
    groups: dict[tuple[int, int, int], _Group] = {}
    lookup = _positions(run)
    for row in chosen:
        ours = run.frame.iloc[row]
        where = _place(ours)
        reason = "suppressed in the run" if ours["shown"] == "suppress" else ""
        if not reason and ours["statistic"] not in ASKED:
            reason = f"a {ours['statistic']} is not asked of {peer.name}"
        if not reason and where not in lookup:
            reason = "not asked in this round"
        if reason:
            pairs[row] = _unpaired(ours, Verdict.NOT_OFFERED, reason)
            continue
        job, measure, disaggregation, cell = lookup[where]
        made = run.jobs[job]
        group = groups.setdefault(
            (job, measure, disaggregation),
            _Group(
                (made.level, made.weight_level), made.measures[measure], made.disaggregations[disaggregation], rows={}
            ),
        )
        group.rows[cell] = row
    for group in groups.values():
        pairs.update(_answered(run, group, peer))
        if progress:
            progress(len(pairs), len(chosen))
    return Agreement(tuple(pairs[row] for row in chosen), len(run.frame))


def _in_order(frame: pd.DataFrame) -> list[int]:
    """Rows of the frame by the turn of their domain among the indicator's domains."""
    turns: dict[str, dict[str, int]] = {}
    keys = []
    for row, (indicator, domain) in enumerate(zip(frame["indicator"], frame["domain"], strict=True)):
        seen = turns.setdefault(str(indicator), {"total": 0})
        keys.append((seen.setdefault(str(domain), len(seen)), row))
    return [row for _, row in sorted(keys)]


def _positions(run: Estimated) -> dict[Place, tuple[int, int, int, int]]:
    """Where each estimate's arrays are: job, measure, disaggregation, cell."""
    return {
        (measure.indicator, measure.category, disaggregation.name, cell): (j, m, d, c)
        for j, job in enumerate(run.jobs)
        for m, measure in enumerate(job.measures)
        for d, disaggregation in enumerate(job.disaggregations)
        for c, cell in enumerate(disaggregation.cells)
        if (measure.indicator, disaggregation.name) in job.wanted
    }


def _place(ours: pd.Series) -> Place:
    return str(ours["indicator"]), str(ours["category"]), str(ours["domain"]), str(ours["cell"])


def _answered(run: Estimated, group: _Group, peer: Peer) -> dict[int, Pair]:
    design = run.designs[group.design]
    feed = make_feed(design, group.measure, group.disaggregation, cells=tuple(group.rows), peer=peer)
    failure = ""
    found: Mapping[int, tuple[float, float]] = {}
    try:
        found = peer.estimate(feed) if feed.cells else {}
    except (ArithmeticError, AssertionError, ValueError) as error:
        failure = f"{peer.name} stopped: {type(error).__name__}"
    times = group.measure.multiply
    pairs = {}
    for cell, row in group.rows.items():
        ours = run.frame.iloc[row]
        if cell in found:
            value, se = found[cell]
            pairs[row] = _pair(ours, value * times, se * abs(times), apart=_own_errors(design, peer))
        else:
            pairs[row] = _refused(ours, feed.refused.get(cell, failure))
    return pairs


def _own_errors(design: Design, peer: Peer) -> str:
    """Why a peer's errors are of another kind, so that only values are compared; or nothing."""
    if design.replicates is not None:
        return "value only: errors from replicates"
    if design.calibrations:
        return f"value only: {peer.name} takes calibrated weights as fixed"
    if design.lonely_in_domain:
        return "value only: lonely psus of domains"
    if design.further and Skill.SECOND_STAGE not in peer.skills:
        return f"value only: {peer.name} uses the first stage alone"
    return "value only: further stages" if design.further and second_stage(design) is None else ""


def _refused(ours: pd.Series, reason: str) -> Pair:
    """A cell that a peer is not asked for; still, ours must have no value, or 0, if that is why."""
    value, se = float(ours["value"]), float(ours["se"])
    if reason == NO_CASES and not math.isnan(value):
        return _unpaired(ours, Verdict.DIFFERS, f"{reason}, yet the run has a value")
    if reason == ZERO and abs(value) > TOLERANCE * (0.0 if math.isnan(se) else se):
        return _unpaired(ours, Verdict.DIFFERS, "the data give 0, the run does not")
    return _unpaired(ours, Verdict.NOT_OFFERED, reason)


def _unpaired(ours: pd.Series, verdict: Verdict, reason: str) -> Pair:
    none = float("nan")
    return Pair(_place(ours), float(ours["value"]), float(ours["se"]), none, none, verdict, reason)


def _pair(ours: pd.Series, other_value: float, other_se: float, *, apart: str) -> Pair:
    value, se = float(ours["value"]), float(ours["se"])
    known_se = 0.0 if math.isnan(se) else se
    same_value = abs(value - other_value) <= TOLERANCE * max(abs(value), known_se)
    same_se = abs(se - other_se) <= max(TOLERANCE * max(se, other_se), NOISE * abs(value))
    reason = ""
    if math.isnan(value):
        reason = f"the run has no value: {ours['status']}"
    elif math.isnan(se):
        reason = f"value only: {ours['status']}"
        same_se = ours["status"] in ("one_case", "one_psu", "control")
    elif apart:
        reason, same_se = apart, True
    verdict = Verdict.AGREES if same_value and same_se else Verdict.DIFFERS
    return Pair(_place(ours), value, se, other_value, other_se, verdict, reason)


def _relative(ours: float, other: float) -> float:
    largest = max(abs(ours), abs(other))
    return abs(ours - other) / largest if largest else abs(ours - other)
