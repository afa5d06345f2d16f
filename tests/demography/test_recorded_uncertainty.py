"""SEs of functions of survey totals equal those of R survey: svycontrast by delta, withReplicates by replicates."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from surveyproc.demography.intensity import effectiveness, system_effectiveness
from surveyproc.demography.rates import crude_rates
from surveyproc.demography.spread import ReplicateValues, Uncertain, jointly
from surveyproc.demography.uncertainty import propagate
from tests.demography.record_uncertainty import RECORDED

NAMES = ("in_north", "in_east", "out_north", "out_east", "people_north", "people_east")


def recorded(what: str) -> np.ndarray:
    rows = pd.read_csv(RECORDED)
    return rows[rows.what == what].sort_values("at").value.to_numpy(dtype=float)


def net_rate(in_north: np.ndarray, out_north: np.ndarray, people_north: np.ndarray, **_: object) -> np.ndarray:
    return crude_rates(in_north, out_north, exposure=people_north).net


def of_north(in_north: np.ndarray, out_north: np.ndarray, **_: object) -> np.ndarray:
    return effectiveness(in_north, out_north)


def log_ratio(in_north: np.ndarray, in_east: np.ndarray, **_: object) -> np.ndarray:
    return np.log(in_north / in_east) / 5.0


def product(in_north: np.ndarray, people_east: np.ndarray, people_north: np.ndarray, **_: object) -> np.ndarray:
    return in_north * people_east / people_north


@pytest.mark.parametrize(("place", "function"), list(enumerate((net_rate, of_north, log_ratio, product))))
def test_the_delta_method_is_r_s_svycontrast(place: int, function: Callable[..., np.ndarray]) -> None:
    totals = dict(zip(NAMES, recorded("totals"), strict=True))
    inputs = jointly("survey", totals, matrix=recorded("covariance").reshape(6, 6), df=recorded("df")[0])
    result = propagate(function, inputs, how="delta")
    assert result.value == pytest.approx(recorded("contrast")[place], rel=1e-12)
    assert result.se == pytest.approx(recorded("contrast_se")[place], rel=1e-9)
    assert result.df == pytest.approx(recorded("df")[0])


@pytest.mark.parametrize("kind", ["boot", "jkn"])
def test_replicates_are_r_s_with_replicates(kind: str) -> None:
    """The migration effectiveness index of two regions, a function with kinks."""
    totals, each = recorded("totals"), recorded(f"{kind}_totals").reshape(-1, 6)

    def spread(columns: slice) -> ReplicateValues:
        return ReplicateValues(each[:, columns], recorded(f"{kind}_scale")[0], recorded(f"{kind}_rscales"))

    inputs = {
        "inward": Uncertain(totals[:2], "survey", spread(slice(0, 2))),
        "outward": Uncertain(totals[2:4], "survey", spread(slice(2, 4))),
    }
    result = propagate(system_effectiveness, inputs)
    value, se = recorded(f"{kind}_mei")
    assert result.how == "replicates"
    assert result.value == pytest.approx(value, rel=1e-12)
    assert result.se == pytest.approx(se, rel=1e-12)
