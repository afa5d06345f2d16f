"""What a config tells of its numbers is told to readers: on the front page, under tables and in the manifest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from surveyproc.pipeline import run
from surveyproc.running import RunResult
from tests.bad_config.survey import HERE, frames, in_memory, raw_file

ROUND = """extends: good.yaml
round: told
period: {year: 2024, quarter: 3}
modules: [told]
plan: told_plan.yaml
map:
  income: {not_asked: true, reason: {en: Too long a form, ru: Длинная анкета}}
  em_age: {not_asked: true}
"""
PLAN = """surveyproc: 1
plan: told
title: {en: Told, ru: Рассказ}
languages: [en, ru]
tables: [W.1, T.1, W.2]
"""
MODULE = """surveyproc: 1
module: told
version: 2.0.0
title: {en: Told}
definitions: [First source, Second source]
extends: [tiny]
level: household
derive:
  rich: {type: boolean, expr: "income > 1100"}
universes:
  rich_ones: {where: "rich", en: Rich}
indicators:
  W1: {title: {en: Mean size}, stat: mean, of: members, universe: rich_ones}
  W2: {title: {en: Mean size}, stat: mean, of: members, universe: households}
tables:
  W.1: {title: {en: Size of the rich}, rows: [total], columns: [{indicator: W1}]}
  W.2: {title: {en: Size}, rows: [total, rich], columns: [{indicator: W2}]}
break_in_series: {since: 2018Q1, note: {en: Other households, ru: Другие домохозяйства}}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("told") / "configs"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "modules" / "told").mkdir()
    (folder / "modules" / "told" / "module.yaml").write_text(MODULE, encoding="utf-8")
    (folder / "told.yaml").write_text(ROUND, encoding="utf-8")
    (folder / "told_plan.yaml").write_text(PLAN, encoding="utf-8")
    for path, more in (("codelists/tiny_regions.yaml", "source: Atlas"), ("quality/tiny.yaml", "source: Decree 7")):
        file = folder / path
        file.write_text(f"{file.read_text(encoding='utf-8')}{more}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        in_memory(patch, folder, {level: raw_file(level, frame) for level, frame in frames().items()})
        return run(folder / "told.yaml", data=folder, out=folder.parent / "out")


def test_the_front_page(told: RunResult) -> None:
    english, russian = (dict(p.facts) for p in told.publications)
    assert english["Period"] == "2024, quarter 3"
    assert russian["Период"] == "2024 г., 3-й квартал"
    assert english["Definitions"] == "Told: First source; Second source"
    assert english["Code list"] == "Regions. Atlas"
    assert english["Publication rules"] == "tiny. Decree 7"
    assert english["Not asked in this round"] == "income. Too long a form"
    assert russian["Вопрос в этом раунде не задавался"] == "income. Длинная анкета"


def test_notes_under_tables(told: RunResult) -> None:
    english, russian = ({t.number: t.notes for t in p.tables} for p in told.publications)
    broken = "Break in series since 2018Q1: Other households"
    absent = "Not asked in this round: income. Too long a form"
    assert english == {"W.1": (broken, absent), "T.1": (), "W.2": (broken, absent)}
    assert russian["W.1"][0] == "Разрыв ряда, начиная с 2018Q1: Другие домохозяйства"


def test_the_manifest(told: RunResult) -> None:
    (path,) = [p for p in told.outputs if p.name == "manifest.json"]
    details = json.loads(Path(path).read_text(encoding="utf-8"))["details"]
    assert details["period"] == {"year": 2024, "quarter": 3}
    assert details["definitions"] == {"told": ["First source", "Second source"]}
    assert details["breaks_in_series"] == {
        "told": {"since": "2018Q1", "note": {"en": "Other households", "ru": "Другие домохозяйства"}}
    }
    assert details["not_asked"] == {
        "income": {"en": "Too long a form", "ru": "Длинная анкета"},
        "em_age": {},
    }
