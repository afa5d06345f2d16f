"""A calibration that cannot be made says why, names constraints and what to join, and gives no weights."""

import numpy as np
import pytest

from surveyproc.weight import calibrate
from tests.weight.test_calibrate import margins_of


def fails(data: dict, asked: dict, **how):
    found = calibrate(*data.values(), **asked, **how)
    assert found.failure is not None
    assert not found.converged
    assert np.isnan(found.g).all()
    assert np.isnan(found.by_cell).all()
    return found.failure


def without(data: dict, column: int) -> dict:
    """The sample without cases of one constraint."""
    keep = data["auxiliary"][data["cells"], column] == 0
    return {"weight": data["weight"][keep], "cells": data["cells"][keep], "auxiliary": data["auxiliary"]}


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_empty_category_is_named_with_its_nearest_neighbour(method) -> None:
    data, asked = margins_of(1)
    failure = fails(without(data, 6), asked, method=method)
    assert (failure.cause, failure.constraints, failure.collapse) == ("empty", ("m2=1",), (("m2=1", "m2=0"),))


def test_empty_category_with_target_zero_is_no_fault() -> None:
    data, asked = margins_of(1)
    totals = asked["totals"].copy()
    totals[8] += totals[7]
    totals[7] = 0.0
    found = calibrate(*without(data, 7).values(), **asked | {"totals": totals}, method="raking")
    assert found.converged
    assert found.constraints[7].after == 0.0


def test_margins_with_different_sums_contradict_each_other() -> None:
    data, asked = margins_of(2)
    totals = asked["totals"].copy()
    totals[3:5] *= 1.01
    failure = fails(data, asked | {"totals": totals})
    assert failure.cause == "contradictory"
    assert set(failure.constraints) == {"m0=0", "m0=1", "m0=2", "m1=0", "m1=1"}
    assert failure.gap == pytest.approx(totals[3:5].sum() - totals[:3].sum(), rel=1e-9)
    assert dict(failure.terms) == pytest.approx({"m0=0": -1, "m0=1": -1, "m0=2": -1, "m1=0": 1, "m1=1": 1})


def test_collinear_constraints_are_named_and_kept_where_they_agree() -> None:
    data, asked = margins_of(3)
    more = data | {"auxiliary": np.column_stack([data["auxiliary"], 2.0 * data["auxiliary"][:, 1]])}
    asked = asked | {"names": [*asked["names"], "twice"], "margins": [*asked["margins"], -1]}
    good = calibrate(*more.values(), **asked | {"totals": np.append(asked["totals"], 2.0 * asked["totals"][1])})
    assert good.converged
    assert "twice" in good.redundant
    failure = fails(more, asked | {"totals": np.append(asked["totals"], 1.9 * asked["totals"][1])})
    assert (failure.cause, set(failure.constraints)) == ("contradictory", {"m0=1", "twice"})


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
def test_bounds_too_tight_say_which_would_do(method) -> None:
    data, asked = margins_of(4)
    failure = fails(data, asked, method=method, bounds=(0.99, 1.01))
    assert failure.cause == "bounds"
    assert failure.constraints
    low, high = failure.reachable
    assert (1 - low) == pytest.approx(high - 1)
    slack = 1.001 if method != "logit" else 1.05
    wider = (1 - slack * (1 - low), 1 + slack * (high - 1))
    assert calibrate(*data.values(), **asked, method=method, bounds=wider).converged
    tighter = (1 - 0.98 * (1 - low), 1 + 0.98 * (high - 1))
    assert not calibrate(*data.values(), **asked, method=method, bounds=tighter).converged


def test_raking_that_needs_negative_weights_names_constraints_and_a_join() -> None:
    data, asked = margins_of(5, sizes=(2, 3))
    cells = np.where(np.isin(data["cells"], (1, 2)), 0, data["cells"])  # nobody in (m0=0; m1=1) and (m0=0; m1=2)
    totals = np.array([100.0, 900.0, 50.0, 450.0, 500.0])
    failure = fails(data | {"cells": cells}, asked | {"totals": totals}, method="raking")
    assert failure.cause == "infeasible"
    assert {"m0=0", "m1=0"} & set(failure.constraints)
    assert failure.collapse
    linear = calibrate(data["weight"], cells, data["auxiliary"], **asked | {"totals": totals})
    assert linear.converged
    assert linear.g.min() < 0


def test_target_zero_with_cases_in_the_sample() -> None:
    data, asked = margins_of(6)
    totals = asked["totals"].copy()
    totals[8] += totals[7]
    totals[7] = 0.0
    failure = fails(data, asked | {"totals": totals}, method="raking")
    assert (failure.cause, failure.constraints) == ("zero", ("m2=2",))
    assert calibrate(*data.values(), **asked | {"totals": totals}).converged


def test_a_search_cut_short_did_not_converge() -> None:
    data, asked = margins_of(7)
    failure = fails(data, asked, method="raking", iterations=1)
    assert failure.cause == "not_converged"
    assert failure.constraints
