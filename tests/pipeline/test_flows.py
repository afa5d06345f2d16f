"""Matrices of flows from YAML to tables: pairs, margins and balances beside plain arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

from surveyproc.config.models import Quality
from surveyproc.estimate import Contrast, compare, estimate, linearise
from surveyproc.pipeline import RunResult, check, run
from surveyproc.problems import Place
from surveyproc.quality import judge
from tests.estimate.surveys import design_of, measure, survey, whole

TEXT = {"en": "x"}
AREAS = {"north": {"code": 0, "label": {"en": "North"}}, "south": 1, "west": 2}


def flows(**more: object) -> dict:
    given = {"title": TEXT, "stat": "flows", "origin": "before", "destination": "now", "universe": "all"}
    return given | more


MODULE = {
    "surveyproc": 1,
    "module": "moves",
    "version": "1.0.0",
    "title": TEXT,
    "level": "person",
    "levels": {"person": {}},
    "variables": {
        "now": {"type": "categorical", "label": {"en": "Now"}, "codes": AREAS},
        "before": {
            "type": "categorical",
            "label": {"en": "Five years ago"},
            "codes": {**AREAS, "abroad": 3},
            "missing": {"dk": [9]},
        },
    },
    "universes": {"all": {"en": "All"}},
    "indicators": {
        "moves": flows(),
        "shares": flows(percent_of="origins"),
        "people": {"title": TEXT, "stat": "total", "of": "one", "universe": "all"},
    },
    "derive": {"one": {"type": "number", "expr": "1"}},
    "tables": {
        "F.1": {"title": TEXT, "matrix": {"indicator": "moves", "show": ["estimate", "se"]}},
        "F.2": {"title": TEXT, "matrix": {"indicator": "shares"}},
    },
}
ROUND = {
    "surveyproc": 1,
    "round": "r1",
    "survey": "s",
    "period": {"year": 2026},
    "modules": ["moves"],
    "module_path": "modules",
    "files": {"person": {"path": "people.sav"}},
    "keys": {"person": ["id"]},
    "design": {"weight": {"person": "weight"}, "strata": "stratum", "psu": "psu", "nested_ids": True},
    "map": {"now": "now", "before": "before"},
}


def people() -> pd.DataFrame:
    data = survey(41, rows=700)[["stratum", "psu", "weight"]].astype(float)
    rng = np.random.default_rng(5)
    data["id"] = np.arange(len(data), dtype=float)
    data["now"] = rng.choice([0.0, 1.0, 2.0], len(data), p=[0.5, 0.3, 0.2])
    moved = rng.random(len(data)) < 0.35
    data["before"] = np.where(moved, rng.choice([0.0, 1.0, 3.0], len(data), p=[0.4, 0.4, 0.2]), data.now)
    data.loc[data.index[:20], "before"] = 9.0
    return data


def write(folder: Path, module: dict = MODULE) -> Path:
    (folder / "modules" / "moves").mkdir(parents=True)
    plain = json.loads(json.dumps([module, ROUND]))
    for path, tree in zip((folder / "modules" / "moves" / "module.yaml", folder / "r1.yaml"), plain, strict=True):
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    pyreadstat.write_sav(people(), str(folder / "people.sav"))
    return folder / "r1.yaml"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("flows")
    return run(write(folder), out=folder / "out")


@pytest.fixture(scope="module")
def found(result: RunResult) -> pd.DataFrame:
    frame = result.estimates
    return frame[frame.indicator == "moves"].set_index("category")


def weight_of(rows: pd.Series) -> float:
    return float(people().weight[rows].sum())


def test_each_pair_is_a_weighted_count_with_its_own_n(found: pd.DataFrame) -> None:
    data = people()
    codes = {"north": 0, "south": 1, "west": 2, "abroad": 3}
    for a, start in codes.items():
        for b in ("north", "south", "west"):
            rows = (data.before == start) & (data.now == codes[b])
            row = found.loc[f"{a} → {b}"]
            assert row.n_unweighted == rows.sum()
            if rows.any():
                assert row.value == pytest.approx(weight_of(rows), rel=1e-13)
            else:
                assert (row.status, np.isnan(row.value)) == ("empty", True)


def test_margins_add_up(found: pd.DataFrame) -> None:
    known = people().before != 9
    assert found.value["* → *"] == pytest.approx(weight_of(known), rel=1e-13)
    for b in ("north", "south", "west"):
        pairs = [found.value.get(f"{a} → {b}", 0.0) for a in ("north", "south", "west", "abroad")]
        assert found.value[f"* → {b}"] == pytest.approx(np.nansum(pairs), rel=1e-13)
        came, went = found.value[f"in: {b}"], np.nan_to_num(found.value[f"out: {b}"])
        assert found.value[f"net: {b}"] == pytest.approx(came - went, rel=1e-12)
        assert found.value[f"gross: {b}"] == pytest.approx(came + went, rel=1e-12)
    everyone = sum(found.value[f"in: {b}"] for b in ("north", "south", "west"))
    assert found.value["moved"] == pytest.approx(everyone, rel=1e-12)


def test_the_se_of_the_balance_knows_how_arrivals_and_departures_go_together(found: pd.DataFrame) -> None:
    data = people()
    known = data.before != 9
    came = known & (data.now == 0) & (data.before != 0)
    went = known & (data.now != 0) & (data.before == 0)
    design, split = design_of(data), whole(len(data))
    sides = [linearise(design, measure(data, "total", rows.astype(float)), split) for rows in (came, went)]
    made = compare(design, [Contrast("net", "total", *sides, "difference")])
    assert found.value["net: north"] == pytest.approx(made.value[0], rel=1e-12)
    assert found.se["net: north"] == pytest.approx(made.se[0], rel=1e-9)
    alone = np.hypot(found.se["in: north"], found.se["out: north"])
    assert found.se["net: north"] != pytest.approx(alone, rel=1e-3)


def test_shares_are_of_the_records_of_an_origin(result: RunResult) -> None:
    data = people()
    shares = result.estimates[result.estimates.indicator == "shares"].set_index("category")
    started = data.before == 1
    share = measure(data, "proportion", (data.now == 0).astype(float), universe=started)
    ours = estimate(design_of(data), [share], [whole(len(data))])
    assert shares.value["south → north"] == pytest.approx(ours.value[0], rel=1e-13)
    assert shares.se["south → north"] == pytest.approx(ours.se[0], rel=1e-11)
    assert sum(shares.value[f"south → {b}"] for b in ("north", "south", "west")) == pytest.approx(1.0, rel=1e-13)
    assert shares.n_unweighted["south → north"] == started.sum()


def test_the_table_has_origins_down_destinations_across_and_the_balance_below(result: RunResult) -> None:
    matrix, shares = result.publications[0].tables
    assert [c.head for c in matrix.columns] == ["North", "south", "west", "Total"]
    assert {c.spanner for c in matrix.columns} == {"Now"}
    assert matrix.stub_head == "Five years ago"
    labels = [row.label for row in matrix.rows if row.indent == 0]
    balance = ["In-migrants", "Out-migrants", "Net migration", "In- and out-migrants together"]
    assert labels == ["North", "south", "west", "abroad", "Total", *balance]
    assert {row.label for row in matrix.rows if row.indent} == {"Standard error"}
    assert len(matrix.rows) == 2 * len(labels)
    assert [row.label for row in shares.rows] == ["North", "south", "west", "abroad", "Total"]
    assert {row.cells[-1].value for row in shares.rows} == {100.0}


def test_a_suppressed_flow_cannot_be_worked_out(result: RunResult) -> None:
    """With the margins published, one hidden pair needs company: no sum may keep a single hidden member."""
    frame = result.estimates[result.estimates.indicator == "moves"].reset_index(drop=True)
    pairs = frame.category.str.contains(" → ") & ~frame.category.str.contains("*", regex=False)
    least = int(frame.n_unweighted[pairs].replace(0, 999).min())
    rule = {"if": f"n_unweighted <= {least} and value > 0", "action": "suppress", "mark": "(*)"}
    quality = {"surveyproc": 1, "quality": "q", "cells": [rule], "complementary_suppression": True}
    judged, _ = judge(frame, Quality.model_validate(quality), place=Place())
    hidden = set(judged.category[judged.shown == "suppress"])
    assert hidden
    for b in ("north", "south", "west"):
        members = {f"{a} → {b}" for a in ("north", "south", "west", "abroad")}
        assert len(hidden & {*members, f"* → {b}"}) != 1
    for a in ("north", "south", "west", "abroad"):
        assert len(hidden & {*(f"{a} → {b}" for b in ("north", "south", "west")), f"{a} → *"}) != 1


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        ({"title": TEXT}, "config.missing-key", "rows and columns, or a matrix"),
        ({"title": TEXT, "matrix": {"indicator": "moves"}, "rows": ["total"]}, "config.missing-key", "or a matrix"),
        ({"title": TEXT, "matrix": {"indicator": "people"}}, "config.unsupported", "people has no flows"),
        (
            {"title": TEXT, "rows": ["total"], "columns": [{"indicator": "moves"}]},
            "config.unsupported",
            "moves is of flows",
        ),
    ],
)
def test_a_table_is_one_or_the_other(tmp_path: Path, table: dict, code: str, words: str) -> None:
    config = write(tmp_path, {**MODULE, "tables": {"F.1": table}})
    (problem,) = [p for p in check(config) if p.severity == "error"]
    assert (problem.code, words in problem.what) == (code, True), problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_of": "cases"}, "no per cent of cases"),
        ({"origin": "one"}, "one"),
        ({"of": "now"}, "needs origin and destination"),
    ],
)
def test_flows_that_cannot_be_are_refused(tmp_path: Path, changes: dict, words: str) -> None:
    config = write(tmp_path, {**MODULE, "indicators": {"moves": flows(**changes)}, "tables": {}})
    found = [p for p in check(config) if p.severity == "error"]
    assert any(words in p.what for p in found), found
