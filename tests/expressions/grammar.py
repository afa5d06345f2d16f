"""Random trees: well typed ones over the synthetic households, and any that the grammar can print."""

from hypothesis import strategies as st

from surveyproc.expressions import tree
from tests.expressions.worlds import CODES

# A cell is a level of its own, without records below, parameters or categorical variables.
NUMBERS = {"cell": ["size"], "household": ["size"], "person": ["age", "size"]}
TRUTHS = {"cell": ["poor"], "household": ["poor"], "person": ["moved", "poor"]}
CATEGORICALS = {"household": ["place"], "person": ["birth", "before", "place"]}


def _pick(draw, *makers):
    return draw(st.sampled_from(makers))(draw)


def _leaf_number(level):
    return lambda draw: draw(
        st.one_of(
            st.integers(0, 4).map(lambda n: tree.Number(float(n))),
            st.sampled_from(NUMBERS[level]).map(tree.Name),
            st.sampled_from(NUMBERS[level]).map(tree.Name),
            st.just(tree.Parameter("limit") if level != "cell" else tree.Number(2.5)),
            st.just(tree.Absent()),
        )
    )


def _leaf_truth(level):
    return lambda draw: draw(
        st.one_of(
            st.booleans().map(tree.Truth),
            st.sampled_from(TRUTHS[level]).map(tree.Name),
            st.sampled_from(TRUTHS[level]).map(tree.Name),
            st.just(tree.Parameter("strict") if level != "cell" else tree.Truth(True)),
        )
    )


@st.composite
def numbers(draw, level, depth):
    """A tree that is a number at a level."""
    if depth == 0:
        return _pick(draw, _leaf_number(level))

    def number(draw):
        return draw(numbers(level, depth - 1))

    def truth(draw):
        return draw(truths(level, depth - 1))

    def arithmetic(draw):
        words = draw(st.sampled_from(["+-", "*/"]))
        operators = tuple(draw(st.lists(st.sampled_from(list(words)), min_size=1, max_size=2)))
        return tree.Arithmetic(operators, tuple(number(draw) for _ in range(len(operators) + 1)))

    def call(draw):
        function = draw(st.sampled_from(["abs", "floor", "round", "zero_if_missing", "coalesce", "min", "max"]))
        count = 2 if function in ("coalesce", "min", "max") else 1
        return tree.Call(function, tuple(number(draw) for _ in range(count)))

    makers = [
        _leaf_number(level),
        arithmetic,
        call,
        lambda draw: tree.Negate(number(draw)),
        lambda draw: tree.Conditional(number(draw), truth(draw), number(draw)),
    ]
    if level == "household":
        makers += [lambda draw: _across_number(draw, depth)] * 3
    return _pick(draw, *makers)


def _across_number(draw, depth):
    function = draw(st.sampled_from(["count", "sum", "mean", "share", "first", "min", "max"]))
    inner = truths if function in ("count", "share") else numbers
    value = draw(inner("person", depth - 1))
    where = draw(st.one_of(st.none(), truths("person", depth - 1)))
    if function == "count":
        return tree.Across("count", "person", draw(st.sampled_from([None, value])), None)
    if function in ("min", "max"):
        return tree.Call(function, (tree.Name("person"), value) + (() if where is None else (where,)))
    return tree.Across(function, "person", value, where)


@st.composite
def truths(draw, level, depth):
    """A tree that is true or false at a level."""
    if depth == 0:
        return _pick(draw, _leaf_truth(level))

    def number(draw):
        return draw(numbers(level, depth - 1))

    def truth(draw):
        return draw(truths(level, depth - 1))

    def categorical(draw):
        return tree.Name(draw(st.sampled_from(CATEGORICALS[level])))

    def code(draw):
        return draw(st.sampled_from([*map(tree.Text, CODES), tree.Parameter("code")]))

    def junction(draw):
        operands = draw(st.lists(truths(level, depth - 1), min_size=2, max_size=3))
        return tree.Junction(draw(st.sampled_from(["and", "or"])), tuple(operands))

    def order(draw):
        return tree.Compare(draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="])), number(draw), number(draw))

    def same(draw):
        return tree.Compare(
            draw(st.sampled_from(["==", "!="])), categorical(draw), draw(st.sampled_from([code, categorical]))(draw)
        )

    def membership(draw):
        items = tuple(code(draw) for _ in range(draw(st.integers(1, 2))))
        return tree.Membership(draw(st.sampled_from(["in", "not in"])), categorical(draw), items)

    makers = [
        _leaf_truth(level),
        junction,
        junction,
        order,
        lambda draw: tree.Not(truth(draw)),
        lambda draw: tree.Implies(truth(draw), truth(draw)),
        lambda draw: tree.Between(number(draw), number(draw), number(draw)),
        lambda draw: tree.State(
            draw(st.sampled_from(["known", "missing"])), draw(st.sampled_from([number, truth]))(draw)
        ),
        lambda draw: tree.Conditional(truth(draw), truth(draw), truth(draw)),
    ]
    if level in CATEGORICALS:
        makers += [same, membership]
    if level == "household":
        makers += [lambda draw: _across_truth(draw, depth)] * 3
    return _pick(draw, *makers)


def _across_truth(draw, depth):
    where = draw(st.one_of(st.none(), truths("person", depth - 1)))
    return tree.Across(draw(st.sampled_from(["any", "all"])), "person", draw(truths("person", depth - 1)), where)


_names = st.sampled_from(["a", "возраст", "жасы", "x_1", "count", "year", "Ǆ"])
_texts = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=6)
_literals = st.one_of(
    st.floats(0, 1e30, allow_nan=False).map(lambda x: tree.Number(abs(x))),
    st.integers(0, 10**6).map(lambda n: tree.Number(float(n))),
    _texts.filter(lambda text: not ("'" in text and '"' in text)).map(tree.Text),
    st.booleans().map(tree.Truth),
    _names.map(tree.Parameter),
)
_leaves = st.one_of(_literals, st.just(tree.Absent()), _names.map(tree.Name))


def _grow(inner):
    pairs = st.lists(inner, min_size=2, max_size=3).map(tuple)
    items = st.lists(_literals, min_size=1, max_size=3).map(tuple)

    def chain(operands, words, seed):
        return tree.Arithmetic(tuple(words[(seed >> i) % 2] for i in range(len(operands) - 1)), operands)

    return st.one_of(
        inner.map(tree.Negate),
        inner.map(tree.Not),
        st.builds(tree.Junction, st.sampled_from(["and", "or"]), pairs),
        st.builds(tree.Implies, inner, inner),
        st.builds(tree.Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(tree.Membership, st.sampled_from(["in", "not in"]), inner, items),
        st.builds(tree.Between, inner, inner, inner),
        st.builds(tree.State, st.sampled_from(["known", "missing"]), inner),
        st.builds(chain, pairs, st.sampled_from(["+-", "*/"]), st.integers(0, 3)),
        st.builds(tree.Conditional, inner, inner, inner),
        st.builds(tree.Call, st.sampled_from(["coalesce", "min", "max"]), pairs),
        st.builds(lambda x: tree.Call("abs", (x,)), inner),
        st.builds(
            tree.Across,
            st.sampled_from(["any", "all", "sum", "mean", "first", "share"]),
            _names,
            inner,
            st.one_of(st.none(), inner),
        ),
        st.builds(lambda level, x: tree.Across("count", level, x, None), _names, st.one_of(st.none(), inner)),
    )


any_tree = st.recursive(_leaves, _grow, max_leaves=20)
