"""The demo round whose weights are made in steps: its known totals are those of the population."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surveyproc.config.load import load_round
from surveyproc.demo import Population, build_population, draw_sample, write_round
from surveyproc.pipeline import estimate_round
from tests.conftest import ROOT

CONFIG = ROOT / "configs" / "demo" / "2025_weighted.yaml"
BANDS = ("age_0_14", "age_15_24", "age_25_44", "age_45_64", "age_65")


def counted(population: Population) -> dict[tuple[str, str], float]:
    """Households by region and area, persons by sex and age, by the names of the configuration."""
    regions = load_round(CONFIG).variable_text("region").categories
    names = {int(category.codes[0]): category.name for category in regions}
    stratum = population.areas.stratum[population.households.area]
    found: dict[tuple[str, str], float] = {}
    for at in range(len(population.strata.region)):
        area = "urban" if population.strata.urban[at] else "rural"
        found["region × area", f"{names[int(population.strata.region[at])]} × {area}"] = float((stratum == at).sum())
    who = population.persons
    band = np.searchsorted([15, 25, 45, 65], who.age, side="right")
    for sex, code in (("male", 1), ("female", 2)):
        for at, name in enumerate(BANDS):
            found["sex × age_group", f"{sex} × {name}"] = float(((who.sex == code) & (band == at)).sum())
    return found


def test_every_margin_of_the_weighted_demo_has_its_totals() -> None:
    steps = load_round(CONFIG).weights["household"]
    assert [step.model.step for step in steps] == ["base", "eligibility", "nonresponse", "calibrate"]
    known = steps[-1].known
    assert known is not None
    households, persons = (sum(numbers) for numbers in known.totals[""])
    assert 3.0 < persons / households < 4.0


@pytest.mark.slow
def test_the_weighted_demo_meets_the_population(tmp_path: Path) -> None:
    population = build_population(2025, seed=20240229)
    known = load_round(CONFIG).weights["household"][-1].known
    assert known is not None
    given = {
        (margin.name, " × ".join(cell)): total
        for margin, totals in zip(known.margins, known.totals[""], strict=True)
        for cell, total in zip(margin.cells, totals, strict=True)
    }
    truth = counted(population)
    assert {key: total for key, total in given.items() if total} == truth
    write_round(draw_sample(population, seed=20240229 + 2025), tmp_path / "2025", year=2025)
    made = estimate_round(CONFIG, data=tmp_path).weighted.levels["household"]
    assert made.weight.sum() == pytest.approx(len(population.households.area), rel=1e-9)
    figures = made.steps[-1].figures
    assert 0.8 < figures["factor_low"] < 1 < figures["factor_high"] < 1.25
    assert figures["kish"] < 1.2
