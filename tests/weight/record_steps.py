"""Writes the synthetic survey for R and keeps what R survey makes of it: `python -m tests.weight.record_steps`."""

from __future__ import annotations

import subprocess
import tempfile
from io import StringIO
from pathlib import Path

import pandas as pd

from tests.weight.survey import frames, known_totals

HERE = Path(__file__).resolve().parent / "r"
BANDS = (("child", 0, 14), ("adult", 15, 59), ("old", 60, 200))


def households() -> pd.DataFrame:
    """A row a household, with what it adds to every known total, its members and those at work."""
    survey = frames()
    household, person = survey["household"].set_index("HH"), survey["person"]
    for r in (1, 2, 3):
        for a in (1, 2):
            household[f"R{r}A{a}"] = ((r == household.REG) & (a == household.AREA)).astype(int)
    for s in (1, 2):
        for band, low, high in BANDS:
            counts = person[(s == person.SEX) & person.AGE.between(low, high)].groupby("HH").size()
            household[f"S{s}{band}"] = counts.reindex(household.index, fill_value=0)
    household["members"] = person.groupby("HH").size().reindex(household.index, fill_value=0)
    household["workers"] = person[person.WORK == 1].groupby("HH").size().reindex(household.index, fill_value=0)
    household["older"] = person[person.AGE >= 15].groupby("HH").size().reindex(household.index, fill_value=0)
    return household.reset_index()


def totals() -> pd.DataFrame:
    """The known totals in their order with the columns of `households` that they are of."""
    table = pd.read_csv(StringIO(known_totals(frames(), scale=1.0)))
    table["column"] = [f"R{r}A{a}" for r in (1, 2, 3) for a in (1, 2)] + [
        f"S{s}{b}" for s in (1, 2) for b, _, _ in BANDS
    ]
    return table


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        households().to_csv(f"{folder}/households.csv", index=False)
        totals().to_csv(f"{folder}/totals.csv", index=False)
        files = [
            f"{folder}/households.csv",
            f"{folder}/totals.csv",
            HERE / "steps_weights.csv",
            HERE / "steps_figures.csv",
        ]
        subprocess.run(["Rscript", HERE / "record_steps.R", *files], check=True)
