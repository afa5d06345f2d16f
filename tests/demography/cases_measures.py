"""Reference numbers of rates, growth, structure and age profiles."""

from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.demography.growth import components, doubling_time, growth
from surveyproc.demography.profile import age_profile
from surveyproc.demography.rates import crude_rates, migration_ratio, net_rate, person_years
from surveyproc.demography.standardise import direct, indirect
from surveyproc.demography.structure import dependency, median_age, sex_ratio, share
from tests.demography.report import Item, Row, printed

SIMPLE = "a_simple_measures_base_r.csv"
CEYLON = "published/shryock_siegel_1976_tab21_2_ceylon_1946_1953.csv"
WPP = "central_asia/wpp2024_misc1dt_central_asia_ru_de.csv"
STOCK = "central_asia/undesa_ims2020_stock_by_sex_central_asia_ru_de.csv"
TABLE_A1 = "a_bernard2014_tabA1_input.csv"
PROFILES = "a_index_age_bernard2014.csv"


def simple(folder: Path, name: str) -> float:
    return float(pd.read_csv(folder / SIMPLE, index_col="id").loc[name, "value"])


def ceylon_here(_: Path) -> list[Row]:
    """Shryock and Siegel 1976, table 21-2: 85,825 on 6,657,239 is 1.3 % (1946-53); increase 1,440,666."""
    p0, p1, net = 6_657_239.0, 8_097_905.0, 85_825.0
    of_initial = net_rate(net, exposure=person_years(p0, p1, years=1.0, denominator="initial"), per=100.0)
    grown = growth(p0, p1, years=7.0)
    return [
        Row("rate on the initial population, %", of_initial, 1.3, printed(1)),
        Row(
            "share of growth, %",
            components(p0, births=1_354_841.0, deaths=0.0, net=net, years=7.0).contribution,
            5.957,
            printed(3),
        ),
        Row("growth rate", grown.exponential, 0.027986, printed(6)),
        Row("doubling time", grown.doubling_time, 24.77, printed(2)),
    ]


def ceylon(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / CEYLON)
    p0, p1 = rows.pop_1946.to_numpy(float), rows.pop_1953.to_numpy(float)
    exposure = person_years(p0, p1, years=1.0, denominator="initial")
    return [
        Row(
            "net rates of 20 districts, %",
            net_rate(rows.net, exposure=exposure, per=100.0),
            rows.net_rate_pct,
            printed(1),
        ),
        Row("increase, %", 100.0 * (p1 - p0) / p0, rows.increase_pct, printed(1)),
    ]


def simple_rates(folder: Path) -> list[Row]:
    toy = crude_rates(12_000.0, 9_000.0, exposure=1e6)
    p0, p1, net = 6_657_239.0, 8_097_905.0, 85_825.0
    grown = growth(p0, p1, years=7.0)
    ours = {
        "toy_in_rate": toy.inward,
        "toy_out_rate": toy.outward,
        "toy_net_rate": toy.net,
        "toy_gross_rate": toy.gross,
        "ceylon_net_rate_initial": net_rate(
            net, exposure=person_years(p0, p1, years=1.0, denominator="initial"), per=100
        ),
        "ceylon_net_rate_mid": net_rate(net, exposure=person_years(p0, p1, years=1.0)),
        "ceylon_share_growth": components(p0, births=1_354_841.0, deaths=0.0, net=net, years=7.0).contribution,
        "growth_exponential": grown.exponential,
        "growth_geometric": grown.geometric,
        "doubling_time_exact": grown.doubling_time,
        "doubling_time_1pct": doubling_time(0.01),
        "toy_std_rate": direct([3 / 300, 20 / 500, 2 / 200], [250.0, 450.0, 300.0]).rate,
        "toy_crude_rate": direct([3 / 300, 20 / 500, 2 / 200], [300.0, 500.0, 200.0]).rate,
        "toy_median_age": median_age([10.0, 15.0, 5.0, 5.0, 5.0], [0, 15, 25, 35, 45], last_width=20.0),
        "toy_dependency": dependency([20.0, 70.0, 10.0], [0, 15, 65]).total,
        "toy_sex_ratio": sex_ratio(48.0, 52.0),
    }
    return [Row(name, value, simple(folder, name), relative=1e-12) for name, value in ours.items()]


def constructed(_: Path) -> list[Row]:
    toy = crude_rates(12_000.0, 9_000.0, exposure=1e6)
    rates = [3 / 300, 20 / 500, 2 / 200]
    return [
        Row("12, 9, 3, 21", [toy.inward, toy.outward, toy.net, toy.gross], [12.0, 9.0, 3.0, 21.0], 1e-12),
        Row("standardised", direct(rates, [250.0, 450.0, 300.0]).rate, 23.5, 1e-12),
        Row("indirect of itself", indirect(25.0, [300.0, 500.0, 200.0], standard_rates=rates).ratio, 1.0, 1e-12),
        Row("median age", median_age([10.0, 15.0, 5.0, 5.0, 5.0], [0, 15, 25, 35, 45]), 21.6667, printed(4)),
        Row("dependency", dependency([20.0, 70.0, 10.0], [0, 15, 65]).total, 42.857, printed(3)),
        Row("sex ratio", sex_ratio(48.0, 52.0), 92.308, printed(3)),
    ]


def kazakhstan_here(_: Path) -> list[Row]:
    """WPP 2024, Kazakhstan 2023: births 409.417, deaths 136.388, net −4.822, thousands; cbr prints P as 20,330.6."""
    ratio = migration_ratio(-4.822, 409.417, deaths=136.388)
    return [
        Row("net rate", net_rate(-4.822, exposure=20_330.6), -0.237, printed(3)),
        Row("per 1000 natural increase", ratio.per_natural_increase, -17.66, printed(2)),
        Row("per 1000 births", ratio.per_birth, -11.78, printed(2)),
        Row("growth", 1.343 + net_rate(-4.822, exposure=20_330.6) / 10, 1.319, printed(3)),
    ]


def wpp(folder: Path) -> list[Row]:
    """All countries and years: rates on P = births/cbr, printed with three decimals, and so is cbr itself."""
    rows = pd.read_csv(folder / WPP)
    population = 1000.0 * rows.births / rows.cbr
    net = rows.PopChange - (rows.births - rows.deaths)
    made = components(population, births=rows.births, deaths=rows.deaths, net=net, years=1.0, denominator="initial")
    # P is known to the digits of cbr, and the net migration that closes the balance to 0.014 thousand.
    loose = 0.0005 + 0.0005 * 20 + 1000 * 0.02 / population.to_numpy()
    kz = rows[(rows.country_code == 398) & (rows.year == 2023)]
    name = "kz2023"
    one = migration_ratio(-4.822, kz.births, deaths=kz.deaths)
    return [
        Row(
            "natural change rate",
            (1000.0 * (made.births - made.deaths) - rows.NatChangeRT) / loose,
            np.zeros(len(rows)),
            1.0,
        ),
        Row("net rate", (1000.0 * made.migration - rows.cnmr) / loose, np.zeros(len(rows)), 1.0),
        Row(
            "kz per natural increase",
            one.per_natural_increase,
            [simple(folder, f"{name}_migration_ratio_natural")],
            1e-9,
        ),
        Row("kz per birth", one.per_birth, [simple(folder, f"{name}_migration_ratio_births")], 1e-9),
        Row(
            "kz net rate",
            net_rate(-4.822, exposure=1000.0 * kz.births / kz.cbr),
            [simple(folder, f"{name}_cnmr")],
            1e-9,
        ),
        Row(
            "kz natural",
            1000.0 * one.natural_increase / (1000.0 * kz.births / kz.cbr),
            [simple(folder, f"{name}_natural_rate")],
            1e-9,
        ),
        Row("kz share of growth", share(-4.822, kz.PopChange), [simple(folder, f"{name}_share_of_growth_pct")], 1e-9),
    ]


def stock_here(_: Path) -> list[Row]:
    """UN DESA, International Migrant Stock 2020, Kazakhstan: 3,732,073 of 18,776,707; women 50.427095 %."""
    return [Row("share", share(3_732_073.0, 18_776_707.0), 19.876078, printed(6))]


def stock(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / STOCK, low_memory=False)
    rows["value"] = pd.to_numeric(rows.value, errors="coerce")
    wide = rows.pivot_table(index=["code", "year"], columns=["measure", "sex"], values="value")
    found = []
    for sex in ("both", "male", "female"):
        ours = share(wide["migrant_stock", sex], 1000.0 * wide["population_thousands", sex])
        theirs = wide["migrant_share_pct", sex].to_numpy()
        known = ~np.isnan(ours) & ~np.isnan(theirs)
        assert known.sum() >= 60
        found.append(Row(f"share of {sex}", ours[known], theirs[known], relative=1e-12))
    return found


def ims_share_female(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / STOCK, low_memory=False)
    rows["value"] = pd.to_numeric(rows.value, errors="coerce")
    one = rows[(rows.code == 398) & (rows.year == 2020) & (rows.measure == "migrant_stock")].set_index("sex").value
    return [Row("women among migrants, %", share(one["female"], one["both"]), 50.427095, printed(6))]


def table_a1(folder: Path) -> list[Row]:
    """Bernard, Bell and Charles-Edwards 2014, table A1; the package's results where it does what it says."""
    rows = pd.read_csv(folder / TABLE_A1)
    rates = rows[["brazil2000", "france2006"]].to_numpy().T
    made = age_profile(rates, rows.age, widths=np.ones(len(rows)))
    theirs = pd.read_csv(folder / PROFILES)
    # Q6: the package takes the rows from peak − 5 to peak + 5, which here are five years too old.
    by_row = np.array([r[int(peak) - 6 : int(peak) + 5].sum() for r, peak in zip(rates, made.age_at_peak, strict=True)])
    return [
        Row("peak age as printed", made.age_at_peak, [24.0, 26.0]),
        Row("gross migraproduction, %/100", made.gmr / 100.0, theirs.gmr, 1e-12),
        Row("peak", made.peak, theirs.peak_mi, 1e-12),
        Row("age of steepest rise", made.age_at_rise, theirs.murc),
        Row("age of steepest fall", made.age_at_fall, theirs.mdrc),
        Row("asymmetry of ages", made.age_asymmetry, theirs.asymmetry, 1e-12),
        Row("breadth by the package's rows (Q6)", by_row, theirs.peak_breadth, 1e-12),
    ]


def ipumsi(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / "a_ipumsi_age_input.csv")
    theirs = pd.read_csv(folder / "a_index_age_ipumsi.csv").set_index("sample")
    found = []
    for name, part in rows.groupby("sample"):
        rates = 100.0 * (part.migrants / part.population).to_numpy()
        made = age_profile(rates, part.age, widths=np.ones(len(part)))
        package = theirs.loc[str(name)]
        place = int(made.age_at_peak) - 6  # Q6: rows from peak − 5 on, counted from 1
        found += [
            Row(f"{name}: gmr", made.gmr / 100.0, package.gmr, 1e-12),
            Row(f"{name}: peak", made.peak, package.peak_mi, 1e-12),
            Row(
                f"{name}: ages",
                [made.age_at_peak, made.age_at_rise, made.age_at_fall],
                package[["peak_age", "murc", "mdrc"]].to_numpy(float),
            ),
            Row(f"{name}: asymmetry", made.age_asymmetry, package.asymmetry, 1e-12),
            Row(f"{name}: breadth by rows (Q6)", rates[place : place + 11].sum(), package.peak_breadth, 1e-12),
        ]
    return found


def age_peaks_here(_: Path) -> list[Row]:
    """Bernard, Bell and Charles-Edwards 2014, table A1, ages 20-30: peaks at 24 (Brazil 2000) and 26 (France 2006)."""
    brazil = [1.638, 1.717, 1.773, 1.805, 1.815, 1.805, 1.783, 1.755, 1.722, 1.685, 1.645]
    france = [2.663, 2.908, 3.043, 3.126, 3.198, 3.261, 3.288, 3.255, 3.157, 3.008, 2.83]
    made = age_profile([brazil, france], np.arange(20.0, 31.0), widths=np.ones(11))
    return [Row("peak ages", made.age_at_peak, [24.0, 26.0]), Row("peaks", made.peak, [1.815, 3.288])]


Q6 = "all but breadth: the package counts rows, not ages (Q6), which the test shows; ours is by age"
ITEMS = [
    Item("a1 a10", "Ceylon 1946-53, national figures (Shryock and Siegel)", "published", ceylon_here),
    Item("a1", "Ceylon 1946-53, 20 districts", "published", ceylon, (CEYLON,)),
    Item("a1 a2", "rates of Kazakhstan 2023 (WPP 2024)", "published", kazakhstan_here),
    Item("a1 a2 a10", "rates of seven countries 1950-2023 (WPP 2024)", "published", wpp, (WPP, SIMPLE)),
    Item("a1 a9 a10 a11", "simple measures", "formula", simple_rates, (SIMPLE,)),
    Item("a1 a9 a11", "simple measures by hand", "constructed", constructed),
    Item("a8", "peaks of table A1 (Bernard et al. 2014)", "published", age_peaks_here),
    Item("a8", "table A1 with package results", "package", table_a1, (TABLE_A1, PROFILES), verdict=Q6),
    Item(
        "a8",
        "Brazil 2000 and France 2006",
        "package",
        ipumsi,
        ("a_ipumsi_age_input.csv", "a_index_age_ipumsi.csv"),
        verdict=Q6,
    ),
    Item("a9", "migrant share of Kazakhstan 2020 (UN DESA)", "published", stock_here),
    Item("a9", "migrant shares by sex, 1990-2020 (UN DESA)", "published", stock, (STOCK,)),
    Item("a9", "women among migrants, Kazakhstan 2020", "published", ims_share_female, (STOCK,)),
]
