"""Regressions and tests of a round, every name settled; what cannot be fitted is refused before data are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from surveyproc.config import models
from surveyproc.config.declare import Declared, find_universe
from surveyproc.config.spec import RegressionSpec, SignificanceSpec, TermSpec, UniverseSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.config.world import World
from surveyproc.expressions import VariableType
from surveyproc.problems import Place, Problem
from surveyproc.values import Family, Kind

YES_NO = ("no", "yes")
COUNTABLE = (Kind.CATEGORICAL, Kind.BOOLEAN)
OUTCOMES = {
    "logistic": (Kind.BOOLEAN,),
    "linear": (Kind.NUMBER, Kind.BOOLEAN),
    "poisson": (Kind.NUMBER, Kind.BOOLEAN),
}
SHOWN = {
    "linear": ("coefficient", "ame", "adjusted"),
    "logistic": ("coefficient", "odds_ratio", "ame", "adjusted"),
    "poisson": ("coefficient", "rate_ratio", "ame", "adjusted"),
}
DEFAULT_SHOW = {"linear": ("coefficient",), "logistic": ("odds_ratio",), "poisson": ("rate_ratio",)}
TESTED = {
    "independence": (COUNTABLE, "statistic"),
    "means": ((Kind.NUMBER, Kind.BOOLEAN), ""),
    "ranks": ((Kind.NUMBER,), "scores"),
}
T = TypeVar("T", models.Regression, models.SignificanceTest)


def resolve_models(world: World, universes: dict[str, UniverseSpec]) -> Iterator[RegressionSpec]:
    """Every regression that can be fitted; faults go to the world's problems."""
    for declared in world.declarations.regressions.values():
        before = len(world.problems.problems)
        _number(declared, world)
        universe, weight = _universe(declared, universes, world)
        level = "" if universe is None else world.declarations.universes[universe].level
        terms = tuple(_terms(declared, level, world)) if level else ()
        if level:
            _outcome(declared, level, world)
        show = _show(declared, world)
        if len(world.problems.problems) > before or universe is None or weight is None:
            continue
        item = declared.item
        yield RegressionSpec(
            name=declared.name,
            number=item.number or declared.name,
            module=declared.module.label,
            title=item.title,
            family=Family(item.family),
            outcome=item.outcome,
            outcome_kind=_type(item.outcome, level, world).kind or Kind.NUMBER,
            terms=terms,
            universe=universe,
            weight_level=weight,
            show=show,
            decimals=item.decimals,
            place=declared.place,
        )


def resolve_tests(world: World, universes: dict[str, UniverseSpec]) -> Iterator[SignificanceSpec]:
    """Every test that can be made; faults go to the world's problems."""
    for declared in world.declarations.tests.values():
        item, before = declared.item, len(world.problems.problems)
        universe, weight = _universe(declared, universes, world)
        kinds, own = TESTED[item.kind]
        if universe is not None:
            level = world.declarations.universes[universe].level
            world.variable(item.of, level, declared.at("of"), kinds)
            world.variable(item.by, level, declared.at("by"), COUNTABLE)
        if item.of == item.by:
            world.problems.add(Problem("config.bad-value", declared.at("by"), f"{item.of} is tested against itself"))
        for key in ("statistic", "scores"):
            if getattr(item, key) is not None and key != own:
                what = f"{key} is not for a test of {item.kind}"
                world.problems.add(Problem("config.bad-value", declared.at(key), what, hint=f"Drop {key}."))
        if len(world.problems.problems) > before or universe is None or weight is None:
            continue
        yield SignificanceSpec(
            name=declared.name,
            module=declared.module.label,
            title=item.title,
            kind=item.kind,
            of=item.of,
            by=item.by,
            universe=universe,
            weight_level=weight,
            statistic=item.statistic or "rao_scott",
            scores=item.scores or "wilcoxon",
            place=declared.place,
        )


def _universe(declared: Declared[T], universes: dict[str, UniverseSpec], world: World) -> tuple[str | None, str | None]:
    """The full name of the universe and the level of the weight, None where there is none."""
    found = find_universe(declared.item.universe, declared.module, world.declarations)
    if found is None:
        known = sorted({full.rpartition(".")[2] for full in world.declarations.universes})
        what = f"there is no universe {declared.item.universe!r}"
        expected, hint = f"one of: {', '.join(known)}", did_you_mean(declared.item.universe, known)
        world.problems.add(Problem("config.unknown-name", declared.at("universe"), what, "", expected, hint))
        return None, None
    if found not in universes:
        return None, None  # what is wrong with it is told of it
    level = universes[found].level
    return found, world.weight_level(declared.item.weight, level, declared.at("weight"), declared.name)


def _number(declared: Declared[models.Regression], world: World) -> None:
    """No two tables of a publication have one number."""
    number = declared.item.number or declared.name
    others = [o for o in world.declarations.regressions.values() if o.name != declared.name]
    taken = {*world.declarations.tables, *(o.item.number or o.name for o in others)}
    if number in taken:
        place = declared.at("number") if declared.item.number else declared.place
        world.problems.add(Problem("config.duplicate-name", place, f"another table has the number {number}"))


def _outcome(declared: Declared[models.Regression], level: str, world: World) -> None:
    item = declared.item
    world.variable(item.outcome, level, declared.at("outcome"), OUTCOMES[item.family])
    for index, term in enumerate(item.terms):
        name, path = (
            (term, ("terms", index)) if isinstance(term, str) else (term.variable, ("terms", index, "variable"))
        )
        if name == item.outcome:
            world.problems.add(Problem("config.bad-value", declared.at(*path), f"{name} is the outcome of the model"))


def _terms(declared: Declared[models.Regression], level: str, world: World) -> Iterator[TermSpec]:
    seen: set[str] = set()
    for index, given in enumerate(declared.item.terms):
        term = models.RegressionTerm(variable=given) if isinstance(given, str) else given
        path: tuple[str | int, ...] = ("terms", index) if isinstance(given, str) else ("terms", index, "variable")
        if term.variable in seen:
            world.problems.add(
                Problem("config.duplicate-name", declared.at(*path), f"{term.variable} is a term already")
            )
        seen.add(term.variable)
        if not world.variable(term.variable, level, declared.at(*path), (*COUNTABLE, Kind.NUMBER)):
            continue
        found = _type(term.variable, level, world)
        names = () if found.kind is Kind.NUMBER else tuple(found.categories) or YES_NO
        reference = _reference(term, names, declared.at("terms", index, "reference"), world)
        yield TermSpec(term.variable, names, reference)


def _reference(term: models.RegressionTerm, names: Sequence[str], place: Place, world: World) -> str:
    if term.reference is None:
        return names[0] if names else ""
    if not names:
        what = f"{term.variable} is a number and has no reference category"
        world.problems.add(Problem("config.bad-value", place, what, hint="Drop reference, or group it in bands."))
    elif term.reference not in names:
        what = f"{term.variable} has no category {term.reference!r}"
        hint = did_you_mean(term.reference, list(names))
        world.problems.add(Problem("config.unknown-name", place, what, "", ", ".join(names), hint))
    return term.reference


def _type(name: str, level: str, world: World) -> VariableType:
    home = next(at for at in world.path(level) if name in world.scope.levels.get(at, {}))
    return world.scope.levels[home][name]


def _show(declared: Declared[models.Regression], world: World) -> tuple[str, ...]:
    family, given = declared.item.family, declared.item.show
    for index, show in enumerate(given or ()):
        place = declared.at("show", index)
        if show not in SHOWN[family]:
            what = f"a {family} model has no {show}"
            world.problems.add(Problem("config.bad-value", place, what, expected=", ".join(SHOWN[family])))
        elif show in (given or [])[:index]:
            world.problems.add(Problem("config.duplicate-name", place, f"{show} stands twice in the list"))
    return tuple(given or DEFAULT_SHOW[family])
