"""Identities that any estimate must keep, on random surveys."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.estimate import EstimateSet, estimate, finish, merge, part
from tests.estimate.surveys import by, design_of, measure, survey, whole

NUMBERS = ("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df", "n_weighted", "share_missing")
seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)
RULES = ("adjust", "average", "certainty", "remove")


def with_missing(data: pd.DataFrame) -> pd.DataFrame:
    data = data.copy()
    data.loc[data.index % 7 == 3, "y"] = np.nan
    data.loc[data.index % 11 == 5, "x"] = np.nan
    data.loc[data.index % 13 == 6, "weight"] = 0.0
    return data


def all_measures(data: pd.DataFrame):
    return [
        measure(data, "total", "y"),
        measure(data, "mean", "y"),
        measure(data, "proportion", "yes"),
        measure(data, "ratio", "y", "x"),
        measure(data, "rate", "yes", "x", multiply=1000.0, universe=data.group < 2),
    ]


def run(data: pd.DataFrame, **shape) -> EstimateSet:
    return estimate(design_of(data, **shape), all_measures(data), [whole(len(data)), by(data, "group")])


def assert_same(left: EstimateSet, right: EstimateSet, *, fields=NUMBERS, tolerance: float = 1e-10) -> None:
    assert (left.status == right.status).all()
    assert (left.n_unweighted == right.n_unweighted).all()
    for name in fields:
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), rtol=tolerance, atol=1e-12, err_msg=name)


@quick
@given(seeds, st.sampled_from(RULES), st.booleans())
def test_the_order_of_rows_does_not_matter(seed: int, rule: str, fpc: bool) -> None:
    data = with_missing(survey(seed, lonely=True))
    shuffled = data.sample(frac=1.0, random_state=seed)
    assert_same(run(data, lonely=rule, fpc=fpc), run(shuffled, lonely=rule, fpc=fpc))


def test_equal_inputs_give_equal_bits() -> None:
    data = with_missing(survey(1, rows=300))
    first, second = run(data).to_frame(), run(data).to_frame()
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@quick
@given(seeds, st.sampled_from([1e-12, 0.125, 3.0, 1e12]))
def test_scaled_weights_scale_totals_and_nothing_else(seed: int, factor: float) -> None:
    data = with_missing(survey(seed))
    scaled = data.assign(weight=data.weight * factor)
    left, right = run(data), run(scaled)
    total = left.statistic == "total"
    times = np.where(total, factor, 1.0)
    for name in ("value", "se", "ci_low", "ci_high"):
        np.testing.assert_allclose(getattr(right, name), getattr(left, name) * times, rtol=1e-10, atol=1e-13 * factor)
    np.testing.assert_allclose(right.n_weighted, left.n_weighted * factor, rtol=1e-12)
    np.testing.assert_allclose(right.deff, left.deff, rtol=1e-9)
    assert (right.status == left.status).all()


@quick
@given(seeds)
def test_names_of_psus_and_strata_do_not_matter(seed: int) -> None:
    data = survey(seed, lonely=True)
    renamed = data.assign(psu=77 - data.psu, stratum=(data.stratum * 5 + 2) % 17)
    assert_same(run(data), run(renamed))


@quick
@given(seeds)
def test_rows_doubled_inside_their_psus_change_no_precision(seed: int) -> None:
    data = survey(seed)
    doubled = pd.concat([data, data], ignore_index=True).assign(weight=lambda d: d.weight / 2)
    left, right = run(data), run(doubled)
    for name in ("value", "se", "n_weighted"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), rtol=1e-9, atol=1e-12)
    assert (right.n_unweighted == 2 * left.n_unweighted).all()


@quick
@given(seeds)
def test_doubled_rows_are_clusters_of_the_rows(seed: int) -> None:
    data = survey(seed)
    data = data.assign(psu=np.arange(len(data)))
    doubled = pd.concat([data, data], ignore_index=True).assign(weight=lambda d: d.weight / 2)
    alone = estimate(design_of(data, psu=False), all_measures(data), [whole(len(data))])
    paired = estimate(design_of(doubled), all_measures(doubled), [whole(len(doubled))])
    np.testing.assert_allclose(paired.se, alone.se, rtol=1e-9)
    assert (paired.df == alone.df).all()


@quick
@given(seeds, st.sampled_from(RULES))
def test_the_mean_of_a_domain_is_a_ratio_of_totals_of_the_whole(seed: int, rule: str) -> None:
    data = survey(seed, lonely=True)
    inside = (data.group == 1).to_numpy(float)
    design, cells = design_of(data, lonely="certainty" if rule == "average" else rule), [whole(len(data))]
    domain = estimate(design, [measure(data, "mean", "y", universe=inside)], cells)
    ratio = estimate(design, [measure(data, "ratio", data.y * inside, inside)], cells)
    np.testing.assert_allclose(ratio.value, domain.value, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(ratio.se, domain.se, rtol=1e-10)


@quick
@given(seeds)
def test_totals_of_a_partition_add_up(seed: int) -> None:
    frame = run(with_missing(survey(seed))).to_frame()
    totals = frame[(frame.statistic == "total") & ~frame.status.isin(["empty", "all_missing"])]
    whole_row = totals[totals.domain == "total"]
    parts = totals[totals.domain == "group"]
    for name in ("value", "n_unweighted", "n_weighted"):
        np.testing.assert_allclose(parts[name].sum(), whole_row[name].iloc[0], rtol=1e-12, atol=1e-9)


@quick
@given(seeds)
def test_a_share_and_its_complement_have_one_error(seed: int) -> None:
    data = with_missing(survey(seed, rows=120))
    shares = [measure(data, "proportion", "yes"), measure(data, "proportion", 1.0 - data.yes)]
    yes, no = np.split(np.arange(8), 2)
    result = estimate(design_of(data), shares, [whole(len(data)), by(data, "group")])
    np.testing.assert_allclose(result.value[yes] + result.value[no], 1.0, rtol=1e-13)
    for name in ("se", "deff"):
        np.testing.assert_allclose(getattr(result, name)[yes], getattr(result, name)[no], rtol=1e-9)
    np.testing.assert_allclose(result.ci_low[yes], 1.0 - result.ci_high[no], rtol=1e-9, atol=1e-12)


@quick
@given(seeds)
def test_a_distribution_sums_to_one(seed: int) -> None:
    data = survey(seed)
    kinds = [measure(data, "distribution", data.group == k, category=str(k)) for k in range(3)]
    result = estimate(design_of(data), kinds, [whole(len(data))])
    assert result.value.sum() == pytest.approx(1.0, rel=1e-13)
    assert result.category.tolist() == ["0", "1", "2"]


@quick
@given(seeds, st.sampled_from(RULES), st.integers(1, 5))
def test_parts_merged_are_the_whole(seed: int, rule: str, parts: int) -> None:
    data = with_missing(survey(seed, rows=150, lonely=True))
    design = design_of(data, lonely=rule)
    measures, splits = all_measures(data), [whole(len(data)), by(data, "group")]
    share = np.random.default_rng(seed).integers(0, parts, len(data))
    states = []
    for k in range(parts):
        rows = np.flatnonzero(share == k)
        piece = replace(design, weight=design.weight[rows], psu=design.psu[rows])
        cut = [
            replace(
                m,
                numerator=m.numerator[rows],
                universe=m.universe[rows],
                denominator=None if m.denominator is None else m.denominator[rows],
            )
            for m in measures
        ]
        states.append(part(piece, cut, [replace(d, codes=d.codes[rows]) for d in splits]))
    assert_same(finish(merge(states)), estimate(design, measures, splits), tolerance=1e-9)


def test_parts_of_different_surveys_are_refused() -> None:
    one, other = survey(1), survey(2, strata=5)
    states = [part(design_of(d), all_measures(d), [whole(len(d))]) for d in (one, other)]
    with pytest.raises(ValueError, match="psus"):
        merge(states)
    few = part(design_of(one), all_measures(one)[:2], [whole(len(one))])
    with pytest.raises(ValueError, match="measures"):
        merge([states[0], few])


def test_blocks_of_measures_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_missing(survey(3))
    at_once = run(data).to_frame()
    monkeypatch.setattr("surveyproc.estimate.run.BLOCK_BYTES", 1)
    pd.testing.assert_frame_equal(run(data).to_frame(), at_once, check_exact=True)


def exact(data: pd.DataFrame, inside: np.ndarray, *, ratio: bool) -> tuple[Fraction, Fraction]:
    """Mean (or ratio y/x) of a domain and its variance by the textbook formula, in fractions."""
    rows = [
        (h, p, Fraction(w) * i, Fraction(y), Fraction(x) if ratio else Fraction(1), Fraction(n))
        for h, p, w, y, x, n, i in zip(
            data.stratum, data.psu, data.weight, data.y, data.x, data.population_psus, inside.astype(int), strict=True
        )
    ]
    below = sum(w * x for _, _, w, _, x, _ in rows)
    r = sum(w * y for _, _, w, y, _, _ in rows) / below
    z: dict[tuple[int, int], Fraction] = {}
    population = {}
    for h, p, w, y, x, n in rows:
        z[h, p] = z.get((h, p), Fraction(0)) + w * (y - r * x) / below
        population[h] = n
    variance = Fraction(0)
    for h, size in population.items():
        totals = [value for (stratum, _), value in z.items() if stratum == h]
        n_h, mean = len(totals), sum(totals) / len(totals)
        variance += (1 - n_h / size) * Fraction(n_h, n_h - 1) * sum((t - mean) ** 2 for t in totals)
    return r, variance


@quick
@given(seeds, st.booleans())
def test_means_and_ratios_equal_exact_fractions(seed: int, ratio: bool) -> None:
    data = survey(seed)
    inside = (data.group > 0).to_numpy()
    kind = ("ratio", "y", "x") if ratio else ("mean", "y")
    ours = estimate(design_of(data, fpc=True), [measure(data, *kind, universe=inside)], [whole(len(data))])
    value, variance = exact(data, inside, ratio=ratio)
    assert ours.value[0] == pytest.approx(float(value), rel=1e-12, abs=1e-14)
    assert ours.se[0] == pytest.approx(float(variance) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("offset", [1e6, 1e9])
@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e12])
def test_a_mean_far_from_zero_keeps_its_digits(offset: float, factor: float) -> None:
    data = survey(5)
    data["y"] += offset
    inside = (data.group > 0).to_numpy()
    scaled = data.assign(weight=data.weight * factor)
    ours = estimate(design_of(scaled, fpc=True), [measure(data, "mean", "y", universe=inside)], [whole(len(data))])
    _, variance = exact(data, inside, ratio=False)
    assert ours.se[0] == pytest.approx(float(variance) ** 0.5, rel=1e-9)


def test_a_small_sample_by_hand() -> None:
    # A: 2 of 4 psus, weighted totals 10 and 14. B: 3 of 9 psus, weighted totals 9, 3 and 6.
    data = pd.DataFrame(
        {
            "stratum": [0, 0, 0, 1, 1, 1],
            "psu": [0, 0, 1, 0, 1, 2],
            "weight": [2.0, 2.0, 2.0, 3.0, 3.0, 3.0],
            "y": [2.0, 3.0, 7.0, 3.0, 1.0, 2.0],
            "population_psus": [4.0, 4.0, 4.0, 9.0, 9.0, 9.0],
        }
    )
    result = estimate(design_of(data, fpc=True), [measure(data, "total", "y"), measure(data, "mean", "y")], [whole(6)])
    assert result.value[0] == 42.0
    variance = Fraction(1, 2) * 2 * (2**2 + 2**2) + Fraction(2, 3) * Fraction(3, 2) * (3**2 + 3**2)
    assert result.se[0] == pytest.approx(float(variance) ** 0.5, rel=1e-15)
    assert result.value[1] == 42 / 15
    assert (result.df == 3).all()
    assert (result.n_psus == 5).all()
    # z of the mean: A 2·(5 − 2·2.8), 2·(7 − 2.8); B 3·(3 − 2.8), 3·(1 − 2.8), 3·(2 − 2.8); over 15
    a, b = [Fraction(-6, 5), Fraction(42, 5)], [Fraction(3, 5), Fraction(-27, 5), Fraction(-12, 5)]
    spread = sum((t - sum(a) / 2) ** 2 for t in a), sum((t - sum(b) / 3) ** 2 for t in b)
    by_hand = (Fraction(1, 2) * 2 * spread[0] + Fraction(2, 3) * Fraction(3, 2) * spread[1]) / 15**2
    assert result.se[1] == pytest.approx(float(by_hand) ** 0.5, rel=1e-14)
