"""Further stages from columns: numbering and faults."""

import numpy as np
import pytest

from surveyproc.design import StageKeys, compile_design
from surveyproc.problems import Severity
from surveyproc.values import LonelyPsu

PSU = np.array([1, 1, 1, 1, 2, 2, 2, 2], dtype=float)
HOUSEHOLD = np.array([1, 1, 2, 2, 1, 2, 2, 3], dtype=float)
COUNT = np.full(8, 9.0)


def compiled(*stages: StageKeys, fpc: np.ndarray | None = COUNT, **more):
    return compile_design(level="person", weight=np.ones(8), psu=[PSU], fpc=fpc, stages=stages, **more)


def test_units_are_numbered_within_their_psu() -> None:
    design, problems = compiled(StageKeys([HOUSEHOLD], fpc=COUNT), StageKeys(), lonely_psu=LonelyPsu.CERTAINTY)
    assert [(p.code, p.severity, p.got) for p in problems] == [
        ("design.lonely-psu", Severity.INFO, "2 of 5 strata of stage 3")
    ]
    second, third = design.further
    assert second.unit.tolist() == [0, 0, 1, 1, 2, 3, 3, 4]
    assert second.unit_stratum.tolist() == [0, 0, 1, 1, 1]
    assert second.stratum_parent.tolist() == [0, 1]
    assert second.fpc.tolist() == [9.0, 9.0]
    assert third.unit.tolist() == list(range(8))
    assert third.stratum_parent.tolist() == [0, 1, 2, 3, 4]
    assert np.isinf(third.fpc).all()


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        (StageKeys([HOUSEHOLD], fpc=np.full(8, 2.0)), "design.fpc", "below the units"),
        (StageKeys([HOUSEHOLD], fpc=np.arange(8.0) + 9), "design.fpc", "varies within strata"),
        (StageKeys([HOUSEHOLD], fpc=np.full(8, 0.5)), "design.fpc", "below 1"),
        (StageKeys([np.where(PSU == 1, np.nan, 1.0)], fpc=COUNT), "design.missing-psu", "no unit of stage 2"),
        (StageKeys([HOUSEHOLD], [np.where(PSU == 1, np.nan, 1.0)], COUNT), "design.missing-stratum", "stage 2"),
    ],
)
def test_faults_of_a_further_stage(stage: StageKeys, code: str, words: str) -> None:
    design, problems = compiled(stage)
    assert design is None
    assert [p.code for p in problems] == [code]
    assert words in problems[0].what


def test_a_stage_under_one_drawn_with_replacement_is_refused() -> None:
    for stages, fpc in (([StageKeys([HOUSEHOLD], fpc=COUNT)], None), ([StageKeys([HOUSEHOLD]), StageKeys()], COUNT)):
        design, problems = compiled(*stages, fpc=fpc)
        assert design is None
        assert [p.code for p in problems] == ["design.stages"]
