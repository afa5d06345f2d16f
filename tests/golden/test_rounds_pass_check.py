"""Every round of a real survey in configs/ meets its file without an error or a warning."""

from pathlib import Path

import pytest

from surveyproc.pipeline import check
from surveyproc.problems import Severity
from tests.golden.rounds import CONFIGS

SURVEYS = (
    "cps-2016",
    "dhs-model-2015",
    "ech-2018",
    "eph-2016",
    "eusilc-2006",
    "ghana-2005",
    "lapop-2023",
)
ROUNDS = sorted(path for survey in SURVEYS for path in (CONFIGS / survey).glob("round*.yaml"))


def test_every_survey_has_its_round() -> None:
    assert {path.parent.name for path in ROUNDS} == set(SURVEYS)
    others = {(path.parent.name, path.stem) for path in ROUNDS if path.stem != "round"}
    assert others == {("dhs-model-2015", "round-mv022"), ("lapop-2023", "round-spss")}


@pytest.mark.parametrize("config", ROUNDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_round_passes_check(shared: Path, config: Path) -> None:
    found = check(config, data=shared / "data")
    assert [str(problem) for problem in found if problem.severity is not Severity.INFO] == []
