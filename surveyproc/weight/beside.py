"""Known totals beside what the weights give before they are calibrated, total by total."""

from __future__ import annotations

from dataclasses import dataclass

from surveyproc.config import models
from surveyproc.config.weightspec import StepSpec
from surveyproc.problems import SurveyprocError
from surveyproc.weight.calibration import prepared
from surveyproc.weight.margins import name_of
from surveyproc.weight.sample import Sample


@dataclass(frozen=True, slots=True)
class Beside:
    """One known total: its name, the number, Σ weight of the sample, how many records it has there."""

    level: str
    name: str
    known: float
    weighted: float
    cases: int


def beside(step: StepSpec, sample: Sample) -> tuple[Beside, ...]:
    """All totals of a calibration beside the sample as it stands before; none of other steps.

    Totals without anybody in the sample are there too. What cannot be compared is left to the step itself to tell.
    """
    if not isinstance(step.model, models.CalibrateStep) or step.known is None:
        return ()
    try:
        margins, parts = prepared(step.model, step.known, sample)
    except SurveyprocError:
        return ()
    found = []
    for part in parts:
        mask = sample.weight > 0
        mask[:] = False
        mask[part.rows] = True
        for margin, totals in zip(margins, step.known.totals[part.name], strict=True):
            sums, cases = margin.sums(sample.weight, mask), margin.cases(mask)
            found += [
                Beside(margin.spec.level, name_of(margin.spec, k, part.name), total, float(sums[k]), int(cases[k]))
                for k, total in enumerate(totals)
            ]
    return tuple(found)
