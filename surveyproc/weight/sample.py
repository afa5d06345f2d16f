"""What a step of the weights sees of a level, and what it is once prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import clean, column_at, rows_at
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import Calibration, Column, DerivedLevel, Missing
from surveyproc.values.weights import Cell, WeightLine, Weights
from surveyproc.weight.nonresponse import Roles

SHOWN = 5  # classes or totals that a message names


@dataclass(frozen=True, slots=True)
class Sample:
    """A level before a step. weight: (n), of the full sample; roles: (n), None before eligibility is known."""

    levels: Mapping[str, DerivedLevel]
    level: str
    weight: Weights
    roles: Roles | None
    place: Place  # of the step in the configuration

    @property
    def file(self) -> str:
        """The level's data file."""
        return self.levels[self.level].raw.info.path

    def column(self, name: str) -> Column:
        """A variable of the level or one above, on the level's rows."""
        return column_at(self.levels, self.level, name)

    def number(self, name: str) -> NDArray[np.float64]:
        """A column of the level's file, or of the nearest above that has it, as numbers (n); NaN where missing."""
        at = self.level
        while name not in self.levels[at].raw.columns:
            above = self.levels[at].parent
            assert above is not None, name
            at = above
        raw = self.levels[at].raw.columns[name]
        place = Place(self.levels[at].raw.info.path, level=at, variable=name)
        if raw.info.text:
            raise SurveyprocError([Problem("weight.base", place, "the column holds text", expected="numbers")])
        values = np.asarray(clean(raw), dtype=np.float64)
        rows = rows_at(self.levels, self.level, at)
        return values if rows is None else values[rows]

    def require(self, names: tuple[str, ...], rows: NDArray[np.bool_], what: str) -> None:
        """Every variable is known of some rows (n), else a problem for each that is not."""
        problems = []
        for name in dict.fromkeys(names):
            count = int((rows & ~self.column(name).known).sum())
            if count:
                where = Place(self.file, level=self.level, variable=name, cases=count)
                hint = "Derive a variable that gives them a category, or leave it out of the step."
                said = f"records have no value of {name}, which makes {what}"
                problems.append(Problem("weight.missing-class", where, said, hint=hint))
        if problems:
            raise SurveyprocError(problems)


def outside_only(column: Column) -> NDArray[np.bool_]:
    """Rows that have no value because the question was not theirs."""
    return np.asarray(column.reason == Missing.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step made ready on the full sample.

    apply: weights (n) or (n, R) before → after, without any memory; lines: of the full sample before and after.
    """

    apply: Callable[[Weights], Weights]
    detail: str = ""
    lines: Callable[[Weights, Weights], tuple[WeightLine, ...]] = field(default=lambda before, after: ())
    roles: Roles | None = None
    calibrations: tuple[Calibration, ...] = ()


def cell_text(cell: Cell) -> str:
    """A cell as messages name it."""
    return " × ".join(category for _, category in cell) or "all"


def members_text(members: tuple[Cell, ...]) -> str:
    """A class, joined ones by a plus."""
    return " + ".join(cell_text(cell) for cell in members)


def listed(names: list[str]) -> str:
    """The first names of a list and how many more."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def refuse(code: str, place: Place, what: str, *, got: str = "", expected: str = "", hint: str = "") -> SurveyprocError:
    """One problem as an error to raise."""
    return SurveyprocError([Problem(code, place, what, got=got, expected=expected, hint=hint)])
