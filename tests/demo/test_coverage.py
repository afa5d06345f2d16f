"""Intervals of the demo survey cover the truth; linearisation written here, apart from the product's own."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveyproc.demo import build_population, draw_sample, truths

SAMPLES = (
    2_000  # at 200 the share covered has a standard error of 1.5 points: right intervals fall outside 93-97 % by chance
)


def ratio_pieces(frames: dict[str, pd.DataFrame]) -> dict[str, tuple[pd.DataFrame, np.ndarray, np.ndarray | None]]:
    """Indicator → frame, numerator, denominator (None for a total); missing answers are left out of both."""
    household = frames["household"]
    home = household[household["result"] == 1].reset_index(drop=True)
    person, left, money = frames["person"], frames["emigrant"], frames["transfer"]
    keys = ["ea", "household"]
    visit = left.merge(home[[*keys, "year", "month"]], on=keys, suffixes=("", "_visit"), validate="m:1")
    away = (visit["year_visit"] * 12 + visit["month_visit"]) - (visit["year"] * 12 + visit["month"])
    unknown = (visit["year"] < 0) | (visit["still"] < 0)
    counted = (away <= 60) & (visit["age"] >= 15) & (visit["still"] == 1) & ~unknown
    roster = visit.assign(counted=counted, unknown=unknown).groupby(keys)[["counted", "unknown"]].sum()
    roster = home[keys].join(roster, on=keys).fillna(0.0)
    n_left, bad_left = roster["counted"].to_numpy(float), roster["unknown"].to_numpy(float) > 0
    open_left = (home["any_left"] > 0).to_numpy() & ~bad_left
    abroad = money.assign(abroad=money["origin"] == 1).groupby(keys)["abroad"].any()
    got = home[keys].join(abroad, on=keys)["abroad"].fillna(False).to_numpy(bool)
    size = home["members"].to_numpy(float)
    age = person["age"].to_numpy()

    def share(column: str, codes: tuple[int, ...], universe: np.ndarray | None = None):
        values = person[column].to_numpy()
        known = values >= 0 if universe is None else (values >= 0) & universe
        return person, np.isin(values, codes) & known, known

    years = person["years"].to_numpy()
    movers = (years >= 0) & (years < 95)
    born = person["birth_place"].to_numpy()
    citizen = person["citizenship"].to_numpy()
    return {
        "born_abroad": share("birth_place", (4,)),
        "born_abroad_number": (person, born == 4, None),
        "born_other_region": share("birth_place", (3,)),
        "non_citizens": (person, (citizen >= 0) & (citizen != 398), citizen >= 0),
        "migrants_5y_internal": share("res5", (2, 3), age >= 5),
        "migrants_5y_international": share("res5", (4,), age >= 5),
        "migrants_1y": share("res1", (2, 3, 4), age >= 1),
        "mean_years_of_movers": (person, np.where(movers, years, 0), movers),
        "mean_household_size": (home, size, np.ones(len(home))),
        "households_with_emigrant": (home, (n_left > 0) & open_left, open_left),
        "emigrants_per_1000_members": (home, 1000 * n_left * open_left, size * open_left),
        "households_receiving_from_abroad": (home, got & (home["received"] > 0), home["received"] > 0),
    }


def linearised(frame, top, bottom, *, stratum_of: pd.Series) -> tuple[float, float]:
    """Estimate and SE, psus with replacement (Woodruff 1971); stratum_of: stratum by enumeration area, all drawn."""
    weight = frame["weight"].to_numpy()
    y, x = np.asarray(top, float), None if bottom is None else np.asarray(bottom, float)
    if x is None:
        value, z = (weight * y).sum(), weight * y
    else:
        value = (weight * y).sum() / (weight * x).sum()
        z = weight * (y - value * x) / (weight * x).sum()
    position = stratum_of.index.get_indexer(frame["ea"])
    psu = np.bincount(position, weights=z, minlength=len(stratum_of))
    strata = stratum_of.to_numpy()
    n = np.bincount(strata)
    mean = np.bincount(strata, weights=psu) / n
    return value, float(np.sqrt((n[strata] / (n[strata] - 1) * (psu - mean[strata]) ** 2).sum()))


def simulate(samples: int, *, first_seed: int = 1) -> pd.DataFrame:
    """One row an indicator: share covered, mean relative error of the estimate and of its variance."""
    population = build_population(2024)
    table = truths(population)
    truth = table[table["domain"] == "total"].set_index("indicator")["value"]
    results: dict[str, list[tuple[float, float]]] = {}
    for seed in range(first_seed, first_seed + samples):
        frames = draw_sample(population, seed=seed).frames()
        home = frames["household"]
        keys = home.assign(stratum=home["region"] * 10 + home["area"]).groupby("ea")["stratum"].first()
        stratum_of = pd.Series(pd.factorize(keys)[0], index=keys.index)
        for name, (frame, top, bottom) in ratio_pieces(frames).items():
            results.setdefault(name, []).append(linearised(frame, top, bottom, stratum_of=stratum_of))
    degrees = len(stratum_of) - stratum_of.nunique()
    t = stats.t.ppf(0.975, degrees)
    rows = {}
    for name, pairs in results.items():
        value, se = np.array(pairs).T
        covered = np.abs(value - truth[name]) <= t * se
        rows[name] = {
            "covered": covered.mean(),
            "covered_200": covered[:200].mean(),
            "bias_in_se": (value.mean() - truth[name]) / value.std(),
            "variance_ratio": (se**2).mean() / value.var(),
            "cv": se.mean() / truth[name],
        }
    return pd.DataFrame(rows).T


@pytest.mark.slow
def test_intervals_cover_the_truth_in_93_to_97_percent_of_samples() -> None:
    table = simulate(SAMPLES)
    assert len(table) >= 10
    outside = table[(table["covered"] < 0.93) | (table["covered"] > 0.97)]
    assert outside.empty, table.to_string()
    assert (table["bias_in_se"].abs() < 0.35).all(), table.to_string()
    assert table["variance_ratio"].between(0.9, 1.1).all(), table.to_string()
