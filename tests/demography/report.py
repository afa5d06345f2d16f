"""What is known of each reference number: reproduced, or why not. Run: python -m tests.demography.report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["published", "package", "formula", "constructed"]


@dataclass(frozen=True)
class Row:
    """Numbers of ours beside those of a reference, and how far apart they may be."""

    what: str
    ours: ArrayLike
    theirs: ArrayLike
    within: float = 0.0
    relative: float = 0.0

    @property
    def apart(self) -> float:
        ours, theirs = np.asarray(self.ours, dtype=float), np.asarray(self.theirs, dtype=float)
        assert ours.shape == theirs.shape, f"{self.what}: {ours.shape} beside {theirs.shape}"
        assert (np.isnan(ours) == np.isnan(theirs)).all(), f"{self.what}: missing at different places"
        assert not np.isnan(ours).all(), f"{self.what}: nothing to compare"
        return float(np.nanmax(np.abs(ours - theirs) - self.relative * np.abs(theirs)))

    @property
    def agrees(self) -> bool:
        return self.apart <= self.within


@dataclass(frozen=True)
class Item:
    """A reference: its method, where its numbers are from, the files that hold them, and the comparison.

    verdict: "reproduced", or what of it is not, and why.
    """

    method: str
    name: str
    kind: Kind
    rows: Callable[[Path], Sequence[Row]]
    files: tuple[str, ...] = ()
    verdict: str = "reproduced"


def printed(digits: int) -> float:
    """Half a unit of the last of so many printed decimals, and rounding of binary numbers."""
    return 0.5 * 10.0**-digits * (1 + 1e-9) + 1e-12


def items() -> list[Item]:
    """Every reference of measures and net migration."""
    from tests.demography import cases_flows, cases_measures, cases_net, cases_residual

    return [*cases_measures.ITEMS, *cases_flows.ITEMS, *cases_net.ITEMS, *cases_residual.ITEMS]


def table(folder: Path) -> list[str]:
    """A line an item: method, name, kind, how many numbers agree, verdict."""
    lines = []
    for item in items():
        if item.files and not folder.is_dir():
            lines.append(f"{item.method:14} {item.name:60} {item.kind:11} files are not here")
            continue
        rows = item.rows(folder)
        agreed = sum(np.size(row.ours) for row in rows if row.agrees)
        total = sum(np.size(row.ours) for row in rows)
        lines.append(f"{item.method:14} {item.name:60} {item.kind:11} {agreed:5}/{total:<5} {item.verdict}")
    return lines


if __name__ == "__main__":
    from tests.demography import report_cf

    shared = Path(__file__).parents[3] / "shared"
    sys.stdout.write("\n".join(table(shared / "reference" / "demography")) + "\n")
    sys.stdout.write(report_cf.report(report_cf.all_rows(shared)) + "\n")
