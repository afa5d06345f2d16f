"""Why a calibration did not meet its totals, said once: what was missed by how much, and what would help."""

from __future__ import annotations

from surveyproc.config import models
from surveyproc.problems import Place, Problem
from surveyproc.weight.margins import Targets
from surveyproc.weight.result import Calibrated, Failure
from surveyproc.weight.sample import SHOWN, listed

WORDS = {
    "empty": "nobody in the sample counts for totals that are not zero",
    "zero": "totals are zero, and the sample has records that count for them",
    "contradictory": "totals contradict each other",
    "bounds": "no weights within the bounds meet all totals",
    "infeasible": "no weights that the method allows meet all totals",
    "not_converged": "the search for weights ended before all totals were met",
}
METHODS = {"poststratify": "linear"}


def not_met(step: models.CalibrateStep, targets: Targets, found: Calibrated, place: Place) -> Problem | None:
    """The problem of a calibration that failed, None of one that met its totals."""
    failure = found.failure
    if failure is None:
        return None
    what = f"the calibration by {step.method} fails: {WORDS[failure.cause]}"
    return Problem("weight.not-calibrated", place, what, got=_got(failure, found), hint=_hint(failure))


def _got(failure: Failure, found: Calibrated) -> str:
    if failure.cause == "contradictory" and failure.terms:
        sides = [" + ".join(_term(n, c) for n, c in failure.terms if c > 0)]
        sides.append(" + ".join(_term(n, -c) for n, c in failure.terms if c < 0) or "0")
        return f"{_short(sides[0])} should equal {_short(sides[1])}, and differs by {abs(failure.gap):,.6g}"
    by_name = {one.name: one for one in found.constraints}
    said = []
    for name in failure.constraints:
        one = by_name.get(name)
        if one is not None:
            apart = f"{100 * (one.before / one.target - 1):+.1f} %" if one.target else f"{one.before:,.6g}"
            said.append(f"{name} (known {one.target:,.6g}, before {one.before:,.6g}, {apart})")
        else:
            said.append(name)
    return listed(said)


def _term(name: str, coefficient: float) -> str:
    return name if abs(coefficient - 1) < 1e-9 else f"{coefficient:.4g} · {name}"


def _short(side: str) -> str:
    parts = side.split(" + ")
    return side if len(parts) <= SHOWN else " + ".join(parts[:SHOWN]) + f" + {len(parts) - SHOWN} more"


def _hint(failure: Failure) -> str:
    words = []
    if failure.reachable is not None:
        words.append(f"Bounds of [{failure.reachable[0]:.4g}, {failure.reachable[1]:.4g}] could be met.")
    if failure.collapse:
        pairs = "; ".join(f"{one} with {other}" for one, other in failure.collapse[:SHOWN])
        words.append(f"Join categories: {pairs}.")
    if not words and failure.cause == "not_converged":
        words.append("Give more iterations, or join small categories.")
    return " ".join(words)
