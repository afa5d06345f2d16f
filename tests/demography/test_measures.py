"""Properties of measures: bounds, invariance, missing denominators, kinks, leading axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveyproc.demography.concentration import (
    connectivity,
    field_variation,
    hhi,
    independence,
    inequality,
    migration_gini,
    theil,
    variation,
)
from surveyproc.demography.distance import distance_decay, mean_distance, median_distance
from surveyproc.demography.growth import components, doubling_time, growth
from surveyproc.demography.intensity import (
    aggregate_net_rate,
    courgeau_k,
    courgeau_slope,
    crude_intensity,
    effectiveness,
    flow_totals,
    preference,
    system_effectiveness,
    velocity,
)
from surveyproc.demography.numbers import over, years_between
from surveyproc.demography.profile import age_profile
from surveyproc.demography.rates import crude_rates, migration_ratio, person_years
from surveyproc.demography.spread import Covariance, ReplicateValues, Uncertain
from surveyproc.demography.standardise import direct, indirect
from surveyproc.demography.structure import dependency, median_age, sex_ratio
from surveyproc.demography.uncertainty import propagate

FLOWS = st.integers(3, 6).flatmap(lambda n: arrays(np.float64, (n, n), elements=st.integers(0, 10_000).map(float)))


@given(FLOWS)
def test_bounds_of_every_index(flows: np.ndarray) -> None:
    totals, made = flow_totals(flows), migration_gini(flows)
    n = len(flows)
    if totals.outward.sum() == 0:
        assert np.isnan([made.total, theil(flows), hhi(flows), inequality(flows), variation(flows)]).all()
        assert np.isnan(system_effectiveness(totals.inward, totals.outward))
        return
    cells = n * (n - 1)
    assert 0 <= system_effectiveness(totals.inward, totals.outward) <= 100 * (1 + 1e-12)
    assert -1e-12 <= made.total <= made.corrected <= 1 + 1e-12
    assert (np.array([made.rows, made.columns, made.exchange]) <= made.total + 1e-12).all()
    assert -1e-12 <= theil(flows) <= np.log(cells) + 1e-12
    assert 1 / cells - 1e-12 <= hhi(flows) <= 1 + 1e-12
    assert 0 < connectivity(flows) <= 1
    assert -1e-12 <= inequality(flows) <= 1
    fields = np.concatenate((made.out_field, made.in_field))
    assert np.nanmin(fields) >= -1e-12
    assert np.nanmax(fields) <= 1 + 1e-12
    assert field_variation(flows).aggregate >= 0


@given(FLOWS, st.floats(0.01, 100.0))
def test_shares_do_not_change_with_the_scale_or_the_order_of_zones(flows: np.ndarray, factor: float) -> None:
    order = np.random.default_rng(1).permutation(len(flows))
    for other in (factor * flows, flows[np.ix_(order, order)], flows + np.diag(np.arange(len(flows)) * 50.0)):
        for index in (theil, hhi, variation, connectivity, inequality, lambda f: migration_gini(f).corrected):
            np.testing.assert_allclose(index(other), index(flows), rtol=1e-9, atol=1e-12)


@given(FLOWS)
def test_net_migration_of_a_closed_system_is_nothing(flows: np.ndarray) -> None:
    totals = flow_totals(flows)
    assert totals.net.sum() == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(totals.turnover, totals.inward + totals.outward)


@given(FLOWS, st.integers(1, 5))
def test_the_aggregate_net_rate_is_intensity_times_effectiveness(flows: np.ndarray, seed: int) -> None:
    people = np.random.default_rng(seed).uniform(1e4, 1e6, len(flows))
    totals = flow_totals(flows)
    product = (
        crude_intensity(totals.outward.sum(), people.sum()) * system_effectiveness(totals.inward, totals.outward) / 100
    )
    rate = aggregate_net_rate(totals.inward, totals.outward, population=people)
    if totals.outward.sum() == 0:
        assert rate == 0
        assert np.isnan(product)
    else:
        assert rate == pytest.approx(float(product), rel=1e-12)


def test_measures_take_replicates_in_leading_axes() -> None:
    flows = np.random.default_rng(2).integers(0, 90, (4, 3, 5, 5)).astype(float)
    people = np.random.default_rng(3).uniform(100, 900, 5)
    far = np.random.default_rng(4).uniform(1, 9, (5, 5))
    functions = (
        theil, hhi, variation, connectivity, inequality, independence,
        lambda f: inequality(f, expected="independence"),
        lambda f: migration_gini(f).weighted,
        lambda f: migration_gini(f).out_field,
        lambda f: field_variation(f).aggregate,
        lambda f: preference(f, people, diagonal="removed"),
        lambda f: velocity(f, people),
        lambda f: mean_distance(f, far),
        lambda f: median_distance(f, far),
        lambda f: median_distance(f, far, rule="joined"),
        lambda f: distance_decay(f, far).exponent,
    )  # fmt: skip
    for function in functions:
        together = function(flows)
        apart = [[function(flows[i, j]) for j in range(3)] for i in range(4)]
        np.testing.assert_allclose(together, apart, rtol=1e-9, equal_nan=True)


def test_zero_denominators_are_missing_never_zero_and_never_infinite() -> None:
    assert np.isnan(over([0.0, 1.0, -1.0], 0.0)).all()
    assert np.isnan(effectiveness(0.0, 0.0))
    assert np.isnan(courgeau_k(5.0, 1))
    assert np.isnan(sex_ratio(5.0, 0.0))
    assert np.isnan(crude_rates(5.0, 3.0, exposure=0.0).net)
    assert np.isnan(components(100.0, births=5.0, deaths=3.0, net=-2.0, years=1.0).contribution)
    assert np.isnan(direct([0.1, 0.2], [0.0, 0.0]).rate)
    assert np.isnan(indirect(3.0, [0.0, 0.0], standard_rates=[0.1, 0.2]).ratio)
    pairs = preference(np.ones((3, 3)), [0.0, 10.0, 10.0])
    assert np.isnan(pairs[0]).all()
    assert np.isnan(pairs[:, 0]).all()
    assert pairs[1, 2] > 0


def test_a_missing_flow_is_not_zero() -> None:
    flows = np.ones((4, 4))
    flows[0, 1] = np.nan
    assert np.isnan(
        [theil(flows), hhi(flows), connectivity(flows), inequality(flows), migration_gini(flows).total]
    ).all()
    assert np.isnan(flow_totals(flows).outward).tolist() == [True, False, False, False]


def test_natural_decrease_turns_the_sign_and_says_so() -> None:
    made = migration_ratio([100.0, 100.0], [50.0, 20.0], deaths=[20.0, 50.0])
    assert made.per_natural_increase == pytest.approx([100_000 / 30, -100_000 / 30])
    assert made.reversed_.tolist() == [False, True]
    assert np.isnan(migration_ratio(5.0, 20.0, deaths=20.0).per_natural_increase)


@given(st.floats(1e-3, 1e9), st.floats(1e-3, 1e9), st.floats(0.1, 20.0))
def test_exponential_person_years_lie_between_the_ends_and_integrate_growth(p0: float, p1: float, years: float) -> None:
    found = float(person_years(p0, p1, years=years, denominator="exponential"))
    assert min(p0, p1) * years * (1 - 1e-9) <= found <= max(p0, p1) * years * (1 + 1e-9)
    rate = float(growth(p0, p1, years=years).exponential)
    assert rate * found == pytest.approx(p1 - p0, rel=1e-6, abs=1e-6 * max(p0, p1))


@pytest.mark.parametrize(("name", "expected"), [("initial", 500.0), ("final", 600.0), ("mean", 550.0)])
def test_each_denominator(name: str, expected: float) -> None:
    assert person_years(100.0, 120.0, years=5.0, denominator=name) == expected  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="positive length"):
        person_years(100.0, 120.0, years=0.0, denominator=name)  # type: ignore[arg-type]


def test_intervals_are_counted_in_days() -> None:
    from datetime import date

    assert years_between(date(2009, 2, 25), date(2021, 9, 1)) == pytest.approx(4571 / 365.25)
    with pytest.raises(ValueError, match="forward"):
        years_between(date(2021, 9, 1), date(2021, 9, 1))


def test_several_zonings_give_k_as_a_slope_through_the_origin() -> None:
    zones = np.array([5.0, 17.0, 160.0])
    k = 0.7
    assert courgeau_slope(k * np.log(zones**2), zones) == pytest.approx(k)
    x = np.log(zones**2)
    y = np.array([2.0, 4.0, 8.0])
    # The same by least squares without a constant.
    assert courgeau_slope(y, zones) == pytest.approx(np.linalg.lstsq(x[:, None], y, rcond=None)[0][0])


def test_the_independence_fit_keeps_totals_and_has_no_interaction() -> None:
    flows = np.random.default_rng(7).integers(1, 900, (6, 6)).astype(float)
    fit = independence(flows)
    a, b = flow_totals(fit), flow_totals(flows)
    np.testing.assert_allclose(a.outward, b.outward, rtol=1e-9)
    np.testing.assert_allclose(a.inward, b.inward, rtol=1e-9)
    # m_ij·m_kl / (m_il·m_kj) = 1 for four different zones.
    assert fit[0, 1] * fit[2, 3] / (fit[0, 3] * fit[2, 1]) == pytest.approx(1.0)
    assert (np.diag(fit) == 0).all()


def test_decay_finds_the_exponent_that_made_the_flows() -> None:
    rng = np.random.default_rng(11)
    where = rng.uniform(0, 100, (8, 2))
    far = np.linalg.norm(where[:, None] - where, axis=-1)
    attract = rng.uniform(0.5, 2.0, (2, 8))
    with np.errstate(divide="ignore"):
        flows = 1e4 * attract[0][:, None] * attract[1] * np.where(far > 0, far, 1.0) ** -1.3
    made = distance_decay(flows, far)
    assert made.exponent == pytest.approx(-1.3, abs=1e-8)
    assert made.deviance == pytest.approx(0.0, abs=1e-5)
    # A zone that nobody leaves says nothing about decay.
    flows[3, :] = 0.0
    assert distance_decay(flows, far).exponent == pytest.approx(-1.3, abs=1e-6)
    assert np.isnan(distance_decay(flows, np.full((8, 8), 5.0)).exponent)
    with pytest.raises(ValueError, match="above 0"):
        distance_decay(flows, far * 0)


def test_the_median_distance_by_each_rule() -> None:
    flows = np.array([[0, 45, 15], [0, 0, 10], [0, 30, 0]], dtype=float)
    far = np.array([[0, 10, 50], [10, 0, 30], [50, 30, 0]], dtype=float)
    # 45 at 10, 40 at 30, 15 at 50; the middles are at .225, .65 and .925.
    assert median_distance(flows, far) == 30.0
    assert median_distance(flows, far, rule="joined") == pytest.approx(10 + 20 * 0.275 / 0.425)
    assert np.isnan(median_distance(np.zeros((3, 3)), far))
    order = [2, 0, 1]
    for rule, same in (("lowest", True), ("joined", True), ("pairs", False)):
        turned = median_distance(flows[np.ix_(order, order)], far[np.ix_(order, order)], rule=rule)  # type: ignore[arg-type]
        assert (turned == median_distance(flows, far, rule=rule)) is np.bool_(same)  # type: ignore[arg-type]


def test_grouped_ages_give_the_profile_of_single_ages() -> None:
    """GMR, breadth and rates of change do not depend on the width of groups (Q6: packages assume single ages)."""
    single = np.concatenate((np.full(20, 1.0), np.full(10, 4.0), np.full(50, 0.5)))
    one = age_profile(single, np.arange(80.0), widths=np.ones(80))
    five = age_profile(single[::5], np.arange(0.0, 80.0, 5.0), widths=np.full(16, 5.0))
    assert five.gmr == pytest.approx(one.gmr)
    assert five.gmr == pytest.approx(20 + 40 + 25)
    assert five.age_at_peak == one.age_at_peak == 20
    assert one.tied
    # 15–19 in full, the group of the peak, five years above it.
    assert five.breadth == pytest.approx(5 * 1.0 + 10 * 4.0)
    assert one.breadth == pytest.approx(5 * 1.0 + 6 * 4.0)
    assert five.rise == pytest.approx(one.rise / 5)
    assert five.asymmetry == pytest.approx(one.asymmetry) == pytest.approx(3 / 3.5)


def test_breadth_is_by_age_wherever_the_table_begins() -> None:
    ages = np.arange(100.0)
    rates = np.exp(-(((ages - 24.0) / 8.0) ** 2))
    whole = age_profile(rates, ages, widths=np.ones(100))
    later = age_profile(rates[5:], ages[5:], widths=np.ones(95))
    assert whole.breadth == pytest.approx(rates[19:30].sum())
    assert later.breadth == pytest.approx(whole.breadth)
    assert (whole.age_at_peak, later.age_at_peak) == (24.0, 24.0)
    assert whole.asymmetry == pytest.approx(1.0)


def test_profiles_with_a_missing_rate_or_without_ages_of_study() -> None:
    rates = np.array([[1.0, 2.0, 1.0], [1.0, np.nan, 1.0]])
    made = age_profile(rates, [10.0, 15.0, 20.0], widths=[5.0, 5.0, 5.0])
    assert made.gmr[0] == 20.0
    for values in (made.gmr, made.peak, made.age_at_peak, made.breadth, made.rise, made.age_at_rise, made.asymmetry):
        assert np.isnan(values).tolist() == [False, True]
    with pytest.raises(ValueError, match="no age group"):
        age_profile(rates, [70.0, 75.0, 80.0], widths=[5.0, 5.0, 5.0])
    with pytest.raises(ValueError, match="adjoin"):
        age_profile(rates, [10.0, 15.0, 25.0], widths=[5.0, 5.0, 5.0])


def test_the_median_age_in_an_open_group_is_missing() -> None:
    assert np.isnan(median_age([10.0, 10.0, 80.0], [0, 15, 65]))
    assert median_age([10.0, 10.0, 80.0], [0, 15, 65], last_width=35.0) == pytest.approx(65 + 30 / 80 * 35)
    assert median_age([50.0, 0.0, 50.0], [0, 15, 65]) == 15.0
    assert np.isnan(median_age([0.0, 0.0], [0, 15]))
    with pytest.raises(ValueError, match="begin at"):
        dependency([1.0, 1.0, 1.0], [0, 20, 65])


def test_growth_that_is_none() -> None:
    made = growth([100.0, 100.0, 100.0, 0.0], [200.0, 100.0, 50.0, 50.0], years=10.0)
    assert made.doubling_time[0] == pytest.approx(10.0)
    assert np.isnan(made.doubling_time[1:]).all()
    assert made.halving_time[2] == pytest.approx(10.0)
    assert np.isnan(made.exponential[3])
    assert doubling_time(0.01) == pytest.approx(69.66, abs=0.005)
    assert np.isnan(doubling_time(0.0))


@given(*[st.floats(0, 1e6) for _ in range(3)], st.floats(-1e5, 1e5))
def test_component_rates_add_to_growth(p0: float, births: float, deaths: float, net: float) -> None:
    made = components(p0 + 2e6, births=births, deaths=deaths, net=net, years=5.0)
    assert made.births - made.deaths + made.migration == pytest.approx(float(made.growth), abs=1e-12)


def test_direct_standardisation_and_its_variance() -> None:
    standard = np.array([250.0, 450.0, 300.0])
    variances = np.array([1e-6, 4e-6, 2e-6])
    made = direct([0.01, 0.04, 0.01], standard, variances=variances, per=1.0)
    assert made.variance == pytest.approx((standard**2 * variances).sum() / 1000.0**2)
    rates = Uncertain(np.array([0.01, 0.04, 0.01]), "survey", Covariance(np.diag(variances)))
    by_delta = propagate(lambda r: direct(r, standard, per=1.0).rate, {"r": rates})
    assert by_delta.se**2 == pytest.approx(float(made.variance), rel=1e-9)
    assert np.isnan(direct([0.01, np.nan, 0.01], standard).rate)
    assert direct([0.01, np.nan, 0.01], [1.0, 0.0, 1.0]).rate == pytest.approx(10.0)


def test_indirect_and_direct_agree_on_the_standard_itself() -> None:
    people, rates = np.array([300.0, 500.0, 200.0]), np.array([0.01, 0.04, 0.01])
    events = (people * rates).sum()
    made = indirect(events, people, standard_rates=rates, standard_crude=direct(rates, people).rate)
    assert made.ratio == pytest.approx(1.0)
    assert made.rate == pytest.approx(25.0)
    assert indirect(30.0, people, standard_rates=rates).expected == pytest.approx(25.0)


def test_effectiveness_near_balance_takes_replicates_and_reports_its_bias() -> None:
    """Half-samples around equal in- and outflows: |net| is never below 0, so the mean of replicates is above."""
    rng = np.random.default_rng(5)
    flows = np.full((3, 3), 1000.0)
    reps = flows + rng.normal(0, 30, (80, 3, 3))

    def mei(flows: np.ndarray) -> np.ndarray:
        totals = flow_totals(flows)
        return system_effectiveness(totals.inward, totals.outward)

    survey = propagate(mei, {"flows": Uncertain(flows, "survey", ReplicateValues(reps, 1 / 80))})
    assert survey.value == 0
    assert survey.how == "replicates"
    assert survey.se > 0
    covariance = np.cov(reps.reshape(80, 9), rowvar=False)
    drawn = propagate(mei, {"flows": Uncertain(flows, "survey", Covariance(covariance))})
    assert drawn.how == "simulation"
    assert drawn.bias > 0
    assert drawn.bias == pytest.approx(mei(reps).mean(), rel=0.15)
