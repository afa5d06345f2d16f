"""What a YAML source holds and where its values stand."""

import hashlib
import json
import math

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from surveyproc.config.source import Source, load_source, parse_source
from surveyproc.problems import SurveyprocError
from tests.conftest import shared_dir

TEXT = """\
surveyproc: 1
"quoted key": 'it''s'
version: 1.10
codes: {male: 1, 2: female, 0x10: hex}
list:
- a
- {b: [x, y]}
empty:
"""


def source(text: str | bytes) -> Source:
    return parse_source(text, shown="a.yaml")


def spot(place):
    return place.line, place.column


def test_values_are_plain_python():
    assert source(TEXT).data == {
        "surveyproc": 1,
        "quoted key": "it's",
        "version": 1.1,
        "codes": {"male": 1, 2: "female", 16: "hex"},
        "list": ["a", {"b": ["x", "y"]}],
        "empty": None,
    }


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), (1, 1), (1, 1)),
        (("surveyproc",), (1, 1), (1, 13)),
        (("quoted key",), (2, 1), (2, 15)),
        (("codes",), (4, 1), (4, 8)),
        (("codes", "male"), (4, 9), (4, 15)),
        (("codes", 2), (4, 18), (4, 21)),
        (("codes", 16), (4, 29), (4, 35)),
        (("list",), (5, 1), (6, 1)),
        (("list", 0), (6, 3), (6, 3)),
        (("list", 1, "b", 1), (7, 11), (7, 11)),
        (("empty",), (8, 1), (8, 7)),
    ],
)
def test_places(path, key, value):
    read = source(TEXT)
    assert spot(read.place(path, of="key")) == key
    assert spot(read.place(path)) == value
    assert read.place(path).file == "a.yaml"
    assert read.place(path).path == ".".join(map(str, path))


def test_place_of_what_is_not_there_is_its_holder():
    place = source(TEXT).place(("codes", "unknown", "label"), of="key")
    assert (place.line, place.column, place.path) == (4, 8, "codes.unknown.label")


def test_raw_text_and_quotes():
    read = source(TEXT)
    assert read.raw(("version",)) == "1.10"
    assert read.raw(("quoted key",)) == "it's"
    assert read.raw(("codes",)) == ""
    assert read.quoted(("quoted key",))
    assert not read.quoted(("version",))


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_line_ends_move_nothing(start, line_end):
    content = (start + TEXT.replace("\n", line_end)).encode()
    read = source(content)
    assert read.data == source(TEXT).data
    assert spot(read.place(("list", 1, "b", 1))) == (7, 11)
    assert read.sha256 == hashlib.sha256(content).hexdigest()


def test_empty_text_is_nothing():
    assert source("# only a comment\n").data is None


# the table of traps: `module-language.md`, section 4
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("1.10", 1.1),
        ("2024-01-01", "2024-01-01"),
        ('"010"', "010"),
        ("'yes'", "yes"),
        ("|\n  08\n", "08\n"),
    ],
)
def test_traps_of_yaml(text, value):
    data = source(f"a: {text}").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_words_of_yaml_1_1_are_text_as_keys():
    assert source("{yes: 1, no: 2, on: 3, NO: 4, 1: 5, '1': 6}").data == {
        "yes": 1,
        "no": 2,
        "on": 3,
        "NO": 4,
        1: 5,
        "1": 6,
    }


@pytest.mark.parametrize(
    ("text", "offset", "at"),
    [
        ("a: x == 1", 0, (1, 4)),
        ("a: x == 1", 5, (1, 9)),
        ('a: "x == 1"', 0, (1, 5)),
        ("a: 'x == ''y'''", 5, (1, 10)),
        ("a: 'x == ''y'''", 6, (1, 12)),
        (r'a: "\u0041b"', 1, (1, 11)),
        ('a: "x ==\n   1"', 5, (2, 4)),
        ("a: x ==\n   1", 5, (2, 4)),
        ("a: |\n  x ==\n  1", 0, (2, 3)),
        ("a: |\n  x ==\n  1", 5, (3, 3)),
        ("a: >-\n\n  x\n", 1, (3, 3)),
        ("a: {c: 'x'}", 0, (1, 4)),
    ],
)
def test_places_of_characters(text, offset, at):
    assert spot(source(text).content_place(("a",), offset=offset)) == at


WORDS = st.lists(st.text("aбқ\"'\\ =", min_size=1, max_size=9), min_size=1, max_size=12).map(" ".join)


@given(WORDS.filter(lambda text: text.strip() == text), st.sampled_from(["'", '"', "|", ">"]), st.integers(10, 60))
def test_each_character_is_found_in_the_file(value, style, width):
    """The oracle is PyYAML's own writer, which quotes, escapes and folds as it likes."""
    text = yaml.dump({"k": value}, default_style=style, width=width, allow_unicode=True)
    read = source(text)
    assert read.data == {"k": value}
    lines = text.splitlines()
    for offset, character in enumerate(value):
        if character not in " \\\"'":  # these may be written as an escape or as a line end
            line, column = spot(read.content_place(("k",), offset=offset))
            assert lines[line - 1][column - 1] == character


PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x52F, exclude_categories=["Cc", "Cf"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | PRINTABLE
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-99, 999) | PRINTABLE.filter(lambda t: "\xa0" not in t), inner, max_size=4)
    ),
    max_leaves=20,
)


class Dumper(yaml.SafeDumper):
    """Writes every text in quotes: unquoted texts of YAML 1.1 may be numbers in YAML 1.2."""

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@given(TREES, st.sampled_from([True, False, None]))
def test_what_is_written_is_read(tree, flow):
    text = yaml.dump(tree, Dumper=Dumper, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    assert source(text).data == tree


@given(TREES)
def test_json_is_read(tree):
    assume("Infinity" not in json.dumps(tree))  # not JSON
    text = json.dumps(tree, ensure_ascii=False)
    assert source(text).data == json.loads(text)


@given(TREES)
def test_every_value_has_a_place(tree):
    read = source(yaml.dump(tree, Dumper=Dumper, allow_unicode=True))

    def look(value, path):
        assert path in read.spots
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            look(inner, (*path, key))

    look(read.data, ())


def test_not_a_number_is_read():
    assert math.isnan(source("a: .nan").data["a"])


def test_a_file_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\n")
    read = load_source(tmp_path / "a.yaml", shown="configs/a.yaml")
    assert (read.data, read.shown) == ({"a": 1}, "configs/a.yaml")


def test_examples_are_read():
    paths = sorted((shared_dir() / "examples").rglob("*.yaml"))
    assert paths
    for path in paths:
        assert load_source(path, shown=path.name).data["surveyproc"] == 1


def tried(content: str | bytes):
    try:
        return source(content), ()
    except SurveyprocError as error:
        return None, error.problems


@given(st.text(st.sampled_from(list("ab01:-[]{},\"'#&*!|>%@?~ \n\t\\x")) | st.characters(), max_size=80))
def test_any_text_is_read_or_refused_with_places(text):
    read, problems = tried(text)
    assert (read is None) == bool(problems)
    for problem in problems:
        assert problem.code.startswith("config.")
        assert problem.where.file == "a.yaml"
        assert problem.where.line >= 1
        assert problem.where.column >= 1


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(content):
    read, problems = tried(content)
    assert (read is None) == bool(problems)
    if read is not None:
        assert read.sha256 == hashlib.sha256(content).hexdigest()
