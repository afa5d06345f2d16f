"""Results of calculations as rows of estimates, and as rows that tell where their variance comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from surveyproc.demography.fit import Fit
from surveyproc.methods.align import Aligned
from surveyproc.methods.compute import Part
from surveyproc.methods.spec import Calc
from surveyproc.values import ESTIMATE_COLUMNS

CROSS = " × "
STATISTIC = "demographic"
FIT_STATUS = {
    Fit.NOT_CONVERGED: "not_converged",
    Fit.NOT_IDENTIFIED: "not_identified",
    Fit.INFEASIBLE: "infeasible",
}
CI_METHOD = {"simulation": "percentile", "counting": "lognormal"}
SOURCE_COLUMNS = (
    "round",
    "module",
    "indicator",
    "domain",
    "cell",
    "source",  # of error, as the inputs name it; "" where the row tells of the result alone
    "share",  # of the variance
    "variance",
    "how",
    "interaction",  # what the joint variance is above the sum of the sources' own, as its share; of simulations
    "bend",  # variance that straight lines leave, over the variance along them
    "bias",
    "range_low",
    "range_high",
)


@dataclass(frozen=True, slots=True)
class Done:
    """A calculation with its inputs and results."""

    calc: Calc
    aligned: Aligned
    parts: tuple[Part, ...]
    files: tuple[str, ...]  # what the inputs came from, for the lineage


@dataclass(frozen=True, slots=True)
class ResultCell:
    """One number of a result: where it is, and its position in the flat arrays of its part."""

    part: Part
    result: str
    domain: str
    cell: str
    position: int


def result_cells(done: Done) -> Iterator[ResultCell]:
    """Every number of a calculation, result by result, in the order of its categories."""
    for result in done.calc.method.results:
        if result.name not in done.calc.results:
            continue
        dimensions = (*done.calc.model.by, *result.axes)
        domain = CROSS.join(dimensions) or "total"
        for part in done.parts:
            place, _ = part.places[result.name]
            for offset, names in enumerate(product(*(done.aligned.axes.of(axis) for axis in result.axes))):
                yield ResultCell(part, result.name, domain, CROSS.join((*part.cell, *names)), place.start + offset)


def estimates_of(done: Sequence[Done], *, name: str) -> pd.DataFrame:
    """ESTIMATE_COLUMNS of every result; `shown` and `marks` are still empty. indicator: CALCULATION.RESULT."""
    rows = [_row(one, cell, name) for one in done for cell in result_cells(one)]
    return pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS))


def _row(done: Done, cell: ResultCell, name: str) -> dict[str, Any]:
    found, at = cell.part.found, cell.position
    state = Fit(int(cell.part.states[at]))
    status = FIT_STATUS.get(state, str(found.status[at]))
    value = float(found.value[at])
    certain = status in ("ok", "given_scenario")
    se = float(found.se[at]) if certain else np.nan
    how = str(found.how[at]) if certain else ""
    df = float(found.df[at]) if certain else np.nan
    method = "" if not certain else CI_METHOD.get(how) or ("normal" if np.isinf(df) else "t")
    row: dict[str, Any] = dict.fromkeys(ESTIMATE_COLUMNS, np.nan)
    return row | {
        "round": name,
        "module": done.calc.method.label,
        "indicator": f"{done.calc.name}.{cell.result}",
        "statistic": STATISTIC,
        "category": "",
        "domain": cell.domain,
        "cell": cell.cell,
        "value": np.nan if state is Fit.INFEASIBLE else value,
        "se": se,
        "ci_low": float(found.ci_low[at]) if certain else np.nan,
        "ci_high": float(found.ci_high[at]) if certain else np.nan,
        "ci_method": method,
        "cv": se / abs(value) if certain and value else np.nan,
        "df": df,
        "status": status,
        "shown": "",
        "marks": "",
        "lineage": f"{done.calc.method.name}; {', '.join(done.files)}",
    }


def sources_of(done: Sequence[Done], judged: pd.DataFrame) -> pd.DataFrame:
    """SOURCE_COLUMNS: a row a source of error of each estimate that is shown; one row where there is only a range.

    judged: the rows of `estimates_of` in their order, judged.
    """
    cells = [(one, cell) for one in done for cell in result_cells(one)]
    shown = judged["shown"].tolist()
    rows = [row for (one, cell), how in zip(cells, shown, strict=True) if how != "suppress" for row in _told(one, cell)]
    frame = pd.DataFrame(rows, columns=list(SOURCE_COLUMNS[1:]))
    frame.insert(0, "round", judged["round"].iloc[0] if len(judged) else "")
    return frame


def _told(done: Done, cell: ResultCell) -> Iterator[tuple[object, ...]]:
    found, at = cell.part.found, cell.position
    where = (done.calc.method.label, f"{done.calc.name}.{cell.result}", cell.domain, cell.cell)
    tail = (
        str(found.how[at]),
        found.interaction[at],
        found.bend[at],
        found.bias[at],
        found.range_low[at],
        found.range_high[at],
    )
    certain = str(found.status[at]) in ("ok", "given_scenario") and cell.part.states[at] == Fit.CONVERGED
    if certain:
        for number, source in enumerate(found.sources):
            yield (*where, source, found.share[number, at], found.variance[number, at], *tail)
    elif not np.isnan(found.range_low[at]):
        yield (*where, "", np.nan, np.nan, "", np.nan, np.nan, np.nan, *tail[4:])
