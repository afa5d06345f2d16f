"""Working expressions out on columns, against a slow reading one record at a time and against tables by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.expressions import DataScope, Expression, LevelData, check, evaluate, parse, record_counts, scope_of
from surveyproc.problems import Place, SurveyprocError
from surveyproc.values import Kind, Missing
from tests.expressions.grammar import numbers, truths
from tests.expressions.reference import work
from tests.expressions.test_parse import _fragments
from tests.expressions.worlds import PARAMETERS, column, plain, worlds

PLACE = Place("m.yaml", 1, 1)
DK, REFUSED, SYSTEM, NA = Missing.DK, Missing.REFUSED, Missing.SYSTEM, Missing.NOT_APPLICABLE


def one_level(**columns):
    rows = len(next(iter(columns.values())).values)
    return DataScope({"person": LevelData(rows, columns)}, PARAMETERS)


def worked(text, data, level="person"):
    return plain(evaluate(parse(text, PLACE), data, level=level))


def same(got, expected):
    """Equal values, with the kinds of missing told apart from numbers."""
    return len(got) == len(expected) and all(
        isinstance(g, Missing) == isinstance(e, Missing) and g == e for g, e in zip(got, expected, strict=True)
    )


@settings(max_examples=200, deadline=None)
@given(worlds(), st.data())
def test_agrees_with_the_reference(world, data):
    households, persons, scope = world
    level = data.draw(st.sampled_from(["household", "household", "person"]))
    root = data.draw(st.one_of(truths(level, 3), numbers(level, 3)))
    got = plain(evaluate(Expression(root), scope, level=level))
    records = households if level == "household" else persons
    expected = [work(root, record, PARAMETERS) for record in records]
    assert same(got, expected), (got, expected)


TRUTH = {True: True, False: False, None: DK}


@pytest.mark.parametrize(
    ("text", "table"),
    [
        # rows: left true, false, unknown; columns: right the same (Kleene 1952, §64)
        ("a and b", [[True, False, None], [False, False, False], [None, False, None]]),
        ("a or b", [[True, True, True], [True, False, None], [True, None, None]]),
        ("a implies b", [[True, False, None], [True, True, True], [True, None, None]]),
        ("a == b", [[True, False, None], [False, True, None], [None, None, None]]),
        ("not a", [[False] * 3, [True] * 3, [None] * 3]),
        ("a is missing", [[False] * 3, [False] * 3, [True] * 3]),
        ("a if b else true", [[True, True, None], [False, True, None], [None, True, None]]),
    ],
)
def test_truth_table(text, table):
    pairs = list(itertools.product([True, False, None], repeat=2))
    data = one_level(
        a=column(Kind.BOOLEAN, [TRUTH[a] for a, _ in pairs]), b=column(Kind.BOOLEAN, [TRUTH[b] for _, b in pairs])
    )
    expected = [TRUTH[value] for row in table for value in row]
    assert same(worked(text, data), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a and b", DK),
        ("b and a", REFUSED),
        ("a and false", False),
        ("a or true", True),
        ("x + y", DK),
        ("y + x", REFUSED),
        ("x < y", DK),
        ("y between 0 and x", REFUSED),
        ("1 between y and x", REFUSED),
        ("9 between x and 5", False),
        ("coalesce(y, x)", REFUSED),
        ("coalesce(y, x, 7)", 7.0),
        ("1 if a else 1", DK),
        ("y if true else x", REFUSED),
        ("y if false else x", DK),
        ("x in [1, 2]", DK),
        ("x not in [1, 2]", DK),
        ("max(y, x)", REFUSED),
        ("zero_if_missing(x)", 0.0),
        ("not b", REFUSED),
        ("missing", SYSTEM),
        ("1 / 0", SYSTEM),
        ("x / 0", DK),
        ("0 / 0 * 0", SYSTEM),
        ("1 / (1 / 0)", SYSTEM),
        (f"{'9' * 300} * {'9' * 300}", SYSTEM),
        ("known(1 / 0)", False),
    ],
)
def test_reason_of_a_missing_result(text, expected):
    data = one_level(
        a=column(Kind.BOOLEAN, [DK]),
        b=column(Kind.BOOLEAN, [REFUSED]),
        x=column(Kind.NUMBER, [DK]),
        y=column(Kind.NUMBER, [REFUSED]),
    )
    assert same(worked(text, data), [expected])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(0.49999999999999994)", 0),
        ("round(4503599627370497)", 4503599627370497),
        ("floor(-1.5)", -2),
        ("abs(-3)", 3),
        ("2 - 3 - 4", -5),
        ("2 - (3 - 4)", 3),
        ("12 / 2 / 3", 2),
        ("2 + 3 * 4", 14),
        ("-2 * -3", 6),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3),
        ("0.1 + 0.2", 0.1 + 0.2),
    ],
)
def test_arithmetic(text, expected):
    assert worked(text, one_level(x=column(Kind.NUMBER, [0.0]))) == [expected]


def test_categorical_variables_compare_by_name_not_by_order_of_codes():
    data = one_level(
        a=column(Kind.CATEGORICAL, ["here", "abroad", DK], ("here", "abroad")),
        b=column(Kind.CATEGORICAL, ["here", "here", "here"], ("abroad", "here")),
    )
    assert worked("a == b", data) == [True, False, DK]
    merged = evaluate(parse("coalesce(a, b)", PLACE), data, level="person")
    assert [category.name for category in merged.categories] == ["here", "abroad"]
    assert plain(merged) == ["here", "abroad", "here"]
    assert worked("a if b == 'abroad' else 'abroad'", data) == ["abroad"] * 3
    assert worked("a in ['abroad', $code]", data) == [False, True, DK]


def test_texts():
    data = one_level(t=column(Kind.TEXT, ["Ақжар", "", REFUSED]), x=column(Kind.NUMBER, [1.0, 2.0, DK]))
    assert worked("t == 'Ақжар'", data) == [True, False, REFUSED]
    assert worked("'low' if x < 2 else 'high'", data) == ["low", "high", DK]
    assert evaluate(parse("t", PLACE), data, level="person").values.dtype == object


def test_constants_fill_the_level_and_own_their_arrays():
    data = one_level(x=column(Kind.NUMBER, [1.0, 2.0]))
    col = evaluate(parse("true", PLACE), data, level="person")
    assert plain(col) == [True, True]
    assert col.values.strides != (0,)
    assert evaluate(parse("missing", PLACE), data, level="person").kind is Kind.NUMBER


def test_what_does_not_fit_the_data_is_refused_with_its_problems():
    data = one_level(x=column(Kind.NUMBER, [1.0]))
    with pytest.raises(SurveyprocError) as caught:
        evaluate(parse("x == 'a' or y", PLACE), data, level="person")
    assert [p.code for p in caught.value.problems] == ["expression.type", "expression.unknown-name"]


def test_no_message_holds_a_value_of_the_data():
    data = one_level(x=column(Kind.NUMBER, [987654.0]), t=column(Kind.TEXT, ["secretname"]))
    with pytest.raises(SurveyprocError) as caught:
        evaluate(parse("x == t", PLACE), data, level="person")
    assert "987654" not in str(caught.value)
    assert "secretname" not in str(caught.value)


@settings(max_examples=120, deadline=None)
@given(worlds(), st.lists(_fragments, max_size=12).map(" ".join), st.sampled_from(["household", "person"]))
def test_whatever_passes_the_check_can_be_worked_out(world, text, level):
    _, _, data = world
    try:
        expression = parse(text, PLACE)
    except SurveyprocError:
        return
    kind, problems = check(expression, scope_of(data), level=level)
    if problems:
        with pytest.raises(SurveyprocError) as caught:
            evaluate(expression, data, level=level)
        assert caught.value.problems == problems
    else:
        found = evaluate(expression, data, level=level)
        assert len(plain(found)) == data.levels[level].rows
        assert found.kind is (kind.kind or Kind.NUMBER)


def three_levels():
    """Two households; persons 0, 2 in the second, 1 in the first; trips of persons 1, 0, 0, and one of no person."""
    return DataScope(
        {
            "household": LevelData(2, {"h": column(Kind.NUMBER, [10.0, 20.0])}),
            "person": LevelData(3, {"p": column(Kind.NUMBER, [1.0, 2.0, 3.0])}, "household", np.array([1, 0, 1])),
            "trip": LevelData(4, {"t": column(Kind.NUMBER, [5.0, 6.0, 7.0, 8.0])}, "person", np.array([1, 0, 0, -1])),
        }
    )


def test_values_are_carried_down_and_folded_over_two_levels():
    data = three_levels()
    assert worked("t + p + h", data, "trip") == [17.0, 27.0, 28.0, SYSTEM]
    assert worked("sum(trip, t)", data, "household") == [5.0, 13.0]
    assert worked("count(trip, t > p + h)", data, "household") == [0.0, 0.0]
    assert worked("sum(person, sum(trip, t * h))", data, "household") == [50.0, 260.0]
    assert worked("max(trip, t)", data, "person") == [7.0, 5.0, NA]
    assert worked("count(trip)", data, "person") == [2.0, 1.0, 0.0]
    assert record_counts(data, level="household", child="trip").tolist() == [1, 2]
    assert record_counts(data, level="person", child="trip").tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # persons of the one household, in order: x = 4, refused, 2; w = yes, no, don't know; k = yes, yes, no
        ("first(person, x)", 4.0),
        ("first(person, x, x is missing)", REFUSED),
        ("first(person, x, w)", DK),
        ("first(person, x, false)", NA),
        ("sum(person, x)", REFUSED),
        ("sum(person, x, known(x))", 6.0),
        ("sum(person, x, w)", DK),
        ("sum(person, x, w and k)", 4.0),
        ("sum(person, x, false)", 0.0),
        ("mean(person, x, known(x))", 3.0),
        ("max(person, x, known(x))", 4.0),
        ("min(person, x)", REFUSED),
        ("count(person, w)", DK),
        ("count(person, w and k)", 1.0),
        ("count(person)", 3.0),
        ("share(person, k)", 2 / 3),
        ("share(person, k, w)", DK),
        ("any(person, w)", True),
        ("all(person, w)", False),
        ("any(person, not w, k)", True),
        ("any(person, x > 3, w)", True),
        ("any(person, x > 9, w)", False),
        ("any(person, x < 3, w)", DK),
        ("any(person, x > 9, k)", REFUSED),
        ("all(person, x > 3, w)", DK),
        ("all(person, x > 3, w and k)", True),
    ],
)
def test_unknown_records(text, expected):
    columns = {
        "x": column(Kind.NUMBER, [4.0, REFUSED, 2.0]),
        "w": column(Kind.BOOLEAN, [True, False, DK]),
        "k": column(Kind.BOOLEAN, [True, True, False]),
    }
    levels = {"household": LevelData(1, {}), "person": LevelData(3, columns, "household", np.zeros(3, dtype=np.int64))}
    assert same(worked(text, DataScope(levels), "household"), [expected])


def test_no_records_at_all():
    data = DataScope(
        {
            "household": LevelData(2, {}),
            "person": LevelData(0, {"x": column(Kind.NUMBER, [])}, "household", np.array([], dtype=np.int64)),
        }
    )
    for text, expected in {
        "any(person, x > 0)": False,
        "all(person, x > 0)": True,
        "count(person)": 0.0,
        "sum(person, x)": 0.0,
        "min(person, x)": NA,
        "max(person, x)": NA,
        "mean(person, x)": NA,
        "first(person, x)": NA,
        "share(person, x > 0)": NA,
    }.items():
        assert worked(text, data, "household") == [expected] * 2, text
    assert worked("x + 1", data, "person") == []


def test_a_level_without_households_carries_nothing_down():
    data = DataScope(
        {
            "household": LevelData(0, {"h": column(Kind.CATEGORICAL, [], ("a", "b"))}),
            "person": LevelData(1, {}, "household", np.array([-1])),
        }
    )
    assert worked("h == 'a'", data, "person") == [SYSTEM]
