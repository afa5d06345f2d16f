"""The steps of a level's weights with every name settled and the known totals read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveyproc.config.models.weights import WeightStep
from surveyproc.problems import Place

CROSS = " × "


@dataclass(frozen=True, slots=True)
class MarginSpec:
    """A set of known totals: of categories of one variable or several crossed, or of a number (one cell, ()).

    level: the records counted; below the level that is weighted, they are counted within each of its records.
    """

    variables: tuple[str, ...]
    level: str
    cells: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Its name in the file of totals."""
        return CROSS.join(self.variables)

    @property
    def of_number(self) -> bool:
        """Whether it is the sum of a number and no count."""
        return self.cells == ((),)


@dataclass(frozen=True, slots=True)
class KnownTotals:
    """Known totals of a calibration. totals: category of the partition ("" without one) → for each margin one number
    a cell, in the order of its cells; places: (margin, cell, category of the partition) → line of the file."""

    margins: tuple[MarginSpec, ...]
    partition: str | None
    totals: Mapping[str, tuple[tuple[float, ...], ...]]
    places: Mapping[tuple[str, str, str], Place]
    shown: str  # the file as messages show it


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step: what the configuration says, where, and of a calibration its known totals."""

    model: WeightStep
    place: Place
    known: KnownTotals | None = None
