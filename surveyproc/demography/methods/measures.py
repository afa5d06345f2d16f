"""Declarations of section a: rates, ratios, growth, matrices of flows, age profiles, standardised rates."""

from __future__ import annotations

from surveyproc.config.models import methods as choices
from surveyproc.demography.concentration import connectivity, hhi, inequality, migration_gini, theil, variation
from surveyproc.demography.distance import distance_decay, mean_distance, median_distance
from surveyproc.demography.growth import components, growth
from surveyproc.demography.intensity import (
    aggregate_net_rate,
    courgeau_k,
    crude_intensity,
    effectiveness,
    flow_totals,
    preference,
    system_effectiveness,
    velocity,
)
from surveyproc.demography.methods.declare import Axes, Given, Input, Made, Method, Result
from surveyproc.demography.profile import age_profile
from surveyproc.demography.rates import crude_rates, migration_ratio, person_years
from surveyproc.demography.standardise import direct, indirect
from surveyproc.demography.structure import dependency, median_age

PAIRS = ("origin", "destination")
ZONE = ("zone",)
AGE = ("age",)


def _crude(given: Given, axes: Axes, chosen: choices.RateChoices) -> Made:
    exposure = person_years(given["start"], given["end"], years=chosen.years, denominator=chosen.denominator)
    made = crude_rates(given["immigrants"], given["emigrants"], exposure=exposure, per=chosen.per)
    return {"in_rate": made.inward, "out_rate": made.outward, "net_rate": made.net, "gross_rate": made.gross}


def _ratio(given: Given, axes: Axes, chosen: choices.PerChoices) -> Made:
    made = migration_ratio(given["net"], given["births"], deaths=given["deaths"], per=chosen.per)
    return {
        "per_natural_increase": made.per_natural_increase,
        "per_birth": made.per_birth,
        "natural_increase": made.natural_increase,
    }


def _growth(given: Given, axes: Axes, chosen: choices.IntervalChoices) -> Made:
    made = growth(given["start"], given["end"], years=chosen.years)
    rates = {"exponential_rate": 100.0 * made.exponential, "geometric_rate": 100.0 * made.geometric}
    return {"change": made.change, **rates, "doubling_time": made.doubling_time, "halving_time": made.halving_time}


def _components(given: Given, axes: Axes, chosen: choices.ComponentChoices) -> Made:
    made = components(
        given["start"],
        births=given["births"],
        deaths=given["deaths"],
        net=given["net"],
        years=chosen.years,
        denominator=chosen.denominator,
    )
    return {
        "birth_rate": 1000.0 * made.births,
        "death_rate": 1000.0 * made.deaths,
        "net_rate": 1000.0 * made.migration,
        "growth_rate": 1000.0 * made.growth,
        "contribution": made.contribution,
    }


def _totals(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = flow_totals(given["flows"])
    return {
        "outward": made.outward,
        "inward": made.inward,
        "turnover": made.turnover,
        "net": made.net,
        "effectiveness": effectiveness(made.inward, made.outward),
        "system_effectiveness": system_effectiveness(made.inward, made.outward),
    }


def _intensity(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = flow_totals(given["flows"])
    people = given["population"]
    intensity = crude_intensity(made.outward.sum(axis=-1), people.sum(axis=-1))
    return {
        "intensity": intensity,
        "system_effectiveness": system_effectiveness(made.inward, made.outward),
        "aggregate_net_rate": aggregate_net_rate(made.inward, made.outward, population=people),
        "courgeau_k": courgeau_k(intensity, float(made.outward.shape[-1])),
    }


def _preference(given: Given, axes: Axes, chosen: choices.PreferenceChoices) -> Made:
    return {"preference": preference(given["flows"], given["population"], diagonal=chosen.diagonal)}


def _velocity(given: Given, axes: Axes, chosen: choices.PerChoices) -> Made:
    return {"velocity": velocity(given["flows"], given["population"], per=chosen.per)}


def _concentration(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    flows = given["flows"]
    gini = migration_gini(flows)
    return {
        "gini": gini.total,
        "gini_rows": gini.rows_standardised,
        "gini_columns": gini.columns_standardised,
        "gini_weighted_out": gini.weighted_out,
        "gini_weighted_in": gini.weighted_in,
        "variation": variation(flows),
        "theil": theil(flows),
        "hhi": hhi(flows),
        "connectivity": connectivity(flows),
    }


def _inequality(given: Given, axes: Axes, chosen: choices.InequalityChoices) -> Made:
    return {"inequality": inequality(given["flows"], expected=chosen.expected)}


def _distance(given: Given, axes: Axes, chosen: choices.DistanceChoices) -> Made:
    flows, apart = given["flows"], given["distance"]
    return {
        "mean_distance": mean_distance(flows, apart),
        "median_distance": median_distance(flows, apart, rule=chosen.median),
        "distance_decay": distance_decay(flows, apart).exponent,
    }


def _profile(given: Given, axes: Axes, chosen: choices.AgeProfileChoices) -> Made:
    made = age_profile(
        given["intensity"],
        axes.lower,
        widths=axes.width,
        study=(chosen.study_from, chosen.study_to),
        half_breadth=chosen.half_breadth,
    )
    names = ("gmr", "peak", "age_at_peak", "breadth", "breadth_share", "asymmetry", "age_asymmetry")
    return {name: getattr(made, name) for name in names}


def _profile_fault(given: Given, axes: Axes, chosen: choices.AgeProfileChoices) -> str:
    if chosen.study_from >= chosen.study_to:
        return "study_from is not below study_to"
    return "" if axes.width[-1] < float("inf") else "the last age group is open; leave it out with `where`"


def _direct(given: Given, axes: Axes, chosen: choices.PerChoices) -> Made:
    return {"standardised_rate": direct(given["rates"], given["standard"], per=chosen.per).rate}


def _indirect(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    made = indirect(given["events"], given["population"], standard_rates=given["standard_rates"])
    return {"standardised_ratio": made.ratio, "expected_events": made.expected}


def _structure(given: Given, axes: Axes, chosen: choices.StructureChoices) -> Made:
    people = given["population"]
    made = dependency(people, axes.lower, working=(chosen.working_from, chosen.working_to))
    return {
        "young_dependency": made.young,
        "old_dependency": made.old,
        "dependency": made.total,
        "median_age": median_age(people, axes.lower),
    }


def _structure_fault(given: Given, axes: Axes, chosen: choices.StructureChoices) -> str:
    for end in (0.0, chosen.working_from, chosen.working_to):
        if end not in axes.lower.tolist():
            return f"no age group begins at {end:g}"
    return ""


FLOWS = Input("flows", axes=PAIRS, diagonal="ignored")
POPULATION = Input("population", axes=ZONE)
MATRIX = "Bell et al. 2002, JRSS-A 165:435"
ENDS = (Input("start"), Input("end"))
EVENTS = (Input("births"), Input("deaths"))


def _per_1000(*names: str) -> tuple[Result, ...]:
    return tuple(Result(name, "per_1000", decimals=2) for name in names)


MEASURES = (
    Method(
        "crude_rates",
        "a",
        (*ENDS, Input("immigrants"), Input("emigrants")),
        tuple(Result(n, "per_chosen", decimals=2) for n in ("in_rate", "out_rate", "net_rate", "gross_rate")),
        _crude,
        "UN 1970, Manual VI, ch. III; Siegel and Swanson 2004, ch. 18–19",
    ),
    Method(
        "migration_ratio",
        "a",
        (Input("net", sign="any"), *EVENTS),
        (
            Result("per_natural_increase", "per_chosen", decimals=2),
            Result("per_birth", "per_chosen", decimals=2),
            Result("natural_increase", "persons", decimals=0),
        ),
        _ratio,
        "UN 1970, Manual VI, ch. III",
    ),
    Method(
        "growth",
        "a",
        ENDS,
        (
            Result("change", "persons", decimals=0),
            *(Result(n, "percent", decimals=3) for n in ("exponential_rate", "geometric_rate")),
            *(Result(n, "years") for n in ("doubling_time", "halving_time")),
        ),
        _growth,
        "Siegel and Swanson 2004, ch. 11",
    ),
    Method(
        "growth_components",
        "a",
        (Input("start"), *EVENTS, Input("net", sign="any")),
        (*_per_1000("birth_rate", "death_rate", "net_rate", "growth_rate"), Result("contribution", "percent")),
        _components,
        "Siegel and Swanson 2004, ch. 11; Preston, Heuveline and Guillot 2001, ch. 1",
    ),
    Method(
        "flow_totals",
        "a",
        (FLOWS,),
        (
            *(Result(n, "persons", ZONE, 0) for n in ("outward", "inward", "turnover", "net")),
            Result("effectiveness", "percent", ZONE, 2),
            Result("system_effectiveness", "percent", decimals=2),
        ),
        _totals,
        f"Shryock 1975; {MATRIX}",
    ),
    Method(
        "intensity",
        "a",
        (FLOWS, POPULATION),
        (
            *(Result(n, "percent", decimals=3) for n in ("intensity", "system_effectiveness", "aggregate_net_rate")),
            Result("courgeau_k", "index", decimals=4),
        ),
        _intensity,
        f"Courgeau 1973; {MATRIX}; Rees et al. 2016",
    ),
    Method(
        "preference",
        "a",
        (FLOWS, POPULATION),
        (Result("preference", "index", PAIRS),),
        _preference,
        "Bachi 1957; UN 1970, Manual VI, ch. III",
    ),
    Method(
        "velocity",
        "a",
        (FLOWS, POPULATION),
        (Result("velocity", "per_chosen", PAIRS, 3),),
        _velocity,
        "Bogue, Shryock and Hoermann 1957",
    ),
    Method(
        "concentration",
        "a",
        (FLOWS,),
        (
            Result("gini", "index", decimals=4),
            *(Result(n, "percent", decimals=3) for n in ("gini_rows", "gini_columns")),
            *(
                Result(n, "index", decimals=4)
                for n in ("gini_weighted_out", "gini_weighted_in", "variation", "theil", "hhi", "connectivity")
            ),
        ),
        _concentration,
        f"Plane and Mulligan 1997; {MATRIX}",
    ),
    Method("inequality", "a", (FLOWS,), (Result("inequality", "index", decimals=4),), _inequality, MATRIX),
    Method(
        "distance",
        "a",
        (FLOWS, Input("distance", "length", axes=PAIRS, diagonal="ignored")),
        (
            Result("mean_distance", "km", decimals=2),
            Result("median_distance", "km", decimals=2),
            Result("distance_decay", "index", decimals=4),
        ),
        _distance,
        f"{MATRIX}; Flowerdew and Aitkin 1982",
    ),
    Method(
        "age_profile",
        "a",
        (Input("intensity", "rate", axes=AGE),),
        (
            *(Result(n, "index", decimals=4) for n in ("gmr", "peak")),
            Result("age_at_peak", "years"),
            Result("breadth", "index", decimals=4),
            Result("breadth_share", "percent"),
            *(Result(n, "index", decimals=4) for n in ("asymmetry", "age_asymmetry")),
        ),
        _profile,
        "Rogers 1975; Bell et al. 2002; Bernard, Bell and Charles-Edwards 2014",
        fault=_profile_fault,
    ),
    Method(
        "standardise_direct",
        "a",
        (Input("rates", "rate", axes=AGE), Input("standard", axes=AGE)),
        (Result("standardised_rate", "per_chosen", decimals=3),),
        _direct,
        "Siegel and Swanson 2004, ch. 12",
    ),
    Method(
        "standardise_indirect",
        "a",
        (Input("events"), Input("population", axes=AGE), Input("standard_rates", "rate", axes=AGE)),
        (Result("standardised_ratio", "ratio", decimals=4), Result("expected_events", "persons", decimals=0)),
        _indirect,
        "Siegel and Swanson 2004, ch. 12",
    ),
    Method(
        "age_structure",
        "a",
        (Input("population", axes=AGE),),
        (
            *(Result(n, "percent", decimals=2) for n in ("young_dependency", "old_dependency", "dependency")),
            Result("median_age", "years", decimals=2),
        ),
        _structure,
        "Siegel and Swanson 2004, ch. 7",
        fault=_structure_fault,
    ),
)
