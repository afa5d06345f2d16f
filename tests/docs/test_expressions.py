"""Every expression in the pages is read and checked; those called wrong give the message printed beside them."""

import pytest

from surveyproc.config.load import load_round
from surveyproc.expressions import Scope, VariableType, check, parse
from surveyproc.expressions.functions import FUNCTIONS
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import Kind
from tests.conftest import ROOT
from tests.docs.pages import pages, tables

Row = tuple[str, str, str]


def rows_of(head: str) -> list[Row]:
    """Expression, level and the rest of the tables whose first column has this head."""
    rows = [row for page in pages() for _, names, rows in tables(page) if names[0] == head for row in rows]
    return [(row[0].strip("`"), row[1], row[2]) for row in rows]


@pytest.fixture(scope="module")
def scope() -> Scope:
    """The variables of the library's modules, as the demo's round has them."""
    spec = load_round(ROOT / "configs" / "demo" / "2024.yaml")
    levels: dict[str, dict[str, VariableType]] = {level: {} for level in spec.levels}
    for variable in (*spec.concepts.values(), *spec.derived.values()):
        codes = tuple(c.name for c in variable.categories) if variable.kind is Kind.CATEGORICAL else ()
        levels[variable.level][variable.name] = VariableType(variable.kind, codes)
    return Scope(levels, dict(spec.levels), dict(spec.parameters))


def faults(text: str, level: str, scope: Scope) -> tuple[Problem, ...]:
    try:
        return check(parse(text, Place()), scope, level=level)[1]
    except SurveyprocError as error:
        return error.problems


@pytest.mark.parametrize(("text", "level", "words"), rows_of("expression"))
def test_every_example_is_right(text: str, level: str, words: str, scope: Scope) -> None:
    assert faults(text, level, scope) == ()


@pytest.mark.parametrize(("text", "level", "message"), rows_of("refused"))
def test_every_refusal_is_as_printed(text: str, level: str, message: str, scope: Scope) -> None:
    assert [str(problem).partition(" error ")[2] for problem in faults(text, level, scope)] == [message]


def test_the_examples_use_every_function() -> None:
    examples = " ".join(text for text, _, _ in rows_of("expression"))
    assert [name for name in FUNCTIONS if f"{name}(" not in examples] == []


def test_there_are_examples() -> None:
    assert len(rows_of("expression")) >= 20
    assert len(rows_of("refused")) >= 8
