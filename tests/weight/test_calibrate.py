"""What holds of every calibration, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.weight import calibrate

METHODS = [("linear", None), ("raking", None), ("logit", (0.2, 4.0)), ("linear", (0.2, 4.0)), ("raking", (0.2, 4.0))]


def margins_of(seed: int, *, sizes=(3, 2, 4), rows=400):
    """Weights, cells and all indicators of some margins, with totals that factors between 0.7 and 1.4 meet."""
    rng = np.random.default_rng(seed)
    codes = np.column_stack([rng.integers(0, k, rows) for k in sizes])
    every = np.array(np.meshgrid(*[np.arange(k) for k in sizes], indexing="ij")).reshape(len(sizes), -1).T
    cells = np.ravel_multi_index(tuple(codes.T), sizes)
    x = np.concatenate([np.eye(k)[every[:, j]] for j, k in enumerate(sizes)], axis=1)
    weight = rng.gamma(4.0, 25.0, rows)
    totals = x[cells].T @ (weight * rng.uniform(0.7, 1.4, len(x))[cells])
    names = [f"m{j}={k}" for j, size in enumerate(sizes) for k in range(size)]
    margins = [j for j, size in enumerate(sizes) for _ in range(size)]
    return {"weight": weight, "cells": cells, "auxiliary": x}, {"totals": totals, "names": names, "margins": margins}


@pytest.mark.parametrize(("method", "bounds"), METHODS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_constraints_are_met_and_bounds_kept(method, bounds, seed) -> None:
    data, asked = margins_of(seed)
    found = calibrate(*data.values(), **asked, method=method, bounds=bounds)
    assert found.converged
    assert found.failure is None
    met = data["auxiliary"][data["cells"]].T @ (data["weight"] * found.g)
    np.testing.assert_allclose(met, asked["totals"], rtol=1e-10)
    np.testing.assert_allclose([c.after for c in found.constraints], asked["totals"], rtol=1e-10)
    assert len(found.redundant) == 2  # each margin after the first adds up to the same whole
    if bounds is not None:
        assert found.g.min() >= bounds[0]
        assert found.g.max() <= bounds[1]


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_own_totals_leave_weights_as_they_are(method, bounds) -> None:
    data, asked = margins_of(1)
    own = data["auxiliary"][data["cells"]].T @ data["weight"]
    found = calibrate(*data.values(), **asked | {"totals": own}, method=method, bounds=bounds)
    np.testing.assert_allclose(found.g, 1.0, rtol=1e-12)


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_one_margin_is_poststratification(method, bounds) -> None:
    data, asked = margins_of(2, sizes=(5,))
    found = calibrate(*data.values(), **asked, method=method, bounds=bounds)
    expected = asked["totals"] / np.bincount(data["cells"], weights=data["weight"])
    np.testing.assert_allclose(found.by_cell, expected, rtol=1e-10)


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_rows_as_cells_order_and_scale_make_no_difference(method, bounds) -> None:
    data, asked = margins_of(3)
    found = calibrate(*data.values(), **asked, method=method, bounds=bounds)
    rows = np.random.default_rng(0).permutation(len(data["weight"]))
    by_row = calibrate(
        1e3 * data["weight"][rows],
        np.arange(len(rows)),
        data["auxiliary"][data["cells"][rows]],
        **asked | {"totals": 1e3 * asked["totals"]},
        method=method,
        bounds=bounds,
    )
    np.testing.assert_allclose(by_row.g, found.g[rows], rtol=1e-9)


def test_linear_is_the_regression_estimator() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(300), rng.normal(50, 9, 300), rng.random(300) < 0.4]).astype(float)
    weight, totals = rng.gamma(4, 25, 300), np.array([31000.0, 1.6e6, 13000.0])
    found = calibrate(weight, np.arange(300), x, totals=totals, names=["n", "age", "moved"])
    y = rng.normal(10, 3, 300)
    slope = np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (weight * y))
    assert (weight * found.g) @ y == pytest.approx(weight @ y + (totals - x.T @ weight) @ slope, rel=1e-12)


def test_spread_equal_to_x_is_the_ratio_estimator() -> None:
    rng = np.random.default_rng(5)
    x, weight = rng.gamma(3, 2, 200), rng.gamma(4, 25, 200)
    found = calibrate(weight, np.arange(200), x[:, None], totals=np.array([9e4]), names=["x"], spread=x)
    np.testing.assert_allclose(found.g, 9e4 / (weight @ x), rtol=1e-12)


def test_raking_is_multiplicative_and_equals_fitting_margins_in_turn() -> None:
    data, asked = margins_of(6, sizes=(3, 2))
    found = calibrate(*data.values(), **asked, method="raking")
    g = np.ones(6)
    summed = np.bincount(data["cells"], weights=data["weight"])
    for _ in range(200):
        for margin in (slice(0, 3), slice(3, 5)):
            x = data["auxiliary"][:, margin]
            g = g * (x @ (asked["totals"][margin] / (x.T @ (summed * g))))
    np.testing.assert_allclose(found.by_cell, g, rtol=1e-10)


def test_a_row_of_weight_zero_stays_at_zero_and_has_no_say() -> None:
    data, asked = margins_of(7)
    weight = np.where(np.arange(400) % 10 == 0, 0.0, data["weight"])
    some = weight > 0
    with_zeros = calibrate(weight, data["cells"], data["auxiliary"], **asked)
    without = calibrate(weight[some], data["cells"][some], data["auxiliary"], **asked)
    np.testing.assert_allclose(with_zeros.g[some], without.g, rtol=1e-12)
    assert (with_zeros.g * weight)[~some].tolist() == [0.0] * 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bounds": (0.5, 0.9)}, "either side of 1"),
        ({"method": "logit"}, "two bounds"),
        ({"names": ["one"]}, "do not fit"),
        ({"totals": np.full(9, np.nan)}, "known numbers"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(change, words) -> None:
    data, asked = margins_of(8)
    with pytest.raises(ValueError, match=words):
        calibrate(*data.values(), **asked | change)
