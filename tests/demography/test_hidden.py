"""Irregular and hidden populations: printed figures, closed forms, bounds, and variances by a second route."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from surveyproc.demography.fit import Fit
from surveyproc.demography.hidden import all_strata, hidden, legal_stock, multiplier, residual, two_lists
from surveyproc.demography.lists import closed_population_models, generators, log_linear, pair_models
from surveyproc.demography.reference_population import reference_model, reference_models, reference_population
from surveyproc.demography.repeats import chao, strata, zelterman, zero_truncated
from surveyproc.demography.side_by_side import from_lists, from_reference, from_repeats, from_two_lists

# Illegal immigrants apprehended in four Dutch cities in 1995, times each: van der Heijden et al. 2003.
TIMES, PERSONS = np.arange(1.0, 7), np.array([1645.0, 183, 37, 13, 1, 1])
# HIV in the Lazio region, four lists, Abeni et al. 1994: patterns from 1111 to 0001, as in Rcapture.
ROME = np.array([0.0, 3, 1, 33, 0, 20, 6, 403, 3, 35, 10, 545, 11, 621, 205])
FOUR = np.array(list(product((1.0, 0.0), repeat=4))[:-1])


def spread(function, at: list, variance: list) -> float:
    x = np.array(at, float)
    steps = np.diag(1e-5 * np.abs(x))
    slope = [(function(*(x + s)) - function(*(x - s))) / (2 * s.sum()) for s in steps]
    return float(np.square(slope) @ np.array(variance))


def test_two_lists_printed() -> None:
    """200, 300 and 50 on both: 1200 (SE 134.164) and 1185.294 (129.517)."""
    plain, better = (line.population for line in from_two_lists(np.array(200.0), np.array(300.0), both=np.array(50.0)))
    assert (float(plain.value), round(float(plain.se), 3)) == (1200, 134.164)
    assert (round(float(better.value), 3), round(float(better.se), 3)) == (1185.294, 129.516)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_two_lists_bounds(first: int, second: int, data: st.DataObject) -> None:
    both = data.draw(st.integers(0, min(first, second)))
    plain, better = (
        two_lists(np.array(first), np.array(second), both=np.array(both), formula=f)
        for f in ("lincoln_petersen", "chapman")
    )
    seen = first + second - both
    assert better.value >= seen - 1e-9
    if both == 0:
        assert np.isnan(plain.value)
        assert plain.state == Fit.NOT_IDENTIFIED
        return
    assert better.value <= plain.value + 1e-9
    assert plain.variance >= 0
    if plain.value > seen + 1e-6 and plain.variance > 0:
        assert seen < plain.lower < plain.value < plain.upper


def test_strata_add_up() -> None:
    both = np.array([50.0, 20.0])
    parts = two_lists(np.array([200.0, 80]), np.array([300.0, 90]), both=both, formula="chapman")
    whole = all_strata(parts)
    assert whole.value == pytest.approx(parts.value.sum())
    assert whole.variance == pytest.approx(parts.variance.sum())
    assert whole.observed == 450 + 150
    none = two_lists(np.array([200.0, 80]), np.array([300.0, 90]), both=0 * both, formula="lincoln_petersen")
    assert np.isnan(all_strata(none).value)
    assert all_strata(none).state == Fit.NOT_IDENTIFIED


def test_a_pair_of_lists_is_the_log_linear_model_of_independence() -> None:
    model = log_linear(np.array([[1.0, 1], [1, 0], [0, 1]]), np.array([50.0, 150, 250]))
    assert model.population.value == pytest.approx(1200)
    assert model.population.se == pytest.approx(134.1640786, abs=1e-5)


def test_three_lists_with_all_pairs_have_a_closed_form() -> None:
    three = np.array(list(product((1.0, 0.0), repeat=3))[:-1])
    f = np.array([20.0, 15, 12, 60, 9, 50, 70])
    model = log_linear(three, f, interactions=[(0, 1), (0, 2), (1, 2)])
    unseen = f[0] * f[3] * f[5] * f[6] / (f[1] * f[2] * f[4])
    assert model.population.value == pytest.approx(f.sum() + unseen)
    assert model.population.variance == pytest.approx(unseen + unseen**2 * (1 / f).sum(), rel=1e-5)
    assert model.df == 0
    assert model.name == "[12,13,23]"


def test_rome() -> None:
    """Independence 11,124.58, and 12,318.47 with lists 1 and 2 depending on each other (Rcapture)."""
    assert log_linear(FOUR, ROME).population.value == pytest.approx(11124.58, abs=0.005)
    best = pair_models(FOUR, ROME)[0]
    assert best.name == "[12,3,4]"
    assert best.population.value == pytest.approx(12318.47, abs=0.005)


def test_the_behaviour_model_finds_its_own_numbers() -> None:
    """Exact expected patterns of 1000 persons, p = .3, c = .6; and its variance by differences of the patterns."""
    p, c, occasions = 0.3, 0.6, 4

    def expected(total: float, p: float, c: float) -> np.ndarray:
        first, again = FOUR.argmax(1), FOUR.sum(1) - 1
        return total * p * (1 - p) ** first * c**again * (1 - c) ** (occasions - 1 - first - again)

    f = expected(1000, p, c)
    found = {m.name: m for m in closed_population_models(FOUR, f)}
    assert found["Mb"].population.value == pytest.approx(1000, rel=1e-6)
    assert found["Mbh"].population.value == pytest.approx(1000, rel=1e-6)
    assert found["Mb"].note == "needs occasions in their order"
    for name in ("Mb", "Mbh"):

        def value(*frequency: float, name: str = name) -> float:
            models = {m.name: m for m in closed_population_models(FOUR, np.array(frequency))}
            return float(models[name].population.value)

        by_differences = spread(value, list(f), list(f)) - 1000
        assert found[name].population.variance == pytest.approx(by_differences, rel=1e-3)


def test_names_of_models() -> None:
    assert generators([(0, 1), (2,)], 4) == "[12,3,4]"
    assert log_linear(FOUR, ROME, interactions=[(0, 1, 2)]).name == "[123,4]"


def test_lists_that_cannot_be_told() -> None:
    apart = np.where(FOUR.sum(1) > 1, 0.0, 10.0)
    assert log_linear(FOUR, apart).population.state == Fit.NOT_IDENTIFIED
    assert np.isnan(log_linear(FOUR, apart).population.value)
    with pytest.raises(ValueError, match="each of the"):
        log_linear(FOUR[1:], ROME[1:])
    assert [m.name for m in closed_population_models(np.array([[1.0, 1], [1, 0], [0, 1]]), ROME[1:4])] == ["M0", "Mt"]
    assert np.isnan(log_linear(FOUR, apart).aic)
    with pytest.raises(ValueError, match="of 4 lists"):
        log_linear(FOUR, ROME, interactions=[(0, 1, 2, 3)])
    with pytest.raises(ValueError, match="too many models"):
        pair_models(np.ones((3, 6)), np.ones(3))


def test_side_by_side_tells_all() -> None:
    lines = from_lists(FOUR, ROME)
    assert len(lines) == 64 + 11
    assert lines[0].name == "[12,3,4]"
    assert [line.name for line in lines if line.assumes.startswith("needs")] == ["Mbh", "Mb"]
    assert all(a.aic <= b.aic for a, b in pairwise(lines))


def test_dutch_cities() -> None:
    """Printed: Chao 9,273.5 (9,228.9), Zelterman 9,424.6, Poisson 7,079.9 (6,363–7,797), geometric 13,468.2."""
    lines = {line.name: line.population for line in from_repeats(TIMES, frequency=PERSONS)}
    values = {name: round(float(p.value), 1) for name, p in lines.items()}
    assert values == {
        "chao": 9273.5,
        "chao_bias_corrected": 9228.9,
        "zelterman": 9424.6,
        "truncated_poisson": 7079.9,
        "truncated_geometric": 13468.2,
    }
    assert round(float(lines["truncated_poisson"].normal_lower)) == 6363
    assert round(float(lines["truncated_poisson"].normal_upper)) == 7797
    assert round(float(lines["zelterman"].se), 1) == 684.0


@given(st.floats(0.2, 3), st.floats(50, 1e5))
@settings(max_examples=40, deadline=None)
def test_equal_chances_are_found_by_all(rate: float, total: float) -> None:
    k = np.arange(1.0, 60)
    f = total * stats.poisson.pmf(k, rate)
    n = f.sum()
    assert chao(f[0], f[1], observed=n, form="plain").value == pytest.approx(total, rel=1e-9)
    assert zelterman(f[0], f[1], observed=n).value == pytest.approx(total, rel=1e-9)
    for family in ("poisson", "zelterman", "chao"):
        assert zero_truncated(k, family=family, frequency=f).population.value == pytest.approx(total, rel=1e-6)


@given(st.floats(0.2, 0.8), st.floats(0.3, 3))
@settings(max_examples=40, deadline=None)
def test_chao_is_a_lower_bound_where_chances_differ(share: float, odds: float) -> None:
    """Two groups of other rates, and a geometric population: Poisson ≤ Chao ≤ truth; geometric is exact."""
    k = np.arange(1.0, 200)
    mixed = 1000 * (share * stats.poisson.pmf(k, odds) + (1 - share) * stats.poisson.pmf(k, odds / 5))
    spread_out = 1000 * stats.geom.pmf(k + 1, 1 / (1 + odds))
    for f in (mixed, spread_out):
        bound = chao(f[0], f[1], observed=f.sum(), form="plain").value
        equal = zero_truncated(k, family="poisson", frequency=f).population.value
        assert equal <= bound * (1 + 1e-9)
        assert bound <= 1000 * (1 + 1e-9)
    geometric = zero_truncated(k, family="geometric", frequency=spread_out).population.value
    assert geometric == pytest.approx(1000, rel=1e-6)


def test_no_second_contact_leaves_the_corrected_form() -> None:
    lines = {x.name: x.population for x in from_repeats(np.array([1.0]), frequency=np.array([10.0]))}
    assert np.isnan(lines["chao"].value)
    assert lines["chao_bias_corrected"].value == pytest.approx(10 + 45)
    assert np.isnan(lines["zelterman"].value)
    assert np.isnan(lines["truncated_poisson"].value)
    assert lines["truncated_poisson"].state == Fit.NOT_IDENTIFIED


def test_truncated_poisson_by_its_equation() -> None:
    mean = (TIMES * PERSONS).sum() / PERSONS.sum()
    rate = optimize.brentq(lambda x: x / -np.expm1(-x) - mean, 1e-6, 10)
    fit = zero_truncated(TIMES, family="poisson", frequency=PERSONS)
    assert np.exp(fit.coefficients[0]) == pytest.approx(rate)
    assert fit.population.observed == 1880


def test_frequency_is_repeated_records() -> None:
    """Frequencies enter the number observed (a public package once left them out)."""
    y, group = np.array([1.0, 2, 1, 3, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    times = np.array([40, 12, 60, 3, 20, 4])
    design = np.stack([np.ones(6), group], axis=1)
    short = zero_truncated(y, design, family="poisson", frequency=times)
    long = zero_truncated(np.repeat(y, times), np.repeat(design, times, axis=0), family="poisson")
    assert short.population.value == pytest.approx(long.population.value)
    assert short.population.variance == pytest.approx(long.population.variance)
    assert short.population.observed == times.sum()
    parts = strata(short, group)
    assert parts.value.sum() == pytest.approx(float(short.population.value))
    assert parts.observed.sum() == times.sum()


def test_a_covariate_twice_is_not_identified() -> None:
    fit = zero_truncated(TIMES, np.ones((6, 2)), family="poisson", frequency=PERSONS)
    assert fit.population.state == Fit.NOT_IDENTIFIED
    assert np.isnan(fit.population.value)
    for wrong in (0.0, 1.5):
        with pytest.raises(ValueError, match="below 1 or not whole"):
            zero_truncated(np.array([wrong, 1]), family="poisson")


def test_residual() -> None:
    found = residual(
        np.array(1000.0),
        np.array(700.0),
        coverage_legal=0.98,
        coverage_hidden=0.85,
        variance_counted=400.0,
        variance_legal=100.0,
        variance_coverage_legal=0.0001,
        variance_coverage_hidden=0.0025,
    )
    by_slope = spread(lambda f, s, c, u: (f - c * s) / u, [1000, 700, 0.98, 0.85], [400, 100, 0.0001, 0.0025])
    assert found.value == pytest.approx((1000 - 686) / 0.85)
    assert found.variance == pytest.approx(by_slope, rel=1e-6)
    below = residual(np.array(10.0), np.array(20.0), variance_counted=1.0)
    assert below.value == -10
    assert residual(np.array(10.0), np.array(20.0), variance_counted=1.0, negative="zero").value == 0
    assert np.isnan(residual(np.array(10.0), np.array(5.0), coverage_hidden=0.0).value)
    stock = legal_stock(
        np.array([100.0, 200]), survival=np.array([0.9, 0.95]), emigration=np.array([0.2, 0.1]), other=7.0
    )
    assert stock == pytest.approx(100 * 0.9 * 0.8 + 200 * 0.95 * 0.9 + 7)


def test_multiplier() -> None:
    found = multiplier(np.array(300.0), np.array([0.25, 0.0]), variance_share=np.array(0.0004))
    assert found.value[0] == 1200
    assert found.se[0] == pytest.approx(300 * 0.02 / 0.0625)
    assert np.isnan(found.value[1])


def test_intervals() -> None:
    found = hidden(np.array(1880.0), np.array(7079.93), np.array(365.75**2))
    assert round(float(found.lower)) == 6411
    assert round(float(found.normal_upper)) == 7797
    assert np.isnan(hidden(np.array(5.0), np.array(9.0), np.array(np.nan)).lower)


def countries() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    total = np.round(rng.lognormal(7, 2, 60)) + 2
    known = np.round(total * rng.uniform(0.01, 0.1, 60)) + 1
    return total**0.8 * (0.02 + known / total) ** 0.6, known, total


def test_exact_data_give_their_parameters_back() -> None:
    seen, known, total = countries()
    for model in reference_models(seen, known, total):
        assert model.alpha == pytest.approx([0.8], rel=1e-4)
        assert model.beta == pytest.approx([0.6], rel=1e-3)
        assert model.gamma == pytest.approx(0.02, rel=1e-2)


def test_nobody_seen_identifies_nothing() -> None:
    _, known, total = countries()
    models = reference_models(np.zeros(60), known, total)
    assert {m.state for m in models} == {Fit.NOT_IDENTIFIED}


def test_zeros_are_dropped_or_one_is_added() -> None:
    seen, known, total = countries()
    seen[:5] = 0.0
    dropped = reference_model(seen, known, total, estimator="least_squares", zeros="dropped")
    added = reference_model(seen, known, total, estimator="least_squares", zeros="one_added")
    assert dropped.alpha == pytest.approx([0.8], rel=1e-4)
    assert abs(added.alpha[0] - 0.8) > 1e-3
    assert reference_population(dropped).value == pytest.approx([(total**0.8).sum()], rel=1e-3)


def test_robust_variance_is_the_jackknife() -> None:
    """HC3 is the sum of squared changes when each record is left out, exactly so for least squares."""
    seen, known, total = countries()
    seen = seen * np.random.default_rng(1).lognormal(0, 0.4, 60)
    model = reference_model(seen, known, total, estimator="least_squares", gamma=0.02)
    changes = []
    for k in range(60):
        keep = np.arange(60) != k
        part = reference_model(seen[keep], known[keep], total[keep], estimator="least_squares", gamma=0.02)
        changes.append([part.alpha[0] - model.alpha[0], part.beta[0] - model.beta[0]])
    assert model.robust == pytest.approx(np.array(changes).T @ np.array(changes), rel=1e-8)


def test_likelihoods_are_at_their_top() -> None:
    seen, known, total = countries()
    seen = np.random.default_rng(4).negative_binomial(2, 2 / (2 + seen)).astype(float)
    columns = lambda g: np.stack([np.log(total), np.log(g + known / total)], axis=1)  # noqa: E731

    def lost(p: np.ndarray) -> float:
        mean, theta = np.exp(columns(np.exp(p[3])) @ p[:2]), np.exp(p[2])
        return -float(stats.nbinom.logpmf(seen, theta, theta / (theta + mean)).sum())

    model = reference_model(seen, known, total, estimator="negative_binomial")
    at = np.array([model.alpha[0], model.beta[0], np.log(model.theta), np.log(model.gamma)])
    assert -model.log_likelihood == pytest.approx(lost(at))
    other = optimize.minimize(lost, at, method="Nelder-Mead", options={"maxiter": 400})
    assert model.log_likelihood >= -other.fun - 1e-6


def test_population_of_groups_and_its_variance() -> None:
    seen, known, total = countries()
    seen = np.random.default_rng(5).poisson(seen).astype(float)
    half = (np.arange(60) % 2).astype(float)
    design = np.stack([np.ones(60), half], axis=1)
    model = reference_model(seen, known, total, estimator="poisson", gamma=0.02, design_alpha=design)
    found, whole = reference_population(model, groups=half), reference_population(model)
    assert found.value.sum() == pytest.approx(whole.value[0])
    assert (found.corrected < found.value).all()
    assert ((found.lower < found.corrected) & (found.corrected < found.upper)).all()
    move = np.linalg.cholesky(model.robust[:2, :2]) * 1e-4
    ends = [
        (total ** (design @ (model.alpha + m))).sum() - (total ** (design @ (model.alpha - m))).sum() for m in move.T
    ]
    assert whole.variance[0] == pytest.approx(sum((e / 2e-4) ** 2 for e in ends), rel=1e-5)


def test_all_three_estimators_are_shown() -> None:
    seen, known, total = countries()
    shown = from_reference(np.round(seen), known, total)
    assert [m.estimator for m, _ in shown] == ["least_squares", "poisson", "negative_binomial"]
    assert all(p.value > 0 for _, p in shown)
    with pytest.raises(ValueError, match="gamma"):
        reference_model(seen, 0 * known, total, estimator="poisson", gamma=0.0)
    with pytest.raises(ValueError, match="below 1"):
        reference_model(seen, known, 0 * total, estimator="poisson")
