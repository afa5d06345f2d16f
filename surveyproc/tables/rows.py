"""The rows of a table: the total, backgrounds with their categories, crossings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from surveyproc.tables.cells import Index, Where
from surveyproc.tables.columns import Vocabulary

CROSS = " × "
TOTAL: Where = ("total", "")


@dataclass(frozen=True, slots=True)
class Line:
    """A row before its cells are made; a heading is about no estimate."""

    label: str
    kind: str
    indent: int
    where: Where | None


def lines(rows: Iterable[tuple[str, ...]], index: Index, said: Vocabulary) -> Iterator[Line]:
    """The rows of a plan: () is the total, (a,) a background, (a, b) a crossing.

    Cells come in the order of the variable's categories; a category that the estimates do not have is left out.
    """
    for variables in rows:
        if not variables:
            yield Line(said.words["total"], "total", 0, TOTAL)
        elif len(variables) == 1:
            yield Line(said.variable(variables[0]), "heading", 0, None)
            yield from _categories(variables[0], index, said)
        else:
            yield Line(CROSS.join(said.variable(name) for name in variables), "heading", 0, None)
            yield from _crossing(variables[0], variables[1], index, said)


def cell_label(domain: str, cell: str, said: Vocabulary) -> str:
    """A cell in words: "Area: Urban", crossings joined; of the total its word."""
    if domain == TOTAL[0]:
        return said.words["total"]
    pairs = zip(domain.split(CROSS), cell.split(CROSS), strict=True)
    return CROSS.join(f"{said.variable(variable)}: {said.category(variable, name)}" for variable, name in pairs)


def _categories(variable: str, index: Index, said: Vocabulary) -> Iterator[Line]:
    for name in said.ordered(variable, index.cells.get(variable, ())):
        yield Line(said.category(variable, name), "body", 1, (variable, name))


def _crossing(first: str, second: str, index: Index, said: Vocabulary) -> Iterator[Line]:
    domain = f"{first}{CROSS}{second}"
    found: dict[str, dict[str, None]] = {}
    for cell in index.cells.get(domain, ()):
        upper, _, lower = cell.partition(CROSS)
        found.setdefault(upper, {})[lower] = None
    for upper in said.ordered(first, tuple(found)):
        yield Line(said.category(first, upper), "heading", 1, None)
        for lower in said.ordered(second, tuple(found[upper])):
            yield Line(said.category(second, lower), "body", 2, (domain, f"{upper}{CROSS}{lower}"))
