"""What `surveyproc.run` gives to Python: frames with columns and types, and numbers that agree with each other."""

import numpy as np
import pandas as pd
import pytest
from pandas.api import types

import surveyproc
from surveyproc.values import ESTIMATE_COLUMNS
from tests.pipeline.conftest import CONFIGS, Done

COUNTS = ["n_unweighted", "n_psus"]
NUMBERS = [
    *("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df"),
    *("t", "p_value", "n_effective", "n_weighted", "kish", "share_missing"),
]
PARTITIONS = ["area", "region", "sex", "age_group", "head_sex", "wealth_quintile", "area × sex"]


@pytest.fixture
def frame(rounds: dict[int, Done]) -> pd.DataFrame:
    return rounds[2025].unjudged


def test_estimates_have_their_columns_and_types(rounds: dict[int, Done]) -> None:
    frame = rounds[2025].result.estimates
    assert tuple(frame.columns) == ESTIMATE_COLUMNS
    assert all(types.is_float_dtype(frame[name]) for name in NUMBERS)
    assert all(str(frame[name].dtype) == "Int64" for name in COUNTS)
    texts = [name for name in ESTIMATE_COLUMNS if name not in (*NUMBERS, *COUNTS)]
    assert all(isinstance(value, str) for name in texts for value in frame[name])
    assert not frame.duplicated(["indicator", "category", "domain", "cell"]).any()
    assert list(frame.index) == list(range(len(frame)))


def test_problems_are_a_frame_with_whole_numbers(rounds: dict[int, Done]) -> None:
    problems = rounds[2025].result.problems
    assert list(problems.columns) == [
        *("code", "severity", "file", "line", "column", "level", "variable", "cases", "what", "got", "expected", "hint")
    ]
    assert {str(problems[name].dtype) for name in ("line", "column", "cases")} == {"Int64"}
    skip = problems[problems["code"] == "derive.skip"].iloc[0]
    assert (skip["file"], skip["level"], skip["variable"], skip["cases"]) == ("2025/hl.dta", "person", "move_reason", 5)
    assert set(problems["severity"]) <= {"warning", "info"}


def test_nothing_is_written_unless_asked(data, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = surveyproc.run(CONFIGS / "2025.yaml", data=data, only=["MG.1.2"], languages=["en"])
    assert result.outputs == ()
    assert list(tmp_path.iterdir()) == []
    assert set(result.tables["table"]) == {"MG.1.2"}


def test_rows_of_tables_are_told_apart_by_the_headings_above(rounds: dict[int, Done]) -> None:
    tables = rounds[2025].result.tables
    assert list(tables.columns) == ["table", "language", "under", "row", "column", "value", "text", "style"]
    assert types.is_float_dtype(tables["value"])
    crossed = tables[(tables["table"] == "MG.1.2") & (tables["language"] == "en") & (tables["row"] == "Male")]
    assert set(crossed["under"]) == {"Area × Sex / Urban", "Area × Sex / Rural"}
    of_tables = tables[~tables["table"].str.startswith("SE.")]
    assert not of_tables.duplicated(["table", "language", "under", "row", "column"]).any()


def test_numbers_of_tables_are_estimates_in_their_unit(rounds: dict[int, Done]) -> None:
    result = rounds[2025].result
    estimates = result.estimates.set_index(["indicator", "domain", "cell"]).sort_index()
    tables = result.tables[result.tables["language"] == "en"]
    columns = {
        ("MG.1.1", "Born abroad / Estimate"): ("MG1_born_abroad", "value", 100),
        ("MG.1.1", "Born abroad / Upper limit"): ("MG1_born_abroad", "ci_high", 100),
        ("MG.1.1", "Number of members"): ("base:background.members", "value", 1),
        ("MG.1.2", "Number born abroad / Standard error"): ("MG1_number", "se", 1),
        ("MG.1.2", "Number born abroad / Coefficient of variation, %"): ("MG1_number", "cv", 100),
        ("MG.2.1", "Mean years since the last move / Estimate"): ("MG6_mean_years", "value", 1),
        ("MG.3.1", "Emigrants per 1,000 members / Estimate"): ("MG8_per_1000", "value", 1),
    }
    cells = {
        "Total": ("total", ""),
        "Urban": ("area", "urban"),
        "Abai": ("region", "abai"),
        "Astana": ("region", "astana"),
    }
    compared = 0
    for (table, head), (indicator, part, unit) in columns.items():
        drawn = tables[(tables["table"] == table) & (tables["column"] == head)]
        assert len(drawn) > 20, (table, head, sorted(set(tables[tables["table"] == table]["column"])))
        for row, where in cells.items():
            shown = drawn[(drawn["row"] == row) & ~drawn["under"].str.contains("×")]["value"].item()
            found = estimates.loc[(indicator, *where), part]
            assert shown == pytest.approx(found * unit, rel=1e-14), (table, head, row)
            compared += 1
    assert compared == 28


def test_every_language_has_the_same_numbers(rounds: dict[int, Done]) -> None:
    tables = rounds[2025].result.tables
    numbers = {language: found[["table", "value", "style"]].reset_index(drop=True)
               for language, found in tables.groupby("language")}  # fmt: skip
    assert set(numbers) == {"en", "ru", "kk"}
    pd.testing.assert_frame_equal(numbers["en"], numbers["ru"])
    pd.testing.assert_frame_equal(numbers["en"], numbers["kk"])


def test_shares_of_a_distribution_add_up_to_one(frame: pd.DataFrame) -> None:
    shares = frame[(frame["statistic"] == "distribution") & frame["value"].notna()]
    sums = shares.groupby(["indicator", "domain", "cell"])["value"].sum()
    assert len(sums) > 80
    np.testing.assert_allclose(sums, 1.0, rtol=0, atol=1e-12)


def test_cells_of_a_partition_add_up_to_the_total(frame: pd.DataFrame) -> None:
    totals = frame[frame["statistic"] == "total"]
    whole = totals[totals["domain"] == "total"].set_index("indicator")
    parts = totals[totals["domain"].isin(PARTITIONS)].groupby(["domain", "indicator"])
    compared = 0
    for (domain, indicator), cells in parts:
        for name in ("value", "n_unweighted", "n_weighted"):
            assert cells[name].sum() == pytest.approx(whole.loc[indicator, name], rel=1e-12), (domain, indicator, name)
        compared += 1
    assert compared >= 12


def test_total_share_is_the_mean_of_the_cells_weighted_by_their_size(frame: pd.DataFrame) -> None:
    kept = frame[frame["statistic"].isin(["proportion", "mean"])]
    whole = kept[kept["domain"] == "total"].set_index("indicator")["value"]
    by_area = kept[kept["domain"] == "area"].assign(part=lambda f: f["value"] * f["n_weighted"]).groupby("indicator")
    mean = by_area["part"].sum() / by_area["n_weighted"].sum()
    assert len(mean) >= 8
    np.testing.assert_allclose(mean, whole[mean.index], rtol=1e-12)


def test_intervals_hold_their_estimates_and_follow_from_their_parts(frame: pd.DataFrame) -> None:
    fine = frame[frame["status"] == "ok"]
    assert ((fine["ci_low"] <= fine["value"]) & (fine["value"] <= fine["ci_high"])).all()
    np.testing.assert_allclose(fine["cv"], fine["se"] / fine["value"], rtol=1e-12)
    np.testing.assert_allclose(fine["deft"], np.sqrt(fine["deff"]), rtol=1e-12)
    shares = fine[fine["statistic"].isin(["proportion", "distribution"])]
    assert ((shares["ci_low"] > 0) & (shares["ci_high"] < 1)).all()
