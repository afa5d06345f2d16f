"""The example modules and rules beside the project: each condition is read, checked and printed."""

import pytest
import yaml

from surveyproc.expressions import Scope, VariableType, check, parse, to_text
from surveyproc.problems import Place, SurveyprocError
from surveyproc.values import Kind

KEYS = {"expr", "where", "asked_if", "guard", "when", "when_no_records", "rule", "if"}
# Written in the examples' checks and conversions, and no conditions on one record: statements on a whole data set.
NOT_OF_THIS_LANGUAGE = {
    "every emigrant has one household",
    "unique(emigrant, [cluster, household, em_line])",
    "share_missing(birth_place) <= 0.05",
    "convert(tr_cash, tr_currency, 'KZT', rate='mean_12m') + zero_if_missing(tr_kind)",
}


def category(*names):
    return VariableType(Kind.CATEGORICAL, names)


NUMBER, BOOLEAN = VariableType(Kind.NUMBER), VariableType(Kind.BOOLEAN)
PLACES = category("here", "same_region", "other_region", "abroad")
SCOPE = Scope(
    {
        "household": {
            "hh_result": category("completed", "refused"),
            "hh_any_left": category("yes", "no"),
            "hh_received": category("yes", "no"),
            "interview_date": VariableType(Kind.DATE),
            "hh_income_year": NUMBER,
            "remit_abroad": NUMBER,
            "receives_abroad": BOOLEAN,
        },
        "person": {"age": NUMBER, "birth_place": PLACES, "res_5y": PLACES, "birth_country": category("KAZ", "RUS")},
        "emigrant": {
            "em_left": VariableType(Kind.YEAR_MONTH),
            "em_age": NUMBER,
            "em_still_abroad": category("yes", "no"),
            "months_away": NUMBER,
            "is_emigrant": BOOLEAN,
        },
        "transfer": {
            "tr_from": category("abroad", "inland"),
            "tr_cash": NUMBER,
            "tr_currency": category("KZT", "RUB"),
            "value_kzt": NUMBER,
        },
        "cell": {"n_unweighted": NUMBER, "cv": NUMBER, "df": NUMBER},
    },
    {"household": None, "person": "household", "emigrant": "household", "transfer": "household", "cell": None},
    {"window_months": 60.0, "min_age_now": 15.0},
)


def conditions(node):
    """Every condition under the keys of conditions, anywhere in a YAML tree."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in KEYS and isinstance(value, str):
                yield value
            else:
                yield from conditions(value)
    elif isinstance(node, list):
        for value in node:
            yield from conditions(value)


@pytest.fixture(scope="module")
def texts(shared):
    files = sorted((shared / "examples").rglob("*.yaml"))
    return [text for file in files for text in conditions(yaml.safe_load(file.read_text(encoding="utf-8")))]


def test_all_are_read_but_those_on_whole_data_sets(texts):
    assert len(texts) > 25
    refused = set()
    for text in texts:
        try:
            expression = parse(text, Place())
        except SurveyprocError:
            refused.add(text)
        else:
            assert parse(to_text(expression), Place()) == expression
    assert refused == NOT_OF_THIS_LANGUAGE


def test_all_pass_the_check_at_some_level(texts):
    for text in set(texts) - NOT_OF_THIS_LANGUAGE:
        expression = parse(text, Place())
        found = {level: check(expression, SCOPE, level=level)[1] for level in SCOPE.levels}
        assert () in found.values(), (text, found)
