"""Declarations of section c: emigrants reported by those who stayed, by partner countries, or in two reports."""

from __future__ import annotations

import numpy as np

from surveyproc.config.models import methods as choices
from surveyproc.demography.emigration import absent_members, emigrants_by_siblings
from surveyproc.demography.methods.declare import Axes, Given, Input, Made, Method, Result
from surveyproc.demography.mirror import adjustment_factors, combine, report_ratios
from surveyproc.demography.numbers import Floats, off_diagonal
from surveyproc.demography.partners import emigrant_stock, emigration_by_partner

PAIRS = ("origin", "destination")
PARTNER = ("partner",)


def _absent(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    share: Floats = given["whole_household_share"] if "whole_household_share" in given else np.zeros(())
    made = absent_members(given["reported"], whole_household_share=share).value
    return {"emigrants": made, "unreported": made - given["reported"]}


def _siblings(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = emigrants_by_siblings(given["abroad"], given["in_country"], residents=given["residents"]).value
    return {"emigrants": made, "total_emigrants": made.sum(axis=-1)}


def _stock(given: Given, axes: Axes, chosen: choices.PartnerStockChoices) -> Made:
    last = given.get("last_known")
    made = emigrant_stock(given["stocks"], missing=chosen.missing, last_known=last)
    return {"emigrants": made.total, "reported_share": 100.0 * made.reported_share}


def _stock_fault(given: Given, axes: Axes, chosen: choices.PartnerStockChoices) -> str:
    needed = chosen.missing == "last_share"
    if needed and "last_known" not in given:
        return "missing: last_share needs the input last_known"
    return "the input last_known is used by missing: last_share only" if not needed and "last_known" in given else ""


def _partner_flow(given: Given, axes: Axes, chosen: choices.PartnerFlowChoices) -> Made:
    net = emigration_by_partner(given["start"], given["end"], survival=given["survival"], deaths=chosen.deaths)
    return {"net_emigrants": net, "total_net_emigrants": net.sum(axis=-1)}


def _mirror(given: Given, axes: Axes, chosen: choices.MirrorChoices) -> Made:
    weight = np.nan if chosen.weight is None else chosen.weight
    flows = combine(given["received"], given["sent"], rule=chosen.rule, weight=weight).flows
    return {"flows": flows, "total_flows": off_diagonal(flows).sum(axis=(-2, -1))}


def _mirror_fault(given: Given, axes: Axes, chosen: choices.MirrorChoices) -> str:
    if (chosen.rule == "weighted") != (chosen.weight is not None):
        return "rule: weighted needs a weight, and the other rules none"
    return ""


def _ratios(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = report_ratios(given["received"], given["sent"])
    return {"report_ratio": made.corridor, "sender_ratio": made.sender_median}


def _factors(given: Given, axes: Axes, chosen: choices.FactorChoices) -> Made:
    fixed = axes.of("zone").index(chosen.fixed)
    made = adjustment_factors(given["received"], given["sent"], fixed=fixed, of=chosen.of)
    return {
        "receiver_factor": made.receiver,
        "sender_factor": made.sender,
        "flows": made.flows,
        "state": made.state,
    }


def _factors_fault(given: Given, axes: Axes, chosen: choices.FactorChoices) -> str:
    known = axes.of("zone")
    return "" if chosen.fixed in known else f"there is no zone {chosen.fixed!r} to be fixed ({', '.join(known[:12])})"


REPORTS = tuple(Input(name, axes=PAIRS, diagonal="ignored") for name in ("received", "sent"))
ABROAD = (
    Method(
        "absent_members",
        "c",
        (Input("reported"), Input("whole_household_share", "ratio", need="optional")),
        (Result("emigrants", "persons", decimals=0), Result("unreported", "persons", decimals=0)),
        _absent,
        "UN 2017, Handbook on Measuring International Migration through Population Censuses",
    ),
    Method(
        "siblings",
        "c",
        (Input("abroad", axes=("age",)), Input("in_country", axes=("age",)), Input("residents", axes=("age",))),
        (Result("emigrants", "persons", ("age",), 0), Result("total_emigrants", "persons", decimals=0)),
        _siblings,
        "Hill 1979; Zaba 1987",
    ),
    Method(
        "partner_stock",
        "c",
        (Input("stocks", axes=PARTNER), Input("last_known", axes=PARTNER, need="optional")),
        (Result("emigrants", "persons", decimals=0), Result("reported_share", "percent")),
        _stock,
        "UN 1970, Manual VI, ch. I",
        fault=_stock_fault,
    ),
    Method(
        "partner_flow",
        "c",
        (Input("start", axes=PARTNER), Input("end", axes=PARTNER), Input("survival", "ratio", axes=PARTNER)),
        (
            Result("net_emigrants", "persons", PARTNER, 0),
            Result("total_net_emigrants", "persons", decimals=0),
        ),
        _partner_flow,
        "UN 1970, Manual VI, ch. I",
    ),
    Method(
        "mirror",
        "c",
        REPORTS,
        (Result("flows", "persons", PAIRS, 0), Result("total_flows", "persons", decimals=0)),
        _mirror,
        "UNECE and Eurostat 2010",
        fault=_mirror_fault,
    ),
    Method(
        "mirror_ratios",
        "c",
        REPORTS,
        (Result("report_ratio", "ratio", PAIRS, 3), Result("sender_ratio", "ratio", ("zone",), 3)),
        _ratios,
        "UNECE and Eurostat 2010",
    ),
    Method(
        "mirror_factors",
        "c",
        REPORTS,
        (
            Result("receiver_factor", "ratio", ("zone",), 4),
            Result("sender_factor", "ratio", ("zone",), 4),
            Result("flows", "persons", PAIRS, 0),
        ),
        _factors,
        "Poulain 1993; de Beer, Raymer, van der Erf and van Wissen 2010",
        fault=_factors_fault,
    ),
)
