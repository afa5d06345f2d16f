"""Reading expressions: trees, refusals with their words and columns, limits, and the way back to text."""

import re
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveyproc.expressions import MAX_DEPTH, MAX_LENGTH, Expression, check, parse, to_text, tree
from surveyproc.expressions.functions import FUNCTIONS
from surveyproc.expressions.scope import Scope
from surveyproc.problems import Place, SurveyprocError
from tests.expressions.grammar import any_tree

PLACE = Place("module.yaml", 7, 20)


def refusal(text, place=PLACE):
    with pytest.raises(SurveyprocError) as caught:
        parse(text, place)
    (problem,) = caught.value.problems
    return problem


a, b, c, d = (tree.Name(name) for name in "abcd")
one, two, three = (tree.Number(float(n)) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("a or b and c", tree.Junction("or", (a, tree.Junction("and", (b, c))))),
        ("(a or b) and c", tree.Junction("and", (tree.Junction("or", (a, b)), c))),
        ("a and b and c", tree.Junction("and", (a, b, c))),
        ("not a and b", tree.Junction("and", (tree.Not(a), b))),
        ("not a == b", tree.Not(tree.Compare("==", a, b))),
        ("a implies b implies c", tree.Implies(a, tree.Implies(b, c))),
        ("a or b implies c", tree.Implies(tree.Junction("or", (a, b)), c)),
        ("a if b else c implies d", tree.Implies(tree.Conditional(a, b, c), d)),
        ("a if b else c if d else a", tree.Conditional(a, b, tree.Conditional(c, d, a))),
        ("1 - 2 - 3", tree.Arithmetic(("-", "-"), (one, two, three))),
        ("1 - 2 * 3", tree.Arithmetic(("-",), (one, tree.Arithmetic(("*",), (two, three))))),
        ("-a * b", tree.Arithmetic(("*",), (tree.Negate(a), b))),
        ("a - -1", tree.Arithmetic(("-",), (a, tree.Negate(one)))),
        ("a + 1 < b * 2", tree.Compare("<", tree.Arithmetic(("+",), (a, one)), tree.Arithmetic(("*",), (b, two)))),
        ("a between 1 and 2 and b", tree.Junction("and", (tree.Between(a, one, two), b))),
        ("a not in ['x', \"y'\"]", tree.Membership("not in", a, (tree.Text("x"), tree.Text("y'")))),
        ("a in [-1, $p, true]", tree.Membership("in", a, (tree.Negate(one), tree.Parameter("p"), tree.Truth(True)))),
        ("a is missing or b is known", tree.Junction("or", (tree.State("missing", a), tree.State("known", b)))),
        ("known(a + b)", tree.State("known", tree.Arithmetic(("+",), (a, b)))),
        ("any(person, a)", tree.Across("any", "person", a, None)),
        ("sum(person, a, b > 1)", tree.Across("sum", "person", a, tree.Compare(">", b, one))),
        ("count(person)", tree.Across("count", "person", None, None)),
        ("min(person, a)", tree.Call("min", (tree.Name("person"), a))),
        ("year > 1", tree.Compare(">", tree.Name("year"), one)),
        ("year(a)", tree.Call("year", (a,))),
        ("возраст >= 1", tree.Compare(">=", tree.Name("возраст"), one)),
        ("  a\n  or\tb ", tree.Junction("or", (a, b))),
        ("0 if a else missing", tree.Conditional(tree.Number(0.0), a, tree.Absent())),
    ],
)
def test_tree(text, root):
    assert parse(text, PLACE).root == root


@pytest.mark.parametrize(
    ("text", "character", "words"),
    [
        ("", 1, "the expression is empty"),
        ("   ", 4, "the expression is empty"),
        ("age = 5", 5, "'='.*Write == to compare"),
        ("age => 5", 5, "'='.*Write =="),
        ("a <> b", 3, "Write != for unequal"),
        ("a ≥ 5", 3, "Write >="),
        ("a && b", 3, "Write and"),
        ("a || b", 3, "Write or"),
        ("!a", 1, "Write not"),
        ("a < b < c", 7, "comparisons cannot be chained.*between a and b"),
        ("1 <= a <= 5", 8, "chained"),
        ("a == b == c", 8, "chained"),
        ("a in ['x'] == true", 12, "chained"),
        ("not a == b == c", 12, "chained"),
        ("a is known is known", 12, "chained"),
        ("a AND b", 3, "small letters: and"),
        ("a == not b", 6, r"\(not x\)"),
        ("n < 0,05", 7, "point, as in 0.05"),
        ("n < 1,5", 6, "point, as in 0.05"),
        ("010 == a", 1, "does not start with 0"),
        ("a > 1e5", 5, "'1e5'.*1000000"),
        ("a > 1_000", 5, "'1_000'"),
        ("a > 1.5.2", 5, "'1.5.2'"),
        ("a > .5", 5, "starts with 0"),
        ("a > 5.", 5, "'5.'"),
        ("a == 'x", 6, "not closed.*Close it with '"),
        ("a == \"x'", 6, 'not closed.*Close it with "'),
        ("a == “x”", 6, "straight quotes"),
        ("a == 'x\u202e'", 8, r"invisible character.*U\+202E"),
        ("a\u200b > 1", 2, r"U\+200B"),
        ("a == `x`", 6, "straight quotes"),
        ("(a", 3, r"the end.*expected \) to close"),
        ("a)", 2, r"'\)'.*an operator or the end"),
        ("a b", 3, "'b'.*an operator or the end"),
        ("every emigrant has one household", 7, "'emigrant'.*an operator or the end"),
        ("a if b", 7, "expected else after"),
        ("a and", 6, "the end.*a value"),
        ("and a", 1, "'and'.*a value"),
        ("a in 'x'", 6, r"in goes with a list.*expected \["),
        ("a in []", 7, "the list is empty"),
        ("a in [abroad]", 7, "quotes, as in 'abroad'"),
        ("a in [missing]", 7, "is missing"),
        ("a in [1 + 2]", 9, r"'\+'.*\] at the end"),
        ("a in ['x',]", 11, "a literal"),
        ("a in ['x'] + 1", 12, r"'\+'"),
        ("not a in ['x'] + 1", 16, r"'\+'"),
        ("a is dk", 6, "is goes with known or missing"),
        ("a is not known", 6, "known or missing"),
        ("a not between 1 and 2", 7, "not between"),
        ("a not b", 7, "in after not"),
        ("a between 1", 12, "and between the two ends"),
        ("abs(a, b)", 1, r"abs does not take 2 arguments.*abs\(x\)"),
        ("abs()", 1, "does not take 0 arguments"),
        ("min(a)", 1, "min does not take 1 argument;"),
        ("count(p, a, b)", 1, "Join conditions with and"),
        ("any('person', a)", 1, "first argument of any is a record level"),
        ("abs(a b)", 7, r", or \) in abs\(x\)"),
        ("abs(a", 6, "the end"),
        ("max(a,)", 7, r"'\)'.*a value"),
        ("known", 1, "a value"),
        ("$", 1, r"\$ and a name"),
        ("$1", 1, r"\$ and a name"),
        ("a % 2", 3, "per cent"),
        ("+a", 1, "a value"),
        ("'abs'(a)", 6, "Only the functions"),
        ("a[0]", 2, r"'\['"),
        ("1" + "0" * 400, 1, "too large"),
    ],
)
def test_syntax(text, character, words):
    problem = refusal(text)
    assert problem.code == "expression.syntax"
    assert problem.where == Place("module.yaml", 7, 19 + character)
    assert f"character {character}" in problem.got
    assert re.search(words, str(problem)), str(problem)


def test_place_in_a_literal_block_counts_lines():
    problem = refusal("a > 1\nand b = 2")
    assert (problem.where.line, problem.where.column) == (8, 26)


def test_place_without_a_column_still_tells_the_character():
    problem = refusal("a = 2", Place(path="quality.cells"))
    assert problem.where.column is None
    assert problem.got == "'=' at character 3"
    assert problem.where.path == "quality.cells"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch x')",
        "open('x', 'w')",
        "eval('1')",
        "exec('1')",
        "().__class__.__bases__[0].__subclasses__()",
        "a.__class__",
        "a.values",
        "a.str.replace('a', 'b')",
        "lambda: 1",
        "lambda x: x",
        "[x for x in a]",
        "(x := 5)",
        "{}",
        "{'a': 1}",
        "f'{a}'",
        "a['b']",
        "a[0:1]",
        "@a",
        "9**9**9",
        "9 ** 9",
        "1 << 9999",
        "'a' * 99999 * 'b'[0]",
        "a; b",
        "a\\b",
        "`rm -rf`",
        "$(rm)",
        "${a}",
        "!!python/object:os.system",
        "__builtins__()",
        "getattr(a, 'b')",
        "print(a)",
        "matches(a, '(a+)+$')",
        "regex(a, 'x')",
        "a ~ 'x'",
        "yield a",
        "import os",
        "max(a, key=b)",
        "coalesce(*a)",
        "any(a for a in b)",
        "# comment",
        "a # comment",
        "\x00",
        "a\x00b",
        "\ufeffa",
        "＝",
        "１",
    ],
)
def test_payload_is_refused(text):
    assert refusal(text).code in ("expression.syntax", "expression.unknown-name")


@pytest.mark.parametrize("name", ["eval", "exec", "open", "getattr", "__import__", "Any", "lower", "sqrt", "unique"])
def test_functions_are_a_closed_list(name):
    problem = refusal(f"1 + {name}(a)")
    assert problem.code == "expression.unknown-name"
    assert problem.where.column == 24
    assert name in problem.got
    assert "coalesce" in problem.expected


def test_function_suggestion():
    assert "Did you mean 'count'" in refusal("cuont(person)").hint


def test_length_limit():
    assert parse("a" * MAX_LENGTH, PLACE).root == tree.Name("a" * MAX_LENGTH)
    problem = refusal("a" * (MAX_LENGTH + 1))
    assert problem.code == "expression.too-long"
    assert "2001 characters" in problem.got


@pytest.mark.parametrize(
    ("make", "deepest"),
    [
        (lambda n: "(" * n + "a" + ")" * n, MAX_DEPTH - 1),
        (lambda n: "not " * n + "a", MAX_DEPTH - 1),
        (lambda n: "-" * n + "a", MAX_DEPTH - 1),
        (lambda n: "abs(" * n + "a" + ")" * n, MAX_DEPTH - 1),
        (lambda n: "a implies " * n + "a", MAX_DEPTH - 1),
        (lambda n: "a if a else " * n + "a", MAX_DEPTH - 1),
    ],
    ids=["parentheses", "not", "minus", "calls", "implies", "conditionals"],
)
def test_depth_limit(make, deepest):
    assert isinstance(parse(make(deepest), PLACE), Expression)
    assert refusal(make(deepest + 1)).code == "expression.too-long"
    for many in (200, 320, 1_900):
        assert refusal(make(many)[:MAX_LENGTH]).code in ("expression.too-long", "expression.syntax")


def test_depth_counts_nodes_that_no_parenthesis_shows():
    text = "(" * 20 + "1" + " * 2 + 3 > 4 and a or b implies c)" * 20
    assert refusal(text).code == "expression.too-long"


def test_long_chains_are_not_deep():
    assert len(parse("a and " * 332 + "a", PLACE).root.operands) == 333
    assert len(parse("+".join("1" * 1000), PLACE).root.operands) == 1000
    assert len(parse("a in [" + "1," * 990 + "1]", PLACE).root.items) == 991


def _calls(text):
    """How many function calls reading a text takes: a measure of time that no other process disturbs."""
    count = 0

    def on_event(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(on_event)
    try:
        expression = parse(text, PLACE)
        check(expression, Scope({"person": {}}), level="person")
    except SurveyprocError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "a and ",
        "not ",
        "(",
        "-",
        "'",
        "a ",
        "1+",
        "abs(",
        "$a<",
        "a if a else ",
        "[",
        "a in [1,",
        "()",
        "a not ",
        ",",
        "é",
    ],
)
def test_reading_takes_time_in_proportion_to_length(piece):
    short, long = (piece * (n // len(piece)) for n in (900, 1_800))
    assert _calls(long) <= 2.2 * _calls(short) + 400


@settings(max_examples=300, deadline=None)
@given(any_tree)
def test_text_reads_back_as_the_same_tree(root):
    expression = Expression(root)
    text = to_text(expression)
    assume(len(text) <= MAX_LENGTH)
    again = parse(text, PLACE)
    assert again == expression
    assert to_text(again) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('((a)) =="x"', "a == 'x'"),
        ("known( a )", "a is known"),
        ("(a and b) and c", "(a and b) and c"),
        ("not (a or b)", "not (a or b)"),
        ("-(a + 1) * 2.50", "-(a + 1) * 2.5"),
        ('a == "it\'s"', 'a == "it\'s"'),
        ("count( person )>0", "count(person) > 0"),
        ("a in [ 1,2 ]", "a in [1, 2]"),
        ("(a if b else c) if d else 1", "(a if b else c) if d else 1"),
        ("1000000 < x", "1000000 < x"),
    ],
)
def test_canonical_text(text, canonical):
    assert to_text(parse(text, PLACE)) == canonical


_fragments = st.sampled_from(
    [
        *FUNCTIONS, "not", "and", "or", "implies", "in", "between", "if", "else", "is", "true", "false", "missing",
        "known", "a", "b", "age", "person", "household", "$p", "'x'", '"y"', "1", "0.5", "(", ")", "[", "]", ",", "+",
        "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "=", ".", "'", "**", "жасы", "\n", "@",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(_fragments, max_size=25).map(" ".join), st.lists(_fragments, max_size=25).map("".join), st.text()
    )
)
def test_anything_is_read_or_refused(text):
    try:
        expression = parse(text, PLACE)
    except SurveyprocError as refused:
        (problem,) = refused.problems
        assert problem.code.startswith("expression.")
        assert (problem.where.line or 0) >= 7
        return
    assert parse(to_text(expression), PLACE) == expression
