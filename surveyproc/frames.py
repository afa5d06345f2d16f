"""Estimates, table cells and problems as pandas frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from surveyproc.config.models import Interval
from surveyproc.config.spec import RoundSpec
from surveyproc.estimate import Contrast, EstimateSet, Linearised, compare, estimate, linearise, significance, take
from surveyproc.expressions import to_text
from surveyproc.measures import CROSS, Job, Side, domain_name, not_available
from surveyproc.problems import Problem
from surveyproc.values import ESTIMATE_COLUMNS, Design, Measure, Publication, Statistic, Table, TableRow

NUMBERS = (
    "value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df", "t", "p_value", "n_unweighted",
    "n_effective", "n_psus", "n_weighted", "kish", "share_missing",
)  # fmt: skip


def estimates_frame(jobs: Sequence[Job], designs: Mapping[tuple[str, str], Design], spec: RoundSpec) -> pd.DataFrame:
    """All estimates of a round with ESTIMATE_COLUMNS; `shown` and `marks` are still empty."""
    intervals: dict[Statistic, Interval] = {Statistic(name): how for name, how in spec.design.interval.items()}
    frames = []
    for job in jobs:
        for method, measures in _by_interval(job, spec).items():
            chosen = {**intervals, **(dict.fromkeys(Statistic, method) if method else {})}
            found = estimate(
                designs[job.level, job.weight_level],
                measures,
                job.disaggregations,
                interval=chosen,
                df=spec.design.df,
                deff=spec.design.deff,
                level=spec.design.confidence,
            )
            frames.append(_wanted(found, job).to_frame())
        frames.append(_comparisons(job, designs[job.level, job.weight_level], spec))
    frames.append(_unavailable(spec))
    held = [f for f in frames if len(f)]
    frame = pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=list(ESTIMATE_COLUMNS))
    frame["round"] = spec.name
    names = frame["indicator"].unique()
    frame["module"] = frame["indicator"].map({name: _module(str(name), spec) for name in names})
    frame["shown"], frame["marks"] = "", ""
    frame["lineage"] = frame["indicator"].map({name: _lineage(str(name), spec) for name in names})
    return frame.reindex(columns=list(ESTIMATE_COLUMNS))


def _wanted(found: EstimateSet, job: Job) -> EstimateSet:
    """The estimates that the tables of a job ask for."""
    cells = [(d.name, len(d.cells)) for d in job.disaggregations]
    size = sum(count for _, count in cells)
    asked = {
        name: np.repeat([(name, domain) in job.wanted for domain, _ in cells], [count for _, count in cells])
        for name in dict.fromkeys(found.indicator[::size].tolist())
    }
    mask = np.concatenate([asked[name] for name in found.indicator[::size].tolist()])
    return found if mask.all() else take(found, np.flatnonzero(mask))


def tables_frame(publications: Iterable[Publication]) -> pd.DataFrame:
    """One row a table cell; `under` holds the headings above its row, which tell equal labels apart."""
    rows = [
        {
            "table": table.number,
            "language": publication.language,
            "under": under,
            "row": row.label,
            "column": " / ".join(part for part in (column.spanner, column.head) if part),
            "value": cell.value,
            "text": cell.text,
            "style": str(cell.style),
        }
        for publication in publications
        for table in publication.tables
        for under, row in _under_headings(table)
        for column, cell in zip(table.columns, row.cells, strict=False)
    ]
    frame = pd.DataFrame(rows, columns=["table", "language", "under", "row", "column", "value", "text", "style"])
    return frame.astype({"value": "float64"})


def _under_headings(table: Table) -> Iterator[tuple[str, TableRow]]:
    headings: dict[int, str] = {}
    for row in table.rows:
        headings = {indent: label for indent, label in headings.items() if indent < row.indent}
        if row.kind == "heading":
            headings[row.indent] = row.label
        else:
            yield " / ".join(headings.values()), row


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row a problem."""
    columns = [
        "code",
        "severity",
        "file",
        "line",
        "column",
        "level",
        "variable",
        "cases",
        "what",
        "got",
        "expected",
        "hint",
    ]
    rows = [
        (p.code, str(p.severity), p.where.file, p.where.line, p.where.column, p.where.level, p.where.variable,
         p.where.cases, p.what, p.got, p.expected, p.hint)
        for p in problems
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"line": "Int64", "column": "Int64", "cases": "Int64"})


def _by_interval(job: Job, spec: RoundSpec) -> dict[Interval | None, list[Measure]]:
    groups: dict[Interval | None, list[Measure]] = {}
    for measure in job.measures:
        indicator = spec.indicators.get(measure.indicator)
        groups.setdefault(indicator.interval if indicator else None, []).append(measure)
    return groups


def _comparisons(job: Job, design: Design, spec: RoundSpec) -> pd.DataFrame:
    sides: dict[tuple[int, str, str], Linearised] = {}

    def side(of: Side) -> Linearised:
        measure, split, cell = of
        key = (id(measure), split.name, cell)
        if key not in sides:
            sides[key] = linearise(design, measure, split, cell=cell)
        return sides[key]

    contrasts = [
        Contrast(c.indicator, c.domain, side(c.left), side(c.right), c.how, c.left[0].category, c.cell)
        for c in job.comparisons
    ]
    found = compare(design, contrasts, df=spec.design.df, level=spec.design.confidence)
    t, p = significance(found)
    return found.to_frame().assign(t=t, p_value=p)


def _unavailable(spec: RoundSpec) -> pd.DataFrame:
    statistics = {name: indicator.statistic for name, indicator in spec.indicators.items()}
    rows = [
        {
            "indicator": request.name,
            "statistic": str(statistics.get(request.name, Statistic.TOTAL)),
            "category": "",
            "domain": domain_name(domain),
            "cell": cell,
            "ci_method": "",
            "status": "not_asked",
        }
        for request in not_available(spec)
        for domain in request.domains
        for cell in _cell_names(domain, spec)
    ]
    frame = pd.DataFrame(rows)
    return frame if not rows else frame.assign(**dict.fromkeys(NUMBERS, float("nan")))


def _cell_names(domain: tuple[str, ...], spec: RoundSpec) -> list[str]:
    names = [""]
    for index, variable in enumerate(domain):
        cells = [c.name for c in spec.variable_text(variable).categories] or ["yes", "no"]
        names = [f"{a}{CROSS}{b}" if index else b for a in names for b in cells]
    return names


def _module(name: str, spec: RoundSpec) -> str:
    if name in spec.indicators:
        return spec.indicators[name].module
    owner = name.removeprefix("base:").rpartition(".")[0]
    return f"{owner}@{spec.modules[owner].version}"


def _lineage(name: str, spec: RoundSpec) -> str:
    indicator = spec.indicators.get(name)
    if indicator is None:
        return f"universe {name.removeprefix('base:')}"
    made_of = indicator.of or f"{indicator.numerator} / {indicator.denominator}"
    if indicator.answers:
        made_of = f"{', '.join(indicator.answers.values())}; per cent of {indicator.percent_of}"
    if indicator.formula is not None:
        totals = ", ".join(f"{name} = Σ {of}" for name, of in indicator.totals.items())
        made_of = f"{to_text(indicator.formula)} where {totals}"
    return f"{made_of}; universe {indicator.universe}; weight {indicator.weight_level}; missing {indicator.missing}"
