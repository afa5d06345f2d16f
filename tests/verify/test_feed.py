"""What is fed to samplics gives our kernel's estimates: missing values, domains, empty psus, fpc, lonely psus."""

from dataclasses import replace

import numpy as np
import pytest

from surveyproc.estimate import estimate
from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic
from surveyproc.verify.feed import NO_CASES, ZERO, make_feed
from surveyproc.verify.peer import Peer

ROWS, STRATA, PSUS = 600, 6, 40
CELLS = ("a", "b", "c", "nobody", "never")


def _design(*, fpc: bool = False, lonely: bool = False, rule: LonelyPsu = LonelyPsu.REMOVE) -> Design:
    rng = np.random.default_rng(7)
    psu_stratum = np.sort(np.arange(PSUS) % STRATA).astype(np.int32)
    strata = STRATA
    if lonely:
        psu_stratum = np.append(psu_stratum, STRATA).astype(np.int32)
        strata += 1
    psu = rng.integers(0, len(psu_stratum), ROWS)
    psu[psu == 3] = 4  # no row in psu 3
    weight = rng.uniform(0.5, 3.0, ROWS)
    weight[:5] = 0.0
    return Design(
        level="person",
        weight=weight,
        psu=psu.astype(np.int32),
        psu_stratum=psu_stratum,
        strata=tuple(f"s{h}" for h in range(strata)),
        fpc=np.arange(20.0, 20.0 + strata) if fpc else None,
        lonely_psu=rule,
    )


def _measures() -> list[Measure]:
    rng = np.random.default_rng(8)
    universe = rng.random(ROWS) < 0.9
    yes = (rng.random(ROWS) < 0.3).astype(np.float64)
    amount = rng.lognormal(3.0, 1.0, ROWS)
    below = rng.integers(1, 6, ROWS).astype(np.float64)
    for column in (yes, amount, below):
        column[rng.random(ROWS) < 0.1] = np.nan
    return [
        Measure("share", Statistic.PROPORTION, yes, universe),
        Measure("mean", Statistic.MEAN, amount, universe),
        Measure("total", Statistic.TOTAL, amount, universe, multiply=0.001),
        Measure("rate", Statistic.RATE, yes, universe, below, multiply=1000.0),
        Measure("loss", Statistic.RATIO, amount, universe, below, multiply=-1.0),
    ]


def _cells() -> Disaggregation:
    codes = np.random.default_rng(9).integers(-1, 3, ROWS).astype(np.int32)
    return Disaggregation("group", codes, CELLS)


@pytest.mark.parametrize("fpc", [False, True], ids=["with replacement", "fpc"])
@pytest.mark.parametrize("lonely", [False, True], ids=["pairs", "lonely psu"])
def test_samplics_gives_the_kernels_figures(witness: Peer, fpc: bool, lonely: bool) -> None:
    design, measures, cells = _design(fpc=fpc, lonely=lonely), _measures(), _cells()
    ours = estimate(design, measures, [cells]).to_frame().set_index(["indicator", "cell"])
    compared = 0
    for measure in measures:
        feed = make_feed(design, measure, cells, cells=range(len(CELLS)), peer=witness)
        assert feed.cells == (0, 1, 2)
        assert dict(feed.refused) == {3: NO_CASES, 4: NO_CASES}
        for cell, (value, se) in witness.estimate(feed).items():
            expected = ours.loc[(measure.indicator, CELLS[cell])]
            assert value * measure.multiply == pytest.approx(expected["value"], rel=1e-12)
            assert se * abs(measure.multiply) == pytest.approx(expected["se"], rel=1e-11)
            compared += 1
    assert compared == 15


def test_the_finite_population_lowers_the_error_by_its_stratum(witness: Peer) -> None:
    """With one stratum, SE² is (1 − f) times that of drawing with replacement."""
    plain = replace(_design(), psu_stratum=np.zeros(PSUS, dtype=np.int32), strata=("all",))
    measure, whole = _measures()[1], Disaggregation("total", np.zeros(ROWS, dtype=np.int32), ("",))
    errors = [
        witness.estimate(make_feed(design, measure, whole, cells=[0], peer=witness))[0][1]
        for design in (plain, replace(plain, fpc=np.array([160.0])))
    ]
    assert errors[1] ** 2 / errors[0] ** 2 == pytest.approx(1 - PSUS / 160, rel=1e-12)


def test_every_psu_of_the_design_is_fed(witness: Peer) -> None:
    feed = make_feed(_design(), _measures()[0], _cells(), cells=[1], peer=witness)
    assert set(feed.psu.tolist()) == set(range(PSUS))
    assert not np.isnan(feed.y).any()
    assert feed.x is not None
    assert not np.isnan(feed.x).any()
    assert set(feed.domain.tolist()) == {1}


def test_an_estimate_of_zero_is_not_asked_for(witness: Peer) -> None:
    measure = replace(_measures()[0], numerator=np.where(_cells().codes == 0, 0.0, 1.0))
    feed = make_feed(_design(), measure, _cells(), cells=[0, 1], peer=witness)
    assert dict(feed.refused) == {0: ZERO}
    assert feed.cells == (1,)


@pytest.mark.parametrize("rule", [LonelyPsu.ADJUST, LonelyPsu.AVERAGE])
def test_rules_that_samplics_lacks_are_refused_only_where_they_bear(witness: Peer, rule: LonelyPsu) -> None:
    design, measure = _design(lonely=True, rule=rule), _measures()[1]
    in_lonely = design.psu_stratum[design.psu] == STRATA
    cells = Disaggregation("where", in_lonely.astype(np.int32), ("elsewhere", "lonely"))
    feed = make_feed(design, measure, cells, cells=[0, 1], peer=witness)
    assert dict(feed.refused) == {1: f"lonely_psu: {rule} is not offered by samplics"}
    expected = estimate(design, [measure], [cells]).to_frame().set_index("cell").loc["elsewhere"]
    value, se = witness.estimate(feed)[0]
    assert (value, se) == pytest.approx((expected["value"], expected["se"]), rel=1e-12)
