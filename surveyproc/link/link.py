"""Ties the levels of a round by keys: unique, complete, orphans counted both ways under a stated policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveyproc.link.keys import key_problems, match_codes, row_codes
from surveyproc.problems import Collector, Place, Problem, Severity, counted
from surveyproc.values import LinkedLevel, LinkedRound, RawFile, RawRound


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """What to do with records whose parent is not there, parents without records, and several records of a parent."""

    orphans: str = "fail"
    at_most: int | None = None
    childless_parents: str = "allow"
    several: str = "allow"


def link_round(
    raw: RawRound,
    keys: Mapping[str, tuple[str, ...]],
    parents: Mapping[str, str | None],
    policies: Mapping[str, LinkPolicy],
) -> tuple[LinkedRound | None, tuple[Problem, ...]]:
    """Link all levels, parents first. A key of a child starts with the columns that hold its parent's key.

    None where keys cannot be compared at all. With other errors the levels are tied as far as they can be (orphans left
    out), so that later checks can go on; whoever estimates must stop on errors first.
    """
    problems = Collector()
    levels: dict[str, LinkedLevel] = {}
    unsure: set[str] = set()  # levels whose keys are not whole, so that nobody can tell who is an orphan
    tied = True
    for level in sorted(raw.files, key=lambda name: _depth(name, parents)):
        file = raw.files[level]
        parent = parents.get(level)
        above = levels.get(parent) if parent else None
        key = keys.get(level, ())
        faults = key_problems(file, key)
        problems.extend(faults)
        if faults:
            unsure.add(level)
        if key and not faults:
            _check_unique(file, key, problems)
        if above is None:
            levels[level] = LinkedLevel(level, file, file.rows)
            tied = tied and not faults
            continue
        attached = None
        if above.name not in unsure and not faults:
            attached = _attach(file, key, above, keys[above.name], policies.get(level), problems)
        tied = tied and attached is not None
        levels[level] = attached or LinkedLevel(level, file, file.rows)
    return LinkedRound(levels) if tied else None, tuple(problems.problems)


def _depth(level: str, parents: Mapping[str, str | None]) -> int:
    depth, at = 0, parents.get(level)
    while at is not None and depth < len(parents):
        depth, at = depth + 1, parents.get(at)
    return depth


def _check_unique(file: RawFile, key: tuple[str, ...], problems: Collector) -> None:
    codes = row_codes(file, key)
    order = np.argsort(codes, kind="stable")
    same = codes[order][1:] == codes[order][:-1]
    if not same.any():
        return
    rows = np.flatnonzero(np.concatenate([[False], same]) | np.concatenate([same, [False]]))
    places = np.sort(order[rows])[:5] + 1
    problems.add(
        Problem(
            "link.duplicate-key",
            Place(file.info.path, level=file.level, variable=", ".join(key), cases=len(rows)),
            f"records share a key with another record; the first are rows {', '.join(str(r) for r in places)}",
            expected="one record a key",
            hint="Mend the data, or add the column that tells the records apart to the key.",
        )
    )


def _attach(
    file: RawFile,
    key: tuple[str, ...],
    above: LinkedLevel,
    parent_key: tuple[str, ...],
    chosen: LinkPolicy | None,
    problems: Collector,
) -> LinkedLevel | None:
    policy = chosen or LinkPolicy()
    codes = match_codes(file, key[: len(parent_key)], above.raw, parent_key)
    if isinstance(codes, list):
        problems.extend(codes)
        return None
    child, parent = codes
    parent_row = np.full(int(max(child.max(initial=-1), parent.max(initial=-1))) + 1, -1, dtype=np.int64)
    parent_row[parent] = np.arange(above.rows)
    rows = parent_row[child]
    orphans = int((rows < 0).sum())
    childless = above.rows - len(np.unique(rows[rows >= 0]))
    place = Place(file.info.path, level=file.level, variable=", ".join(key[: len(parent_key)]), cases=orphans)
    _report_childless(file, above, childless, policy, problems)
    if policy.several == "fail":
        _report_several(rows, above, place, problems)
    too_many = policy.orphans == "fail" or (policy.at_most is not None and orphans > policy.at_most)
    if orphans and too_many:
        limit = f"at most {policy.at_most}" if policy.orphans == "drop" else f"each {file.level} in one {above.name}"
        problems.add(
            Problem(
                "link.orphan",
                place,
                f"records have no {above.name} record",
                expected=limit,
                hint=f"Mend the keys, or say links: {{{file.level}: {{orphans: drop, at_most: {orphans}}}}}.",
            )
        )
    if not orphans:
        return LinkedLevel(file.level, file, file.rows, parent=above.name, parent_row=rows)
    if not too_many:
        what = f"records without a {above.name} record are dropped"
        problems.add(Problem("link.orphan", place, what, severity=Severity.WARNING))
    keep = rows >= 0
    kept = _keep(file, keep)
    return LinkedLevel(file.level, kept, kept.rows, parent=above.name, parent_row=rows[keep], dropped=orphans)


def _report_childless(
    file: RawFile, above: LinkedLevel, childless: int, policy: LinkPolicy, problems: Collector
) -> None:
    if not childless:
        return
    severe = policy.childless_parents == "fail"
    problems.add(
        Problem(
            "link.childless",
            Place(above.raw.info.path, level=above.name, cases=childless),
            f"{above.name} records have no {file.level} record",
            expected=f"at least one {file.level} each" if severe else "",
            severity=Severity.ERROR if severe else Severity.INFO,
        )
    )


def _report_several(rows: NDArray[np.int64], above: LinkedLevel, place: Place, problems: Collector) -> None:
    counts = np.bincount(rows[rows >= 0], minlength=1)
    too_many = int((counts > 1).sum())
    if too_many:
        problems.add(
            Problem(
                "link.several",
                replace(place, cases=int(counts[counts > 1].sum())),
                f"several {place.level} records of one {above.name}, in {counted(too_many, above.name)}",
                expected=f"one {place.level} a {above.name} at most, for the module says repeat: false",
            )
        )


def _keep(file: RawFile, keep: NDArray[np.bool_]) -> RawFile:
    columns = {
        name: replace(
            column, values=column.values[keep], letters=None if column.letters is None else column.letters[keep]
        )
        for name, column in file.columns.items()
    }
    return replace(file, rows=int(keep.sum()), columns=columns)
