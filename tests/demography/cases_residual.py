"""Reference numbers of the residual by age and period."""

from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.demography.residual import births_by_sex, residual_net
from tests.demography.report import Item, Row, printed

INPUTS = tuple(f"b_demotools_{name}_five_input.csv" for name in ("pop_m", "pop_f", "sr_m", "sr_f", "asfr", "srb"))
RESULTS = tuple(f"b_demotools_mig_resid_{flow}_{sex}.csv" for flow in ("stock", "cohort", "time") for sex in "mf")


def by_period(folder: Path, name: str) -> np.ndarray:
    """A table of ages × dates as dates × ages."""
    return pd.read_csv(folder / name, index_col="age").to_numpy(dtype=float).T


def demotools(folder: Path) -> list[Row]:
    women = by_period(folder, "b_demotools_pop_f_five_input.csv")
    fertility = pd.read_csv(folder / "b_demotools_asfr_five_input.csv", index_col="age")
    ages = pd.read_csv(folder / "b_demotools_pop_f_five_input.csv").age.to_numpy()
    fertile = np.isin(ages, fertility.index)
    ratio = pd.read_csv(folder / "b_demotools_srb_five_input.csv").srb.to_numpy()
    boys, girls = births_by_sex(women[:, fertile], fertility.to_numpy(float).T, sex_ratio=ratio)
    rows = []
    for sex, births in (("m", boys), ("f", girls)):
        people = by_period(folder, f"b_demotools_pop_{sex}_five_input.csv")
        survival = by_period(folder, f"b_demotools_sr_{sex}_five_input.csv")
        for flow in ("stock", "cohort", "time"):
            made = residual_net(people, survival=survival, births=births, flow=flow)  # type: ignore[arg-type]
            theirs = by_period(folder, f"b_demotools_mig_resid_{flow}_{sex}.csv")
            known = ~np.isnan(theirs)
            rows.append(Row(f"{flow} {sex}", made[known], theirs[known], 1e-9))
            if sex == "m":
                sums = {"stock": 302.7165, "cohort": 306.1205, "time": 306.2396}
                rows.append(Row(f"column sum 1950 {flow}", made[0].sum(), sums[flow], printed(4)))
    return rows


ITEMS = [Item("b6", "DemoTools mig_resid, 20 periods, both sexes, 3 flows", "package", demotools, (*INPUTS, *RESULTS))]
