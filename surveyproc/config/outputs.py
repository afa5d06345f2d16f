"""Universes, indicators, tables and checks of a round, every name settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from surveyproc.config import models
from surveyproc.config.analyses import resolve_models, resolve_tests
from surveyproc.config.answers import answers_of
from surveyproc.config.comparisons import check_column, check_comparisons, comparison
from surveyproc.config.declare import Declarations, Declared, find_universe
from surveyproc.config.derived import compile_expression
from surveyproc.config.gather import LoadedModule
from surveyproc.config.rules import resolve_check
from surveyproc.config.spec import (
    CheckSpec,
    ColumnSpec,
    IndicatorSpec,
    RegressionSpec,
    SignificanceSpec,
    TableSpec,
    UniverseSpec,
    VariableText,
    base_indicator,
)
from surveyproc.config.statistics import check_keys, details, statistic_of
from surveyproc.config.validate import did_you_mean
from surveyproc.config.variables import Variables
from surveyproc.config.world import World
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import Kind

COUNTABLE = (Kind.CATEGORICAL, Kind.BOOLEAN)
PERCENT = ("proportion", "distribution", "quantile_share", "multiple")
UNITS = {**dict.fromkeys(PERCENT, "percent"), "gini": "share"}
OF_NUMBERS = ("quantile", "median", "gini", "quantile_share", "share_ratio", "variance", "sd")
DECIMALS = {"percent": 1, "thousand": 1, "share": 3}
DEFAULT_RATE = 1000.0


@dataclass(slots=True)
class Outputs:
    """What a round's modules estimate, tabulate and check."""

    universes: dict[str, UniverseSpec] = field(default_factory=dict)
    indicators: dict[str, IndicatorSpec] = field(default_factory=dict)
    tables: dict[str, TableSpec] = field(default_factory=dict)
    regressions: list[RegressionSpec] = field(default_factory=list)
    tests: list[SignificanceSpec] = field(default_factory=list)
    checks: list[CheckSpec] = field(default_factory=list)
    sets: dict[str, VariableText] = field(default_factory=dict)


def resolve_outputs(
    declarations: Declarations,
    modules: Mapping[str, LoadedModule],
    variables: Variables,
    weights: Iterable[str],
    problems: Collector,
    *,
    weight_place: Place,
) -> Outputs:
    """Settle every universe, indicator, table and check; faults go to `problems`."""
    assert variables.scope is not None
    world = World(declarations, variables, variables.scope, frozenset(weights), weight_place, problems)
    result = Outputs()
    for name, universe in declarations.universes.items():
        spec = _universe(name, universe, world)
        if spec is not None:
            result.universes[name] = spec
    for name, indicator in declarations.indicators.items():
        resolved = _indicator(name, indicator, world, result.sets)
        if resolved is not None:
            result.indicators[name] = resolved
    check_comparisons(declarations, result.indicators, result.universes, world)
    for name, table in declarations.tables.items():
        drawn = _table(name, table, result, world, modules)
        if drawn is not None:
            result.tables[name] = drawn
    result.regressions.extend(resolve_models(world, result.universes))
    result.tests.extend(resolve_tests(world, result.universes))
    for module in modules.values():
        _note_targets(module, declarations, problems)
        for index in range(len(module.model.checks)):
            check = resolve_check(module, index, world)
            if check is not None:
                result.checks.append(check)
    return result


def _universe(name: str, declared: Declared[models.Universe], world: World) -> UniverseSpec | None:
    if declared.level not in declared_levels(world):
        return None
    where = compile_expression(declared.item.where, declared.at("where"), declared.level, world.scope, world.problems)
    if where is None:
        return None
    return UniverseSpec(
        name=name,
        level=declared.level,
        where=where,
        label=declared.item.label or declared.item.texts,
        place=declared.place,
    )


def declared_levels(world: World) -> Mapping[str, str | None]:
    """Levels with their parents."""
    return world.declarations.levels


def _indicator(
    name: str, declared: Declared[models.Indicator], world: World, sets: dict[str, VariableText]
) -> IndicatorSpec | None:
    item, problems = declared.item, world.problems
    universe = _find(item.universe, declared, declared.at("universe"), world)
    before = len(problems.problems)
    check_keys(declared, problems)
    extra = details(declared, world.scope.parameters, problems)
    if universe is None or len(problems.problems) > before:
        return None
    level = world.declarations.universes[universe].level
    kinds = {
        "proportion": (Kind.BOOLEAN,),
        "distribution": COUNTABLE,
        **dict.fromkeys(OF_NUMBERS, (Kind.NUMBER,)),
    }.get(item.stat, (Kind.NUMBER, Kind.BOOLEAN))
    ok = True
    answers: Mapping[str, str] = {}
    if item.stat == "flows":
        sides = (("origin", item.origin or ""), ("destination", item.destination or ""))
        found_sides = [world.variable(v, level, declared.at(key), (Kind.CATEGORICAL,)) for key, v in sides]
        ok = all(found_sides)
    elif item.stat == "multiple":
        found = answers_of(name, declared, level, world, sets)
        ok, answers = found is not None, found or {}
    elif item.of is not None:
        ok = world.variable(item.of, level, declared.at("of"), kinds)
    for path, part in _sums(item):
        ok = _summed(path, part, declared, level=level, kinds=kinds, world=world) and ok
    weight = world.weight_level(item.weight, level, declared.at("weight"), f"indicator {name}")
    if not ok or weight is None:
        return None
    unit = item.unit or ("percent" if item.percent_of == "origins" else UNITS.get(item.stat, "number"))
    scale = float(item.multiply) if item.multiply is not None else (DEFAULT_RATE if item.stat == "rate" else 1.0)
    default_decimals = 0 if item.stat in ("total", "flows") and unit == "number" else DECIMALS.get(unit, 1)
    return IndicatorSpec(
        name=name,
        module=declared.module.label,
        title=item.title,
        statistic=statistic_of(item),
        of=name if item.of_each else item.of,
        numerator=item.numerator.sum if item.numerator else None,
        denominator=item.denominator.sum if item.denominator else None,
        universe=universe,
        weight_level=weight,
        missing=item.missing,
        scale=scale,
        unit=unit,
        decimals=default_decimals if item.decimals is None else item.decimals,
        interval=item.interval,
        place=declared.place,
        quantiles=extra.quantiles,
        formula=extra.formula,
        totals=extra.totals,
        holding=extra.holding,
        compare=comparison(item),
        answers=answers,
        percent_of=item.percent_of or "cases",
        flows=(item.origin, item.destination) if item.origin and item.destination else None,
    )


def _sums(item: models.Indicator) -> Iterator[tuple[tuple[str, ...], models.Sum]]:
    """Every sum that an indicator is made of, with its keys."""
    for side, part in (("numerator", item.numerator), ("denominator", item.denominator)):
        if part is not None:
            yield (side,), part
    for name, part in item.totals.items():
        yield ("totals", name), part


def _summed(
    path: tuple[str, ...],
    part: models.Sum,
    declared: Declared[models.Indicator],
    *,
    level: str,
    kinds: Iterable[Kind],
    world: World,
) -> bool:
    ok = world.variable(part.sum, level, declared.at(*path, "sum"), kinds)
    if part.level is None or part.level == level:
        return ok
    world.problems.add(
        Problem(
            "config.unsupported",
            declared.at(*path, "level"),
            f"the {path[-1]} is summed over {part.level} records, the universe is of {level} records",
            hint=f"Derive a sum at {level} level and use that: only so is the standard error right.",
        )
    )
    return False


def _find(
    name: str, declared: Declared[models.Indicator] | Declared[models.TablePlan], place: Place, world: World
) -> str | None:
    found = find_universe(name, declared.module, world.declarations)
    if found is None:
        known = sorted({full.rpartition(".")[2] for full in world.declarations.universes})
        world.problems.add(
            Problem(
                "config.unknown-name",
                place,
                f"there is no universe {name!r}",
                expected=f"one of: {', '.join(known)}",
                hint=did_you_mean(name, known),
            )
        )
    return found


def _table(
    number: str,
    declared: Declared[models.TablePlan],
    result: Outputs,
    world: World,
    modules: Mapping[str, LoadedModule],
) -> TableSpec | None:
    item = declared.item
    if not _laid_out(declared, result, world):
        return None
    if item.matrix is not None:
        item = item.model_copy(update={"columns": [item.matrix], "rows": ["total"]})
    columns, universe, unresolved = [], None, False
    levels: dict[str, None] = {}
    for index, column in enumerate(item.columns):
        if isinstance(column, models.IndicatorColumn):
            indicator = result.indicators.get(column.indicator)
            if indicator is None:
                _unknown_indicator(column.indicator, declared.at("columns", index, "indicator"), world)
                unresolved = True
                continue
            universe = universe or indicator.universe
            levels[world.declarations.universes[indicator.universe].level] = None
            check_column(column, index, declared, world.declarations.universes[indicator.universe].level, world)
            how: Literal["difference", "quotient"] = "quotient" if column.how == "ratio" else "difference"
            show, compare = tuple(column.show), column.compare
            columns.append(ColumnSpec(column.indicator, show, column.label, compare=compare, how=how))
    counted = []
    for index, column in enumerate(item.columns):
        if isinstance(column, models.CountColumn):
            own = (
                _find(column.universe, declared, declared.at("columns", index, "universe"), world)
                if column.universe
                else universe
            )
            if own is None:
                world.problems.add(
                    Problem(
                        "config.missing-key",
                        declared.at("columns", index),
                        "a count without an indicator in its table names its universe",
                        expected="universe: …",
                    )
                ) if not column.universe and not unresolved else None
                continue
            universe = universe or own
            levels[world.declarations.universes[own].level] = None
            counted.append((index, ColumnSpec(base_indicator(own), (column.count,), column.label, count=True)))
    for index, spec in counted:
        columns.insert(index, spec)
    if universe is None or universe not in result.universes:
        return None
    rows = _rows(declared, tuple(levels), world) if item.matrix is None else ((),)
    notes = [n.texts for m in modules.values() for n in m.model.notes if number in n.print_with]
    return TableSpec(
        number=number,
        module=declared.module.label,
        title=item.title,
        subtitle=item.subtitle,
        rows=rows,
        columns=tuple(columns),
        universe=universe,
        footnotes=tuple((f.mark, f.texts) for f in item.footnotes),
        notes=tuple(notes),
        place=declared.place,
        matrix=item.matrix is not None,
    )


def _laid_out(declared: Declared[models.TablePlan], result: Outputs, world: World) -> bool:
    """Whether a table has rows and columns, or a matrix of flows and neither; flows stand in matrices only."""
    item = declared.item
    if (item.matrix is None) != bool(item.rows and item.columns) or (item.matrix and (item.rows or item.columns)):
        what, expected = "a table has rows and columns, or a matrix", "rows: […] and columns: […], or matrix: {…}"
        world.problems.add(Problem("config.missing-key", declared.place, what, expected=expected))
        return False
    if item.matrix is not None and item.matrix.compare is not None:
        place = declared.at("matrix", "compare")
        world.problems.add(Problem("config.unsupported", place, "flows in a matrix are not compared"))
        return False
    shown = [*([item.matrix] if item.matrix else []), *item.columns]
    for column in shown:
        if not isinstance(column, models.IndicatorColumn) or column.indicator not in result.indicators:
            continue
        if (result.indicators[column.indicator].flows is not None) != (column is item.matrix):
            what = f"{column.indicator} {'has no' if column is item.matrix else 'is of'} flows"
            place = declared.at("matrix", "indicator") if column is item.matrix else declared.at("columns")
            expected = "stat: flows in a matrix, and nowhere else"
            world.problems.add(Problem("config.unsupported", place, what, expected=expected))
            return False
    return True


def _rows(declared: Declared[models.TablePlan], levels: tuple[str, ...], world: World) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for index, row in enumerate(declared.item.rows):
        if row == "total":
            rows.append(())
            continue
        parts = tuple(row) if isinstance(row, list) else (row,)
        place = declared.at("rows", index)
        if len(parts) not in (1, 2) or len(set(parts)) != len(parts):
            world.problems.add(Problem("config.bad-value", place, "a crossing is of two different variables"))
            continue
        if all(world.variable(part, level, place, COUNTABLE) for part in parts for level in levels):
            rows.append(parts)
    return tuple(rows)


def _unknown_indicator(name: str, place: Place, world: World) -> None:
    known = list(world.declarations.indicators)
    if name in known:
        return
    world.problems.add(
        Problem("config.unknown-name", place, f"there is no indicator {name!r}", hint=did_you_mean(name, known))
    )


def _note_targets(module: LoadedModule, declarations: Declarations, problems: Collector) -> None:
    for index, note in enumerate(module.model.notes):
        for at, table in enumerate(note.print_with):
            if table not in declarations.tables:
                problems.add(
                    Problem(
                        "config.unused",
                        module.source.place(("notes", index, "print_with", at)),
                        f"the note is for table {table}, which no module has",
                        hint=did_you_mean(table, list(declarations.tables)),
                    )
                )
