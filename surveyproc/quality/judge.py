"""Which estimates are published, which carry a mark, and which must not appear in any output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveyproc.config.models import Quality
from surveyproc.config.spec import base_indicator
from surveyproc.problems import Place, Problem, Severity
from surveyproc.quality.comparisons import follow, is_comparison
from surveyproc.quality.complement import Cell, protect
from surveyproc.quality.measures import measures
from surveyproc.quality.relations import relations
from surveyproc.quality.rules import EMPTY_MARK, KNOWN_MARK, NOT_ASKED_MARK, Rule, first_holding, join_marks, read_rules
from surveyproc.values import ARROW

NO_CASES = {"empty": EMPTY_MARK, "all_missing": EMPTY_MARK, "not_asked": NOT_ASKED_MARK}
SUPPRESSED = "suppressed"
NUMBERS = (
    *("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df", "t", "p_value"),
    *("n_unweighted", "n_effective", "n_psus", "n_weighted", "kish", "share_missing"),
)
COUNTS = ("n_unweighted", "n_psus")
Mask = NDArray[np.bool_]
Verdicts = tuple[list[str], list[str]]  # shown, marks


def judge(
    frame: pd.DataFrame,
    quality: Quality | None,
    *,
    place: Place,
    universes: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The frame with `shown` (publish, flag, suppress) and `marks` filled, and what is to be known about it.

    frame: ESTIMATE_COLUMNS. quality: None publishes everything. place: of the profile, for messages. universes:
    indicator → name of its universe. confidence: of the frame's intervals.

    Rules. In `cells`, then in `precision`, the first rule that holds is applied; a rule whose condition rests on a
    number that is not there (a cv of an estimate of 0) does not hold. A rule without action and mark lets the estimate
    pass. Suppress beats flag; a suppressed row keeps only the marks of the rules that suppress it. Below
    `min_share_known` an estimate is flagged with †. An estimate without cases is published as a mark without a number:
    that of the first rule of `cells` that holds and has no action, else "-"; one that was not asked as "…".

    Counts of a universe (base:<universe>) are context: only suppression by `cells` applies to them, by their own number
    of cases. So an estimate that is suppressed for want of cases leaves no count behind that tells of them.

    complementary_suppression: of the sums that tie the cells of an indicator (cells of a disaggregation to the total,
    crossings to both margins, shares of a distribution to the whole) none may leave a suppressed cell to be worked out;
    further cells are suppressed, with the mark of the cell that they protect. Where the count of a universe is
    suppressed, so are all estimates over it in that cell, because each carries its number of cases: for this
    `universes` is needed. Without it each indicator is protected by itself only.

    A comparison of two estimates is suppressed where either of them is.

    Suppressed rows lose every number, and their status becomes "suppressed" (`boundary` or `one_case` would tell the
    number); the frame that comes back holds nothing of them but what they are about. n_unweighted and n_psus become
    Int64, which can be absent. Raises SurveyprocError for rules that cannot be read.
    """
    judged = frame.reset_index(drop=True).copy()
    instead = [NO_CASES.get(status, "") for status in judged["status"].astype(str)]
    empty = np.array([bool(mark) for mark in instead], dtype=bool)
    problems: tuple[Problem, ...] = ()
    if quality is None:
        verdicts: Verdicts = (["publish"] * len(judged), instead)
    else:
        verdicts = _by_rules(judged, quality, place=place, instead=instead, confidence=confidence)
        if quality.complementary_suppression:
            problems = _complement(judged, verdicts, empty=empty, universes=universes or {}, place=place)
    follow(judged, *verdicts)
    judged["shown"], judged["marks"] = (pd.Series(column, dtype="object") for column in verdicts)
    return _without_suppressed(judged), problems


def _by_rules(
    frame: pd.DataFrame, quality: Quality, *, place: Place, instead: list[str], confidence: float
) -> Verdicts:
    cells, precision = read_rules(quality, place)
    numbers = measures(frame, quality.proportion_near_limits, confidence=confidence)
    statistic = frame["statistic"].to_numpy(dtype=object)
    hits = (first_holding(cells, numbers, statistic), first_holding(precision, numbers, statistic))
    base = _is_base(frame)
    if quality.min_share_known is None:
        little_known = np.zeros(len(frame), dtype=bool)
    else:
        little_known = numbers["share_known"] < quality.min_share_known
    shown, marks = [], []
    for row in range(len(frame)):
        applied = [rules[hit[row]] for rules, hit in zip((cells, precision), hits, strict=True) if hit[row] >= 0]
        of_cells = cells[hits[0][row]] if hits[0][row] >= 0 else None
        if instead[row]:
            own = of_cells.mark if of_cells is not None and of_cells.action is None else ""
            verdict = "publish", own or instead[row]
        elif base[row]:
            gone = of_cells is not None and of_cells.action == "suppress"
            verdict = ("suppress", of_cells.mark) if of_cells and gone else ("publish", "")
        else:
            verdict = _verdict(applied, KNOWN_MARK if little_known[row] else "")
        shown.append(verdict[0])
        marks.append(verdict[1])
    return shown, marks


def _verdict(applied: list[Rule], known_mark: str) -> tuple[str, str]:
    suppressing = [rule.mark for rule in applied if rule.action == "suppress"]
    if suppressing:
        return "suppress", join_marks(*suppressing)
    flagged = known_mark or any(rule.action == "flag" for rule in applied)
    return "flag" if flagged else "publish", join_marks(*(rule.mark for rule in applied), known_mark)


def _is_base(frame: pd.DataFrame) -> Mask:
    return frame["indicator"].astype(str).str.startswith(base_indicator("")).to_numpy(dtype=bool)


def _complement(
    frame: pd.DataFrame, verdicts: Verdicts, *, empty: Mask, universes: Mapping[str, str], place: Place
) -> tuple[Problem, ...]:
    """Suppress in addition, in place of the verdicts; counts of universes first, then estimates over them."""
    shown, marks = verdicts
    where = frame[["category", "domain", "cell"]].astype(str).itertuples(index=False, name=None)
    keys = list(where)
    groups: dict[str, list[int]] = {}
    compared = is_comparison(frame)
    for row, indicator in enumerate(frame["indicator"].astype(str)):
        if compared[row]:
            continue
        groups.setdefault(indicator, []).append(row)
    bases = [name for name in groups if name.startswith(base_indicator(""))]
    base_row = {(name, *keys[row][1:]): row for name in bases for row in groups[name]}
    cases = pd.to_numeric(frame["n_unweighted"]).to_numpy(dtype="float64", na_value=np.nan)
    added, exposed = 0, 0
    for indicator in (*bases, *(name for name in groups if name not in bases)):
        rows = groups[indicator]
        base = base_indicator(universes.get(indicator, ""))
        size = cases[rows].copy()
        for position, row in enumerate(rows):
            above = base_row.get((base, *keys[row][1:]))
            if above is None:
                continue
            size[position] = cases[above]
            if shown[above] == "suppress" and shown[row] != "suppress" and not empty[row]:
                shown[row], marks[row] = "suppress", marks[above]
                added += 1
        one_added, one_exposed = _protect_one(
            frame, rows, verdicts, keys=[keys[r] for r in rows], size=size, empty=empty
        )
        added, exposed = added + one_added, exposed + one_exposed
    return _report(added, exposed, place)


def _protect_one(
    frame: pd.DataFrame,
    rows: list[int],
    verdicts: Verdicts,
    *,
    keys: list[tuple[str, str, str]],
    size: NDArray[np.float64],
    empty: Mask,
) -> tuple[int, int]:
    """One indicator: how many rows were suppressed in addition, and how many cannot be protected."""
    shown, marks = verdicts
    suppressed = [position for position, row in enumerate(rows) if shown[row] == "suppress"]
    if not suppressed:
        return 0, 0
    statistic = str(frame["statistic"].iloc[rows[0]])
    values = pd.to_numeric(frame["value"]).to_numpy(dtype="float64", na_value=np.nan)[rows]
    cells = [
        Cell(
            size=float(size[position]),
            slack=(value, 1.0 - value) if statistic == "proportion" else (value,),
            open=not empty[rows[position]],
        )
        for position, value in enumerate(np.where(np.isnan(values), 0.0, values).tolist())
    ]
    shape = relations(keys, distribution=_kind(statistic, keys))
    protection = protect(shape, cells, suppressed=suppressed)
    for position, of in protection.added.items():
        shown[rows[position]], marks[rows[position]] = "suppress", marks[rows[of]]
    return len(protection.added), len(protection.exposed)


def _kind(statistic: str, keys: list[tuple[str, str, str]]) -> str:
    """How the categories of an indicator's cells are tied."""
    if any(ARROW in category for category, _, _ in keys):
        return "flows" if statistic == "total" else "flow_shares"
    return "shares" if statistic in ("distribution", "response_share") else "none"


def _report(added: int, exposed: int, place: Place) -> tuple[Problem, ...]:
    problems = []
    if added:
        what = f"{added} estimate{'s' * (added != 1)} suppressed in addition, so that others cannot be worked out"
        problems.append(Problem("quality.rule", place, what, severity=Severity.INFO))
    if exposed:
        what = f"{exposed} suppressed estimate{'s' * (exposed != 1)} can be worked out from published totals"
        hint = "Publish fewer rows or categories for these indicators."
        problems.append(Problem("quality.rule", place, what, hint=hint, severity=Severity.WARNING))
    return tuple(problems)


def _without_suppressed(frame: pd.DataFrame) -> pd.DataFrame:
    gone = (frame["shown"] == "suppress").to_numpy(dtype=bool)
    for name in NUMBERS:
        kind = "Int64" if name in COUNTS else "float64"
        column = pd.Series(pd.to_numeric(frame[name]), dtype=kind)
        frame[name] = column.mask(gone)
    frame["status"] = frame["status"].astype("object").mask(gone, SUPPRESSED)
    return frame
