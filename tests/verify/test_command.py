"""`surveyproc verify` as a user meets it: what it prints, its exit codes, and its refusals."""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import surveyproc.frames
import surveyproc.pipeline
from surveyproc.cli.app import app
from surveyproc.pipeline import Estimated
from surveyproc.problems import SurveyprocError
from tests.conftest import ROOT

DHS = ROOT / "configs" / "dhs-model-2015" / "round.yaml"
TITLES = {"Total": ("total", ""), "Urban": ("area", "urban"), "Rural": ("area", "rural")}


@pytest.fixture(autouse=True)
def _one_run(run: Estimated, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's round is not estimated anew for each command; its own run is tested beside."""
    real = surveyproc.pipeline.estimate_round

    def estimated(path: Path, **how: Any) -> Estimated:
        return run if path == config and not how.get("only") else real(path, **how)

    monkeypatch.setattr("surveyproc.cli.verifying.estimate_round", estimated)


def _verify(*words: object) -> Any:
    return CliRunner().invoke(app, ["verify", *map(str, words)])


def _write(folder: Path, rows: pd.DataFrame) -> Path:
    path = folder / "figures.csv"
    rows.to_csv(path, index=False)
    return path


def test_agreement_is_printed_cell_by_cell(config: Path, demo_data: Path) -> None:
    result = _verify(config, "--data", demo_data, "--most", 30)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("demo-2025 beside samplics 0.6")
    assert lines[1].split()[:5] == ["indicator", "domain", "cell", "value", "se"]
    assert len(lines) == 2 + 30 + 2
    name, domain, *figures, verdict = next(line for line in lines if line.startswith("MG1_born_abroad")).split()
    assert (name, domain, verdict) == ("MG1_born_abroad", "total", "agrees")
    assert figures[:2] == figures[2:4]
    assert float(figures[0]) == pytest.approx(0.0809, abs=5e-5)
    assert re.fullmatch(r"30 of [\d,]+ estimates looked at; --most says how many\.", lines[-2])
    assert " agree to 1e-9, 0 differ, " in lines[-1]


def test_a_wrong_error_is_told_and_the_exit_code_is_1(
    demo_data: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = surveyproc.frames.estimates_frame

    def wrong(*parts: Any) -> pd.DataFrame:
        frame = real(*parts)
        frame.loc[(frame.indicator == "MG1_born_abroad") & (frame.domain == "total"), "se"] *= 1.001
        return frame

    monkeypatch.setattr(surveyproc.frames, "estimates_frame", wrong)
    result = _verify(config, "--data", demo_data, "--only", "MG.1.1", "--most", 3)
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.endswith("differs")]
    assert line.split()[0] == "MG1_born_abroad"
    assert line.split()[-2] == "1.0e-03"
    assert " 1 differ, " in result.stdout.splitlines()[-1]


def test_without_samplics_one_problem_says_how_to_install_it(
    config: Path, demo_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "samplics.estimation", None)
    result = _verify(config, "--data", demo_data)
    assert isinstance(result.exception, SurveyprocError)
    assert result.exception.exit_code == 2
    (problem,) = result.exception.problems
    assert problem.code == "config.not-installed"
    assert "pip install 'surveyproc[verify]'" in problem.hint


def test_most_is_refused_beside_figures(config: Path, tmp_path: Path) -> None:
    result = _verify(config, "--against", tmp_path / "x.csv", "--most", 5)
    assert isinstance(result.exception, SurveyprocError)
    assert [p.code for p in result.exception.problems] == ["config.bad-value"]


def test_our_own_estimates_match_themselves(config: Path, demo_data: Path, run: Estimated, tmp_path: Path) -> None:
    rows = pd.concat([run.frame[run.frame["shown"] == "suppress"].head(20), run.frame.head(80)])
    rows = rows[~rows.index.duplicated()]
    result = _verify(config, "--data", demo_data, "--against", _write(tmp_path, rows))
    assert result.exit_code == 0
    assert "suppress" in set(rows["shown"])
    words = result.stdout.splitlines()[-1]
    assert "0 differ, 0 are not in the run" in words
    numbers = rows[["value", "se", "deft", "cv", "df", "n_weighted"]].notna().sum().sum()
    assert int(words.split(" ")[0].replace(",", "")) > numbers


def test_figures_that_are_not_in_the_run_are_told(config: Path, demo_data: Path, tmp_path: Path) -> None:
    rows = pd.DataFrame([{"indicator": "MG1_born_abroad", "domain": "area", "cell": "urbn", "value": "0.1"}])
    result = _verify(config, "--data", demo_data, "--against", _write(tmp_path, rows))
    assert result.exit_code == 1
    assert "not in the run: no cell 'urbn'. Did you mean `urban`?" in result.stdout


def _published(shared: Path) -> pd.DataFrame:
    """The report's 39 rows that the men's recode answers, under our names."""
    from surveyproc.config.load import load_round

    path = shared / "data" / "dhs_model" / "published_sampling_errors_men.csv"
    printed = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = {indicator.title["en"]: name for name, indicator in load_round(DHS).indicators.items()}
    rows = printed[printed.indicator.isin(names)]
    found = pd.DataFrame(
        {
            "indicator": rows.indicator.map(names),
            "domain": [TITLES[d][0] for d in rows.domain],
            "cell": [TITLES[d][1] for d in rows.domain],
            **{name: rows[name] for name in ("value", "se", "n_unweighted", "n_weighted", "deft")},
            "cv": rows.relative_error,
            "ci_low": rows.ci_2se_low,
            "ci_high": rows.ci_2se_high,
        }
    ).reset_index(drop=True)
    # Of a share of 0 or 1 the report prints an interval of no width, and we give none.
    found.loc[found.se == "0.000", ["ci_low", "ci_high"]] = "na"
    return found


def test_the_published_figures_of_the_dhs_report_are_met(shared: Path, tmp_path: Path) -> None:
    rows = _published(shared)
    assert len(rows) == 39
    result = _verify(DHS, "--data", shared / "data", "--against", _write(tmp_path, rows))
    figures = int(np.sum(~rows.iloc[:, 3:].isin(["na"]).to_numpy()))
    assert figures > 290
    assert f"{figures} figures match at the printed decimals, 0 differ, 0 are not in the run" in result.stdout
    assert result.exit_code == 0


def test_a_changed_digit_of_the_report_is_told(shared: Path, tmp_path: Path) -> None:
    rows = _published(shared)
    row = 3  # never married, total
    assert rows.loc[row, "se"] == "0.022"
    rows.loc[row, "se"] = "0.023"
    result = _verify(DHS, "--data", shared / "data", "--against", _write(tmp_path, rows))
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.endswith("differs")]
    assert line.split()[0] == str(row + 2)
    assert line.split()[-4:-2] == ["se", "0.023"]
