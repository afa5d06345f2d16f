"""Suppressed cells cannot be worked out: every one is attacked by linear programming from what is published."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from surveyproc.problems import Place
from surveyproc.quality import judge
from surveyproc.quality.complement import Cell, protect
from surveyproc.quality.relations import relations
from tests.quality.frames import frame, row
from tests.quality.test_rules import profile

QUALITY = profile("cells: [{if: 'n_unweighted < 25', action: suppress, mark: '(*)'}]\ncomplementary_suppression: true")
PLACE = Place("q.yaml")


def interval(node, published, sums, columns):
    """The least and the largest value of a cell that agree with what is published: both ends by linear programming."""
    a = np.zeros((len(sums), columns))
    b = np.zeros(len(sums))
    for line, (members, whole, amount) in enumerate(sums):
        a[line, list(members)] = 1.0
        if whole is not None:
            a[line, whole] = -1.0
        b[line] = amount
    bounds = [(published[i], published[i]) if i in published else (0.0, None) for i in range(columns)]
    ends = []
    for sign in (1.0, -1.0):
        c = np.zeros(columns)
        c[node] = sign
        answer = linprog(c, A_eq=a, b_eq=b, bounds=bounds, method="highs")
        assert answer.status in (0, 3), answer.message  # 3: unbounded
        ends.append(np.inf if answer.status == 3 else answer.x[node])
    return ends[0], ends[1]


def assert_safe(keys, values, suppressed, *, shares=()):
    """No suppressed cell has an interval of a single point. shares: (members, amount) known to add up."""
    position = {key: i for i, key in enumerate(keys)}
    shape = relations(keys, distribution="none")
    sums = [(one.members, one.whole, 0.0) for one in shape.sums] + [
        (tuple(position[k] for k in members), None, amount) for members, amount in shares
    ]
    published = {i: values[key] for key, i in position.items() if key not in suppressed}
    for key in suppressed:
        low, high = interval(position[key], published, sums, shape.nodes)
        assert high - low > 1e-6, f"{key} is {low}"


def judged_counts(counts, domain):
    """Totals (of cases, weight 1) of one indicator judged: key → value, and the keys suppressed."""
    rows = [
        row(statistic="total", domain=d, cell=c, value=float(n), se=1.0, n_unweighted=n, status="ok" if n else "empty")
        for (d, c), n in counts.items()
    ]
    judged, problems = judge(frame(*rows), QUALITY, place=PLACE)
    keys = [("", d, c) for d, c in counts]
    gone = {key for key, shown in zip(keys, judged["shown"], strict=True) if shown == "suppress"}
    return keys, {("", d, c): float(n) for (d, c), n in counts.items()}, gone, problems


def one_way(sizes, name="area"):
    return {(name, f"{name}{i}"): n for i, n in enumerate(sizes)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 80), min_size=2, max_size=6).filter(lambda sizes: sum(sizes) >= 60))
def test_one_disaggregation(sizes):
    counts = {("total", ""): sum(sizes), **one_way(sizes)}
    keys, values, gone, problems = judged_counts(counts, "area")
    if not problems or problems[-1].severity.value == "info":
        assert_safe(keys, values, gone)
    primary = {key for key in keys if 0 < values[key] < 25}
    assert primary <= gone


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 90), min_size=3, max_size=3), min_size=2, max_size=4))
def test_a_crossing_with_printed_margins(table):
    cells = {("a × b", f"a{i} × b{j}"): n for i, line in enumerate(table) for j, n in enumerate(line)}
    rows = {("a", f"a{i}"): sum(line) for i, line in enumerate(table)}
    columns = {("b", f"b{j}"): sum(line[j] for line in table) for j in range(3)}
    counts = {("total", ""): sum(map(sum, table)), **rows, **columns, **cells}
    keys, values, gone, problems = judged_counts(counts, "a × b")
    if not any(p.severity.value == "warning" for p in problems):
        assert_safe(keys, values, gone)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 90), min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_crossing_whose_margins_are_not_printed(table):
    cells = {("a × b", f"a{i} × b{j}"): n for i, line in enumerate(table) for j, n in enumerate(line)}
    keys, values, gone, problems = judged_counts({("total", ""): sum(map(sum, table)), **cells}, "a × b")
    if not any(p.severity.value == "warning" for p in problems):
        assert_safe(keys, values, gone)


def test_a_single_suppressed_cell_takes_the_smallest_with_it():
    keys, values, gone, problems = judged_counts({("total", ""): 340, **one_way([10, 200, 50, 80])}, "area")
    assert {cell for _, _, cell in gone} == {"area0", "area2"}
    assert_safe(keys, values, gone)
    assert problems[0].severity.value == "info"


def test_without_the_second_suppression_the_attack_succeeds():
    counts = {("total", ""): 340, **one_way([10, 200, 50, 80])}
    keys = [("", d, c) for d, c in counts]
    values = dict(zip(keys, map(float, counts.values()), strict=True))
    with pytest.raises(AssertionError, match=r"area0'\) is 10\.0"):
        assert_safe(keys, values, {("", "area", "area0")})


def test_two_disaggregations_share_a_total_that_is_not_printed():
    """All areas are published, so their sum is known, and with it the one region left out."""
    counts = {**one_way([100, 240]), **one_way([10, 130, 200], "region")}
    keys, values, gone, _ = judged_counts(counts, "region")
    assert {cell for _, _, cell in gone} == {"region0", "region1"}
    assert_safe(keys, values, gone)


def test_without_a_total_a_single_cell_is_safe():
    _, _, gone, problems = judged_counts(one_way([10, 100, 240]), "area")
    assert {cell for _, _, cell in gone} == {"area0"}
    assert problems == ()


def test_two_hidden_cells_of_nothing_are_not_safe():
    """Shares of 0 in both hidden cells: the published total less the others is 0, which gives both away."""
    values = {"a": (0.0, 10), "b": (0.0, 20), "c": (0.5, 100), "d": (0.25, 200)}
    rows = [row(value=100 / 330, n_unweighted=330)]
    rows += [row(domain="area", cell=c, value=v, n_unweighted=n) for c, (v, n) in values.items()]
    judged, _ = judge(frame(*rows), QUALITY, place=PLACE)
    assert judged.loc[judged["shown"] == "suppress", "cell"].tolist() == ["a", "b", "c"]


def test_a_chain_of_sums_is_followed():
    """Two blocks of hidden cells joined by one cell: no sum has a single hidden member, yet the joint one follows."""
    hidden = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}
    keys = [("", "a × b", f"{i} × {j}") for i in range(4) for j in range(4)]
    keys += [("", "a", str(i)) for i in range(4)] + [("", "b", str(j)) for j in range(4)] + [("", "total", "")]
    shape = relations(keys, distribution="none")
    cells = [Cell(size=100.0 + i, slack=(50.0,), open=True) for i in range(len(keys))]
    start = [keys.index(("", "a × b", f"{i} × {j}")) for i, j in hidden]
    secret = keys.index(("", "a × b", "1 × 2"))
    protection = protect(shape, cells, suppressed=start)
    assert protection.added
    assert set(protection.added.values()) <= {secret}
    values = dict.fromkeys(keys[:16], 1.0)
    values |= {("", "a", str(i)): 4.0 for i in range(4)} | {("", "b", str(j)): 4.0 for j in range(4)} | {keys[-1]: 16.0}
    assert_safe(keys, values, {keys[i] for i in (*start, *protection.added)})
    with pytest.raises(AssertionError, match="1 × 2"):
        assert_safe(keys, values, {keys[i] for i in start})


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=3, max_size=4),
    st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=3),
)
def test_a_distribution_by_cells_with_single_categories_withheld(table, imprecise):
    """Categories of some cells are withheld for precision; categories add up in each cell, cells in each category."""
    quality = profile("precision: [{if: 'cv > 0.5', action: suppress, mark: F}]\ncomplementary_suppression: true")
    sizes = [sum(line) for line in table]
    all_cells = [("total", "", [sum(column) for column in zip(*table, strict=True)])]
    all_cells += [("area", f"c{i}", line) for i, line in enumerate(table)]
    rows, keys, values, shares = [], [], {}, []
    for i, (domain, cell, line) in enumerate(all_cells):
        shares.append((tuple((f"k{k}", domain, cell) for k in range(3)), float(sum(line))))
        for k, amount in enumerate(line):
            value = amount / sum(line)
            se = value if (i - 1, k) in imprecise else value / 10
            key = {"category": f"k{k}", "domain": domain, "cell": cell}
            rows.append(row(**key, statistic="distribution", value=value, se=se, n_unweighted=sum(line)))
            keys.append(tuple(key.values()))
            values[keys[-1]] = float(amount)
    judged, problems = judge(frame(*rows), quality, place=PLACE)
    gone = {key for key, shown in zip(keys, judged["shown"], strict=True) if shown == "suppress"}
    assert not any(p.severity.value == "warning" for p in problems)
    assert sum(sizes) > 0
    assert_safe(keys, values, gone, shares=shares)


def test_relations_of_a_crossing():
    """2 × 2 cells: two sums to each margin, each margin (here not printed) to the total."""
    keys = [("", "a × b", f"{i} × {j}") for i, j in itertools.product("xy", "uv")] + [("", "total", "")]
    shape = relations(keys, distribution="none")
    assert (shape.cells, shape.nodes, len(shape.sums)) == (5, 9, 6)
    assert sorted(len(one.members) for one in shape.sums) == [2] * 6
    assert [one.whole for one in shape.sums if one.members[0] >= 5] == [4, 4]
