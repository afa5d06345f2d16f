"""Concepts and derived variables of a round: expressions checked, order of computation settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveyproc.config import models
from surveyproc.config.concepts import (
    BoundTo,
    categories_of,
    check_binding,
    check_variable,
    compile_binding,
    kind_of,
)
from surveyproc.config.declare import Declarations, Declared
from surveyproc.config.derived import compile_derived, derived_kind, maybe
from surveyproc.config.library import Library
from surveyproc.config.reading import load_codelist
from surveyproc.config.spec import Concept, DerivedVariable, SourceFile
from surveyproc.config.validate import did_you_mean
from surveyproc.expressions import (
    Scope,
    VariableType,
    names,
)
from surveyproc.expressions.scope import groups_of
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import Category, Kind


@dataclass(slots=True)
class Variables:
    """All variables of a round."""

    concepts: dict[str, Concept] = field(default_factory=dict)
    derived: dict[str, DerivedVariable] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    unavailable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: Scope | None = None
    sources: list[SourceFile] = field(default_factory=list)
    codelists: dict[str, models.Codelist] = field(default_factory=dict)

    def level(self, name: str) -> str:
        """The record level of a variable."""
        return self.concepts[name].level if name in self.concepts else self.derived[name].level


def resolve_variables(
    declarations: Declarations,
    bindings: Mapping[str, BoundTo],
    library: Library,
    problems: Collector,
    *,
    round_place: Place,
) -> Variables:
    """Settle every variable; `bindings` is the round's map, and each of its entries must be used."""
    result = Variables()
    kinds: dict[str, tuple[Kind, tuple[Category, ...]]] = {}
    for declared in declarations.variables.values():
        kind = kind_of(declared, problems)
        kinds[declared.name] = kind, _categories(declared, kind, library, result, problems)
        check_variable(declared, kind, problems)
    for part_name in [p for d in declarations.variables.values() for p in d.item.parts or ()]:
        kinds.setdefault(part_name, (Kind.NUMBER, ()))
    for derived in declarations.derived.values():
        kinds[derived.name] = derived_kind(derived)
    result.scope = _scope(declarations, kinds)
    _check_map(declarations, bindings, problems)
    for declared in declarations.variables.values():
        concept = _concept(declared, kinds[declared.name], bindings, result.scope, problems, round_place)
        result.concepts[declared.name] = concept
        if concept.parts:
            _add_parts(declared, concept, bindings, result, problems, round_place)
    for derived in declarations.derived.values():
        result.derived[derived.name] = compile_derived(derived, kinds[derived.name], result.scope, problems)
    needs = _dependencies(result, result.scope)
    result.order = _order(needs, result, problems)
    result.unavailable = _unavailable(needs, result)
    return result


def _categories(
    declared: Declared[models.Variable], kind: Kind, library: Library, result: Variables, problems: Collector
) -> tuple[Category, ...]:
    codelist = None
    if declared.item.type == "codelist":
        if declared.item.codelist is None:
            return ()
        name = declared.item.codelist
        try:
            if name not in result.codelists:
                result.codelists[name], source = load_codelist(name, library, declared.at("codelist"))
                result.sources.append(source)
        except SurveyprocError as error:
            problems.extend(error.problems)
            return ()
        codelist = result.codelists[name]
    return categories_of(declared, kind, codelist, problems)


def _scope(declarations: Declarations, kinds: Mapping[str, tuple[Kind, tuple[Category, ...]]]) -> Scope:
    levels: dict[str, dict[str, VariableType]] = {level: {} for level in declarations.levels}
    at = {d.name: d.level for d in declarations.variables.values()} | {
        d.name: d.level for d in declarations.derived.values()
    }
    for name, level in at.items():
        kind, categories = kinds[name]
        codes = tuple(c.name for c in categories) if kind is Kind.CATEGORICAL else ()
        levels.setdefault(level, {})[name] = VariableType(kind, codes, groups_of(categories))
    return Scope(levels=levels, parents=dict(declarations.levels), parameters=dict(declarations.parameters))


def _check_map(declarations: Declarations, bindings: Mapping[str, BoundTo], problems: Collector) -> None:
    parts = {p for d in declarations.variables.values() for p in d.item.parts or ()}
    known = [*(n for n, d in declarations.variables.items() if not d.item.parts), *parts]
    for name, bound in bindings.items():
        if name in known:
            if bound.answers is None:  # else the entry of the whole set was checked
                check_binding(bound, name, problems)
            continue
        problems.add(
            Problem(
                "config.unused",
                bound.key,
                f"no module of this round has a concept {name!r} to be read{_why_not(name, declarations)}",
                hint=did_you_mean(name, known),
            )
        )


def _why_not(name: str, declarations: Declarations) -> str:
    if name in declarations.derived:
        return ": it is derived"
    parts = declarations.variables[name].item.parts if name in declarations.variables else None
    return f": it is made of {parts[0]} and {parts[1]}" if parts else ""


def _concept(
    declared: Declared[models.Variable],
    typed: tuple[Kind, tuple[Category, ...]],
    bindings: Mapping[str, BoundTo],
    scope: Scope,
    problems: Collector,
    round_place: Place,
) -> Concept:
    kind, categories = typed
    item = declared.item
    bound = bindings.get(declared.name)
    if bound is None and item.required and not item.parts:
        problems.add(
            Problem(
                "config.unmapped",
                round_place,
                f"{declared.name} of module {declared.module.model.module} has no column in this round",
                expected=f"{declared.name}: COLUMN under map, or {{not_asked: true}}",
            )
        )
    asked = bound is not None and not bound.binding.not_asked
    return Concept(
        name=declared.name,
        level=declared.level,
        module=declared.module.label,
        kind=kind,
        label=item.label,
        categories=categories,
        binding=compile_binding(declared, kind, categories, bound, problems) if bound is not None and asked else None,
        asked_if=maybe(item.asked_if, declared, ("asked_if",), scope, problems),
        minimum=None if item.min is None else float(item.min),
        maximum=None if item.max is None else float(item.max),
        parts=item.parts,
        place=declared.place,
        reason=bound.binding.reason if bound is not None else {},
    )


def _add_parts(
    declared: Declared[models.Variable],
    concept: Concept,
    bindings: Mapping[str, BoundTo],
    result: Variables,
    problems: Collector,
    round_place: Place,
) -> None:
    for name, low, high in zip(concept.parts or (), (1900, 1), (2200, 12), strict=True):
        part = Declared(
            name,
            declared.level,
            models.Variable(
                type="number", missing=declared.item.missing, min=low, max=high, required=declared.item.required
            ),
            declared.module,
            declared.path,
        )
        empty = Scope(levels={}, parents={}, parameters={})
        result.concepts[name] = _concept(part, (Kind.NUMBER, ()), bindings, empty, problems, round_place)


def _dependencies(result: Variables, scope: Scope) -> dict[str, tuple[str, ...]]:
    needs: dict[str, tuple[str, ...]] = {}
    for concept in result.concepts.values():
        found = list(concept.parts or ())
        if concept.asked_if is not None:
            found += [name for _, name in names(concept.asked_if, scope, level=concept.level)]
        needs[concept.name] = tuple(found)
    for derived in result.derived.values():
        expressions = [
            derived.expr,
            derived.of,
            derived.guard,
            derived.when_no_records,
            *(when for when, _ in derived.cases),
        ]
        found = [name for e in expressions if e is not None for _, name in names(e, scope, level=derived.level)]
        needs[derived.name] = tuple(dict.fromkeys(found))
    return needs


def _order(needs: Mapping[str, tuple[str, ...]], result: Variables, problems: Collector) -> tuple[str, ...]:
    order: list[str] = []
    state: dict[str, int] = {}
    for start in needs:
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            name, at = stack.pop()
            if state.get(name) == 2:
                continue
            state[name] = 1
            following = [n for n in needs.get(name, ()) if n in needs]
            if at < len(following):
                stack.append((name, at + 1))
                target = following[at]
                if state.get(target) == 1:
                    path = [n for n, _ in stack]
                    circle = " → ".join([*path[path.index(target) :], target])
                    place = (result.concepts.get(name) or result.derived[name]).place
                    problems.add(Problem("config.circular", place, f"variables that need each other: {circle}"))
                    return tuple(needs)
                if state.get(target) != 2:
                    stack.append((target, 0))
            else:
                state[name] = 2
                order.append(name)
    return tuple(order)


def _unavailable(needs: Mapping[str, tuple[str, ...]], result: Variables) -> dict[str, tuple[str, ...]]:
    """Variable → the concepts for which it cannot be had, since they were not asked."""
    gone: dict[str, tuple[str, ...]] = {}
    for name in result.order:
        concept = result.concepts.get(name)
        not_asked = concept is not None and concept.binding is None and not concept.parts
        source_needs = needs.get(name, ()) if concept is None or concept.parts else ()
        roots = (name,) if not_asked else tuple(dict.fromkeys(r for n in source_needs for r in gone.get(n, ())))
        if roots:
            gone[name] = roots
    return gone
