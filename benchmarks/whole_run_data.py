"""A synthetic SPSS file of persons for benchmarks/whole_run.py: clustered answers, don't know and refused declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
from numpy.typing import NDArray

REGIONS, PSUS, HOUSEHOLDS, MEMBERS = 17, 1200, 10, 5  # psus in all, households a psu, members a household
ROWS = PSUS * HOUSEHOLDS * MEMBERS
COLUMNS = 200
DK, REFUSED = 0.015, 0.005
YES_NO = {  # column: (share of yes, who is asked)
    "P15": (0.6, "workers"), "P16": (0.85, "all"), "P17": (0.9, "all"), "P18": (0.12, "adults"),
    "P19": (0.25, "adults"), "P22": (0.08, "adults"), "P27": (0.2, "all"), "P28": (0.6, "all"), "P29": (0.6, "all"),
    "P30": (0.5, "all"), "P31": (0.2, "all"), "P32": (0.4, "all"), "P33": (0.8, "all"), "P34": (0.05, "all"),
}  # fmt: skip
PLACE = (0.62, 0.18, 0.13, 0.07)
CODED = {  # column: (shares of codes, first code, who is asked)
    "P05": (PLACE, 1, "all"),
    "P06": ((0.97, 0.025, 0.005), 1, "all"),
    "P07": ((0.86, 0.06, 0.06, 0.02), 1, "age5"),
    "P08": ((0.96, 0.02, 0.015, 0.005), 1, "age1"),
    "P10": ((0.25, 0.12, 0.18, 0.2, 0.1, 0.1, 0.05), 1, "movers"),
    "P11": ((0.08, 0.15, 0.2, 0.25, 0.17, 0.15), 0, "age5"),
    "P23": (PLACE, 1, "all"),
    "P24": (PLACE, 1, "all"),
    "P25": ((0.6, 0.3, 0.1), 1, "all"),
    "P26": ((0.3, 0.55, 0.15), 1, "adults"),
    "P35": ((0.25, 0.2, 0.4, 0.15), 1, "all"),
}
Floats = NDArray[np.floating[Any]]


def write(path: Path, *, seed: int = 7) -> None:
    """Write ROWS persons in COLUMNS columns: 40 that the round reads and fillers between them."""
    rng = np.random.default_rng(seed)
    data, missing = _answers(rng)
    fillers = _fillers(rng, COLUMNS - len(data))
    mixed: dict[str, Any] = {}
    every = max(1, len(fillers) // len(data))
    spare = iter(fillers.items())
    for name, values in data.items():
        mixed[name] = values
        mixed.update(pair for _, pair in zip(range(every), spare, strict=False))
    mixed.update(spare)
    formats = dict.fromkeys(data, "F8.0") | {"PERW": "F12.6", "P14": "F12.2", "P20": "F12.2"}
    labels = {name: f"Question {name}" for name in mixed}
    pyreadstat.write_sav(
        pd.DataFrame(mixed),
        str(path),
        column_labels=labels,
        missing_ranges=missing,
        variable_format=formats,
        row_compress=True,
    )


def _answers(rng: np.random.Generator) -> tuple[dict[str, Floats], dict[str, list[Any]]]:
    household = np.arange(PSUS * HOUSEHOLDS).repeat(MEMBERS)
    psu = household // HOUSEHOLDS
    stratum = (psu * 2 * REGIONS) // PSUS
    weight = rng.gamma(8, 40, 2 * REGIONS)[stratum] * rng.gamma(20, 0.05, PSUS * HOUSEHOLDS)[household]
    data: dict[str, Floats] = {
        "HHID": household + 1.0,
        "LN": np.tile(np.arange(1.0, MEMBERS + 1), PSUS * HOUSEHOLDS),
        "CLUST": psu + 1.0,
        "KATO": stratum // 2 + 1.0,
        "AREA": stratum % 2 + 1.0,
        "PERW": np.round(weight, 6),
        "WQ": rng.integers(1, 6, PSUS * HOUSEHOLDS)[household].astype(np.float64),
        "P03": rng.integers(1, 3, ROWS).astype(np.float64),
        "P04": np.floor(rng.beta(1.3, 2.2, ROWS) * 95),
    }
    asked = {"all": np.ones(ROWS, dtype=bool)} | {f"age{n}": data["P04"] >= n for n in (1, 5)}
    asked["adults"] = data["P04"] >= 15
    missing: dict[str, list[Any]] = {}
    _numbers(rng, data, asked, missing)
    for name, (shares, first, who) in CODED.items():
        data[name] = _coded(rng, np.array(shares), first=first, psu=psu, asked=asked[who])
        missing[name] = [{"lo": 8, "hi": 9}]
    for name, (share, who) in YES_NO.items():
        data[name] = _coded(rng, np.array([share, 1 - share]), first=1, psu=psu, asked=asked[who])
        missing[name] = [{"lo": 8, "hi": 9}]
    sends = data["P19"] == 1
    data["P20"] = _amounts(rng, 9.5, asked=sends, dk=99999998.0)
    missing["P20"] = [{"lo": 99999998, "hi": 99999999}]
    return data, missing


def _numbers(
    rng: np.random.Generator,
    data: dict[str, Floats],
    asked: dict[str, NDArray[np.bool_]],
    missing: dict[str, list[Any]],
) -> None:
    """Years, work, hours, income and trips; who is asked of them decides on later questions."""
    always = rng.random(ROWS) < 0.6
    years = np.where(always, 95.0, np.floor(rng.exponential(12, ROWS)).clip(0, 90))
    data["P09"] = _not_told(rng, years, dk=98.0)
    asked["movers"] = data["P09"] < 95
    work = rng.choice([1.0, 2.0, 3.0], ROWS, p=[0.62, 0.06, 0.32])
    data["P12"] = np.where(asked["adults"], _not_told(rng, work, dk=8.0), np.nan)
    asked["workers"] = data["P12"] == 1
    hours = rng.normal(40, 9, ROWS).round().clip(1, 90)
    data["P13"] = np.where(asked["workers"], _not_told(rng, hours, dk=998.0), np.nan)
    data["P14"] = _amounts(rng, 12.0, asked=asked["workers"], dk=99999998.0)
    trips = rng.poisson(0.6, ROWS).astype(np.float64)
    data["P21"] = np.where(asked["adults"], _not_told(rng, trips, dk=98.0), np.nan)
    missing |= {"P09": [{"lo": 97, "hi": 99}], "P12": [{"lo": 8, "hi": 9}], "P13": [{"lo": 998, "hi": 999}]}
    missing |= {"P14": [{"lo": 99999998, "hi": 99999999}], "P21": [{"lo": 98, "hi": 99}]}


def _coded(
    rng: np.random.Generator, shares: Floats, *, first: int, psu: NDArray[np.int64], asked: NDArray[np.bool_]
) -> Floats:
    """Codes with shares that differ between psus; system-missing where not asked."""
    odds = shares * rng.gamma(6, 1 / 6, (PSUS, len(shares)))
    steps = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    code = (rng.random(ROWS)[:, None] > steps[psu, :-1]).sum(axis=1)
    return np.where(asked, _not_told(rng, first + code.astype(np.float64), dk=8.0), np.nan)


def _amounts(rng: np.random.Generator, size: float, *, asked: NDArray[np.bool_], dk: float) -> Floats:
    return np.where(asked, _not_told(rng, np.round(rng.lognormal(size, 0.7, ROWS), 2), dk=dk), np.nan)


def _not_told(rng: np.random.Generator, values: Floats, *, dk: float) -> Floats:
    chance = rng.random(len(values))
    return np.where(chance < DK, dk, np.where(chance < DK + REFUSED, dk + 1, values))


def _fillers(rng: np.random.Generator, count: int) -> dict[str, Any]:
    """Columns that nobody reads: codes, amounts and short texts."""
    found: dict[str, Any] = {}
    for number in range(count):
        if number % 20 == 19:
            found[f"Q{number:03d}"] = rng.choice(np.array(["yes", "no", "", "other place"], dtype=object), ROWS)
        elif number % 5 == 4:
            found[f"Q{number:03d}"] = np.round(rng.lognormal(5, 1, ROWS), 2)
        else:
            found[f"Q{number:03d}"] = np.where(rng.random(ROWS) < 0.2, np.nan, rng.integers(0, 10, ROWS))
    return found
