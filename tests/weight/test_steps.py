"""Weights step by step through a whole round: what each step keeps, meets and tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.publications import render, weight_rows
from surveyproc.weight.rates import representativity, response_rates
from surveyproc.weight.trim import trim
from surveyproc.weight.trimming import CANDIDATES, least_error
from tests.weight.survey import BASE, ELIGIBLE, Run, frames, known_totals, runner

CLASSES = "{step: nonresponse, classes: [region, area], minimum: 5}"
RAKED = "{step: calibrate, method: raking, totals: totals.csv, margins: [[region, area], [sex, band]]}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    return runner(monkeypatch, tmp_path)


def steps(*lines: str) -> str:
    return "\n".join(lines)


def weights(run: Run, *lines: str, **more: object) -> np.ndarray:
    return run({"household": steps(*lines)}, **more).weighted.levels["household"].weight


def test_base_weights_are_the_column_or_one_over_the_probabilities(run: Run) -> None:
    household = frames()["household"]
    np.testing.assert_array_equal(weights(run, BASE), household.HW)
    np.testing.assert_array_equal(weights(run, "{step: base, column: HW, divide_by: 4}"), household.HW / 4)
    product = weights(run, "{step: base, probabilities: [P1, P2]}")
    np.testing.assert_allclose(product, 1 / (household.P1 * 0.5), rtol=1e-15)


def test_unknown_eligibility_is_spread_and_the_ineligible_leave(run: Run) -> None:
    household = frames()["household"]
    after = weights(run, BASE, ELIGIBLE, CLASSES)
    eligible = household.RES <= 4
    for region in (1, 2, 3):
        here = region == household.REG
        factor = household[here].HW.sum() / household[here & (household.RES < 6)].HW.sum()
        assert after[here].sum() == pytest.approx(factor * household[here & eligible].HW.sum(), rel=1e-12)
    assert (after[household.RES > 2] == 0).all()
    assert (after[household.RES <= 2] > 0).all()


def test_in_each_class_respondents_hold_what_the_eligible_held(run: Run) -> None:
    household = frames()["household"]
    made = run({"household": steps(BASE, ELIGIBLE, CLASSES)}).weighted.levels["household"]
    known = household[household.RES < 6].groupby("REG").HW.sum()
    before = household.HW * household.REG.map(household.groupby("REG").HW.sum() / known)
    for (region, area), rows in household.groupby(["REG", "AREA"]).groups.items():
        held = before[rows][household.RES[rows] <= 4].sum()
        assert made.weight[rows].sum() == pytest.approx(held, rel=1e-12), (region, area)
    told = [line for line in made.steps[2].lines if line.part == "class"]
    assert len(told) == 6
    assert sum(line.figures["total"] for line in told) == pytest.approx(made.weight.sum(), rel=1e-12)


def test_small_classes_join_the_nearest_and_say_so(run: Run) -> None:
    survey = frames()
    household = survey["household"]
    few = (household.REG == 2) & (household.AREA == 1) & (household.RES <= 2)
    household.loc[few[few].index[3:], "RES"] = 3.0
    survey["person"] = survey["person"][survey["person"].HH.isin(household[household.RES <= 2].HH)]
    survey["emigrant"] = survey["emigrant"][survey["emigrant"].HH.isin(household[household.RES <= 2].HH)]
    joining = CLASSES.replace("}", ", collapse: nearest}")
    made = run({"household": steps(BASE, ELIGIBLE, joining)}, survey=survey).weighted.levels["household"]
    lines = [line for line in made.steps[2].lines if line.part == "class"]
    pair = [line for line in lines if line.figures["joined"] == 2]
    assert [dict(line.cell) for line in pair] == [
        {"region": "south", "area": "urban"},
        {"region": "south", "area": "rural"},
    ]
    south = household.REG == 2
    eligible = household[south & (household.RES <= 4)].HW.sum()
    factor = household[south].HW.sum() / household[south & (household.RES < 6)].HW.sum()
    assert made.weight[south].sum() == pytest.approx(factor * eligible, rel=1e-12)


def test_raking_meets_household_and_person_totals_with_one_weight_a_household(run: Run) -> None:
    survey = frames()
    text = known_totals(survey, scale=1.0)
    made = run({"household": steps(BASE, ELIGIBLE, CLASSES, RAKED), "person": "{step: parent}"}, totals=text)
    household = made.weighted.levels["household"].weight
    person = made.weighted.levels["person"].weight
    rows = survey["person"].HH.to_numpy(dtype=int) - 1
    np.testing.assert_array_equal(person, household[rows])
    table = pd.read_csv(pd.io.common.StringIO(text)).set_index(["variable", "level"]).total
    frame = survey["household"]
    for region, r in (("north", 1), ("south", 2), ("west", 3)):
        for area, a in (("urban", 1), ("rural", 2)):
            found = household[(r == frame.REG) & (a == frame.AREA)].sum()
            assert found == pytest.approx(table["region × area", f"{region} × {area}"], rel=1e-8)
    who = survey["person"]
    for sex, s in (("male", 1), ("female", 2)):
        for band, low, high in (("child", 0, 14), ("adult", 15, 59), ("old", 60, 200)):
            here = ((s == who.SEX) & (low <= who.AGE) & (high >= who.AGE)).to_numpy()
            assert person[here].sum() == pytest.approx(table["sex × band", f"{sex} × {band}"], rel=1e-8)


def test_partitions_are_calibrated_each_by_itself(run: Run) -> None:
    household = frames()["household"]
    lines = ["variable;level;partition;total"]
    for region, r in (("north", 1), ("south", 2), ("west", 3)):
        for area, a in (("urban", 1), ("rural", 2)):
            total = 1.1 * household[(r == household.REG) & (a == household.AREA)].HW.sum()
            lines.append(f"area;{area};{region};{total:.5f}".replace(".", ","))
    step = "{step: calibrate, method: linear, totals: totals.csv, margins: [area], partition: region}"
    after = weights(run, BASE, step, totals="\n".join(lines))
    np.testing.assert_allclose(after, 1.1 * household.HW, rtol=1e-6)


@pytest.mark.parametrize("rule", ["highest: 90, lowest: 48", "times_median: 1.12", "quantile: 0.9", "mse: members"])
def test_trimming_keeps_the_sum_of_each_cell_within_the_limits(run: Run, rule: str) -> None:
    household = frames()["household"]
    step = f"{{step: trim, {rule}, cells: [region]}}"
    made = run({"household": steps(BASE, step)}).weighted.levels["household"]
    line = made.steps[1].lines[0].figures
    assert line["cut"] > 0 or "mse" in rule
    assert made.weight.max() <= line["highest"] * (1 + 1e-12)
    for region in (1, 2, 3):
        here = region == household.REG
        assert made.weight[here].sum() == pytest.approx(household.HW[here].sum(), rel=1e-12)
    lost = run({"household": steps(BASE, step.replace("cells: [region]", "redistribute: none"))})
    after = lost.weighted.levels["household"].weight
    assert (after <= np.maximum(household.HW, 48) + 1e-9).all()


def test_the_limit_of_least_error_is_the_least_of_those_tried() -> None:
    rng = np.random.default_rng(3)
    weight = rng.lognormal(0, 0.9, 400)
    noise = rng.normal(size=400)
    mild = least_error(weight, noise)
    strong = least_error(weight, noise + 5 * np.log(weight))
    assert mild < np.quantile(weight, 0.95)
    assert strong > np.quantile(weight, 0.99)
    errors = []
    for quantile in CANDIDATES:
        now = trim(weight, upper=float(np.quantile(weight, quantile)), sharing="in proportion").weight
        centre = np.average(noise, weights=now)
        bias = centre - np.average(noise, weights=weight)
        errors.append(bias**2 + 400 / 399 * ((now / now.sum()) ** 2 @ (noise - centre) ** 2))
    assert mild == pytest.approx(np.quantile(weight, CANDIDATES[int(np.argmin(errors))]))
    assert least_error(np.array([1.0, 0.0]), np.array([1.0, 2.0])) == np.inf


def test_response_rates_follow_the_definitions(run: Run) -> None:
    step = ELIGIBLE.replace("classes: [region]", "classes: [region], rates_by: [area]")
    made = run({"household": steps(BASE, step, CLASSES)}).weighted.levels["household"]
    lines = {line.cell: line.figures for line in made.steps[1].lines if line.part == "rate"}
    assert set(lines) == {(), (("area", "urban"),), (("area", "rural"),)}
    n = frames()["household"].RES.value_counts()
    done, known, unknown = n[1], n[[1, 2, 3, 4]].sum(), n[6]
    e = known / (known + n[5])
    whole = lines[()]
    assert whole["rr1"] == pytest.approx(done / (known + unknown))
    assert whole["rr2"] == pytest.approx((done + n[2]) / (known + unknown))
    assert whole["rr3"] == pytest.approx(done / (known + e * unknown))
    assert whole["rr4"] == pytest.approx((done + n[2]) / (known + e * unknown))
    assert whole["rr5"] == pytest.approx(done / known)
    assert whole["rr6"] == pytest.approx((done + n[2]) / known)
    assert whole["rr1"] < whole["rr3"] < whole["rr5"]
    assert sum(lines[cell]["cases"] for cell in lines if cell) == whole["cases"] == 360
    indicator = next(line for line in made.steps[2].lines if line.part == "representativity")
    assert 0.5 < indicator.figures["r"] < 1
    assert np.isnan(indicator.figures["se"])
    assert "not estimated" in indicator.text


def test_rates_of_an_empty_cell_are_no_numbers() -> None:
    assert all(np.isnan(value) for value in response_rates(np.zeros(7)).values())
    assert response_rates(np.array([8.0, 0, 1, 1, 0, 5, 0]))["rr1"] == 0.8


def test_response_that_does_not_vary_is_wholly_representative() -> None:
    codes = [np.repeat(np.array([0, 1], dtype=np.int32), 50)]
    takes = np.tile(np.arange(10) < 7, 10)
    line = representativity(np.ones(100), codes, np.ones(100, dtype=bool), takes)
    assert line.figures["r"] == pytest.approx(1.0, abs=1e-9)
    takes = np.concatenate((np.arange(50) < 45, np.arange(50) < 25))
    assert representativity(np.ones(100), codes, np.ones(100, dtype=bool), takes).figures["r"] == pytest.approx(0.6)
    certain = np.concatenate((np.ones(50, dtype=bool), np.arange(50) < 25))
    line = representativity(np.ones(100), codes, np.ones(100, dtype=bool), certain)
    assert np.isnan(line.figures["r"])
    assert line.text.startswith("not estimated: in some category all respond")


def test_item_non_response_by_reason_among_those_asked(run: Run) -> None:
    survey = frames()
    person = survey["person"]
    older = person.index[person.AGE >= 15]
    person.loc[older[:30], "WORK"] = np.nan
    items = {i.variable: i for i in run({"household": steps(BASE, ELIGIBLE, CLASSES)}, survey=survey).weighted.items}
    assert items["works"].asked == len(older)
    assert items["works"].missing["system"] == pytest.approx(30 / len(older))
    assert items["works"].weighted["system"] != items["works"].missing["system"]
    assert items["tenure"].asked == (survey["household"].RES <= 2).sum()
    assert sum(items["sex"].missing.values()) == 0


def test_scaling_and_pooling(run: Run) -> None:
    household = frames()["household"]
    assert weights(run, BASE, "{step: scale, to: population, population: 12345}").sum() == pytest.approx(12345)
    half = weights(run, BASE, "{step: pool, rounds: visit}")
    np.testing.assert_allclose(half, household.HW / 2, rtol=1e-15)
    odd = weights(run, BASE, "{step: pool, rounds: visit, shares: {first: 0.25, second: 0.75}}")
    np.testing.assert_allclose(odd, household.HW * np.where(household.VIS == 1, 0.25, 0.75), rtol=1e-15)
    shares = weights(run, BASE, "{step: pool, rounds: visit, shares: effective}") / household.HW
    size = household.groupby("VIS").HW.agg(lambda w: w.sum() ** 2 / (w @ w))
    np.testing.assert_allclose(shares, household.VIS.map(size / size.sum()), rtol=1e-12)


def test_selection_within_the_household(run: Run) -> None:
    survey = frames()
    survey["person"] = survey["person"].drop_duplicates("HH")
    text = steps("{step: parent}", "{step: selection, eligible: ADULTS, most: 3}")
    made = run({"household": steps(BASE, ELIGIBLE, CLASSES), "person": text}, survey=survey)
    rows = survey["person"].HH.to_numpy(dtype=int) - 1
    adults = survey["household"].ADULTS.to_numpy()[rows]
    household = made.weighted.levels["household"].weight
    np.testing.assert_allclose(made.weighted.levels["person"].weight, household[rows] * np.minimum(adults, 3))
    cut = made.weighted.levels["person"].steps[1].lines[0]
    assert cut.figures["cases"] == (adults > 3).sum() > 0


def test_a_level_without_weights_takes_those_above_and_that_is_said(run: Run) -> None:
    made = run({"household": steps(BASE, ELIGIBLE, CLASSES)})
    assert made.weighted.borrowed == {"person": "household", "emigrant": "household"}
    files = render(made.frame, (), made.spec, made.analyses, made.weighted)
    assert set(files) == {"weights.en.xlsx", "weights.en.html", "estimates.csv", "weights.csv"}
    page = files["weights.en.html"].decode()
    assert "Records of emigrant take the weight of their household record." in page
    assert "Non-response: classes" in page


def test_all_steps_done_again_give_the_same_weights(run: Run) -> None:
    made = run(
        {"household": steps(BASE, ELIGIBLE, CLASSES, RAKED), "person": "{step: parent}"},
        totals=known_totals(frames(), scale=1.0),
    )
    for weights in made.weighted.levels.values():
        np.testing.assert_allclose(weights.rerun(weights.base), weights.weight, rtol=1e-12)
        both = weights.rerun(np.stack([weights.base, weights.base * 1.0], axis=1))
        np.testing.assert_allclose(both, np.stack([weights.weight] * 2, axis=1), rtol=1e-12)


def test_every_figure_of_the_report_is_in_the_long_file_and_is_a_number(run: Run) -> None:
    made = run({"household": steps(BASE, ELIGIBLE, CLASSES, RAKED)}, totals=known_totals(frames(), scale=1.0))
    rows = list(weight_rows(made.weighted))
    assert len({row[:7] for row in rows}) == len(rows)
    parts = {row[4] for row in rows}
    assert parts == {"step", "role", "rate", "class", "representativity", "total", "histogram", "item"}
    kish = [row[7] for row in rows if row[4] == "step" and row[6] == "kish"]
    assert len(kish) == 4
    assert all(value >= 1 for value in kish)
