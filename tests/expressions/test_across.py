"""Cross-level calls on many records, against pandas."""

import numpy as np
import pandas as pd
import pytest

from surveyproc.expressions import DataScope, LevelData, evaluate, parse
from surveyproc.problems import Place
from surveyproc.values import Category, Column, Kind, Missing

HOUSEHOLDS, PERSONS = 500, 1_600


def known(kind, values, categories=()):
    return Column(kind, values, np.zeros(len(values), dtype=np.int8), tuple(map(Category, categories)))


@pytest.fixture(scope="module", params=["shuffled", "sorted"])
def frame(request):
    rng = np.random.default_rng(20240831)
    frame = pd.DataFrame(
        {
            "hh": rng.integers(0, HOUSEHOLDS, PERSONS),
            "x": rng.normal(size=PERSONS) * 1e4,
            "c": rng.integers(0, 3, PERSONS),
            "flag": rng.random(PERSONS) < 0.3,
        }
    )
    return frame if request.param == "shuffled" else frame.sort_values("hh", kind="stable", ignore_index=True)


@pytest.fixture(scope="module")
def data(frame):
    columns = {
        "x": known(Kind.NUMBER, frame.x.to_numpy()),
        "c": known(Kind.CATEGORICAL, frame.c.to_numpy().astype(np.int16), ("r", "s", "t")),
        "flag": known(Kind.BOOLEAN, frame.flag.to_numpy().astype(np.int8)),
    }
    return DataScope(
        {
            "household": LevelData(HOUSEHOLDS, {}),
            "person": LevelData(PERSONS, columns, "household", frame.hh.to_numpy()),
        }
    )


def grouped(frame):
    return frame.groupby("hh")


CASES = {
    "count(person)": lambda f: f.groupby("hh").size(),
    "count(person, flag)": lambda f: f.groupby("hh").flag.sum(),
    "count(person, c == 't' and x > 0)": lambda f: ((f.c == 2) & (f.x > 0)).groupby(f.hh).sum(),
    "any(person, flag)": lambda f: f.groupby("hh").flag.any(),
    "all(person, flag)": lambda f: f.groupby("hh").flag.all(),
    "any(person, flag, x > 0)": lambda f: (f.flag & (f.x > 0)).groupby(f.hh).any(),
    "all(person, flag, x > 0)": lambda f: (f.flag | (f.x <= 0)).groupby(f.hh).all(),
    "sum(person, x)": lambda f: f.groupby("hh").x.sum(),
    "sum(person, x, flag)": lambda f: f.x.where(f.flag, 0.0).groupby(f.hh).sum(),
    "mean(person, x)": lambda f: f.groupby("hh").x.mean(),
    "mean(person, x, flag)": lambda f: f[f.flag].groupby("hh").x.mean(),
    "min(person, x)": lambda f: f.groupby("hh").x.min(),
    "max(person, x, flag)": lambda f: f[f.flag].groupby("hh").x.max(),
    "first(person, x)": lambda f: f.groupby("hh").x.first(),
    "first(person, c, flag)": lambda f: f[f.flag].groupby("hh").c.first(),
    "share(person, flag)": lambda f: f.groupby("hh").flag.mean(),
    "share(person, flag, c == 'r')": lambda f: f[f.c == 0].groupby("hh").flag.mean(),
}
EMPTY = {"count": 0.0, "sum": 0.0, "any": 0.0, "all": 1.0}


@pytest.mark.parametrize("text", CASES)
def test_equals_pandas(text, frame, data):
    got = evaluate(parse(text, Place()), data, level="household")
    expected = CASES[text](frame).astype(float).reindex(range(HOUSEHOLDS)).to_numpy()
    empty = np.isnan(expected)
    assert empty.any()
    assert not empty.all()
    default = EMPTY.get(text.split("(")[0])
    if default is None:
        np.testing.assert_array_equal(got.reason[empty], Missing.NOT_APPLICABLE)
        assert (got.reason[~empty] == 0).all()
    else:
        expected = np.where(empty, default, expected)
        assert (got.reason == 0).all()
    np.testing.assert_allclose(got.values[got.known].astype(float), expected[got.known], rtol=1e-12, atol=1e-9)


def test_identities(data):
    def value(text):
        return evaluate(parse(text, Place()), data, level="household")

    mean, total, count = value("mean(person, x)"), value("sum(person, x)"), value("count(person)")
    held = mean.known
    np.testing.assert_allclose(mean.values[held] * count.values[held], total.values[held], rtol=1e-12)
    parts = sum(value(f"count(person, c == '{code}')").values for code in "rst")
    np.testing.assert_array_equal(parts, count.values)
    low, high = value("min(person, x)"), value("-max(person, -x)")
    np.testing.assert_array_equal(low.values, high.values)
    none, every = value("not any(person, flag)"), value("all(person, not flag)")
    np.testing.assert_array_equal(none.values, every.values)


def test_order_of_records_changes_only_first(frame, data):
    rng = np.random.default_rng(5)
    order = rng.permutation(PERSONS)
    person = data.levels["person"]
    turned = {n: Column(c.kind, c.values[order], c.reason[order], c.categories) for n, c in person.columns.items()}
    other = DataScope({**data.levels, "person": LevelData(PERSONS, turned, "household", frame.hh.to_numpy()[order])})
    for text in CASES:
        if text.startswith("first"):
            continue
        expression = parse(text, Place())
        here, there = (evaluate(expression, scope, level="household") for scope in (data, other))
        np.testing.assert_array_equal(here.reason, there.reason)
        np.testing.assert_allclose(here.values, there.values, rtol=1e-12, atol=1e-9)
