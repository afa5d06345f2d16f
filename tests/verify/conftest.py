"""A small demo survey, its round of 2025 estimated once, and samplics imported once."""

from pathlib import Path

import pytest

from surveyproc.demo import write_demo
from surveyproc.pipeline import Estimated, estimate_round
from surveyproc.verify import load_samplics
from surveyproc.verify.peer import Peer
from tests.conftest import ROOT

DEMO = ROOT / "configs" / "demo"


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, scale=0.1)
    return folder / "data"


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's round of 2025 with a rule for the lonely psus that so small a sample may have."""
    folder = tmp_path_factory.mktemp("configs")
    for source in DEMO.glob("*.yaml"):
        text = source.read_text(encoding="utf-8").replace("lonely_psu: fail", "lonely_psu: remove")
        (folder / source.name).write_text(text, encoding="utf-8")
    return folder / "2025.yaml"


@pytest.fixture(scope="session")
def run(config: Path, demo_data: Path) -> Estimated:
    return estimate_round(config, data=demo_data)


@pytest.fixture(scope="session")
def witness() -> Peer:
    return load_samplics()
