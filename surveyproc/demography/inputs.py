"""Tables that users give as arrays for methods, with every problem they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.numbers import Floats, floats, years_between
from surveyproc.problems import Place, Problem, Severity

# counts: not negative. net: any number. ratios: survival ratios, not negative.
Kind = Literal["counts", "net", "ratios"]
LONG_INTERVAL = 15.0
FAR_FROM_MULTIPLE = 0.02


@dataclass(frozen=True, slots=True)
class Cells:
    """Values of every combination of the labels of its axes, in order: axes[0] is the first axis of `values`."""

    axes: Mapping[str, tuple[str, ...]]
    values: Floats


def read_cells(
    frame: pd.DataFrame,
    axes: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    value: str,
    kind: Kind = "counts",
    absent: Literal["missing", "zero"] = "missing",
    file: str = "",
) -> tuple[Cells | None, tuple[Problem, ...]]:
    """The array of a long frame, a row a cell; None with every problem where there are any.

    axes: columns that name the cell, or for each the labels it must have, in order (else those found, in order of
    appearance). A cell that no row names, or whose value is missing, is missing: it is a problem unless `absent` says
    that such cells are zero, as tables without their empty cells have it; a row with a missing value always is one.
    """
    columns = [*axes, value]
    lost = [name for name in columns if name not in frame.columns]
    if lost:
        return None, (
            _problem(
                "column",
                file,
                lost[0],
                "a column is not in the table",
                got=_listed([str(c) for c in frame.columns]),
                expected=", ".join(lost),
            ),
        )
    numbers = pd.to_numeric(frame[value], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    labels = {name: frame[name].astype("string").str.strip() for name in axes}
    wanted = {
        name: tuple(str(label) for label in axes[name]) if isinstance(axes, Mapping) else tuple(found.dropna().unique())
        for name, found in labels.items()
    }
    codes = {name: pd.Index(wanted[name]).get_indexer(pd.Index(found)) for name, found in labels.items()}
    problems = [
        *_values(frame[value], numbers, labels, kind=kind, value=value, file=file),
        *_labels(labels, codes, wanted, file=file),
    ]
    inside = np.logical_and.reduce([code >= 0 for code in codes.values()])
    shape = tuple(len(names) for names in wanted.values())
    place = np.ravel_multi_index([code[inside] for code in codes.values()], shape) if inside.any() else np.zeros(0, int)
    times = np.bincount(place, minlength=int(np.prod(shape)))
    problems += _coverage(times.reshape(shape), wanted, value=value, file=file, absent=absent)
    if problems:
        return None, tuple(problems)
    values = np.full(times.shape, 0.0 if absent == "zero" else np.nan)
    values[place] = numbers[inside]
    return Cells(wanted, values.reshape(shape)), ()


def read_flows(
    frame: pd.DataFrame,
    *,
    origin: str,
    destination: str,
    value: str,
    zones: Sequence[str] | None = None,
    absent: Literal["missing", "zero"] = "missing",
    file: str = "",
) -> tuple[Cells | None, tuple[Problem, ...]]:
    """Flows (n, n), row = origin, of a long frame; zones in the order given, else of appearance as origins.

    Rows of a zone with itself may be absent: the diagonal is then 0, which no measure of migration reads.
    """
    named = [name for name in (origin, destination, value) if name not in frame.columns]
    if named:
        return read_cells(frame, [origin, destination], value=value, absent=absent, file=file)
    names = [frame[column].astype("string").str.strip() for column in (origin, destination)]
    order = list(zones) if zones is not None else list(dict.fromkeys(pd.concat(names).dropna()))
    present = set(names[0][names[0] == names[1]].dropna())
    own = [zone for zone in order if zone not in present]
    stayers = pd.DataFrame({origin: own, destination: own, value: 0.0})
    whole = pd.concat((frame[[origin, destination, value]].astype({value: object}), stayers), ignore_index=True)
    return read_cells(whole, {origin: order, destination: order}, value=value, absent=absent, file=file)


def check_interval(start: date, end: date, *, width: float, file: str = "") -> tuple[int, tuple[Problem, ...]]:
    """How many age groups of `width` years a cohort moves up between two censuses, and what speaks against it.

    An interval that is no multiple is an error, one above 15 years a warning; 0 where there is no interval.
    """
    if end <= start:
        return 0, (_problem("interval", file, "", "the second date is not after the first", got=f"{start} and {end}"),)
    years = years_between(start, end)
    steps = round(years / width)
    problems = []
    if steps < 1 or abs(years - steps * width) > FAR_FROM_MULTIPLE * width * max(steps, 1):
        problems.append(
            _problem(
                "interval",
                file,
                "",
                "the interval is no multiple of the width of the age groups",
                got=f"{years:.2f} years, groups of {width:g}",
                hint="Use single ages and sum cohorts (`grouped`), or take the second census to a date (`at_date`).",
            )
        )
    if years > LONG_INTERVAL:
        what = "a long interval: moves out and back, and deaths of migrants, are many"
        problems.append(_problem("interval", file, "", what, got=f"{years:.1f} years", severity=Severity.WARNING))
    return steps, tuple(problems)


def check_dates(dates: Sequence[date], *, width: float, file: str = "") -> tuple[Problem, ...]:
    """Populations at several dates must be as far apart as the age groups are wide, all of them alike."""
    found = []
    for start, end in pairwise(dates):
        steps, problems = check_interval(start, end, width=width, file=file)
        found += [problem for problem in problems if problem.severity is Severity.ERROR]
        if steps > 1 and not problems:
            what = "populations are further apart than one age group"
            found.append(_problem("interval", file, "", what, got=f"{start} and {end}", expected=f"{width:g} years"))
    return tuple(found)


def check_population(
    migrants: ArrayLike, population: ArrayLike, *, labels: Sequence[str], file: str = "", variable: str = ""
) -> tuple[Problem, ...]:
    """More migrants than people (A) by labels (A): most often a population in thousands or millions."""
    more = floats(migrants) > floats(population)
    if not more.any():
        return ()
    hint = "Give populations in the unit of the flows, persons, not thousands or millions."
    got = _listed([labels[int(i)] for i in np.flatnonzero(more)])
    return (_problem("scale", file, variable, "more migrants than people", got=got, hint=hint),)


def check_survival(
    ratios: ArrayLike,
    labels: Sequence[str],
    *,
    kind: Literal["life table", "census"],
    file: str = "",
    variable: str = "",
) -> tuple[Problem, ...]:
    """Survival ratios (..., A) by labels (A): missing, not above 0, above 1 (census ratios may be, up to 1.5)."""
    values = floats(ratios)
    if values.shape[-1] != len(labels):
        got, expected = f"{values.shape[-1]} ratios", f"{len(labels)}, one an age group of the population"
        return (_problem("survival", file, variable, "survival does not cover the ages", got=got, expected=expected),)
    flat = values.reshape(-1, len(labels))
    most = 1.0 if kind == "life table" else 1.5
    found = []
    for what, bad in (
        ("survival ratios are missing", np.isnan(flat)),
        ("survival ratios are not above 0", flat <= 0),
        (f"survival ratios of a {kind} above {most:g}", flat > most),
    ):
        if bad.any():
            got = _listed([labels[int(i)] for i in np.flatnonzero(bad.any(axis=0))])
            found.append(_problem("survival", file, variable, what, got=got, expected=f"between 0 and {most:g}"))
    return tuple(found)


def _values(
    given: pd.Series, numbers: Floats, labels: Mapping[str, pd.Series], *, kind: Kind, value: str, file: str
) -> Iterator[Problem]:
    def named(rows: NDArray[np.bool_]) -> str:
        return _listed([" × ".join(str(found.iloc[i]) for found in labels.values()) for i in np.flatnonzero(rows)])

    text = np.asarray(given.notna()) & np.isnan(numbers)
    if text.any():
        yield _problem("value", file, value, "values that are no numbers", got=named(text), cases=int(text.sum()))
    missing = np.asarray(given.isna())
    if missing.any():
        hint = "A missing cell is not zero: give the number, or leave the area or age out of the method."
        yield _problem(
            "missing", file, value, "cells without a value", got=named(missing), hint=hint, cases=int(missing.sum())
        )
    if np.isinf(numbers).any():
        yield _problem("value", file, value, "values that are not finite", got=named(np.isinf(numbers)))
    negative = (numbers < 0) & (kind != "net")
    if negative.any():
        what = "negative counts" if kind == "counts" else "negative ratios"
        yield _problem(
            "negative", file, value, what, got=named(negative), expected="0 or more", cases=int(negative.sum())
        )


def _labels(
    labels: Mapping[str, pd.Series],
    codes: Mapping[str, NDArray[np.intp]],
    wanted: Mapping[str, Sequence[str]],
    *,
    file: str,
) -> Iterator[Problem]:
    for name, found in labels.items():
        blank = np.asarray(found.isna())
        if blank.any():
            yield _problem(
                "label", file, name, "rows without a label", cases=int(blank.sum()), expected="a label in every row"
            )
        other = list(dict.fromkeys(found[(codes[name] < 0) & ~blank]))
        if other:
            yield _problem(
                "label",
                file,
                name,
                "labels that the method does not have",
                got=_listed(other),
                expected=_listed(wanted[name]),
            )


def _coverage(
    times: NDArray[np.int64], wanted: Mapping[str, Sequence[str]], *, value: str, file: str, absent: str
) -> Iterator[Problem]:
    names = list(wanted.values())

    def cells(bad: NDArray[np.bool_]) -> str:
        return _listed([" × ".join(axis[i] for axis, i in zip(names, at, strict=True)) for at in np.argwhere(bad)])

    if (times > 1).any():
        hint = "Sum them first if they are parts of one cell."
        yield _problem(
            "duplicate",
            file,
            value,
            "cells that stand twice",
            got=cells(times > 1),
            hint=hint,
            cases=int((times > 1).sum()),
        )
    if absent == "missing" and (times == 0).any():
        hint = "A missing cell is not zero; if the table leaves out its zeros, say absent: zero."
        yield _problem(
            "missing",
            file,
            value,
            "cells that no row names",
            got=cells(times == 0),
            hint=hint,
            cases=int((times == 0).sum()),
        )


def _problem(
    code: str,
    file: str,
    variable: str,
    what: str,
    *,
    got: str = "",
    expected: str = "",
    hint: str = "",
    cases: int | None = None,
    severity: Severity = Severity.ERROR,
) -> Problem:
    where = Place(file=file, variable=variable, cases=cases)
    return Problem(f"demography.{code}", where, what, got=got, expected=expected, hint=hint, severity=severity)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(str(name) for name in list(names)[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
