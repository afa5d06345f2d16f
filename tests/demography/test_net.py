"""Identities of indirect net migration: balances close, variants relate, life tables hold at every age."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveyproc.demography.balance import cohort_balance, growth_rate_method, vital_statistics
from surveyproc.demography.birthplace import lifetime_net
from surveyproc.demography.births import births_in_parts, check_births
from surveyproc.demography.children import children_net
from surveyproc.demography.lifetable import child_a, in_groups, infant_a, life_table
from surveyproc.demography.residence import by_duration, movers, prior_residence
from surveyproc.demography.residual import births_by_sex, residual_net
from surveyproc.demography.spread import Cv, Uncertain
from surveyproc.demography.survival import (
    at_date,
    birth_ratio,
    census_ratios,
    cohorts,
    grouped,
    life_table_ratios,
    net_by_survival,
    plus_minus,
    regional_ratios,
)
from surveyproc.demography.uncertainty import propagate

COUNTS = arrays(np.float64, 8, elements=st.floats(1.0, 1e7))
RATIOS = arrays(np.float64, 8, elements=st.floats(0.05, 1.2))


@given(COUNTS, COUNTS, RATIOS)
def test_reverse_is_forward_over_survival(base: np.ndarray, end: np.ndarray, survival: np.ndarray) -> None:
    made = net_by_survival(base, end, survival=survival)
    size = np.maximum(base, end) / survival
    np.testing.assert_allclose(made.reverse, made.forward / survival, atol=1e-9 * size.max())
    np.testing.assert_allclose(made.average, made.forward * (1 + 1 / survival) / 2, atol=1e-9 * size.max())
    np.testing.assert_allclose(made.geometric**2, made.forward * made.reverse, rtol=1e-6, atol=1e-9 * size.max() ** 2)
    np.testing.assert_allclose(made.expected_end + made.forward, end, rtol=1e-9, atol=1e-9 * size.max())


def test_without_survival_only_forward_is_known() -> None:
    made = net_by_survival([100.0, 100.0, 100.0], [90.0, 90.0, 90.0], survival=[0.0, -0.1, np.nan])
    assert made.forward[:2] == pytest.approx([90.0, 100.0])
    for values in (made.reverse, made.average, made.geometric, made.expected_start):
        assert np.isnan(values).all()


@given(COUNTS, st.floats(0, 1e6), st.floats(0, 1e6), st.floats(-1e5, 1e5))
def test_the_balance_closes_and_a_closed_nation_nets_to_nothing(
    start: np.ndarray, births: float, deaths: float, net: float
) -> None:
    end = start + births - deaths + net
    made = vital_statistics(start, end, births=births, deaths=deaths)
    np.testing.assert_allclose(made.net, net, atol=1e-6)
    np.testing.assert_allclose(made.increase, made.natural_increase + made.net, atol=1e-6)
    # Moves inside the nation: what one area loses the next one gains.
    moved = end - np.full(8, net) + np.roll(np.arange(8.0), 1) - np.arange(8.0)
    assert vital_statistics(start, moved, births=births, deaths=deaths).net.sum() == pytest.approx(0.0, abs=1e-6)


def test_completeness_is_divided_by_and_equal_undercount_leaves_a_bias() -> None:
    made = vital_statistics(1000.0, 1200.0, births=90.0, deaths=40.0, birth_completeness=0.9, death_completeness=0.8)
    assert made.births == pytest.approx(100.0)
    assert made.deaths == pytest.approx(50.0)
    assert made.net == pytest.approx(150.0)
    u = 0.05
    counted = vital_statistics(1000.0 * (1 - u), 1200.0 * (1 - u), births=100.0, deaths=50.0)
    assert made.net - counted.net == pytest.approx(u * (1200.0 - 1000.0))
    corrected = vital_statistics(
        1000.0 * (1 - u), 1200.0 * (1 - u), births=100, deaths=50, start_coverage=1 - u, end_coverage=1 - u
    )
    assert corrected.net == pytest.approx(150.0)
    assert np.isnan(vital_statistics(1000.0, 1200.0, births=90.0, deaths=40.0, birth_completeness=0.0).net)


def test_error_of_the_balance_is_the_sum_of_errors() -> None:
    inputs = {
        "start": Uncertain(np.array(66_000.0), "census 1", Cv(0.01)),
        "end": Uncertain(np.array(81_000.0), "census 2", Cv(0.01)),
        "births": Uncertain(np.array(15_000.0), "registration", Cv(0.02)),
        "deaths": np.array(1_500.0),
    }
    result = propagate(lambda **k: vital_statistics(**k).net, inputs)
    assert result.se == pytest.approx(np.sqrt(660.0**2 + 810.0**2 + 300.0**2), rel=1e-8)
    assert result.share.tolist() == pytest.approx([0.3686, 0.5552, 0.0762], abs=1e-4)


@given(COUNTS, COUNTS)
def test_the_growth_rate_method_nets_to_nothing_over_a_nation(start: np.ndarray, end: np.ndarray) -> None:
    made = growth_rate_method(start, end, national_start=start.sum(), national_end=end.sum())
    assert made.sum() == pytest.approx(0.0, abs=1e-6 * end.sum())


@given(arrays(np.float64, 18, elements=st.floats(-1e4, 1e4)), st.floats(-0.9, 0.9))
def test_plus_minus_meets_its_control_and_keeps_signs(net: np.ndarray, share: float) -> None:
    size = np.abs(net).sum()
    control = net.sum() + share * size
    made = plus_minus(net, control)
    if size == 0:
        assert np.isnan(made).all()
        return
    assert made.sum() == pytest.approx(control, abs=1e-9 * max(size, 1.0))
    assert (made * net >= 0).all()
    assert np.isnan(plus_minus(net, net.sum() + 1.5 * size)).all()


MODEL = 0.0004 * np.exp(0.09 * np.array([0, 1, *range(5, 105, 5)], dtype=float))
MODEL[:2] = [0.03, 0.002]
AGES = np.array([0, 1, *range(5, 105, 5)], dtype=float)


@pytest.mark.parametrize("sex", ["male", "female", "both"])
@given(scale=st.floats(0.05, 2.0))
def test_life_tables_hold_at_every_level_of_mortality(sex: str, scale: float) -> None:
    table = life_table(MODEL * scale, AGES, sex=sex)  # type: ignore[arg-type]
    assert (table.q >= 0).all()
    assert (table.q <= 1).all()
    assert (table.L > 0).all()
    assert (table.a >= 0).all()
    assert (table.a[:-1] <= table.width[:-1]).all()
    np.testing.assert_allclose(table.deaths.sum(), 1.0)
    np.testing.assert_allclose(table.deaths, table.m * table.L, rtol=1e-9)
    np.testing.assert_allclose(table.survivors[1:], table.survivors[:-1] - table.deaths[:-1], atol=1e-12)
    np.testing.assert_allclose(table.T[0], table.L.sum())
    ratios = life_table_ratios(in_groups(table.L, table.lower), steps=2, width=5.0)
    assert (ratios > 0).all()
    assert (ratios <= 1).all()


def test_the_textbook_form_fails_where_this_one_does_not() -> None:
    """5m/(1 + 2.5m) passes 1 at m = .4: no survivor is left, and reverse migration would be infinite."""
    rates = MODEL.copy()
    rates[AGES >= 85] = 0.45
    assert 5 * 0.45 / (1 + 2.5 * 0.45) > 1
    table = life_table(rates, AGES, sex="male")
    assert (table.survivors > 0).all()
    np.testing.assert_allclose(table.q[AGES >= 85][:-1], -np.expm1(-5 * 0.45))
    young = life_table(np.full(22, 0.6), AGES, sex="male", old=100.0)
    assert (young.q[2:-1] < 1).all()


def test_a_constant_hazard_gives_the_exponential_life_table() -> None:
    table = life_table(np.full(22, 0.05), AGES, sex="female", old=0.0)
    np.testing.assert_allclose(table.survivors, np.exp(-0.05 * AGES), rtol=1e-12)
    np.testing.assert_allclose(table.e, 20.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("sex", "m0", "andreev", "coale"),
    [
        # Andreev and Kingkade 2015, table 3, and Coale and Demeny 1983 (Preston et al. 2001, table 3.3).
        ("male", 0.01, 0.14929 - 0.0199545, 0.045 + 0.02684),
        ("male", 0.05, 0.02832 + 0.1630105, 0.045 + 0.1342),
        ("male", 0.12, 0.29915, 0.330),
        ("female", 0.01, 0.14903 - 0.0205527, 0.053 + 0.028),
        ("female", 0.05, 0.04667 + 0.1940445, 0.053 + 0.14),
        ("female", 0.12, 0.31411, 0.350),
    ],
)
def test_years_lived_by_infants_who_die(sex: str, m0: float, andreev: float, coale: float) -> None:
    assert infant_a(m0, sex=sex) == pytest.approx(andreev)  # type: ignore[arg-type]
    assert infant_a(m0, sex=sex, rule="coale_demeny") == pytest.approx(coale)  # type: ignore[arg-type]
    both = (infant_a(m0, sex="male") + infant_a(m0, sex="female")) / 2
    assert infant_a(m0, sex="both") == pytest.approx(float(both))
    assert np.isnan(infant_a(np.nan, sex=sex))  # type: ignore[arg-type]
    assert 1.2 < child_a(m0, sex=sex) < 1.7  # type: ignore[arg-type]


def test_ages_that_make_no_life_table_are_refused() -> None:
    for ages in ([1.0, 5.0], [0.0, 5.0, 5.0], [[0.0, 5.0]]):
        with pytest.raises(ValueError, match="ascend"):
            life_table(np.full(np.shape(ages)[-1], 0.1), ages, sex="male")
    with pytest.raises(ValueError, match="do not fit"):
        in_groups([1.0, 4.0, 5.0], [0, 1, 6])


def test_a_population_that_only_survives_has_no_migration() -> None:
    """A stationary population seen twice: by cohort, ten years, with births and open group."""
    table = life_table(MODEL, AGES, sex="female")
    stationary = 1000.0 * in_groups(table.L, table.lower)
    for steps in (1, 2, 3):
        base = cohorts(stationary, steps=steps, births=np.full(steps, 5000.0))
        ratios = life_table_ratios(stationary, steps=steps, width=5.0, radix=1000.0)
        made = net_by_survival(base, stationary, survival=ratios)
        np.testing.assert_allclose(made.forward, 0.0, atol=1e-8)
        np.testing.assert_allclose(
            census_ratios(stationary, stationary, steps=steps, births=np.full(steps, 5000.0)), ratios
        )
        every = birth_ratio(stationary, steps=steps, width=5.0, radix=1000.0)
        assert every * 5000.0 * steps == pytest.approx(stationary[:steps].sum())


def test_cohorts_with_replicates_and_without_births() -> None:
    people = np.arange(24.0).reshape(2, 3, 4)
    base = cohorts(people, steps=2)
    assert base.shape == (2, 3, 4)
    assert np.isnan(base[..., :2]).all()
    np.testing.assert_array_equal(base[..., 2], people[..., 0])
    np.testing.assert_array_equal(base[..., 3], people[..., 1:].sum(axis=-1))
    with pytest.raises(ValueError, match="multiple"):
        cohorts(people, steps=4)
    with pytest.raises(ValueError, match="births in 2"):
        cohorts(people, steps=2, births=[1.0])


def test_single_ages_over_eight_years_regroup_by_cohort(shared: Path) -> None:
    """Russian males by single age, censuses of 2002 and 2010: an interval that five-year groups do not divide."""
    rows = pd.read_csv(shared / "reference" / "demography" / "b_russia_males_2002_2010_input.csv")
    start, end = rows.pop2002.to_numpy(float), rows.pop2010.to_numpy(float)
    births = np.full(8, 800_000.0)
    base = cohorts(start, steps=8, births=births)
    assert np.nansum(base) == pytest.approx(np.nansum(start) + births.sum())
    sizes = [5] * (len(base) // 5) + ([len(base) % 5] if len(base) % 5 else [])
    by_five, end_five = grouped(base, sizes), grouped(end, sizes)
    # A cohort of five single ages is the same five people groups either way.
    assert by_five[4] == start[12:17].sum()
    made = net_by_survival(by_five, end_five, survival=np.full(len(sizes), 0.95))
    assert made.forward.sum() == pytest.approx(end.sum() - 0.95 * base.sum())
    with pytest.raises(ValueError, match="do not make"):
        grouped(base, [5, 5])


def test_a_census_is_taken_to_a_date_on_exponential_growth() -> None:
    assert at_date(100.0, 200.0, years=8.0, at=4.0) == pytest.approx(100 * np.sqrt(2))
    assert at_date(100.0, 200.0, years=8.0, at=8.0) == pytest.approx(200.0)
    assert np.isnan(at_date(0.0, 200.0, years=8.0, at=4.0))
    with pytest.raises(ValueError, match="positive"):
        at_date(100.0, 200.0, years=0.0, at=4.0)


def test_a_regional_ratio_keeps_the_census_ratio_where_mortality_is_the_nation_s() -> None:
    assert regional_ratios(1.05226, regional=0.99, national=0.99) == pytest.approx(1.05226)
    assert np.isnan(regional_ratios(1.05226, regional=0.99, national=0.0))


def test_boys_follow_their_mothers_and_a_missing_group_is_not_zero() -> None:
    """Q7: packages take adult men for boys, and missing women for none."""
    women, net = np.full(7, 1000.0), np.full(7, -50.0)
    lower = np.arange(15, 50, 5)
    girls = children_net([800.0, 700.0], women, net_women=net, lower=lower)
    assert girls == pytest.approx([0.25 * 800 / 6000 * -300, 0.75 * 700 / 6000 * -300])
    boys = children_net([800.0 * 1.05, 700.0 * 1.05], women, net_women=net, lower=lower)
    np.testing.assert_allclose(boys, 1.05 * girls)
    net[2] = np.nan
    assert np.isnan(children_net([800.0, 700.0], women, net_women=net, lower=lower)).all()
    five = children_net([800.0], women, net_women=np.full(7, -50.0), lower=lower, years=5.0)
    assert five == pytest.approx([0.5 * 800 / 6000 * -300])
    with pytest.raises(ValueError, match="not all born"):
        children_net([800.0, 700.0], women, net_women=net, lower=lower, years=5.0)
    with pytest.raises(ValueError, match="women are wanted"):
        children_net([800.0, 700.0], women[:5], net_women=net[:5], lower=lower[:5])


def test_lifetime_net_is_both_brackets() -> None:
    made = lifetime_net(500.0, 600.0, out_start=300.0, out_end=350.0, survival_in=0.8, survival_out=0.9)
    assert made.forward == pytest.approx((600 - 400) - (350 - 270))
    assert made.reverse == pytest.approx((600 / 0.8 - 500) - (350 / 0.9 - 300))
    assert made.average == pytest.approx(float(made.forward + made.reverse) / 2)


def test_rates_by_prior_residence_and_their_total() -> None:
    """Two zones by hand: 90 stay, 10 leave; 60 stay, 5 leave; five years."""
    made = prior_residence([[90.0, 10.0], [5.0, 60.0]], years=5.0)
    exposure = 5.0 * np.array([(100 + 95) / 2, (65 + 70) / 2])
    np.testing.assert_allclose(made.outward, np.array([10.0, 5.0]) / exposure)
    np.testing.assert_allclose(made.inward, np.array([5.0, 10.0]) / exposure)
    assert (made.net * exposure).sum() == pytest.approx(0.0)
    assert made.pairs[0, 1] == made.outward[0]
    assert np.isnan(np.diag(made.pairs)).all()


def test_durations_and_deaths_of_migrants() -> None:
    np.testing.assert_allclose(by_duration([100.0, 90.0], survival=[1.0, 0.9], staying=[1.0, 0.5]), [100.0, 200.0])
    assert np.isnan(by_duration(100.0, survival=0.0))
    survivors, survival = 810.0, 0.81
    assert movers(survivors, survival=survival) == pytest.approx(900.0)
    assert movers(survivors, survival=survival) - survivors == pytest.approx(survivors * (1 / np.sqrt(survival) - 1))


def test_residuals_of_a_population_projected_without_migration_are_nothing() -> None:
    rng = np.random.default_rng(9)
    ratios = rng.uniform(0.7, 1.0, (3, 6))
    births = rng.uniform(90, 110, 3)
    people = [rng.uniform(50, 150, 6)]
    for t in range(3):
        before = people[-1]
        base = np.concatenate(([births[t]], before[:-2], [before[-2:].sum()]))
        people.append(ratios[t] * base)
    for flow in ("stock", "cohort", "time"):
        made = residual_net(people, survival=ratios, births=births, flow=flow)  # type: ignore[arg-type]
        np.testing.assert_allclose(made, 0.0, atol=1e-10)
    moved = np.array(people)
    moved[3, 2] += 40.0
    assert residual_net(moved, survival=ratios, births=births)[2, 2] == pytest.approx(40.0)


def test_residuals_take_draws_of_each_input() -> None:
    rng = np.random.default_rng(4)
    people, ratios, births = rng.uniform(50, 90, (7, 3, 6)), rng.uniform(0.8, 1, (7, 2, 6)), rng.uniform(60, 70, (7, 2))
    for p, s, b in (
        (people, ratios, births),
        (people[0], ratios, births),
        (people, ratios[0], births[0]),
        (people[0], ratios[0], births),
    ):
        together = residual_net(p, survival=s, births=b, flow="cohort")
        for i in range(7):
            one = [x[i] if x.ndim == full.ndim else x for x, full in ((p, people), (s, ratios), (b, births))]
            np.testing.assert_allclose(together[i], residual_net(one[0], survival=one[1], births=one[2], flow="cohort"))


def test_even_flow_over_time_swings_where_cohorts_do_not() -> None:
    """Q8: one migrant at one age comes back at all older ages with changing sign in the time method."""
    people = np.full((2, 8), 100.0)
    survival, births = np.ones((1, 8)), np.array([100.0])
    people[1, -1] = 200.0
    people[1, 3] += 10.0
    time = residual_net(people, survival=survival, births=births, flow="time")[0]
    assert time[3:7].tolist() == [20.0, -20.0, 20.0, -20.0]
    cohort = residual_net(people, survival=survival, births=births, flow="cohort")[0]
    assert cohort.tolist() == [0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0]
    assert not np.isnan(time).any()


def test_births_split_by_the_sex_ratio() -> None:
    boys, girls = births_by_sex([[10.0, 20.0], [30.0, 20.0]], [[0.1, 0.2]], sex_ratio=[1.05])
    assert boys + girls == pytest.approx(5.0 * (0.1 * 20 + 0.2 * 20))
    assert boys / girls == pytest.approx(1.05)
    with pytest.raises(ValueError, match="one period less"):
        residual_net(np.ones((3, 4)), survival=np.ones((3, 4)), births=np.ones(3))


def test_a_cohort_balances_with_its_deaths() -> None:
    assert cohort_balance([1000.0, 500.0], [990.0, 520.0], deaths=[20.0, 5.0]).tolist() == [10.0, 25.0]


def test_births_of_calendar_years_go_to_the_parts_between_two_censuses() -> None:
    """Kazakhstan's censuses of 25 February 2009 and 1 September 2021: 12.5 years, in parts of equal length."""
    years = list(range(2009, 2022))
    births = np.full(len(years), 365_250.0)
    parts = births_in_parts(births, years, start=date(2010, 1, 1), end=date(2020, 1, 1), parts=2)
    assert parts.sum() == pytest.approx(births[1:11].sum())
    np.testing.assert_allclose(parts, 5 * 365_250.0, rtol=1e-3)
    growing = births_in_parts(np.arange(13.0), years, start=date(2010, 1, 1), end=date(2020, 1, 1), parts=2)
    assert growing[0] > growing[1]
    whole = births_in_parts(births, years, start=date(2009, 2, 25), end=date(2021, 9, 1), parts=1)
    days = (date(2021, 9, 1) - date(2009, 2, 25)).days
    assert whole == pytest.approx(1000.0 * days, rel=1e-3)
    short = births_in_parts(births[1:], years[1:], start=date(2009, 2, 25), end=date(2021, 9, 1), parts=2)
    assert np.isnan(short).tolist() == [False, True]
    with pytest.raises(ValueError, match="forward"):
        births_in_parts(births, years, start=date(2021, 9, 1), end=date(2009, 2, 25), parts=2)


def test_births_must_cover_the_interval_once() -> None:
    interval = {"start": date(2009, 2, 25), "end": date(2012, 1, 1)}
    assert check_births([2009, 2010, 2011], **interval) == ()
    found = check_births([2010, 2010, 2011], **interval, file="births.csv")
    assert [(p.code, p.got) for p in found] == [("demography.missing", "2009"), ("demography.duplicate", "2010")]
