"""Prints, for sections c to g of the methods, each published, package and constructed number beside ours.

python -m tests.demography.report_cf PATH_OF_THE_REFERENCE_FILES
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.demography import rows_c, rows_d, rows_e, rows_f, rows_g
from tests.demography.rows import Row

SOURCES = (rows_c.rows, rows_d.rows, rows_e.rows, rows_f.rows, rows_g.rows)


def all_rows(shared: Path) -> Iterator[Row]:
    for source in SOURCES:
        yield from source(shared)


def cells(row: Row) -> tuple[str, ...]:
    numbers = f"{row.largest():.2g}", f"{row.tolerance:.2g}"
    return row.section, row.name, row.kind, row.source, *numbers, "yes" if row.agrees() else "no", row.why


def report(rows: Iterable[Row]) -> str:
    head = ("section", "number", "kind", "source", "difference", "tolerance", "reproduced", "remark")
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(cells(row)) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    print(report(all_rows(Path(sys.argv[1]))))
