"""Which results of regressions and tests are published: the rules on cells bear on them, those on precision do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveyproc.config.models import Quality
from surveyproc.problems import Place
from surveyproc.quality.measures import MEASURES
from surveyproc.quality.rules import EMPTY_MARK, NOT_ASKED_MARK, Rule, first_holding, read_rules

NO_CASES = {"empty": EMPTY_MARK, "all_missing": EMPTY_MARK, "not_asked": NOT_ASKED_MARK}
SUPPRESSED = "suppressed"
COUNTS = ("n_unweighted", "n_psus")
TAKEN = ("n_unweighted", "n_psus", "n_weighted", "df", "share_missing")
NUMBERS = (
    *("value", "se", "ci_low", "ci_high", "t", "df1", "df", "p_value", "estimate"),
    *("n_unweighted", "n_psus", "n_weighted", "share_missing"),
)


def judge_models(frame: pd.DataFrame, quality: Quality | None, place: Place) -> pd.DataFrame:
    """A frame of regressions (MODEL_COLUMNS) with `shown` and `marks` filled, suppressed rows without numbers.

    A row is judged by the rules of `cells` with the cases of its category, or of the model where it has none. Where the
    reference of a term is suppressed so is all of the term, for each of its numbers is a comparison with it. Rules of
    `precision` do not apply: a coefficient near 0 has a large cv and may be known well.
    """
    judged, shown, marks = _by_cells(frame, quality, place)
    keys = [(str(m), str(t)) for m, t in zip(judged["model"], judged["term"], strict=True)]
    pairs = zip(judged["category"], judged["reference"], strict=True)
    references = [bool(category) and category == reference for category, reference in pairs]
    gone = {keys[at]: marks[at] for at, own in enumerate(references) if own and shown[at] == "suppress"}
    for at, key in enumerate(keys):
        if key in gone and shown[at] != "suppress":
            shown[at], marks[at] = "suppress", gone[key]
    return _finished(judged, shown, marks)


def judge_tests(frame: pd.DataFrame, quality: Quality | None, place: Place) -> pd.DataFrame:
    """A frame of tests (TEST_COLUMNS) judged by the rules of `cells` with all cases of the test."""
    return _finished(*_by_cells(frame, quality, place))


def _by_cells(frame: pd.DataFrame, quality: Quality | None, place: Place) -> tuple[pd.DataFrame, list[str], list[str]]:
    judged = frame.reset_index(drop=True).copy()
    instead = [NO_CASES.get(status, "") for status in judged["status"].astype(str)]
    if quality is None or not len(judged):
        return judged, ["publish"] * len(judged), instead
    cells = read_rules(quality, place)[0]
    nothing = np.full(len(judged), np.nan)
    numbers = {
        name: pd.to_numeric(judged[name]).to_numpy(dtype="float64", na_value=np.nan) if name in TAKEN else nothing
        for name in MEASURES
    }
    hits = first_holding(cells, numbers, judged["statistic"].to_numpy(dtype=object))
    verdicts = [_verdict(cells, int(hit), mark) for hit, mark in zip(hits, instead, strict=True)]
    return judged, [shown for shown, _ in verdicts], [mark for _, mark in verdicts]


def _verdict(cells: Sequence[Rule], hit: int, instead: str) -> tuple[str, str]:
    if instead or hit < 0:
        return "publish", instead
    rule = cells[hit]
    return rule.action or "publish", rule.mark


def _finished(frame: pd.DataFrame, shown: list[str], marks: list[str]) -> pd.DataFrame:
    frame["shown"], frame["marks"] = pd.Series(shown, dtype="object"), pd.Series(marks, dtype="object")
    gone = (frame["shown"] == "suppress").to_numpy(dtype=bool)
    for name in NUMBERS:
        if name in frame:
            kind = "Int64" if name in COUNTS else "float64"
            frame[name] = pd.Series(pd.to_numeric(frame[name]), dtype=kind).mask(gone)
    frame["status"] = frame["status"].astype("object").mask(gone, SUPPRESSED)
    return frame
