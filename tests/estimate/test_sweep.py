"""The one pass over rows: sums, counts and squares against plain ways to make them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.estimate import estimate, part
from surveyproc.values import Disaggregation
from tests.estimate.surveys import by, design_of, measure, survey, whole
from tests.estimate.test_identities import all_measures, run, with_missing

seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)


def outside_some(data: pd.DataFrame) -> Disaggregation:
    cells = by(data, "group")
    return Disaggregation("some", np.where(data.index % 5 == 0, -1, cells.codes).astype(np.int32), cells.cells)


@quick
@given(seeds)
def test_sums_by_cell_and_psu_are_those_of_a_group_by(seed: int) -> None:
    data = with_missing(survey(seed, rows=150)).sample(frac=1.0, random_state=seed).reset_index(drop=True)
    split = outside_some(data)
    state = part(design_of(data), [measure(data, "total", "y"), measure(data, "ratio", "y", "x")], [split])
    table = state.tables[0]
    known = data[split.codes >= 0].assign(cell=split.codes[split.codes >= 0])
    keys = [known.cell, known.stratum, known.psu]
    sums = (known.y * known.weight).fillna(0.0).groupby(keys).sum()
    np.testing.assert_allclose(table.sums[:, 0], sums.to_numpy(), rtol=1e-13, atol=1e-12)
    below = (known.x * known.weight).where(known.y.notna()).fillna(0.0).groupby(keys).sum()
    np.testing.assert_allclose(table.sums[:, state.layout.denominator[1]], below.to_numpy(), rtol=1e-13, atol=1e-12)


@quick
@given(seeds)
def test_cases_and_their_psus_are_counted_exactly(seed: int) -> None:
    data = with_missing(survey(seed, rows=150))
    split = outside_some(data)
    found = estimate(design_of(data), all_measures(data), [split])
    used = {"total": data.y, "mean": data.y, "proportion": data.yes, "ratio": data.y + data.x}
    for k, values in enumerate(used.values()):
        for cell in range(len(split.cells)):
            rows = data[(split.codes == cell) & values.notna() & (data.weight > 0)]
            place = k * len(split.cells) + cell
            assert found.n_unweighted[place] == len(rows)
            assert found.n_psus[place] == len(rows[["stratum", "psu"]].drop_duplicates())


@pytest.mark.parametrize("left_out", [0.02, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("weightless", [0.0, 0.3])
def test_cases_and_kish_are_those_of_the_rows_however_many_are_left_out(left_out: float, weightless: float) -> None:
    rng = np.random.default_rng(5)
    data = survey(5, rows=300)
    rows = len(data)
    data["weight"] = np.where(rng.random(rows) < weightless, 0.0, rng.gamma(0.5, 1e3, rows))
    few, nearly_all = data.y.where(rng.random(rows) >= left_out), data.y.where(data.group != 0)
    nearly_all[data.group.eq(0).idxmax()] = 1.0  # group 0 keeps one row, though most rows of the whole are known
    measures = [measure(data, "mean", y) for y in (few, nearly_all)]
    found = estimate(design_of(data), measures, [whole(rows), by(data, "group")])
    cells = [np.ones(rows, dtype=bool), *(data.group == g for g in sorted(data.group.unique()))]
    for place, (y, cell) in enumerate((y, cell) for y in (few, nearly_all) for cell in cells):
        w = data.weight[cell & y.notna() & (data.weight > 0)]
        assert found.n_unweighted[place] == len(w)
        kish = len(w) * (w**2).sum() / w.sum() ** 2 if len(w) else np.nan
        np.testing.assert_allclose(found.kish[place], kish, rtol=1e-14)


@pytest.mark.parametrize("stretch", [1, 7, 10_000])
def test_the_length_of_stretches_does_not_matter(stretch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_missing(survey(3, rows=400, strata=6, psus=5))
    usual = run(data).to_frame()
    monkeypatch.setattr("surveyproc.estimate.sweep.STRETCH", stretch)
    pd.testing.assert_frame_equal(run(data).to_frame(), usual, check_exact=True)


@quick
@given(seeds, st.sampled_from([0.0, 3.0, -700.0, 1e6]), st.sampled_from([-2.0, 0.01, 1e5]))
def test_a_mean_moves_with_its_values_and_so_does_its_error(seed: int, shift: float, scale: float) -> None:
    # A far shift has squares summed about the mean, a near one about the centre: both must give one design effect.
    data = with_missing(survey(seed, rows=120))
    moved = data.assign(y=data.y * scale + shift)
    left, right = (
        estimate(design_of(d), [measure(d, "mean", "y")], [whole(len(d)), by(d, "group")]) for d in (data, moved)
    )
    np.testing.assert_allclose(right.value, left.value * scale + shift, rtol=1e-9, atol=1e-9 * abs(scale))
    tolerance = 1e-9 * max(1.0, abs(shift) / abs(scale))
    for name in ("se", "deff"):
        size = abs(scale) if name == "se" else 1.0
        np.testing.assert_allclose(getattr(right, name), getattr(left, name) * size, rtol=tolerance)


@quick
@given(seeds)
def test_the_design_effect_is_that_of_the_textbook(seed: int) -> None:
    data = survey(seed, rows=150)
    found = estimate(
        design_of(data), [measure(data, "mean", "y"), measure(data, "ratio", "y", "x")], [whole(len(data))]
    )
    w, n = data.weight, len(data)
    for k, x in enumerate((pd.Series(np.ones(n)), data.x)):
        e = (data.y - (w * data.y).sum() / (w * x).sum() * x) / ((w * x).sum() / w.sum())
        simple = (w * (e - (w * e).sum() / w.sum()) ** 2).sum() / w.sum() / (n - 1)
        assert found.deff[k] == pytest.approx(found.se[k] ** 2 / simple, rel=1e-9)


def test_a_stratum_of_many_rows_counts_all_of_them() -> None:
    rows = 70_000  # more than 16 bits hold
    rng = np.random.default_rng(1)
    data = pd.DataFrame(
        {"stratum": 0, "psu": rng.integers(0, 9, rows), "weight": 1.0, "group": rng.integers(0, 2, rows)}
    )
    data["y"] = rng.random(rows)
    columns = [data.y.where(rng.random(rows) < share) for share in np.linspace(0.05, 1.0, 12)]
    found = estimate(design_of(data), [measure(data, "mean", y) for y in columns], [whole(rows), by(data, "group")])
    counts = [[y.notna().sum(), *y.notna().groupby(data.group).sum()] for y in columns]
    assert (found.n_unweighted.reshape(-1, 3) == np.array(counts)).all()
