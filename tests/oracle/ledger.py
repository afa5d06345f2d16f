"""What became of each row of a table of another program's figures, and how that reads as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["agrees", "value only", "no value", "explained", "differs", "not offered"]
HEADS: Mapping[Outcome, str] = {
    "agrees": "agrees in every figure",
    "value only": "value agrees, precision withheld by status",
    "no value": "no value on either side",
    "explained": "agrees but for a figure where the other program is known to go astray",
    "differs": "differs",
    "not offered": "not offered, or the other program stops",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file, what it is, what became of it and, unless all agrees, why."""

    at: int
    design: str
    statistic: str
    outcome: Outcome
    why: str = ""
    figures: int = 0  # compared one by one


@dataclass(slots=True)
class Ledger:
    """Every row once."""

    lines: dict[int, Line] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Enter a row. Raises ValueError where it is entered already."""
        if line.at in self.lines:
            raise ValueError(f"row {line.at} is entered twice")
        self.lines[line.at] = line

    def of(self, outcome: Outcome) -> list[Line]:
        """The rows of one outcome, in the order of the file."""
        return sorted((line for line in self.lines.values() if line.outcome == outcome), key=lambda line: line.at)

    def reasons(self, outcome: Outcome) -> dict[str, int]:
        """Why, and of how many rows."""
        return dict(Counter(line.why for line in self.of(outcome)).most_common())

    def table(self) -> list[str]:
        """Design × statistic: rows that agree / all rows, and what else there is."""
        cells: dict[tuple[str, str], Counter[Outcome]] = {}
        for line in self.lines.values():
            cells.setdefault((line.design, line.statistic), Counter())[line.outcome] += 1
        statistics = list(dict.fromkeys(line.statistic for _, line in sorted(self.lines.items())))
        designs = list(dict.fromkeys(line.design for _, line in sorted(self.lines.items())))
        width = max(len(name) for name in designs)
        lines = [" ".join([f"{'design':{width}}", *(f"{name:>14}" for name in statistics)])]
        for design in designs:
            words = [_word(cells.get((design, statistic))) for statistic in statistics]
            lines.append(" ".join([f"{design:{width}}", *(f"{word:>14}" for word in words)]))
        return lines

    def __str__(self) -> str:
        parts = ["rows compared and agreeing / rows", "", *self.table(), ""]
        for outcome, head in HEADS.items():
            lines = self.of(outcome)
            parts.append(f"{len(lines):6,} {head}")
            if outcome not in ("agrees", "differs"):
                parts += [f"         {count:6,} {why}" for why, count in self.reasons(outcome).items()]
        parts += [f"row {line.at + 2}: {line.design} {line.why}" for line in self.of("differs")]
        return "\n".join(parts)


def _word(found: Counter[Outcome] | None) -> str:
    if not found:
        return ""
    settled = sum(found[o] for o in ("agrees", "value only", "no value", "explained"))
    return f"{settled}/{found.total()}" + ("!" if found["differs"] else "")


def all_of(lines: Iterable[Line]) -> Ledger:
    """A ledger of lines."""
    ledger = Ledger()
    for line in lines:
        ledger.add(line)
    return ledger
