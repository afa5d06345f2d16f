"""Runs rounds of configs/, as they stand or with another interval, and keeps their estimates for all tests."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import yaml

from surveyproc.config.load import read_round
from surveyproc.config.spec import RoundSpec
from surveyproc.pipeline import run
from surveyproc.running import RunResult
from tests.conftest import ROOT

CONFIGS = ROOT / "configs"
WITH_SHARES = ("proportion", "distribution")
KINDS = (*WITH_SHARES, "mean", "total")
INTERVALS: Mapping[str, Mapping[str, str]] = {
    "t": dict.fromkeys(KINDS, "t"),
    "2se": dict.fromkeys(KINDS, "2se"),
    "logit": dict.fromkeys(WITH_SHARES, "logit"),
}


def variant(config: Path, folder: Path, interval: str) -> Path:
    """A round in `folder` that extends a config: R's design effect, one interval for all, no publication rules."""
    design = read_round(config).model.design.model_dump(mode="json", exclude_unset=True)
    plan = read_round(config).model.plan
    over = {
        "extends": str(config),
        "module_path": str(config.parent / "modules"),
        "plan": str(config.parent / str(plan)),
        "quality": None,
        "design": {**design, "deff": "srs_replace", "interval": dict(INTERVALS[interval])},
    }
    path = folder / f"{config.parent.name}-{config.stem}-{interval}.yaml"
    path.write_text(yaml.safe_dump(over, allow_unicode=True), encoding="utf-8")
    return path


def run_all(configs: Iterable[Path], data: Path) -> dict[Path, RunResult]:
    """The results of several rounds, two at a time: most of a run is spent waiting for the child that reads."""
    paths = list(configs)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(paths, pool.map(lambda path: run(path, data=data), paths), strict=True))


def cell_name(spec: RoundSpec, variable: str, code: float) -> str:
    """The cell that a code of the data stands for."""
    return next(c.name for c in spec.concepts[variable].categories if code in c.codes)


def one(estimates: pd.DataFrame, indicator: str, domain: str, cell: str) -> pd.Series:
    """The one estimate of an indicator in a cell."""
    found = estimates[(estimates.indicator == indicator) & (estimates.domain == domain) & (estimates.cell == cell)]
    assert len(found) == 1, (indicator, domain, cell, len(found))
    return found.iloc[0]
