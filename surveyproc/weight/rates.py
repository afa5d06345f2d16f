"""Response rates by AAPOR's definitions, and how representative the response is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, SurveyprocError
from surveyproc.values.weights import Cell, WeightLine
from surveyproc.weight.classes import Codes
from surveyproc.weight.nonresponse import Role, Roles
from surveyproc.weight.propensity import fit_logistic, indicators

Floats = NDArray[np.float64]


def response_rates(counts: Floats) -> Mapping[str, float]:
    """RR1 to RR6 and e from counts by role, COMPLETE to UNKNOWN (7); NaN where nobody was drawn.

    AAPOR, Standard Definitions, 10th edition (2023): RR1 = I / (I + P + R + NC + O + U), RR3 takes e·U for U and RR5
    none; RR2, RR4 and RR6 are the same with I + P above. e, the share of the unknown that is eligible, is that among
    the known.
    """
    complete, partial, refusal, noncontact, other, ineligible, unknown = counts.tolist()
    known = complete + partial + refusal + noncontact + other
    share = known / (known + ineligible) if known + ineligible > 0 else float("nan")
    figures = {"e": share}
    for first, part in ((1, 1.0), (3, share), (5, 0.0)):
        base = known + (part * unknown if unknown else 0.0)
        figures[f"rr{first}"] = complete / base if base > 0 else float("nan")
        figures[f"rr{first + 1}"] = (complete + partial) / base if base > 0 else float("nan")
    return figures


def rate_lines(weight: Floats, roles: Roles, cells: Sequence[tuple[Cell, NDArray[np.bool_]]]) -> tuple[WeightLine, ...]:
    """Rates of each cell (its rows, n), unweighted and by the weights before any adjustment."""
    drawn = (weight > 0) & (roles > Role.NONE)
    lines = []
    for cell, rows in cells:
        here = rows & drawn
        plain = np.bincount(roles[here], minlength=7).astype(np.float64)
        weighted = np.bincount(roles[here], weights=weight[here], minlength=7).astype(np.float64)
        figures = {"cases": float(here.sum())}
        figures |= response_rates(plain)
        figures |= {f"{name}_weighted": value for name, value in response_rates(weighted).items()}
        lines.append(WeightLine("rate", cell, figures))
    return tuple(lines)


def representativity(
    weight: Floats, predictors: Sequence[Codes], used: NDArray[np.bool_], takes: NDArray[np.bool_]
) -> WeightLine:
    """R = 1 − 2·S, S the weighted standard deviation of fitted propensities (Schouten, Cobben and Bethlehem 2009).

    1 where response does not vary with the predictors. Not corrected for the bias of small samples, and without a
    standard error: it would need the sampling design. NaN, with the reason, where no model can be fitted.
    """
    rows = np.flatnonzero(used)
    try:
        fit = fit_logistic(weight[rows], takes[rows], indicators([codes[rows] for codes in predictors]), Place())
    except SurveyprocError as error:
        figures = {"r": float("nan"), "rate": float("nan"), "se": float("nan")}
        return WeightLine("representativity", (), figures, f"not estimated: {error.problems[0].got}")
    w = weight[rows]
    mean = float(w @ fit.fitted / w.sum())
    spread = float(np.sqrt(w @ (fit.fitted - mean) ** 2 / w.sum()))
    figures = {"r": 1.0 - 2.0 * spread, "rate": mean, "se": float("nan")}
    return WeightLine("representativity", (), figures, "standard error not estimated")
