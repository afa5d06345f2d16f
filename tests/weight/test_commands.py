"""Totals to fill, totals compared, weights to merge: the three commands beside a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.cli import weighing as shown
from surveyproc.problems import SurveyprocError
from surveyproc.weighing import compare_totals, export, templates
from tests.bad_config.survey import in_memory, raw_file
from tests.weight.survey import BASE, ELIGIBLE, frames, known_totals, written

CLASSES = "{step: nonresponse, classes: [region, area], minimum: 5}"
RAKED = "{step: calibrate, method: raking, totals: totals.csv, margins: [[region, area], [sex, band]]}"
STEPS = {"household": "\n".join((BASE, ELIGIBLE, CLASSES, RAKED))}


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    in_memory(monkeypatch, tmp_path, {level: raw_file(level, frame) for level, frame in frames().items()})
    return written(tmp_path, STEPS, totals=known_totals(frames(), scale=1.0))


def test_a_template_names_every_level_and_filled_in_it_is_read(config: Path) -> None:
    totals = config.parent / "totals.csv"
    known = pd.read_csv(totals).set_index(["variable", "level"]).total
    totals.unlink()
    (made,) = templates(config, language="ru").values()
    table = pd.read_csv(pd.io.common.BytesIO(made), keep_default_na=False)
    assert list(table.columns) == ["variable", "level", "total", "partition", "unit", "label"]
    assert set(zip(table.variable, table.level, strict=True)) == set(known.index)
    assert (table.total == "").all()
    assert set(table.unit) == {"one"}
    table["total"] = [known[key] for key in zip(table.variable, table.level, strict=True)]
    table.to_csv(totals, index=False, sep=";")
    rows, problems = compare_totals(config, data=config.parent)
    assert [p for p in problems if p.severity == "error"] == []
    assert len(rows) == 12


def test_a_file_that_is_there_is_not_written_over(config: Path) -> None:
    before = (config.parent / "totals.csv").read_bytes()
    with pytest.raises(SurveyprocError, match="there already"):
        shown.template(config, config.parent, language="en")
    assert (config.parent / "totals.csv").read_bytes() == before
    shown.template(config, config.parent / "new", language="kk")
    assert (config.parent / "new" / "totals.csv").read_bytes().startswith(b"\xef\xbb\xbfvariable,level,total")


def test_totals_beside_the_sample_are_shown_even_where_they_are_wrong(config: Path) -> None:
    text = (config.parent / "totals.csv").read_text().splitlines()
    wrong = [line.replace("sex × band,male × old,", "sex × band,male × old,9") for line in text]
    (config.parent / "totals.csv").write_text("\n".join(wrong))
    rows, problems = compare_totals(config, data=config.parent)
    errors = [p for p in problems if p.severity == "error"]
    assert [p.code for p in errors] == ["weight.totals"] or "weight.totals" in {p.code for p in errors}
    odd = [row for row in rows if row.known > 5 * row.weighted]
    assert [row.name for row in odd] == ["sex × band male × old"]
    assert odd[0].level == "person"


def test_a_round_without_calibration_needs_no_totals(config: Path) -> None:
    path = written(config.parent, {"household": BASE})
    with pytest.raises(SurveyprocError, match="no totals are needed"):
        templates(path)


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_weights_go_back_into_the_files_by_their_key(config: Path, suffix: str) -> None:
    file = config.parent / f"weights{suffix}"
    assert export(config, file, data=config.parent, language="kk") == 360
    read = pyreadstat.read_sav if suffix == ".sav" else pyreadstat.read_dta
    table, meta = read(str(file))
    assert list(table.columns) == ["HH", "w_base", "w_final"]
    assert meta.column_names_to_labels["w_final"] == "Түпкілікті салмақ"
    merged = frames()["household"].merge(table, on="HH", validate="1:1")
    np.testing.assert_array_equal(merged.w_base, merged.HW)
    assert (merged.w_final[merged.RES > 2] == 0).all()
    known = pd.read_csv(config.parent / "totals.csv")
    total = known[known.variable.str.startswith("region")].total.sum()
    assert merged.w_final.sum() == pytest.approx(total, rel=1e-8)
    first = file.read_bytes()
    export(config, file, data=config.parent, language="kk")
    assert file.read_bytes() == first


def test_what_cannot_be_exported_is_said_and_nothing_is_written(config: Path) -> None:
    for name, level, words in (("w.csv", None, "ends in .sav or .dta"), ("w.sav", "person", "no weights in steps")):
        with pytest.raises(SurveyprocError) as stop:
            export(config, config.parent / name, level=level, data=config.parent)
        assert words in str(stop.value)
        assert not (config.parent / name).exists()
    with pytest.raises(SurveyprocError, match="cannot be written"):
        export(config, config.parent / "gone" / "w.sav", data=config.parent)
