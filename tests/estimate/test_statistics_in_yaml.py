"""Medians, functions of totals, comparisons and concentration asked for in YAML, from a small file to the tables."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from scipy import stats

from surveyproc.estimate import estimate
from surveyproc.pipeline import estimate_round, run
from surveyproc.problems import SurveyprocError
from surveyproc.running import RunResult
from surveyproc.values import Measure, QuantileAt, Statistic
from surveyproc.verify import Verdict, second_opinion
from surveyproc.verify.peer import Peer
from tests.estimate.surveys import by, design_of, measure, survey, whole

TEXT = {"en": "x"}


def _indicator(stat: str, **more: object) -> dict:
    return {"title": {"en": stat}, "stat": stat, "universe": "all", **more}


def _module(indicators: dict, shown: list[str]) -> dict:
    columns = [{"indicator": name, "show": ["estimate", "se", "ci"]} for name in shown]
    return {
        "surveyproc": 1,
        "module": "money",
        "version": "1.0.0",
        "title": TEXT,
        "level": "person",
        "levels": {"person": {}},
        "parameters": {"half": 0.5, "word": "x"},
        "variables": {
            "person": {
                "x": {"type": "number"},
                "y": {"type": "number"},
                "yes": {"type": "boolean", "codes": {"yes": 1, "no": 0}},
                "group": {"type": "categorical", "codes": {"urban": 0, "rural": 1, "nomad": 2}},
            }
        },
        "universes": {"all": {"en": "All"}},
        "indicators": indicators,
        "tables": {"M.1": {"title": TEXT, "rows": ["total", "group"], "columns": columns}},
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
    "design": {"weight": {"person": "weight"}, "strata": "stratum", "psu": "psu", "nested_ids": True},
    "map": {
        "x": "x",
        "y": "y",
        "yes": {"column": "yes", "copy_codes": True},
        "group": {"column": "group", "copy_codes": True},
    },
}
INDICATORS = {
    "median_x": _indicator("median", of="x", compare={"groups": [["group", "urban", "rural"]]}),
    "quantiles_x": _indicator("quantile", of="x", p=[0.25, 0.5, 0.9], rule="hf7", unit="thousand", decimals=4),
    "one_quantile": _indicator("quantile", of="x", p=0.9, woodruff="xlogit", multiply=1000),
    "effectiveness": _indicator(
        "function", expr="abs(a - b) / (a + b) * $half", totals={"a": {"sum": "x"}, "b": {"sum": "y"}}
    ),
    "gini_x": _indicator("gini", of="x"),
    "top_fifth": _indicator("quantile_share", of="x", between=[0.8, 1]),
    "s80s20": _indicator("share_ratio", of="x"),
    "share_yes": _indicator("proportion", of="yes"),
    "mean_x": _indicator(
        "mean", of="x", compare={"groups": [["group", "urban", "rural"]], "indicators": ["mean_y"], "how": "ratio"}
    ),
    "mean_y": _indicator("mean", of="y"),
}


def _data() -> pd.DataFrame:
    data = survey(40, rows=600)
    data["y"] = data.y.abs() + 1.0
    data["id"] = np.arange(len(data), dtype=float)
    return data


def _plain(tree: dict) -> str:
    """YAML without anchors: nothing in the tree is shared after a turn through JSON."""
    return yaml.safe_dump(json.loads(json.dumps(tree)), allow_unicode=True)


def _write(folder: Path, module: dict, **over: object) -> Path:
    (folder / "modules" / "money").mkdir(parents=True)
    (folder / "modules" / "money" / "module.yaml").write_text(_plain(module), encoding="utf-8")
    config = folder / "r1.yaml"
    config.write_text(_plain({**ROUND, **over}), encoding="utf-8")
    pyreadstat.write_sav(_data().astype(float), str(folder / "people.sav"))
    return config


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("round")
    config = _write(folder, _module(INDICATORS, [name for name in INDICATORS if name != "mean_y"]))
    return run(config, out=folder / "out")


def _one(result: RunResult, indicator: str, **where: str) -> pd.Series:
    frame = result.estimates[result.estimates.indicator == indicator]
    for column, value in {"domain": "total", "cell": "", "category": "", **where}.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1, (indicator, where)
    return frame.iloc[0]


def test_a_median_from_yaml_is_that_of_the_kernel(result: RunResult) -> None:
    data = _data()
    x, everyone = data.x.to_numpy(float), np.ones(len(data), dtype=np.bool_)
    ours = estimate(
        design_of(data),
        [Measure("m", Statistic.QUANTILE, x, everyone, detail=QuantileAt(0.5))],
        [whole(len(data)), by(data, "group")],
    )
    for position, where in enumerate([{}, *({"domain": "group", "cell": c} for c in ("urban", "rural", "nomad"))]):
        row = _one(result, "median_x", **where)
        assert (row.value, row.ci_low, row.ci_high) == (
            ours.value[position],
            ours.ci_low[position],
            ours.ci_high[position],
        )
        assert row.se == pytest.approx(ours.se[position], rel=1e-12)
        assert (row.statistic, row.ci_method, row.shown) == ("quantile", "woodruff-mean", "publish")


def test_several_quantiles_are_told_apart_by_category(result: RunResult) -> None:
    values = [_one(result, "quantiles_x", category=name).value for name in ("p25", "p50", "p90")]
    assert values == sorted(values)
    assert len(result.estimates[result.estimates.indicator == "quantiles_x"]) == 3 * 4
    assert _one(result, "one_quantile").ci_method == "woodruff-xlogit"
    assert _one(result, "one_quantile").value > 1000 * values[1]


def test_a_second_opinion_is_asked_of_ratios_only(tmp_path: Path) -> None:
    config = _write(tmp_path, _module(INDICATORS, ["median_x", "gini_x", "mean_x"]))
    run_of_it = estimate_round(config)
    peer = Peer("samplics", "0", lambda feed: dict.fromkeys(feed.cells, (1.0, 1.0)), frozenset())
    asked = second_opinion(run_of_it, peer)
    by_name = {name: {p.verdict for p in asked.pairs if p.place[0] == name} for name in ("median_x", "gini_x")}
    assert by_name == {"median_x": {Verdict.NOT_OFFERED}, "gini_x": {Verdict.NOT_OFFERED}}
    assert "a quantile is not asked of samplics" in asked.reasons
    assert {p.verdict for p in asked.pairs if p.place == ("mean_x", "", "total", "")} == {Verdict.DIFFERS}


def test_functions_and_concentration(result: RunResult) -> None:
    data = _data()
    a, b = (float((data.weight * data[name]).sum()) for name in ("x", "y"))
    row = _one(result, "effectiveness")
    assert row.value == pytest.approx(abs(a - b) / (a + b) / 2, rel=1e-12)
    assert row.se > 0
    assert row.lineage.startswith("abs(a - b) / (a + b) * $half where a = Σ x, b = Σ y; universe")
    assert 0.1 < _one(result, "gini_x").value < 0.6
    assert _one(result, "top_fifth").value > 0.2
    assert _one(result, "s80s20").value > 1
    assert _one(result, "s80s20").se > 0


def test_comparisons_are_estimates_beside_the_others(result: RunResult) -> None:
    urban, rural = (_one(result, "median_x", domain="group", cell=c).value for c in ("urban", "rural"))
    difference = _one(result, "median_x", domain="group: urban − rural")
    assert difference.value == urban - rural
    assert (difference.statistic, difference.status, difference.ci_method) == ("difference", "ok", "t")
    assert difference.t == difference.value / difference.se
    assert difference.p_value == pytest.approx(2 * stats.t.sf(abs(difference.t), difference.df))
    quotient = _one(result, "mean_x", domain="group: urban / rural")
    assert quotient.statistic == "quotient"
    assert quotient.t == (quotient.value - 1) / quotient.se
    assert (quotient.p_value < 0.05) == (not quotient.ci_low < 1 < quotient.ci_high)
    assert np.isnan(_one(result, "mean_x", domain="total").p_value)
    data = _data()
    between = _one(result, "mean_x", domain="total: mean_x / mean_y")
    ratio = estimate(design_of(data), [measure(data, "ratio", "x", "y")], [whole(len(data))])
    assert (between.value, between.se) == pytest.approx((ratio.value[0], ratio.se[0]), rel=1e-9)


def test_the_table_shows_them_in_their_units(result: RunResult) -> None:
    table = result.publications[0].tables[0]
    heads = [(c.spanner, c.head) for c in table.columns]
    total = dict(zip(heads, table.rows[0].cells, strict=True))
    assert total["median", "Estimate"].value == _one(result, "median_x").value
    assert total["median", "Standard error"].value == _one(result, "median_x").se
    shown = total["quantile: p50", "Estimate"]
    assert shown.value == pytest.approx(_one(result, "quantiles_x", category="p50").value / 1000)
    assert shown.decimals == 4
    assert total["gini", "Estimate"].decimals == 3
    assert total["quantile_share", "Estimate"].value == pytest.approx(100 * _one(result, "top_fifth").value)
    assert {path.name for path in result.outputs} >= {"estimates.csv", "tables.en.xlsx"}


WRONG = [
    (_indicator("quantile", of="x"), "config.bad-value", "a quantile needs of and p"),
    (_indicator("quantile", of="x", p=1.5), "config.bad-value", "not shares of the population"),
    (_indicator("quantile", of="x", p=[0.5, 0.5]), "config.bad-value", "not shares of the population"),
    (_indicator("median", of="group"), "config.wrong-type", "group is a categorical variable"),
    (_indicator("median", of="x", interval="t"), "config.bad-value", "the interval of a median is Woodruff’s"),
    (_indicator("mean", of="x", rule="hf7"), "config.bad-value", "a mean needs of"),
    (_indicator("gini", of="x", multiply=100), "config.bad-value", "a gini is a share"),
    (_indicator("quantile_share", of="x", between=[0.8, 0.2]), "config.bad-value", "not shares of the population"),
    (_indicator("share_ratio", of="x", top=1), "config.bad-value", "not shares of the population"),
    (_indicator("function", expr="a + b", totals={"a": {"sum": "x"}}), "expression.unknown-name", "no total of this"),
    (_indicator("function", expr="a * $word", totals={"a": {"sum": "x"}}), "expression.type", "needs a number"),
    (_indicator("function", expr="a +", totals={"a": {"sum": "x"}}), "expression.syntax", ""),
    (
        _indicator("function", expr="a + 1", totals={"a": {"sum": "x"}, "b": {"sum": "y"}}),
        "config.unused",
        "does not use the total b",
    ),
    (_indicator("function", expr="a", totals={"a": {"sum": "group"}}), "config.wrong-type", "group is a categorical"),
    (
        _indicator("mean", of="x", compare={"groups": [["group", "urban", "moon"]]}),
        "config.unknown-name",
        "no category",
    ),
    (_indicator("mean", of="x", compare={"groups": [["group", "urban", "urban"]]}), "config.bad-value", "with itself"),
    (_indicator("mean", of="x", compare={"groups": [["grp", "urban", "rural"]]}), "config.unknown-name", "no variable"),
    (_indicator("mean", of="x", compare={"indicators": ["nothing"]}), "config.unknown-name", "no indicator"),
    (
        _indicator("distribution", of="group", compare={"indicators": ["fine"]}),
        "config.unsupported",
        "cannot be compared",
    ),
    (_indicator("mean", of="x", compare={}), "config.missing-key", "nothing to compare"),
]


def test_faults_are_told_all_at_once_before_data_are_read(tmp_path: Path) -> None:
    wrong = {f"wrong_{k:02}": indicator for k, (indicator, _, _) in enumerate(WRONG)}
    config = _write(tmp_path, _module({"fine": _indicator("mean", of="y"), **wrong}, ["fine"]))
    (tmp_path / "people.sav").unlink()
    with pytest.raises(SurveyprocError) as caught:
        run(config)
    found = list(caught.value.problems)
    assert all(p.where.line is not None for p in found)
    for _, code, words in WRONG:
        match = next((p for p in found if p.code == code and words in p.what), None)
        assert match is not None, (code, words)
        found.remove(match)
    assert found == []


def test_a_difference_does_not_tell_a_suppressed_side(tmp_path: Path) -> None:
    module = _module({"mean_x": INDICATORS["median_x"]}, ["mean_x"])
    (tmp_path / "quality").mkdir()
    data = _data()
    fewest = data.group.value_counts()
    limit = int(fewest[1]) + 1 if fewest[1] < fewest[0] else int(fewest[0]) + 1
    profile = {
        "surveyproc": 1,
        "quality": "q",
        "cells": [{"if": f"n_unweighted < {limit}", "action": "suppress", "mark": "*"}],
    }
    (tmp_path / "quality" / "q.yaml").write_text(_plain(profile), encoding="utf-8")
    config = _write(tmp_path, module, quality={"profile": "q"})
    frame = run(config).estimates.set_index(["indicator", "domain", "cell"]).sort_index()
    hidden = frame.loc[("mean_x", "group")]
    assert (hidden.shown == "suppress").any()
    row = frame.loc[("mean_x", "group: urban − rural", "")]
    assert (row.shown, row.marks) == ("suppress", "*")
    assert np.isnan([row.value, row.se, row.ci_low]).all()
