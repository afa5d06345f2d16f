"""Faults known of packages in use are not repeated: one test each."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.demography.children import children_net
from surveyproc.demography.concentration import inequality, migration_gini, variation
from surveyproc.demography.distance import median_distance
from surveyproc.demography.inputs import check_population
from surveyproc.demography.intensity import (
    aggregate_net_rate,
    crude_intensity,
    flow_totals,
    preference,
    system_effectiveness,
    velocity,
)
from surveyproc.demography.profile import age_profile
from surveyproc.demography.residual import residual_net
from tests.demography.cases_flows import HYP1, HYP2, TOY, TOY_POPULATION, package_cv, swapped_means


def test_q2_fields_are_weighted_by_the_same_side() -> None:
    one, two = migration_gini(HYP1), migration_gini(HYP2)
    assert two.weighted_out == pytest.approx(0.25 * 80 / 160 / 3)
    assert one.weighted_in == pytest.approx((0.2 * 50 + 0.5 * 40 + 30 / 3) / 120 / 3)
    assert swapped_means(HYP2)[0] == pytest.approx(0.25 * 40 / 160 / 3)
    assert swapped_means(HYP2)[0] != pytest.approx(float(two.weighted_out))


def test_q3_the_coefficient_of_variation_is_sd_over_mean_without_the_diagonal() -> None:
    cells = TOY[~np.eye(4, dtype=bool)]
    assert variation(TOY) == pytest.approx(cells.std() / cells.mean())
    assert variation(TOY + np.diag([1e6, 1e6, 1e6, 1e6])) == pytest.approx(float(variation(TOY)))
    assert variation(1000.0 * TOY) == pytest.approx(float(variation(TOY)))
    assert package_cv(1000.0 * TOY) == pytest.approx(np.sqrt(1000.0) * package_cv(TOY))


def test_q4_rates_of_net_migration_and_intensity_are_in_one_unit() -> None:
    """Population in millions beside flows in persons: rates are off by 10⁶ together, and the check says so."""
    totals = flow_totals(TOY)
    for unit in (1.0, 1e-6):
        people = TOY_POPULATION * unit
        rate = aggregate_net_rate(totals.inward, totals.outward, population=people)
        intensity = crude_intensity(totals.outward.sum(), people.sum())
        assert rate == pytest.approx(float(intensity * system_effectiveness(totals.inward, totals.outward) / 100.0))
        assert rate * unit == pytest.approx(3.92857142857143)
    np.testing.assert_allclose(velocity(TOY, TOY_POPULATION * 1e-6) * 1e-6, velocity(TOY, TOY_POPULATION))
    assert check_population(totals.outward, TOY_POPULATION, labels="ABCD") == ()
    (problem,) = check_population(totals.outward, TOY_POPULATION * 1e-6, labels="ABCD", file="flows.csv")
    assert problem.code == "demography.scale"
    assert problem.got == "A, B, C, D"


def test_q5_preference_and_velocity_are_of_pairs() -> None:
    assert preference(TOY, TOY_POPULATION).shape == velocity(TOY, TOY_POPULATION).shape == (4, 4)
    # Flows as expected from populations alone: every pair is 100, with the diagonal removed from what is expected.
    flows = np.outer(TOY_POPULATION, TOY_POPULATION)
    found = preference(flows, TOY_POPULATION, diagonal="removed")
    np.testing.assert_allclose(found[~np.eye(4, dtype=bool)], 100.0)


def test_q6_gmr_and_breadth_know_the_width_of_groups_and_the_first_age() -> None:
    rates = np.array([1.0, 5.0, 2.0])
    made = age_profile(rates, [15.0, 20.0, 25.0], widths=[5.0, 5.0, 5.0])
    assert made.gmr == pytest.approx(40.0)
    assert made.breadth == pytest.approx(40.0)


def test_q7_boys_have_mothers_and_missing_is_not_zero() -> None:
    lower = np.arange(15, 50, 5)
    women, net = np.full(7, 500.0), np.full(7, 10.0)
    assert children_net([105.0], women, net_women=net, lower=lower) == pytest.approx(0.25 * 105 / 3000 * 60)
    women[0] = np.nan
    assert np.isnan(children_net([105.0], women, net_women=net, lower=lower)).all()


def test_q8_every_age_of_the_time_method_has_a_value(shared: Path) -> None:
    folder = shared / "reference" / "demography"
    theirs = pd.read_csv(folder / "b_demotools_mig_resid_time_m.csv", index_col="age")
    people = np.full((2, len(theirs)), 100.0)
    made = residual_net(people, survival=np.full((1, len(theirs)), 0.9), births=[100.0], flow="time")
    assert np.isfinite(made).all()


def test_q10_printed_margins_tell_a_mistyped_cell(shared: Path) -> None:
    """New England 1950: Middle Atlantic 5–9 is 10,417 in the file; its row's total says 10,477."""
    rows = pd.read_csv(shared / "reference" / "demography" / "b_new_england_1950_1960_input.csv")
    cell = rows[(rows.birthplace == "Middle Atlantic") & (rows.age_1960 == "15-19")].pop_1950
    assert cell.tolist() == [10_417]
    assert rows[rows.age_1960 == "15-19"].pop_1950.sum() + 60 == 373_983


def test_inequality_does_not_hang_on_the_order_of_zones() -> None:
    """One package builds its expected table from the one it is overwriting, row after row."""
    order = [2, 0, 1]
    turned = HYP2[np.ix_(order, order)]
    for expected in ("equal", "independence"):
        one, other = (inequality(f, expected=expected) for f in (HYP2, turned))  # type: ignore[arg-type]
        assert one == pytest.approx(float(other))


def test_the_median_distance_does_not_hang_on_the_order_of_zones() -> None:
    flows = np.array([[0, 45, 15], [0, 0, 10], [0, 30, 0]], dtype=float)
    far = np.array([[0, 10, 50], [10, 0, 30], [50, 30, 0]], dtype=float)
    order = [2, 0, 1]
    assert median_distance(flows, far) == median_distance(flows[np.ix_(order, order)], far[np.ix_(order, order)])
