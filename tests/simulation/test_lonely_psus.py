"""Repeated samples with strata of a single psu: bias of the SE and coverage under each rule for them.

Psus are drawn with replacement from a population that is known, so the variance of the mean is known exactly. Every
sample is a measure of one and the same design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from surveyproc.design import compile_design
from surveyproc.estimate import estimate
from surveyproc.values import Disaggregation, LonelyPsu, Measure, Statistic

STRATA, PSUS, SAMPLES = 30, 50, 4_000
LONELY = np.arange(STRATA) % 5 == 2
DRAWN = np.where(LONELY, 1, 2)
OF_ROW = np.repeat(np.arange(STRATA), DRAWN)
RULES = ("adjust", "average", "certainty", "remove", "collapse")
NOISE = 0.01  # of the bias of an SE: four standard errors and more, as other seeds show


@dataclass(frozen=True, slots=True)
class Country:
    """size: share of each stratum (H); y: means of its psus (H, P); all psus of a stratum taken have one value."""

    size: np.ndarray
    y: np.ndarray

    @property
    def variances(self) -> np.ndarray:
        """What each stratum adds to the variance of the estimated mean (H)."""
        return self.size**2 * self.y.var(axis=1) / DRAWN


def country(name: str) -> Country:
    """alike: no stratum differs in mean or in what it adds; apart: levels rise over strata of one size; certain: these,
    the single psus being all there is of their strata."""
    rng = np.random.default_rng(20261122)
    y = rng.normal(0, 1, (STRATA, PSUS))
    y = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
    size = np.sqrt(DRAWN) if name == "alike" else np.ones(STRATA)
    level = 0.0 if name == "alike" else np.linspace(-1.5, 1.5, STRATA)[:, None]
    if name == "certain":
        y = np.where(LONELY[:, None], y[:, :1], y)
    return Country(size / size.sum(), 5.0 + level + y)


@dataclass(frozen=True, slots=True)
class Found:
    bias: float
    cover: float


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Found]:
    """(country, rule) → bias of the SE and share of intervals that hold the mean."""
    return {(name, rule): result for name in ("alike", "apart", "certain") for rule, result in rules_of(name).items()}


def rules_of(name: str) -> dict[str, Found]:
    land, rng = country(name), np.random.default_rng(7)
    taken = rng.integers(0, PSUS, (SAMPLES, len(OF_ROW)))
    everyone = np.ones(len(OF_ROW), dtype=np.bool_)
    measures = [Measure(f"s{k}", Statistic.MEAN, land.y[OF_ROW, row], everyone) for k, row in enumerate(taken)]
    whole = [Disaggregation("total", np.zeros(len(OF_ROW), dtype=np.int32), ("",))]
    partners = {str(h): str(h + 1) for h in np.flatnonzero(LONELY)}
    true, spread = land.size @ land.y.mean(axis=1), np.sqrt(land.variances.sum())
    results = {}
    for rule in RULES:
        way = {"collapse": partners} if rule == "collapse" else {"lonely_psu": LonelyPsu(rule)}
        weight = 1000 * (land.size / DRAWN)[OF_ROW]
        design, problems = compile_design(level="person", weight=weight, strata=[OF_ROW.astype(float)], **way)
        assert design is not None, problems
        made = estimate(design, measures, whole, df="design")
        assert made.value.std() == pytest.approx(spread, rel=0.05)
        cover = np.mean((made.ci_low <= true) & (true <= made.ci_high))
        results[rule] = Found(float(np.sqrt((made.se**2).mean()) / spread - 1), float(cover))
        print(f"{name} {rule}: bias {100 * results[rule].bias:+.1f} %, coverage {100 * cover:.1f} %")
    return results


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alike", "apart", "certain"])
@pytest.mark.parametrize("rule", ["adjust", "collapse"])
def test_adjust_and_collapse_are_not_too_small(found: dict, name: str, rule: str) -> None:
    assert found[name, rule].bias > -0.05
    assert found[name, rule].cover > 0.94


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["adjust", "collapse"])
def test_adjust_and_collapse_add_the_differences_between_strata(found: dict, rule: str) -> None:
    assert abs(found["alike", rule].bias) < 0.05
    assert found["certain", rule].bias > NOISE  # what was certain to be drawn adds nothing


@pytest.mark.slow
def test_partners_that_are_alike_add_less_than_the_grand_mean(found: dict) -> None:
    assert abs(found["apart", "collapse"].bias) < 0.05 < found["apart", "adjust"].bias


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["certainty", "remove"])
def test_certainty_and_remove_leave_out_what_the_lonely_strata_add(found: dict, rule: str) -> None:
    for name in ("alike", "apart"):
        parts = country(name).variances
        share = parts[LONELY].sum() / parts.sum()
        assert found[name, rule].bias == pytest.approx(np.sqrt(1 - share) - 1, abs=NOISE)
        assert found[name, rule].bias < -0.05
        assert found[name, rule].cover < found[name, "adjust"].cover - 0.01
    assert abs(found["certain", rule].bias) < NOISE
    assert 0.94 < found["certain", rule].cover < 0.96


@pytest.mark.slow
def test_average_is_right_where_strata_add_alike_only(found: dict) -> None:
    assert abs(found["alike", "average"].bias) < NOISE
    assert 0.94 < found["alike", "average"].cover < 0.96
    parts = country("apart").variances  # of one size, with half the psus: twice what the others add
    ratio = parts[~LONELY].mean() * STRATA / parts.sum()
    assert found["apart", "average"].bias == pytest.approx(np.sqrt(ratio) - 1, abs=NOISE)
    assert found["apart", "average"].bias < -0.05
