"""A small survey's words and estimates for tests of tables."""

from __future__ import annotations

import math
from typing import Any

from surveyproc.config.models import Quality
from surveyproc.config.spec import ColumnSpec, IndicatorSpec, TableSpec, VariableText, base_indicator
from surveyproc.problems import Place
from surveyproc.tables import build_tables
from surveyproc.values import Category, Statistic, Table
from tests.quality.frames import frame, row

QUALITY = Quality.model_validate(
    {
        "surveyproc": 1,
        "quality": "q",
        "footnotes": {"( )": {"en": "Few cases", "ru": "Мало наблюдений"}, "(*)": {"en": "Too few cases"}},
    }
)
VARIABLES = {
    "area": VariableText(
        {"en": "Area", "ru": "Тип местности"},
        (Category("urban", {"en": "Urban", "ru": "Город"}), Category("rural", {"en": "Rural"})),
    ),
    "sex": VariableText({"en": "Sex"}, (Category("male", {"en": "Men"}), Category("female", {"en": "Women"}))),
    "why": VariableText({"en": "Reason"}, (Category("work", {"en": "Work"}), Category("study", {"en": "Study"}))),
}
UNIVERSES = {"m.people": {"en": "People", "ru": "Население"}}
BASE = base_indicator("m.people")


def indicator(name: str = "I", **given: Any) -> IndicatorSpec:
    usual = {
        "name": name,
        "module": "m@1.0.0",
        "title": {"en": f"Title {name}"},
        "statistic": Statistic.PROPORTION,
        "of": "yes",
        "numerator": None,
        "denominator": None,
        "universe": "m.people",
        "weight_level": "person",
        "missing": "exclude",
        "scale": 1.0,
        "unit": "percent",
        "decimals": 1,
        "interval": None,
        "place": Place("m.yaml"),
    }
    return IndicatorSpec(**(usual | given))


def table_spec(*columns: ColumnSpec, rows: tuple[tuple[str, ...], ...] = ((), ("area",)), **given: Any) -> TableSpec:
    usual = {
        "number": "MG.1",
        "module": "m@1.0.0",
        "title": {"en": "A table"},
        "subtitle": {},
        "rows": rows,
        "columns": columns,
        "universe": "m.people",
        "footnotes": (),
        "notes": (),
        "place": Place("m.yaml"),
    }
    return TableSpec(**(usual | given))


def build(spec: TableSpec, *rows: dict[str, Any], language: str = "en", **given: Any) -> Table:
    """One table of some estimates, which count as judged already."""
    known = {i.name: i for i in given.pop("indicators", (indicator(),))}
    (made,) = build_tables(
        frame(*rows),
        [spec],
        indicators=known,
        variables=VARIABLES,
        universes=UNIVERSES,
        quality=QUALITY,
        language=language,
        **({"source": {"en": "Survey 2024"}, "words": {}} | given),
    )
    return made


def shown(**given: Any) -> dict[str, Any]:
    """One judged estimate."""
    return row(**({"shown": "publish"} | given))


def suppressed(**given: Any) -> dict[str, Any]:
    """One judged estimate that lost its numbers."""
    gone = dict.fromkeys(("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df", "n_weighted"), math.nan)
    marks = {"shown": "suppress", "marks": "(*)", "status": "suppressed"}
    return row(**given) | gone | {"share_missing": math.nan, "n_unweighted": 0, "n_psus": 0} | marks
