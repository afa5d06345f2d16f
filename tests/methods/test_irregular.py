"""Hidden populations through YAML: published cases, all estimators side by side, states that are told, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc import SurveyprocError, check, run
from surveyproc.cli.verifying import verify
from surveyproc.pipeline import derived_round
from tests.methods.test_published import HEAD, estimates

TWO = """    method: two_lists
    inputs:
      first_list: {value: 200, unit: persons}
      second_list: {value: 300, unit: persons}
      both_lists: {value: %s, unit: persons%s}
"""
LISTS = "    method: several_lists\n    inputs:\n      persons: {file: f.csv, unit: persons}\n"
TIMES = LISTS.replace("several_lists", "repeated_contacts")
REGISTER = """    method: reference_population
    inputs:
      seen: {file: f.csv, unit: persons, columns: {value: m}}
      known: {file: f.csv, unit: persons, columns: {value: n}}
      registered: {file: f.csv, unit: persons, columns: {value: N}}
"""


def test_two_lists_of_200_and_300_with_50_on_both(tmp_path: Path) -> None:
    rows = estimates(tmp_path, TWO % (50, ""), tmp_path)
    plain, better = (rows.loc[("c.hidden_population", name)] for name in ("lincoln_petersen", "chapman"))
    assert plain["value"] == pytest.approx(200 * 300 / 50)
    assert plain["se"] == pytest.approx((200 * 300 * 150 * 250 / 50**3) ** 0.5)
    assert better["value"] == pytest.approx(201 * 301 / 51 - 1)
    assert better["se"] == pytest.approx((201 * 301 * 150 * 250 / (51**2 * 52)) ** 0.5)
    assert (plain["ci_method"], plain["status"]) == ("lognormal", "ok")
    unseen = 1200 - 450  # the interval is log-normal in the unseen (Chao 1987)
    assert (plain["ci_low"] - 450) * (plain["ci_high"] - 450) == pytest.approx(unseen**2)


def test_nobody_on_both_lists_is_not_identified_by_one_estimator_alone(tmp_path: Path) -> None:
    rows = estimates(tmp_path, TWO % (0, ""), tmp_path)["status"]
    assert rows["c.hidden_population", "lincoln_petersen"] == "not_identified"
    assert rows["c.hidden_population", "chapman"] == "ok"


def test_everybody_on_both_lists_has_no_standard_error_of_0(tmp_path: Path) -> None:
    rows = estimates(tmp_path, (TWO % (200, "")).replace("300", "200"), tmp_path)
    assert rows["value"].tolist() == [200.0, 200.0]
    assert rows["se"].isna().all()
    assert set(rows["status"]) == {"no_uncertainty"}


def test_contacts_of_the_netherlands(folder: Path, tmp_path: Path) -> None:
    body = TIMES.replace("{file: f.csv", "{file: f_netherlands_frequency_counts.csv, columns: {times: k, value: f}")
    rows = estimates(tmp_path, body, folder).xs("c.hidden_population")
    assert len(rows) == 5
    # Van der Heijden et al. 2003, whose null models singleRcapture gives; Chao n + f1²/(2·f2).
    told = pd.read_csv(folder / "f_netherlands_popsize.csv").set_index("model")
    assert rows.loc["truncated_poisson", "value"] == pytest.approx(7080, abs=0.5)
    for model, ours in (("ztpoisson_null", "truncated_poisson"), ("ztgeom_null", "truncated_geometric")):
        assert rows.loc[ours, "value"] == pytest.approx(told.loc[model, "N"], rel=1e-5)
    assert rows.loc["chao", "value"] == pytest.approx(1880 + 1645**2 / (2 * 183))


def test_four_lists_of_rome(folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(folder / "f_hiv_rome_4lists_input.csv")
    table["lists"] = table[["c1", "c2", "c3", "c4"]].astype(str).agg("".join, axis=1)
    table = table.rename(columns={"freq": "value"})[["lists", "value"]]
    table.to_csv(tmp_path / "f.csv", index=False)
    rows = estimates(tmp_path, LISTS, tmp_path).xs("c.hidden_population")
    told = pd.read_csv(folder / "f_hiv_rome_rcapture_loglinear_models.csv").set_index("model")
    both = [name for name in told.index if name in rows.index]
    assert len(both) > 50
    sound = [name for name in both if rows.loc[name, "status"] == "ok"]
    np.testing.assert_allclose(rows.loc[sound, "value"], told.loc[sound, "abundance"], rtol=1e-4)
    np.testing.assert_allclose(rows.loc[sound, "se"], told.loc[sound, "stderr"], rtol=1e-3)


def test_registered_foreigners_of_poland(folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(folder / "f_poland_irregular_input.csv")[["m", "n", "N"]]
    table.insert(0, "origin", [f"r{i}" for i in range(len(table))])
    table.to_csv(tmp_path / "f.csv", index=False)
    rows = estimates(tmp_path, REGISTER, tmp_path)
    for estimator, short in (("poisson", "poisson"), ("negative_binomial", "nb")):
        told = pd.read_csv(folder / f"f_uncounted_{short}_simple_popsize.csv").iloc[0]
        plain = rows.loc[("c.hidden_population", estimator)]
        less = rows.loc[("c.corrected_population", estimator)]
        assert plain["value"] == pytest.approx(told["estimate"], rel=1e-4)
        assert less["value"] == pytest.approx(told["estimate_bc"], rel=1e-4)
        assert (less["ci_low"], less["ci_high"]) == pytest.approx((told["lower"], told["upper"]), rel=1e-4)
        assert plain["ci_low"] < plain["value"] < plain["ci_high"]
    assert rows.loc[("c.hidden_population", "least_squares"), "value"] == pytest.approx(25_000, rel=0.02)


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "reference" / "demography"


REFUSED = [
    (TWO % (50, ", cv: 0.1"), "", "gives their chance error itself"),
    (TWO % (250, ""), "", "more people are on both lists"),
    (TIMES, "times,value\n1,5\nonce,3\n", "whole numbers from 1"),
    (TIMES, "times,value,cv\n1,5,0.1\n2,3,0.1\n", "gives their chance error itself"),
    (LISTS, "lists,value\n100,5\n010,3\n", "has a row, with 0 for nobody"),
    (LISTS, "lists,value\n10,5\n01,3\n11,3\n", "two_lists is for two"),
    (LISTS, "lists,value\nA,5\nB,3\n", "marks 0 and 1"),
    (REGISTER, "origin,m,n,N\nA,1,1,0\n", "below 1"),
    (REGISTER, "origin,m,n,N\nA,9,1,90\nB,5,2,50\nC,3,1,40\nD,8,1,70\n", "4 origins are too few for 4 parameters"),
]


@pytest.mark.parametrize(("body", "text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_a_method_cannot_use_is_refused(body: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    config = tmp_path / "c.yaml"
    config.write_text(HEAD + body, encoding="utf-8")
    (problem,) = check(config)
    assert problem.code == "config.unsupported"
    assert words in str(problem)


def test_a_result_cannot_be_taken_without_its_neighbours(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("languages: [en, ru, kk]\n" + HEAD + TWO % (50, ""), encoding="utf-8")
    for made in run(config).publications:
        labels = [row.label for row in made.tables[0].rows]
        assert len(labels) == 2
        assert ("Lincoln–Petersen" in labels) == (made.language == "en")


def test_what_is_for_rounds_says_so_in_one_problem(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(HEAD + TWO % (50, ""), encoding="utf-8")
    for call in (
        lambda: verify(config, data=None, only=None, against=None, peer=None, most=None),
        lambda: derived_round(config),
    ):
        with pytest.raises(SurveyprocError) as caught:
            call()
        (problem,) = caught.value.problems
        assert problem.code == "config.unsupported"
        assert str(problem.where).endswith("c.yaml")
        assert "for rounds" in str(problem)
