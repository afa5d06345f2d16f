"""The README's example runs on a small demo as it stands there, and its printed figures are of the right form."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import surveyproc
from surveyproc.demo import write_demo
from surveyproc.values import ESTIMATE_COLUMNS
from tests.conftest import ROOT
from tests.docs.pages import blocks

SCALE = 0.05
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make demo` leaves, smaller; as some strata then have one psu, the demo's rule for these is changed."""
    folder = tmp_path_factory.mktemp("readme") / "demo"
    write_demo(folder, scale=SCALE)
    (folder / "configs").mkdir()
    for config in (ROOT / "configs" / "demo").glob("*.yaml"):
        shutil.copyfile(config, folder / "configs" / config.name)
    base = folder / "configs" / "2025.yaml"
    text = base.read_text(encoding="utf-8")
    assert text.count("lonely_psu: fail") == 1
    base.write_text(text.replace("lonely_psu: fail", "lonely_psu: adjust"), encoding="utf-8")
    (example,) = (block for block in blocks("yaml") if block.page == "README.md")
    assert example.text.startswith("# demo/configs/one_year.yaml\n")
    (folder / "configs" / "one_year.yaml").write_text(example.text, encoding="utf-8")
    return folder


def test_the_example_runs_as_in_the_readme(demo: Path, tmp_path: Path) -> None:
    result = surveyproc.run(
        demo / "configs" / "one_year.yaml", data=demo / "data", out=tmp_path / "out", only=["MG.3.1"], languages=["en"]
    )
    written = [path.name for path in result.outputs]
    said = re.findall(r"^ +\w+ +out/demo-2025-one-year/(\S+)$", README, re.MULTILINE)
    assert written == said
    assert all(path.stat().st_size for path in result.outputs)
    assert tuple(result.estimates.columns) == ESTIMATE_COLUMNS
    assert set(result.tables["table"]) == {"MG.3.1"}
    assert result.spec is not None
    assert result.spec.parameters["window_months"] == 12
    assert result.spec.quality is not None
    assert result.spec.quality.quality == "mics"


def test_the_printed_estimates_are_consistent() -> None:
    (block,) = (b for b in blocks("") if "MG8_per_1000" in b.text)
    lines = [line.split() for line in block.text.splitlines()]
    head, rows = lines[0], lines[1:]
    # The cell of a total has no name, so its line has one word less.
    words = [row if len(row) == len(head) else [row[0], "", *row[1:]] for row in rows]
    frame = pd.DataFrame(words, columns=head)
    assert len(frame) == 6
    number = frame[["value", "se", "ci_low", "ci_high", "n_unweighted", "df"]].astype(float)
    assert (number["ci_low"] < number["value"]).all()
    assert (number["value"] < number["ci_high"]).all()
    assert (number["df"] < number["n_unweighted"]).all()
    assert set(frame["status"]) == {"ok"}
    cases = number["n_unweighted"].tolist()
    assert cases[0] == cases[1] + cases[2]


def test_nothing_is_left_to_fill_in() -> None:
    assert "@@" not in README
