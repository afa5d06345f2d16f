"""Reference numbers of net migration by balance, survival ratios, children and place of birth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.demography.balance import vital_statistics
from surveyproc.demography.birthplace import lifetime_net
from surveyproc.demography.children import children_net
from surveyproc.demography.intensity import flow_totals
from surveyproc.demography.lifetable import in_groups, life_table
from surveyproc.demography.residual import births_by_sex
from surveyproc.demography.survival import (
    NetBySurvival,
    birth_ratio,
    cohorts,
    life_table_ratios,
    net_by_survival,
    plus_minus,
    regional_ratios,
)
from tests.demography.cases_measures import CEYLON
from tests.demography.report import Item, Row, printed

BOMBAY = "published/un1970_manual_vi_bombay_1941_1951.csv"
MANILA = "published/un1992_table6_manila_1960_1970.csv"
ALABAMA = "published/bogue_hinze_white_1982_alabama_1960_1970.csv"
ALABAMA_TOTALS = "published/bogue_hinze_white_1982_alabama_totals.json"
FRANKLIN = "published/shryock_siegel_1976_tab21_4_franklin_1950_1960.csv"
QUEBEC = "published/shryock_siegel_1976_tab21_5_quebec_1951_1956.csv"
PAPP = "published/papp101_s09_survival_ratios.json"
TEACHING = "published/schmertmann_forward_reverse_average.json"
INDIA = "published/abel_course_lifetime_migrants_india_1921_1931.json"
NEW_ENGLAND = (
    "b_new_england_1950_1960_input.csv",
    "b_usa_1950_1960_birthplace_input.csv",
    "b_net_sr_new_england_birthplace.csv",
)
VARIANTS = ("forward", "reverse", "average")


def variant_rows(made: NetBySurvival, theirs: pd.DataFrame, *, what: str = "", relative: float = 1e-11) -> list[Row]:
    """Every column of a package's result."""
    ours = {f"net_{name}": getattr(made, name) for name in VARIANTS}
    ours |= {"pop1_forward": made.expected_end, "pop0_reverse": made.expected_start}
    return [Row(f"{what}{name}", value, theirs[name], 1e-9, relative) for name, value in ours.items()]


def ceylon_here(_: Path) -> list[Row]:
    """Shryock and Siegel 1976, table 21-2: increase and natural increase 1946-53, net migration."""
    made = vital_statistics(
        [6657239, 1420232, 456572], [8097905, 1708726, 523550], births=[1354841, 246396, 78138], deaths=0
    )
    return [Row("Ceylon, Colombo, Kalutara", made.net, [85_825, 42_098, -11_160])]


def ceylon(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / CEYLON)
    made = vital_statistics(rows.pop_1946, rows.pop_1953, births=rows.natural_increase, deaths=0)
    return [
        Row("net", made.net, rows.net),
        Row("increase", made.increase, rows.increase),
        Row("districts re-add", made.net[1:].sum(), made.net[0]),
    ]


def alabama_balance_here(_: Path) -> list[Row]:
    """Bogue, Hinze and White 1982, Alabama 1960-70: white and non-white females and males."""
    made = vital_statistics(
        [1159548, 1124061, 515483, 467648], [1298342, 1235489, 483882, 426452],
        births=[224034, 236481, 126886, 131767], deaths=[86880, 123220, 51449, 58845],
    )  # fmt: skip
    sums = made.net.reshape(2, 2).sum(axis=0)
    return [Row("by race and sex", made.net, [1640, -1833, -107038, -114118]), Row("by sex", sums, [-105398, -115951])]


def alabama_balance(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / "b_net_vs_alabama.csv")
    made = vital_statistics(rows.pop_1960, rows.pop_1970, births=rows.births, deaths=rows.deaths)
    return [Row("net", made.net, rows.net), Row("natural", made.natural_increase, rows.natural_inc)]


def bombay_here(_: Path) -> list[Row]:
    """UN 1970, Manual VI: Bombay males 1941-51, life table of e0 = 45; open 60+ with S = .3866."""
    p0 = [77135, 85434, 79185, 82603, 126247, 155344, 138843, 109356, 81626, 47062, 36908, 15134, 25094]
    p1 = [132870, 170227, 263971, 253964, 195373, 151259, 118383, 76421, 65897, 32265, 22248, 9655, 10100]
    s = [0.9087, 0.9573, 0.9471, 0.9308, 0.9223, 0.9161, 0.9047, 0.885, 0.8548, 0.8122, 0.7535, 0.6726, 0.3866]
    net = [62777, 88441, 188975, 177077, 78935, 8948, -7228, -20359, -3877, -5959, -5562, -524, 399]
    made = net_by_survival(p0, p1, survival=s)
    return [
        Row("forward", made.forward, net, printed(0)),
        Row("total, of printed cells", np.round(made.forward).sum(), 562_043),
        Row("reverse and average 10-14", [made.reverse[0], made.average[0]], [69_085, 65_931], printed(0)),
    ]


def bombay(folder: Path) -> list[Row]:
    said, rows = pd.read_csv(folder / BOMBAY, encoding="utf-8-sig"), pd.read_csv(folder / "b_net_sr_bombay.csv")
    made = net_by_survival(rows.pop_1941, rows.pop_1951, survival=rows.sr)
    cells = said.iloc[:-1]
    return [
        *variant_rows(made, rows),
        Row("printed net", made.forward, cells.net, printed(0)),
        Row("printed expected", made.expected_end, cells.pop_exp_1951, printed(0)),
    ]


def manila_net(folder: Path) -> tuple[pd.DataFrame, NetBySurvival]:
    rows = pd.read_csv(folder / "b_manila_1960_1970_input.csv")
    return rows, net_by_survival(rows.pop_1960, rows.pop_1970, survival=rows.phl_census_sr)


def manila(folder: Path) -> list[Row]:
    """Women of 10-14 and over by national census survival; girls born in the decade by the child-woman ratio."""
    said = pd.read_csv(folder / MANILA, encoding="utf-8-sig").iloc[:-1]
    theirs = pd.read_csv(folder / "b_net_sr_manila_children.csv")
    rows, made = manila_net(folder)
    lower = np.arange(0, 80, 5)
    found = []
    for name in VARIANTS:
        net = getattr(made, name)
        girls = children_net(rows.pop_1970[:2], rows.pop_1970, net_women=net, lower=lower)
        both = np.concatenate((girls, net[2:]))
        found.append(Row(f"{name}, package", both, theirs[f"net_{name}"], relative=1e-11))
        if name == "forward":
            found += [
                Row("printed, women", both[2:], said.net[2:], printed(0)),
                # Printed from rounded ratios of children to women.
                Row("printed, girls", both[:2], said.net[:2], 4.0),
                Row("total", both.sum(), -40_224, 5.0),
            ]
    return found


def manila_here(_: Path) -> list[Row]:
    """UN 1992, table 6: Manila females 1960-70; girls 85,870 and 83,054; women 15-49 and their net migration."""
    women = np.array([101410, 90410, 56055, 44648, 36963, 28873, 23678], dtype=float)
    net = np.array([31134, 28877, -20082, -19117, -20497, -4244, -5189], dtype=float)
    girls = children_net([85870.0, 83054.0], women, net_women=net, lower=np.arange(15, 50, 5))
    return [Row("girls 0-4, 5-9", girls, [-236.0, -8938.0], 4.0), Row("recomputed", girls, [-235.3, -8934.7], 0.2)]


def alabama_rows(folder: Path) -> tuple[pd.DataFrame, NetBySurvival]:
    rows = pd.read_csv(folder / "b_net_sr_alabama.csv")
    return rows, net_by_survival(rows.pop_1960, rows.pop_1970, survival=rows.us_census_sr)


def alabama(folder: Path) -> list[Row]:
    rows, made = alabama_rows(folder)
    said = pd.read_csv(folder / ALABAMA).rename(columns={"forward": "said_forward", "average": "said_average"})
    every = rows.assign(forward=made.forward, average=made.average).merge(said, on=["race", "sex", "age_1970"])
    assert len(every) == len(rows) == 68
    totals = pd.read_csv(folder / "b_net_sr_alabama_totals.csv")
    sums = (
        rows.assign(**{f"net_{n}": getattr(made, n) for n in VARIANTS}).groupby(["race", "sex"]).sum(numeric_only=True)
    )
    printed_totals = json.loads((folder / ALABAMA_TOTALS).read_text(encoding="utf-8"))
    return [
        *variant_rows(made, rows),
        Row("printed forward", every.forward, every.said_forward, 0.8),
        Row("printed average", every.average, every.said_average, 2.2),
        *(Row(f"totals {n}", sums[f"net_{n}"].to_numpy(), totals[f"net_{n}"], 1e-6) for n in VARIANTS),
        # 17 cells, each printed to 1 from inputs with rounded ratios.
        Row(
            "printed totals forward",
            sums.net_forward,
            [printed_totals["|".join(k)]["forward"] for k in sums.index],
            2.0,
        ),
        Row(
            "printed totals average",
            sums.net_average,
            [printed_totals["|".join(k)]["average"] for k in sums.index],
            24.0,
        ),
    ]


def alabama_here(_: Path) -> list[Row]:
    """Bogue, Hinze and White 1982, white females 0-4 (births), 20-24, 80+."""
    made = net_by_survival([104556, 113551, 65068], [100224, 107480, 27359], survival=[0.964973, 0.997903, 0.405031])
    return [
        Row("forward", made.forward, [-670, -5833, 1004], 0.8),
        Row("average", made.average, [-681, -5838, 1742], 2.2),
    ]


def franklin(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / "b_net_sr_franklin.csv")
    base = rows.births.fillna(rows.pop1950)
    made = net_by_survival(base, rows.pop1960, survival=rows.national_csr)
    said = pd.read_csv(folder / FRANKLIN)
    cells, total = said.iloc[1:], said.iloc[0]
    preliminary = cells.net_preliminary.to_numpy(float)
    return [
        *variant_rows(made, rows),
        Row("printed net", made.forward, preliminary, 1.0),
        Row("printed total", preliminary.sum(), total.net_preliminary),
        Row("adjusted", _to_total(plus_minus(preliminary, total.net_adjusted), 75_756.0), cells.net_adjusted),
        Row("adjusted total", plus_minus(made.forward, 75_756.0).sum(), 75_756.0, 1e-6),
    ]


def _to_total(net: np.ndarray, total: float) -> np.ndarray:
    """Rounded; what the roundings lack of the total (1 here) goes to the largest cell, as in the printed column."""
    rounded = np.round(net)
    lacking = total - rounded.sum()
    assert abs(lacking) <= 1
    rounded[np.abs(net).argmax()] += lacking
    return rounded


def franklin_here(_: Path) -> list[Row]:
    """Shryock and Siegel 1976, table 21-4: preliminary 74,062 to 75,756; 1,092 → 1,115 and −224 → −219."""
    net = [1092, 4204, 5010, 11459, 23598, 18961, 4338, 2223, 2304, 1787, 1413, 366, -224, -1411, -818, -314, 89, -15]
    said = [1115, 4293, 5117, 11703, 24101, 19364, 4430, 2270, 2353, 1825, 1443, 374, -219, -1381, -801, -307, 91, -15]
    made = plus_minus(net, 75_756.0)
    return [
        Row("adjusted", _to_total(made, 75_756.0), said),
        Row("factors", [made[0] / 1092, made[12] / -224], [1.021274, 0.978726], printed(6)),
        Row("with births", net_by_survival(89_091, 85_464, survival=0.947031).forward, 1092, printed(0)),
    ]


def quebec(folder: Path) -> list[Row]:
    said = pd.read_csv(folder / QUEBEC)
    total, cells = said.iloc[0], said.iloc[1:]
    csr = regional_ratios(cells.csr, regional=cells.quebec_ltsr, national=cells.national_ltsr)
    made = net_by_survival(cells.quebec_1951, cells.quebec_1956, survival=cells.adjusted_csr)
    rows = pd.read_csv(folder / "b_net_sr_quebec.csv")
    package = []
    for name, part in rows.groupby("ratio"):
        by_ratio = net_by_survival(part.pop1951, part.pop1956, survival=part.sr)
        package += variant_rows(by_ratio, part, what=f"{name} ")
        totals = pd.read_csv(folder / "b_net_sr_quebec_totals.csv", index_col="ratio").loc[name]
        sums = [getattr(by_ratio, n).sum() for n in VARIANTS]
        package.append(Row(f"{name} totals", sums, totals[[f"net_{n}" for n in VARIANTS]].to_numpy(float), 1e-6))
    # Ratios are printed to five digits, so a product is off by up to two of the last.
    return [
        Row("census ratios", cells.canada_1956 / cells.canada_1951, cells.csr, printed(5)),
        Row("adjusted ratios", csr, cells.adjusted_csr, 2e-5),
        Row("net", made.forward, cells.net, 0.00001 * float(cells.quebec_1951.max()) / 2 + 0.5),
        Row("total net", made.forward.sum(), total.net, 6.0),
        *package,
    ]


def quebec_here(_: Path) -> list[Row]:
    """Shryock and Siegel 1976, table 21-5: 1.05226·(.99362/.99479) = 1.05102; children 5-9 in 1956 −5,119."""
    ratio = regional_ratios(1.05226, regional=0.99362, national=0.99479)
    return [
        Row("adjusted ratio", ratio, 1.05102, printed(5)),
        Row("net of 5-9", net_by_survival(265_559, 273_989, survival=1.05102).forward, -5_119, 1.5),
    ]


def papp(folder: Path) -> list[Row]:
    said = json.loads((folder / PAPP).read_text(encoding="utf-8"))
    lived = in_groups(said["nLx"], said["x"])
    ratios = life_table_ratios(lived, steps=2, width=5.0, radix=100_000.0)
    above = np.cumsum(lived[::-1])[::-1]
    return [
        # The printed columns are themselves rounded, so T differs from its sum by a few.
        Row("T", above, [t for x, t in zip(said["x"], said["Tx"], strict=True) if x != 1], 12.0),
        Row("ten-year ratios", ratios[2:], list(said["S10_printed"].values()), 1.5e-6),
    ]


def papp_here(_: Path) -> list[Row]:
    """IUSSP PAPP101, part 9: L of 0, 1–4, 5–9, 10–14, 15–19 and of 70–74 to 85+; S of 0–4, 5–9 and 75+."""
    young = in_groups([99258, 396311, 494842, 494388, 493808, 493080], [0, 1, 5, 10, 15, 20])
    old = life_table_ratios([361495.0, 297500.0, 214640.0, 189604.0], steps=2, width=5.0)
    ratios = life_table_ratios(young, steps=2, width=5.0, radix=100_000.0)
    return [
        Row("0–4, 5–9", ratios[2:4], [0.997617, 0.997910], printed(6)),
        Row("75+", old[-1], 0.270190, printed(6)),
        Row(
            "births, all of ten years",
            birth_ratio(young, steps=2, width=5.0, radix=100_000.0),
            (99258 + 396311 + 494842) / 1e6,
            1e-12,
        ),
    ]


def teaching_here(_: Path) -> list[Row]:
    """C. Schmertmann, teaching notes: 30–34 to 35–39, 5L30 = 491,460, 5L35 = 489,248."""
    survival = 489_248 / 491_460
    made = net_by_survival(22_819.0, 23_016.0, survival=survival)
    return [
        Row("ratio", survival, 0.99550, printed(5)),
        Row("forward, reverse", [made.forward, made.reverse], [300, 301], printed(0)),
        Row("average of the printed", np.mean(np.round([made.forward, made.reverse])), 300.5),
        Row("expected", [made.expected_end, made.expected_start], [22_716, 23_120], printed(0) + 0.5),
    ]


def teaching(folder: Path) -> list[Row]:
    said = json.loads((folder / TEACHING).read_text(encoding="utf-8"))
    made = net_by_survival(said["pop_30_34_2005"], said["pop_35_39_2010"], survival=said["5L35"] / said["5L30"])
    return [
        Row("forward", made.forward, said["forward_printed"], printed(0)),
        Row("reverse", made.reverse, said["reverse_printed"], printed(0)),
        # The mean of the two as printed; unrounded it is 300.38.
        Row("average", np.mean(np.round([made.forward, made.reverse])), said["average_printed"]),
        Row("expected", made.expected_end, said["expected_forward_printed"], printed(0)),
    ]


def india_here(_: Path) -> list[Row]:
    """Zachariah 1964 in UN 1970, Manual VI: males 1921-31, S = .81; Assam, Bombay, Madras, Mysore."""
    made = lifetime_net(
        [671195, 474553, 97105, 187000], [754821, 480557, 119621, 204260],
        out_start=[44136, 197593, 580136, 45349], out_end=[41785, 202197, 723755, 54410],
        survival_in=0.81, survival_out=0.81,
    )  # fmt: skip
    return [Row("net", made.forward, [205_118, 54_022, -212_879, 35_113], printed(0))]


def india(folder: Path) -> list[Row]:
    said = json.loads((folder / INDIA).read_text(encoding="utf-8"))
    states = sorted(said["net_printed"])
    arrays = {k: [said[k][s] for s in states] for k in ("in_1921", "in_1931", "out_1921", "out_1931")}
    made = lifetime_net(
        arrays["in_1921"], arrays["in_1931"], out_start=arrays["out_1921"], out_end=arrays["out_1931"],
        survival_in=said["survival"], survival_out=said["survival"],
    )  # fmt: skip
    balance = pd.read_csv(folder / "b_lifetime_migrants_india_balance.csv", index_col="birthplace").loc[states]
    rows = pd.read_csv(folder / "b_lifetime_migrants_india_net_sr.csv")
    each = net_by_survival(rows.pop_1921, rows.pop_1931, survival=rows.sr)
    males = pd.read_csv(folder / "b_indian_sub_1901_1931_input.csv")
    males = males[(males.sex == "male") & (males.year == 1921)].set_index("state").loc[states]
    return [
        Row("printed", made.forward, [said["net_printed"][s] for s in states], printed(0)),
        *(Row(f"balance {n}", getattr(made, n), balance[f"net_{n}"], 1e-6) for n in VARIANTS),
        *variant_rows(each, rows),
        Row("input 1921", males.in_migrants, arrays["in_1921"]),
        Row("lifetime net is in less out", males.in_migrants - males.out_migrants, males.net_migrants),
    ]


def new_england(folder: Path) -> list[Row]:
    """Survival by birthplace and age from all who were born there, white males; native and eight others."""
    rows, nation, theirs = (pd.read_csv(folder / name) for name in NEW_ENGLAND)
    nation = nation[(nation.race == "white") & (nation.sex == "male")]
    joined = theirs.merge(nation, on=["birthplace", "age_1960"], suffixes=("", "_usa"), validate="1:1")
    assert len(joined) == len(rows) == len(theirs)
    ratio = joined.pop_1960_usa / joined.pop_1950_usa
    made = net_by_survival(joined.pop_1950, joined.pop_1960, survival=ratio)
    first = joined.age_1960 == "10-14"
    places = joined[first].birthplace.tolist()
    said = {"New England": -27596, "Middle Atlantic": 9333, "East North Central": 2531, "West North Central": 594,
            "South Atlantic": 2086, "East South Central": 271, "West South Central": 567, "Mountain States": 276,
            "Pacific": 932}  # fmt: skip
    return [
        Row("ratios", ratio, joined.sr, 1e-12),
        *variant_rows(made, joined),
        Row("printed, first age group", made.forward[first], [said[p] for p in places], printed(0)),
        Row("printed, natives reverse", made.reverse[first][places.index("New England")], -27466, printed(0)),
    ]


def uar(folder: Path) -> list[Row]:
    rows = pd.read_csv(folder / "b_uar_1960_lifetime_input.csv")
    wide = rows.pivot(index="orig", columns="dest", values="stock").fillna(0.0)
    totals = flow_totals(wide.to_numpy())
    theirs = pd.read_csv(folder / "b_uar_1960_lifetime_in_out_net.csv", index_col="region").loc[wide.index]
    names = {"inward": "inn", "outward": "out", "net": "net", "turnover": "gross"}
    cairo = list(wide.index).index("Cairo")
    return [
        *(Row(column, getattr(totals, name), theirs[column]) for name, column in names.items()),
        Row("Cairo", [totals.inward[cairo], totals.outward[cairo], totals.net[cairo]], [1_194_266, 241_603, 952_663]),
    ]


def kazakhstan_country(folder: Path, name: str) -> pd.DataFrame:
    rows = pd.read_csv(folder / "central_asia" / f"wpp2019_{name}_central_asia_ru_de.csv")
    return rows[rows.country_code == 398]


def kazakhstan_net(folder: Path, period: str) -> tuple[dict[str, NetBySurvival], dict[str, np.ndarray], float]:
    """Net migration of WPP 2019's populations by survival ratios from its death rates; bases and all births."""
    start, end = period.split("-")
    fertility = kazakhstan_country(folder, "tfr")[period].iloc[0]
    shares = kazakhstan_country(folder, "percentASFR")[period].to_numpy() / 100.0
    women = kazakhstan_country(folder, "popF")[[start, end]].to_numpy().T[:, 3:10]
    ratio = kazakhstan_country(folder, "sexRatio")[period].iloc[0]
    boys, girls = births_by_sex(women, fertility * shares[np.newaxis] / 5.0, sex_ratio=[ratio])
    made, bases = {}, {}
    for sex, name, births in (("F", "female", girls), ("M", "male", boys)):
        people = kazakhstan_country(folder, f"pop{sex}")[[start, end]].to_numpy().T
        rates = kazakhstan_country(folder, f"mx{sex}")
        table = life_table(rates[period].to_numpy(), rates.age.to_numpy(), sex=name, infant="coale_demeny")
        ratios = life_table_ratios(in_groups(table.L, table.lower), steps=1, width=5.0)
        bases[sex] = cohorts(people[0], steps=1, births=births)
        made[sex] = net_by_survival(bases[sex], people[1], survival=ratios)
    return made, bases, float(boys.sum() + girls.sum())


def kazakhstan(folder: Path) -> list[Row]:
    theirs = pd.read_csv(folder / "b_kazakhstan_residual_totals_own_example.csv")
    rows = []
    for _, said in theirs.iterrows():
        made, _, births = kazakhstan_net(folder, said.period)
        sums = {f"{n}_{sex}": getattr(made[sex], n).sum() for n in VARIANTS for sex in made}
        total = sums["forward_F"] + sums["forward_M"]
        rows += [
            Row(f"{said.period} births", births, said.births, printed(3)),
            Row(f"{said.period} by sex", list(sums.values()), said[list(sums)].to_numpy(float), 0.002),
            Row(f"{said.period} forward", total, said.forward, 0.002),
            Row(f"{said.period} beside WPP's own net", total, said.wpp2019_net, 3.8),
        ]
    return rows


def kazakhstan_ages(folder: Path) -> list[Row]:
    theirs = pd.read_csv(folder / "b_kazakhstan_2010_2015_survival_ratio_own_example.csv")
    made, bases, _ = kazakhstan_net(folder, "2010-2015")
    rows = []
    for sex, part in theirs.groupby("sex"):
        one = made[str(sex)]
        rows += [
            Row(f"{sex} base", bases[str(sex)], part.base, printed(3)),
            Row(f"{sex} survival", one.expected_end / bases[str(sex)], part.survival, printed(6)),
            *(Row(f"{sex} {n}", getattr(one, n), part[n], printed(3)) for n in VARIANTS),
        ]
    return rows


ITEMS = [
    Item("b1", "Ceylon 1946-53, balancing equation", "published", ceylon_here),
    Item("b1", "Ceylon 1946-53, all districts", "published", ceylon, (CEYLON,)),
    Item("b1", "Alabama 1960-70, vital statistics", "published", alabama_balance_here),
    Item("b1", "Alabama 1960-70, package", "package", alabama_balance, ("b_net_vs_alabama.csv",)),
    Item("b2", "Bombay males 1941-51 (UN Manual VI)", "published", bombay_here),
    Item(
        "b2",
        "Bombay males 1941-51, all columns",
        "package",
        bombay,
        (BOMBAY, "b_net_sr_bombay.csv", "b_bombay_1941_1951_input.csv"),
    ),
    Item("b2", "Alabama 1960-70 by race, sex, age: cells", "published", alabama_here),
    Item(
        "b2",
        "Alabama 1960-70 by race, sex, age",
        "published",
        alabama,
        (
            ALABAMA,
            ALABAMA_TOTALS,
            "b_net_sr_alabama.csv",
            "b_net_sr_alabama_totals.csv",
            "b_alabama_1960_1970_input.csv",
        ),
        "reproduced within 0.8 (forward) and 2.2 (average) a cell: the ratios behind the print had more digits",
    ),
    Item("b2", "Franklin County 1950-60, plus-minus adjustment", "published", franklin_here),
    Item(
        "b2",
        "Franklin County 1950-60, all columns",
        "published",
        franklin,
        (FRANKLIN, "b_net_sr_franklin.csv", "b_franklin_1950_1960_input.csv"),
        "reproduced within 1 a cell before, to the print after adjustment",
    ),
    Item("b2", "Quebec 1951-56, adjusted census ratios", "published", quebec_here),
    Item(
        "b2",
        "Quebec 1951-56, four kinds of ratio",
        "published",
        quebec,
        (QUEBEC, "b_net_sr_quebec.csv", "b_net_sr_quebec_totals.csv", "b_quebec_1951_1956_input.csv"),
        "reproduced within the rounding of printed ratios (5 digits)",
    ),
    Item("b2", "ten-year survival ratios (IUSSP PAPP101)", "published", papp_here),
    Item("b2", "ten-year survival ratios, all ages", "published", papp, (PAPP,)),
    Item("b2", "forward, reverse, average (Schmertmann)", "published", teaching_here),
    Item("b2", "forward, reverse, average (Schmertmann), file", "published", teaching, (TEACHING,)),
    Item(
        "b2",
        "Kazakhstan 1985-2020 on WPP 2019",
        "constructed",
        kazakhstan,
        ("b_kazakhstan_residual_totals_own_example.csv",),
    ),
    Item(
        "b2",
        "Kazakhstan 2010-15 by age",
        "constructed",
        kazakhstan_ages,
        ("b_kazakhstan_2010_2015_survival_ratio_own_example.csv",),
    ),
    Item(
        "b3",
        "Manila girls 1960-70 (UN 1992)",
        "published",
        manila_here,
        (),
        "reproduced within 4: printed −236 and −8,938 came from rounded ratios; recomputed −235.3 and −8,934.7 agree",
    ),
    Item(
        "b3",
        "Manila females 1960-70, package",
        "package",
        manila,
        (MANILA, "b_manila_1960_1970_input.csv", "b_net_sr_manila_children.csv"),
    ),
    Item("b4", "India males 1921-31, S = .81", "published", india_here),
    Item(
        "b4",
        "India males 1921-31, all columns",
        "published",
        india,
        (
            INDIA,
            "b_indian_sub_1901_1931_input.csv",
            "b_lifetime_migrants_india_net_sr.csv",
            "b_lifetime_migrants_india_balance.csv",
        ),
    ),
    Item(
        "b4",
        "New England white males 1950-60 by birthplace",
        "published",
        new_england,
        NEW_ENGLAND,
        "reproduced with the input's known typing error kept (Q10)",
    ),
    Item(
        "b4",
        "UAR 1960, lifetime in, out, net",
        "published",
        uar,
        ("b_uar_1960_lifetime_input.csv", "b_uar_1960_lifetime_in_out_net.csv"),
    ),
]
