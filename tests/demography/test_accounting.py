"""Flows from stocks: printed examples, margins, closed systems, and what the method cannot do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from surveyproc.demography.accounting import flows_from_stocks, mixed_moves, moves_between, stocks_with_natives
from surveyproc.demography.fit import Fit
from surveyproc.demography.spread import Covariance, Uncertain
from surveyproc.demography.uncertainty import propagate

# Abel and Cohen 2019, Scientific Data 6:82, table 4 and its stocks.
START = np.array([[100, 10, 10, 0], [80, 180, 10, 90], [30, 10, 140, 40], [60, 70, 10, 160]], float)
END = np.array([[95, 5, 15, 5], [75, 225, 5, 55], [55, 0, 115, 50], [35, 25, 25, 215]], float)
# Abel and Sander 2014, Science 343:1520, supplement: stocks with births and deaths; net migration is printed.
OLD = np.array([[1000, 100, 10, 0], [55, 555, 50, 5], [80, 40, 800, 40], [20, 25, 20, 200]], float)
NEW = np.array([[1060, 60, 10, 10], [45, 540, 40, 0], [70, 75, 770, 70], [30, 30, 20, 230]], float)
BIRTHS, DEATHS = np.array([80.0, 20, 60, 60]), np.array([70.0, 30, 50, 10])

tables = hnp.arrays(float, (4, 4), elements=st.floats(1, 1000))
some = hnp.arrays(float, 4, elements=st.floats(0, 20))


def test_the_printed_table_of_abel_and_cohen() -> None:
    moves = moves_between(START, END, movement="minimum")
    assert moves.by_birthplace is not None
    c, d = moves.by_birthplace[2], moves.by_birthplace[3]
    assert np.round([c[2, 0], c[2, 3], c[1, 0], c[1, 3]], 1).tolist() == [17.9, 7.1, 7.1, 2.9]
    assert np.round([d[0, 2], d[0, 3], d[1, 2], d[1, 3]], 1).tolist() == [5.4, 19.6, 9.6, 35.4]
    assert np.round(moves.flows[0], 2).tolist() == [0, 5, 7.86, 22.14]
    assert moves.flows.sum() == pytest.approx(160, abs=1e-9)


@pytest.mark.parametrize(("movement", "total"), [("minimum", 150.0), ("independent", 880.6387)])
def test_abel_2013_without_births_and_deaths(movement: str, total: float) -> None:
    end = np.array([[950, 100, 60, 0], [80, 505, 75, 5], [90, 30, 800, 40], [40, 45, 0, 180]], float)
    assert moves_between(OLD, end, movement=movement).flows.sum() == pytest.approx(total, abs=5e-5)
    least = moves_between(OLD, end, movement="minimum").flows
    assert np.argwhere(least > 0).tolist() == [[0, 2], [1, 0], [1, 2], [2, 0], [2, 1], [3, 0], [3, 1]]
    assert least[least > 0].tolist() == pytest.approx([50, 35, 25, 10, 10, 10, 10])


def test_net_migration_of_the_closed_system_is_growth_less_natural_increase() -> None:
    moves = flows_from_stocks(OLD, NEW, births=BIRTHS, deaths=DEATHS, closure="closed").moves
    net = moves.flows.sum(0) - moves.flows.sum(1)
    assert net == pytest.approx([40, -5, -50, 15], abs=1e-7)
    assert moves.flows.sum() == pytest.approx(127.69, abs=0.005)


@given(tables, tables, some, some)
@settings(max_examples=60, deadline=None)
def test_accounts_close(start: np.ndarray, end: np.ndarray, births: np.ndarray, deaths: np.ndarray) -> None:
    for closure in ("closed", "open", "open_2013"):
        result = flows_from_stocks(start, end, births=births, deaths=deaths, closure=closure)
        moves = result.moves
        if moves.state == Fit.INFEASIBLE:
            assert np.isnan(moves.flows).all()
            continue
        assert moves.by_birthplace is not None
        assert moves.flows.min() >= 0
        scale = 1e-7 * max(start.sum(), end.sum())
        assert np.allclose(moves.by_birthplace.sum(-1), result.start, atol=scale)
        assert np.allclose(moves.by_birthplace.sum(-2), result.end, atol=scale)
        assert np.allclose(result.births.sum(0), births)
        assert np.allclose(result.deaths.sum(0), deaths)
        assert np.allclose(moves.flows + np.diag(moves.stayers), moves.by_birthplace.sum(0), atol=scale)
        if closure == "closed":
            assert (result.outside_in == 0).all()
            assert (result.outside_out == 0).all()
        else:
            before = result.start + result.outside_out + result.deaths
            after = result.end + result.outside_in + result.births
            assert np.allclose(before, start)
            assert np.allclose(after, end)
            assert not ((result.outside_out.sum(-1) > scale) & (result.outside_in.sum(-1) > scale)).any()


@given(tables, tables)
@settings(max_examples=60, deadline=None)
def test_least_moves_are_the_least(start: np.ndarray, end: np.ndarray) -> None:
    end = end * (start.sum(1) / end.sum(1))[:, None]
    least, free = (moves_between(start, end, movement=m) for m in ("minimum", "independent"))
    assert least.flows.sum() == pytest.approx(np.maximum(start - end, 0).sum(), rel=1e-9, abs=1e-6)
    assert least.flows.sum() <= free.flows.sum() + 1e-6
    assert np.allclose(
        least.flows.sum(0) - least.flows.sum(1), free.flows.sum(0) - free.flows.sum(1), atol=1e-6 * start.sum()
    )


@given(tables, tables, st.floats(0.001, 1000))
@settings(max_examples=40, deadline=None)
def test_units_scale_and_regions_may_be_reordered(start: np.ndarray, end: np.ndarray, k: float) -> None:
    births, deaths = np.full(4, 0.5), np.full(4, 0.25)
    plain = flows_from_stocks(start, end, births=births, deaths=deaths, closure="closed").moves
    scaled = flows_from_stocks(k * start, k * end, births=k * births, deaths=k * deaths, closure="closed").moves
    order = [2, 0, 3, 1]
    turned = flows_from_stocks(
        start[order][:, order], end[order][:, order], births=births, deaths=deaths, closure="closed"
    ).moves
    assert plain.state == scaled.state == turned.state
    if plain.state == Fit.CONVERGED:
        assert np.allclose(scaled.flows, k * plain.flows, rtol=1e-6, atol=1e-6 * k * start.sum())
        assert np.allclose(turned.flows, plain.flows[order][:, order], rtol=1e-6, atol=1e-6 * start.sum())


@pytest.mark.parametrize("by_birthplace", [False, True])
def test_totals_without_the_tables_by_birthplace_are_the_same(by_birthplace: bool) -> None:
    offset = np.random.default_rng(1).uniform(0.1, 1, (4, 4, 4) if by_birthplace else (4, 4))
    given = {"births": BIRTHS, "deaths": DEATHS, "closure": "closed", "offset": offset}
    whole, total = (flows_from_stocks(OLD, NEW, detail=d, **given).moves for d in ("birthplace", "total"))
    assert total.by_birthplace is None
    assert np.allclose(whole.flows, total.flows)
    assert np.allclose(whole.stayers, total.stayers)


def test_the_error_of_stocks_passes_through() -> None:
    """Minimum moves of one birthplace are linear in its stocks, so the delta method is exact."""
    start, end = START.copy(), END.copy()

    def moves(extra: np.ndarray) -> np.ndarray:
        later = end + np.zeros((*extra.shape[:-1], 4, 4))
        later[..., 0, 1] += extra[..., 0]
        later[..., 0, 0] -= extra[..., 0]
        return moves_between(start, later, movement="minimum", detail="total").flows

    survey = Uncertain(np.array([3.0]), "survey", Covariance(np.array([[0.01]])))
    found = propagate(moves, {"extra": survey}, how="delta")
    slope = np.abs(moves(np.array([3.5])) - moves(np.array([2.5])))
    told = found.status == "ok"
    assert told.sum() == 4
    assert found.se[told] == pytest.approx(0.1 * slope[told])
    assert slope[~told].max() == pytest.approx(0, abs=1e-9)


def test_leading_axes_are_separate_problems() -> None:
    other = OLD * np.array([[1.0], [1.1], [0.9], [1.0]])
    both = flows_from_stocks(np.stack([OLD, other]), NEW, births=BIRTHS, deaths=DEATHS, closure="closed")
    for one, start in zip(both.moves.flows, (OLD, other), strict=True):
        alone = flows_from_stocks(start, NEW, births=BIRTHS, deaths=DEATHS, closure="closed")
        assert np.allclose(one, alone.moves.flows, atol=1e-6)


def test_the_offset_is_obeyed() -> None:
    """Q1: a public package ignores it in this mode. Worked by its own internal routine: 15 becomes 14.7618."""
    start = np.array([[100, 10, 10, 0], [20, 55, 25, 10], [10, 40, 140, 65], [20, 25, 20, 200]], float)
    end = np.array([[70, 30, 10, 10], [25, 60, 10, 15], [10, 55, 140, 50], [40, 45, 0, 180]], float)
    far = np.array([[np.inf, 5, 50, 500], [5, np.inf, 45, 495], [50, 45, np.inf, 450], [500, 495, 450, np.inf]])
    even, near = (moves_between(start, end, movement="minimum", offset=o).flows for o in (None, 1 / far))
    assert even[2].tolist() == [15, 15, 0, 5]
    assert np.round(near[2], 4).tolist() == [14.7618, 15.2382, 0, 5]
    assert np.allclose(near.sum(0), even.sum(0))
    assert np.allclose(near.sum(1), even.sum(1))


def test_an_offset_that_forbids_the_moves_is_said() -> None:
    moves = moves_between(START, END, movement="minimum", offset=np.eye(4))
    assert moves.state == Fit.INFEASIBLE
    assert np.isnan(moves.flows).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_a_stock_that_is_no_count_is_infeasible_and_harms_no_other(wrong: float) -> None:
    start = np.stack([START, START])
    start[1, 0, 0] = wrong
    moves = moves_between(start, END, movement="minimum")
    assert moves.state.tolist() == [Fit.CONVERGED, Fit.INFEASIBLE]
    assert np.isnan(moves.flows[1]).any()
    assert np.allclose(moves.flows[0], moves_between(START, END, movement="minimum").flows)


def test_totals_by_birthplace_that_differ_are_infeasible() -> None:
    assert moves_between(START, 2 * END, movement="minimum").state == Fit.INFEASIBLE


def test_more_births_than_natives_are_spread_over_birthplaces() -> None:
    result = flows_from_stocks(START, END, births=np.array([100.0, 0, 0, 0]), deaths=np.zeros(4), closure="open")
    assert result.births[:, 0] == pytest.approx(100 * result.births[:, 0] / result.births[:, 0].sum())
    assert (result.births[:, 0] > 0).all()
    assert result.births.sum() == pytest.approx(100)


def test_more_deaths_than_people_is_infeasible() -> None:
    result = flows_from_stocks(START, END, births=np.zeros(4), deaths=np.array([500.0, 0, 0, 0]), closure="open")
    assert result.moves.state == Fit.INFEASIBLE
    assert np.isnan(result.moves.flows).all()


def test_growth_that_does_not_match_is_put_on_the_native_born() -> None:
    result = flows_from_stocks(START, END * 1.05, births=np.zeros(4), deaths=np.zeros(4), closure="closed")
    assert result.moves.state == Fit.CONVERGED
    assert result.start.sum() == pytest.approx(result.end.sum())
    assert result.start.sum() == pytest.approx((START.sum() + 1.05 * END.sum()) / 2)


def test_mixing_needs_a_share() -> None:
    low, high = np.zeros((2, 2)), np.ones((2, 2))
    assert mixed_moves(low, high, share_independent=0.13).tolist() == [[0.13, 0.13], [0.13, 0.13]]
    with pytest.raises(ValueError, match="between 0 and 1"):
        mixed_moves(low, high, share_independent=1.2)


def test_foreign_born_above_the_population_are_cut() -> None:
    stocks = stocks_with_natives(np.array([[0.0, 30.0], [10.0, 0.0]]), np.array([100.0, 20.0]))
    assert stocks.table.tolist() == [[90, 20], [10, 0]]
    assert stocks.scaled.tolist() == [False, True]


def test_tables_of_different_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="not square tables"):
        flows_from_stocks(START, np.ones((3, 3)), births=BIRTHS, deaths=DEATHS, closure="open")
    with pytest.raises(ValueError, match="of 4 regions"):
        flows_from_stocks(START, END, births=np.ones(3), deaths=DEATHS, closure="open")
