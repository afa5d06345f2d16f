"""What is refused in YAML text, with the place and the words; and that limits hold in little time."""

import time
from itertools import pairwise

import pytest

from surveyproc.config.source import load_source, parse_source
from surveyproc.problems import SurveyprocError


def refused(content: str | bytes):
    with pytest.raises(SurveyprocError) as caught:
        parse_source(content, shown="a.yaml")
    return [(p.code, p.where.line, p.where.column, str(p)) for p in caught.value.problems]


SINGLE = [
    # syntax
    ("a:\n\tb: 1", "config.syntax", 2, 1, "a tab stands where only spaces may"),
    ("a: [1,\t2,\n\t3]", "config.syntax", 1, 7, "a tab stands"),
    ("a:1\nb: 2", "config.syntax", 1, 2, "a space is missing after the colon of `a`"),
    ("x: 1\na:1\nb: 2", "config.syntax", 2, 2, "a space is missing after the colon of `a`"),
    ("a: {b:1, c: 2}", "config.syntax", 1, 5, "a space is missing after a colon in `b:1`"),
    ("a: b: c", "config.syntax", 1, 5, "a second colon stands in unquoted text"),
    ("a: 'x\nb: 2", "config.syntax", 1, 4, "a quote opens here and is never closed"),
    ('a: "x\nb: 2', "config.syntax", 1, 4, "a quote opens here and is never closed"),
    ("a: [1, 2", "config.syntax", 1, 4, "the bracket [ that opens here is not closed with ]"),
    ("a: [1, 2\nb: 3", "config.syntax", 1, 4, "the bracket [ that opens here is not closed with ]"),
    ("a: {b: 1\nc: 3", "config.syntax", 1, 4, "the bracket { that opens here is not closed with }"),
    ("a: {b: 1 c: 2}", "config.syntax", 1, 11, "a comma or the closing bracket } is missing"),
    ("e: {a: [1,\n", "config.syntax", 2, 1, "the file ends inside brackets"),
    ("a: [1,,2]", "config.syntax", 1, 7, "a value is missing here"),
    ("a:\n  b: 1\n c: 2", "config.syntax", 3, 2, "indented differently"),
    ("a: 1\n  b: 2", "config.syntax", 2, 4, "indented differently"),
    ("a: 1 # note\n  b: 2", "config.syntax", 2, 3, "indented differently"),
    ("- a\nb: 1", "config.syntax", 2, 1, "indented differently"),
    ("a:\n- b\n - c", "config.syntax", 3, 2, "a list item is swallowed by the text above it"),
    ("a: 1\nfoo\nb: 2", "config.syntax", 2, 1, "this line has no key followed by a colon"),
    ("a: - b", "config.syntax", 1, 4, "a list cannot begin here"),
    ("a: @x", "config.syntax", 1, 4, "text that begins with `@` needs quotes"),
    ("a: `x`", "config.syntax", 1, 4, "text that begins with ``` needs quotes"),
    ("a: 'no' == b", "config.syntax", 1, 9, "text goes on after a closing quote"),
    (r'a: "C:\data"', "config.syntax", 1, 8, "a backslash that means nothing"),
    ("a: | text\n  b", "config.syntax", 1, 6, "text stands on the line of the sign | or >"),
    ("---\na: 1\n---\nb: 2", "config.syntax", 3, 1, "a second document begins here"),
    ("%YAML 1.1\n---\na: no", "config.syntax", 1, 1, "only YAML 1.2 is read"),
    ("? [a]\n: 1", "config.syntax", 1, 3, "a list or a mapping stands in place of a key"),
    ("[a, b]: 1", "config.syntax", 1, 1, "a list or a mapping stands in place of a key"),
    ('a: "\\U00110000"', "config.syntax", 1, 5, "cannot be read as YAML"),
    ("a:\n\xa0\xa0b: 1", "config.syntax", 2, 1, "a no-break space"),
    ("a\xa0b: 1", "config.syntax", 1, 1, "a no-break space stands in a key"),
    # keys
    ("a: 1\nb: 2\na: 3", "config.duplicate-key", 3, 1, "line 1 and line 3"),
    ("{1: a, 0x1: b}", "config.duplicate-key", 1, 8, "the key `1` stands twice"),
    ("true: 1", "config.wrong-type", 1, 1, 'Write "true" in quotes'),
    ("1.5: 1", "config.wrong-type", 1, 1, 'Write "1.5" in quotes'),
    ("~: 1", "config.wrong-type", 1, 1, "this cannot be a key"),
    (": 1", "config.syntax", 1, 1, "nothing stands before this colon"),
    # scalars
    ("a: 010", "config.leading-zero", 1, 4, 'Write "010"'),
    ("a: [08, 1]", "config.leading-zero", 1, 5, 'Write "08"'),
    ("010: here", "config.leading-zero", 1, 1, 'Write "010"'),
    ("a: 99999999999999999999", "config.bad-value", 1, 4, "too large to be held exactly"),
    ("a: 1e999", "config.bad-value", 1, 4, "too large to be held exactly"),
    # anchors, aliases, tags
    ("a: &x 1", "config.alias", 1, 4, "anchors (&name) are not allowed"),
    ("a: *x", "config.alias", 1, 4, "aliases (*name) are not allowed"),
    ("a: *", "config.alias", 1, 4, "Put the whole text in quotes"),
    ("a: !!python/object/apply:os.system [ls]", "config.tag", 1, 4, "tags (!name) are not allowed"),
    ("a: !x", "config.tag", 1, 4, "tags (!name) are not allowed"),
    ("a: ! x", "config.tag", 1, 4, "tags (!name) are not allowed"),
    ("a: !x!y 1", "config.tag", 1, 4, "not allowed"),
    ("%TAG ! tag:x,2000:\n---\na: 1", "config.tag", 1, 1, "tags are not allowed"),
    # characters
    ("a: x\x00y", "config.unreadable", 1, 5, "U+0000"),
    ("a: x\x07y", "config.unreadable", 1, 5, "U+0007"),
    ("a: 1\nb: x\u202ey", "config.unreadable", 2, 5, "U+202E"),
    ("a: x\u200by", "config.unreadable", 1, 5, "U+200B"),
    ("a: x\x85y", "config.unreadable", 1, 5, "U+0085"),
    ("a: x\u2028y", "config.unreadable", 1, 5, "U+2028"),
    ("a: \ufffd", "config.unreadable", 1, 4, "was damaged when it was converted"),
    ("a: \ud800", "config.unreadable", 1, 4, "U+D800"),
    (r'a: "\ud800"', "config.unreadable", 1, 4, "U+D800"),
    (r'a: "\0"', "config.unreadable", 1, 4, "U+0000"),
    # bytes
    ("a: слово".encode("cp1251"), "config.unreadable", 1, 4, "Windows-1251"),
    ("a: 1\nb: слово".encode("cp1251"), "config.unreadable", 2, 4, "0xf1"),
    ("a: 1".encode("utf-16"), "config.unreadable", 1, 1, "UTF-16"),
    ("a: 1".encode("utf-16-le"), "config.unreadable", 1, 1, "UTF-16"),
    ("a: 1".encode("utf-32"), "config.unreadable", 1, 1, "UTF-32"),
    (b"\xef\xbb\xbfa: \xff", "config.unreadable", 1, 4, "0xff"),
]


@pytest.mark.parametrize(("content", "code", "line", "column", "words"), SINGLE)
def test_one_fault_one_problem(content, code, line, column, words):
    problems = refused(content)
    assert [found[:3] for found in problems] == [(code, line, column)]
    assert words in problems[0][3]


def test_no_message_speaks_the_parsers_language():
    jargon = ("<", "token", "scanning", "flow", "scalar", "expected '")
    for content, *_ in SINGLE:
        assert not [word for word in jargon if word in refused(content)[0][3]]


def test_all_faults_at_once_in_order_with_the_syntax_error_last():
    text = "a: 010\nb: &x 1\na: 2\nb: *x\na: !t 3\nc: {d: 1, d: 2}\ne: [1\n"
    assert [found[:2] for found in refused(text)] == [
        ("config.leading-zero", 1),
        ("config.alias", 2),
        ("config.duplicate-key", 3),
        ("config.duplicate-key", 4),
        ("config.alias", 4),
        ("config.duplicate-key", 5),
        ("config.tag", 5),
        ("config.duplicate-key", 6),
        ("config.syntax", 7),
    ]


def test_faults_inside_a_refused_key_and_under_a_second_key_are_told():
    assert [found[:3] for found in refused("{{ x }}: 1")] == [("config.syntax", 1, 1), ("config.syntax", 1, 2)]
    assert [found[0] for found in refused("a: 1\na: {b: 08}")] == ["config.duplicate-key", "config.leading-zero"]


LAUGHS = 'a: &a ["x"]\n' + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi"))
BOMBS = {
    "brackets": ("[" * 100_000, "config.too-deep"),
    "brackets on lines": ("[\n" * 100_000, "config.too-deep"),
    "braces": ("{a: " * 100_000, "config.too-deep"),
    "dashes": ("- " * 100_000, "config.too-deep"),
    "keys": ("? " * 100_000, "config.too-deep"),
    "stairs": ("".join(" " * n + "a:\n" for n in range(1000)), "config.too-deep"),
    "laughs": (LAUGHS, "config.alias"),
    "many": ("[" + "[]," * 60_000 + "]", "config.too-large"),
    "many scalars": ("- 1\n" * 60_000, "config.too-large"),
    "bytes": ("#" * 1_000_001, "config.too-large"),
    "digits": ("a: " + "9" * 900_000, "config.bad-value"),
    "version": ("%YAML " + "9" * 10_000 + ".1\n---\na: 1", "config.syntax"),
    "hidden": ("\u200b" * 300_000, "config.unreadable"),
    "unclosed quote": ('"' + "x\n" * 400_000, "config.syntax"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_soon(name):
    text, code = BOMBS[name]
    start = time.process_time()
    problems = refused(text)
    assert code in {found[0] for found in problems}
    assert len(problems) <= 100
    # a bound against growth faster than linear, which would take minutes; not a measure of speed
    assert time.process_time() - start < 30


def test_depth_and_size_at_the_limits_are_read():
    deepest = parse_source("[" * 41 + "]" * 41, shown="a.yaml").data
    for _ in range(40):
        (deepest,) = deepest
    assert deepest == []
    assert refused("[" * 42 + "]" * 42)[0][:3] == ("config.too-deep", 1, 42)
    assert len(parse_source("- 1\n" * 49_999, shown="a.yaml").data) == 49_999


def test_files_that_are_not_there_or_not_files(tmp_path):
    for path, code in [
        (tmp_path / "no.yaml", "config.not-found"),
        (tmp_path, "config.unreadable"),
        (tmp_path / "a\0b", "config.unreadable"),
    ]:
        with pytest.raises(SurveyprocError) as caught:
            load_source(path, shown="no.yaml")
        assert [p.code for p in caught.value.problems] == [code]
        assert str(tmp_path) not in str(caught.value)


def test_a_large_file_is_not_read_whole(tmp_path):
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(10**12)  # sparse
    with pytest.raises(SurveyprocError) as caught:
        load_source(path, shown="big.yaml")
    assert [p.code for p in caught.value.problems] == ["config.too-large"]
