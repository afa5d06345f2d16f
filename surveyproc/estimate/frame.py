"""What every pass over one design and its disaggregations shares: psus by stratum, rows by cell and psu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.sums import Floats, Ints, changes
from surveyproc.values import Design, Disaggregation, LonelyPsu


@dataclass(frozen=True, slots=True)
class Strata:
    """Psus in the order of their strata. stratum: (P), ascending; psus: (H), psus drawn; fpc: (H) or None."""

    stratum: Ints
    psus: Ints
    fpc: Floats | None
    lonely_psu: LonelyPsu

    @property
    def free(self) -> Floats:
        """1 − f of each stratum (H): the share of psus not drawn, 1 without a finite population correction."""
        if self.fpc is None:
            return np.ones(len(self.psus))
        return (self.fpc - self.psus) / self.fpc

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata (H) with a single psu that was not certain to be drawn; 1e-7 is R survey's limit of certainty."""
        alone: NDArray[np.bool_] = (self.psus == 1) & (self.free >= 1e-7)
        return alone


@dataclass(frozen=True, slots=True)
class Groups:
    """The pairs of cell and psu that hold rows, by cell then psu, and their rows (positions in psu order)."""

    name: str
    cells: tuple[str, ...]
    cell: Ints  # (G)
    psu: Ints  # (G)
    starts: Ints  # (G + 1), into rows
    rows: Ints  # (m)


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of a level in psu order. order: int64 (n), file row of each position, None where the file has that order."""

    strata: Strata
    order: Ints | None
    weight: Floats  # (n), in psu order
    filled: NDArray[np.bool_]  # (P), psus with a row
    weighted: NDArray[np.bool_]  # (P), psus with a weight above zero
    groups: tuple[Groups, ...]

    def arrange(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of the level in psu order."""
        return column if self.order is None else column[self.order]


def make_frame(design: Design, disaggregations: Sequence[Disaggregation]) -> Frame:
    """Sort the rows once by stratum and psu, and group them by cell and psu for each disaggregation."""
    by_stratum = np.argsort(design.psu_stratum, kind="stable")
    place = np.empty(len(by_stratum), dtype=np.int64)
    place[by_stratum] = np.arange(len(by_stratum))
    psu = place[design.psu]
    order = None if bool((psu[1:] >= psu[:-1]).all()) else np.argsort(psu, kind="stable")
    if order is not None:
        psu = psu[order]
    weight = design.weight if order is None else design.weight[order]
    size = len(by_stratum)
    strata = Strata(
        stratum=design.psu_stratum[by_stratum].astype(np.int64),
        psus=np.bincount(design.psu_stratum, minlength=len(design.strata)),
        fpc=design.fpc,
        lonely_psu=design.lonely_psu,
    )
    groups = tuple(_group(d, d.codes if order is None else d.codes[order], psu) for d in disaggregations)
    filled = np.bincount(psu, minlength=size) > 0
    weighted = np.bincount(psu[weight > 0], minlength=size) > 0
    return Frame(strata, order, weight, filled, weighted, groups)


def _group(disaggregation: Disaggregation, codes: NDArray[np.int32], psu: Ints) -> Groups:
    cells = len(disaggregation.cells)
    narrow = codes.astype(np.int16) if cells < 2**15 else codes  # 16 bits are sorted by radix
    rows = np.argsort(narrow, kind="stable")
    rows = rows[int((codes < 0).sum()) :]
    starts = changes(codes[rows], psu[rows])
    first = rows[starts[:-1]]
    return Groups(disaggregation.name, disaggregation.cells, codes[first].astype(np.int64), psu[first], starts, rows)
