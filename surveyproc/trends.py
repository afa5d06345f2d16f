"""Trends over several rounds from their estimates, the samples taken as independent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.changes import COMPARED, KEY, STATUSES, read_estimates, standing
from surveyproc.config.models.round import Period
from surveyproc.estimate.trend import linear_trend
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.store.names import MANIFEST

NUMBERS = ("trend", "se", "ci_low", "ci_high", "t", "df", "p_value")
DEPARTURE = ("departure", "departure_df", "departure_p")
TREND_COLUMNS = (*KEY, "rounds", "first", "last", *NUMBERS, *DEPARTURE, "status", "modules")


@dataclass(frozen=True, slots=True)
class Finished:
    """The estimates of a finished run (ESTIMATE_COLUMNS) and its period; time: the middle of the period in years."""

    estimates: pd.DataFrame
    period: str
    time: float


def read_runs(paths: Sequence[str | Path]) -> tuple[Finished, ...]:
    """Runs by their estimates.csv, each with the manifest beside it, the earliest first.

    Raises SurveyprocError with every file that is none of a run, every run without a period and every period that two
    runs have, and for fewer than two runs.
    """
    found: list[tuple[Finished, Path]] = []
    problems: list[Problem] = []
    for path in map(Path, paths):
        try:
            found.append((_finished(path), path))
        except SurveyprocError as error:
            problems += error.problems
    seen: dict[float, Path] = {}
    for run, path in found:
        other = seen.setdefault(run.time, path)
        if other is not path:
            what = f"the period of this run is that of {other.as_posix()} too"
            hint = "A trend needs runs of different periods; give each round once."
            problems.append(Problem("config.bad-value", Place(path.as_posix()), what, got=run.period, hint=hint))
    if len(paths) < 2:
        what, hint = "a trend needs two runs or more", "Name the estimates.csv of each."
        problems.append(Problem("config.bad-value", Place("RUN"), what, got=str(len(paths)), hint=hint))
    if problems:
        raise SurveyprocError(problems)
    return tuple(sorted((run for run, _ in found), key=lambda run: run.time))


def trends(runs: Sequence[Finished], *, confidence: float = 0.95) -> pd.DataFrame:
    """One row (TREND_COLUMNS) for each estimate of the latest run that an earlier one has too, in the latest's order.

    trend: change a year, in the unit of the estimates, by weighted least squares on time with weights 1/SE² (see
    `linear_trend`); right for samples drawn independently. Rounds that suppress the estimate or have no SE of it are
    left out; rounds: how many are used, first, last: the periods of the outer two. departure: χ² of the rounds from the
    line. Fewer than two: status as of `changes`, and no number. modules: the versions met, the earliest first.
    Comparisons within a round are left out. Raises ValueError unless 0 < confidence < 1 and runs differ in time.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    runs = sorted(runs, key=lambda run: run.time)
    time = np.array([run.time for run in runs])
    if len(runs) < 2 or not (np.diff(time) > 0).all():
        raise ValueError("a trend needs two runs or more, of different times")
    latest = runs[-1].estimates
    keys = pd.MultiIndex.from_frame(latest.loc[~latest["statistic"].isin(COMPARED), KEY])
    beside = [run.estimates.set_index(KEY).reindex(keys) for run in runs]
    has = np.array([keys.isin(pd.MultiIndex.from_frame(run.estimates[KEY])) for run in runs])
    value, se, df = (np.array([_numbers(side[name]) for side in beside]) for name in ("value", "se", "df"))
    columns = zip(beside, value, se, strict=True)
    place = np.array([standing(side["status"], side["shown"], v, s) for side, v, s in columns])
    place = np.where((place == 0) & ~(df > 0), 1, place)
    modules = np.array([side["module"].to_numpy(object) for side in beside])
    rows = []
    for k in np.flatnonzero(has.sum(axis=0) > 1).tolist():
        used = np.flatnonzero(place[:, k] == 0)
        line = astuple(linear_trend(time[used], value[used, k], se[used, k], df[used, k], level=confidence))
        numbers, departure = line[: len(NUMBERS)], line[len(NUMBERS) + 1 : -1]
        ends = (runs[used[0]].period, runs[used[-1]].period) if len(used) else ("", "")
        status = "ok" if len(used) > 1 else STATUSES[place[has[:, k], k].max()]
        met = " → ".join(dict.fromkeys(modules[has[:, k], k]))
        rows.append((*keys[k], len(used), *ends, *numbers, *departure, status, met))
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS))


def _finished(path: Path) -> Finished:
    estimates = read_estimates(path)
    beside = path.parent / MANIFEST
    try:
        period = Period.model_validate(json.loads(beside.read_bytes())["details"]["period"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        what = "the period of the run is not known"
        expected = f"{MANIFEST} of the run beside its estimates, with details: period: year"
        hint = "Name the estimates.csv where the run wrote it."
        problem = Problem("config.missing-key", Place(path.as_posix()), what, expected=expected, hint=hint)
        raise SurveyprocError([problem]) from None
    if period.month is not None:
        return Finished(estimates, f"{period.year}-{period.month:02}", period.year + (period.month - 0.5) / 12)
    if period.quarter is not None:
        return Finished(estimates, f"{period.year}-Q{period.quarter}", period.year + (period.quarter - 0.5) / 4)
    return Finished(estimates, str(period.year), period.year + 0.5)


def _numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
