"""What indicators, tables and checks see of a round: declarations, variables, weights; and where faults go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from surveyproc.config.declare import Declarations
from surveyproc.config.validate import did_you_mean
from surveyproc.config.variables import Variables
from surveyproc.expressions import Scope
from surveyproc.problems import Collector, Place, Problem
from surveyproc.values import Kind


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a name in an indicator, a table or a check can mean."""

    declarations: Declarations
    variables: Variables
    scope: Scope
    weights: frozenset[str]
    weight_place: Place
    problems: Collector
    without_weight: set[str] = field(default_factory=set)  # levels of which this was said

    def path(self, level: str) -> tuple[str, ...]:
        """A level and those above it, nearest first."""
        found: list[str] = []
        at: str | None = level
        while at is not None and at not in found:
            found.append(at)
            at = self.declarations.levels.get(at)
        return tuple(found)

    def _elsewhere(self, name: str, level: str) -> str:
        at = self.variables.level(name)
        if at in self.path(level):
            return f"{name} is a part of another variable and not one by itself"
        return f"{name} is a variable of {at} records, not of {level} records or above"

    def variable(self, name: str, level: str, place: Place, kinds: Iterable[Kind] | None) -> bool:
        """Whether a variable can be used at a level; says why not."""
        seen = {n for at in self.path(level) for n in self.scope.levels.get(at, {})}
        if name not in seen:
            known = name in self.variables.concepts or name in self.variables.derived
            self.problems.add(
                Problem(
                    "config.unknown-name",
                    place,
                    self._elsewhere(name, level) if known else f"there is no variable {name!r}",
                    hint=did_you_mean(name, sorted(seen)) if not known else "Derive one at this level from it.",
                )
            )
            return False
        at = next(at for at in self.path(level) if name in self.scope.levels.get(at, {}))
        kind = self.scope.levels[at][name].kind
        if kinds is not None and kind not in tuple(kinds):
            self.problems.add(
                Problem(
                    "config.wrong-type",
                    place,
                    f"{name} is a {kind} variable",
                    expected=" or ".join(str(k) for k in kinds),
                )
            )
            return False
        return True

    def weight_level(self, wanted: str | None, level: str, place: Place, who: str) -> str | None:
        """The level whose weight is taken: the one wanted, else the nearest upwards that has one; says why none."""
        if wanted is not None and wanted not in self.path(level):
            what = f"{wanted} is neither the level of the universe ({level}) nor above it"
            expected = f"one of: {', '.join(self.path(level))}"
            self.problems.add(Problem("config.unknown-name", place, what, expected=expected))
            return None
        start = wanted or level
        found = next((at for at in self.path(start) if at in self.weights), None)
        if found is None and start not in self.without_weight:
            self.without_weight.add(start)
            what = f"{who} needs a weight of {start} records or of those above"
            expected = " or ".join(f"{at}: COLUMN" for at in self.path(start))
            self.problems.add(Problem("config.missing-key", self.weight_place, what, expected=expected))
        return found
