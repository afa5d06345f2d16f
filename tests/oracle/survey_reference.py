"""Estimates of R survey on reference data, row by row beside ours."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.design import StageKeys, compile_design, supplied_replicates
from surveyproc.estimate import estimate
from surveyproc.estimate.interval import intervals
from surveyproc.values import Calibration, Centre, Design, Disaggregation, LonelyPsu, Measure, Statistic
from surveyproc.weight import apply
from tests.oracle.ledger import Ledger, Line, Outcome

STATISTICS = ("mean", "total", "ratio", "ciprop")
INTERVALS = {
    "svyciprop:logit": "logit",
    "svyciprop:mean": "t",
    "svyciprop:beta": "beta",
    "svyciprop:asin": "arcsine",
    "svyciprop:xlogit": "xlogit",  # our logit of linearised variances; of replicates the same from the plain SE
}
# A bootstrap replicate in which everyone of the domain has the answer: its log-odds are infinite, R's fit stops early.
NO_LOGIT = ("clus1_boot", "clus1_boot_mse"), "stype=H"
ITERATED = ("hh_rake", "clus1_rake")  # R stops at 1e-10 of the sum of weights
NO_SE = ("one_case", "one_psu")
NO_VALUE = ("empty", "all_missing")
FITTED = 1e-7  # svyciprop fits a logistic regression that stops at a relative change of deviance of 1e-8
EXACT_SE = ("boundary", "constant")


@dataclass
class Report:
    """Counts of rows by outcome, and a line for each row that differs."""

    agree: Counter = field(default_factory=Counter)
    no_precision: Counter = field(default_factory=Counter)
    not_offered: Counter = field(default_factory=Counter)
    differ: list[str] = field(default_factory=list)
    worst: float = 0.0
    ledger: Ledger = field(default_factory=Ledger)

    def __str__(self) -> str:
        lines = [f"agree {self.agree.total()}, worst relative difference {self.worst:.1e}; differ {len(self.differ)}"]
        lines += [f"value agrees, SE withheld on purpose: {word} {n}" for word, n in sorted(self.no_precision.items())]
        lines += [f"not offered: {word} {n}" for word, n in sorted(self.not_offered.items())]
        return "\n".join(lines + self.differ)


def build(data: pd.DataFrame, columns: dict, folder: Path) -> Design:
    """The design of a reference, from its columns."""
    if "rep" in columns:
        return build_replicated(data, columns, folder)
    first, *more = columns["fpc"] if isinstance(columns.get("fpc"), list) else [columns.get("fpc")]

    def keys(name: str) -> list[np.ndarray] | None:
        return [data[columns[name]].to_numpy()] if name in columns else None

    design, problems = compile_design(
        level="row",
        weight=data[columns["weight"]].to_numpy(float),
        strata=keys("stratum"),
        psu=keys("psu"),
        fpc=data[first].to_numpy(float) if first else None,
        lonely_psu=LonelyPsu(columns.get("lonely", "fail")),
        nested_ids="nested" if columns.get("nest") else "unique",
        stages=[StageKeys(keys("ssu"), fpc=data[name].to_numpy(float)) for name in more],
        lonely_in_domain="by the rule" if columns.get("adjust.domain.lonely") else "as the sample",
    )
    assert design is not None, problems
    return design


def build_named(name: str, specs: dict, data: pd.DataFrame, folder: Path) -> Design:
    """The design of that name, calibrated where its reference is."""
    base = specs[name]["columns"].get("base")
    design = build(data, specs[base or name]["columns"], folder)
    return calibrated(name, data, design, folder) if base else design


API = {"stype=E": 4421.0, "stype=H": 755.0, "stype=M": 1018.0}
API99, WIDE = {"api99": 3914069.0}, {"sch.wide=No": 1072.0, "sch.wide=Yes": 5122.0}


def targets_of(name: str, folder: Path) -> dict[str, float]:
    """Totals that a reference design is calibrated to: column=value, columns and values crossed by |, or a number."""
    if name == "hh_rake":
        table = pd.read_csv(folder / "data" / "synth_hh_margins.csv")
        return {f"{row.margin}={row.level}": float(row.total) for row in table.itertuples()}
    if name in ("hh_ps", "hh_jkn_ps"):
        table = pd.read_csv(folder / "data" / "synth_hh_poststrata.csv")
        return {f"region|sex={row.region}|{row.sex}": float(row.Freq) for row in table.itertuples()}
    if name.endswith(("ps_stype", "cal_stype")):
        return API
    return API | (WIDE if name == "clus1_rake" else API99)


def indicators(data: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The cells of a frame in which none of the variables varies, and the variables by cell."""
    used = list(dict.fromkeys(column for name in names for column in name.partition("=")[0].split("|")))
    cells = data.groupby(used, sort=True).ngroup().to_numpy()
    first = data.iloc[np.unique(cells, return_index=True)[1]]
    columns = []
    for name in names:
        column, known, value = name.partition("=")
        words = first[column.split("|")].astype(str).agg("|".join, axis=1)
        columns.append((words == value) if known else first[column])
    return cells.astype(np.int32), np.column_stack(columns).astype(float)


def calibrated(name: str, data: pd.DataFrame, base: Design, folder: Path) -> Design:
    """A reference design with its weights calibrated by us."""
    targets = targets_of(name, folder)
    cells, x = indicators(data, list(targets))
    raked = name.endswith("rake")
    step = Calibration(
        cells=cells,
        auxiliary=x,
        before=base.weight,
        totals=np.array(list(targets.values())),
        names=tuple(targets),
        method="raking" if raked or "raking" in name else "logit" if "logit" in name else "linear",
        bounds={"clus1_cal_logit_05_2": (0.5, 2.0), "clus1_cal_linear_06_16": (0.6, 1.6)}.get(name),
        margins=tuple(pd.factorize(np.array([t.partition("=")[0] for t in targets]))[0].tolist()),
        residuals="sweeps" if raked else "regression",
    )
    design, failure = apply(base, [step])
    assert failure is None, failure
    return design


def build_replicated(data: pd.DataFrame, columns: dict, folder: Path) -> Design:
    """A design of rows with the replicate weights and scales of the reference."""
    scales = pd.read_csv(folder / "data" / columns["scales"])
    weight = data["weight" if "weight" in data else "pw"].to_numpy(float)
    design, problems = compile_design(level="row", weight=weight)
    assert design is not None, problems
    replicates, problems = supplied_replicates(
        weight,
        [data[name].to_numpy(float) for name in scales.rep],
        scale=scales.scale[0],
        rscales=scales.rscales.tolist(),
        centre=Centre.ESTIMATE if columns["mse"] else Centre.MEAN,
    )
    assert replicates is not None, problems
    return replace(design, replicates=replicates)


def disaggregation(data: pd.DataFrame, domain: str) -> Disaggregation:
    """The partition that a domain such as "region|sex=R1|male" belongs to."""
    if not domain:
        return Disaggregation("total", np.zeros(len(data), dtype=np.int32), ("",))
    names = domain.split("=", maxsplit=1)[0]
    columns = (data[name].astype(str).tolist() for name in names.split("|"))
    words = np.array(["|".join(parts) for parts in zip(*columns, strict=True)], dtype=object)
    codes, cells = pd.factorize(words, sort=True)
    return Disaggregation(names, codes.astype(np.int32), tuple(f"{names}={cell}" for cell in cells))


def measure(data: pd.DataFrame, row: tuple) -> Measure:
    """The measure of a reference row: a column, a level of a text column, or a ratio of two columns."""
    everyone = np.ones(len(data), dtype=np.bool_)
    name = f"{row.statistic}:{row.variable}:{row.level}"
    if row.statistic == "ratio":
        above, below = (data[v].to_numpy(float) for v in row.variable.split("/"))
        return Measure(name, Statistic.RATIO, above, everyone, below)
    values = data[row.variable]
    if row.level:
        values = (values == row.level).astype(float).where(values.notna())
    statistic = {"mean": Statistic.MEAN, "total": Statistic.TOTAL, "ciprop": Statistic.PROPORTION}[row.statistic]
    return Measure(name, statistic, values.to_numpy(float), everyone)


def read_expected(folder: Path, statistics: tuple[str, ...] = STATISTICS) -> pd.DataFrame:
    """Rows of the statistics of this kernel; where Debian's survey 4.1-1 is known to be wrong, the figures of 4.5."""
    expected = pd.read_csv(folder / "expected.csv", dtype={"level": str, "domain": str})
    expected["at"] = np.arange(len(expected))
    expected = expected[expected.statistic.isin(statistics)].reset_index(drop=True)
    key = ["design", "statistic", "variable", "domain", "level", "detail"]
    known = pd.read_csv(folder / "known_r411_differences.csv", dtype={"level": str, "domain": str})
    text = [*key, "note", "flag"]
    expected[text] = expected[text].fillna("")
    known[key] = known[key].fillna("")
    newer = {f"{name}_45": name for name in ("estimate", "se", "ci_low", "ci_high", "deff", "deff_wr")}
    known = known[[*key, *newer]].set_index(key)
    place = pd.MultiIndex.from_frame(expected[key])
    hit = place.isin(known.index)
    for column, name in newer.items():
        expected.loc[hit, name] = known.loc[place[hit], column].to_numpy()
    expected.loc[hit, ["ci_low_z", "ci_high_z"]] = np.nan  # made from the SE of 4.1-1
    return expected


def compare(folder: Path) -> Report:
    """Every row of the reference beside our estimate of it."""
    report = Report()
    specs = json.loads((folder / "designs.json").read_text())
    for name, rows in read_expected(folder).groupby("design", sort=False):
        raised = rows.note.str.startswith("R raises")
        leave_out(report, rows[raised], "R itself raises")
        data = pd.read_csv(
            folder / "data" / f"{specs[name]['dataset']}.csv", keep_default_na=False, na_values=["", "NA"]
        )
        for row, ours in pairs(rows[~raised], data, build_named(name, specs, data, folder)):
            judge(report, row, ours)
    return report


def pairs(rows: pd.DataFrame, data: pd.DataFrame, design: Design) -> Iterator[tuple[tuple, dict | None]]:
    """Reference rows, each with our estimate: its t and logit intervals with either df, and both kinds of deff."""
    distinct = rows.drop_duplicates(["statistic", "variable", "level"])
    measures = {m.indicator: m for m in (measure(data, row) for row in distinct.itertuples())}
    everyone = np.ones(len(data))
    measures["everyone"] = Measure("everyone", Statistic.MEAN, everyone, everyone > 0)
    splits = {d.name: d for d in (disaggregation(data, domain) for domain in rows.domain.unique())}
    parts = (list(measures.values()), list(splits.values()))
    t = dict.fromkeys(Statistic, "t")
    runs = {
        ("t", "full"): estimate(design, *parts, interval=t, df="design", deff="srs"),
        ("logit", "full"): estimate(design, *parts, df="design"),
        ("t", "domain"): estimate(design, *parts, interval=t),
        ("logit", "domain"): estimate(design, *parts),
    }
    frames = {key: run.to_frame().set_index(["indicator", "cell"]).to_dict("index") for key, run in runs.items()}
    every = (
        bool(design.calibrations) and design.replicates is None
    )  # of calibrated weights R counts the rows of the sample for those of the domain
    rows_of = {
        cell: len(data) if every else int((d.codes == i).sum())
        for d in splits.values()
        for i, cell in enumerate(d.cells)
    }
    for row in rows.itertuples():
        key = (f"{row.statistic}:{row.variable}:{row.level}", row.domain)
        method, _, df = row.detail.partition(";ci_df=") if row.detail else ("svyciprop:mean", "", "full")
        how = INTERVALS[method]
        ours = frames[how if how in ("t", "logit") else "t", df][key].copy()
        # The reference counts psus of the cell; ours, of the cell's cases with the measure known.
        ours["df_domain"] = frames["t", "domain"]["everyone", row.domain]["df"]
        full = frames["t", "full"][key]["df"]
        if how == "beta":  # R takes the df of the domain whatever it is given, and all rows of the domain for n
            ends = ours["value"], ours["se"], ours["df_domain"]
            ours["ci_low"], ours["ci_high"] = interval_with(*ends, method=how, cases=rows_of[row.domain])
        elif how in ("arcsine", "xlogit"):
            ends = ours["value"], ours["se"], ours["df_domain"] if df == "domain" else full
            ours["ci_low"], ours["ci_high"] = interval_with(*ends, method=how.removeprefix("x"))
        elif df == "domain" and ours["df"] != ours["df_domain"]:
            ends = ours["value"], ours["se"], ours["df_domain"]
            ours["ci_low"], ours["ci_high"] = interval_with(*ends, method=how)
        ours["df_full"] = full if df == "full" else ours["df_domain"]
        z = interval_with(ours["value"], ours["se"], np.inf, method="normal")
        ours["ci_low_z"], ours["ci_high_z"] = z
        ours["deff"] = frames["t", "full"][key]["deff"]
        if row.statistic == "ratio" and design.replicates is not None:
            ours["deff"] = deff_of_linearised(data, design, row, value=ours["value"], split=splits, cell=row.domain)
        ours["deff_wr"] = frames["logit", "full"][key]["deff"]
        yield row, ours


def deff_of_linearised(
    data: pd.DataFrame, design: Design, row: tuple, *, value: float, split: dict[str, Disaggregation], cell: str
) -> float:
    """R's deff of a ratio from replicates: that of the total of y − Rx, R held fixed, and not of its own SE."""
    ratio = measure(data, row)
    rest = Measure("rest", Statistic.TOTAL, ratio.numerator - value * ratio.denominator, ratio.universe, None)
    found = estimate(design, [rest], [d for d in split.values() if cell in d.cells], df="design", deff="srs")
    return float(found.deff[found.cell.tolist().index(cell)])


def interval_with(value: float, se: float, df: float, *, method: str, cases: float = np.nan) -> tuple[float, float]:
    """The kernel's interval with degrees of freedom of the reference."""
    shape = (np.array([value]), np.array([se]))
    method, cases = np.array([method]), np.array([cases])
    low, high = intervals(*shape, df=np.array([df]), method=method, level=0.95, cases=cases)
    return float(low[0]), float(high[0])


def leave_out(report: Report, rows: pd.DataFrame, why: str) -> None:
    """Enter rows that are not compared."""
    if len(rows):
        report.not_offered[why] += len(rows)
    for row in rows.itertuples():
        report.ledger.add(Line(row.at, row.design, row.statistic, "not offered", why))


def judge(report: Report, row: tuple, ours: dict) -> None:
    """Add one pair to the report."""
    notes: list[str] = []
    figures, faults = _faults(report, row, ours, notes)
    for note in notes:
        report.no_precision[note] += 1
    outcome: Outcome = "explained" if notes else "agrees"
    why = "; ".join(notes)
    if faults:
        place = " ".join(str(p) for p in (row.design, row.statistic, row.variable, row.domain, row.level, row.detail))
        report.differ.append(f"{place} [{ours['status']}] {'; '.join(faults)}")
        outcome, why = "differs", report.differ[-1]
    elif ours["status"] in (*NO_SE, "control"):
        report.no_precision[ours["status"]] += 1
        outcome, why = "value only", ours["status"]
    else:
        report.agree[row.design] += 1
        if ours["status"] in NO_VALUE:
            outcome, why = "no value", ours["status"]
    report.ledger.add(Line(row.at, row.design, row.statistic, outcome, why, figures))


def _faults(report: Report, row: tuple, ours: dict, notes: list[str]) -> tuple[int, list[str]]:
    """How many figures were compared, and what differs; figures that R is known to miss go to `notes`."""
    status = ours["status"]
    if status in NO_VALUE:
        no_value = np.isnan(ours["value"]) and (np.isnan(row.estimate) or row.estimate == 0)
        return 1, [] if no_value else [f"value {ours['value']} for {row.estimate}"]
    fields = {"value": "estimate"}
    if status == "ok":
        fields |= {name: name for name in ("se", "ci_low", "ci_high", "ci_low_z", "ci_high_z", "deff", "deff_wr")}
    fields |= {"n_unweighted": "n", "df_domain": "df_domain", "df_full": "df"}
    faults, figures = [], 0
    for mine, theirs in fields.items():
        expected = getattr(row, theirs)
        if np.isnan(expected) and mine != "value":
            continue
        why = _astray(row, ours) if mine in ("ci_low", "ci_high") else ""
        if why:
            notes += [why] if mine == "ci_low" else []
            continue
        if mine.startswith("deff") and expected > 1e10 and np.isnan(ours[mine]):
            continue  # a simple random sample would have no variance: R divides by a rounded zero
        figures += 1
        if ours[mine] == expected or (status in EXACT_SE and abs(ours[mine] - expected) <= 1e-9):
            continue
        error = abs(ours[mine] - expected) / max(abs(expected), 1e-300)
        fitted = row.detail.startswith("svyciprop:logit") and mine != "se"
        if fitted and abs(ours[mine] - expected) <= 1e-9:
            continue
        if not fitted and row.design not in ITERATED:
            report.worst = max(report.worst, error)
        if not error <= (FITTED if fitted else 1e-9):
            faults.append(f"{mine} {ours[mine]} for {expected}")
    scale = abs(row.estimate) + 1e-300
    if status in EXACT_SE and not (ours["se"] == 0.0 and row.se <= 1e-9 * max(scale, 1.0)):
        faults.append(f"se {ours['se']} for {row.se}")
    if status == "control" and not (np.isnan(ours["se"]) and row.se <= 1e-8 * scale):
        faults.append(f"se {ours['se']} for {row.se}")
    if status in NO_SE and not np.isnan(ours["se"]):
        faults.append(f"se {ours['se']} withheld by status")
    return figures, faults


def _astray(row: tuple, ours: dict) -> str:
    """Why R's interval is not to be compared with, or nothing."""
    if np.isnan(row.ci_high):
        return "R's own interval lacks an end"
    if row.detail.startswith("svyciprop:asin") and {0.0, 1.0} & {ours["ci_low"], ours["ci_high"]}:
        return "R's asin turns back at 0 or 1"
    if row.detail.startswith("svyciprop:logit") and (row.design in NO_LOGIT[0] and row.domain == NO_LOGIT[1]):
        return "infinite log-odds in a replicate"
    return ""
