"""Fitted tables, net totals, stock differences and components: identities, printed examples, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from surveyproc.demography.fit import Fit
from surveyproc.demography.flows import (
    flows_by_growth,
    flows_by_stock_shares,
    multiplicative_components,
    stock_difference,
)
from surveyproc.demography.net import fit_net, rescale_net
from surveyproc.demography.proportional import fit_margins, fit_rows_and_columns

TOY = np.array([[0, 100, 30, 70], [50, 0, 45, 5], [60, 35, 0, 40], [20, 25, 20, 0]], float)
positive = hnp.arrays(float, (3, 4), elements=st.floats(0.1, 100))


def odds(table: np.ndarray) -> np.ndarray:
    logs = np.log(table)
    return logs - logs[:1] - logs[:, :1] + logs[:1, :1]


def test_willekens_1999() -> None:
    fitted = fit_rows_and_columns(np.array([[5.0, 2], [1, 7]]), rows=np.array([18.0, 20]), columns=np.array([16.0, 22]))
    assert np.round(fitted.table, 4).tolist() == [[13.2502, 4.7498], [2.7498, 17.2502]]
    assert fitted.state == Fit.CONVERGED


def test_course_example() -> None:
    """Table printed in the migration course of Abel: 102.87046, 11.67024, 135.459297 in the first row."""
    fitted = fit_rows_and_columns(TOY, rows=np.array([250.0, 75, 125, 150]), columns=np.array([150.0, 200, 50, 200]))
    assert fitted.table[0] == pytest.approx([0, 102.87046, 11.67024, 135.459297], abs=5e-6)


@given(positive, positive)
@settings(max_examples=60, deadline=None)
def test_margins_are_met_and_odds_ratios_kept(seed: np.ndarray, truth: np.ndarray) -> None:
    fitted = fit_rows_and_columns(seed, rows=truth.sum(1), columns=truth.sum(0))
    assert fitted.state == Fit.CONVERGED
    assert np.allclose(fitted.table.sum(1), truth.sum(1))
    assert np.allclose(fitted.table.sum(0), truth.sum(0))
    assert np.allclose(odds(fitted.table), odds(seed), atol=1e-6)


@given(hnp.arrays(float, (2, 3, 4), elements=st.floats(0.1, 10)))
@settings(max_examples=30, deadline=None)
def test_three_ways_meet_all_margins(truth: np.ndarray) -> None:
    margins = {(-3, -2): truth.sum(2), (-3, -1): truth.sum(1), (-2, -1): truth.sum(0)}
    fitted = fit_margins(np.ones(truth.shape), margins)
    assert fitted.state == Fit.CONVERGED
    for axes, target in margins.items():
        assert np.allclose(fitted.table.sum(next(a for a in (-3, -2, -1) if a not in axes)), target, atol=1e-6)


def test_a_table_that_meets_its_margins_is_unchanged() -> None:
    fitted = fit_margins(TOY, {(-2,): TOY.sum(1), (-1,): TOY.sum(0)})
    assert np.allclose(fitted.table, TOY)


def test_leading_axes() -> None:
    rows = np.array([[18.0, 20], [20, 18]])
    both = fit_rows_and_columns(np.array([[5.0, 2], [1, 7]]), rows=rows, columns=np.array([16.0, 22]))
    many = fit_margins(np.array([[5.0, 2], [1, 7]]), {(-2,): rows, (-1,): np.array([16.0, 22])})
    assert both.table.shape == many.table.shape == (2, 2, 2)
    assert np.allclose(both.table, many.table, atol=1e-7)
    assert both.table[0, 0, 0] == pytest.approx(13.2502, abs=5e-5)


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "state"),
    [
        ([[1, 1], [1, 1]], [1, 2], [1, 1], Fit.INFEASIBLE),
        ([[1, 1], [0, 0]], [1, 1], [1, 1], Fit.INFEASIBLE),
        ([[1, 1], [1, 1]], [-1, 3], [1, 1], Fit.INFEASIBLE),
        ([[1, 1], [1, 1]], [np.nan, 3], [1, 1], Fit.INFEASIBLE),
        ([[1, 1], [1, 1]], [np.inf, 3], [1, 1], Fit.INFEASIBLE),
        ([[1, 0], [1, 1]], [2, 1], [1, 2], Fit.NOT_CONVERGED),
        ([[1, 1], [1, 1]], [0, 0], [0, 0], Fit.CONVERGED),
    ],
)
def test_states(seed: list, rows: list, columns: list, state: Fit) -> None:
    r, c = np.array(rows, float), np.array(columns, float)
    two = fit_rows_and_columns(np.array(seed, float), rows=r, columns=c, iterations=200)
    many = fit_margins(np.array(seed, float), {(-2,): r, (-1,): c}, iterations=200)
    assert two.state == many.state == state
    assert np.isnan(two.table).all() == np.isnan(many.table).all() == (state == Fit.INFEASIBLE)
    if state == Fit.NOT_CONVERGED:
        assert two.gap > 1e-6


def test_net_totals_of_the_documented_example() -> None:
    fitted = fit_net(TOY, net=np.array([30.0, 40, -15, -55]))
    assert np.round(fitted.table[0], 3).tolist() == [0, 80.583, 26.047, 34.779]


@given(hnp.arrays(float, (4, 4), elements=st.floats(0.5, 50)), hnp.arrays(float, 4, elements=st.floats(-30, 30)))
@settings(max_examples=60, deadline=None)
def test_net_is_met_and_products_of_opposite_flows_kept(seed: np.ndarray, net: np.ndarray) -> None:
    net = net - net.mean()
    fitted = fit_net(seed, net=net)
    assert fitted.state == Fit.CONVERGED
    assert np.allclose(fitted.table.sum(0) - fitted.table.sum(1), net, atol=1e-6)
    apart = ~np.eye(4, dtype=bool)
    assert np.allclose((fitted.table * fitted.table.T)[apart], (seed * seed.T)[apart], rtol=1e-6)


def test_net_that_cannot_be() -> None:
    assert fit_net(TOY, net=np.array([30.0, 40, -15, -50])).state == Fit.INFEASIBLE
    one_way = np.array([[0.0, 1], [0, 0]])
    assert fit_net(one_way, net=np.array([1.0, -1])).state == Fit.NOT_CONVERGED
    assert fit_net(np.zeros((2, 2)), net=np.array([1.0, -1])).state == Fit.INFEASIBLE


@given(hnp.arrays(float, 6, elements=st.floats(-100, 100)))
def test_net_of_the_world_is_zero(net: np.ndarray) -> None:
    kept, free = rescale_net(net, signs="kept"), rescale_net(net, signs="free")
    assert free.sum() == pytest.approx(0, abs=1e-9)
    if (net > 1e-3).any() and (net < -1e-3).any():
        assert kept.sum() == pytest.approx(0, abs=1e-6)
        assert (np.sign(kept) == np.sign(net)).all()


def test_net_of_one_sign_cannot_keep_it() -> None:
    assert np.isnan(rescale_net(np.array([1.0, 2]), signs="kept")).all()
    assert rescale_net(np.zeros(2), signs="kept").tolist() == [0, 0]


def test_stock_differences_agree_on_the_net_when_falls_are_returns() -> None:
    start = np.array([[100.0, 10, 10, 0], [20, 55, 25, 10], [10, 40, 140, 65], [20, 25, 20, 200]])
    end = np.array([[75.0, 25, 5, 15], [20, 45, 30, 15], [30, 40, 150, 35], [10, 50, 5, 200]])
    dropped, returned = (stock_difference(start, end, decrease=d) for d in ("dropped", "returned"))
    assert dropped[0].tolist() == [0, 15, 0, 15]
    assert returned[3].tolist() == [0, 25, 30, 0]
    change = (end - start) * (1 - np.eye(4))
    assert np.allclose(returned - returned.T, change - change.T)


def test_stock_shares() -> None:
    flows = flows_by_stock_shares(np.array([[5.0, 1], [3, 7]]), total=np.array([8.0, 4.0]))
    assert flows.tolist() == [[[0, 2], [6, 0]], [[0, 1], [3, 0]]]
    assert np.isnan(flows_by_stock_shares(np.eye(2), total=np.array(1.0))).all()


def test_growth_flows_below_zero_are_flagged_and_hidden_on_request() -> None:
    start = np.array([[100.0, 10, 10, 0], [20, 55, 25, 10], [10, 40, 140, 65], [20, 25, 20, 200]])
    end = np.array([[75.0, 25, 5, 15], [20, 45, 30, 15], [30, 40, 150, 35], [10, 50, 5, 200]])
    kept, hidden = (flows_by_growth(start, end, negative=n) for n in ("kept", "missing"))
    assert kept.flows.min() == pytest.approx(-51.85, abs=0.005)
    assert (kept.below_zero == (kept.flows < 0)).all()
    assert (np.isnan(hidden.flows) == kept.below_zero).all()
    missing = flows_by_growth(np.stack([start, start * np.nan]), end, negative="kept")
    assert missing.state.tolist() == [Fit.CONVERGED, Fit.NOT_IDENTIFIED]
    assert np.allclose(missing.flows[0], kept.flows)
    singular = flows_by_growth(np.ones((2, 2)), np.ones((2, 2)), negative="kept")
    assert singular.state == Fit.NOT_IDENTIFIED
    assert np.isnan(singular.flows).all()


@given(positive)
def test_components_multiply_back(flows: np.ndarray) -> None:
    found = multiplicative_components(flows)
    back = found.total * found.origin[:, None] * found.destination[None] * found.association
    assert np.allclose(back, flows)
    assert found.origin.sum() == pytest.approx(1)
    assert (found.association * found.origin[:, None] * found.destination).sum() == pytest.approx(1)


def test_components_of_an_empty_origin_are_missing() -> None:
    found = multiplicative_components(np.array([[0.0, 0], [1, 3]]))
    assert np.isnan(found.association[0]).all()
    assert found.association[1].tolist() == [1, 1]


def test_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="not one table"):
        fit_rows_and_columns(np.ones((2, 2)), rows=np.ones(3), columns=np.ones(2))
    with pytest.raises(ValueError, match="is none of a seed"):
        fit_margins(np.ones((2, 2)), {(-1,): np.ones(3)})
    with pytest.raises(ValueError, match="one set of regions"):
        fit_net(np.ones((2, 3)), net=np.ones(3))
