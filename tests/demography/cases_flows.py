"""Reference numbers of measures of flow matrices: intensity, effectiveness, preference, concentration, distance."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.demography.concentration import (
    connectivity,
    field_variation,
    hhi,
    inequality,
    migration_gini,
    theil,
    variation,
)
from surveyproc.demography.distance import distance_decay, mean_distance, median_distance
from surveyproc.demography.intensity import (
    aggregate_net_rate,
    courgeau_k,
    crude_intensity,
    effectiveness,
    flow_totals,
    preference,
    system_effectiveness,
    velocity,
)
from tests.demography.report import Item, Row, printed

TOY = np.array([[0, 100, 30, 70], [50, 0, 45, 5], [60, 35, 0, 40], [20, 25, 20, 0]], dtype=float)
TOY_POPULATION = np.array([1000.0, 800.0, 600.0, 400.0])
# Plane and Mulligan 1997, Demography 34:251, hypothetical matrices, row = origin.
HYP1 = np.array([[0, 10, 10], [20, 0, 20], [30, 30, 0]], dtype=float)
HYP2 = np.array([[0, 20, 20], [30, 0, 50], [20, 20, 0]], dtype=float)
KOREA_COURSE = "published/abel_course_korea_indices_2012_2020.json"
KOREA_INPUT = "a_korea_2020_input.csv"
KOREA_PACKAGE = "a_korea_indices_migest_2012_2020.csv"
HYP_INDICES = "a_plane_mulligan_1997_indices.csv"

Q2 = "MWG by a zone's own share; the package swaps the shares of out and in (Q2), which the test shows"
TIES = "; its median distance hangs on the order of equally far pairs, here with Daegu before Busan"
Q235 = Q2 + "; its cv is no SD over mean (Q3) and preference and velocity are sums over pairs (Q5), shown likewise"


def korea(folder: Path, column: str = "flow", *, order: str = "name") -> np.ndarray:
    rows = pd.read_csv(folder / KOREA_INPUT)
    wide = rows.pivot(index="orig", columns="dest", values=column)
    zones = sorted(wide.index) if order == "name" else ["Seoul", "Daegu", *dict.fromkeys(rows.orig)]
    zones = list(dict.fromkeys(zones))
    return wide.loc[zones, zones].to_numpy(dtype=float)


def korea_population(folder: Path) -> np.ndarray:
    """Persons; the file has millions (Q4)."""
    return pd.read_csv(folder / KOREA_INPUT).groupby("dest").dest_pop.first().sort_index().to_numpy(float) * 1e6


def swapped_means(flows: np.ndarray) -> list[float]:
    """Migration-weighted Ginis as packages give them: out-fields by in-totals and in-fields by out-totals (Q2)."""
    made, totals = migration_gini(flows), flow_totals(flows)
    n, migrants = len(flows), totals.outward.sum()
    out, into = (made.out_field * totals.inward).sum(), (made.in_field * totals.outward).sum()
    return [out / n / migrants, into / n / migrants, (out + into) / 2 / n / migrants]


def package_cv(flows: np.ndarray) -> float:
    """The quantity that a package calls cv (Q3): √(Σ(m − m̄)² / (L(L − 1)) / m̄), L cells with the diagonal."""
    return float(np.sqrt(((flows - flows.mean()) ** 2).sum() / (flows.size * (flows.size - 1)) / flows.mean()))


def connectivity_rows(flows: np.ndarray, theirs: pd.Series) -> list[Row]:
    made = migration_gini(flows)
    zero = np.where(np.eye(len(flows), dtype=bool), 0.0, flows)
    ours = {
        "connectivity": connectivity(flows),
        "inequality_equal": inequality(flows),
        "inequality_sim": inequality(flows, expected="independence"),
        "gini_total": made.corrected,
        "gini_orig_standardized": made.rows_standardised / 100.0,
        "gini_dest_standardized": made.columns_standardised / 100.0,
        "acv": field_variation(flows).aggregate,
        "cv": package_cv(zero),
        **dict(zip(("mwg_orig", "mwg_dest", "mwg_mean"), swapped_means(flows), strict=True)),
    }
    assert set(ours) == set(theirs.index)
    # R's glm stops at a relative change of deviance of 1e-8.
    return [
        Row(name, value, theirs[name], relative=1e-7 if name == "inequality_sim" else 1e-11)
        for name, value in ours.items()
    ]


def region_rows(flows: np.ndarray, theirs: pd.DataFrame) -> list[Row]:
    totals = flow_totals(flows)
    return [
        Row("out", totals.outward, theirs.out_mig),
        Row("in", totals.inward, theirs.in_mig),
        Row("turnover", totals.turnover, theirs.turn),
        Row("net", totals.net, theirs.net),
    ]


def toy(folder: Path) -> list[Row]:
    theirs = pd.read_csv(folder / "a_toy4_impact_pop1000_800_600_400.csv", index_col="measure").value
    totals = flow_totals(TOY)
    intensity = crude_intensity(totals.outward.sum(), TOY_POPULATION.sum())
    impact = {
        "effectivness": system_effectiveness(totals.inward, totals.outward),
        "anmr": aggregate_net_rate(totals.inward, totals.outward, population=TOY_POPULATION),
        "preference": np.nansum(preference(TOY, TOY_POPULATION)) / 100.0,
        "velocity": np.nansum(velocity(TOY, TOY_POPULATION)) / 100.0,
        "cmp": intensity,
        "courgeau_k": courgeau_k(intensity, 4),
    }
    assert set(impact) == set(theirs.index)
    rows = [Row(name, value, theirs[name], relative=1e-12) for name, value in impact.items()]
    rows += region_rows(TOY, pd.read_csv(folder / "a_toy4_sum_region.csv"))
    return rows + connectivity_rows(TOY, pd.read_csv(folder / "a_toy4_connectivity.csv", index_col="measure").value)


def toy_formulas(folder: Path) -> list[Row]:
    made = migration_gini(TOY)
    ours = {
        "toy_effectiveness": effectiveness(12_000.0, 9_000.0),
        "toy4_theil": theil(TOY),
        "toy4_theil_max": np.log(12.0),
        "toy4_hhi": hhi(TOY),
        "toy4_cv_population": variation(TOY),
        "toy4_gini_uncorrected": made.total,
        "toy4_gini_corrected": made.corrected,
        "toy4_preference_AB": preference(TOY, TOY_POPULATION)[0, 1],
        "toy4_preference_AB_excl_diag": preference(TOY, TOY_POPULATION, diagonal="removed")[0, 1],
        "toy4_velocity_AB": velocity(TOY, TOY_POPULATION)[0, 1],
    }
    theirs = pd.read_csv(folder / "a_simple_measures_base_r.csv", index_col="id").value
    return [Row(name, value, theirs[name], relative=1e-12) for name, value in ours.items()]


def toy_here(_: Path) -> list[Row]:
    totals = flow_totals(TOY)
    return [
        Row("one area", effectiveness(12_000.0, 9_000.0), 14.2857, printed(4)),
        Row("MEI", system_effectiveness(totals.inward, totals.outward), 22.0, 1e-12),
        Row("preference A→B", preference(TOY, TOY_POPULATION)[0, 1], 196.0, 1e-10),
        Row("without diagonal", preference(TOY, TOY_POPULATION, diagonal="removed")[0, 1], 142.0, 1e-10),
        Row("velocity A→B", velocity(TOY, TOY_POPULATION)[0, 1], 35.0, 1e-12),
        Row("Theil", theil(TOY), 0.17600, printed(5)),
        Row("HHI", hhi(TOY), 0.1128, printed(4)),
        Row("cv", variation(TOY), 0.59464, printed(5)),
        Row("inequality", [inequality(TOY), inequality(TOY, expected="independence")], [0.23333, 0.13353], printed(5)),
    ]


def plane_mulligan_here(_: Path) -> list[Row]:
    """Plane and Mulligan 1997: the hypothetical matrices and the indices as printed."""
    one, two = migration_gini(HYP1), migration_gini(HYP2)
    return [
        Row("hyp1 total, corrected", [one.total, one.corrected], [0.2222, 0.2667], printed(4)),
        Row("hyp1 rows, columns, exchange", [one.rows, one.columns, one.exchange], [0.0, 0.0556, 0.0556], printed(4)),
        Row("hyp1 % of total", [one.columns_standardised, one.exchange_standardised], [25.0, 25.0], 1e-10),
        Row("hyp1 in-fields", one.in_field, [0.2, 0.5, 0.3333], printed(4)),
        Row("hyp2 total, corrected", [two.total, two.corrected], [0.1875, 0.225], 1e-12),
        Row(
            "hyp2 rows, columns, exchange", [two.rows, two.columns, two.exchange], [0.0208, 0.0417, 0.0417], printed(4)
        ),
        Row("hyp2 % of total", [two.rows_standardised, two.columns_standardised], [11.1, 22.2], printed(1)),
        Row("hyp2 out-fields", two.out_field, [0.0, 0.25, 0.0], 1e-12),
        Row("hyp2 in-fields", two.in_field, [0.2, 0.0, 0.4286], printed(4)),
        Row("ACV", [field_variation(HYP1).aggregate, field_variation(HYP2).aggregate], [0.3333, 0.375], printed(4)),
        Row("MWG out of hyp2 by own share", two.weighted_out, 0.04167, printed(5)),
        Row("MWG in of hyp1 by own share", one.weighted_in, 0.11111, printed(5)),
    ]


def plane_mulligan(folder: Path) -> list[Row]:
    indices = pd.read_csv(folder / HYP_INDICES)
    flows = pd.read_csv(folder / "a_plane_mulligan_1997_input.csv")
    rows: list[Row] = []
    for name, matrix in (("hyp1", HYP1), ("hyp2", HYP2)):
        wide = flows[flows.matrix == name].pivot(index="orig", columns="dest", values="flow")
        rows.append(Row(f"{name} input", matrix, wide.to_numpy(float)))
        made, varied, totals = migration_gini(matrix), field_variation(matrix), flow_totals(matrix)
        migrants = totals.outward.sum()
        swapped = swapped_means(matrix)
        ours = {
            "gini_total_corrected": made.corrected,
            "gini_total_uncorrected": made.total,
            "gini_row": made.rows,
            "gini_row_std": made.rows_standardised,
            "gini_col": made.columns,
            "gini_col_std": made.columns_standardised,
            "gini_exchange": made.exchange,
            "gini_exchange_std": made.exchange_standardised,
            "mwg_out": swapped[0],
            "mwg_in": swapped[1],
            "mwg_mean": swapped[2],
            "acv_in": (totals.inward / migrants * varied.inward).sum(),
            "acv_out": (totals.outward / migrants * varied.outward).sum(),
            "acv": varied.aggregate,
            "mei": system_effectiveness(totals.inward, totals.outward),
            "connectivity": connectivity(matrix),
            "inequality_equal_abs": migrants * inequality(matrix),
            "inequality_weighted_abs": _overwritten_inequality(matrix),
            "gini_out_field": made.out_field,
            "gini_in_field": made.in_field,
            "cv_in": varied.inward,
            "cv_out": varied.outward,
        }
        theirs = indices[indices.matrix == name].groupby("measure").value.apply(lambda v: v.to_numpy())
        assert set(ours) == set(theirs.index)
        rows += [Row(f"{name} {k}", np.atleast_1d(v), theirs[k], 1e-11) for k, v in ours.items()]
    return rows


def _overwritten_inequality(flows: np.ndarray) -> float:
    """The package's "weighted" expectation: each row is made from a table whose earlier rows are already replaced."""
    n = len(flows)
    table = np.where(np.eye(n, dtype=bool), np.nan, flows)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        columns = np.nansum(table[:, others], axis=0)
        table[i, others] = columns * np.nansum(np.where(np.arange(n) == i, 0.0, flows[i])) / columns.sum()
    off = ~np.eye(n, dtype=bool)
    return float(0.5 * np.abs(flows - table)[off].sum())


def plane(number: int) -> tuple[str, ...]:
    return tuple(f"a_plane1981_tab{number}_{part}.csv" for part in ("input", "connectivity", "sum_region"))


def plane_1981(folder: Path, number: int, mei: float) -> list[Row]:
    wide = pd.read_csv(folder / f"a_plane1981_tab{number}_input.csv", index_col="orig")
    zones = list(wide.index[:9])
    flows = wide.loc[zones, zones].fillna(0.0).to_numpy()
    order = np.argsort(zones)
    regions = pd.read_csv(folder / f"a_plane1981_tab{number}_sum_region.csv", index_col="region").loc[sorted(zones)]
    theirs = pd.read_csv(folder / f"a_plane1981_tab{number}_connectivity.csv", index_col="measure").value
    rows = connectivity_rows(flows, theirs) + region_rows(flows[np.ix_(order, order)], regions)
    totals = flow_totals(flows)
    # Printed net totals differ from those of the cells where a cell or a margin was mistyped (Q10): by 1,000 at most.
    net = wide.loc[zones, "Net Migration"].to_numpy()
    return [
        *rows,
        Row("MEI", system_effectiveness(totals.inward, totals.outward), mei, printed(5)),
        Row("printed net", totals.net, net, 1_000.0),
    ]


def korea_here(_: Path) -> list[Row]:
    """Korea 2012-2020, 17 regions, as printed in G. Abel's course slides: migrants and population in persons."""
    migrants = [2512740, 2423429, 2507796, 2551424, 2453342, 2410930, 2429184, 2384948, 2534114]
    population = [50948272, 51141463, 51327916, 51529338, 51696216, 51778544, 51826059, 51849861, 51829023]
    intensity = crude_intensity(migrants, population)
    k = [0.870, 0.836, 0.862, 0.874, 0.838, 0.822, 0.827, 0.812, 0.863]
    mei = np.array([6.07, 5.72, 5.36, 7.73, 8.47, 7.99, 9.29, 6.94, 7.67])
    anmr = np.array([0.300, 0.271, 0.262, 0.383, 0.402, 0.372, 0.435, 0.319, 0.375])
    return [
        Row("intensity", intensity, [4.93, 4.74, 4.89, 4.95, 4.75, 4.66, 4.69, 4.60, 4.89], printed(2)),
        Row("Courgeau's k", courgeau_k(intensity, 17), k, printed(3)),
        Row("ANMR = CMI·MEI/100", intensity * mei / 100.0, anmr, printed(3) + 0.05 * 0.005),
    ]


def korea_course(folder: Path) -> list[Row]:
    said = json.loads((folder / KOREA_COURSE).read_text(encoding="utf-8"))
    flows, people = korea(folder), korea_population(folder)
    totals = flow_totals(flows)
    intensity = crude_intensity(said["migrants"], said["population"])
    last = {
        "mei": (system_effectiveness(totals.inward, totals.outward), 2),
        "anmr": (aggregate_net_rate(totals.inward, totals.outward, population=people), 3),
        "preference_sum": (np.nansum(preference(flows, people)) / 100.0, 0),
        "velocity_sum": (np.nansum(velocity(flows, people)) / 100.0, 1),
    }
    return [
        Row("intensity", intensity, said["cmp_pct"], printed(2)),
        Row("k", courgeau_k(intensity, said["n_regions"]), said["courgeau_k"], printed(3)),
        Row("migrants 2020", totals.outward.sum(), said["migrants"][-1]),
        *(Row(f"{name} 2020", value, said[name][-1], printed(digits)) for name, (value, digits) in last.items()),
    ]


def korea_package(folder: Path) -> list[Row]:
    every = pd.read_csv(folder / KOREA_PACKAGE)
    theirs = every[every.year == 2020].set_index("measure").value
    flows, people, far = korea(folder), korea_population(folder), korea(folder, "dist_cent")
    totals = flow_totals(flows)
    intensity = crude_intensity(totals.outward.sum(), people.sum())
    rest = {
        "cmp": intensity,
        "courgeau_k": courgeau_k(intensity, 17),
        "effectivness": system_effectiveness(totals.inward, totals.outward),
        "anmr": aggregate_net_rate(totals.inward, totals.outward, population=people),
        "preference": np.nansum(preference(flows, people)) / 100.0,
        "velocity": np.nansum(velocity(flows, people)) / 100.0,
        "mean": mean_distance(flows, far),
        "median": median_distance(*(korea(folder, c, order="package") for c in ("flow", "dist_cent")), rule="pairs"),
        "decay": distance_decay(flows, far).exponent,
    }
    loose = {"decay": 1e-8}
    rows = [Row(name, value, theirs[name], relative=loose.get(name, 1e-11)) for name, value in rest.items()]
    rows += connectivity_rows(flows, theirs.drop(list(rest)))
    return rows + region_rows(flows, pd.read_csv(folder / "a_korea_2020_sum_region.csv").sort_values("region"))


def korea_years(folder: Path) -> list[Row]:
    """Other years have no flows here: what follows from their printed totals, and identities between the results."""
    wide = pd.read_csv(folder / KOREA_PACKAGE).pivot(index="year", columns="measure", values="value")
    said = json.loads((folder / KOREA_COURSE).read_text(encoding="utf-8"))
    intensity = crude_intensity(said["migrants"], said["population"])
    return [
        Row("cmp", intensity, wide.cmp, relative=1e-11),
        Row("k", courgeau_k(intensity, 17), wide.courgeau_k, relative=1e-11),
        Row("anmr", intensity * wide.effectivness.to_numpy() / 100.0, wide.anmr, relative=1e-11),
    ]


ITEMS = [
    Item("a3 a6 a7", "toy 4×4: effectiveness, preference, Theil, HHI, CV", "constructed", toy_here),
    Item("a4 a5", "Korea 2012-2020: intensity, k, ANMR as printed", "published", korea_here),
    Item(
        "a3 a4 a5 a6",
        "Korea 2020 flows, course slides",
        "published",
        korea_course,
        (KOREA_COURSE, KOREA_INPUT),
        "reproduced; MEI, preference and velocity of 2012-2019 have no flows here",
    ),
    Item(
        "a4 a5",
        "Korea 2012-2019, package",
        "package",
        korea_years,
        (KOREA_PACKAGE, KOREA_COURSE),
        "what follows from totals; the rest has no flows here",
    ),
    Item(
        "a7",
        "Korea 2020, package",
        "package",
        korea_package,
        (KOREA_PACKAGE, KOREA_INPUT, "a_korea_2020_sum_region.csv"),
        Q235 + TIES,
    ),
    Item("a7", "Plane and Mulligan 1997, as printed", "published", plane_mulligan_here),
    Item(
        "a7",
        "Plane and Mulligan 1997, package",
        "package",
        plane_mulligan,
        ("a_plane_mulligan_1997_input.csv", HYP_INDICES),
        Q2 + "; its weighted inequality overwrites the table that it reads, shown likewise",
    ),
    Item("a3", "US divisions, Plane 1981 table 1", "published", lambda f: plane_1981(f, 1, 19.42807), plane(1), Q235),
    Item("a3", "US divisions, Plane 1981 table 2", "published", lambda f: plane_1981(f, 2, 12.94092), plane(2), Q235),
    Item(
        "a3 a4 a5 a6 a7",
        "toy 4×4, package",
        "package",
        toy,
        ("a_toy4_impact_pop1000_800_600_400.csv", "a_toy4_sum_region.csv", "a_toy4_connectivity.csv"),
        Q235,
    ),
    Item("a3 a6 a7", "toy 4×4, formulas", "formula", toy_formulas, ("a_simple_measures_base_r.csv",)),
]
