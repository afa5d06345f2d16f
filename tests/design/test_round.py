"""Designs of a round: made of the sampled records, whatever level is estimated."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surveyproc.config.load import load_round
from surveyproc.config.spec import RoundSpec
from surveyproc.design.round import frame_level, round_designs, totals_refused
from surveyproc.estimate import estimate
from surveyproc.values import (
    ColumnInfo,
    DerivedLevel,
    DerivedRound,
    Disaggregation,
    FileInfo,
    Measure,
    RawColumn,
    RawFile,
    Statistic,
)
from tests.conftest import ROOT

HOUSEHOLDS = 24  # in 4 strata × 3 psus × 2
CHILDREN = (0, 0, 2, 7, 7, 9, 20)  # parent rows of the emigrants: seven psus of twelve have none


@pytest.fixture(scope="module")
def spec() -> RoundSpec:
    found = load_round(Path(ROOT / "configs" / "demo" / "2024.yaml"))
    return replace(found, design=found.design.model_copy(update={"weight": {"household": "HHW"}}))


def raw_file(level: str, columns: dict[str, np.ndarray]) -> RawFile:
    raw = {name: RawColumn(ColumnInfo(name), values.astype(float)) for name, values in columns.items()}
    rows = len(next(iter(columns.values())))
    info = FileInfo(f"{level}.sav", "sav", rows, {name: column.info for name, column in raw.items()})
    return RawFile(level, info, rows, raw)


def survey(*, child_columns: dict[str, np.ndarray] | None = None) -> DerivedRound:
    number = np.arange(HOUSEHOLDS)
    household = raw_file(
        "household",
        {"HHID": number, "KATO": number // 12, "AREA": number // 6 % 2, "CLUST": number // 2, "HHW": 10.0 + number % 5},
    )
    parent = np.array(CHILDREN)
    emigrant = raw_file("emigrant", {"HHID": parent, **(child_columns or {})})
    return DerivedRound(
        {
            "household": DerivedLevel("household", HOUSEHOLDS, {}, household),
            "emigrant": DerivedLevel("emigrant", len(parent), {}, emigrant, "household", parent),
        }
    )


def total(derived: DerivedRound, spec: RoundSpec, level: str, values: np.ndarray) -> tuple[float, float]:
    designs, problems = round_designs(derived, spec)
    assert [p for p in problems if p.severity == "error"] == []
    design = designs[level, "household"]
    rows = len(values)
    measure = Measure("n", Statistic.TOTAL, values, np.ones(rows, dtype=bool))
    whole = Disaggregation("total", np.zeros(rows, dtype=np.int32), ("",))
    frame = estimate(design, [measure], [whole]).to_frame()
    return float(frame["value"].iloc[0]), float(frame["se"].iloc[0])


def test_a_total_of_child_records_has_the_se_of_the_household_total(spec: RoundSpec) -> None:
    counts = np.bincount(CHILDREN, minlength=HOUSEHOLDS).astype(float)
    of_households = total(survey(), spec, "household", counts)
    of_emigrants = total(survey(), spec, "emigrant", np.ones(len(CHILDREN)))
    assert of_emigrants == pytest.approx(of_households, rel=1e-12)
    # by hand: Σ_h n/(n-1) Σ (z - z̄)² over all twelve psus, the empty ones included
    weighted = counts * (10.0 + np.arange(HOUSEHOLDS) % 5)
    psus = weighted.reshape(4, 3, 2).sum(axis=2)
    variance = (3 / 2 * (psus - psus.mean(axis=1, keepdims=True)) ** 2).sum()
    assert of_emigrants[1] == pytest.approx(variance**0.5, rel=1e-12)


def test_design_columns_repeated_in_the_child_file_do_not_hide_psus_without_children(spec: RoundSpec) -> None:
    parent = np.array(CHILDREN)
    repeated = {"KATO": parent // 12, "AREA": parent // 6 % 2, "CLUST": parent // 2}
    assert total(survey(child_columns=repeated), spec, "emigrant", np.ones(len(CHILDREN))) == pytest.approx(
        total(survey(), spec, "emigrant", np.ones(len(CHILDREN))), rel=1e-12
    )


def test_without_psus_the_records_of_the_highest_level_are_the_psus(spec: RoundSpec) -> None:
    free = replace(spec, design=spec.design.model_copy(update={"psu": None, "strata": None}))
    infos = {name: level.raw.info for name, level in survey().levels.items()}
    assert frame_level("emigrant", free, infos) == "household"
    designs, _ = round_designs(survey(), free)
    assert len(designs["emigrant", "household"].psu_stratum) == HOUSEHOLDS
    assert designs["emigrant", "household"].psu.tolist() == list(CHILDREN)


def test_a_total_of_what_was_not_asked_is_not_refused(spec: RoundSpec) -> None:
    normalised = replace(spec, design=spec.design.model_copy(update={"scale_weights_to": "sample"}))
    totals = {i.name: i for i in spec.indicators.values() if i.statistic is Statistic.TOTAL}
    assert totals

    def refused(*unavailable: str) -> set[str]:
        problems = totals_refused(survey(), replace(normalised, unavailable={name: (name,) for name in unavailable}))
        return {p.what.partition(" ")[0] for p in problems}

    of_households = {name for name, i in totals.items() if i.weight_level in survey().levels}
    indicators = {name: i for name, i in spec.indicators.items() if name in of_households}
    normalised = replace(normalised, indicators=indicators)
    assert refused() == of_households
    for name in of_households:
        needs = set(totals[name].needs)
        assert refused(*needs) == {n for n in of_households if not set(totals[n].needs) & needs}
