"""Declarations of section b: net migration from censuses, vital events, place of birth and residence before."""

from __future__ import annotations

import numpy as np

from surveyproc.config.models import methods as choices
from surveyproc.demography.balance import cohort_balance, growth_rate_method, vital_statistics
from surveyproc.demography.birthplace import lifetime_net
from surveyproc.demography.children import children_net
from surveyproc.demography.methods.declare import Axes, Given, Input, Made, Method, Result
from surveyproc.demography.numbers import Floats
from surveyproc.demography.residence import by_duration, prior_residence
from surveyproc.demography.residual import residual_net
from surveyproc.demography.survival import cohorts, net_by_survival

AGE = ("age",)


def _balance(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    shares = {name: given[name] for name in ("birth_completeness", "death_completeness") if name in given}
    covered = {name: given[name] for name in ("start_coverage", "end_coverage") if name in given}
    made = vital_statistics(
        given["start"], given["end"], births=given["births"], deaths=given["deaths"], **shares, **covered
    )
    return {"net": made.net, "increase": made.increase, "natural_increase": made.natural_increase}


def _cohort_balance(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    net = cohort_balance(given["base"], given["end"], deaths=given["deaths"])
    return {"net": net, "total_net": net.sum(axis=-1)}


def _growth_rate(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    start, end = given["start"], given["end"]
    nation = (start.sum(axis=-1, keepdims=True), end.sum(axis=-1, keepdims=True))
    return {"net": growth_rate_method(start, end, national_start=nation[0], national_end=nation[1])}


def _survival(given: Given, axes: Axes, chosen: choices.SurvivalChoices) -> Made:
    steps = _steps(axes, chosen)
    base = given["base"] if "base" in given else cohorts(given["start"], steps=steps, births=given.get("births"))
    net = net_by_survival(base, given["end"], survival=given["survival"])
    made = {n: getattr(net, n) for n in ("forward", "reverse", "average", "geometric", "expected_end")}
    # Cohorts born in the interval count in the total only where their births are given.
    first = steps if "start" in given and "births" not in given else 0
    totals = {f"total_{n}": made[n][..., first:].sum(axis=-1) for n in ("forward", "reverse", "average")}
    return {**made, **totals}


def _steps(axes: Axes, chosen: choices.SurvivalChoices) -> int:
    return 0 if chosen.years is None else round(chosen.years / float(axes.width[0]))


def _survival_fault(given: Given, axes: Axes, chosen: choices.SurvivalChoices) -> str:
    if ("base" in given) == ("start" in given):
        return "give either start, by age at the start, or base, the same people by age at the end"
    if "base" in given:
        unused = [name for name, there in (("births", "births" in given), ("years", chosen.years is not None)) if there]
        return f"base has no use for {' and '.join(unused)}" if unused else ""
    if chosen.years is None:
        return "start needs the choice years"
    fault = _equal_widths(given, axes, chosen)
    if fault:
        return fault
    steps = chosen.years / axes.width[0]
    if abs(steps - round(steps)) > 1e-9 or not 1 <= round(steps) < len(axes.width):
        return f"{chosen.years:g} years are no multiple of the age groups of {axes.width[0]:g} years"
    births = given.get("births")
    if births is not None and births.shape[-1] != round(steps):
        return f"births of {births.shape[-1]} age groups for the {round(steps)} born in {chosen.years:g} years"
    return ""


def _equal_widths(given: Given, axes: Axes, chosen: object) -> str:
    closed = axes.width[np.isfinite(axes.width)]
    if len(set(closed.tolist())) > 1:
        return f"age groups are of unequal widths ({', '.join(f'{w:g}' for w in sorted(set(closed.tolist())))} years)"
    return ""


def _lifetime(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    net = lifetime_net(
        given["in_start"],
        given["in_end"],
        out_start=given["out_start"],
        out_end=given["out_end"],
        survival_in=given["survival_in"],
        survival_out=given["survival_out"],
    )
    sides = {"incomers": net.incomers.average, "away": net.away.average}
    return {**sides, "forward": net.forward, "reverse": net.reverse, "average": net.average}


def _children(given: Given, axes: Axes, chosen: choices.ChildrenChoices) -> Made:
    net = children_net(
        given["children"],
        given["women"],
        net_women=given["net_women"],
        lower=axes.lower,
        years=chosen.years,
        child_width=float(axes.width[0]),
        mothers=(chosen.mothers_from, chosen.mothers_to),
    )
    return {"total_net": net.sum(axis=-1), **{f"net_{i}": net[..., i] for i in range(2)}}


def _children_fault(given: Given, axes: Axes, chosen: choices.ChildrenChoices) -> str:
    count = given["children"].shape[-1]
    unequal = _equal_widths(given, axes, chosen)
    return unequal or ("" if count == 2 else f"children of two age groups are needed, got {count}")


def _residual(given: Given, axes: Axes, chosen: choices.ResidualChoices) -> Made:
    people = np.stack(np.broadcast_arrays(given["start"], given["end"]), axis=-2)
    survival = given["survival"][..., np.newaxis, :]
    net = residual_net(people, survival=survival, births=given["births"][..., np.newaxis], flow=chosen.flow)
    net = net[..., 0, :]
    return {"net": net, "total_net": net.sum(axis=-1)}


def _prior(given: Given, axes: Axes, chosen: choices.IntervalChoices) -> Made:
    rates = prior_residence(given["transitions"], years=chosen.years)
    return {
        "in_rate": 1000.0 * rates.inward,
        "out_rate": 1000.0 * rates.outward,
        "net_rate": 1000.0 * rates.net,
        "pair_rate": 1000.0 * rates.pairs,
    }


def _last(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    staying: Floats = given["staying"] if "staying" in given else np.ones(1)
    return {"migrants": by_duration(given["migrants"], survival=given["survival"], staying=staying)}


def _whole(name: str, *axes: str) -> Result:
    return Result(name, "persons", axes, 0)


NET = (
    Method(
        "balance",
        "b",
        (
            *(Input(name) for name in ("start", "end", "births", "deaths")),
            *(Input(f"{event}_completeness", "ratio", need="optional") for event in ("birth", "death")),
            *(Input(f"{end}_coverage", "ratio", need="optional") for end in ("start", "end")),
        ),
        (_whole("net"), _whole("increase"), _whole("natural_increase")),
        _balance,
        "UN 1970, Manual VI, ch. II; Shryock and Siegel 1976, ch. 21",
    ),
    Method(
        "cohort_balance",
        "b",
        (Input("base", axes=AGE), Input("end", axes=AGE), Input("deaths", axes=AGE)),
        (_whole("net", "age"), _whole("total_net")),
        _cohort_balance,
        "UN 1970, Manual VI, ch. II",
    ),
    Method(
        "growth_rate",
        "b",
        (Input("start", axes=("zone",)), Input("end", axes=("zone",))),
        (_whole("net", "zone"),),
        _growth_rate,
        "UN 1970, Manual VI, ch. II",
    ),
    Method(
        "survival_ratio",
        "b",
        (
            Input("start", axes=AGE, need="optional"),
            Input("base", axes=AGE, need="optional"),
            Input("end", axes=AGE),
            Input("survival", "ratio", axes=AGE),
            Input("births", axes=AGE, need="optional", ages="first"),
        ),
        (
            *(_whole(n, "age") for n in ("forward", "reverse", "average", "geometric", "expected_end")),
            *(_whole(f"total_{n}") for n in ("forward", "reverse", "average")),
        ),
        _survival,
        "Siegel and Hamilton 1952; UN 1970, Manual VI, ch. II; Shryock and Siegel 1976, ch. 21",
        fault=_survival_fault,
    ),
    Method(
        "lifetime_net",
        "b",
        (
            *(Input(name) for name in ("in_start", "in_end", "out_start", "out_end")),
            *(Input(name, "ratio") for name in ("survival_in", "survival_out")),
        ),
        tuple(_whole(n) for n in ("incomers", "away", "forward", "reverse", "average")),
        _lifetime,
        "UN 1970, Manual VI, ch. I; Zachariah 1964; Eldridge and Kim 1968",
    ),
    Method(
        "children_net",
        "b",
        (
            Input("children", axes=AGE, ages="first"),
            Input("women", axes=AGE),
            Input("net_women", axes=AGE, sign="any"),
        ),
        (_whole("total_net"), _whole("net_0"), _whole("net_1")),
        _children,
        "UN 1970, Manual VI, ch. II; UN 1992",
        fault=_children_fault,
    ),
    Method(
        "residual",
        "b",
        (
            Input("start", axes=AGE),
            Input("end", axes=AGE),
            Input("survival", "ratio", axes=AGE),
            Input("births"),
        ),
        (_whole("net", "age"), _whole("total_net")),
        _residual,
        "UN Population Division; DemoTools mig_resid",
        fault=_equal_widths,
    ),
    Method(
        "prior_residence",
        "b",
        (Input("transitions", axes=("origin", "destination")),),
        (
            *(Result(n, "per_1000", ("zone",)) for n in ("in_rate", "out_rate", "net_rate")),
            Result("pair_rate", "per_1000", ("origin", "destination"), 2),
        ),
        _prior,
        "UN 1970, Manual VI, ch. I",
    ),
    Method(
        "last_residence",
        "b",
        (
            Input("migrants", axes=("duration",)),
            Input("survival", "ratio", axes=("duration",)),
            Input("staying", "ratio", axes=("duration",), need="optional"),
        ),
        (_whole("migrants", "duration"),),
        _last,
        "UN 1970, Manual VI, ch. I; IUSSP Tools for Demographic Estimation",
    ),
)
