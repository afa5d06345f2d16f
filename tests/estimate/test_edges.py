"""Every statistic in every edge case, linearised and from replicates: a status, and never an SE that means nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveyproc.design import compile_design, make_replicates
from surveyproc.estimate import Contrast, compare, estimate, linearise
from surveyproc.expressions import SMOOTH_FUNCTIONS, parse, slope_of
from surveyproc.problems import Place
from surveyproc.values import Band, Centre, Design, Disaggregation, FunctionOf, Holding, Measure, QuantileAt, Statistic
from tests.estimate.surveys import survey

INSIDE, OUTSIDE = "inside", "outside"
METHODS = ("taylor", "jkn", "bootstrap")


def survey_of_edges() -> pd.DataFrame:
    """Four psus in each of three strata; y and x above 0."""
    data = survey(5, strata=3, psus=4, rows=240).reset_index(drop=True)
    return data.assign(y=data.y.abs() + 1.0)


def design_of(data: pd.DataFrame, method: str) -> Design:
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(float),
        strata=[data.stratum.to_numpy()],
        psu=[(data.stratum * 1000 + data.psu).to_numpy()],
    )
    assert design is not None, problems
    if method == "taylor":
        return design
    more = {"number": 60, "seed": 4} if method == "bootstrap" else {}
    replicates, problems = make_replicates(design, method, **more)
    assert replicates is not None, problems
    return replace(design, replicates=replicates)


def function(data: pd.DataFrame) -> FunctionOf:
    slope = slope_of(parse("sqrt(y * x) / (y + x)", Place(), functions=SMOOTH_FUNCTIONS), {})
    return FunctionOf({"y": data.y.to_numpy(float), "x": data.x.to_numpy(float)}, slope)


STATISTICS: dict[str, Callable[[pd.DataFrame], dict]] = {
    "total": lambda d: {"numerator": d.y},
    "mean": lambda d: {"numerator": d.y},
    "proportion": lambda d: {"numerator": d.yes},
    "distribution": lambda d: {"numerator": d.yes},
    "ratio": lambda d: {"numerator": d.y, "denominator": d.x},
    "rate": lambda d: {"numerator": d.yes, "denominator": d.x, "multiply": 1000.0},
    "quantile": lambda d: {"numerator": d.y, "detail": QuantileAt(0.5)},
    "function": lambda d: {"numerator": d.y * 0, "detail": function(d)},
    "gini": lambda d: {"numerator": d.y},
    "quantile_share": lambda d: {"numerator": d.y, "detail": Holding(Band(0.5, 1.0))},
    "share_ratio": lambda d: {"numerator": d.y, "detail": Holding(Band(0.5, 1.0), Band(0.0, 0.5))},
    "variance": lambda d: {"numerator": d.y},
    "sd": lambda d: {"numerator": d.y},
}
COMPARISONS = ("difference", "quotient")


def measure(data: pd.DataFrame, name: str) -> Measure:
    given = STATISTICS[name](data)
    given |= {key: part.to_numpy(float) for key, part in given.items() if isinstance(part, pd.Series)}
    return Measure(name, Statistic(name), universe=np.ones(len(data), dtype=np.bool_), **given)


Edge = Callable[[pd.DataFrame], tuple[pd.DataFrame, pd.Series]]  # to the data and the rows of the cell


def _alone(data: pd.DataFrame) -> pd.Series:
    """One psu in each of two strata: as many psus as strata."""
    return ((data.stratum == 0) & (data.psu == 1)) | ((data.stratum == 1) & (data.psu == 2))


EDGES: dict[str, Edge] = {
    "no record": lambda d: (d, d.stratum < 0),
    "weights of zero": lambda d: (d.assign(weight=d.weight.where(d.group != 1, 0.0)), d.group == 1),
    "all missing": lambda d: (d.assign(**{c: d[c].where(d.group != 1) for c in ("y", "x", "yes")}), d.group == 1),
    "one case": lambda d: (d, d.index == 77),
    "one psu": lambda d: (d, (d.stratum == 1) & (d.psu == 2)),
    "no degrees of freedom": lambda d: (d, _alone(d)),
    "nobody": lambda d: (d.assign(yes=d.yes.where(d.group != 1, 0.0)), d.group == 1),
    "everybody": lambda d: (d.assign(yes=d.yes.where(d.group != 1, 1.0)), d.group == 1),
    "all the same": lambda d: (d.assign(y=d.y.where(d.group != 1, 7.0)), d.group == 1),
    "absent from a stratum": lambda d: (d, (d.group == 1) & (d.stratum != 2)),
}
STATUS = {
    "no record": "empty",
    "weights of zero": "empty",
    "all missing": "all_missing",
    "one case": "one_case",
    "one psu": "one_psu",
    "no degrees of freedom": "one_psu",
}
NUMBERS = ("value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "n_effective")
# Where nothing varies an SE of 0 is right, and the status says so.
FIXED = {
    ("proportion", "nobody"): "boundary",
    ("proportion", "everybody"): "boundary",
    ("distribution", "nobody"): "boundary",
    ("distribution", "everybody"): "boundary",
    ("rate", "nobody"): "constant",
    ("mean", "all the same"): "constant",
    ("quantile", "all the same"): "constant",
    ("gini", "all the same"): "constant",
    ("variance", "all the same"): "constant",
    ("sd", "all the same"): "constant",
}


def estimated(edge: str, method: str) -> dict[str, dict]:
    """The estimate of each statistic inside the cell, and comparisons of means inside with those outside."""
    data, rows = EDGES[edge](survey_of_edges())
    split = Disaggregation("part", np.where(rows, 0, 1).astype(np.int32), (INSIDE, OUTSIDE))
    design = design_of(data, method)
    made = estimate(design, [measure(data, name) for name in STATISTICS], [split]).to_frame()
    sides = [linearise(design, measure(data, "mean"), split, cell=cell) for cell in split.cells]
    pairs = compare(design, [Contrast(name, "part", *sides, name) for name in COMPARISONS]).to_frame()
    frame = pd.concat([made[made.cell == INSIDE], pairs])
    return {row["indicator"]: row for row in frame.to_dict("records")}


def faults(name: str, edge: str, row: dict) -> list[str]:
    """What the row of a statistic has that it should not, or lacks."""
    status = row["status"]
    wanted = {STATUS.get(edge) or FIXED.get((name, edge), "ok")}
    if edge == "all the same" and name in ("quantile_share", "share_ratio"):
        wanted = {"ok", "constant"}  # the limit between the groups may lie anywhere among equals
    empty, precise = ("empty", "all_missing"), ("ok", "boundary", "constant")
    found = [] if status in wanted else [f"status {status}"]
    found += [key for key in NUMBERS if status in empty and not np.isnan(row[key])]
    found += [key for key in NUMBERS[1:] if status not in precise and not np.isnan(row[key])]
    if status in ("boundary", "constant"):
        found += [] if row["se"] == 0.0 else ["se"]
        found += [key for key in ("ci_low", "ci_high", "deff", "deft", "n_effective") if not np.isnan(row[key])]
    if status == "ok" and not (row["se"] > 0 and row["ci_low"] < row["value"] < row["ci_high"]):
        found.append("se or interval")
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_case_has_its_status(edge: str, method: str) -> None:
    rows = estimated(edge, method)
    assert rows.keys() == {*STATISTICS, *COMPARISONS}
    assert {name: found for name, row in rows.items() if (found := faults(name, edge, row))} == {}


@pytest.mark.parametrize("method", ["taylor", "jkn"])
def test_a_stratum_taken_whole_adds_nothing_and_a_rate_of_0_is_with_replacement(method: str) -> None:
    data = survey_of_edges()

    def spread(rates: np.ndarray | None) -> float:
        plain, problems = compile_design(
            level="person",
            weight=data.weight.to_numpy(float),
            strata=[data.stratum.to_numpy()],
            psu=[(data.stratum * 1000 + data.psu).to_numpy()],
            fpc=rates,
            fpc_holds="rates",
        )
        assert plain is not None, problems
        if method == "jkn":
            replicates, problems = make_replicates(plain, "jkn", centre=Centre.ESTIMATE)
            assert replicates is not None, problems
            plain = replace(plain, replicates=replicates)
        whole = Disaggregation("total", np.zeros(len(data), dtype=np.int32), ("",))
        return float(estimate(plain, [measure(data, "total")], [whole]).se[0] ** 2)

    def rates(first: float, others: float) -> np.ndarray:
        return np.where(data.stratum == 0, first, others)

    assert spread(rates(0.0, 0.0)) == pytest.approx(spread(None), rel=1e-13)
    certain, rest = spread(rates(1.0, 0.0)), spread(rates(0.0, 1.0))
    assert certain + rest == pytest.approx(spread(None), rel=1e-12)
    assert spread(rates(0.0, 0.3)) == pytest.approx(rest + 0.7 * certain, rel=1e-12)
