"""Every estimate that R survey 4.1-1 made of files of real surveys, reproduced from YAML."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import t

from surveyproc.pipeline import run
from surveyproc.running import RunResult
from tests.golden.rounds import CONFIGS, INTERVALS, cell_name, one, run_all, variant

# Round of configs/ → start of the indicator's name in R's table → indicator of the round's module.
INDICATORS: Mapping[str, Mapping[str, str]] = {
    "dhs-model-2015/round": {
        "Urban residence": "urban_residence",
        "No education": "no_education",
        "Secondary or higher": "secondary",
        "Never married": "never_married",
        "Currently in union": "married",
        "Away from home": "away_12",
        "Away >1 month": "away_month",
    },
    "dhs-model-2015/round-mv022": {"Currently in union": "married"},
    "lapop-2023/round": {"Very or somewhat likely": "likely_3y"},
    "ghana-2005/round": {"Foreign nationals": "foreign", "Number of foreign nationals": "foreign_number"},
    "eusilc-2006/round": {"Non-national citizens": "non_nationals", "Mean equivalised income": "mean_income"},
    "cps-2016/round": {"Lived abroad one year ago": "abroad_1y", "Moved in last year": "moved_1y"},
    "eph-2016/round": {"Born abroad": "foreign_born", "Lived elsewhere 5 years ago": "moved_5y"},
    "ech-2018/round": {
        "Born abroad": "foreign_born",
        "Number born abroad": "foreign_born_number",
        "Born outside this department": "lifetime_migrants",
        "Lived elsewhere 5 years ago": "moved_5y",
        "Lived abroad 5 years ago": "from_abroad_5y",
    },
}
ROUNDS = {  # dataset → round, where its strata are those of the round's main design
    "dhs_model/ZZMR61FL.DTA": "dhs-model-2015/round",
    "lapop/ym23.dta": "lapop-2023/round",
    "ghana/ghanaS.sav": "ghana-2005/round",
    "eusilc/eusilc.sav": "eusilc-2006/round",
    "cps/cps_00160.sav": "cps-2016/round",
    "eph/toybase_individual_2016_03.sav": "eph-2016/round",
    "ech/toy_ech_2018.sav": "ech-2018/round",
}
DOMAINS = {  # column in the data → variable
    "mv025": "area",
    "pais": "country",
    "region": "region",
    "sex": "sex",
    "db040": "land",
    "rb090": "sex",
    "cit": "citizenship",
    "STATEFIP": "state",
    "CH04": "sex",
    "e26": "sex",
    "region_3": "area",
}
EXACT = {"n_unweighted": "n_unweighted", "df": "df"}
CLOSE = {"value": "estimate", "se": "se", "cv": "cv", "n_weighted": "sum_w", "deff": "deff", "deft": "deft"}
ENDS = {"t": "ci_t", "2se": "ci_2se", "logit": "ci_logit"}
TOLERANCE = 1e-9
LOGIT = 1e-7  # R's interval comes from a logistic regression that stops at a relative change of deviance of 1e-8


def _round(row: pd.Series) -> str:
    return "dhs-model-2015/round-mv022" if row.strata == "mv022" else ROUNDS[row.dataset]


def _indicator(row: pd.Series) -> str:
    named = INDICATORS[_round(row)]
    found = [indicator for name, indicator in named.items() if row.indicator.startswith(name)]
    assert len(found) == 1, row.indicator
    return found[0]


@pytest.fixture(scope="module")
def expected(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "survey" / "real_files_r_survey.csv")


@pytest.fixture(scope="module")
def results(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], RunResult]:
    folder = tmp_path_factory.mktemp("rounds")
    written = {
        (name, interval): variant(CONFIGS / f"{name}.yaml", folder, interval)
        for name in INDICATORS
        for interval in INTERVALS
    }
    done = run_all(written.values(), shared / "data")
    return {key: done[path] for key, path in written.items()}


def _pairs(
    rows: pd.DataFrame, results: Mapping[tuple[str, str], RunResult], interval: str
) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Each row of R's with ours."""
    for _, row in rows.iterrows():
        result = results[_round(row), interval]
        assert result.spec is not None
        domain = "total" if row.domain == "total" else DOMAINS[row.domain]
        cell = "" if domain == "total" else cell_name(result.spec, domain, row.value)
        yield row, one(result.estimates, _indicator(row), domain, cell)


def _far(mine: float, theirs: float, tolerance: float) -> bool:
    """Whether two numbers differ; a number that is not there differs from all."""
    return not abs(mine - theirs) <= tolerance * abs(theirs)


def test_every_row_of_the_table_has_its_place_in_a_round(expected: pd.DataFrame) -> None:
    rows = [row for _, row in expected.iterrows()]
    places = {(_round(row), _indicator(row), row.domain, str(row.value)) for row in rows}
    assert len(expected) == len(places) == 102
    used = {(name, indicator) for name, indicator, *_ in places}
    assert used == {(name, indicator) for name, named in INDICATORS.items() for indicator in named.values()}
    assert {domain for *_, domain, _ in places} == {"total", *DOMAINS}


@pytest.mark.parametrize("name", INDICATORS)
def test_estimates_errors_and_design_effects_are_those_of_r(
    expected: pd.DataFrame, results: Mapping[tuple[str, str], RunResult], name: str
) -> None:
    rows = expected[[_round(row) == name for _, row in expected.iterrows()]]
    assert len(rows) > 0
    differences = []
    for row, ours in _pairs(rows, results, "t"):
        where = f"{row.indicator} {row.domain} {row.value}"
        assert ours.status == "ok", where
        # R's table has no design effect of totals
        close = {k: v for k, v in CLOSE.items() if row.kind != "total" or not k.startswith("def")}
        differences += [f"{where}: {k} {ours[k]!r} for {row[v]!r}" for k, v in EXACT.items() if ours[k] != row[v]]
        differences += [
            f"{where}: {k} {ours[k]!r} for {row[v]!r}" for k, v in close.items() if _far(ours[k], row[v], TOLERANCE)
        ]
    assert differences == []


@pytest.mark.parametrize("interval", ENDS)
@pytest.mark.parametrize("name", INDICATORS)
def test_intervals_are_those_of_r(
    expected: pd.DataFrame, results: Mapping[tuple[str, str], RunResult], name: str, interval: str
) -> None:
    rows = expected[[_round(row) == name for _, row in expected.iterrows()]]
    if interval == "logit":  # of shares only
        rows = rows[rows.ci_logit_low.notna()]
    assert len(rows) > 0
    tolerance = LOGIT if interval == "logit" else TOLERANCE
    differences = []
    for row, ours in _pairs(rows, results, interval):
        for side in ("low", "high"):
            mine, theirs = ours[f"ci_{side}"], row[f"{ENDS[interval]}_{side}"]
            if _far(mine, theirs, tolerance):
                differences.append(f"{row.indicator} {row.domain} {row.value}: {side} {mine!r} for {theirs!r}")
    assert differences == []


def test_logit_intervals_follow_from_the_estimates_of_r(
    expected: pd.DataFrame, results: Mapping[tuple[str, str], RunResult]
) -> None:
    rows = expected[expected.ci_logit_low.notna()]
    assert len(rows) == 93
    reach = t.ppf(0.975, rows.df) * rows.se / (rows.estimate * (1 - rows.estimate))
    ours = pd.DataFrame([mine for _, mine in _pairs(rows, results, "logit")], dtype=object)
    for side, sign in (("low", -1), ("high", 1)):
        exact = expit(logit(rows.estimate) + sign * reach)
        np.testing.assert_allclose(ours[f"ci_{side}"].astype(float), exact, rtol=TOLERANCE)


def test_letters_and_user_missing_codes_give_the_same_estimates(shared: Path) -> None:
    stata, spss = (
        run(CONFIGS / "lapop-2023" / f"{name}.yaml", data=shared / "data").estimates for name in ("round", "round-spss")
    )
    assert len(stata) > 40
    pd.testing.assert_frame_equal(stata.drop(columns="round"), spss.drop(columns="round"))
