"""Every method takes uncertain inputs in one call a pass, and gives an SE or says why there is none."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest

from surveyproc.demography.balance import growth_rate_method, vital_statistics
from surveyproc.demography.birthplace import lifetime_net
from surveyproc.demography.births import births_in_parts
from surveyproc.demography.children import children_net
from surveyproc.demography.concentration import field_variation, hhi, inequality, migration_gini, theil, variation
from surveyproc.demography.distance import distance_decay, mean_distance, median_distance
from surveyproc.demography.growth import components, growth
from surveyproc.demography.intensity import courgeau_slope, flow_totals, preference, system_effectiveness, velocity
from surveyproc.demography.lifetable import in_groups, life_table
from surveyproc.demography.moves import make_setup
from surveyproc.demography.profile import age_profile
from surveyproc.demography.rates import crude_rates, migration_ratio
from surveyproc.demography.residence import prior_residence
from surveyproc.demography.residual import residual_net
from surveyproc.demography.spread import Cv, Uncertain
from surveyproc.demography.standardise import direct, indirect
from surveyproc.demography.structure import dependency, median_age
from surveyproc.demography.survival import cohorts, life_table_ratios, net_by_survival, plus_minus
from surveyproc.demography.uncertainty import propagate, propagate_fields

RNG = np.random.default_rng(6)
FLOWS = RNG.uniform(50.0, 500.0, (5, 5))
FAR = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0) * 1.1)) + 1.0
PEOPLE = RNG.uniform(1000.0, 2000.0, 5)
AGES = np.array([0.0, 1.0, *range(5, 85, 5)])
RATES = 0.0004 * np.exp(0.085 * AGES) + 0.01 * (AGES == 0)
GROUPS = RNG.uniform(100.0, 200.0, 17)


def by_life_table(rates: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    table = life_table(rates, AGES, sex="male")
    ratios = life_table_ratios(in_groups(table.L, AGES), steps=2, width=5.0)
    births = np.full(2, 150.0)
    return net_by_survival(cohorts(start, steps=2, births=births), end, survival=ratios).forward


def birth_parts(births: np.ndarray) -> np.ndarray:
    return births_in_parts(births, [2010, 2011, 2012], start=date(2010, 4, 1), end=date(2012, 4, 1), parts=2)


def effectiveness_of(flows: np.ndarray) -> np.ndarray:
    totals = flow_totals(flows)
    return system_effectiveness(totals.inward, totals.outward)


METHODS: Mapping[str, tuple[Callable[..., Any], dict[str, np.ndarray]]] = {
    "theil": (theil, {"flows": FLOWS}),
    "hhi": (hhi, {"flows": FLOWS}),
    "variation": (variation, {"flows": FLOWS}),
    "inequality": (inequality, {"flows": FLOWS}),
    "independence": (lambda flows: inequality(flows, expected="independence"), {"flows": FLOWS}),
    "effectiveness": (effectiveness_of, {"flows": FLOWS}),
    "preference": (lambda f, p: preference(f, p)[..., 0, 1], {"f": FLOWS, "p": PEOPLE}),
    "velocity": (lambda f, p: velocity(f, p)[..., 0, 1], {"f": FLOWS, "p": PEOPLE}),
    "mean distance": (lambda f: mean_distance(f, FAR), {"f": FLOWS}),
    "median distance": (lambda f: median_distance(f, FAR), {"f": FLOWS}),
    "k": (lambda i: courgeau_slope(i, [5.0, 17.0, 90.0]), {"i": np.array([2.0, 4.0, 6.0])}),
    "growth rate": (
        lambda a, b: growth_rate_method(
            a, b, national_start=a.sum(-1, keepdims=True), national_end=b.sum(-1, keepdims=True)
        ),
        {"a": PEOPLE, "b": 1.1 * PEOPLE},
    ),
    "children": (
        lambda c, w, m: children_net(c, w, net_women=m, lower=np.arange(15, 50, 5)),
        {"c": np.array([80.0, 70.0]), "w": GROUPS[:7], "m": GROUPS[7:14] - 90.0},
    ),
    "plus-minus": (plus_minus, {"net": np.array([5.0, -3.0, 8.0]), "control": np.array(12.0)}),
    "life table": (by_life_table, {"rates": RATES, "start": GROUPS, "end": GROUPS[::-1]}),
    "residual": (
        lambda p, s: residual_net(p, survival=s, births=[150.0], flow="cohort"),
        {"p": np.stack((GROUPS, GROUPS[::-1])), "s": np.full((1, 17), 0.9)},
    ),
    "median age": (lambda p: median_age(p, np.arange(0, 85, 5)), {"p": GROUPS}),
    "births": (birth_parts, {"births": np.array([10.0, 11.0, 12.0])}),
}

FIELDS: Mapping[str, tuple[Callable[..., Any], dict[str, np.ndarray]]] = {
    "gini": (migration_gini, {"flows": FLOWS}),
    "fields": (field_variation, {"flows": FLOWS}),
    "totals": (flow_totals, {"flows": FLOWS}),
    "decay": (lambda f: distance_decay(f, FAR), {"f": FLOWS}),
    "profile": (
        lambda m: age_profile(m, np.arange(0, 85, 5), widths=np.full(17, 5.0)),
        {"m": 0.1 * np.exp(-(((np.arange(0, 85, 5) - 25) / 9.0) ** 2)) + 0.01},
    ),
    "dependency": (lambda p: dependency(p, np.arange(0, 85, 5)), {"p": GROUPS}),
    "crude": (lambda i, e, p: crude_rates(i, e, exposure=p), {"i": PEOPLE, "e": PEOPLE[::-1], "p": 100 * PEOPLE}),
    "ratio": (lambda m, b: migration_ratio(m, b, deaths=50.0), {"m": PEOPLE, "b": 3 * PEOPLE}),
    "growth": (lambda a, b: growth(a, b, years=5.0), {"a": PEOPLE, "b": 1.1 * PEOPLE}),
    "components": (
        lambda a, m: components(a, births=90.0, deaths=40.0, net=m, years=5.0),
        {"a": PEOPLE, "m": PEOPLE / 9},
    ),
    "direct": (lambda r: direct(r, GROUPS, variances=np.full(17, 1e-6)), {"r": GROUPS / 1e4}),
    "indirect": (lambda p: indirect(30.0, p, standard_rates=GROUPS / 1e4, standard_crude=12.0), {"p": GROUPS}),
    "balance": (lambda a, b: vital_statistics(a, b, births=90.0, deaths=40.0), {"a": PEOPLE, "b": 1.1 * PEOPLE}),
    "lifetime": (
        lambda i, o: lifetime_net(i, 1.2 * i, out_start=o, out_end=1.3 * o, survival_in=0.8, survival_out=0.85),
        {"i": PEOPLE, "o": PEOPLE[::-1]},
    ),
    "prior": (lambda t: prior_residence(t, years=5.0), {"t": FLOWS + np.diag(np.full(5, 9000.0))}),
}


def uncertain(arrays: Mapping[str, Any]) -> dict[str, Uncertain]:
    return {name: Uncertain(np.asarray(value, dtype=float), name, Cv(0.03)) for name, value in arrays.items()}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str) -> None:
    function, arrays = METHODS[name]
    found = propagate(function, uncertain(arrays), draws=200)
    known = np.isin(found.status, ("ok",))
    assert known.any()
    assert (found.se[known] > 0).all()
    assert np.isnan(found.se[~known]).all()
    np.testing.assert_allclose(found.share.sum(axis=0)[known], 1.0, rtol=1e-9)
    assert make_setup(function, uncertain(arrays), calls="auto").calls != "each"


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    function, arrays = FIELDS[name]
    for field, found in propagate_fields(function, uncertain(arrays), draws=100).items():
        known = found.status == "ok"
        assert np.isnan(found.se[~known]).all(), field
        assert (found.se[known] > 0).all(), field
        assert set(found.status.ravel()) <= {"ok", "undefined", "no_uncertainty", "unstable"}, field
