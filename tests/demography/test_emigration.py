"""Emigrants reported by those who stayed and by partner countries, by enumeration and by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.demography.emigration import (
    absent_members,
    ages_of_children,
    emigrants_by_children,
    emigrants_by_siblings,
    multiplicity_weight,
    occurrence_rate,
    sibling_totals,
)
from surveyproc.demography.partners import emigrant_stock, emigration_by_partner


def numerical_variance(function, at: np.ndarray, covariance: np.ndarray) -> float:
    step = 1e-5 * np.abs(at)
    slope = np.array([(function(at + d) - function(at - d)) / (2 * d.sum()) for d in np.diag(step)])
    return float(slope @ covariance @ slope)


def test_whole_households_that_left_raise_the_total() -> None:
    found = absent_members(np.array(900.0), variance=3600.0, whole_household_share=0.1, variance_share=0.0004)
    assert found.value == pytest.approx(1000)
    by_source = 1000**2 * (3600 / 900**2 + 0.0004 / 0.9**2)
    by_slope = numerical_variance(lambda x: x[0] / (1 - x[1]), np.array([900, 0.1]), np.diag([3600, 0.0004]))
    assert found.variance == pytest.approx(by_source)
    assert found.variance == pytest.approx(by_slope, rel=1e-6)


def test_everybody_left_whole_is_no_number_and_a_missing_variance_stays_missing() -> None:
    assert np.isnan(absent_members(np.array(5.0), variance=1.0, whole_household_share=1.0).value)
    assert np.isnan(absent_members(np.array(5.0)).variance)
    assert absent_members(np.array(5.0), variance=4.0).variance == 4


def test_each_emigrant_counts_once_when_several_households_could_report() -> None:
    """Three emigrants with one, two and three households that could report them, all of which do."""
    reporters = np.array([1, 2, 2, 3, 3, 3, 0])
    weights = multiplicity_weight(reporters)
    assert np.nansum(weights) == pytest.approx(3)
    assert np.isnan(weights[-1])


def test_rate_of_moves_a_person_year() -> None:
    moved, years = np.array([1.0, 0, 1]), np.array([2.0, 10, 4])
    rate = occurrence_rate(np.array([1.0, 2, 1]), moved=moved, exposure=years)
    assert rate == pytest.approx(2 / 26)
    assert np.isnan(occurrence_rate(np.ones(2), moved=np.zeros(2), exposure=np.zeros(2)))


def sibships(p: float, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected reports by residents, (chance, abroad, in country), over all departures in sibships of one size."""
    reports = []
    for gone in product((0, 1), repeat=size):
        chance = p ** sum(gone) * (1 - p) ** (size - sum(gone))
        reports += [(chance, sum(gone), size - sum(gone) - 1) for away in gone if not away]
    weight, abroad, home = np.array(reports, float).T
    return weight, abroad, home


@pytest.mark.parametrize("size", [2, 3, 6])
def test_siblings_leaving_independently_give_the_probability(size: int) -> None:
    """Published identity E/R = p/(1 − p): .15 gives .17647."""
    weight, abroad, home = sibships(0.15, size)
    totals = sibling_totals(weight, abroad=abroad, in_country=home, counting="respondent")
    found = emigrants_by_siblings(totals.abroad, totals.in_country, residents=np.array(1.0))
    assert found.value == pytest.approx(0.15 / 0.85)
    assert round(float(found.value), 5) == 0.17647


@given(st.floats(0.01, 0.9), st.integers(2, 5))
def test_sibships_counted_once_miss_those_that_left_whole(p: float, size: int) -> None:
    weight, abroad, home = sibships(p, size)
    totals = sibling_totals(weight, abroad=abroad, in_country=home, counting="sibship")
    share = totals.abroad / (totals.abroad + totals.in_country)
    assert share == pytest.approx((p - p**size) / (1 - p**size))
    assert share < p


def test_variance_of_the_sibling_estimate() -> None:
    cov = np.array([[25.0, 6, 0], [6, 100, 0], [0, 0, 400]])
    found = emigrants_by_siblings(
        np.array(150.0),
        np.array(850.0),
        residents=np.array(5000.0),
        variance_abroad=25.0,
        variance_in_country=100.0,
        covariance=6.0,
        variance_residents=400.0,
    )
    slope = numerical_variance(lambda x: x[2] * x[0] / x[1], np.array([150.0, 850, 5000]), cov)
    assert found.variance == pytest.approx(slope, rel=1e-6)
    assert np.isnan(emigrants_by_siblings(np.array(1.0), np.array(0.0), residents=np.array(1.0)).value)


def test_ages_of_children_follow_births_and_survival() -> None:
    fertility = np.zeros(40)
    fertility[[20, 25]] = [0.3, 0.1]
    survival = np.linspace(1, 0.8, 21)
    ages = ages_of_children(fertility, survival=survival)
    assert ages[30, 10] == pytest.approx(0.3 * survival[10] / (0.3 * survival[10] + 0.1 * survival[5]))
    assert np.allclose(ages[20:40].sum(-1), 1)
    assert np.isnan(ages[10]).all()


def test_children_reported_by_mothers() -> None:
    """All mothers present: every child abroad is reported. Half present: twice as many."""
    fertility = np.where(np.arange(60) == 25, 0.1, 0.0)
    ages = ages_of_children(fertility, survival=np.ones(31))
    abroad = np.where(np.arange(60) == 45, 40.0, 0.0)
    cov = np.diag(np.where(np.arange(60) == 45, 36.0, 0.0))
    full = emigrants_by_children(abroad, child_ages=ages, mother_present=np.ones(31), covariance=cov)
    half = emigrants_by_children(
        abroad, child_ages=ages, mother_present=np.full(31, 0.5), covariance=cov, variance_present=0.01
    )
    assert full.value[20] == pytest.approx(40)
    assert full.value.sum() == pytest.approx(40)
    assert full.variance[20] == pytest.approx(36)
    slope = numerical_variance(lambda x: x[0] / x[1], np.array([40.0, 0.5]), np.diag([36.0, 0.01]))
    assert half.value[20] == pytest.approx(80)
    assert half.variance[20] == pytest.approx(slope, rel=1e-6)
    none = emigrants_by_children(abroad, child_ages=ages, mother_present=np.zeros(31))
    assert np.isnan(none.value).all()


def test_a_mother_too_young_to_have_the_child_is_no_number() -> None:
    ages = ages_of_children(np.where(np.arange(60) == 25, 0.1, 0.0), survival=np.ones(31))
    abroad = np.where(np.arange(60) == 15, 1.0, 0.0)
    assert np.isnan(emigrants_by_children(abroad, child_ages=ages, mother_present=np.ones(31)).value).all()
    with pytest.raises(ValueError, match="do not fit"):
        emigrants_by_children(abroad[:3], child_ages=ages, mother_present=np.ones(31))


def test_a_missing_partner_is_not_zero() -> None:
    now = np.array([[60.0, np.nan, 30], [60, 20, 30]])
    assert np.isnan(emigrant_stock(now, missing="refused").total[0])
    assert emigrant_stock(now, missing="refused").total[1] == 110
    found = emigrant_stock(now, missing="last_share", last_known=np.array([50.0, 25, 25]))
    assert found.total.tolist() == [120, 110]
    assert found.reported_share.tolist() == [0.75, 1]
    nobody = emigrant_stock(np.full(2, np.nan), missing="last_share", last_known=np.array([1.0, 2]))
    assert np.isnan(nobody.total)
    with pytest.raises(ValueError, match="last known"):
        emigrant_stock(now, missing="last_share")


def test_emigration_by_partner_has_three_variants() -> None:
    """UN Manual VI, India 1921–31, S = .81, Assam: in-migrants give the first bracket; reverse = forward/S."""
    first, last, s = np.array([100.0]), np.array([120.0]), np.array(0.81)
    none, half, whole = (emigration_by_partner(first, last, survival=s, deaths=d) for d in ("none", "half", "all"))
    assert none.tolist() == pytest.approx([39])
    assert whole == pytest.approx(none / 0.81)
    assert half == pytest.approx((none + whole) / 2)
    assert np.isnan(emigration_by_partner(first, last, survival=np.array(0.0), deaths="all"))
