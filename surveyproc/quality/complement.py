"""Which further cells must go so that no suppressed cell can be worked out from the published ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from surveyproc.quality.relations import Relations, Sum

ZERO = 1e-9
AT_REST = 1e-6


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of a cell: `size` ranks the candidates, `slack` are distances from limits that readers know.

    slack holds the value (no less than 0) and for a proportion also 1 − value; a sum whose hidden members are all at
    the same limit gives them away. open is False for empty cells, which everybody knows to be empty.
    """

    size: float
    slack: tuple[float, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """Cells suppressed in addition → the cell that each protects, and the cells that nothing could protect."""

    added: Mapping[int, int]
    exposed: tuple[int, ...]


@dataclass(slots=True)
class _State:
    """The search: what is hidden so far and why."""

    relations: Relations
    cells: Sequence[Cell]
    hidden: set[int]
    sums_of: tuple[tuple[int, ...], ...]
    added: dict[int, int] = field(default_factory=dict)
    exposed: dict[int, None] = field(default_factory=dict)


def protect(relations: Relations, cells: Sequence[Cell], *, suppressed: Iterable[int]) -> Protection:
    """Suppress further cells until no suppressed one can be worked out from the published ones and the sums.

    Each time the candidate with the fewest cases goes; among equals the one that leaves the fewest other sums with a
    single hidden member, then a value above 0, then the smaller value, then the first. "Worked out" means exactly: by
    solving the sums, or because all hidden members of a sum are at a limit; intervals for hidden cells remain.
    """
    state = _State(relations, cells, set(suppressed), relations.by_node())
    while breaches := _breaches(state):
        touched: set[int] = set()  # sums that a cell was hidden in since the breaches were found
        for node, one in breaches:
            if touched.intersection(state.sums_of[node]):
                continue
            chosen = _candidate(state, node, one)
            if chosen is None:
                state.exposed[node] = None
            else:
                state.hidden.add(chosen)
                state.added[chosen] = state.added.get(node, node)
                touched.update(state.sums_of[chosen])
    return Protection(state.added, tuple(state.exposed))


def _breaches(state: _State) -> list[tuple[int, Sum]]:
    """Hidden cells that can be worked out, each with the sum in which to hide another one."""
    secret = [node for node in state.hidden if node not in state.exposed]
    unknown = {*secret, *range(state.relations.cells, state.relations.nodes)}
    found = _peel(state, unknown)
    if not found:
        found = [*_at_limit(state, unknown), *_solved(state, unknown)]
    return [(node, one) for node, one in found if node not in state.exposed]


def _peel(state: _State, unknown: set[int]) -> list[tuple[int, Sum]]:
    """Take out of `unknown` the unprinted margins that follow from a sum with nothing else unknown, again and again.

    Returns the suppressed cells that follow so.
    """
    found: list[tuple[int, Sum]] = []
    pending = list(range(len(state.relations.sums)))
    while pending:
        one = state.relations.sums[pending.pop()]
        missing = [node for node in one.nodes if node in unknown]
        if len(missing) != 1:
            continue
        node = missing[0]
        if node < state.relations.cells:
            found.append((node, one))
        else:
            unknown.discard(node)
            pending.extend(state.sums_of[node])
    return sorted(dict(reversed(found)).items())


def _at_limit(state: _State, unknown: set[int]) -> list[tuple[int, Sum]]:
    found: list[tuple[int, Sum]] = []
    for one in state.relations.sums:
        missing = [node for node in one.members if node in unknown]
        whole_known = one.whole is None or one.whole not in unknown
        if not missing or not whole_known or any(node >= state.relations.cells for node in missing):
            continue
        slacks = zip(*(state.cells[node].slack for node in missing), strict=True)
        if any(all(abs(slack) < ZERO for slack in at_limit) for at_limit in slacks):
            found.append((missing[0], one))
    return found


def _solved(state: _State, unknown: set[int]) -> list[tuple[int, Sum]]:
    """Cells that follow from several sums together: those at rest in every direction of the sums' null space."""
    found: list[tuple[int, Sum]] = []
    for nodes, sums in _components(state, unknown):
        position = {node: i for i, node in enumerate(nodes)}
        matrix = np.zeros((len(sums), len(nodes)))
        for row, one in enumerate(sums):
            for node in one.members:
                if node in position:
                    matrix[row, position[node]] = 1.0
            if one.whole in position:
                matrix[row, position[one.whole]] = -1.0
        # The null space of the sums is that of their Gram matrix, whose size is that of the unknowns alone.
        sizes, directions = np.linalg.eigh(matrix.T @ matrix)
        rests = np.linalg.norm(directions[:, sizes < ZERO], axis=1) < AT_REST
        settled = (node for node in nodes if rests[position[node]] and node < state.relations.cells)
        found.extend((node, state.relations.sums[state.sums_of[node][0]]) for node in settled)
    return found


def _components(state: _State, unknown: set[int]) -> list[tuple[list[int], list[Sum]]]:
    """Unknown nodes that hang together, with the sums that tie them; a node alone in no sum is left out."""
    components: list[tuple[list[int], list[Sum]]] = []
    left = set(unknown)
    for start in sorted(unknown):
        if start not in left:
            continue
        left.discard(start)
        nodes: list[int] = []
        used: dict[int, None] = {}
        pending = [start]
        while pending:
            node = pending.pop()
            nodes.append(node)
            for position in state.sums_of[node]:
                used[position] = None
                for other in state.relations.sums[position].nodes:
                    if other in left:
                        left.discard(other)
                        pending.append(other)
        if used:
            components.append((nodes, [state.relations.sums[position] for position in used]))
    return components


def _candidate(state: _State, node: int, one: Sum) -> int | None:
    """The cell to hide beside `node`: of the sum, else of any sum of the cell, else any cell at all."""
    own = [state.relations.sums[position] for position in state.sums_of[node]]
    for pool in (one.nodes, [n for each in own for n in each.nodes], range(state.relations.cells)):
        open_cells = [n for n in pool if n < state.relations.cells and n not in state.hidden and state.cells[n].open]
        if open_cells:
            return min(open_cells, key=lambda n: _cost(state, n))
    return None


def _cost(state: _State, node: int) -> tuple[float, int, bool, float, int]:
    cell = state.cells[node]
    alone = sum(
        not any(other in state.hidden for other in state.relations.sums[position].nodes)
        for position in state.sums_of[node]
    )
    return cell.size, alone, cell.slack[0] < ZERO, cell.slack[0], node
