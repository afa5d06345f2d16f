"""Indicators of real survey files as arrays, under the names that the table of R survey's results gives them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from surveyproc.design import compile_design
from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Statistic

Rule = tuple[Callable[[pd.DataFrame], pd.Series], Callable[[pd.DataFrame], pd.Series] | None]


def one_of(column: str, *codes: int, known: Callable[[pd.Series], pd.Series] = pd.Series.notna) -> Rule:
    """Share of rows whose code is among these, of rows where the column is known."""
    return lambda d: d[column].isin(codes), lambda d: known(d[column])


# Start of an indicator's name → (numerator, rows where it is known). The DHS file says 97 and 98 for "inconsistent" and
# "does not know" of mv167, and leaves mv168 blank for men who were never away.
RULES: Mapping[str, Rule] = {
    "Urban residence": one_of("mv102", 1),
    "No education": one_of("mv106", 0),
    "Secondary or higher": (lambda d: d.mv106 >= 2, lambda d: d.mv106.notna()),
    "Never married": one_of("mv501", 0),
    "Currently in union": one_of("mv501", 1, 2),
    "Away from home": (lambda d: d.mv167 > 0, lambda d: d.mv167.notna() & (d.mv167 < 97)),
    "Away >1 month": (lambda d: d.mv168 == 1, lambda d: (d.mv167 == 0) | d.mv168.isin([0, 1])),
    "Very or somewhat likely": one_of("q14f", 1, 2),
    "Foreign nationals": (lambda d: d.nation >= 3, lambda d: d.nation.notna()),
    "Number of foreign nationals": (lambda d: d.nation >= 3, lambda d: d.nation.notna()),
    "Non-national citizens": one_of("pb220a", 2, 3),
    "Mean equivalised income": (lambda d: d.eqIncome, lambda d: d.eqIncome.notna()),
    "Lived abroad one year ago": (lambda d: d.MIGRATE1 == 6, lambda d: d.MIGRATE1 != 0),
    "Moved in last year": (lambda d: d.MIGRATE1.isin([3, 4, 5, 6]), lambda d: d.MIGRATE1 != 0),
    "Born abroad (CH15": (lambda d: d.CH15.isin([4, 5]), None),
    "Lived elsewhere 5 years ago (CH16": (lambda d: d.CH16.isin([2, 3, 4, 5]), lambda d: d.CH16 != 6),
    "Born abroad: mother": (lambda d: d.e37 == 4, None),
    "Number born abroad": (lambda d: d.e37 == 4, None),
    "Born outside this department": (lambda d: d.e37.isin([3, 4]), None),
    "Lived elsewhere 5 years ago (e236": (lambda d: d.e236.isin([2, 3, 4]), lambda d: d.e27 >= 5),
    "Lived abroad 5 years ago (e236": (lambda d: d.e236 == 4, lambda d: d.e27 >= 5),
}

POPULATIONS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "": lambda d: pd.Series(True, index=d.index),
    "mv012 <= 49": lambda d: d.mv012 <= 49,
    "wave == 2023": lambda d: d.wave == 2023,
}

WEIGHTS = {"mv005/1e6": lambda d: d.mv005 / 1e6}


def read(folder: Path, dataset: str) -> pd.DataFrame:
    """A file of the folder, the citizenship of eusilc under the name of its domain."""
    reader = pyreadstat.read_dta if dataset.lower().endswith(".dta") else pyreadstat.read_sav
    frame, _ = reader(folder / dataset, disable_datetime_conversion=True)
    return frame.assign(cit=frame["pb220a"]) if "pb220a" in frame else frame


def rule(indicator: str) -> Rule:
    """The rule of the longest name that starts the indicator."""
    return RULES[max((name for name in RULES if indicator.startswith(name)), key=len)]


def design(data: pd.DataFrame, row: tuple) -> Design:
    """The design that a row of the table names."""
    weight = WEIGHTS.get(row.weight, lambda d: d[row.weight])(data)
    strata = [data[name].to_numpy() for name in row.strata.split(" x ")] if row.strata else None
    compiled, problems = compile_design(
        level="person",
        weight=weight.to_numpy(float),
        strata=strata,
        psu=[data[row.psu].to_numpy()] if row.psu else None,
        lonely_psu=LonelyPsu(row.lonely_psu),
        nested_ids="nested",
    )
    assert compiled is not None, problems
    return compiled


def measure(data: pd.DataFrame, row: tuple) -> Measure:
    """A proportion, mean or total over the row's population."""
    values, known = rule(row.indicator)
    numerator = values(data).to_numpy(float)
    if known is not None:
        numerator = np.where(known(data).to_numpy(bool), numerator, np.nan)
    kinds = {"total": Statistic.TOTAL, "mean": Statistic.PROPORTION}
    statistic = Statistic.MEAN if row.indicator == "Mean equivalised income" else kinds[row.kind]
    return Measure(row.indicator, statistic, numerator, POPULATIONS[row.population](data).to_numpy(bool))


def disaggregation(data: pd.DataFrame, domain: str) -> Disaggregation:
    """The whole, or the values of a column."""
    if domain == "total":
        return Disaggregation("total", np.zeros(len(data), dtype=np.int32), ("",))
    codes, cells = pd.factorize(data[domain], sort=True)
    return Disaggregation(domain, codes.astype(np.int32), tuple(f"{cell:g}" for cell in cells))


def printed_table(data: pd.DataFrame, indicators: Mapping[str, tuple[str, tuple[int, ...] | None]]) -> tuple:
    """The report's tables B.2 to B.4: men 15–49, strata mv023; the whole, urban and rural."""
    compiled, problems = compile_design(
        level="man",
        weight=(data.mv005 / 1e6).to_numpy(),
        strata=[data.mv023.to_numpy()],
        psu=[data.mv021.to_numpy()],
    )
    assert compiled is not None, problems
    young = (data.mv012 <= 49).to_numpy()
    measures = []
    for name, (column, codes) in indicators.items():
        values = data[column].to_numpy(float)
        if codes is None:
            measures.append(Measure(name, Statistic.MEAN, np.where(values >= 95, np.nan, values), young))
        else:
            yes = np.where(np.isnan(values), np.nan, np.isin(values, codes))
            measures.append(Measure(name, Statistic.PROPORTION, yes, young))
    return compiled, measures, [disaggregation(data, "total"), disaggregation(data, "mv025")]
