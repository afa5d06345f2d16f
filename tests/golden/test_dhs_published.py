"""The men's sampling errors that the report on the DHS model data prints (tables B.2-B.4), from YAML alone."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.pipeline import run
from surveyproc.running import RunResult
from tests.golden.rounds import CONFIGS, one

CELLS = {"Total": ("total", ""), "Urban": ("area", "urban"), "Rural": ("area", "rural")}
UNIT = {  # column of the report → its last printed place
    "value": 0.001,
    "se": 0.001,
    "n_unweighted": 1,
    "n_weighted": 1,
    "deft": 0.001,
    "relative_error": 0.001,
    "ci_2se_low": 0.001,
    "ci_2se_high": 0.001,
}
ANOTHER_FILE = "blood test results are in the HIV recode (AR) with weights of their own, not in the men's recode"
NOT_HERE = {"HIV positive (15-49)": ANOTHER_FILE, "HIV positive (15-59)": ANOTHER_FILE}


@pytest.fixture(scope="module")
def printed(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "dhs_model" / "published_sampling_errors_men.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def result(shared: Path) -> RunResult:
    return run(CONFIGS / "dhs-model-2015" / "round.yaml", data=shared / "data")


def _named(result: RunResult) -> Mapping[str, str]:
    """Indicators by their English titles, which are the report's."""
    assert result.spec is not None
    return {indicator.title["en"]: name for name, indicator in result.spec.indicators.items()}


def _figures(ours: pd.Series) -> dict[str, float]:
    """Our figures under the report's names."""
    return {
        **{name: float(ours[name]) for name in ("value", "se", "n_unweighted", "n_weighted", "deft")},
        "relative_error": float(ours.cv),
        "ci_2se_low": float(ours["value"] - 2 * ours.se),
        "ci_2se_high": float(ours["value"] + 2 * ours.se),
    }


def test_only_the_rows_of_hiv_prevalence_need_another_file(printed: pd.DataFrame, result: RunResult) -> None:
    assert len(printed) == 45
    missing = printed[~printed.indicator.isin(_named(result))]
    assert set(missing.indicator) == set(NOT_HERE)
    assert len(missing) == 6


@pytest.mark.parametrize("domain", CELLS)
def test_every_figure_is_met_to_the_printed_decimals(printed: pd.DataFrame, result: RunResult, domain: str) -> None:
    rows = printed[(printed.domain == domain) & ~printed.indicator.isin(NOT_HERE)]
    assert len(rows) == 13
    differences = []
    for _, row in rows.iterrows():
        ours = one(result.estimates, _named(result)[row.indicator], *CELLS[domain])
        for column, figure in _figures(ours).items():
            if row[column] == "na":  # where the value is 0 or 1
                assert ours.status == "boundary", (row.indicator, column)
                continue
            # half a unit of the last place, a tie included: it may be printed either way
            if not abs(figure - float(row[column])) <= 0.5 * UNIT[column] * (1 + 1e-9):
                differences.append(f"{row.indicator}: {column} {figure!r} printed {row[column]}")
    assert differences == []


@pytest.mark.parametrize("domain", CELLS)
def test_the_tables_print_the_figures_of_the_report(printed: pd.DataFrame, result: RunResult, domain: str) -> None:
    tables = [table for table in result.publications[0].tables if table.number.startswith("B.")]
    table = tables[list(CELLS).index(domain)]  # total, urban, rural, and then the regions
    assert table.title.endswith(domain)
    rows = printed[(printed.domain == domain) & ~printed.indicator.isin(NOT_HERE)].set_index("indicator")
    assert [row.label for row in table.rows] == list(rows.index)
    for row in table.rows:
        for cell, (column, unit) in zip(row.cells, UNIT.items(), strict=True):
            figure = rows.loc[row.label, column]
            if figure == "na":
                assert cell.text == "na", (row.label, column)
                continue
            assert cell.value is not None
            assert cell.decimals == len(str(unit).partition(".")[2])
            assert abs(cell.value - float(figure)) <= 0.5 * unit * (1 + 1e-9), (row.label, column, cell.value)


def test_the_intervals_of_the_run_are_two_standard_errors(result: RunResult) -> None:
    every = result.estimates
    known = every[(every.status == "ok") & every.statistic.isin(["proportion", "mean"])]
    assert len(known) > 80
    assert set(known.ci_method) == {"2se"}
    np.testing.assert_allclose(known.ci_low, known["value"] - 2 * known.se, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(known.ci_high, known["value"] + 2 * known.se, rtol=1e-12, atol=1e-15)


def test_residence_is_all_or_none_within_residence(result: RunResult) -> None:
    for cell, value in (("urban", 1.0), ("rural", 0.0)):
        ours = one(result.estimates, "urban_residence", "area", cell)
        assert (ours["value"], ours.se, ours.status) == (value, 0.0, "boundary")
        assert np.isnan(ours.deft)


def test_other_strata_do_not_give_the_printed_error(shared: Path, printed: pd.DataFrame, result: RunResult) -> None:
    other = run(CONFIGS / "dhs-model-2015" / "round-mv022.yaml", data=shared / "data")
    name = "Currently married (in union)"
    row = printed[(printed.domain == "Total") & (printed.indicator == name)].iloc[0]
    found = {
        strata: one(done.estimates, _named(done)[name], "total", "").se
        for strata, done in (("mv023", result), ("mv022", other))
    }
    assert f"{found['mv023']:.3f}" == f"{float(row.se):.3f}" == "0.020"
    assert f"{found['mv022']:.4f}" == "0.0192"
