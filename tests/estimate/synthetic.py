"""A small household survey made from a seed, with every trap that estimates meet; the same rows were given to R."""

import numpy as np
import pandas as pd

SEED = 20260301


def make_survey() -> pd.DataFrame:
    """1,100 persons or so in 9 strata, the last with a single psu.

    Missing answers, weights of zero, a region where nobody moved, one with a single psu, an amount that is mostly 0
    and one far from 0 compared with its spread.
    """
    rng = np.random.default_rng(SEED)
    rows = []
    for stratum in range(1, 10):
        for psu in range(1, 2 if stratum == 9 else 4 + stratum % 3):
            level = rng.normal(0.0, 0.4)
            for household in range(rng.integers(6, 13)):
                weight = round(float(rng.gamma(4.0, 25.0)) + 5.0, 3)
                rows += [
                    (stratum, psu, household, weight, level, rng.random(), rng.normal(), rng.random())
                    for _ in range(rng.integers(1, 6))
                ]
    data = pd.DataFrame(rows, columns=["stratum", "psu", "household", "weight", "level", "u", "e", "v"])
    data["region"] = np.where(data.stratum <= 3, "north", np.where(data.stratum <= 6, "south", "east"))
    data.loc[(data.stratum == 4) & (data.psu == 2), "region"] = "islet"
    data["sex"] = np.where(data.v < 0.48, "male", "female")
    data["age"] = np.round(90 * data.u**1.5)
    data["moved"] = np.where(data.region == "south", 0.0, (data.level + data.e > 0.9).astype(float))
    data.loc[(data.v * 1000 % 17) < 1, "moved"] = np.nan
    data["income"] = np.round(np.exp(5 + data.level + 0.5 * data.e), 2)
    data.loc[data.age < 15, "income"] = np.nan
    data["remittance"] = np.where(data.v > 0.8, np.round(0.3 * np.exp(5 + data.e), 2), 0.0)
    data["year"] = 2.0e6 + np.round(5 * data.e, 3)
    data["population_psus"] = 20.0 + 3 * data.stratum
    data.loc[data.stratum == 9, "population_psus"] = 6.0
    data.loc[(data.u * 1000 % 23) < 1, "weight"] = 0.0
    return data.drop(columns=["level", "u", "e", "v"])
