"""Known totals beside the sample before anything is calibrated: contradictions, empty cells, other units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveyproc.config import models
from surveyproc.config.weightspec import KnownTotals
from surveyproc.problems import Place, Problem
from surveyproc.weight.margins import Margin, disagreements, name_of
from surveyproc.weight.sample import Sample, listed

Floats = NDArray[np.float64]
UNITS = ((1e-3, "thousand"), (1e-6, "million"))


def implausible(
    step: models.CalibrateStep,
    known: KnownTotals,
    margins: Sequence[Margin],
    part: str,
    rows: NDArray[np.intp],
    sample: Sample,
) -> list[Problem]:
    """Everything wrong with the totals of a partition, placed in the file of totals."""
    mask = np.zeros(len(sample.weight), dtype=np.bool_)
    mask[rows] = True
    found: list[Problem] = []
    units = False
    for at, margin in enumerate(margins):
        totals = np.array(known.totals[part][at])
        before = margin.sums(sample.weight, mask)
        unit = _unit(step, known, margin, part, totals, before)
        if unit is not None:
            found.append(unit)
            units = True
            continue
        found += _cells(step, known, margin, part, totals, before, margin.cases(mask))
    if not units:
        found += _contradictions(step, known, margins, part)
    return found


def _contradictions(
    step: models.CalibrateStep, known: KnownTotals, margins: Sequence[Margin], part: str
) -> list[Problem]:
    found = []
    for one, other, first, second in disagreements(known, part, margins, step.tolerance, step.rounding):
        what = f"the totals of {one} and of {other} count the same records and sum to different numbers"
        got = f"{first:,.6g} and {second:,.6g}, apart by {100 * abs(second / first - 1):.3g} %" if first else ""
        hint = "If it is rounding, say rounding: with the largest share that is."
        place = _line(known, margins, other, part)
        found.append(Problem("weight.totals", place, what + (f" in {part}" if part else ""), got=got, hint=hint))
    return found


def _line(known: KnownTotals, margins: Sequence[Margin], name: str, part: str) -> Place:
    spec = next(margin.spec for margin in margins if margin.spec.name == name)
    return _place(known, spec.name, " × ".join(spec.cells[0]), part)


def _place(known: KnownTotals, margin: str, label: str, part: str) -> Place:
    return known.places.get((margin, label, part), Place(known.shown))


def _unit(
    step: models.CalibrateStep, known: KnownTotals, margin: Margin, part: str, totals: Floats, before: Floats
) -> Problem | None:
    """A whole margin that is a thousandth or a millionth of the weights, or that many times them."""
    if not before.sum() > 0 or not totals.sum() > 0:
        return None
    ratio = float(totals.sum() / before.sum())
    low, high = (float(end) for end in step.plausible)
    if low <= ratio <= high:
        return None
    place = _line(known, (margin,), margin.spec.name, part)
    got = f"{totals.sum():,.6g} known, {before.sum():,.6g} by the weights, {ratio:.3g} times"
    name = margin.spec.name + (f" in {part}" if part else "")
    for size, unit in UNITS:
        if low <= ratio / size <= high:
            what, hint = f"the totals of {name} look like {unit}s", f"Say {unit} in a column unit of the file."
            return Problem("weight.units", place, what, got=got, expected="totals in ones", hint=hint)
        if low <= ratio * size <= high:
            what = f"the weights look like {unit}s beside the totals of {name}"
            hint = "Check divide_by of the base weight and the unit of the totals."
            return Problem("weight.units", place, what, got=got, hint=hint)
    what = f"the totals of {name} are implausible beside the weights"
    expected = f"{low:g} to {high:g} times the sum of the weights (plausible)"
    return Problem("weight.totals", place, what, got=got, expected=expected)


def _cells(
    step: models.CalibrateStep,
    known: KnownTotals,
    margin: Margin,
    part: str,
    totals: Floats,
    before: Floats,
    cases: Floats,
) -> list[Problem]:
    """Single totals: of nobody in the sample, of zero with somebody in it, or of another size than the weights."""
    low, high = (float(end) for end in step.plausible)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = totals / before
    empty = (totals > 0) & (cases == 0)
    stray = (totals == 0) & (before > 0)
    odd = ~empty & ~stray & (before > 0) & ((ratio < low) | (ratio > high))
    name = margin.spec.name + (f" in {part}" if part else "")
    found = []
    for faulty, code, what, hint in (
        (empty, "weight.empty-class", f"nobody in the sample lies in cells of {name} that have a known total",
         _neighbour(margin, empty, cases)),
        (stray, "weight.totals", f"known totals of {name} are zero, and the sample has records there",
         "Give the total, or mend the records."),
        (odd, "weight.totals", f"totals of {name} are implausible beside the weights",
         f"Within {low:g} to {high:g} times the weights is plausible; say plausible: to widen it."),
    ):  # fmt: skip
        where = np.flatnonzero(faulty)
        if len(where):
            got = listed([
                f"{name_of(margin.spec, k, part)} (known {totals[k]:,.6g}, by the weights {before[k]:,.6g})"
                for k in where.tolist()
            ])  # fmt: skip
            place = _place(known, margin.spec.name, " × ".join(margin.spec.cells[int(where[0])]), part)
            found.append(Problem(code, place, what, got=got, hint=hint))
    return found


def _neighbour(margin: Margin, empty: NDArray[np.bool_], cases: Floats) -> str:
    """Which collapse would help: the nearest category with records."""
    pairs = []
    for k in np.flatnonzero(empty).tolist():
        near = np.flatnonzero(cases > 0)
        if len(near):
            partner = int(near[np.argmin(np.abs(near - k))])
            pairs.append(f"{' × '.join(margin.spec.cells[k])} with {' × '.join(margin.spec.cells[partner])}")
    return f"Join categories in a derived variable: {listed(pairs)}." if pairs else ""
