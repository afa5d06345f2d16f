"""--only and --lang in Python: fewer tables and languages, the same numbers; and questions a round did not ask."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import surveyproc
from surveyproc.problems import SurveyprocError
from tests.conftest import ROOT
from tests.pipeline.conftest import CONFIGS, Done

KEYS = ["indicator", "category", "domain", "cell"]
MONTHS = {
    *("MG7_with_emigrant", "MG8_per_1000", "MG8_number", "MG9_reason", "MG9_destination"),
    "base:absent_members.emigrants",  # of MG9 the universe needs them
}


def test_only_some_tables_in_one_language(rounds: dict[int, Done], data, tmp_path) -> None:
    result = surveyproc.run(
        CONFIGS / "2025.yaml", data=data, out=tmp_path / "out", only=["MG.3.1", "MG.1.2"], languages=["kk"]
    )
    assert [table.number for table in result.publications[0].tables] == ["MG.1.2", "MG.3.1"]
    assert [p.language for p in result.publications] == ["kk"]
    assert {path.name for path in result.outputs} == {
        *("estimates.csv", "manifest.json", "tables.kk.html", "tables.kk.xlsx")
    }
    everything = rounds[2025].unjudged.set_index(KEYS)
    published = result.estimates[result.estimates["shown"] == "publish"].set_index(KEYS)
    assert 0 < len(published) < len(everything)
    pd.testing.assert_series_equal(published["value"], everything.loc[published.index, "value"], rtol=1e-12)
    assert "Үй шаруашылықтары" in (tmp_path / "out" / "tables.kk.html").read_text(encoding="utf-8")


def test_unknown_tables_and_languages_are_told_together_before_data_are_read(tmp_path) -> None:
    with pytest.raises(SurveyprocError) as caught:
        surveyproc.run(CONFIGS / "2025.yaml", data=tmp_path, only=["MG.1.9", "MG.1.1"], languages=["de", "ru"])
    assert [(p.code, p.where.file) for p in caught.value.problems] == [
        ("config.unknown-name", "--only"),
        ("config.bad-value", "--lang"),
    ]
    assert caught.value.exit_code == 2


def not_asking(concepts: tuple[str, ...], folder: Path) -> Path:
    """A copy of the round of 2025 that did not ask some concepts."""
    shutil.copytree(ROOT / "configs" / "demo", folder / "demo")
    config = folder / "demo" / "2025.yaml"
    lines = config.read_text(encoding="utf-8").splitlines()
    starts = tuple(f"  {name}:" for name in concepts)
    changed = [f"{line.partition(':')[0]}: {{not_asked: true}}" if line.startswith(starts) else line for line in lines]
    assert sum(a != b for a, b in zip(lines, changed, strict=True)) == len(concepts)
    config.write_text("\n".join(changed) + "\n", encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def without_months(data, tmp_path_factory: pytest.TempPathFactory) -> surveyproc.RunResult:
    """The round of 2025, had it not asked when the emigrants left."""
    folder = tmp_path_factory.mktemp("round")
    return surveyproc.run(not_asking(("em_year", "em_month"), folder), data=data, out=folder / "out")


def test_what_needs_a_question_that_was_not_asked_says_so(
    without_months: surveyproc.RunResult, rounds: dict[int, Done]
) -> None:
    frame = without_months.estimates
    asked = frame["status"] != "not_asked"
    assert set(frame[~asked]["indicator"]) == MONTHS
    assert not set(frame[asked]["indicator"]) & MONTHS
    silent = frame[~asked]
    assert silent[["value", "se", "n_unweighted", "n_weighted"]].isna().all(axis=None)
    assert set(silent["marks"]) == {"…"}
    others = frame[asked & (frame["shown"] == "publish")].set_index(KEYS)["value"]
    expected = rounds[2025].unjudged.set_index(KEYS)["value"]
    pd.testing.assert_series_equal(others, expected[others.index], rtol=1e-12)


def test_tables_show_a_mark_for_it_and_never_a_hole(without_months: surveyproc.RunResult) -> None:
    tables = without_months.tables
    households = tables[(tables["table"] == "MG.3.1") & (tables["language"] == "en")]
    estimates = households[households["column"].str.endswith(("Estimate", "Standard error", "limit"))]
    assert len(estimates) > 100
    assert set(estimates["text"]) == {"…"}
    assert households[households["column"] == "Number of households"]["value"].notna().all()
    # of a suppressed or a missing number a mark stands: a cell is a number or a text, not neither
    assert not (tables["value"].isna() & (tables["text"] == "")).any()
    for path in without_months.outputs:
        if path.suffix in (".html", ".csv"):
            text = Path(path).read_text(encoding="utf-8").casefold()
            assert not [word for word in (">nan<", ",nan,", ">none<", "inf,") if word in text], path.name


def test_a_background_that_was_not_asked_keeps_its_rows(data, rounds: dict[int, Done], tmp_path) -> None:
    config = not_asking(("wealth_quintile",), tmp_path)
    result = surveyproc.run(config, data=data, only=["MG.1.1"], languages=["en"])
    frame = result.estimates
    assert (frame["status"] == "not_asked").equals(frame["domain"] == "wealth_quintile")
    assert len(frame[frame["domain"] == "wealth_quintile"]) == 5 * 4
    before = rounds[2025].result.tables.query("table == 'MG.1.1' and language == 'en'").reset_index(drop=True)
    keys = ["under", "row", "column"]
    pd.testing.assert_frame_equal(result.tables[keys], before[keys])
    assert set(result.tables[result.tables["under"] == "Wealth quintile"]["text"]) == {"…"}


def test_no_cell_of_the_whole_round_is_a_hole(rounds: dict[int, Done]) -> None:
    for done in rounds.values():
        tables = done.result.tables
        assert not (tables["value"].isna() & (tables["text"] == "")).any()
