"""Records put together as persons by keys that they share, such as a document's number or a name with a birth date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse import csgraph

from surveyproc.demography.register_events import Ints


@dataclass(frozen=True, slots=True)
class Persons:
    """Persons of records (n,): codes 0 … persons − 1 in order of appearance.

    several: for each key, codes of persons with more than one value of it: a document renewed, a name in two spellings,
    or two persons taken for one. alone: rows without any key, each a person of its own.
    """

    person: Ints
    persons: int
    several: Mapping[str, Ints]
    alone: Ints


def linked_persons(keys: Mapping[str, ArrayLike]) -> Persons:
    """Records that share a value of any key are one person, and so are those that a third record joins.

    keys: name of a key → its values (n,); missing or "" joins nothing. A key must tell persons apart by itself: names
    without a birth date join strangers. Look at persons with several values before they are used; linkage that weighs
    keys which only nearly agree (Fellegi and Sunter 1969) is not done here. ValueError for no key, or unequal lengths.
    """
    codes = {}
    for name, given in keys.items():
        told = pd.Series(np.asarray(given, dtype=object))
        codes[name] = pd.factorize(told.mask(told.isin(["", None])))[0].astype(np.int64)
    if len({len(code) for code in codes.values()}) != 1:
        raise ValueError("keys of one length are needed, one at least")
    n = len(next(iter(codes.values())))
    rows, values, shift = [], [], n
    for code in codes.values():
        known = np.flatnonzero(code >= 0)
        rows.append(known)
        values.append(code[known] + shift)
        shift += int(code.max(initial=-1)) + 1
    row, value = np.concatenate(rows), np.concatenate(values)
    graph = sparse.coo_array((np.ones(len(row), np.bool_), (row, value)), shape=(shift, shift))
    labels = csgraph.connected_components(graph, directed=False)[1][:n]
    person = pd.factorize(labels)[0].astype(np.int64)
    several = {}
    for name, code in codes.items():
        pairs = np.unique(np.stack([person, code], axis=1)[code >= 0], axis=0)
        several[name] = np.flatnonzero(np.bincount(pairs[:, 0], minlength=1) > 1)
    alone = np.flatnonzero(np.logical_and.reduce([code < 0 for code in codes.values()]))
    return Persons(person, int(person.max(initial=-1)) + 1, several, alone)
