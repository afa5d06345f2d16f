"""The sums that tie the cells of one indicator: cells of a disaggregation to their total, categories to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from surveyproc.values import ALL, ARROW

CROSS = " × "

Key = tuple[str, str, str]  # category, domain, cell
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Sum:
    """Members that add up to `whole`; whole is None where it is known to everybody (the shares of a distribution)."""

    members: tuple[int, ...]
    whole: int | None

    @property
    def nodes(self) -> tuple[int, ...]:
        """Members and whole."""
        return self.members if self.whole is None else (*self.members, self.whole)


@dataclass(frozen=True, slots=True)
class Relations:
    """Nodes 0..K-1 are the cells given, in order; further ones are margins that are not printed anywhere."""

    cells: int
    nodes: int
    sums: tuple[Sum, ...]

    def by_node(self) -> tuple[tuple[int, ...], ...]:
        """For each node the positions of the sums that it is in."""
        found: list[list[int]] = [[] for _ in range(self.nodes)]
        for position, one in enumerate(self.sums):
            for node in one.nodes:
                found[node].append(position)
        return tuple(tuple(positions) for positions in found)


def relations(cells: Iterable[Key], *, distribution: str) -> Relations:
    """The sums among the cells of one indicator.

    A disaggregation is taken to be a partition of the whole, a crossing of each of its margins; a margin that is not
    among the cells becomes a further node, because readers can still work it out. distribution: "shares" where the
    categories of a cell add up to a known whole, "flows" and "flow_shares" where they are those of a matrix of flows,
    else "none". The relations are those of weighted counts: of a proportion, they hold for the share times the weighted
    base of its cell.
    """
    number: dict[Key, int] = {key: position for position, key in enumerate(cells)}
    given = len(number)
    sums: list[Sum] = []
    pending = list(dict.fromkeys((category, domain) for category, domain, _ in number))
    seen = set(pending)
    inside: dict[tuple[str, str], dict[str, None]] = {}
    for category, domain, cell in number:
        inside.setdefault((category, domain), {})[cell] = None
    while pending:
        category, domain = pending.pop(0)
        for margin, wholes in _margins(domain, inside[category, domain]):
            for whole, members in wholes.items():
                top = number.setdefault((category, margin, whole), len(number))
                sums.append(Sum(tuple(number[category, domain, cell] for cell in members), top))
                inside.setdefault((category, margin), {})[whole] = None
            if (category, margin) not in seen:
                seen.add((category, margin))
                pending.append((category, margin))
    if distribution == "shares":
        together: dict[tuple[str, str], list[int]] = {}
        for (_, domain, cell), node in number.items():
            together.setdefault((domain, cell), []).append(node)
        sums.extend(Sum(tuple(nodes), None) for nodes in together.values())
    if distribution in ("flows", "flow_shares"):
        places: dict[tuple[str, str], dict[str, int]] = {}
        for (category, domain, cell), node in number.items():
            places.setdefault((domain, cell), {})[category] = node
        for nodes in places.values():
            sums.extend(_flow_sums(nodes) if distribution == "flows" else _flow_shares(nodes))
    return Relations(given, len(number), tuple(sums))


def _pairs(nodes: Mapping[str, int]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Pairs of flows by origin and by destination, margins left out; each with the pairs of movers only."""
    by_origin: dict[str, list[int]] = {}
    by_destination: dict[str, list[int]] = {}
    for category, node in nodes.items():
        origin, arrow, destination = category.partition(ARROW)
        if arrow and ALL not in (origin, destination):
            by_origin.setdefault(origin, []).append(node)
            by_destination.setdefault(destination, []).append(node)
    return by_origin, by_destination


def _flow_shares(nodes: Mapping[str, int]) -> Iterator[Sum]:
    origins: dict[str, list[int]] = {}
    for category, node in nodes.items():
        origins.setdefault(category.partition(ARROW)[0], []).append(node)
    yield from (Sum(tuple(members), None) for members in origins.values())


def _flow_sums(nodes: Mapping[str, int]) -> Iterator[Sum]:
    """Margins of a matrix of flows, and what came, went, stayed net and moved in all."""
    by_origin, by_destination = _pairs(nodes)
    everyone = nodes[f"{ALL}{ARROW}{ALL}"]
    for name, members in by_origin.items():
        yield Sum(tuple(members), nodes[f"{name}{ARROW}{ALL}"])
    for name, members in by_destination.items():
        yield Sum(tuple(members), nodes[f"{ALL}{ARROW}{name}"])
        came, went = nodes[f"in: {name}"], nodes[f"out: {name}"]
        stayed = nodes.get(f"{name}{ARROW}{name}")
        yield Sum(tuple(node for node in members if node != stayed), came)
        if name in by_origin:
            yield Sum(tuple(node for node in by_origin[name] if node != stayed), went)
        yield Sum((came, went), nodes[f"gross: {name}"])
        yield Sum((nodes[f"net: {name}"], went), came)
    yield Sum(tuple(nodes[f"{name}{ARROW}{ALL}"] for name in by_origin), everyone)
    yield Sum(tuple(nodes[f"{ALL}{ARROW}{name}"] for name in by_destination), everyone)
    yield Sum(tuple(nodes[f"in: {name}"] for name in by_destination), nodes["moved"])


def _margins(domain: str, cells: Iterable[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Each margin of a disaggregation with its cells and the cells under them; none of the total."""
    if domain == TOTAL:
        return
    variables = domain.split(CROSS)
    for left_out in range(len(variables)):
        margin = CROSS.join(v for i, v in enumerate(variables) if i != left_out) or TOTAL
        wholes: dict[str, list[str]] = {}
        for cell in cells:
            values = cell.split(CROSS)
            whole = CROSS.join(v for i, v in enumerate(values) if i != left_out)
            wholes.setdefault(whole, []).append(cell)
        yield margin, wholes
