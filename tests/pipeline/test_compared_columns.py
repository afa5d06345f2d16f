"""Columns that compare two categories in every row of a table, from YAML to the printed mark."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

from surveyproc.config.models import Quality
from surveyproc.estimate import Contrast, compare, linearise
from surveyproc.pipeline import RunResult, check, run
from surveyproc.problems import Place
from surveyproc.quality import judge
from surveyproc.values import Disaggregation
from tests.estimate.surveys import design_of, measure, survey

TEXT = {"en": "x"}
PAIR = ["sex", "male", "female"]


def _module(columns: list[dict], rows: list) -> dict:
    return {
        "surveyproc": 1,
        "module": "m",
        "version": "1.0.0",
        "title": TEXT,
        "level": "person",
        "levels": {"person": {}},
        "variables": {
            "y": {"type": "number"},
            "yes": {"type": "boolean", "codes": {"yes": 1, "no": 0}},
            "region": {"type": "categorical", "codes": {"a": 0, "b": 1, "c": 2}},
            "sex": {"type": "categorical", "codes": {"male": {"code": 1, "label": {"en": "Men"}}, "female": 2}},
        },
        "universes": {"all": {"en": "All"}},
        "indicators": {
            "share": {"title": {"en": "Share"}, "stat": "proportion", "of": "yes", "universe": "all"},
            "mean": {"title": {"en": "Mean"}, "stat": "mean", "of": "y", "universe": "all"},
        },
        "tables": {"T.1": {"title": TEXT, "rows": rows, "columns": columns}},
    }


COLUMNS = [
    {"indicator": "share"},
    {"indicator": "share", "compare": PAIR, "show": ["estimate", "se", "ci"]},
    {"indicator": "mean", "compare": PAIR, "how": "ratio"},
]
ROUND = {
    "surveyproc": 1,
    "round": "r1",
    "survey": "s",
    "period": {"year": 2026},
    "modules": ["m"],
    "module_path": "modules",
    "files": {"person": {"path": "people.sav"}},
    "keys": {"person": ["id"]},
    "design": {"weight": {"person": "weight"}, "strata": "stratum", "psu": "psu", "nested_ids": True},
    "map": {"y": "y", "yes": "yes", "region": "group", "sex": "sex"},
}


def people() -> pd.DataFrame:
    data = survey(42, rows=900)[["stratum", "psu", "weight", "group"]].astype(float)
    rng = np.random.default_rng(8)
    data["id"] = np.arange(len(data), dtype=float)
    data["sex"] = rng.choice([1.0, 2.0], len(data))
    data["yes"] = (rng.random(len(data)) < np.where(data.sex == 1, 0.25, 0.75)).astype(float)
    data["y"] = rng.gamma(2.0, 10.0, len(data))
    return data


def write(folder: Path, columns: list[dict] = COLUMNS, rows: list | None = None, **more: object) -> Path:
    (folder / "modules" / "m").mkdir(parents=True)
    module = _module(columns, ["total", "region"] if rows is None else rows)
    for path, tree in ((folder / "modules" / "m" / "module.yaml", module), (folder / "r1.yaml", {**ROUND, **more})):
        path.write_text(yaml.safe_dump(json.loads(json.dumps(tree)), sort_keys=False), encoding="utf-8")
    pyreadstat.write_sav(people(), str(folder / "people.sav"))
    return folder / "r1.yaml"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("compared")
    return run(write(folder), out=folder / "out")


def by_hand(kind: str, how: str, rows: np.ndarray):
    data = people()
    codes = np.where(rows, data.sex - 1, -1).astype(np.int32)
    split = Disaggregation("sex", codes, ("male", "female"))
    given = measure(data, "proportion" if kind == "share" else "mean", "yes" if kind == "share" else "y")
    design = design_of(data)
    sides = [linearise(design, given, split, cell=cell) for cell in split.cells]
    return compare(design, [Contrast(kind, "", *sides, how)])


@pytest.mark.parametrize(("kind", "how", "sign"), [("share", "difference", " − "), ("mean", "quotient", " / ")])
def test_every_row_has_its_comparison(result: RunResult, kind: str, how: str, sign: str) -> None:
    frame = result.estimates[(result.estimates.indicator == kind) & (result.estimates.statistic == how)]
    assert len(frame) == 1 + 3
    data = people()
    for cell, code in {"": None, "a": 0, "b": 1, "c": 2}.items():
        rows = np.ones(len(data), dtype=bool) if code is None else (data.group == code).to_numpy()
        domain = f"region × sex: male{sign}female" if cell else f"sex: male{sign}female"
        (row,) = frame[(frame.domain == domain) & (frame.cell == cell)].itertuples()
        ours = by_hand(kind, how, rows)
        assert row.value == pytest.approx(ours.value[0], rel=1e-12)
        assert row.se == pytest.approx(ours.se[0], rel=1e-10)
        assert row.ci_low == pytest.approx(ours.ci_low[0], rel=1e-10)


def test_what_differs_is_marked_and_the_mark_explained(result: RunResult) -> None:
    (table,) = result.publications[0].tables
    heads = [c.spanner or c.head for c in table.columns]
    assert heads == ["Share", *["Share: Men − female"] * 4, "Mean: Men / female"]
    total = table.rows[0].cells
    assert total[1].value == pytest.approx(100 * by_hand("share", "difference", np.ones(len(people()), bool)).value[0])
    assert total[1].text == "≠"
    assert total[2].text == total[3].text == ""
    ratio = by_hand("mean", "quotient", np.ones(len(people()), bool))
    assert (total[5].text == "≠") == bool(ratio.ci_low[0] > 1 or ratio.ci_high[0] < 1)
    assert [note for note in table.footnotes if note.startswith("≠")]


def test_a_comparison_is_hidden_with_either_side(tmp_path: Path) -> None:
    frame = run(write(tmp_path), write=False).estimates
    cells = frame[(frame.indicator == "share") & (frame.domain == "region × sex")]
    least = int(cells.n_unweighted.min())
    rule = {"if": f"n_unweighted <= {least}", "action": "suppress", "mark": "(*)"}
    profile = {"surveyproc": 1, "quality": "few", "cells": [rule]}
    judged, _ = judge(frame, Quality.model_validate(profile), place=Place())
    hidden = judged[(judged.shown == "suppress") & (judged.indicator == "share")]
    cell = hidden[hidden.domain == "region × sex"].cell.iloc[0].partition(" × ")[0]
    assert cell in set(hidden[hidden.domain == "region × sex: male − female"].cell)


@pytest.mark.parametrize(
    ("columns", "rows", "code", "words"),
    [
        ([{"indicator": "share", "compare": ["sex", "male", "men"]}], None, "config.unknown-name", "no category 'men'"),
        ([{"indicator": "share", "compare": ["sex", "male", "male"]}], None, "config.bad-value", "with itself"),
        ([{"indicator": "share", "compare": PAIR}], ["sex"], "config.unsupported", "of the variable compared"),
        ([{"indicator": "share", "compare": PAIR}], [["region", "sex"]], "config.unsupported", "rows of two variables"),
        ([{"indicator": "share", "how": "ratio"}], None, "config.unused", "how is for a column that compares"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(
    tmp_path: Path, columns: list, rows: list | None, code: str, words: str
) -> None:
    found = [p for p in check(write(tmp_path, columns, rows)) if p.severity == "error"]
    assert [p.code for p in found] == [code], found
    assert words in found[0].what
