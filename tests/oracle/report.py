"""Every row of R survey's reference beside ours; python -m tests.oracle.report FOLDER prints what became of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.combinations import covariances, lines
from tests.oracle.ledger import Ledger, all_of
from tests.oracle.quantile_reference import compare_quantiles
from tests.oracle.survey_reference import Report, compare


@dataclass(frozen=True, slots=True)
class Whole:
    """The reports behind one ledger of expected.csv, and the ledger of expected_vcov.csv."""

    smooth: Report
    quantiles: Report
    estimates: Ledger
    covariances: Ledger

    def __str__(self) -> str:
        worst = max(self.smooth.worst, self.quantiles.worst)
        parts = [f"expected.csv: {self.estimates}", f"largest relative difference of what agrees: {worst:.1e}"]
        return "\n\n".join([*parts, f"expected_vcov.csv: {self.covariances}"])


def report(folder: Path) -> Whole:
    """All rows of expected.csv and expected_vcov.csv in a folder of the reference."""
    smooth, quantiles = compare(folder), compare_quantiles(folder)
    rows = [*smooth.ledger.lines.values(), *quantiles.ledger.lines.values(), *lines(folder)]
    return Whole(smooth, quantiles, all_of(rows), all_of(covariances(folder)))


if __name__ == "__main__":
    found = report(Path(sys.argv[1]))
    print(found)
    sys.exit(bool(found.estimates.of("differs") or found.covariances.of("differs")))
