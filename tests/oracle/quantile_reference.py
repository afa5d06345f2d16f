"""Quantiles of R svyquantile on reference data, row by row beside ours."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.estimate import estimate
from surveyproc.values import Measure, QuantileAt, Statistic
from tests.oracle.ledger import Line, Outcome
from tests.oracle.survey_reference import (
    NO_SE,
    NO_VALUE,
    Report,
    build_named,
    disaggregation,
    leave_out,
    read_expected,
)

TOLERANCE = 1e-9
SCORE = "interval=score"
# 5 of 50 equal weights lie at or below our value, so F is 0.1 exactly; R's weights are 1/(1/w), whose last bit makes
# 0.1 - F 1.4e-17 and not 0, so that it takes the value after.
MET_EXACTLY = {
    ("strat_fpc", "api00", "stype=H", "0.1", "qrule=math;interval=mean"),
    ("strat_fpc", "enroll", "stype=H", "0.1", "qrule=math;interval=mean"),
    ("weights_only", "api00", "stype=H", "0.1", "qrule=math;interval=mean"),
}


def compare_quantiles(folder: Path) -> Report:
    """Every row of quantiles in the reference beside our estimate of it."""
    report = Report()
    specs = json.loads((folder / "designs.json").read_text())
    for name, rows in read_expected(folder, ("quantile",)).groupby("design", sort=False):
        left_out = rows.detail.str.contains(SCORE)
        leave_out(report, rows[left_out], "interval of scores")
        raised = rows.note.str.startswith("R raises") & ~left_out
        leave_out(report, rows[raised], "R itself raises")
        data = pd.read_csv(
            folder / "data" / f"{specs[name]['dataset']}.csv", keep_default_na=False, na_values=["", "NA"]
        )
        wanted = rows[~raised & ~left_out]
        ours = ours_of(wanted, data, build_named(name, specs, data, folder))
        for row in wanted.itertuples():
            judge(report, row, ours[_name(row), row.domain])
    return report


def _name(row: tuple) -> str:
    return f"{row.variable}:{row.level}:{row.detail}"


def ours_of(rows: pd.DataFrame, data: pd.DataFrame, design) -> dict:
    """Our estimates by name of measure and cell."""
    everyone = np.ones(len(data), dtype=np.bool_)
    columns = {v: data[v].to_numpy(float) for v in rows.variable.unique()}
    measures = {}
    for row in rows.itertuples():
        rule, interval = (part.partition("=")[2] for part in row.detail.split(";")[:2])
        detail = QuantileAt(float(row.level), rule, interval)
        measures[_name(row)] = Measure(_name(row), Statistic.QUANTILE, columns[row.variable], everyone, detail=detail)
    splits = {d.name: d for d in (disaggregation(data, domain) for domain in rows.domain.unique())}
    frame = estimate(design, list(measures.values()), list(splits.values())).to_frame()
    return frame.set_index(["indicator", "cell"]).to_dict("index")


def judge(report: Report, row: tuple, ours: dict) -> None:
    """Add one pair to the report."""
    faults = []
    status = ours["status"]
    if status in NO_VALUE:
        faults += [] if np.isnan(ours["value"]) and np.isnan(row.estimate) else [f"value for {row.estimate}"]
    fields = {"value": "estimate"} if status not in NO_VALUE else {}
    if status == "ok":
        fields |= {"se": "se", "ci_low": "ci_low", "ci_high": "ci_high"}
    elif status == "open":
        fields |= {name: name for name in ("ci_low", "ci_high") if not np.isnan(ours[name])}
        if not (np.isnan(row.se) or row.se == 0 or row.flag == "degenerate_se0"):
            faults.append(f"no se for {row.se}")
    for mine, theirs in fields.items():
        error = abs(ours[mine] - getattr(row, theirs)) / max(abs(getattr(row, theirs)), 1e-300)
        if ours[mine] == getattr(row, theirs):
            error = 0.0
        if error <= TOLERANCE:
            report.worst = max(report.worst, error)
        else:
            faults.append(f"{mine} {ours[mine]} for {getattr(row, theirs)}")
    place = " ".join(str(p) for p in (row.design, row.variable, row.domain, row.level, row.detail))
    outcome: Outcome = "agrees"
    why = ""
    if faults and (row.design, row.variable, row.domain, row.level, row.detail) in MET_EXACTLY:
        outcome, why = "explained", "a share met exactly that R misses by rounding"
    elif faults:
        outcome, why = "differs", f"{place} [{status}] {'; '.join(faults)} ({row.flag})"
        report.differ.append(why)
    elif status in (*NO_SE, "open", "constant"):
        outcome, why = "value only", status
    elif status in NO_VALUE:
        outcome, why = "no value", status
    if outcome in ("explained", "value only"):
        report.no_precision[why] += 1
    elif outcome != "differs":
        report.agree[row.detail.split(";ci")[0]] += 1
    report.ledger.add(Line(row.at, row.design, "quantile", outcome, why, len(fields)))
