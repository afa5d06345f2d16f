"""Synthetic households and persons, as records for the reference and as columns for the product."""

import numpy as np
from hypothesis import strategies as st

from surveyproc.expressions import DataScope, LevelData
from surveyproc.values import Category, Column, Kind, Missing

CODES = ("here", "same_region", "abroad")
TURNED = ("abroad", "here", "same_region")  # the same codes in another order
REASONS = [Missing.NOT_APPLICABLE, Missing.DK, Missing.REFUSED, Missing.INCONSISTENT, Missing.SYSTEM]
PARAMETERS = {"limit": 3.0, "code": "abroad", "strict": True}

KINDS = {
    "household": {"size": Kind.NUMBER, "poor": Kind.BOOLEAN, "place": Kind.CATEGORICAL},
    "person": {"age": Kind.NUMBER, "moved": Kind.BOOLEAN, "birth": Kind.CATEGORICAL, "before": Kind.CATEGORICAL},
}
CATEGORIES = {"place": CODES, "birth": CODES, "before": TURNED}
FILLERS = {Kind.NUMBER: np.nan, Kind.BOOLEAN: -1, Kind.CATEGORICAL: -1, Kind.TEXT: ""}
DTYPES = {Kind.NUMBER: np.float64, Kind.BOOLEAN: np.int8, Kind.CATEGORICAL: np.int16, Kind.TEXT: object}


def column(kind, values, categories=()):
    """A column of plain values, a Missing for a missing one, a code's name for a categorical one."""
    reason = np.array([v if isinstance(v, Missing) else 0 for v in values], dtype=np.int8)
    plain = [
        FILLERS.get(kind, np.nan) if isinstance(v, Missing) else categories.index(v) if kind is Kind.CATEGORICAL else v
        for v in values
    ]
    array = np.empty(len(plain), dtype=DTYPES.get(kind, np.float64))
    array[:] = plain
    return Column(kind, array, reason, tuple(Category(name) for name in categories))


def plain(col):
    """The values of a column as `column` takes them; asserts the conventions for missing values on the way."""
    assert col.reason.dtype == np.int8
    assert col.values.dtype == DTYPES.get(col.kind, np.float64)
    assert col.values.shape == col.reason.shape
    out = []
    for value, reason in zip(col.values.tolist(), col.reason.tolist(), strict=True):
        if reason:
            filler = FILLERS.get(col.kind, np.nan)
            assert value == filler or (value != value and filler != filler)
            out.append(Missing(reason))
        elif col.kind is Kind.CATEGORICAL:
            out.append(col.categories[value].name)
        else:
            out.append(bool(value) if col.kind is Kind.BOOLEAN else value)
    return out


def values_of(kind, name):
    known = {
        Kind.NUMBER: st.integers(-2, 6).map(float),
        Kind.BOOLEAN: st.booleans(),
        Kind.CATEGORICAL: st.sampled_from(CATEGORIES.get(name, CODES)),
    }[kind]
    return st.one_of(known, known, st.sampled_from(REASONS))


def records_of(level):
    return st.fixed_dictionaries({name: values_of(kind, name) for name, kind in KINDS[level].items()})


@st.composite
def worlds(draw):
    """(households as records, persons as records in file order, DataScope); persons are not sorted by household."""
    households = draw(st.lists(records_of("household"), max_size=4))
    persons = []
    parent_row = []
    if households:
        rows = draw(st.lists(st.integers(0, len(households) - 1), max_size=8))
        for row in rows:
            persons.append(draw(records_of("person")))
            parent_row.append(row)
    for household in households:
        household |= {"down": {"person": []}, "up": {}}
    for row, person in zip(parent_row, persons, strict=True):
        person |= {"down": {}, "up": households[row]}
        households[row]["down"]["person"].append(person)
    levels = {
        "household": LevelData(len(households), columns_of("household", households)),
        "person": LevelData(
            len(persons), columns_of("person", persons), "household", np.array(parent_row, dtype=np.int64)
        ),
    }
    return households, persons, DataScope(levels, PARAMETERS)


def columns_of(level, records):
    return {
        name: column(kind, [record[name] for record in records], CATEGORIES.get(name, ()))
        for name, kind in KINDS[level].items()
    }
