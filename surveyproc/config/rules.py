"""The data rules of modules, their names and expressions settled."""

from __future__ import annotations

from surveyproc.config.derived import compile_expression
from surveyproc.config.gather import LoadedModule
from surveyproc.config.spec import CheckSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.config.world import World
from surveyproc.problems import Problem


def resolve_check(module: LoadedModule, index: int, world: World) -> CheckSpec | None:
    """A check by its position in the module; None if it is wrong, with the reasons in the world's problems."""
    item = module.model.checks[index]
    path = ("checks", index)
    place = module.source.place(path)
    level = item.level or module.model.level or ""
    ways = [item.rule is not None, item.missing_at_most is not None]
    if sum(ways) != 1 or len(item.missing_at_most or {"": 0}) != 1:
        world.problems.add(
            Problem("config.bad-value", place, "a check has a rule, or missing_at_most with one variable")
        )
        return None
    if not level:
        what = f"check {item.id} names no record level"
        world.problems.add(Problem("config.missing-key", place, what, expected="level: …"))
        return None
    if level not in world.declarations.levels:
        known = list(world.declarations.levels)
        world.problems.add(
            Problem(
                "config.unknown-name",
                module.source.place((*path, "level")),
                f"there is no record level {level!r}",
                expected=f"one of: {', '.join(known)}",
                hint=did_you_mean(level, known),
            )
        )
        return None
    rule, variable, share = None, None, None
    if item.rule is not None:
        rule = compile_expression(
            item.rule, module.source.content_place((*path, "rule")), level, world.scope, world.problems
        )
        if rule is None:
            return None
    for name, limit in (item.missing_at_most or {}).items():
        if not 0 <= limit <= 1:
            where = module.source.place((*path, "missing_at_most", name))
            what = "a share is between 0 and 1"
            world.problems.add(
                Problem("config.bad-value", where, what, got=f"{limit:g}", expected="5 per cent is 0.05")
            )
            return None
        if not world.variable(name, level, module.source.place((*path, "missing_at_most", name), of="key"), None):
            return None
        variable, share = name, float(limit)
    return CheckSpec(item.id, module.label, item.severity, level, rule, variable, share, item.message, place)
