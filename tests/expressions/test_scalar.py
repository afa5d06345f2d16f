"""Expressions on plain values, as publication rules use them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.expressions import DataScope, Expression, LevelData, evaluate, evaluate_scalar, parse
from surveyproc.problems import Place, SurveyprocError
from surveyproc.values import Kind, Missing
from tests.expressions.grammar import numbers, truths
from tests.expressions.reference import work
from tests.expressions.worlds import column, plain

CELL = {"n_unweighted": 24.0, "cv": 0.31, "df": 8.0, "status": "ok", "se": None, "rare": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n_unweighted < 25", True),
        ("n_unweighted == 0", False),
        ("cv > 0.30", True),
        ("df < 8", False),
        ("status == 'ok'", True),
        ("se > 1", None),
        ("se is missing", True),
        ("se > 1 or rare", True),
        ("se == 'x'", None),
        ("cv * 100", 31.0),
        ("status", "ok"),
        ("coalesce(se, cv)", 0.31),
        ("missing", None),
        ("1 / 0", None),
    ],
)
def test_rule(text, expected):
    got = evaluate_scalar(parse(text, Place()), CELL)
    assert got == expected
    assert type(got) is type(expected)


def test_nan_is_missing_and_infinity_is_a_number():
    expression = parse("cv > 0.3", Place())
    assert evaluate_scalar(expression, {"cv": float("nan")}) is None
    assert evaluate_scalar(expression, {"cv": float("inf")}) is True


@pytest.mark.parametrize(("text", "code"), [("n < 25", "unknown-name"), ("status < 5", "type"), ("cv", "")])
def test_what_does_not_fit_is_refused(text, code):
    expression = parse(text, Place("q.yaml", 4, 9))
    if not code:
        assert evaluate_scalar(expression, CELL) == 0.31
        return
    with pytest.raises(SurveyprocError) as caught:
        evaluate_scalar(expression, CELL)
    assert caught.value.problems[0].code == f"expression.{code}"
    assert caught.value.problems[0].where.line == 4


_values = st.fixed_dictionaries(
    {
        "size": st.one_of(st.none(), st.integers(-3, 5).map(float)),
        "poor": st.one_of(st.none(), st.booleans()),
    }
)


@settings(max_examples=120, deadline=None)
@given(st.one_of(truths("cell", 2), numbers("cell", 2)), _values)
def test_agrees_with_columns_and_with_the_reference(root, values):
    kinds = {"size": Kind.NUMBER, "poor": Kind.BOOLEAN}
    record = {name: Missing.SYSTEM if value is None else value for name, value in values.items()}
    columns = {name: column(kinds[name], [record[name]]) for name in values}
    (on_columns,) = plain(evaluate(Expression(root), DataScope({"cell": LevelData(1, columns)}), level="cell"))
    got = evaluate_scalar(Expression(root), values)
    assert got == (None if isinstance(on_columns, Missing) else on_columns)
    expected = work(root, record | {"down": {}, "up": {}}, {})
    assert got == (None if isinstance(expected, Missing) else expected)


def test_numpy_numbers_are_taken():
    assert evaluate_scalar(parse("n < 25", Place()), {"n": np.float64(24)}) is True
    assert evaluate_scalar(parse("n < 25", Place()), {"n": 24}) is True
