"""Schemas for editors: draft 7, closed, with the words of the models, and saying what the models say."""

import json
from typing import Annotated, Literal

import pytest
from jsonschema import Draft7Validator
from pydantic import BaseModel, ConfigDict, Field

from surveyproc.config.schema import schemas, write_schemas
from surveyproc.config.source import parse_source
from surveyproc.config.validate import validate
from surveyproc.problems import SurveyprocError


class Inner(BaseModel):
    """An inner block."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field("", description="Its words.")
    pair: tuple[str, int] | None = None


class Open(BaseModel):
    name: str = ""


class Other(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["other"]


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["named"]
    properties: dict[str, str] = {}


class Top(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    surveyproc: Literal[1]
    lonely_psu: Literal["fail", "adjust"] = Field("fail", description="What to do.")
    inner: Inner = Field(default_factory=Inner, description="A described block.")
    recode: dict[int, str] = {}
    one: Annotated[Other | Named, Field(discriminator="kind")] | None = None
    free: Open | None = None


@pytest.fixture(scope="module")
def schema():
    return schemas({"top": Top})["top"]


def test_it_is_draft_7(schema):
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    text = json.dumps(schema)
    for later in ("$defs", "prefixItems", "discriminator"):
        assert later not in text


def test_words_come_from_docstrings_and_descriptions(schema):
    assert schema["title"] == "surveyproc: top"
    assert schema["description"] == "The whole file."
    assert schema["properties"]["lonely_psu"] == {
        "default": "fail",
        "description": "What to do.",
        "enum": ["fail", "adjust"],
        "type": "string",
    }
    assert schema["definitions"]["Inner"]["description"] == "An inner block."
    assert schema["definitions"]["Inner"]["properties"]["title"]["description"] == "Its words."


def test_a_description_beside_a_reference_is_kept(schema):
    assert schema["properties"]["inner"] == {
        "allOf": [{"$ref": "#/definitions/Inner"}],
        "description": "A described block.",
    }


def test_every_block_is_closed(schema):
    blocks = [schema, *schema["definitions"].values()]
    assert len(blocks) == 5
    assert all(block["additionalProperties"] is False for block in blocks)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("surveyproc: 1", True),
        ("{surveyproc: 1, inner: {title: a, pair: [x, 1]}, one: {kind: named, properties: {title: x}}}", True),
        ("surveyproc: 2", False),
        ("{surveyproc: 1, x: 1}", False),
        ("{surveyproc: 1, inner: {titel: a}}", False),
        ("{surveyproc: 1, inner: {pair: [x]}}", False),
        ("{surveyproc: 1, inner: {pair: [x, 1, 2]}}", False),
        ("{surveyproc: 1, inner: {pair: [x, y]}}", False),
        ("{surveyproc: 1, one: {kind: othr}}", False),
        ("{surveyproc: 1, lonely_psu: adjst}", False),
        ("{surveyproc: 1, lonely_psu: 5}", False),
        ("{}", False),
    ],
)
def test_editor_and_program_agree(schema, text, right):
    source = parse_source(text, shown="f.yaml")
    assert Draft7Validator(schema).is_valid(source.data) is right
    if right:
        assert validate(Top, source).surveyproc == 1
    else:
        with pytest.raises(SurveyprocError):
            validate(Top, source)


def test_files_are_written_the_same_each_time(tmp_path):
    paths = write_schemas(tmp_path / "a", {"top": Top, "inner": Inner})
    again = write_schemas(tmp_path / "b", {"inner": Inner, "top": Top})
    assert [path.name for path in paths] == ["inner.schema.json", "top.schema.json"]
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    assert json.loads(paths[1].read_text("utf-8")) == schemas({"top": Top})["top"]
