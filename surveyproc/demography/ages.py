"""Age groups as they are written in tables: read, and checked to cover all ages once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveyproc.demography.numbers import Floats
from surveyproc.problems import Place, Problem

_RANGE = re.compile(r"(\d+)\s*(?:-{1,2}|–|—|to)\s*(\d+)")
_OPEN = re.compile(r"(\d+)\s*(?:\+|and (?:over|older|above)|и (?:старше|более))", re.IGNORECASE)
_UNDER = re.compile(r"(?:under|до)\s+(\d+)", re.IGNORECASE)
_SINGLE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Ages:
    """Age groups in ascending order: labels as written, lower ends and widths (A), of an open group inf."""

    labels: tuple[str, ...]
    lower: Floats
    width: Floats

    @property
    def open(self) -> bool:
        """Whether the last group has no upper end."""
        return bool(np.isinf(self.width[-1]))


def parse_age(label: str) -> tuple[float, float] | None:
    """Lower end and width of "0-4", "5–9", "15", "Under 5", "80+" or "80 and over"; None for anything else."""
    text = str(label).strip()
    if match := _RANGE.fullmatch(text):
        low, high = float(match[1]), float(match[2])
        return (low, high - low + 1.0) if high >= low else None
    if match := _OPEN.fullmatch(text):
        return float(match[1]), np.inf
    if match := _UNDER.fullmatch(text):
        return (0.0, float(match[1])) if float(match[1]) > 0 else None
    return (float(text), 1.0) if _SINGLE.fullmatch(text) else None


def read_ages(
    labels: Sequence[str], *, where: Place, first: float | None = 0.0, width: float | None = None, open_end: bool = True
) -> tuple[Ages | None, tuple[Problem, ...]]:
    """Age groups of labels in any order; None with every problem where they do not cover the ages once.

    first: the age at which they must begin (None: any). width: the width that closed groups must have (None: any).
    open_end: whether the last group must be open; where it need not be, it may.
    """
    parsed = [(parse_age(label), str(label)) for label in labels]
    unread = [label for ages, label in parsed if ages is None]
    if unread:
        return None, (
            _problem(
                where, "some labels are no age groups", got=_listed(unread), expected='such as "0-4", "15", "80+"'
            ),
        )
    known = sorted((ages, label) for ages, label in parsed if ages is not None)
    lower, widths = (np.array([ages[i] for ages, _ in known], dtype=np.float64) for i in (0, 1))
    names = tuple(label for _, label in known)
    problems = tuple(_faults(names, lower, widths, where=where, first=first, width=width, open_end=open_end))
    return (None, problems) if problems else (Ages(names, lower, widths), ())


def _faults(
    names: Sequence[str],
    lower: Floats,
    widths: Floats,
    *,
    where: Place,
    first: float | None,
    width: float | None,
    open_end: bool,
) -> list[Problem]:
    found = []
    if first is not None and lower[0] != first:
        found.append(_problem(where, "the ages do not begin where they must", got=names[0], expected=f"age {first:g}"))
    upper = lower + widths
    for i in range(len(names) - 1):
        if upper[i] != lower[i + 1]:
            what = "age groups overlap" if upper[i] > lower[i + 1] else "ages between two groups are missing"
            found.append(_problem(where, what, got=f"{names[i]}, then {names[i + 1]}", expected="groups that adjoin"))
    if open_end and np.isfinite(upper[-1]):
        hint = "Add the people above the last group as an open one."
        found.append(
            _problem(where, "the last age group is not open", got=names[-1], expected='such as "80+"', hint=hint)
        )
    closed = np.isfinite(widths) if width is not None else np.zeros(len(names), dtype=np.bool_)
    wrong = [name for name, is_closed, size in zip(names, closed, widths, strict=True) if is_closed and size != width]
    if wrong:
        hint = "Sum single ages, or use a life table `in_groups`."
        found.append(
            _problem(where, "age groups of another width", got=_listed(wrong), expected=f"{width:g} years", hint=hint)
        )
    return found


def _problem(where: Place, what: str, *, got: str, expected: str, hint: str = "") -> Problem:
    return Problem("demography.ages", where, what, got=got, expected=expected, hint=hint)


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(str(label) for label in labels[:5])
    return shown if len(labels) <= 5 else f"{shown} and {len(labels) - 5} more"
