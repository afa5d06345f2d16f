"""A synthetic survey for the tests of weights: frames, the round around them, and runs of it in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.pipeline import Estimated, check, estimate_round
from surveyproc.problems import Problem
from tests.bad_config.survey import in_memory, raw_file

HERE = Path(__file__).resolve().parent
Frames = dict[str, pd.DataFrame]
ROUND = """
surveyproc: 1
round: weighed
survey: Weighed survey
period: {year: 2026}
modules: [weighing]
files:
  household: {path: household.sav}
  person: {path: person.sav}
  emigrant: {path: emigrant.sav}
keys: {household: [HH], person: [HH, LN], emigrant: [HH, EN]}
design: {strata: STR, psu: PSU}
map: {result: RES, region: REG, area: AREA, tenure: TEN, visit: VIS, sex: SEX, age: AGE, works: WORK, em_sex: ESEX}
"""
ELIGIBLE = (
    "{step: eligibility, status: result, complete: [done], partial: [partly], refusal: [refused], "
    "noncontact: [absent], ineligible: [vacant], unknown: [unknown], classes: [region]}"
)
BASE = "{step: base, column: HW}"


def frames(*, seed: int = 7, households: int = 360) -> Frames:
    """Households in 6 strata of 6 psus, one in four without an interview, 1 to 5 persons each, some emigrants."""
    rng = np.random.default_rng(seed)
    number = np.arange(households)
    stratum = number * 6 // households
    result = rng.choice([1, 2, 3, 4, 5, 6], households, p=[0.72, 0.03, 0.1, 0.07, 0.05, 0.03])
    answered = result <= 2
    household = pd.DataFrame(
        {
            "HH": 1.0 + number,
            "STR": 1.0 + stratum,
            "PSU": 1.0 + number * 36 // households,
            "HW": np.round(40 + 8 * stratum + rng.uniform(0, 15, households), 3),
            "P1": np.round(rng.uniform(0.05, 0.2, households), 4),
            "P2": 0.5,
            "RES": result.astype(float),
            "REG": 1.0 + stratum // 2,
            "AREA": 1.0 + stratum % 2,
            "TEN": np.where(answered, 1.0 + (rng.random(households) < 0.3), np.nan),
            "VIS": 1.0 + number % 2,
            "ADULTS": np.where(answered, 1.0 + rng.integers(0, 4, households), np.nan),
        }
    )
    size = np.where(answered, rng.integers(1, 6, households), 0)
    parent = np.repeat(number, size)
    age = rng.integers(0, 85, len(parent)).astype(float)
    person = pd.DataFrame(
        {
            "HH": 1.0 + parent,
            "LN": 1.0 + np.arange(len(parent)) - np.repeat(np.cumsum(size) - size, size),
            "SEX": 1.0 + rng.integers(0, 2, len(parent)),
            "AGE": age,
            "WORK": np.where(age >= 15, 1.0 + (rng.random(len(parent)) < 0.4), np.nan),
        }
    )
    gone = number[answered][::9]
    emigrant = pd.DataFrame({"HH": 1.0 + gone, "EN": 1.0, "ESEX": 1.0 + gone % 2})
    return {"household": household, "person": person, "emigrant": emigrant}


def written(folder: Path, steps: Mapping[str, str], *, totals: str = "", design: str = "") -> Path:
    """The round with steps by level, each a text of YAML lines without the dash, and a file of totals."""
    lines = [ROUND.replace("design: {strata", f"design: {{{design}strata") if design else ROUND, "weights:"]
    for level, text in steps.items():
        lines.append(f"  {level}:")
        lines += [f"    - {line}" for line in text.strip().splitlines()]
    modules = folder / "modules" / "weighing"
    modules.mkdir(parents=True, exist_ok=True)
    (modules / "module.yaml").write_bytes((HERE / "modules" / "weighing" / "module.yaml").read_bytes())
    path = folder / "round.yaml"
    path.write_text("\n".join([lines[0].replace("modules: [", "module_path: modules\nmodules: ["), *lines[1:], ""]))
    if totals:
        (folder / "totals.csv").write_text(totals, encoding="utf-8")
    return path


Run = Callable[..., Estimated]
Check = Callable[..., tuple[Problem, ...]]


def runner(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Run:
    """A function that estimates a round written for it."""

    def run(steps: Mapping[str, str], *, totals: str = "", design: str = "", survey: Frames | None = None) -> Estimated:
        config = written(folder, steps, totals=totals, design=design)
        raw = {level: raw_file(level, frame) for level, frame in (survey or frames()).items()}
        in_memory(monkeypatch, folder, raw)
        return estimate_round(config, data=folder)

    return run


def checker(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Check:
    """A function that gives the problems of a round written for it."""

    def found(
        steps: Mapping[str, str], *, totals: str = "", design: str = "", survey: Frames | None = None
    ) -> tuple[Problem, ...]:
        config = written(folder, steps, totals=totals, design=design)
        raw = {level: raw_file(level, frame) for level, frame in (survey or frames()).items()}
        in_memory(monkeypatch, folder, raw)
        return check(config, data=folder)

    return found


def known_totals(survey: Frames, *, scale: float = 1.07) -> str:
    """A file of totals near what the base weights give: region × area, and sex × band of members."""
    household, person = survey["household"], survey["person"]
    lines = ["variable,level,total"]
    done = household[household.RES <= 4]
    for region, r in (("north", 1), ("south", 2), ("west", 3)):
        for area, a in (("urban", 1), ("rural", 2)):
            weight = done[(r == done.REG) & (a == done.AREA)].HW.sum()
            lines.append(f"region × area,{region} × {area},{scale * weight:.6f}")
    factor = done.HW.sum() / household[household.RES <= 2].HW.sum()
    weight = person.HH.map(household.set_index("HH").HW) * factor
    for sex, s in (("male", 1), ("female", 2)):
        for band, low, high in (("child", 0, 14), ("adult", 15, 59), ("old", 60, 200)):
            here = (s == person.SEX) & (low <= person.AGE) & (high >= person.AGE)
            lines.append(f"sex × band,{sex} × {band},{1.01 * scale * weight[here].sum():.6f}")
    return "\n".join(lines) + "\n"
