"""The demo survey at a tenth of its size, where strata have two psus and more, and both its rounds run once."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import surveyproc
import surveyproc.quality
from surveyproc.demo import write_demo
from surveyproc.running import RunResult
from tests.conftest import ROOT

SCALE = 0.1
CONFIGS = ROOT / "configs" / "demo"


@dataclass(frozen=True, slots=True)
class Done:
    """A round that was run: its result, its estimates before any was suppressed, and where its outputs are."""

    year: int
    result: RunResult
    unjudged: pd.DataFrame
    out: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    write_demo(folder, scale=SCALE)
    return folder


@pytest.fixture(scope="session")
def data(demo: Path) -> Path:
    return demo / "data"


@pytest.fixture(scope="session")
def rounds(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Done]:
    before: list[pd.DataFrame] = []
    judge = surveyproc.quality.judge

    def remembering(frame, *args, **options):
        before.append(frame.copy())
        return judge(frame, *args, **options)

    out = tmp_path_factory.mktemp("outputs")
    done = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveyproc.quality, "judge", remembering)
        for year in (2024, 2025):
            result = surveyproc.run(CONFIGS / f"{year}.yaml", data=data, out=out / str(year))
            done[year] = Done(year, result, before[-1], out / str(year))
    return done
