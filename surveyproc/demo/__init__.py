"""The demo survey: a synthetic country whose true values are known, sampled in two rounds.

`write_demo(folder)` writes

    truth.csv                 true values of both rounds: round, indicator, domain, cell, value (see `truth.INDICATORS`)
    data/2024/*.sav           household, person, emigrant, transfer: Russian labels, user-missing codes
    data/2025/*.dta           hh, hl, em, tr: the same questions with other column names and codes, Kazakh labels
    data/2025_errors/*.dta    the same with the errors of `errors.PLANTED`
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from surveyproc.demo.build import build_population
from surveyproc.demo.population import Population
from surveyproc.demo.sample import Sample, draw_sample
from surveyproc.demo.truth import truths
from surveyproc.demo.write import write_round

__all__ = ["Population", "Sample", "build_population", "draw_sample", "truths", "write_demo", "write_round"]


def write_demo(folder: Path | str, *, seed: int = 20240229, scale: float = 1.0) -> tuple[Path, ...]:
    """Write the whole demo survey, in seconds and half a gigabyte at scale 1; the same seed gives the same bytes."""
    folder = Path(folder)
    written: list[Path] = []
    values = []
    for year in (2024, 2025):
        population = build_population(year, seed=seed, scale=scale)
        values.append(truths(population))
        sample = draw_sample(population, seed=seed + year)
        written += write_round(sample, folder / "data" / str(year), year=year)
        if year == 2025:
            written += write_round(sample, folder / "data" / "2025_errors", year=year, planted="errors")
        del population, sample
    table = folder / "truth.csv"
    pd.concat(values, ignore_index=True).to_csv(table, index=False, float_format="%.12g", lineterminator="\n")
    return (*written, table)
