"""Checking names, types, codes and levels before data are read."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.expressions import (
    Expression,
    Scope,
    VariableType,
    check,
    child_levels,
    names,
    parse,
    uses_child_records,
)
from surveyproc.problems import Place
from surveyproc.values import Kind
from tests.expressions.grammar import numbers, truths
from tests.expressions.worlds import CATEGORIES, KINDS, PARAMETERS

PLACE = Place("m.yaml", 3, 1)
NUMBER, BOOLEAN, TEXT = (VariableType(kind) for kind in (Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT))
YES_NO = VariableType(Kind.CATEGORICAL, ("yes", "no"))
PLACES = VariableType(Kind.CATEGORICAL, ("here", "same_region", "abroad"))

SCOPE = Scope(
    levels={
        "household": {
            "hh_any_left": YES_NO,
            "income": NUMBER,
            "interview_date": VariableType(Kind.DATE),
            "village": TEXT,
        },
        "person": {
            "age": NUMBER,
            "birth_place": PLACES,
            "place_5y": VariableType(Kind.CATEGORICAL, ("abroad", "here", "same_region")),
            "is_migrant": BOOLEAN,
        },
        "trip": {"months": NUMBER, "left": VariableType(Kind.YEAR_MONTH)},
        "emigrant": {"em_age": NUMBER, "person": NUMBER},
    },
    parents={"household": None, "person": "household", "trip": "person", "emigrant": "household"},
    parameters={"window": 60.0, "where": "abroad", "strict": True},
)


def checked(text, level="person"):
    return check(parse(text, PLACE), SCOPE, level=level)


@pytest.mark.parametrize(
    ("level", "text", "expected"),
    [
        ("person", "age >= 5", BOOLEAN),
        ("person", "age + income * 2", NUMBER),
        ("person", "birth_place", PLACES),
        ("person", "birth_place == 'abroad'", BOOLEAN),
        ("person", "birth_place == $where", BOOLEAN),
        ("person", "birth_place != place_5y", BOOLEAN),
        ("person", "birth_place in ['here', $where]", BOOLEAN),
        ("person", "birth_place == ('here' if age > 5 else 'abroad')", BOOLEAN),
        ("person", "'here' == birth_place", BOOLEAN),
        ("person", "is_migrant == false", BOOLEAN),
        ("person", "is_migrant and $strict", BOOLEAN),
        ("person", "village == 'Ақжар'", BOOLEAN),
        ("person", "interview_date >= '2024-02-29'", BOOLEAN),
        ("trip", "left between '2020-01' and '2020-12'", BOOLEAN),
        ("trip", "months_between(left, interview_date) <= $window", BOOLEAN),
        ("trip", "year(left) * 12 + month(interview_date)", NUMBER),
        ("person", "missing", VariableType(None)),
        ("person", "missing == missing", BOOLEAN),
        ("person", "age if is_migrant else missing", NUMBER),
        ("person", "missing if is_migrant else birth_place", PLACES),
        ("person", "coalesce(birth_place, place_5y, 'here')", PLACES),
        ("person", "'a' if is_migrant else 'b'", TEXT),
        ("person", "false if is_migrant else missing", BOOLEAN),
        ("person", "min(age, income)", NUMBER),
        ("household", "min(person, age)", NUMBER),
        ("household", "max(trip, left)", VariableType(Kind.YEAR_MONTH)),
        ("household", "first(person, birth_place, age > 5)", PLACES),
        ("household", "count(person)", NUMBER),
        ("household", "count(person, any(trip, months > 3))", NUMBER),
        ("household", "share(person, is_migrant)", NUMBER),
        ("household", "any(trip, months > age and income > 0)", BOOLEAN),
        ("household", "all(person, known(birth_place))", BOOLEAN),
    ],
)
def test_type(level, text, expected):
    assert checked(text, level) == (expected, ())


@pytest.mark.parametrize(
    ("level", "text", "code", "column", "words"),
    [
        ("person", "agee > 5", "unknown-name", 1, "'agee'.*Did you mean 'age'"),
        ("person", "Age > 5", "unknown-name", 1, "Did you mean 'age'"),
        ("person", "True", "unknown-name", 1, "Did you mean 'true'"),
        ("person", "\u0430ge > 5", "unknown-name", 1, "mixes Latin and Cyrillic letters: \u0430 is Cyrillic"),
        ("person", "birth_place == abroad", "unknown-name", 16, "in quotes: 'abroad'"),
        ("person", "age > window", "unknown-name", 7, r"with \$: \$window"),
        ("person", "age > $windw", "unknown-name", 7, r"'\$windw'.*expected one of \$strict, \$where, \$window"),
        ("household", "trip > 1", "unknown-name", 1, r"record level: write count\(trip\)"),
        ("person", "household", "unknown-name", 1, "record level, not a variable"),
        ("person", "birth_place == 'abraod'", "unknown-code", 16, "one of here, same_region, abroad.*mean 'abroad'"),
        ("person", "birth_place in ['here', 'moon']", "unknown-code", 25, "'moon'"),
        ("person", "birth_place == ('here' if age > 5 else 'moon')", "unknown-code", 40, "'moon'"),
        ("person", "coalesce(birth_place, 'none')", "unknown-code", 23, "'none'"),
        ("person", "hh_any_left == $where", "unknown-code", 16, "'abroad'.*one of yes, no"),
        ("person", "birth_place == 4", "type", 16, "categorical variable and a number.*names of the codes.*== 'here'"),
        ("person", "birth_place > 'here'", "type", 1, "> needs an order.*Compare codes with =="),
        ("person", "birth_place == hh_any_left", "type", 16, "do not have the same codes"),
        ("person", "birth_place == village", "type", 16, "categorical variable and a text"),
        ("person", "village > 'a'", "type", 1, "> needs an order"),
        ("person", "is_migrant > false", "type", 1, "> needs an order"),
        ("person", "is_migrant == 'yes'", "type", 15, "condition by itself"),
        ("person", "is_migrant == 1", "type", 15, "true or false and a number"),
        ("person", "age == '5'", "type", 8, "without quotes"),
        ("person", "age and is_migrant", "type", 1, "got a number.*expected true or false.*compare it"),
        ("person", "not birth_place", "type", 5, "Compare it with a code, as in == 'here'"),
        ("person", "is_migrant + 1", "type", 1, "write 1 if x else 0"),
        ("person", "-'a'", "type", 2, "a text.*expected a number"),
        ("person", "interview_date - 5", "type", 1, "months_between"),
        ("person", "interview_date >= '2023-02-29'", "type", 19, "cannot be read.*'2024-08-31'"),
        ("trip", "left >= '2020-13'", "type", 9, "a year and month as '2024-08'"),
        ("trip", "left == interview_date", "type", 9, "Use months_between"),
        ("person", "year(age)", "type", 6, "a year and month or a date"),
        ("person", "age if age else 1", "type", 8, "expected true or false"),
        ("person", "age if is_migrant else 'x'", "type", 24, "a number and a text"),
        ("person", "abs(is_migrant)", "type", 5, "expected a number"),
        ("person", "max(age, birth_place)", "type", 10, "a categorical variable"),
        ("household", "sum(person, is_migrant)", "type", 13, "1 if x else 0"),
        ("household", "any(person, age)", "type", 13, "expected true or false"),
        ("household", "count(person, birth_place)", "type", 15, "== 'here'"),
        ("household", "sum(person, age, age)", "type", 18, "expected true or false"),
        ("household", "age > 5", "level", 1, r"level person used at level household.*any\(person, …\)"),
        ("household", "sum(person, months)", "level", 13, "level trip used at level person"),
        ("person", "em_age > 5", "level", 1, "level emigrant, which is not above level person"),
        ("person", "any(emigrant, em_age > 5)", "level", 5, "emigrant is not below level person"),
        ("person", "any(person, age > 5)", "level", 5, "not below level person.*as it is"),
        ("person", "min(household, income)", "level", 5, "not below"),
        ("household", "any(persn, age > 5)", "unknown-name", 5, "no such record level.*mean 'person'"),
    ],
)
def test_problem(level, text, code, column, words):
    _, problems = checked(text, level)
    assert [(p.code, p.where.column) for p in problems] == [(f"expression.{code}", column)]
    assert re.search(words, str(problems[0])), str(problems[0])


def test_all_problems_at_once_in_reading_order():
    _, problems = checked("agee > 5 and birth_place == 'moon' or income == '3' and $p")
    assert [(p.code.split(".")[1], p.where.column) for p in problems] == [
        ("unknown-name", 1),
        ("unknown-code", 29),
        ("type", 49),
        ("unknown-name", 57),
    ]


def test_a_level_and_a_variable_of_one_name_are_not_guessed_between():
    scope = Scope(
        {"household": {"person": NUMBER}, "person": {"age": NUMBER}}, {"household": None, "person": "household"}
    )
    _, problems = check(parse("max(person, age)", PLACE), scope, level="household")
    assert [p.code for p in problems] == ["expression.level"]


def test_many_codes_are_listed_in_part():
    scope = Scope({"person": {"country": VariableType(Kind.CATEGORICAL, tuple(f"c{i:03}" for i in range(250)))}})
    _, (problem,) = check(parse("country == 'c1x'", PLACE), scope, level="person")
    assert problem.expected.endswith("… (250 in all)")
    assert len(problem.expected) < 120


def test_an_absurdly_long_name_is_refused_shortly():
    _, (problem,) = checked("a" * 1_900)
    assert len(str(problem)) < 300


def test_parents_in_a_circle_do_not_hang():
    scope = Scope({"a": {}, "b": {}}, {"a": "b", "b": "a"})
    _, problems = check(parse("x", PLACE), scope, level="a")
    assert problems[0].code == "expression.unknown-name"


@pytest.mark.parametrize(
    ("level", "text", "expected"),
    [
        ("person", "age > 5 and income > age", (("person", "age"), ("household", "income"))),
        (
            "household",
            "sum(person, age, is_migrant) + income",
            (("person", "age"), ("person", "is_migrant"), ("household", "income")),
        ),
        ("household", "min(person, age, income > 0)", (("person", "age"), ("household", "income"))),
        ("person", "min(age, income)", (("person", "age"), ("household", "income"))),
        ("emigrant", "max(person, em_age)", (("emigrant", "person"), ("emigrant", "em_age"))),
        ("household", "any(person, any(trip, months > age))", (("trip", "months"), ("person", "age"))),
        ("household", "count(person)", ()),
        ("household", "unknown + $window", ()),
    ],
)
def test_names(level, text, expected):
    assert names(parse(text, PLACE), SCOPE, level=level) == expected


@pytest.mark.parametrize(
    ("level", "text", "levels", "records"),
    [
        ("household", "count(person) > 1", ("person",), False),
        ("household", "count(person, age > 5)", ("person",), True),
        ("household", "count(emigrant) + sum(trip, months)", ("emigrant", "trip"), True),
        ("household", "any(person, any(trip, months > 3))", ("person", "trip"), True),
        ("household", "min(person, age)", ("person",), True),
        ("emigrant", "min(person, em_age)", (), False),
        ("household", "income > 0", (), False),
    ],
)
def test_child_levels(level, text, levels, records):
    expression = parse(text, PLACE)
    assert child_levels(expression, SCOPE, level=level) == levels
    assert uses_child_records(expression, SCOPE, level=level) is records


WORLD = Scope(
    {
        level: {name: VariableType(kind, CATEGORIES.get(name, ())) for name, kind in variables.items()}
        for level, variables in KINDS.items()
    },
    {"household": None, "person": "household"},
    PARAMETERS,
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_well_typed_trees_have_no_problems(data):
    level = data.draw(st.sampled_from(["household", "person"]))
    truth, number = data.draw(truths(level, 3)), data.draw(numbers(level, 3))
    kind, problems = check(Expression(truth), WORLD, level=level)
    assert (kind, problems) == (BOOLEAN, ())
    kind, problems = check(Expression(number), WORLD, level=level)
    assert problems == ()
    assert kind.kind in (Kind.NUMBER, None)
