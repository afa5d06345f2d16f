"""Steps of weights, and the errors of estimates after them, beside R survey and samplics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.problems import Place
from surveyproc.weight.propensity import fit_logistic, indicators
from tests.weight.record_steps import HERE, households
from tests.weight.survey import BASE, ELIGIBLE, Run, frames, known_totals, runner

CLASSES = "{step: nonresponse, classes: [region, area], minimum: 5}"
TOTALS = known_totals(frames(), scale=1.0)
WEIGHTS = pd.read_csv(HERE / "steps_weights.csv", skipinitialspace=True).set_index("HH")
FIGURES = pd.read_csv(HERE / "steps_figures.csv", skipinitialspace=True).set_index("name")


def calibrated(method: str) -> str:
    return f"{{step: calibrate, method: {method}, totals: totals.csv, margins: [[region, area], [sex, band]]}}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    return runner(monkeypatch, tmp_path)


def weights(run: Run, *steps: str) -> pd.Series:
    made = run({"household": "\n".join((BASE, ELIGIBLE, *steps))}, totals=TOTALS).weighted.levels["household"]
    return pd.Series(made.weight, index=frames()["household"].HH)


def test_weighting_classes_are_poststratification_of_respondents_in_r(run: Run) -> None:
    found = weights(run, CLASSES)
    np.testing.assert_allclose(found[WEIGHTS.index], WEIGHTS["class"], rtol=1e-12)
    assert (found.drop(WEIGHTS.index) == 0).all()


def test_weighting_classes_equal_samplics(run: Run) -> None:
    samplics = pytest.importorskip("samplics")
    frame = frames()["household"]
    frame = frame[(frame.RES <= 4)].assign(w1=frame.HW * frame.REG.map(_unknown(frames()["household"])))
    code = np.where(frame.RES <= 2, "rr", "nr")
    other = samplics.SampleWeight().adjust(
        samp_weight=frame.w1.to_numpy(),
        adj_class=(10 * frame.REG + frame.AREA).to_numpy(),
        resp_status=code,
        resp_dict={"in": "in", "rr": "rr", "nr": "nr", "uk": "uk"},
    )
    found = weights(run, CLASSES)[frame.HH].to_numpy()
    answered = (frame.RES <= 2).to_numpy()
    np.testing.assert_allclose(np.asarray(other)[answered], found[answered], rtol=1e-12)


def _unknown(household: pd.DataFrame) -> pd.Series:
    return household.groupby("REG").HW.sum() / household[household.RES != 6].groupby("REG").HW.sum()


def test_the_propensity_model_is_svyglm_and_its_inverse_the_weight(run: Run) -> None:
    frame = frames()["household"]
    used = (frame.RES <= 4).to_numpy()
    weight = (frame.HW * frame.REG.map(_unknown(frame))).to_numpy()[used]
    codes = [frame[name].to_numpy(dtype=np.int32)[used] - 1 for name in ("REG", "AREA", "VIS")]
    fit = fit_logistic(weight, (frame.RES <= 2).to_numpy()[used], indicators(codes), Place())
    expected = [FIGURES.value[f"propensity {k}"] for k in range(1, 6)]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-9, atol=1e-12)
    inverse = weights(run, "{step: propensity, predictors: [region, area, visit], classes: null}")
    plain = (frame.HW * frame.REG.map(_unknown(frame))).set_axis(frame.HH)
    np.testing.assert_allclose(inverse[WEIGHTS.index], plain[WEIGHTS.index] / WEIGHTS.p, rtol=1e-9)


def test_classes_of_propensity_keep_the_sum_and_never_split_equals(run: Run) -> None:
    frame = frames()["household"].set_index("HH")
    found = weights(run, "{step: propensity, predictors: [region, area, visit], classes: 4}")
    before = frame.HW * frame.REG.map(_unknown(frames()["household"]))
    assert found.sum() == pytest.approx(before[frame.RES <= 4].sum(), rel=1e-12)
    factor = (found / before)[frame.RES <= 2].round(10)
    assert 2 <= factor.nunique() <= 4
    assert factor.groupby([frame.REG, frame.AREA, frame.VIS]).nunique().max() == 1


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_one_weight_a_household_and_its_errors_equal_r(run: Run, method: str) -> None:
    steps = {"household": "\n".join((BASE, ELIGIBLE, CLASSES, calibrated(method))), "person": "{step: parent}"}
    made = run(steps, totals=TOTALS)
    found = pd.Series(made.weighted.levels["household"].weight, index=frames()["household"].HH)
    np.testing.assert_allclose(found[WEIGHTS.index], WEIGHTS[method], rtol=1e-8)
    frame = made.frame[(made.frame.domain == "total")].set_index("indicator")
    for name, of in (("W1", "at work"), ("W2", "workers")):
        assert frame.value[name] == pytest.approx(FIGURES.value[f"{method} {of}"], rel=1e-8)
        assert frame.se[name] == pytest.approx(FIGURES.se[f"{method} {of}"], rel=1e-6)
    assert frame.value["W3"] == pytest.approx(FIGURES.value[f"{method} size"], rel=1e-8)


def test_each_replicate_does_every_step_again(run: Run) -> None:
    steps = {"household": "\n".join((BASE, ELIGIBLE, CLASSES, calibrated("raking")))}
    jackknife = "replicates: {method: jkn}, "
    made = run(steps, totals=TOTALS, design=jackknife)
    design = made.designs["person", "household"]
    assert design.replicates is not None
    assert design.replicates.unit is not None
    survey = frames()
    psu = survey["household"].PSU
    dropped = psu == 5  # its stratum has six
    heads = survey["household"].HH[dropped]
    without = {level: frame[~frame.HH.isin(heads)] for level, frame in survey.items()}
    household = without["household"]
    stratum = survey["household"].STR[dropped].iloc[0]
    household["HW"] = household.HW * np.where(stratum == household.STR, 6 / 5, 1.0)
    again = run(steps, totals=TOTALS, survey=without).weighted.levels["household"]
    replicate = design.replicates.factors[:, 4] * made.weighted.levels["household"].weight
    kept = ~dropped
    np.testing.assert_allclose(replicate[kept], again.weight, rtol=1e-9)
    assert (replicate[~kept] == 0).all()
    frame = made.frame[made.frame.domain == "total"].set_index("indicator")
    assert frame.se["W1"] == pytest.approx(FIGURES.se["raking at work"], rel=0.2)
    assert frame.se["W1"] != pytest.approx(FIGURES.se["raking at work"], rel=1e-6)


def test_the_survey_is_the_one_that_r_saw() -> None:
    assert set(WEIGHTS.index) == set(households().HH[households().RES <= 2])
