"""The sampling-error appendix: layout, unlimited limits, and figures as printed for the DHS model data."""

import csv
import math

import pytest

from surveyproc.config.models import SamplingErrors
from surveyproc.tables import sampling_error_tables
from surveyproc.values import CellStyle, Statistic
from tests.quality.frames import frame
from tests.tables.made import QUALITY, VARIABLES, indicator, shown, suppressed


def tables(*rows, indicators, domains=("total", "area"), language="en"):
    spec = SamplingErrors(number="SE", indicators=[i.name for i in indicators], domains=list(domains))
    return sampling_error_tables(
        frame(*rows),
        spec,
        indicators={i.name: i for i in indicators},
        variables=VARIABLES,
        quality=QUALITY,
        language=language,
        source={"en": "Survey 2024"},
        words={},
        notes=({"en": "Taylor."},),
    )


def numbers(row):
    return [c.text if c.style is CellStyle.TEXT else round(c.value, 9) for c in row.cells]


def test_one_table_a_cell_with_eight_columns():
    one = shown(value=0.1, se=0.06, deft=1.5, n_unweighted=90, n_weighted=88.4)
    made = tables(
        one,
        one | {"domain": "area", "cell": "rural"},
        one | {"domain": "area", "cell": "urban"},
        indicators=[indicator()],
    )
    assert [(t.number, t.title) for t in made] == [
        ("SE.1", "Sampling errors: Total"),
        ("SE.2", "Sampling errors: Area: Urban"),
        ("SE.3", "Sampling errors: Area: Rural"),
    ]
    assert len(made[0].columns) == 8
    assert numbers(made[0].rows[0]) == [0.1, 0.06, 90.0, 88.4, 1.5, 0.6, -0.02, 0.22]
    assert [c.decimals for c in made[0].rows[0].cells] == [3, 3, 0, 0, 3, 3, 3, 3]
    assert made[0].notes == ("Taylor.",)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_shares_of_nobody_and_everybody(value):
    (made,) = tables(shown(value=value, se=0.0, status="boundary"), indicators=[indicator()], domains=["total"])
    assert numbers(made.rows[0]) == [value, 0.0, 400.0, 400.0, "na", "na", value, value]


def test_a_single_psu_has_no_error_to_print():
    (made,) = tables(shown(se=math.nan, deft=math.nan, status="one_psu"), indicators=[indicator()], domains=["total"])
    assert numbers(made.rows[0]) == [0.4, "na", 400.0, 400.0, "na", "na", "na", "na"]


def test_distributions_by_category_and_suppressed_rows():
    why = indicator("W", statistic=Statistic.DISTRIBUTION, of="why")
    rows = [
        shown(indicator="W", statistic="distribution", category=c, value=v) for c, v in (("study", 0.3), ("work", 0.7))
    ]
    (made,) = tables(*rows, suppressed(), indicators=[why, indicator()], domains=["total"])
    assert [(r.label, r.kind, r.indent) for r in made.rows] == [
        ("Title W", "heading", 0),
        ("Work", "body", 1),
        ("Study", "body", 1),
        ("Title I", "body", 0),
    ]
    assert [numbers(r)[0] for r in made.rows if r.cells] == [0.7, 0.3, "(*)"]
    assert set(numbers(made.rows[3])) == {"(*)"}
    assert "(*) Too few cases" in made.footnotes


def test_flagged_values_are_marked():
    (made,) = tables(shown(shown="flag", marks="( )"), indicators=[indicator()], domains=["total"])
    assert [c.style for c in made.rows[0].cells] == [CellStyle.PARENTHESES] + [CellStyle.PLAIN] * 7


def test_columns_follow_printed_figures(shared):
    """From R, SE and DEFT as printed in B.2-B.4 of the DHS model report follow the printed SE/R and limits."""
    path = shared / "data" / "dhs_model" / "published_sampling_errors_men.csv"
    with path.open(encoding="utf-8") as stream:
        printed = list(csv.DictReader(stream))
    assert len(printed) == 45
    for line in printed:
        value, se = float(line["value"]), float(line["se"])
        limit = line["deft"] == "na"
        given = {"value": value, "se": se, "deft": math.nan if limit else float(line["deft"])}
        one = shown(**given, n_unweighted=int(line["n_unweighted"]), status="boundary" if limit else "ok")
        (made,) = tables(one, indicators=[indicator()], domains=["total"])
        _, _, n, _, deft, relative, low, high = numbers(made.rows[0])
        assert n == int(line["n_unweighted"])
        assert low == pytest.approx(float(line["ci_2se_low"]), abs=0.0016)  # three roundings of 0.0005, two of the SE
        assert high == pytest.approx(float(line["ci_2se_high"]), abs=0.0016)
        if limit:
            assert (deft, relative) == ("na", "na") == (line["deft"], line["relative_error"])
        else:
            assert relative == pytest.approx(float(line["relative_error"]), abs=0.0006 + 0.0006 / value)
