"""Rows of the report on reproduced numbers: ours beside a published, package or constructed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

Kind = Literal["published", "package", "constructed"]


@dataclass(frozen=True)
class Row:
    """A set of numbers compared: ours with theirs, equal within a tolerance that is their printed precision.

    why: what the tolerance is, or why a number is not reproduced (reproduced is then False and the two must differ).
    """

    section: str
    name: str
    kind: Kind
    source: str
    ours: np.ndarray
    theirs: np.ndarray
    tolerance: float
    why: str = ""
    reproduced: bool = True

    def largest(self) -> float:
        """The largest difference; NaN of both sides in one place counts as equal."""
        ours, theirs = np.broadcast_arrays(np.asarray(self.ours, float), np.asarray(self.theirs, float))
        both = np.isnan(ours) & np.isnan(theirs)
        return float(np.max(np.where(both, 0.0, np.abs(ours - theirs)), initial=0.0))

    def agrees(self) -> bool:
        return self.largest() <= self.tolerance


Source = Callable[[Path], Iterator[Row]]
