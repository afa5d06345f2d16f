"""Replicates of a design made by us, as factors of the weights of psus or of the last units drawn."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.design.bootstrap import canty_davison, preston, rao_wu
from surveyproc.design.hadamard import LARGEST, hadamard
from surveyproc.design.jackknife import jackknife
from surveyproc.problems import Place, Problem
from surveyproc.values import Centre, Design, LonelyPsu, Replicates

Method = Literal["jk1", "jkn", "brr", "fay", "sdr", "bootstrap", "bootstrap_canty_davison", "bootstrap_preston"]
Made = tuple[Replicates | None, tuple[Problem, ...]]

MOST = 2**28  # factors at most: 2 GiB
BALANCED = ("brr", "fay", "sdr")
BOOTSTRAPS = ("bootstrap", "bootstrap_canty_davison", "bootstrap_preston")


def make_replicates(
    design: Design,
    method: Method,
    *,
    number: int | None = None,
    seed: int | None = None,
    rho: float = 0.5,
    centre: Centre = Centre.ESTIMATE,
    where: Place | None = None,
) -> Made:
    """Replicates of a design; None where any problem is found.

    jk1, jkn: a replicate a psu, without and with strata (Wolter 2007, ch. 4). brr, fay: half-samples of two psus a
    stratum balanced by a Hadamard matrix, factors 2 and 0, or 2 − rho and rho (McCarthy 1966; Judkins 1990). sdr:
    successive differences of psus in the order of their numbers (Fay and Train 1995). bootstrap: Rao, Wu and Yue
    (1992), n − 1 psus drawn; bootstrap_canty_davison: R survey's type "bootstrap"; bootstrap_preston: all stages,
    Preston (2009), R's "mrbbootstrap". number: how many, for brr, fay and sdr the order of the matrix, by default the
    smallest that balances. seed: of the bootstraps, which need both; equal seeds give equal factors with one release
    of numpy.
    """
    spot = where or Place(level=design.level)
    faults = _faults(design, method, number=number, seed=seed, where=spot)
    if faults:
        return None, tuple(faults)
    if method in ("jk1", "jkn"):
        return jackknife(design, method=method, centre=centre), ()
    if method in BALANCED:
        matrix = hadamard(_order(design, method, number))
        if number is not None and len(matrix) != number:
            what = f"no balanced set of {number} replicates is made here"
            return None, (_problem(spot, what, expected=f"{len(matrix)}, the next number that is"),)
        if method == "sdr":
            return _successive(design, matrix, centre), ()
        return _half_samples(design, matrix, 0.0 if method == "brr" else rho, centre), ()
    assert number is not None
    draw = np.random.Generator(np.random.PCG64(seed))
    maker = {"bootstrap": rao_wu, "bootstrap_canty_davison": canty_davison, "bootstrap_preston": preston}[method]
    return maker(design, number, draw=draw, centre=centre), ()


def _order(design: Design, method: str, number: int | None) -> int:
    least = (len(design.psu_stratum) if method == "sdr" else len(design.strata)) + 1
    return least if number is None else number


def _problem(where: Place, what: str, *, got: str = "", expected: str = "", hint: str = "") -> Problem:
    return Problem("design.replicates", where, what, got=got, expected=expected, hint=hint)


def _faults(design: Design, method: Method, *, number: int | None, seed: int | None, where: Place) -> list[Problem]:
    found = []
    psus = np.bincount(design.psu_stratum, minlength=len(design.strata))
    if method in BOOTSTRAPS and (seed is None or number is None or number < 2):
        found.append(_problem(where, f"{method} needs a number of 2 or more and a seed"))
    if method == "jk1" and len(design.strata) > 1:
        hint = "Say jkn for a stratified design."
        found.append(_problem(where, "jk1 is for designs without strata", got=f"{len(psus)} strata", hint=hint))
    if method in ("brr", "fay"):
        odd = int((psus != 2).sum())
        if odd:
            hint = "Make pairs of psus the strata, or choose jkn or bootstrap."
            got = f"{odd} of {len(psus)} strata with another number"
            found.append(_problem(where, f"{method} needs two psus in each stratum", got=got, hint=hint))
        elif number is not None and number < len(psus) + 1:
            found.append(_problem(where, f"{method} needs more replicates than strata", got=f"{number} replicates"))
    if method in BALANCED and design.fpc is not None:
        hint = "Leave fpc out, or choose jkn or bootstrap."
        found.append(_problem(where, f"{method} takes no finite population correction", hint=hint))
    if method in BALANCED and _order(design, method, number) > LARGEST:
        found.append(_problem(where, f"{method} is made with {LARGEST} replicates at most", hint="Say number: 80."))
    if method != "bootstrap_preston" and design.further:
        hint = "Choose bootstrap_preston, or leave the further stages out."
        found.append(_problem(where, f"{method} uses the first stage only, the design states further ones", hint=hint))
    lonely = bool(_lonely(design, psus).any())
    if lonely and method not in ("jk1", "jkn") and design.lonely_psu in (LonelyPsu.ADJUST, LonelyPsu.AVERAGE):
        what = f"{method} cannot follow the rule '{design.lonely_psu}' for strata with a single psu"
        found.append(_problem(where, what, expected="collapse, certainty or remove"))
    return found + _too_large(design, method, number, where)


def _too_large(design: Design, method: str, number: int | None, where: Place) -> list[Problem]:
    units = len(design.further[-1].unit_stratum) if design.further else len(design.psu_stratum)
    replicates = number or (len(design.psu_stratum) if method in ("jk1", "jkn", "sdr") else len(design.strata))
    if units * replicates <= MOST:
        return []
    got = f"{replicates:,} replicates of {units:,} units"
    return [_problem(where, "the replicates would not fit in memory", got=got, hint="Choose bootstrap with a number.")]


def _lonely(design: Design, psus: NDArray[np.int64]) -> NDArray[np.bool_]:
    lonely: NDArray[np.bool_] = psus == 1
    return lonely if design.fpc is None else lonely & (design.fpc > 1)


def _half_samples(design: Design, matrix: NDArray[np.int8], rho: float, centre: Centre) -> Replicates:
    """Factors 2 − rho and rho, by the sign of the stratum's row after the first, the other way round for psu two."""
    order = np.argsort(design.psu_stratum, kind="stable")
    sign = np.empty((len(order), matrix.shape[1]))
    sign[order[0::2]] = matrix[1 : len(design.strata) + 1]
    sign[order[1::2]] = -sign[order[0::2]]
    count = matrix.shape[1]
    scale = np.full(count, 1.0 / (count * (1.0 - rho) ** 2))
    return Replicates("fay" if rho else "brr", 1.0 + (1.0 - rho) * sign, scale, df=count - 1.0, centre=centre)


def _successive(design: Design, matrix: NDArray[np.int8], centre: Centre) -> Replicates:
    """1 + 2^(−3/2)·(h_a − h_b), a and b rows of the matrix that follow each other from psu to psu; scale 4/R.

    Rows after the first are gone through in circles; each circle takes longer steps, so that pairs do not come again
    (Ash 2014).
    """
    order = np.argsort(design.psu_stratum, kind="stable")
    psus, rows = len(order), len(matrix) - 1
    first, second = np.empty(psus, dtype=np.int64), np.empty(psus, dtype=np.int64)
    steps = [s for s in range(1, rows + 1) if np.gcd(s, rows) == 1]
    for circle, start in enumerate(range(0, psus, rows)):
        here = np.arange(min(rows, psus - start))
        step = steps[circle % len(steps)]
        first[start + here], second[start + here] = here * step % rows, (here + 1) * step % rows
    if psus <= rows:
        second[-1] = first[0]
    factors = np.empty((psus, rows + 1))
    factors[order] = 1.0 + 2.0**-1.5 * (matrix[1 + first].astype(np.float64) - matrix[1 + second])
    scale = np.full(rows + 1, 4.0 / (rows + 1))
    return Replicates("sdr", factors, scale, df=float(rows), centre=centre)
