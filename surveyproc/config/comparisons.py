"""Checks that what an indicator is compared with is there: two categories of a variable, or another indicator."""

from __future__ import annotations

from collections.abc import Mapping

from surveyproc.config import models
from surveyproc.config.declare import Declarations, Declared
from surveyproc.config.spec import CompareSpec, IndicatorSpec, UniverseSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.config.world import World
from surveyproc.problems import Place, Problem
from surveyproc.values import Kind

YES_NO = ("yes", "no")
COUNTABLE = (Kind.CATEGORICAL, Kind.BOOLEAN)


def comparison(item: models.Indicator) -> CompareSpec | None:
    """What an indicator is compared with, as written."""
    if item.compare is None:
        return None
    groups, others = tuple(item.compare.groups), tuple(item.compare.indicators)
    return CompareSpec(groups, others, "difference" if item.compare.how == "difference" else "quotient")


def check_comparisons(
    declarations: Declarations,
    indicators: Mapping[str, IndicatorSpec],
    universes: Mapping[str, UniverseSpec],
    world: World,
) -> None:
    """Put every comparison that cannot be made among the world's problems."""
    for name, indicator in indicators.items():
        declared = declarations.indicators[name]
        if indicator.compare is None or indicator.universe not in universes:
            continue
        level = universes[indicator.universe].level
        if not indicator.compare.groups and not indicator.compare.indicators:
            world.problems.add(
                Problem("config.missing-key", declared.at("compare"), "nothing to compare", expected="groups: …")
            )
        for index, group in enumerate(indicator.compare.groups):
            _group(group, declared, level=level, world=world, at=("compare", "groups", index))
        for index, other in enumerate(indicator.compare.indicators):
            _other(indicator, other, declared.at("compare", "indicators", index), indicators, universes, world)


def check_column(
    column: models.IndicatorColumn, index: int, declared: Declared[models.TablePlan], level: str, world: World
) -> None:
    """Put among the world's problems a comparing column that cannot be made in all rows of its table."""
    if column.compare is None:
        if column.how is not None:
            place = declared.at("columns", index, "how")
            world.problems.add(Problem("config.unused", place, "how is for a column that compares", expected="compare"))
        return
    at = ("columns", index, "compare")
    _group(column.compare, declared, level=level, world=world, at=at)
    for row in declared.item.rows:
        names = [row] if isinstance(row, str) else row
        if len(names) > 1 or column.compare[0] in names:
            what = "a comparison in rows of two variables, or of the variable compared, is not offered"
            world.problems.add(Problem("config.unsupported", declared.at(*at), what, got=" × ".join(names)))


def _group(
    group: tuple[str, str, str],
    declared: Declared[models.Indicator] | Declared[models.TablePlan],
    *,
    level: str,
    world: World,
    at: tuple[str | int, ...],
) -> None:
    variable, *pair = group
    if not world.variable(variable, level, declared.at(*at, 0), COUNTABLE):
        return
    home = next(at for at in world.path(level) if variable in world.scope.levels.get(at, {}))
    found = world.scope.levels[home][variable]
    names = found.categories or YES_NO
    for position, category in enumerate(pair, start=1):
        if category not in names:
            world.problems.add(
                Problem(
                    "config.unknown-name",
                    declared.at(*at, position),
                    f"{variable} has no category {category!r}",
                    expected=", ".join(names),
                    hint=did_you_mean(category, list(names)),
                )
            )
    if pair[0] == pair[1]:
        world.problems.add(Problem("config.bad-value", declared.at(*at, 2), "a category compared with itself"))


def _other(
    indicator: IndicatorSpec,
    name: str,
    place: Place,
    indicators: Mapping[str, IndicatorSpec],
    universes: Mapping[str, UniverseSpec],
    world: World,
) -> None:
    other = indicators.get(name)
    if other is None:
        world.problems.add(
            Problem(
                "config.unknown-name",
                place,
                f"there is no indicator {name!r}",
                hint=did_you_mean(name, list(indicators)),
            )
        )
        return
    same_records = other.universe in universes and (
        universes[other.universe].level,
        other.weight_level,
    ) == (universes[indicator.universe].level, indicator.weight_level)
    if other.name == indicator.name or indicator.by_category or other.by_category or not same_records:
        world.problems.add(
            Problem(
                "config.unsupported",
                place,
                f"{indicator.name} cannot be compared with {name}",
                expected="two indicators of one number each, about the same record level and with the same weight",
            )
        )
