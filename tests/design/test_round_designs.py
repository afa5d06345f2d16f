"""Stages and replicates as a round's YAML says them: faults told at check, columns found, the right design made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surveyproc.config import models
from surveyproc.config.load import load_round
from surveyproc.config.spec import RoundSpec
from surveyproc.design.plan import plan_faults, replicate_columns
from surveyproc.design.round import design_columns, round_designs
from surveyproc.values import Centre, ColumnInfo, DerivedLevel, DerivedRound, FileInfo, RawColumn, RawFile

ROOT = Path(__file__).resolve().parents[2]
HOUSEHOLDS, PERSONS = 12, 24


@pytest.fixture(scope="module")
def spec() -> RoundSpec:
    return load_round(ROOT / "configs" / "demo" / "2025.yaml")


def with_design(spec: RoundSpec, **keys) -> RoundSpec:
    base = {"weight": {"household": "w"}, "strata": "stratum", "psu": "psu"}
    return replace(spec, design=models.Design.model_validate(base | keys))


def level(name: str, rows: int, columns: dict[str, np.ndarray], parent: str | None = None) -> DerivedLevel:
    raw = {c: RawColumn(ColumnInfo(c), values) for c, values in columns.items()}
    info = FileInfo(f"{name}.sav", "sav", rows, {c: r.info for c, r in raw.items()})
    parent_row = None if parent is None else np.arange(rows) // (rows // HOUSEHOLDS)
    return DerivedLevel(name, rows, {}, RawFile(name, info, rows, raw), parent, parent_row)


def derived(spec: RoundSpec, **more: np.ndarray) -> DerivedRound:
    number = np.arange(HOUSEHOLDS, dtype=float)
    weight = 2.0 + number
    household = {
        "w": weight,
        "stratum": number // 6,
        "psu": number // 2,
        "psus": np.full(HOUSEHOLDS, 10.0),
        "homes": np.full(HOUSEHOLDS, 7.0),
        "hh": number,
        "R1": weight * 2,
        "R2": weight * (number % 2),
        "R3": weight * 0.5,
    } | more
    levels = {"household": level("household", HOUSEHOLDS, household)}
    for name in spec.levels:
        if name != "household":
            levels[name] = level(name, PERSONS, {}, "household")
    return DerivedRound(levels)


def designs(spec: RoundSpec, **more: np.ndarray):
    found = derived(spec, **more)
    wanted, problems = design_columns(spec, {name: item.raw.info for name, item in found.levels.items()})
    assert problems == ()
    made, problems = round_designs(found, spec)
    return wanted, made, problems


def test_ranges_of_columns_are_written_out() -> None:
    def of(columns, level: str = "person") -> tuple[str, ...]:
        return replicate_columns(models.Replicates(columns=columns), level)

    assert of("REPW8..REPW11") == ("REPW8", "REPW9", "REPW10", "REPW11")
    assert of(["w_01..w_03", "other"]) == ("w_01", "w_02", "w_03", "other")
    assert of("A1..B3") == ("A1..B3",)
    assert of({"person": "P1..P2"}) == ("P1", "P2")
    assert of({"household": "P1..P2"}) == ()


@pytest.mark.parametrize(
    ("keys", "codes", "words"),
    [
        ({"domain_lonely": True}, ["config.unused"], "domain_lonely"),
        ({"replicates": {}}, ["config.missing-key"], "replicates.method"),
        ({"replicates": {"method": "bootstrap"}}, ["config.missing-key"] * 2, "replicates.seed"),
        ({"replicates": {"method": "jkn", "seed": 1}}, ["config.unused"], "seed"),
        ({"replicates": {"method": "jkn", "number": 9}}, ["config.unused"], "number"),
        ({"replicates": {"method": "fay"}}, ["config.missing-key"], "rho"),
        ({"replicates": {"method": "jkn", "scale": 1.0}}, ["config.unused"], "scale"),
        ({"replicates": {"columns": "R1..R3"}}, ["config.missing-key"], "scale"),
        ({"replicates": {"columns": "R1..R3", "method": "jkn"}}, ["config.missing-key"], "rscales"),
        ({"replicates": {"columns": "R1..R3", "method": "fay"}}, ["config.missing-key"], "rho"),
        ({"replicates": {"columns": "R1..R3", "method": "sdr", "seed": 1}}, ["config.unused"], "seed"),
        ({"replicates": {"columns": "R1..R3", "scale": 1.0, "rscales": [1.0]}}, ["config.bad-value"], "as many"),
        ({"replicates": {"columns": "R1..R3", "method": "sdr"}, "fpc": "psus"}, ["config.unused"], "whole design"),
        ({"replicates": {"columns": {"person": "R1..R3"}, "method": "sdr"}}, ["config.missing-key"], "household"),
    ],
)
def test_what_lacks_or_would_not_be_used_is_told_before_data_are_read(
    spec: RoundSpec, keys: dict, codes: list[str], words: str
) -> None:
    found = plan_faults(with_design(spec, **keys))
    assert [p.code for p in found] == codes
    assert words in found[0].what


def test_a_column_of_replicates_that_no_file_has(spec: RoundSpec) -> None:
    asked = with_design(spec, replicates={"columns": "R1..R4", "method": "sdr"})
    _, problems = design_columns(asked, {n: item.raw.info for n, item in derived(asked).levels.items()})
    assert {p.code for p in problems} == {"read.missing-column"}
    assert all("'R4' (replicates)" in p.what for p in problems)


def test_columns_of_replicates_are_carried_down_with_the_weight(spec: RoundSpec) -> None:
    keys = {"columns": "R1..R3", "scale": 0.5, "rscales": [1, 2, 3], "mse": False}
    wanted, made, problems = designs(with_design(spec, replicates=keys))
    assert problems == ()
    assert {"w", "R1", "R2", "R3", "psu", "stratum"} <= set(wanted["household"])
    person = next(design for (name, _), design in made.items() if name != "household")
    replicates = person.replicates
    assert replicates.factors.shape == (HOUSEHOLDS, 3)
    assert replicates.unit.tolist() == [i // 2 for i in range(PERSONS)]
    assert replicates.factors[:2].tolist() == [[2.0, 0.0, 0.5], [2.0, 1.0, 0.5]]
    assert replicates.scale.tolist() == [0.5, 1.0, 1.5]
    assert replicates.centre is Centre.MEAN
    assert replicates.df is None


def test_columns_of_replicates_need_no_second_psu(spec: RoundSpec) -> None:
    keys = {"columns": "R1..R3", "method": "bootstrap"}
    _, made, problems = designs(
        with_design(spec, replicates=keys), psu=np.zeros(HOUSEHOLDS), stratum=np.zeros(HOUSEHOLDS)
    )
    assert problems == ()
    assert all(design.replicates.scale.tolist() == [0.5] * 3 for design in made.values())


def test_stages_and_replicates_of_all_stages(spec: RoundSpec) -> None:
    keys = {
        "fpc": "psus",
        "further_stages": [{"unit": "hh", "fpc": "homes"}],
        "replicates": {"method": "bootstrap_preston", "number": 10, "seed": 3},
    }
    _, made, problems = designs(with_design(spec, **keys))
    assert problems == ()
    for design in made.values():
        (stage,) = design.further
        assert stage.stratum_parent.tolist() == list(range(6))
        assert stage.fpc.tolist() == [7.0] * 6
        assert design.replicates.factors.shape == (HOUSEHOLDS, 10)
        assert (design.replicates.unit == stage.unit).all()


def test_a_fault_of_replicates_is_said_once(spec: RoundSpec) -> None:
    _, made, problems = designs(with_design(spec, replicates={"method": "brr"}))
    assert made == {}
    assert [p.code for p in problems] == ["design.replicates"]
    assert "two psus" in problems[0].what
