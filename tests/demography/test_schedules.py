"""Model schedules: printed values, identities, exact integrals, fits, and what a fit says it does not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

from surveyproc.demography.fit import Fit
from surveyproc.demography.profiles import smooth_profile, split_groups
from surveyproc.demography.schedule_fit import fit_to_counts, fit_to_rates, rates_and_slopes
from surveyproc.demography.schedules import (
    NAMES,
    RogersCastro,
    as_array,
    components_of,
    from_array,
    group_rates,
    rate_integral,
    relative_error,
    rogers_castro,
    schedule_measures,
)
from surveyproc.demography.un_schedules import age_shares, family_shares, un_1992

# The fundamental set of Rogers and Castro (1981), and a set of all parts.
BASIC = RogersCastro(a1=0.02, alpha1=0.10, a2=0.06, alpha2=0.10, mu2=20.0, lambda2=0.40, c=0.003)
FULL = RogersCastro(0.1, 0.1, 0.2, 0.1, 20.0, 0.5, 0.01, 0.05, 0.2, 60.0, 0.1, 0.0002, 0.04)
AGES = np.arange(0.0, 81)
curves = st.builds(
    RogersCastro,
    a1=st.floats(0.001, 0.1),
    alpha1=st.floats(0.05, 0.4),
    a2=st.floats(0.01, 0.2),
    alpha2=st.floats(0.05, 0.2),
    mu2=st.floats(17, 28),
    lambda2=st.floats(0.2, 0.8),
    c=st.floats(0.001, 0.01),
)


def test_rates_printed_in_slides() -> None:
    eleven = RogersCastro(0.1, 0.1, 0.2, 0.1, 20.0, 0.5, 0.01, 0.05, 0.2, 60.0, 0.1)
    assert np.round(rogers_castro(np.array([1.0, 2]), eleven), 8).tolist() == [0.10048374, 0.09187308]


def test_un_1992_western_standard() -> None:
    """UN 1992: males, ages 1 to 3: .0222 .0202 .0185."""
    rates = rogers_castro(np.array([1.0, 2, 3]), un_1992("western_standard", sex="male"))
    assert np.round(rates, 4).tolist() == [0.0222, 0.0202, 0.0185]
    gmr = schedule_measures(un_1992("western_standard", sex="male"), last_age=80).gmr
    assert gmr == pytest.approx(1, abs=0.03)


def test_measures_of_the_fundamental_set() -> None:
    """Printed: child dependency 1/3, labour dominance 3, labour asymmetry 4, regularity 1."""
    found = schedule_measures(BASIC, last_age=80)
    assert found.child_dependency == pytest.approx(1 / 3)
    assert found.labour_dominance == pytest.approx(3)
    assert found.labour_asymmetry == pytest.approx(4)
    assert found.regularity == pytest.approx(1)
    assert np.isnan(found.retirement_mode)
    assert found.peak_age - found.low_age == pytest.approx(found.labour_shift)
    assert found.jump > 0


def test_the_labour_part_vanishes_for_children_and_falls_after_its_peak() -> None:
    """Q9: a misprinted sign, e^{+λ2(x−μ2)}, makes it vanish after the peak and stand before it."""
    part = rogers_castro(AGES, BASIC) - 0.02 * np.exp(-0.1 * AGES) - 0.003
    assert part[:10].max() < 1e-12
    assert part[40] == pytest.approx(0.06 * np.exp(-0.1 * 20 - np.exp(-8)), rel=1e-12)
    assert part[60] > 1e-4


@given(curves)
@settings(max_examples=40, deadline=None)
def test_identities(p: RogersCastro) -> None:
    found = schedule_measures(p, last_age=90)
    part = lambda x: -float(rogers_castro(np.array([x]), p)[0] - p.a1 * np.exp(-p.alpha1 * x) - p.c)  # noqa: E731
    top = optimize.minimize_scalar(part, bounds=(5, 60), method="bounded", options={"xatol": 1e-8}).x
    assert found.labour_mode == pytest.approx(top, abs=1e-3)
    area = integrate.quad(lambda x: rogers_castro(np.array([x]), p)[0], 0, 90, points=[15, 25, 35], limit=200)[0]
    assert found.gmr == pytest.approx(area, rel=1e-7)
    halves = rate_integral(np.array([0.0, 33]), np.array([33.0, 90]), p).sum()
    assert halves == pytest.approx(float(found.gmr))
    low = np.arange(0.0, 90, 5)
    assert (5 * group_rates(low, width=np.full(18, 5.0), parameters=p)).sum() == pytest.approx(float(found.gmr))


def test_ages_of_migrants() -> None:
    found = schedule_measures(BASIC, last_age=80)
    density = lambda x: rogers_castro(np.array([x]), BASIC)[0]  # noqa: E731
    area = integrate.quad(density, 0, 80, points=[15, 23, 40])[0]
    mean = integrate.quad(lambda x: x * density(x), 0, 80, points=[15, 23, 40])[0] / area
    assert found.mean_age == pytest.approx(mean, rel=1e-8)
    assert found.share_young == pytest.approx(integrate.quad(density, 0, 15)[0] / area)
    assert found.share_young + found.share_working + found.share_old == pytest.approx(1)


def test_parents_move_with_their_children() -> None:
    """Where the labour part falls as the childhood part does, parents are the same years older at every age."""
    pure = RogersCastro(a1=0.02, alpha1=0.10, a2=0.02 * np.exp(1.0), alpha2=0.10, mu2=20.0, lambda2=3.0, c=0.0)
    assert schedule_measures(pure, last_age=90).parental_shift == pytest.approx(30, abs=0.5)


def test_a_last_age_before_the_peak_has_no_parents() -> None:
    assert np.isnan(schedule_measures(BASIC, last_age=10).parental_shift)


def test_error_of_a_fit_as_a_percentage() -> None:
    assert relative_error(np.array([1.0, 3]), np.array([1.5, 2.5])) == pytest.approx(25)


def test_all_parts_integrate() -> None:
    area = integrate.quad(lambda x: rogers_castro(np.array([x]), FULL)[0], 0, 100, points=[20, 60], limit=300)[0]
    assert rate_integral(np.zeros(1), np.full(1, 100.0), FULL)[0] == pytest.approx(area, rel=1e-9)
    assert schedule_measures(FULL, last_age=100).retirement_asymmetry == pytest.approx(0.5)


def test_derivatives_are_those_of_differences() -> None:
    theta, names = as_array(FULL), NAMES[13]
    for point in (np.array([[3.0], [21], [63], [95]]),):
        _, slope = rates_and_slopes(theta, names=names, x=point, mixing=np.ones(point.shape))
        for k in range(13):
            step = np.zeros(13)
            step[k] = 1e-6 * max(abs(theta[k]), 1e-3)
            ends = [
                rates_and_slopes(theta + s, names=names, x=point, mixing=np.ones(point.shape))[0] for s in (step, -step)
            ]
            assert slope[:, k] == pytest.approx((ends[0] - ends[1]) / (2 * step[k]), rel=1e-4, abs=1e-9)


def test_leading_axes_and_conversion() -> None:
    many = RogersCastro(np.array([0.02, 0.04]), 0.1, 0.06, 0.1, 20.0, 0.4, 0.003)
    rates = rogers_castro(AGES, many)
    assert rates.shape == (2, 81)
    assert np.allclose(rates[0], rogers_castro(AGES, BASIC))
    assert schedule_measures(many, last_age=80).gmr.shape == (2,)
    assert np.allclose(as_array(from_array(as_array(FULL), 13)), as_array(FULL))
    with pytest.raises(ValueError, match="a3 without"):
        RogersCastro(0.02, 0.1, 0.06, 0.1, 20.0, 0.4, 0.003, a3=0.1)
    with pytest.raises(ValueError, match="for 9 parameters"):
        from_array(as_array(FULL), 9)


@given(curves)
@settings(max_examples=8, deadline=None)
def test_exact_rates_give_their_parameters_back(p: RogersCastro) -> None:
    fit = fit_to_rates(AGES, rogers_castro(AGES, p), components=7, starts=6)
    assert fit.objective < 1e-12
    if fit.state == Fit.CONVERGED:
        assert fit.values == pytest.approx(as_array(p), rel=1e-3)


NINE = RogersCastro(0.1, 0.1, 0.2, 0.1, 20.0, 0.5, 0.01, a4=0.0002, lambda4=0.04)
ELEVEN = RogersCastro(0.1, 0.1, 0.2, 0.1, 20.0, 0.5, 0.01, a3=0.02, alpha3=0.4, mu3=62.0, lambda3=0.4)


@pytest.mark.parametrize("truth", [NINE, ELEVEN, FULL], ids=["9", "11", "13"])
def test_every_part_is_found_in_exact_rates(truth: RogersCastro) -> None:
    ages = np.arange(0.0, 91)
    fit = fit_to_rates(ages, rogers_castro(ages, truth), components=components_of(truth), starts=3)
    assert fit.values == pytest.approx(as_array(truth), rel=1e-5)
    assert fit.state == Fit.CONVERGED
    assert fit.reached > 0.3
    wide = np.full(19, 5.0)
    means = group_rates(np.arange(0.0, 95, 5), width=wide, parameters=truth)
    grouped = fit_to_rates(np.arange(0.0, 95, 5), means, components=components_of(truth), width=wide, starts=3)
    assert grouped.values == pytest.approx(as_array(truth), rel=1e-3)


def test_groups_of_five_years_are_means_not_middles() -> None:
    low = np.arange(0.0, 80, 5)
    means = group_rates(low, width=np.full(16, 5.0), parameters=BASIC)
    assert fit_to_rates(low, means, components=7, width=np.full(16, 5.0), starts=3).values == pytest.approx(
        as_array(BASIC), rel=1e-4
    )
    middles = fit_to_rates(low + 2.5, means, components=7, starts=3)
    assert abs(middles.values[5] - 0.4) > 0.01


def test_counts_by_both_routes() -> None:
    """Poisson likelihood at the fit cannot be raised by a general minimiser."""
    rng = np.random.default_rng(3)
    people = rng.integers(2000, 4000, 81).astype(float)
    events = rng.poisson(people * rogers_castro(AGES, BASIC)).astype(float)
    fit = fit_to_counts(AGES, events, exposure=people, components=7, starts=4)

    def lost(log_theta: np.ndarray) -> float:
        mean = people * rogers_castro(AGES, from_array(np.exp(log_theta), 7))
        return float((mean - events * np.log(mean)).sum())

    other = optimize.minimize(lost, np.log(fit.values * 1.02), method="BFGS")
    assert lost(np.log(fit.values)) <= other.fun + 1e-6
    assert np.abs(fit.values - as_array(BASIC)) / fit.se == pytest.approx(np.zeros(7), abs=4)
    assert fit.identified.all()
    scaled = fit_to_counts(AGES, 10 * events, exposure=10 * people, components=7, first=fit.parameters, starts=1)
    assert scaled.values == pytest.approx(fit.values, rel=1e-4)
    assert scaled.se == pytest.approx(fit.se / np.sqrt(10), rel=1e-3)


def test_a_retirement_peak_that_is_not_there_is_not_identified() -> None:
    rng = np.random.default_rng(5)
    rates = rogers_castro(AGES, BASIC) * rng.lognormal(0, 0.05, 81)
    fit = fit_to_rates(AGES, rates, components=11, starts=5)
    assert fit.state == Fit.NOT_IDENTIFIED
    late = [NAMES[11].index(name) for name in ("a3", "alpha3", "mu3", "lambda3")]
    assert not fit.identified[late].all()
    assert fit_to_rates(AGES, rates, components=7, starts=5).state == Fit.CONVERGED


def test_the_same_seed_gives_the_same_fit() -> None:
    rates = rogers_castro(AGES, FULL) * np.random.default_rng(1).lognormal(0, 0.02, 81)
    first, second = (fit_to_rates(AGES, rates, components=13, starts=3, seed=4) for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()


def test_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="not 7 or more"):
        fit_to_rates(np.arange(5.0), np.ones(5), components=7)
    with pytest.raises(ValueError, match="nobody is at risk"):
        fit_to_counts(AGES, np.ones(81), exposure=np.zeros(81), components=7)
    with pytest.raises(ValueError, match="is missing"):
        fit_to_rates(AGES, np.where(AGES == 3, np.nan, 1.0), components=7)
    with pytest.raises(ValueError, match="first start"):
        fit_to_rates(AGES, np.ones(81), components=9, first=BASIC)


def test_shares_add_up() -> None:
    assert age_shares(BASIC, ages=AGES).sum() == pytest.approx(1)
    old = age_shares(BASIC, ages=AGES, population=np.where(AGES > 60, 1.0, 0.0))
    assert old[:61].sum() == 0
    assert old.sum() == pytest.approx(1)
    both = family_shares(BASIC, un_1992("low_dependency", sex="male"), ages=AGES)
    assert both.shape == (2, 81)
    assert both.sum() == pytest.approx(1)


def survey(seed: int, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low = np.arange(0.0, 80, 5)
    truth = group_rates(low, width=np.full(16, 5.0), parameters=BASIC)
    cov = np.diag(truth * 1.5 / size) + 0.2 * np.outer(truth, truth) / size
    return low, np.random.default_rng(seed).multivariate_normal(truth, cov), cov


def test_the_band_of_a_smoothed_profile_covers_the_truth() -> None:
    """Sixty surveys: the pointwise 95 % band covers the true rate about so often, and SE is the true spread."""
    at, first = np.array([2.0, 12, 22, 30, 50, 70]), BASIC
    curves, covered, ses = [], [], []
    for seed in range(60):
        low, rates, cov = survey(seed, 4000.0)
        found = smooth_profile(
            low,
            np.maximum(rates, 1e-6),
            covariance=cov,
            components=7,
            at=at,
            width=np.full(16, 5.0),
            first=first,
            starts=1,
        )
        truth = rogers_castro(at, BASIC)
        covered.append((found.lower <= truth) & (truth <= found.upper))
        curves.append(found.rates)
        ses.append(found.se)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.05)
    assert np.std(curves, axis=0) == pytest.approx(np.mean(ses, axis=0), rel=0.35)


def test_smoothing_leaves_out_groups_without_a_variance() -> None:
    low, rates, cov = survey(1, 4000.0)
    rates[-1], cov[-1], cov[:, -1] = 0.0, 0.0, 0.0
    found = smooth_profile(
        low, np.maximum(rates, 0), covariance=cov, components=7, at=AGES, width=np.full(16, 5.0), starts=3
    )
    assert found.used.tolist() == [True] * 15 + [False]
    assert found.df == 8
    assert (found.lower > 0).all()
    assert (found.lower < found.rates).all()
    with pytest.raises(ValueError, match="is not of"):
        smooth_profile(low, rates, covariance=cov[:3], components=7, at=AGES)


@given(curves)
@settings(max_examples=20, deadline=None)
def test_split_groups_add_up_and_share_their_covariance(p: RogersCastro) -> None:
    group = np.arange(80) // 5
    totals = np.linspace(10, 100, 16)
    cov = np.diag(totals) + 1.0
    found = split_groups(totals, profile=rogers_castro(np.arange(80.0), p), group=group, covariance=cov)
    member = (group[:, None] == np.arange(16)).astype(float)
    assert found.values @ member == pytest.approx(totals)
    assert np.allclose(member.T @ found.covariance @ member, cov)


def test_groups_that_cannot_be_split() -> None:
    assert np.isnan(split_groups(np.array([3.0]), profile=np.zeros(2), group=np.zeros(2)).values).all()
    with pytest.raises(ValueError, match="do not fit"):
        split_groups(np.array([3.0]), profile=np.ones(2), group=np.array([0, 4]))
