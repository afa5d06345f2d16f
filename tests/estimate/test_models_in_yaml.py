"""Regressions and tests asked for in YAML, from a small file to the tables and the long files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.estimate import average_marginal_effects, independence, mean_test, regress
from surveyproc.pipeline import run
from surveyproc.publish.numbers import shown
from surveyproc.running import RunResult
from surveyproc.values import Family, Regression, Term
from tests.estimate.surveys import by, design_of, survey

TEXT = {"en": "x"}
GROUPS = {"urban": 0, "rural": 1, "nomad": 2}
MODELS = {
    "who": {
        "title": {"en": "Who says yes", "ru": "Кто говорит да", "kk": "Кім иә дейді"},
        "family": "logistic",
        "outcome": "yes",
        "terms": ["x", {"variable": "group", "reference": "rural"}],
        "universe": "all",
        "show": ["coefficient", "odds_ratio", "ame", "adjusted"],
    },
    "how_much": {
        "title": TEXT,
        "family": "linear",
        "outcome": "x",
        "terms": ["yes"],
        "universe": "all",
        "number": "how_much",
    },
    "unasked": {"title": TEXT, "family": "poisson", "outcome": "x", "terms": ["late"], "universe": "all"},
}
TESTS = {
    "go_together": {
        "title": {"en": "Yes by group"},
        "kind": "independence",
        "of": "yes",
        "by": "group",
        "universe": "all",
    },
    "means": {"title": TEXT, "kind": "means", "of": "x", "by": "yes", "universe": "all"},
    "ranks": {"title": TEXT, "kind": "ranks", "of": "x", "by": "group", "universe": "all", "scores": "median"},
    "unasked": {"title": TEXT, "kind": "means", "of": "late", "by": "group", "universe": "all"},
}
MODULE = {
    "surveyproc": 1,
    "module": "money",
    "version": "1.0.0",
    "title": TEXT,
    "level": "person",
    "levels": {"person": {}},
    "variables": {
        "person": {
            "x": {"type": "number"},
            "late": {"type": "number", "required": False},
            "yes": {"type": "boolean", "codes": {"yes": 1, "no": 0}},
            "group": {"type": "categorical", "codes": GROUPS},
        }
    },
    "universes": {"all": {"en": "All"}},
    "indicators": {"I": {"title": TEXT, "stat": "mean", "of": "x", "universe": "all"}},
    "tables": {"M.1": {"title": TEXT, "rows": ["total"], "columns": [{"indicator": "I"}]}},
    "models": MODELS,
    "tests": TESTS,
}
ROUND = {
    "surveyproc": 1,
    "round": "r1",
    "survey": "s",
    "period": {"year": 2026},
    "modules": ["money"],
    "module_path": "modules",
    "files": {"person": {"path": "people.sav"}},
    "keys": {"person": ["id"]},
    "plan": "plan.yaml",
    "design": {"weight": {"person": "weight"}, "strata": "stratum", "psu": "psu", "nested_ids": True},
    "map": {
        "x": "x",
        "yes": {"column": "yes", "copy_codes": True},
        "group": {"column": "group", "copy_codes": True},
    },
}
PLAN = {"surveyproc": 1, "plan": "p", "title": TEXT, "languages": ["en", "ru", "kk"]}
QUALITY = {
    "surveyproc": 1,
    "quality": "strict",
    "title": TEXT,
    "source": "made up",
    "cells": [{"if": "n_unweighted < 60", "action": "suppress", "mark": "(*)"}],
    "precision": [{"if": "cv > 0.0001", "action": "suppress", "mark": "**"}],
    "footnotes": {"(*)": {"en": "Too few"}, "**": {"en": "Too vague"}},
}


def _data() -> pd.DataFrame:
    data = survey(7, rows=300, psus=4)
    rng = np.random.default_rng(7)
    data.loc[rng.random(len(data)) < 0.05, "x"] = np.nan
    return data.assign(id=np.arange(len(data)) + 1.0)


def _run(folder: Path, data: pd.DataFrame, *, plan: dict | None = None, quality: bool = False, **how) -> RunResult:
    (folder / "modules" / "money").mkdir(parents=True)
    (folder / "modules" / "money" / "module.yaml").write_text(json.dumps(MODULE))
    (folder / "plan.yaml").write_text(json.dumps({**PLAN, **(plan or {})}))
    chosen = ROUND | ({"quality": {"profile": "strict"}} if quality else {})
    (folder / "round.yaml").write_text(json.dumps(chosen))
    if quality:
        (folder / "quality").mkdir()
        (folder / "quality" / "strict.yaml").write_text(json.dumps(QUALITY))
    pyreadstat.write_sav(data, str(folder / "people.sav"))
    return run(folder / "round.yaml", data=folder, out=folder / "out", **how)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return _data()


@pytest.fixture(scope="module")
def result(data, tmp_path_factory) -> RunResult:
    return _run(tmp_path_factory.mktemp("analyses"), data)


@pytest.fixture(scope="module")
def models(result: RunResult) -> pd.DataFrame:
    return pd.read_csv(result.outputs[0].parent / "models.csv", keep_default_na=False, na_values=[""])


def _fit(data: pd.DataFrame):
    cells = Term("group", data.group.to_numpy(np.int32), tuple(GROUPS), "rural")
    everyone = np.ones(len(data), dtype=np.bool_)
    terms = (Term("x", data.x.to_numpy(float)), cells)
    design = design_of(data)
    return design, regress(design, Regression("who", Family.LOGISTIC, data.yes.to_numpy(float), terms, everyone))


def test_the_long_file_holds_what_the_kernel_gives(data, models: pd.DataFrame) -> None:
    design, fit = _fit(data)
    key = ["statistic", "term", "category"]
    mine = models[models.model == "who"].fillna({"term": "", "category": ""}).set_index(key)
    pairs = zip(fit.matrix.term, fit.matrix.category, strict=True)
    place = {("coefficient", t or "(intercept)", c): k for k, (t, c) in enumerate(pairs)}
    for key, k in place.items():
        assert mine.loc[key, "value"] == pytest.approx(fit.value[k], rel=1e-12)
        assert mine.loc[key, "se"] == pytest.approx(fit.se[k], rel=1e-12)
        assert mine.loc[key, "p_value"] < 1
    urban = np.exp(fit.value[place["coefficient", "group", "urban"]])
    assert mine.loc[("odds_ratio", "group", "urban"), "value"] == pytest.approx(urban)
    low, high, se = mine.loc[("odds_ratio", "x", ""), ["ci_low", "ci_high", "se"]].astype(float)
    value = float(mine.loc[("odds_ratio", "x", ""), "value"])
    assert np.log(high) - np.log(value) == pytest.approx(np.log(value) - np.log(low))
    assert se == pytest.approx(value * fit.se[place["coefficient", "x", ""]])
    effects = average_marginal_effects(design, fit)
    assert mine.loc[("ame", "x", ""), "se"] == pytest.approx(effects.se[0], rel=1e-12)
    assert mine.loc[("odds_ratio", "group", "rural"), ["value", "status"]].tolist() == [1.0, "reference"]
    counted = data[data.x.notna() & (data.weight > 0)]
    assert mine.loc[("adjusted", "group", "rural"), "n_unweighted"] == (counted.group == 1).sum()
    assert mine.loc[("wald_f", "group", ""), "df1"] == 2
    assert set(mine.df) == {fit.df}
    means = [float(mine.loc[("adjusted", "group", c), "value"]) for c in GROUPS]
    assert means[0] - means[1] == pytest.approx(float(mine.loc[("ame", "group", "urban"), "value"]))


def test_what_was_not_asked_is_said(result: RunResult, models: pd.DataFrame) -> None:
    assert set(models[models.model == "unasked"].status) == {"not_asked"}
    table = next(t for t in result.publications[0].tables if t.number == "unasked")
    assert {cell.text for row in table.rows for cell in row.cells} == {"…"}


def test_tests_are_those_of_the_kernel(data, result: RunResult) -> None:
    found = pd.read_csv(result.outputs[0].parent / "tests.csv").set_index("test")
    design, everyone = design_of(data), np.ones(len(data), dtype=np.bool_)
    together = independence(design, by(data, "yes"), by(data, "group"), universe=everyone)
    assert found.loc["go_together", "p_value"] == pytest.approx(together.p, rel=1e-12)
    assert found.loc["go_together", "statistic"] == "rao_scott_f"
    means = mean_test(design, data.x.to_numpy(float), by(data, "yes"), universe=everyone)
    assert found.loc["means", "p_value"] == pytest.approx(means.p, rel=1e-9)
    assert abs(found.loc["means", "estimate"]) == pytest.approx(abs(means.estimate))
    assert found.loc["ranks", "statistic"] == "f"
    assert found.loc["unasked", "status"] == "not_asked"


@pytest.mark.parametrize(("place", "reference"), [(0, "(ref.)"), (1, "(база)"), (2, "(негіз)")])
def test_the_table_shows_the_reference_in_each_language(result: RunResult, place: int, reference: str) -> None:
    publication = result.publications[place]
    table = next(t for t in publication.tables if t.number == "who")
    rows = [[shown(cell, language=publication.language).text for cell in row.cells] for row in table.rows]
    one = "1.00" if publication.language == "en" else "1,00"
    assert sum(f"{one}\u00a0{reference}" in row for row in rows) == 1
    assert not any(reference in note for note in table.footnotes)
    assert len(table.columns) == 1 + 5 + 5 + 5 + 4
    assert [t.number for t in publication.tables] == ["M.1", "who", "how_much", "unasked", "T"]


def test_rules_on_cells_withhold_and_those_on_precision_do_not(data, tmp_path) -> None:
    few = data.assign(group=np.where((data.group == 2) & (np.arange(len(data)) > 120), 0, data.group))
    assert 0 < (few.group == 2).sum() < 60
    found = _run(tmp_path, few, quality=True).analyses
    assert found is not None
    mine = found.models[found.models.model == "who"].set_index(["statistic", "term", "category"])
    assert (mine.loc["odds_ratio"].loc[("group", "nomad"), ["status", "shown"]] == ["suppressed", "suppress"]).all()
    assert np.isnan(mine.loc[("odds_ratio", "group", "nomad"), "value"])
    assert mine.loc[("odds_ratio", "group", "urban"), "shown"] == "publish"
    text = (tmp_path / "out" / "models.csv").read_text(encoding="utf-8-sig")
    assert all(",".join([""] * 10) in line for line in text.splitlines() if ",nomad," in line)


def test_a_withheld_reference_withholds_its_term(data, tmp_path) -> None:
    few = data.assign(group=np.where((data.group == 1) & (np.arange(len(data)) > 120), 0, data.group))
    found = _run(tmp_path, few, quality=True).analyses
    assert found is not None
    mine = found.models[(found.models.model == "who") & (found.models.statistic == "ame")]
    assert set(mine[mine.term == "group"].shown) == {"suppress"}
    assert set(mine[mine.term == "x"].shown) == {"publish"}


def test_a_plan_chooses_and_orders(data, tmp_path) -> None:
    found = _run(tmp_path, data, plan={"models": ["how_much", "who"], "tests": [], "languages": ["en"]})
    assert [t.number for t in found.publications[0].tables] == ["M.1", "how_much", "who"]
    assert "tests.csv" not in {path.name for path in found.outputs}


def test_one_model_alone(data, tmp_path) -> None:
    found = _run(tmp_path, data, only=["how_much"], languages=["en"])
    assert [t.number for t in found.publications[0].tables] == ["how_much"]
