"""Declarations of section d: flows from two tables of stocks, and the components of a table of flows."""

from __future__ import annotations

from surveyproc.config.models import methods as choices
from surveyproc.demography.accounting import flows_from_stocks
from surveyproc.demography.flows import flows_by_stock_shares, multiplicative_components, stock_difference
from surveyproc.demography.methods.declare import Axes, Given, Input, Made, Method, Result

STOCKS = ("birthplace", "residence")
PAIRS = ("origin", "destination")


def _difference(given: Given, axes: Axes, chosen: choices.DifferenceChoices) -> Made:
    return {"flows": stock_difference(given["start"], given["end"], decrease=chosen.decrease)}


def _shares(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    return {"flows": flows_by_stock_shares(given["stock"], total=given["total"])}


def _accounts(given: Given, axes: Axes, chosen: choices.AccountingChoices) -> Made:
    made = flows_from_stocks(
        given["start"],
        given["end"],
        births=given["births"],
        deaths=given["deaths"],
        closure=chosen.closure,
        movement=chosen.movement,
        offset=given.get("offset"),
    ).moves
    inward, outward = made.flows.sum(axis=-2), made.flows.sum(axis=-1)
    return {
        "flows": made.flows,
        "inward": inward,
        "outward": outward,
        "net": inward - outward,
        "stayers": made.stayers,
        "state": made.state,
    }


def _components(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = multiplicative_components(given["flows"])
    return {
        "total_flows": made.total,
        "origin_share": 100.0 * made.origin,
        "destination_share": 100.0 * made.destination,
        "association": made.association,
    }


BOTH = (Input("start", axes=STOCKS), Input("end", axes=STOCKS))
FLOWS = Result("flows", "persons", PAIRS, 0)
MOVES = (
    Method(
        "stock_difference",
        "d",
        BOTH,
        (FLOWS,),
        _difference,
        "Bertoli and Fernández-Huertas Moraga 2015; Beine and Parsons 2015",
    ),
    Method("stock_shares", "d", (Input("stock", axes=STOCKS), Input("total")), (FLOWS,), _shares, "Dennett 2016"),
    Method(
        "flows_from_stocks",
        "d",
        (
            *BOTH,
            Input("births", axes=("residence",)),
            Input("deaths", axes=("residence",)),
            Input("offset", "ratio", axes=PAIRS, need="optional", diagonal="ignored"),
        ),
        (
            FLOWS,
            *(Result(n, "persons", ("zone",), 0) for n in ("inward", "outward", "net", "stayers")),
        ),
        _accounts,
        "Abel 2013; Abel and Sander 2014; Abel 2018; Azose and Raftery 2019",
    ),
    Method(
        "flow_components",
        "d",
        (Input("flows", axes=PAIRS),),
        (
            Result("total_flows", "persons", decimals=0),
            Result("origin_share", "percent", ("origin",), 2),
            Result("destination_share", "percent", ("destination",), 2),
            Result("association", "ratio", PAIRS, 3),
        ),
        _components,
        "Willekens 1983; Raymer 2007",
    ),
)
