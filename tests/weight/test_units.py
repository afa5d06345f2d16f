"""Households as wholes, parts of the sample by themselves."""

import numpy as np
import pytest

from surveyproc.weight import by_part, calibrate, household_means
from tests.weight.test_calibrate import margins_of


def households(rows: int) -> np.ndarray:
    return np.random.default_rng(11).integers(0, rows // 3, rows).astype(np.int32)


@pytest.mark.parametrize(("method", "bounds"), [("linear", None), ("raking", None), ("logit", (0.1, 6.0))])
def test_members_of_a_household_get_one_factor_and_totals_of_persons_are_met(method, bounds) -> None:
    data, asked = margins_of(1)
    home = households(400)
    for weight in (data["weight"], data["weight"][home]):  # unequal and equal within households
        means = household_means(weight, data["cells"], data["auxiliary"], home)
        totals = asked["totals"] * weight.sum() / data["weight"].sum()
        found = calibrate(weight, home, means, **asked | {"totals": totals}, method=method, bounds=bounds)
        assert found.converged
        np.testing.assert_array_equal(found.g, found.by_cell[home])
        met = data["auxiliary"][data["cells"]].T @ (weight * found.g)
        np.testing.assert_allclose(met, totals, rtol=1e-10)


def test_households_of_one_person_are_persons() -> None:
    data, asked = margins_of(2)
    alone = np.arange(400, dtype=np.int32)
    means = household_means(data["weight"], data["cells"], data["auxiliary"], alone)
    np.testing.assert_allclose(
        calibrate(data["weight"], alone, means, **asked).g, calibrate(*data.values(), **asked).g, rtol=1e-10
    )


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_parts_are_calibrated_as_if_alone(method) -> None:
    data, asked = margins_of(3)
    part = np.random.default_rng(5).integers(0, 3, 400)
    totals = np.stack([asked["totals"] * share for share in (0.3, 0.36, 0.34)])
    cells, x, names = by_part(data["cells"], data["auxiliary"], part, names=asked["names"], parts=["a", "b", "c"])
    assert names[9] == "b: m0=0"
    together = calibrate(data["weight"], cells, x, totals=totals.ravel(), names=names, method=method)
    for p in range(3):
        rows = part == p
        alone = calibrate(
            data["weight"][rows],
            data["cells"][rows],
            data["auxiliary"],
            **asked | {"totals": totals[p]},
            method=method,
        )
        np.testing.assert_allclose(together.g[rows], alone.g, rtol=1e-9)
