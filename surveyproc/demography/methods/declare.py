"""What a demographic method declares of itself: inputs, results, choices and the function between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from surveyproc.demography.fit import Counts
from surveyproc.demography.numbers import Floats

Kind = Literal["count", "rate", "ratio", "years", "length"]
# Axes that take their categories from one list, so that a matrix is square and its zones have populations.
SAME_LIST = {"origin": "zone", "destination": "zone", "birthplace": "zone", "residence": "zone", "zone": "zone"}
UNITS: Mapping[Kind, Mapping[str, float]] = {
    "count": {"persons": 1.0, "thousand": 1e3, "million": 1e6},
    "rate": {"per_person": 1.0, "percent": 1e-2, "per_100": 1e-2, "per_1000": 1e-3, "per_100000": 1e-5},
    "ratio": {"ratio": 1.0, "percent": 1e-2},
    "years": {"years": 1.0},
    "length": {"km": 1.0},
}


@dataclass(frozen=True, slots=True)
class Input:
    """A table that a method needs. axes: its last axes in order; sign: whether figures below 0 can be.

    diagonal "ignored": cells from a zone to itself need not be there. ages "first": only the youngest groups.
    """

    name: str
    kind: Kind = "count"
    axes: tuple[str, ...] = ()
    need: Literal["required", "optional"] = "required"
    sign: Literal["positive", "any"] = "positive"
    diagonal: Literal["kept", "ignored"] = "kept"
    ages: Literal["all", "first"] = "all"


@dataclass(frozen=True, slots=True)
class Result:
    """A named result: its axes and the unit it is told in, a word of the catalogue (unit_…)."""

    name: str
    unit: str
    axes: tuple[str, ...] = ()
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class Axes:
    """Categories by list of categories, and of ages their lower ends and widths in years (inf where open)."""

    categories: Mapping[str, tuple[str, ...]]
    lower: Floats = field(default_factory=lambda: np.zeros(0))
    width: Floats = field(default_factory=lambda: np.zeros(0))

    def of(self, axis: str) -> tuple[str, ...]:
        """The categories of an axis."""
        return self.categories[SAME_LIST.get(axis, axis)]


Given = Mapping[str, Floats]
Made = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """A result (*axes) with the error of counting people by chance: variance, interval and values of `Fit`, alike."""

    value: Floats
    variance: Floats
    lower: Floats
    upper: Floats
    state: Counts


@dataclass(frozen=True, slots=True)
class Method:
    """A method. function(given, axes, choices): given by input name (..., *axes), results by name (..., *axes).

    It broadcasts over leading axes. A result named "state" (...) holds values of `Fit` for all results. fault: what
    forbids the method on these inputs, in words, "" for nothing. own_axes: categories of axes that the method brings
    itself, such as its estimators, from those of the inputs. error: where the standard error comes from; "counting":
    inputs are exact counts, and the method is applied to one cell of `by` at a time and gives `Counted` results.
    """

    name: str
    section: str
    inputs: tuple[Input, ...]
    results: tuple[Result, ...]
    function: Callable[[Given, Axes, Any], Made]
    source: str
    version: str = "1"
    fault: Callable[[Given, Axes, Any], str] = lambda given, axes, choices: ""
    own_axes: Callable[[Axes], Mapping[str, tuple[str, ...]]] = lambda axes: {}
    error: Literal["inputs", "counting"] = "inputs"

    @property
    def label(self) -> str:
        """Name and version, as the column `module` of estimates has it."""
        return f"{self.name}@{self.version}"


def along(value: Floats, axes: int = 1) -> Floats:
    """A scalar input (...) with axes of length 1 after it, so that it meets arrays whose last axes are the method's."""
    return np.asarray(value, dtype=np.float64).reshape(*np.shape(value), *[1] * axes)
