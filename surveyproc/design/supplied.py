"""Replicate weights that come with the data, as factors of the weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.problems import Place, Problem, counted
from surveyproc.values import Centre, Replicates


def usual_scale(method: str, number: int, *, rho: float = 0.0) -> float:
    """What a method multiplies squared deviations by, before rscales (Wolter 2007); 1 for jkn, whose rscales decide."""
    return {
        "jk1": (number - 1) / number,
        "jkn": 1.0,
        "brr": 1 / number,
        "fay": 1 / (number * (1 - rho) ** 2),
        "sdr": 4 / number,
        "bootstrap": 1 / max(number - 1, 1),
    }[method]


def supplied_replicates(
    weight: NDArray[np.float64],
    columns: Sequence[NDArray[np.float64]],
    *,
    scale: float,
    rscales: Sequence[float] | None = None,
    holding: Literal["weights", "factors"] = "weights",
    centre: Centre = Centre.ESTIMATE,
    where: Place | None = None,
) -> tuple[Replicates | None, tuple[Problem, ...]]:
    """Replicates from R columns of length n; None where any problem is found.

    weight: float64 (n), as in the file, in the units of the columns. rscales: R numbers, 1 where not given. holding:
    columns hold whole weights, or factors of the weight. Negative replicate weights are taken as they are: calibrated
    ones may be.
    """
    spot = where or Place()
    problems = []
    if len(columns) < 2:
        problems.append(_problem(spot, "replicates need two columns at least", got=f"{len(columns)}"))
    if rscales is not None and len(rscales) != len(columns):
        got = f"{len(rscales)} rscales for {counted(len(columns), 'column')}"
        problems.append(_problem(spot, "each replicate needs one of the rscales", got=got))
    if problems:
        return None, tuple(problems)
    factors = np.column_stack(columns).astype(np.float64, copy=False)
    missing = ~np.isfinite(factors).all(axis=1)
    if missing.any():
        place = replace(spot, cases=int(missing.sum()))
        problems.append(_problem(place, "cases have no replicate weight, or an infinite one"))
    if holding == "weights":
        stray = (weight == 0) & (np.nan_to_num(factors) != 0).any(axis=1)
        if stray.any():
            what = "cases of weight zero have a replicate weight above zero"
            problems.append(_problem(replace(spot, cases=int(stray.sum())), what))
        with np.errstate(invalid="ignore", divide="ignore"):
            factors = np.where((weight > 0)[:, None], factors / weight[:, None], 0.0)
    same = int((factors[weight > 0] == 1.0).all(axis=0).sum())
    if same and not problems:
        what, hint = "columns of replicate weights equal the weight in every case", "Leave the full weight out."
        problems.append(_problem(spot, what, got=f"{same} of {len(columns)} columns", hint=hint))
    if problems:
        return None, tuple(problems)
    each = np.ones(len(columns)) if rscales is None else np.asarray(rscales, dtype=np.float64)
    rows = np.arange(len(weight), dtype=np.int32)
    return Replicates("supplied", factors, scale * each, df=None, centre=centre, unit=rows), ()


def _problem(where: Place, what: str, *, got: str = "", hint: str = "") -> Problem:
    return Problem("design.replicates", where, what, got=got, hint=hint)
