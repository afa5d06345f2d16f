"""Printed figures beside a run's estimates, at the printed decimals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import pandas as pd

from surveyproc.config.names import did_you_mean
from surveyproc.verify.published import Printed

ROUNDING = Decimal("1e-12")  # of our figure: what is left of the arithmetic in a float


class FigureVerdict(StrEnum):
    """What came of one figure."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_IN_RUN = "not in the run"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """A printed figure, ours in its scale (NaN where there is none or it is suppressed), and what came of it."""

    printed: Printed
    ours: float
    verdict: FigureVerdict
    hint: str = ""


def compare_figures(printed: Iterable[Printed], frame: pd.DataFrame) -> tuple[FigureCheck, ...]:
    """Compare each printed figure with the estimate that it names.

    frame: ESTIMATE_COLUMNS, judged. Figures match if they are no further apart than half a unit of the last printed
    place, a tie included: it may have been rounded either way. A suppressed estimate is not compared.
    """
    keys = list(zip(*(frame[name].astype(str) for name in ("indicator", "category", "domain", "cell")), strict=True))
    rows = {key: row for row, key in enumerate(keys)}
    checks = []
    for one in printed:
        row = rows.get((one.indicator, one.category, one.domain, one.cell))
        if row is None:
            checks.append(FigureCheck(one, math.nan, FigureVerdict.NOT_IN_RUN, _nearest(one, keys)))
        else:
            checks.append(_compare(one, frame.iloc[row]))
    return tuple(checks)


def _compare(one: Printed, estimate: pd.Series) -> FigureCheck:
    if estimate["shown"] == "suppress":
        return FigureCheck(one, math.nan, FigureVerdict.SUPPRESSED)
    found = estimate[one.figure]
    if pd.isna(found):
        return FigureCheck(one, math.nan, FigureVerdict.DIFFERS, f"the run has none: {estimate['status']}")
    ours = Decimal(float(found)) * one.scale if math.isfinite(float(found)) else None
    if ours is None:
        return FigureCheck(one, float(found), FigureVerdict.DIFFERS)
    apart = abs(ours - one.number)
    same = apart <= one.unit / 2 + abs(ours) * ROUNDING
    return FigureCheck(one, float(ours), FigureVerdict.MATCHES if same else FigureVerdict.DIFFERS)


def _nearest(one: Printed, keys: Sequence[tuple[str, ...]]) -> str:
    """The first part of a figure's name that the run does not have, and what was probably meant."""
    wanted = (one.indicator, one.category, one.domain, one.cell)
    order = (0, 2, 3, 1)
    words = ("indicator", "category", "domain", "cell")
    left = list(keys)
    for part in order:
        fitting = [key for key in left if key[part] == wanted[part]]
        if not fitting:
            names = list(dict.fromkeys(key[part] for key in left))
            said = f"no {words[part]} {wanted[part]!r}" if wanted[part] else f"no {words[part]} is named"
            listed = ", ".join(name or "''" for name in names[:8]) + (", …" if len(names) > 8 else "")
            return f"{said}. {did_you_mean(wanted[part], names) or f'There are: {listed}.'}"
        left = fitting
    return ""
