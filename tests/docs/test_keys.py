"""Every key, column, function and quantity that exists is in the one table for it, and no other."""

import re
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from surveyproc.config.models import CHOICES, KINDS
from surveyproc.estimate import EstimateSet
from surveyproc.expressions.functions import ACROSS_FUNCTIONS, ROW_FUNCTIONS
from surveyproc.quality import MEASURES
from surveyproc.values import ESTIMATE_COLUMNS, MODEL_COLUMNS, TEST_COLUMNS
from tests.conftest import ROOT
from tests.docs.pages import CODE, documented, pages, tables


def parts(annotation: Any) -> list[Any]:
    """A type with all that it is made of; of a mapping only the values."""
    found = [annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is dict:
        inner = inner[1:]
    elif origin is Annotated:
        inner = inner[:1]
    elif origin is Literal:
        inner = ()
    for one in inner:
        found += parts(one)
    return found


def models() -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    pending = [*KINDS.values(), *(model for model in CHOICES.values() if model.model_fields)]
    while pending:
        model = pending.pop()
        if model.__name__ in found:
            continue
        found[model.__name__] = model
        for field in model.model_fields.values():
            pending += [p for p in parts(field.annotation) if isinstance(p, type) and issubclass(p, BaseModel)]
    return found


def choices(annotation: Any) -> list[str]:
    """The words that a key may take."""
    literals = [p for p in parts(annotation) if get_origin(p) is Literal]
    return [word for literal in literals for word in get_args(literal) if isinstance(word, str)]


@pytest.mark.parametrize("name", sorted(models()))
def test_every_key_of_every_file_is_explained_and_no_other(name: str) -> None:
    fields = models()[name].model_fields
    keys = {field.alias or key for key, field in fields.items()}
    table = documented(name)
    assert set(table) == keys
    for key, field in fields.items():
        text = table[field.alias or key]
        assert text.strip(" |"), f"{name}.{key} has no words"
        said = set(CODE.findall(text))
        assert not {word for word in choices(field.annotation) if word not in said}, f"{name}.{key}"


def test_no_table_is_of_a_model_that_is_gone() -> None:
    others = {
        "ESTIMATE_COLUMNS",
        "ROW_FUNCTIONS",
        "ACROSS_FUNCTIONS",
        "MEASURES",
        "PROFILES",
        "MODEL_COLUMNS",
        "TEST_COLUMNS",
    }
    marked = {marker for page in pages() for marker, _, _ in tables(page) if marker}
    assert marked == {*models(), *others}


def test_the_columns_of_estimates_stand_in_their_order() -> None:
    assert tuple(documented("ESTIMATE_COLUMNS")) == ESTIMATE_COLUMNS


def test_the_columns_of_models_and_tests_stand_in_their_order() -> None:
    assert tuple(documented("MODEL_COLUMNS")) == MODEL_COLUMNS
    assert tuple(documented("TEST_COLUMNS")) == TEST_COLUMNS


def test_every_status_is_explained() -> None:
    page = ROOT / "docs" / "estimates.md"
    rows = next(rows for _, head, rows in tables(page) if head[0] == "status")
    made = re.findall(r"^ *([a-z_]+) {2,}\S", EstimateSet.__doc__ or "", re.MULTILINE)
    assert len(made) == 10
    assert [row[0].strip("`") for row in rows] == [*made, "not_asked", "suppressed"]


@pytest.mark.parametrize(
    ("marker", "functions"), [("ROW_FUNCTIONS", ROW_FUNCTIONS), ("ACROSS_FUNCTIONS", ACROSS_FUNCTIONS)]
)
def test_every_function_is_explained_with_its_arguments(marker: str, functions: dict[str, Any]) -> None:
    assert list(documented(marker)) == [function.usage for function in functions.values()]


def test_every_quantity_of_publication_rules_is_explained() -> None:
    assert list(documented("MEASURES")) == list(MEASURES)


def test_every_shipped_profile_is_listed_with_its_source() -> None:
    files = {path.stem for path in (ROOT / "configs" / "quality").glob("*.yaml")}
    table = documented("PROFILES")
    assert set(table) == files
    assert all(len(words.split(" | ")[-1]) > 10 for words in table.values())


def test_types_are_taken_apart() -> None:
    assert choices(dict[Literal["a"], Literal["b", "c"] | None]) == ["b", "c"]
    assert get_origin(int | str) is UnionType
    assert get_origin(Union[int, str]) is Union  # noqa: UP007  the other spelling that models may use
