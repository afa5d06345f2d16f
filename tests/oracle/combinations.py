"""Contrasts, variances and covariance matrices of R survey beside ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.estimate import Contrast, Linearised, compare, covariance, estimate, linearise
from surveyproc.values import Design, Disaggregation, Measure, Statistic
from tests.oracle.ledger import Line
from tests.oracle.survey_reference import build, disaggregation, read_expected

TOLERANCE = 1e-9
# What R estimated → the names of rows and columns, the variable, and the variable of the cells.
MATRICES = {
    "svymean(~api00+enroll+sch_wide_yes)": (Statistic.MEAN, ("api00", "enroll", "sch_wide_yes"), ""),
    "svytotal(~stype)": (Statistic.TOTAL, ("stype",), ""),
    "svyby(~age,~region,svymean,covmat=TRUE)": (Statistic.MEAN, ("age",), "region"),
    "svyby(~migrant,~sex,svymean,covmat=TRUE)": (Statistic.MEAN, ("migrant",), "sex"),
}


def load(folder: Path, name: str) -> tuple[pd.DataFrame, Design]:
    """The data and the design of a name of the reference."""
    spec = json.loads((folder / "designs.json").read_text())[name]
    data = pd.read_csv(folder / "data" / f"{spec['dataset']}.csv", keep_default_na=False, na_values=["", "NA"])
    return data, build(data, spec["columns"], folder)


def lines(folder: Path) -> Iterator[Line]:
    """Every row of contrasts and variances."""
    for row in read_expected(folder, ("contrast", "variance")).itertuples():
        data, design = load(folder, row.design)
        ours = contrast(data, design, row) if row.statistic == "contrast" else variance(data, design, row.variable)
        pairs = {"value": row.estimate, "se": row.se, "df": row.df}
        wrong = [f"{name} {ours[name]} for {wanted}" for name, wanted in pairs.items() if _far(ours[name], wanted)]
        place = f"{row.statistic} {row.variable} {row.domain}"
        outcome = "differs" if wrong else "agrees"
        yield Line(
            row.at, row.design, row.statistic, outcome, f"{place} {'; '.join(wrong)}" if wrong else "", len(pairs)
        )


def covariances(folder: Path) -> Iterator[Line]:
    """Every row of the covariance matrices."""
    expected = pd.read_csv(folder / "expected_vcov.csv")
    for (name, what), rows in expected.groupby(["design", "what"], sort=False):
        ours = matrix(*load(folder, name), what)
        for row in rows.itertuples():
            scale = np.sqrt(ours.loc[row.row, row.row] * ours.loc[row.col, row.col])
            found = ours.loc[row.row, row.col]
            far = not abs(found - row.cov) <= TOLERANCE * scale
            yield Line(
                row.Index, name, what, "differs" if far else "agrees", f"{found} for {row.cov}" if far else "", 1
            )


def contrast(data: pd.DataFrame, design: Design, row: tuple) -> dict:
    """A difference "sex: female-male" of means."""
    variable, _, pair = row.domain.partition(": ")
    split, measure = disaggregation(data, f"{variable}="), _measure(data, row.variable, Statistic.MEAN)
    left, right = (linearise(design, measure, split, cell=f"{variable}={cell}") for cell in pair.split("-"))
    made = compare(design, [Contrast(row.variable, row.domain, left, right, "difference")], df="design")
    return made.to_frame().to_dict("records")[0]


def variance(data: pd.DataFrame, design: Design, name: str) -> dict:
    """R's svyvar of a column."""
    found = estimate(design, [_measure(data, name, Statistic.VARIANCE)], [_whole(data)], df="design")
    return found.to_frame().to_dict("records")[0]


def matrix(data: pd.DataFrame, design: Design, what: str) -> pd.DataFrame:
    """Our covariances under the names of R's."""
    statistic, names, by = MATRICES[what]
    parts: dict[str, Linearised] = {}
    if by:
        split, measure = disaggregation(data, f"{by}="), _measure(data, names[0], statistic)
        parts = {cell.partition("=")[2]: linearise(design, measure, split, cell=cell) for cell in split.cells}
    elif statistic is Statistic.TOTAL:
        for level in sorted(data[names[0]].unique()):
            level_of = data.assign(**{names[0] + level: (data[names[0]] == level).astype(float)})
            parts[names[0] + level] = linearise(design, _measure(level_of, names[0] + level, statistic), _whole(data))
    else:
        parts = {name: linearise(design, _measure(data, name, statistic), _whole(data)) for name in names}
    return pd.DataFrame(covariance(design, list(parts.values())), index=list(parts), columns=list(parts))


def _measure(data: pd.DataFrame, name: str, statistic: Statistic) -> Measure:
    return Measure(name, statistic, data[name].to_numpy(float), np.ones(len(data), dtype=np.bool_))


def _whole(data: pd.DataFrame) -> Disaggregation:
    return Disaggregation("total", np.zeros(len(data), dtype=np.int32), ("",))


def _far(ours: float, wanted: float) -> bool:
    return not abs(ours - wanted) <= TOLERANCE * abs(wanted)
