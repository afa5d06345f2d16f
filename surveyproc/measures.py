"""From indicators and tables to what the kernel estimates: measures and disaggregations as arrays of a level's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveyproc.carry import column_at
from surveyproc.config.spec import SIGNS, IndicatorSpec, RoundSpec, base_indicator
from surveyproc.derive import data_scope
from surveyproc.expressions import evaluate, slope_of
from surveyproc.flows import flow_measures
from surveyproc.problems import Place, Problem, Severity
from surveyproc.values import Column, DerivedRound, Disaggregation, FunctionOf, Kind, Measure, Missing, Statistic

TOTAL: tuple[str, ...] = ()
MISSING = "missing"  # the category of missing values where a distribution shows them
CROSS = " × "
Domain = tuple[str, ...]


Side = tuple[Measure, Disaggregation, str]  # and its cell


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two estimates of a job to be compared; domain is "area: urban − rural" or "total: one − other"."""

    indicator: str
    domain: str
    left: Side
    right: Side
    how: Literal["difference", "quotient"]
    cell: str = ""  # of a breakdown in whose cells it is made: domain "region × sex: male − female"


@dataclass(frozen=True, slots=True)
class Job:
    """What is estimated in one pass over a level with one weight; `wanted` holds (indicator, domain name)."""

    level: str
    weight_level: str
    measures: tuple[Measure, ...]
    disaggregations: tuple[Disaggregation, ...]
    wanted: frozenset[tuple[str, str]]
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One indicator or base count with the domains it is wanted for."""

    name: str
    universe: str
    weight_level: str
    domains: tuple[Domain, ...]


def domain_name(domain: Domain) -> str:
    """The name of a disaggregation in estimates: "total", a variable, or two joined."""
    return CROSS.join(domain) if domain else "total"


def requests(spec: RoundSpec) -> tuple[Request, ...]:
    """Everything the tables and the sampling-error appendix show, each indicator once, in table order."""
    domains: dict[str, dict[Domain, None]] = {}
    for table in spec.tables:
        for column in table.columns:
            domains.setdefault(column.indicator, {}).update(dict.fromkeys((TOTAL, *table.rows)))
            if column.compare is not None:
                crossed = ((*row, column.compare[0]) for row in table.rows)
                domains[column.indicator].update(dict.fromkeys(crossed))
    if spec.plan.sampling_errors is not None:
        wanted = [TOTAL if d == "total" else (d,) for d in spec.plan.sampling_errors.domains]
        for name in spec.plan.sampling_errors.indicators:
            domains.setdefault(name, {}).update(dict.fromkeys(wanted))
    for name in list(domains):
        for other, domain in _compared(name, spec):
            domains.setdefault(other, {})[domain] = None
    weights = {
        t.universe: spec.indicators[c.indicator].weight_level for t in spec.tables for c in t.columns if not c.count
    }
    result = []
    for name, found in domains.items():
        if name in spec.indicators:
            indicator = spec.indicators[name]
            result.append(Request(name, indicator.universe, indicator.weight_level, tuple(found)))
            continue
        universe = next(u for u in spec.universes if base_indicator(u) == name)
        level = spec.universes[universe].level
        result.append(Request(name, universe, weights.get(universe) or _nearest_weight(level, spec), tuple(found)))
    return tuple(result)


def _compared(name: str, spec: RoundSpec) -> Iterator[tuple[str, Domain]]:
    """The estimates that an indicator's comparisons are made of, which must be judged too."""
    indicator = spec.indicators.get(name)
    if indicator is None or indicator.compare is None:
        return
    yield from ((name, (variable,)) for variable, _, _ in indicator.compare.groups)
    yield from ((other, TOTAL) for one in indicator.compare.indicators for other in (name, one))


def jobs(derived: DerivedRound, spec: RoundSpec) -> tuple[tuple[Job, ...], tuple[Problem, ...]]:
    """All requests as jobs, one a (level, weight level); notes on universes that missing values leave undecided."""
    problems: list[Problem] = []
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in requests(spec):
        if not _available(request, spec):
            continue
        groups.setdefault((spec.universes[request.universe].level, request.weight_level), []).append(request)
    made = []
    for (level, weight_level), members in groups.items():
        masks = {name: universe_mask(name, derived, spec, problems) for name in {m.universe: None for m in members}}
        measures = [m for r in members for m in _measures(r, masks[r.universe], derived, spec)]
        domains = dict.fromkeys(d for r in members for d in r.domains if _offered(d, spec))
        disaggregations = tuple(_disaggregation(d, level, derived) for d in domains)
        wanted = frozenset((r.name, domain_name(d)) for r in members for d in r.domains)
        every = (*_comparisons(spec, measures, disaggregations), *_in_rows(spec, measures, disaggregations))
        comparisons = tuple({(c.indicator, c.left[0].category, c.domain, c.cell): c for c in every}.values())
        made.append(Job(level, weight_level, tuple(measures), disaggregations, wanted, comparisons))
    return tuple(made), tuple(problems)


def _comparisons(
    spec: RoundSpec, measures: Sequence[Measure], disaggregations: Sequence[Disaggregation]
) -> Iterator[Comparison]:
    """Every comparison whose two sides are among the measures and cells of a job."""
    splits = {d.name: d for d in disaggregations}
    by_name: dict[str, list[Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.indicator, []).append(measure)
    for name, mine in by_name.items():
        indicator = spec.indicators.get(name)
        if indicator is None or indicator.compare is None:
            continue
        how, sign = indicator.compare.how, SIGNS[indicator.compare.how]
        for variable, left, right in indicator.compare.groups:
            if variable in splits:
                at, words = splits[variable], f"{variable}: {left}{sign}{right}"
                yield from (Comparison(name, words, (m, at, left), (m, at, right), how) for m in mine)
        for other in indicator.compare.indicators:
            whole = splits[domain_name(TOTAL)]
            pairs = zip(mine, by_name.get(other, ()), strict=False)
            words = f"{whole.name}: {name}{sign}{other}"
            yield from (Comparison(name, words, (m, whole, ""), (o, whole, ""), how) for m, o in pairs)


def _in_rows(
    spec: RoundSpec, measures: Sequence[Measure], disaggregations: Sequence[Disaggregation]
) -> Iterator[Comparison]:
    """The comparisons that table columns make in each cell of their rows."""
    splits = {d.name: d for d in disaggregations}
    for table, column in ((t, c) for t in spec.tables for c in t.columns if c.compare is not None):
        assert column.compare is not None
        variable, left, right = column.compare
        mine = [m for m in measures if m.indicator == column.indicator]
        for row in table.rows:
            split, rows = splits.get(domain_name((*row, variable))), splits.get(domain_name(row))
            if split is None or rows is None:
                continue
            for cell in rows.cells if row else ("",):
                sides = (f"{cell}{CROSS}{side}" if row else side for side in (left, right))
                one, other = sides
                domain = f"{row[0]}{CROSS}{column.compared}" if row else column.compared
                for m in mine:
                    yield Comparison(m.indicator, domain, (m, split, one), (m, split, other), column.how, cell)


def not_available(spec: RoundSpec) -> tuple[Request, ...]:
    """Requests that this round cannot answer since it did not ask what they, or their domains, need."""
    found = []
    for request in requests(spec):
        domains = request.domains
        if _available(request, spec):
            domains = tuple(d for d in domains if not _offered(d, spec))
        if domains:
            found.append(replace(request, domains=domains))
    return tuple(found)


def _available(request: Request, spec: RoundSpec) -> bool:
    indicator = spec.indicators.get(request.name)
    return spec.asked(request.universe, () if indicator is None else indicator.needs)


def _offered(domain: Domain, spec: RoundSpec) -> bool:
    return not any(name in spec.unavailable for name in domain)


def _nearest_weight(level: str, spec: RoundSpec) -> str:
    at: str | None = level
    while at is not None:
        if at in spec.weight_levels:
            return at
        at = spec.levels.get(at)
    return spec.weight_levels[0]


def universe_mask(name: str, derived: DerivedRound, spec: RoundSpec, problems: list[Problem]) -> NDArray[np.bool_]:
    """The rows of a universe; notes those that missing values leave undecided."""
    universe = spec.universes[name]
    column = evaluate(universe.where, data_scope(derived, spec), level=universe.level)
    undecided = int((~column.known).sum())
    if undecided:
        problems.append(
            Problem(
                "estimate.note",
                Place(
                    universe.place.file,
                    universe.place.line,
                    universe.place.column,
                    level=universe.level,
                    cases=undecided,
                ),
                f"missing values leave it undecided whether records belong to universe {name}; they are left out",
                severity=Severity.INFO,
            )
        )
    return np.asarray(column.known & (column.values == 1), dtype=bool)


def _measures(
    request: Request, universe: NDArray[np.bool_], derived: DerivedRound, spec: RoundSpec
) -> Iterable[Measure]:
    indicator = spec.indicators.get(request.name)
    if indicator is None:
        return [Measure(request.name, Statistic.TOTAL, np.ones(len(universe)), universe)]
    level = spec.universes[request.universe].level
    levels = derived.levels
    if indicator.formula is not None:
        return [_function(indicator, universe, level, derived, spec)]
    if indicator.flows is not None:
        origin, destination = (column_at(levels, level, name) for name in indicator.flows)
        inside = universe & applies(origin) & applies(destination)
        share = "origins" if indicator.share_of_origin else ""
        made_of = flow_measures(indicator.name, origin, destination, inside, share=share)
        return [replace(m, multiply=indicator.scale) for m in made_of]
    if indicator.answers:
        return _answers(indicator, universe, level, derived)
    if indicator.of is None:
        top = column_at(levels, level, indicator.numerator or "")
        bottom = column_at(levels, level, indicator.denominator or "")
        inside = universe & applies(top) & applies(bottom)
        return [
            Measure(
                indicator.name, indicator.statistic, numbers(top), inside, numbers(bottom), multiply=indicator.scale
            )
        ]
    column = column_at(levels, level, indicator.of)
    inside = universe & applies(column)
    if indicator.statistic is Statistic.DISTRIBUTION:
        return _shares(indicator, column, inside)
    values = numbers(column)
    if indicator.missing == "as_no":
        values = np.where(np.isnan(values), 0.0, values)
    made = Measure(
        indicator.name, indicator.statistic, values, inside, multiply=indicator.scale, detail=indicator.holding
    )
    if not indicator.quantiles:
        return [made]
    return [
        replace(made, category=f"p{100 * q.probability:g}" if indicator.by_category else "", detail=q)
        for q in indicator.quantiles
    ]


def _function(
    indicator: IndicatorSpec, universe: NDArray[np.bool_], level: str, derived: DerivedRound, spec: RoundSpec
) -> Measure:
    columns = {name: column_at(derived.levels, level, of) for name, of in indicator.totals.items()}
    inside = universe
    for column in columns.values():
        inside = inside & applies(column)
    totals = {name: numbers(column) for name, column in columns.items()}
    known = np.where(np.any([np.isnan(y) for y in totals.values()], axis=0), np.nan, 0.0)
    assert indicator.formula is not None
    return Measure(
        indicator.name,
        indicator.statistic,
        known,
        inside,
        multiply=indicator.scale,
        detail=FunctionOf(totals, slope_of(indicator.formula, spec.parameters)),
    )


def _shares(indicator: IndicatorSpec, column: Column, inside: NDArray[np.bool_]) -> list[Measure]:
    measures = []
    for code, category in category_codes(column):
        values = np.where(column.known, (column.values == code).astype(np.float64), np.nan)
        if indicator.missing == "category":
            values = np.where(column.known, values, 0.0)
        measures.append(Measure(indicator.name, indicator.statistic, values, inside, category=category))
    if indicator.missing == "category":
        values = (~column.known).astype(np.float64)
        measures.append(Measure(indicator.name, indicator.statistic, values, inside, category=MISSING))
    return measures


def _answers(indicator: IndicatorSpec, universe: NDArray[np.bool_], level: str, derived: DerivedRound) -> list[Measure]:
    """A share of cases, of those with an answer, or of all answers, for each answer that a question takes.

    A record with one of the answers missing leaves all; each answer counts once a record.
    """
    columns = {answer: column_at(derived.levels, level, of) for answer, of in indicator.answers.items()}
    inside = universe
    for column in columns.values():
        inside = inside & applies(column)
    given = np.array([numbers(column) for column in columns.values()])
    if indicator.missing == "as_no":
        given = np.where(np.isnan(given), 0.0, given)
    given[:, np.isnan(given).any(axis=0)] = np.nan
    count = given.sum(axis=0)
    if indicator.percent_of == "responding":
        inside = inside & ~(count == 0)
    below = count if indicator.percent_of == "responses" else None
    pairs = zip(columns, given, strict=True)
    return [Measure(indicator.name, indicator.statistic, y, inside, below, answer) for answer, y in pairs]


def applies(column: Column) -> NDArray[np.bool_]:
    """Not applicable is outside the universe, whatever the universe's own rule says."""
    return np.asarray(column.reason != Missing.NOT_APPLICABLE.value, dtype=bool)


def numbers(column: Column) -> NDArray[np.float64]:
    """A number or yes/no column as float64, NaN where missing."""
    if column.values.dtype == np.float64:
        return column.values
    values = column.values.astype(np.float64)
    values[~column.known] = np.nan
    return values


def category_codes(column: Column) -> tuple[tuple[int, str], ...]:
    """Codes and names of a column's categories; of a yes/no column: yes is 1, no is 0."""
    if column.kind is Kind.BOOLEAN:
        return (1, "yes"), (0, "no")
    return tuple(enumerate(c.name for c in column.categories))


def _disaggregation(domain: Domain, level: str, derived: DerivedRound) -> Disaggregation:
    rows = derived.levels[level].rows
    if not domain:
        return Disaggregation("total", np.zeros(rows, dtype=np.int32), ("",))
    codes, cells = _cells(domain[0], level, derived)
    for name in domain[1:]:
        more, others = _cells(name, level, derived)
        codes = np.where((codes < 0) | (more < 0), -1, codes * len(others) + more).astype(np.int32)
        cells = tuple(f"{a}{CROSS}{b}" for a in cells for b in others)
    return Disaggregation(domain_name(domain), codes, cells)


def _cells(name: str, level: str, derived: DerivedRound) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    return places(column_at(derived.levels, level, name))


def places(column: Column) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """The place of each row's category among those of a column, -1 where missing, and their names."""
    named = category_codes(column)
    codes = np.full(len(column.values), -1, dtype=np.int32)
    if column.kind is Kind.BOOLEAN:
        codes[column.known] = 1 - column.values[column.known].astype(np.int32)
    else:
        codes[column.known] = column.values[column.known]
    return codes, tuple(category for _, category in named)
