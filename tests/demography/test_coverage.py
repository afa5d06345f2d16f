"""Intervals hold the truth as often as they say, whichever way they are made."""

from collections.abc import Callable

import numpy as np
import pytest

from surveyproc.demography.intensity import flow_totals, system_effectiveness
from surveyproc.demography.spread import Covariance, Uncertain
from surveyproc.demography.survival import net_by_survival
from surveyproc.demography.uncertainty import propagate

ROUNDS = 600
FLOWS = np.random.default_rng(3).uniform(100.0, 2000.0, (6, 6))


def index(flows: np.ndarray) -> np.ndarray:
    totals = flow_totals(flows)
    return system_effectiveness(totals.inward, totals.outward)


def ratio(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return y / x


def average_net(base: np.ndarray, end: np.ndarray) -> np.ndarray:
    return net_by_survival(base, end, survival=0.9).average


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "truth", "cv"),
    [
        (ratio, {"y": np.array(100.0), "x": np.array(50.0)}, 0.05),
        (ratio, {"y": np.array(100.0), "x": np.array(50.0)}, 0.2),
        (average_net, {"base": np.array(100.0), "end": np.array(95.0)}, 0.03),
        (index, {"flows": FLOWS}, 0.15),
    ],
    ids=["ratio", "bent ratio", "net migration", "effectiveness"],
)
def test_coverage(function: Callable[..., np.ndarray], truth: dict[str, np.ndarray], cv: float) -> None:
    rng = np.random.default_rng(8)
    target, hits = function(**truth), 0
    for seed in range(ROUNDS):
        seen = {name: np.asarray(value * (1 + cv * rng.standard_normal(value.shape))) for name, value in truth.items()}
        inputs = {
            name: Uncertain(value, name, Covariance(np.diag((cv * truth[name].ravel()) ** 2)))
            for name, value in seen.items()
        }
        found = propagate(function, inputs, seed=seed, draws=1000)
        hits += int(found.ci_low <= target <= found.ci_high)
    # 3 standard errors of a share of .95, and what a first-order method may lack.
    assert abs(hits / ROUNDS - 0.95) < 3 * np.sqrt(0.95 * 0.05 / ROUNDS) + 0.01
