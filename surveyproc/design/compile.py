"""A Design from columns of weights, strata, psus and population counts, with every fault counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.design.collapse import collapse_strata
from surveyproc.design.keys import KeyLabels, Keys, code_keys, cross
from surveyproc.design.population import Holding, counts_of_rates
from surveyproc.design.stages import StageKeys, compile_stages, lonely_faults
from surveyproc.problems import Collector, Place, Problem, Severity, counted
from surveyproc.values import Design, LonelyPsu

FIRST = 5  # how many strata a message names


def compile_design(
    *,
    level: str,
    weight: NDArray[np.float64],
    strata: Sequence[NDArray[Any]] | None = None,
    psu: Sequence[NDArray[Any]] | None = None,
    fpc: NDArray[np.float64] | None = None,
    fpc_holds: Holding = "counts",
    lonely_psu: LonelyPsu = LonelyPsu.FAIL,
    collapse: Mapping[str, str] | None = None,
    nested_ids: Literal["unique", "nested"] = "unique",
    strata_labels: Sequence[KeyLabels] | None = None,
    stages: Sequence[StageKeys] = (),
    lonely_in_domain: Literal["as the sample", "by the rule"] = "as the sample",
    where: Place | None = None,
) -> tuple[Design | None, tuple[Problem, ...]]:
    """Compile the design of one record level; None where any problem is an error.

    weight: float64 (n), already scaled, NaN = missing. strata: key columns of length n, crossed, numbers (NaN =
    missing) or text (blank = missing); None = one stratum. psu: the same; None = each row is a psu. fpc: float64 (n),
    the number of psus in the population of the row's stratum, or by `fpc_holds` the rate at which they were drawn (see
    `counts_of_rates`). collapse: label of a stratum → label of the partner it
    joins. nested_ids: "unique" refuses a psu found in two strata, "nested" takes such ids as different psus.
    strata_labels: for each strata column the words of its values. A stratum whose single psu is the whole population
    (fpc 1) is no lonely stratum, as in R survey. stages: those after the first. lonely_in_domain: whether a stratum of
    which a domain holds one psu of several is treated by the rule too. Psus are numbered by stratum, then id, whatever
    the order of the rows.
    """
    spot = replace(where or Place(), level=level)
    found = Collector()
    rows = len(weight)
    found.extend(_weight_faults(weight, spot))
    stratum = code_keys(strata, labels=strata_labels) if strata else _one_stratum(rows)
    psu_keys = code_keys(psu) if psu else Keys(np.arange(rows, dtype=np.int64), ())
    found.extend(_missing_keys(stratum, psu_keys, spot))
    if nested_ids == "unique":
        found.extend(_split_psus(stratum, psu_keys, spot))
    if found.errors:
        return None, tuple(found.problems)
    psu_code, psu_stratum = cross(stratum.codes, psu_keys.codes)
    counts, faults = _population(fpc, fpc_holds, stratum, psu_stratum, spot)
    found.extend(faults)
    if found.errors:
        return None, tuple(found.problems)
    labels = stratum.labels
    if collapse:
        psu_stratum, labels, counts, faults = collapse_strata(
            psu_stratum, labels, counts, collapse=collapse, where=spot
        )
        found.extend(faults)
        psu_code, psu_stratum = _by_stratum(psu_code, psu_stratum)
    found.extend(_lonely_faults(psu_stratum, labels, counts, lonely_psu, spot))
    further, faults = compile_stages(psu_code, counts, stages, where=spot)
    found.extend([*faults, *lonely_faults(further, lonely_psu, where=spot)])
    if found.errors:
        return None, tuple(found.problems)
    design = Design(
        level=level,
        weight=np.asarray(weight, dtype=np.float64) + 0.0,
        psu=psu_code.astype(np.int32),
        psu_stratum=psu_stratum.astype(np.int32),
        strata=labels,
        fpc=counts,
        lonely_psu=lonely_psu,
        further=further,
        lonely_in_domain=lonely_in_domain == "by the rule",
    )
    return design, tuple(found.problems)


def weights_look_normalised(weight: NDArray[np.float64]) -> bool:
    """Whether the weights above zero have mean 1 within 1e-6, so that totals have no unit."""
    used = weight[weight > 0]
    return bool(used.size) and abs(float(used.mean()) - 1.0) <= 1e-6


def _one_stratum(rows: int) -> Keys:
    return Keys(np.zeros(rows, dtype=np.int64), ("",))


def _by_stratum(psu: NDArray[np.int64], psu_stratum: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(psu_stratum, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return number[psu], psu_stratum[order]


def _count(where: Place, cases: int) -> Place:
    return replace(where, cases=cases)


def _weight_faults(weight: NDArray[np.float64], where: Place) -> list[Problem]:
    problems = []
    missing = int(np.isnan(weight).sum())
    bad = int((weight < 0).sum() + np.isinf(weight).sum() - np.isneginf(weight).sum())
    zero = int((weight == 0).sum())
    if missing:
        problems.append(
            Problem(
                "design.missing-weight",
                _count(where, missing),
                "cases have no weight",
                expected="a weight for every case",
                hint="Give cases that were not interviewed the weight 0.",
            )
        )
    if bad:
        problems.append(
            Problem(
                "design.bad-weight",
                _count(where, bad),
                "weights are negative or infinite",
                expected="weights of zero or more",
            )
        )
    if zero == len(weight):
        problems.append(
            Problem(
                "design.zero-weight",
                _count(where, zero),
                "no case has a weight above zero",
                expected="at least one weight above zero",
            )
        )
    elif zero:
        problems.append(
            Problem(
                "design.zero-weight",
                _count(where, zero),
                "cases have a weight of zero; they stay in the design and count in no n",
                severity=Severity.INFO,
            )
        )
    return problems


def _missing_keys(stratum: Keys, psu: Keys, where: Place) -> list[Problem]:
    problems = []
    for code, keys, word in (("design.missing-stratum", stratum, "stratum"), ("design.missing-psu", psu, "psu")):
        missing = int((keys.codes < 0).sum())
        if missing:
            problems.append(
                Problem(code, _count(where, missing), f"cases have no {word}", expected=f"a {word} for every case")
            )
    return problems


def _split_psus(stratum: Keys, psu: Keys, where: Place) -> list[Problem]:
    if not psu.labels:
        return []
    pair, pair_stratum = cross(psu.codes, stratum.codes)
    split = np.bincount(pair_stratum) > 1
    if not split.any():
        return []
    rows, number = int(split[pair_stratum][pair[pair >= 0]].sum()), int(split.sum())
    return [
        Problem(
            "design.psu-in-two-strata",
            _count(where, rows),
            f"{counted(number, 'psu')} {'lies' if number == 1 else 'lie'} in more than one stratum",
            expected="each psu in one stratum",
            hint="If psu ids start again in each stratum, say nested_ids: true.",
        )
    ]


def _population(
    fpc: NDArray[np.float64] | None, holds: Holding, stratum: Keys, psu_stratum: NDArray[np.int64], where: Place
) -> tuple[NDArray[np.float64] | None, list[Problem]]:
    """Population psus of each stratum (H) from the column, and what is wrong with it."""
    if fpc is None:
        return None, []
    if holds == "rates":
        fpc, problems = counts_of_rates(fpc, stratum.codes, psu_stratum, where=where)
        if problems:
            return None, problems
    elif not np.isfinite(fpc).all():
        missing = int((~np.isfinite(fpc)).sum())
        what = "cases have no population count, or an infinite one"
        return None, [Problem("design.fpc", _count(where, missing), what, expected="a count of psus for every case")]
    rates = int((fpc < 1).sum())
    if rates:
        what = "finite population corrections below 1 look like sampling rates"
        hint = "Give the number of psus in the population of the stratum, or say holds: rates."
        return None, [
            Problem("design.fpc", _count(where, rates), what, expected="counts of psus, 1 or more", hint=hint)
        ]
    strata = len(stratum.labels)
    low, high = np.full(strata, np.inf), np.full(strata, -np.inf)
    np.minimum.at(low, stratum.codes, fpc)
    np.maximum.at(high, stratum.codes, fpc)
    problems = []
    if (low != high).any():
        problems.append(_fpc_problem("the population count varies within strata", low != high, stratum.labels, where))
    sampled = np.bincount(psu_stratum, minlength=strata)
    if (high < sampled).any():
        what = "the population count is below the number of psus in the file"
        problems.append(_fpc_problem(what, high < sampled, stratum.labels, where))
    return high, problems


def _fpc_problem(what: str, faulty: NDArray[np.bool_], labels: tuple[str, ...], where: Place) -> Problem:
    return Problem(
        "design.fpc",
        where,
        what,
        got=_named(faulty, labels),
        expected="one count a stratum, not below its psus in the file",
        hint="fpc is the number of psus in the population of the stratum.",
    )


def _named(faulty: NDArray[np.bool_], labels: tuple[str, ...]) -> str:
    which = np.flatnonzero(faulty)
    names = ", ".join(labels[h] or "the only stratum" for h in which[:FIRST])
    more = f" and {len(which) - FIRST} more" if len(which) > FIRST else ""
    return f"{len(which)} {'stratum' if len(which) == 1 else 'strata'}: {names}{more}"


def _lonely_faults(
    psu_stratum: NDArray[np.int64],
    labels: tuple[str, ...],
    counts: NDArray[np.float64] | None,
    rule: LonelyPsu,
    where: Place,
) -> list[Problem]:
    lonely = np.bincount(psu_stratum, minlength=len(labels)) == 1
    if counts is not None:
        lonely &= counts > 1
    if not lonely.any():
        return []
    if rule is LonelyPsu.FAIL:
        return [
            Problem(
                "design.lonely-psu",
                where,
                "strata have a single psu in the file, so their variance cannot be estimated",
                got=_named(lonely, labels),
                expected="two psus or more in each stratum",
                hint="Join each to a partner (collapse:), or choose lonely_psu: adjust, average, certainty or remove.",
            )
        ]
    what = f"strata have a single psu in the file; the rule '{rule}' is applied"
    return [Problem("design.lonely-psu", where, what, got=_named(lonely, labels), severity=Severity.INFO)]
