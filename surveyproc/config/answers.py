"""The yes/no variables that an indicator of several answers is made of, and the words of the answers."""

from __future__ import annotations

from collections.abc import Mapping

from surveyproc.config import models
from surveyproc.config.declare import Declared
from surveyproc.config.spec import VariableText
from surveyproc.config.validate import did_you_mean
from surveyproc.config.world import World
from surveyproc.problems import Problem
from surveyproc.values import Category, Kind


def answers_of(
    name: str, declared: Declared[models.Indicator], level: str, world: World, sets: dict[str, VariableText]
) -> Mapping[str, str] | None:
    """Answer → yes/no variable, the words put into `sets`; None where there is no such set or variable."""
    item = declared.item
    if item.of_each:
        known = [world.variable(v, level, declared.at("of_each", a), (Kind.BOOLEAN,)) for a, v in item.of_each.items()]
        if not all(known):
            return None
        labels = {v: d.item.label for v, d in world.declarations.variables.items()}
        labels |= {v: d.item.label for v, d in world.declarations.derived.items()}
        categories = tuple(Category(a, labels[v]) for a, v in item.of_each.items())
        sets[name] = VariableText(item.title, categories)
        return item.of_each
    found = world.declarations.sets.get(item.of or "")
    if found is None:
        known_sets = sorted(world.declarations.sets)
        what = f"there is no question with several answers {item.of!r}"
        hint = did_you_mean(item.of or "", known_sets) or "Give it type: multiple, or name yes/no variables in of_each."
        expected = f"one of: {', '.join(known_sets)}" if known_sets else ""
        world.problems.add(Problem("config.unknown-name", declared.at("of"), what, "", expected, hint))
        return None
    if not all(world.variable(v, level, declared.at("of"), (Kind.BOOLEAN,)) for v in found.parts.values()):
        return None
    sets[found.name] = VariableText(found.label, tuple(Category(a, found.labels[a]) for a in found.parts))
    return found.parts
