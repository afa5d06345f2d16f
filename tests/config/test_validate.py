"""Faults of configuration files told in the words of their writer: one bad text a fault, place and words asserted."""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, field_validator
from pydantic_core import PydanticCustomError

from surveyproc.config.source import parse_source
from surveyproc.config.validate import did_you_mean, validate
from surveyproc.problems import SurveyprocError

Number = StrictInt | StrictFloat
Code = Number | StrictStr


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Kind(StrEnum):
    HOUSEHOLD = "household"
    PERSON = "person"


class Variable(Closed):
    type: Literal["categorical", "number"]
    codes: dict[str, Code | list[Code]] = {}
    asked_if: str | None = None
    minimum: Number | None = Field(None, alias="min")


class Collapse(Closed):
    collapse: dict[str, str]


class Count(Closed):
    show: Literal["count"]
    of: str


class Share(Closed):
    show: Literal["share"]
    base: str
    count: dict[str, int] = {}


class Level(Closed):
    kind: Kind = Kind.PERSON
    weight: float = Field(1.0, gt=0, le=100)
    repeat: bool = False
    pair: tuple[str, str] | None = None

    @field_validator("pair")
    @classmethod
    def two_names(cls, pair: tuple[str, str] | None) -> tuple[str, str] | None:
        if pair and pair[0] == pair[1]:
            raise ValueError("the two names are the same")
        if pair and pair[0] == "psu":
            raise PydanticCustomError("config.duplicate-name", "psu is taken", {"hint": "Choose another."})
        return pair


class File(Closed):
    surveyproc: Literal[1]
    version: str
    variables: dict[str, Variable | dict[str, Variable]] = {}
    lonely: Literal["fail", "adjust"] | Collapse = "fail"
    columns: list[Annotated[Count | Share, Field(discriminator="show")]] = []
    levels: dict[Literal["household", "person"], Level] = {}
    recode: dict[Code, str] = {}
    names: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=2)] = []
    months: Annotated[int, BeforeValidator(lambda v: int(v.split()[0]) if isinstance(v, str) else v)] = 0


HEAD = 'surveyproc: 1\nversion: "1.10"\n'


def problems(text: str, *, head: str = HEAD, model: type[BaseModel] = File):
    with pytest.raises(SurveyprocError) as caught:
        validate(model, parse_source(head + text, shown="f.yaml"))
    return caught.value.problems


def test_a_right_file_becomes_a_model():
    text = """\
variables:
  sex: {type: categorical, codes: {male: 1, female: [2, "F"]}}
  emigrant: {em_age: {type: number, min: 0}}
lonely: {collapse: {a: b}}
columns: [{show: count, of: x}, {show: share, base: y, count: {z: 1}}]
levels: {household: {kind: household, weight: 2, repeat: true, pair: [a, b]}}
recode: {1: here, "2": there, x: half}
months: 12 months
"""
    file = validate(File, parse_source(HEAD + text, shown="f.yaml"))
    assert file.version == "1.10"
    assert file.variables["sex"].codes == {"male": 1, "female": [2, "F"]}
    assert file.variables["emigrant"]["em_age"].minimum == 0
    assert file.recode == {1: "here", "2": "there", "x": "half"}
    assert file.levels["household"].kind is Kind.HOUSEHOLD
    assert file.months == 12


FAULTS = [
    # keys
    ("lonly: fail", "config.unknown-key", 3, 1, "the key `lonly` is not known", "Did you mean `lonely`?"),
    ("levels:\n  person: {wieght: 1}", "config.unknown-key", 4, 12, "in `person`", "Did you mean `weight`?"),
    ("levels: {persn: {}}", "config.unknown-key", 3, 10, "household, person", "Did you mean `person`?"),
    ("5: x", "config.unknown-key", 3, 1, "the key `5` is not known", ""),
    ("variables: {5: {type: number}}", "config.wrong-type", 3, 13, "`5` cannot be a key here", 'Write "5" in quotes.'),
    (
        "variables:\n  age: {type: number, mn: 1}",
        "config.unknown-key",
        4,
        23,
        "expected one of type, codes, asked_if, min",
        "Did you mean `min`?",
    ),
    ("variables:\n  em:\n    age: {typ: number, type: number}", "config.unknown-key", 5, 11, "`typ`", "`type`"),
    ("variables:\n  em:\n    age: {}", "config.missing-key", 5, 5, "the key `type` is missing in `age`", ""),
    ("lonely: {}", "config.missing-key", 3, 1, "the key `collapse` is missing in `lonely`", ""),
    ("columns: [{show: count}]", "config.missing-key", 3, 11, "the key `of` is missing", ""),
    ("columns: [{of: x}]", "config.missing-key", 3, 11, "the key `show` is missing", ""),
    # kinds of value
    ("names: [1.10]", "config.wrong-type", 3, 9, "item 1 of `names`", 'Write it in quotes: "1.10".'),
    ("names: [true]", "config.wrong-type", 3, 9, "got true; expected text", 'Write it in quotes: "true".'),
    ("names: [~]", "config.wrong-type", 3, 9, "got nothing; expected text", ""),
    ("names: x", "config.wrong-type", 3, 8, "expected a list, each item text", "Write [x] for a list of one."),
    ("names:", "config.wrong-type", 3, 7, "got nothing; expected a list", "Write a value after the colon"),
    ("names: {a: 1}", "config.wrong-type", 3, 8, "got a block with the keys a; expected a list", ""),
    ("levels: [a]", "config.wrong-type", 3, 9, "got a list of 1; expected a block of keys", ""),
    ("levels: {person: repeat:true}", "config.wrong-type", 3, 18, "got the text 'repeat:true'", "a space must follow"),
    ("levels: {person: {repeat: yes}}", "config.wrong-type", 3, 27, "expected true or false", "Write true."),
    ("levels: {person: {repeat: 1}}", "config.wrong-type", 3, 27, "got 1; expected true or false", ""),
    ("levels: {person: {weight: '2'}}", "config.wrong-type", 3, 27, "expected a number", "Write it without quotes: 2."),
    ("levels: {person: {weight: true}}", "config.wrong-type", 3, 27, "got true; expected a number", ""),
    ("levels: {person: {pair: [a]}}", "config.wrong-type", 3, 25, "got a list of 1; expected a list of 2 values", ""),
    ("columns: [{show: share, base: y, count: {z: 1.0}}]", "config.wrong-type", 3, 45, "expected a whole number", ""),
    ("variables: {age: {type: number, min: low}}", "config.wrong-type", 3, 38, "expected a number", ""),
    ("variables: {sex: {type: categorical, codes: {m: true}}}", "config.wrong-type", 3, 49, "expected a number", ""),
    ("variables: {sex: {type: categorical, codes: {m: [1, true]}}}", "config.wrong-type", 3, 53, "item 2 of `m`", ""),
    ("variables: {sex: 5}", "config.wrong-type", 3, 18, "got 5; expected a block with keys such as type", ""),
    ("columns: [5]", "config.wrong-type", 3, 11, "expected a block with keys such as", ""),
    ("lonely: 5", "config.wrong-type", 3, 9, "expected one of fail, adjust or a block", ""),
    # values
    ("lonely: adjst", "config.bad-value", 3, 9, "expected one of fail, adjust", "Did you mean `adjust`?"),
    ("variables: {a: {type: numbr}}", "config.bad-value", 3, 23, "one of categorical, number", "`number`"),
    ("columns: [{show: cuont, of: x}]", "config.bad-value", 3, 18, "one of count, share", "Did you mean `count`?"),
    ("levels: {person: {kind: persom}}", "config.bad-value", 3, 25, "one of household, person", "`person`"),
    ("levels: {person: {weight: 0}}", "config.bad-value", 3, 27, "got 0; expected a number above 0", ""),
    ("levels: {person: {weight: 101}}", "config.bad-value", 3, 27, "expected a number of at most 100", ""),
    ("names: ['']", "config.bad-value", 3, 9, "expected text that is not empty", ""),
    ("names: [a, b, c]", "config.bad-value", 3, 8, "expected at most 2 of them", ""),
    ("levels: {person: {pair: [a, a]}}", "config.bad-value", 3, 25, "the two names are the same", ""),
    ("levels: {person: {pair: [psu, a]}}", "config.duplicate-name", 3, 25, "psu is taken", "Choose another."),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words", "hint"), FAULTS)
def test_one_fault_one_problem(text, code, line, column, words, hint):
    found = problems(text)
    assert [(p.code, p.where.line, p.where.column) for p in found] == [(code, line, column)]
    assert words in str(found[0])
    assert hint in found[0].hint


def test_no_message_speaks_the_librarys_language():
    jargon = (
        "Input should",
        "extra",
        "literal",
        "string",
        "dict",
        "str ",
        "bool",
        "pydantic",
        "Strict",
        "None",
        "union",
    )
    for text, *_ in FAULTS:
        assert not [word for word in jargon if word in str(problems(text)[0])]


@pytest.mark.parametrize(
    ("head", "code", "line", "column", "words"),
    [
        (
            "surveyproc: 1\nversion: 1.10\n",
            "config.wrong-type",
            2,
            10,
            'got 1.10; expected text. Write it in quotes: "1.10"',
        ),
        ("surveyproc: 2\nversion: a\n", "config.version", 1, 13, "A newer format needs a newer surveyproc."),
        ("surveyproc: '1'\nversion: a\n", "config.version", 1, 13, "Write it without quotes."),
        ("surveyproc: 1\n", "config.missing-key", 1, 1, "the key `version` is missing"),
        ("surveyproc: 1\nversoin: a\n", "config.missing-key", 1, 1, "`version` is missing"),
        ("# nothing\n", "config.wrong-type", 1, 1, "the file is empty"),
        ("- a\n", "config.wrong-type", 1, 1, "the file is of the wrong kind; got a list of 1"),
        ("surveyproc:1", "config.wrong-type", 1, 1, "a space must follow the colon"),
    ],
)
def test_heads_of_files(head, code, line, column, words):
    found = problems("", head=head)
    assert (found[0].code, found[0].where.line, found[0].where.column) == (code, line, column)
    assert words in str(found[0])


def test_all_faults_at_once_by_line():
    text = "names: [1]\nlonly: x\nlevels: {person: {repeat: no, weight: -1}}\ncolumns: [{show: count}]\n"
    assert [(p.code, p.where.line, p.where.column) for p in problems(text)] == [
        ("config.wrong-type", 3, 9),
        ("config.unknown-key", 4, 1),
        ("config.wrong-type", 5, 27),
        ("config.bad-value", 5, 39),
        ("config.missing-key", 6, 11),
    ]


def test_a_level_with_many_faults_is_not_taken_for_a_variable():
    text = "variables:\n  em:\n    age: {type: nmber, codes: 5, min: x, foo: 1}\n"
    assert [(p.code, p.where.column) for p in problems(text)] == [
        ("config.bad-value", 17),
        ("config.wrong-type", 31),
        ("config.wrong-type", 39),
        ("config.unknown-key", 42),
    ]


def test_the_branch_named_by_a_discriminator_is_followed_even_where_a_key_has_its_name():
    class A(Closed):
        type: Literal["bands"]
        bands: dict[str, int]
        of: str

    class B(Closed):
        type: Literal["expr"]
        expr: str

    class Holder(Closed):
        derive: dict[str, Annotated[A | B, Field(discriminator="type")]]

    found = problems("derive:\n  x: {type: bands, bands: {a: b}}\n", head="", model=Holder)
    assert [(p.code, p.where.line, p.where.column) for p in found] == [
        ("config.missing-key", 2, 3),
        ("config.wrong-type", 2, 31),
    ]


def test_a_comma_in_unquoted_text_inside_braces_is_explained():
    class Titled(Closed):
        title: dict[Literal["en", "ru"], StrictStr]

    found = problems("title: {en: One, two, ru: Один}", head="", model=Titled)
    assert [(p.code, p.where.column) for p in found] == [("config.unknown-key", 18)]
    assert "put that text in quotes" in found[0].hint


def test_part_of_a_file_is_validated_in_its_place():
    source = parse_source("a:\n  - {weight: 1}\n  - {weight: -1}\n", shown="f.yaml")
    assert validate(Level, source, at=("a", 0)).weight == 1
    with pytest.raises(SurveyprocError) as caught:
        validate(Level, source, at=("a", 1))
    (problem,) = caught.value.problems
    assert (problem.where.line, problem.where.column, problem.where.path) == (3, 14, "a.1.weight")


@pytest.mark.parametrize(
    ("word", "candidates", "hint"),
    [
        ("sexx", ["sex", "age"], "Did you mean `sex`?"),
        ("Birth-Place", ["birth_place"], "Did you mean `birth_place`?"),
        ("xyz", ["sex", "age"], ""),
        ("", ["sex"], ""),
        ("sex", ["sex"], ""),
        ("ѕex", ["sex"], "Did you mean `sex`? The letter ѕ in it is Cyrillic, not Latin s."),
        ("аgе", ["age"], "Did you mean `age`? The letter а (and 1 more) in it is Cyrillic, not Latin a."),
        ("Aлматы", ["Алматы"], "Did you mean `Алматы`? The letter A in it is Latin, not Cyrillic А."),
        ("x" * 100_000, ["x" * 99_999], ""),
    ],
)
def test_did_you_mean(word, candidates, hint):
    assert did_you_mean(word, candidates) == hint


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(-5, 5)
    | st.sampled_from(["a", "1", "yes", "count", "1.5"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*File.model_fields, "type", "show", "of", "base", "count", "person", "kind", "x", "str", 1, "1"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)
SOUND = {
    "recode": st.dictionaries(st.sampled_from([1, 2, "a"]), st.sampled_from(["a", "1"])),
    "levels": st.fixed_dictionaries({}, optional={"person": st.fixed_dictionaries({}, optional={"weight": ANYTHING})}),
    "names": st.lists(st.sampled_from(["a", 1, True]), max_size=2),
}
FILES = st.fixed_dictionaries({}, optional=dict.fromkeys(File.model_fields, ANYTHING)) | st.fixed_dictionaries(
    {"surveyproc": st.just(1), "version": st.just("1")}, optional=SOUND
)


@given(FILES | ANYTHING)
def test_any_data_is_taken_or_refused_with_places_inside_the_file(data):
    assume(_keys_differ(data))
    source = parse_source(json.dumps(data, indent=1).replace('"1":', "1:"), shown="f.yaml")
    lines = source.text.splitlines()
    found, file = (), None
    try:
        file = validate(File, source)
    except SurveyprocError as error:
        found = error.problems
    assert (file is None) == bool(found)
    for problem in found:
        assert 1 <= problem.where.line <= len(lines)
        assert 1 <= problem.where.column <= len(lines[problem.where.line - 1]) + 1
        assert "[" not in problem.where.path
    if file is not None:
        assert _kinds(file.model_dump(exclude_unset=True, by_alias=True, exclude={"months"})) == _kinds(
            {key: value for key, value in source.data.items() if key != "months"}
        )


def _kinds(value: Any) -> Any:
    """Values with their types, so that 1, 1.0, true and "1" differ; whole numbers may stand for numbers."""
    if isinstance(value, dict):
        return {(type(key).__name__, key): _kinds(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_kinds(inner) for inner in value]
    return ("number" if type(value) in (int, float) else str(type(value).__mro__[-2]), value)


def _keys_differ(data: Any) -> bool:
    """Whether no mapping holds both 1 and "1", which JSON cannot tell apart."""
    if isinstance(data, dict):
        return not {1, "1"} <= set(data) and all(_keys_differ(inner) for inner in data.values())
    return all(_keys_differ(inner) for inner in data) if isinstance(data, list) else True
