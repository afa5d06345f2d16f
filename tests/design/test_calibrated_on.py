"""What a round says its weights were calibrated on reaches the errors of every level that uses them."""

from dataclasses import replace

import numpy as np
import pytest

from surveyproc.config import models
from surveyproc.config.spec import RoundSpec
from surveyproc.design.plan import plan_faults
from surveyproc.design.round import design_columns, round_designs
from surveyproc.estimate import estimate
from surveyproc.values import Disaggregation, Measure, Statistic
from surveyproc.weight import recalibrate_replicates
from tests.design.test_round import CHILDREN, HOUSEHOLDS, spec, survey  # noqa: F401

NUMBER = np.arange(HOUSEHOLDS)
WEIGHT = 10.0 + NUMBER % 5
AREA = NUMBER // 6 % 2


def declared(spec: RoundSpec, margins: list, **more) -> RoundSpec:  # noqa: F811
    return replace(spec, design=spec.design.model_copy(update={"calibrated_on": {"household": margins}, **more}))


def found(spec: RoundSpec, level: str, values: np.ndarray) -> tuple[float, float, str]:  # noqa: F811
    designs, problems = round_designs(survey(), spec)
    assert [p for p in problems if p.severity == "error"] == []
    design, failure = recalibrate_replicates(designs[level, "household"])
    assert failure is None
    one = Measure("n", Statistic.TOTAL, values, np.ones(len(values), dtype=bool))
    made = estimate(design, [one], [Disaggregation("total", np.zeros(len(values), dtype=np.int32), ("",))])
    return float(made.value[0]), float(made.se[0]), str(made.status[0])


def test_errors_are_those_of_residuals_at_the_level_of_the_weight_and_below(spec) -> None:  # noqa: F811
    counts = np.bincount(CHILDREN, minlength=HOUSEHOLDS).astype(float)
    of_households = found(declared(spec, ["AREA"]), "household", counts)
    of_emigrants = found(declared(spec, ["AREA"]), "emigrant", np.ones(len(CHILDREN)))
    assert of_emigrants[:2] == pytest.approx(of_households[:2], rel=1e-12)
    # by hand: what is left of the mean of the area, in the plain formula
    mean = np.array([np.average(counts[a == AREA], weights=WEIGHT[a == AREA]) for a in (0, 1)])
    psus = (WEIGHT * (counts - mean[AREA])).reshape(4, 3, 2).sum(axis=2)
    variance = (3 / 2 * (psus - psus.mean(axis=1, keepdims=True)) ** 2).sum()
    assert of_emigrants[1] == pytest.approx(variance**0.5, rel=1e-12)


def test_a_number_and_a_crossing(spec) -> None:  # noqa: F811
    wanted = declared(spec, [["KATO", "AREA"], models.CalibratedNumber(number="CLUST")])
    assert found(wanted, "household", np.ones(HOUSEHOLDS))[2] == "control"
    assert found(wanted, "household", 2.0 + NUMBER // 2)[2] == "control"
    assert found(wanted, "household", (NUMBER % 3).astype(float))[2] == "ok"
    assert found(declared(spec, ["AREA"]), "household", 2.0 + NUMBER // 2)[2] == "ok"


@pytest.mark.parametrize("level", ["household", "emigrant"])
def test_replicates_are_calibrated_too(spec, level) -> None:  # noqa: F811
    wanted = declared(spec, ["AREA"], replicates=models.Replicates(method="jkn"))
    values = {"household": (NUMBER % 7).astype(float), "emigrant": np.ones(len(CHILDREN))}[level]
    value, se, status = found(wanted, level, values)
    by_residuals = found(declared(spec, ["AREA"]), level, values)
    assert status == "ok"
    assert value == pytest.approx(by_residuals[0], rel=1e-12)
    assert se == pytest.approx(by_residuals[1], rel=0.25)
    plain = replace(spec, design=spec.design.model_copy(update={"replicates": models.Replicates(method="jkn")}))
    assert se != pytest.approx(found(plain, level, values)[1], rel=1e-3)
    if level == "household":
        assert found(wanted, level, np.ones(HOUSEHOLDS))[2] == "control"


def test_what_cannot_be_used_is_said(spec) -> None:  # noqa: F811
    data = survey()
    columns = data.levels["household"].raw.columns
    columns["AREA"].values[[0, 3]] = np.nan
    free = declared(spec, ["AREA"], strata="KATO")
    designs, problems = round_designs(data, free)
    assert designs == {}
    (one,) = [p for p in problems if p.code == "design.calibrated-on"]
    assert (one.where.variable, one.where.cases) == ("AREA", 2)
    infos = {name: level.raw.info for name, level in survey().levels.items()}
    _, missing = design_columns(declared(spec, ["SEXX"]), infos)
    assert [(p.code, p.where.variable) for p in missing] == [("read.missing-column", "")]
    _, unused = design_columns(
        declared(spec, ["AREA"], replicates=models.Replicates(columns="REPW1..REPW2", scale=1.0)), infos
    )
    assert "columns of replicate weights hold the calibration, so calibrated_on is not used" in [p.what for p in unused]


def test_replicates_of_units_that_records_above_cannot_be_told_by(spec) -> None:  # noqa: F811
    stages = [models.FurtherStage(unit=None)]
    drawn = {"fpc": "PSUS", "further_stages": stages}
    preston = models.Replicates(method="bootstrap_preston", number=20, seed=1)
    wanted = declared(spec, ["AREA"], replicates=preston, **drawn)
    (one,) = plan_faults(wanted)
    assert one.code == "design.replicates"
    assert one.where == spec.design_at(("replicates",))
    assert "household records on rows of" in one.what
    assert plan_faults(declared(spec, ["AREA"], **drawn)) == []
    assert plan_faults(declared(spec, ["AREA"], replicates=preston)) == []
    indicators = {name: i for name, i in spec.indicators.items() if spec.universes[i.universe].level == "household"}
    assert indicators
    assert plan_faults(replace(wanted, indicators=indicators, regressions=(), tests=())) == []
