"""Every demographic example of the pages runs on the files beside it, and gives every number it can."""

from pathlib import Path

import pytest

from surveyproc import run
from surveyproc.config.source import parse_source
from surveyproc.demography.methods import METHODS
from tests.docs.pages import Block, blocks

EXAMPLES = [b for b in blocks("yaml") if "\nkind: demographic\n" in b.text]


def written(block: Block, folder: Path) -> Path:
    """The example as a file with the files of figures of its page beside it."""
    for figures in blocks("csv"):
        if figures.page == block.page and figures.marker:
            (folder / figures.marker).write_text(figures.text, encoding="utf-8")
    config = folder / "example.yaml"
    config.write_text(block.text, encoding="utf-8")
    return config


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_runs(block: Block, tmp_path: Path) -> None:
    result = run(written(block, tmp_path))
    assert set(result.estimates["status"]) <= {"ok", "no_uncertainty", "undefined", "range", "given_scenario"}
    assert len(result.estimates)


def test_the_numbers_of_the_first_page(tmp_path: Path) -> None:
    (block,) = (b for b in EXAMPLES if b.page == "docs/demography.md")
    result = run(written(block, tmp_path), out=tmp_path / "out")
    rows = result.estimates.set_index(["indicator", "cell"])
    north = rows.loc[("balance.net", "North")]
    assert north["value"] == 5000.0
    assert north["se"] == pytest.approx(1527.46, abs=0.01)
    assert (tmp_path / "out" / "uncertainty.csv").read_text(encoding="utf-8-sig").count("censuses") == 6


def test_every_method_has_an_example_on_its_page() -> None:
    named = {
        calc["method"] for b in EXAMPLES for calc in parse_source(b.text, shown=str(b)).data["calculations"].values()
    }
    assert named == set(METHODS)
