"""A round up to its judged estimates, with the designs and jobs that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveyproc import pipeline
from surveyproc.config.load import load_round
from surveyproc.config.spec import RoundSpec
from surveyproc.frames import estimates_frame
from surveyproc.measures import Job, jobs
from surveyproc.paths import data_root
from surveyproc.problems import Collector
from surveyproc.values import Design


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a run of a round estimates, and from what.

    frame: ESTIMATE_COLUMNS as a run publishes them, so suppressed rows hold no numbers. designs: by level and weight
    level. jobs: measures and disaggregations as arrays.
    """

    spec: RoundSpec
    designs: Mapping[tuple[str, str], Design]
    jobs: tuple[Job, ...]
    frame: pd.DataFrame


def estimated_round(
    config: Path,
    *,
    data: Path | None = None,
    only: Sequence[str] | None = None,
    report: pipeline.Report | None = None,
) -> Estimated:
    """Estimate a round as `pipeline.run` does, and write nothing.

    data: the data root. only: numbers of tables. Raises SurveyprocError with every problem of the stage that could not
    go on.
    """
    clock = pipeline._Clock(report or (lambda stage, words: None))
    problems = Collector()
    spec = pipeline._choose(load_round(config), None, only)
    pipeline._check_rules(spec, problems)
    derived, _ = pipeline._prepare(spec, data_root(config, data), problems, clock)
    weighted = pipeline._weigh(derived, spec, problems, clock)
    designs = pipeline._designs(derived, weighted, spec, problems)
    made, _ = jobs(derived, spec)
    frame = estimates_frame(made, designs, spec)
    clock.done("estimate", f"{len(frame):,} estimates")
    judged, _ = pipeline._tabulate(frame, spec, problems, clock)
    return Estimated(spec, designs, made, judged)
