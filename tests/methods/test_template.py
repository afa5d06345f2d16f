"""A template filled with figures is read by the configuration that is printed with it, for every method."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from surveyproc import check, run
from surveyproc.demography.methods import METHODS
from surveyproc.methods.template import template_csv, template_yaml

CHOICES = {"years": "10", "fixed": "A"}
INSTEAD = {  # figures or lines without which a method refuses what it is given
    "survival_ratio": ("start", "births"),
    "mirror": (),
}


def filled(name: str, folder: Path) -> Path:
    """The template with figures that differ from cell to cell, and its configuration with choices made."""
    rows = list(csv.DictReader(io.StringIO(template_csv(METHODS[name]))))
    if name == "reference_population":  # more origins than the model has parameters
        rows = [row | {"origin": origin} for row in rows if row["origin"] == "A" for origin in "ABCDEFGH"]
    rng = np.random.default_rng(3)
    kinds = {one.name: one.kind for one in METHODS[name].inputs}
    for row in rows:
        share = kinds[row["input"]] in ("ratio", "rate")
        row["value"] = f"{rng.uniform(0.7, 0.99):.4f}" if share else f"{rng.uniform(900, 1100):.0f}"
        if row["input"] == "both_lists":
            row["value"] = "400"
    with (folder / "f.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = template_yaml(METHODS[name], file="f.csv")
    for key, value in CHOICES.items():
        text = text.replace(f"{key}: …", f"{key}: {value}")
    lines = [x for x in text.splitlines() if not any(x.startswith(f"      {one}:") for one in INSTEAD.get(name, ()))]
    if name == "partner_stock":
        lines.append("    choices: {missing: last_share}")
    config = folder / "c.yaml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


# Their templates need figures that hang together: ages to 65, closed ages, two groups of children.
ELSEWHERE = {"age_structure", "age_profile", "children_net"}


@pytest.mark.parametrize("name", sorted(set(METHODS) - ELSEWHERE))
def test_a_filled_template_runs(name: str, tmp_path: Path) -> None:
    config = filled(name, tmp_path)
    assert [str(p) for p in check(config) if p.severity == "error"] == []
    result = run(config)
    known = result.estimates["value"].notna()
    assert known.any(), name
    status = result.estimates["status"]
    if METHODS[name].error == "counting":
        assert set(status) <= {"ok", "not_identified"}
        assert (result.estimates["se"].notna() == (status == "ok")).all()
        return
    assert set(status[known]) <= {"no_uncertainty", "not_converged"}
    assert result.estimates["se"].isna().all()
