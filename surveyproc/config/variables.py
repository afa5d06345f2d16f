"""Concepts and derived variables of a round: expressions checked, order of computation settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from surveyproc.config import models
from surveyproc.config.concepts import (
    YES_NO,
    BoundTo,
    categories_of,
    check_binding,
    compile_binding,
    kind_of,
)
from surveyproc.config.declare import Declarations, Declared
from surveyproc.config.library import Library
from surveyproc.config.reading import load_codelist
from surveyproc.config.spec import Concept, DerivedVariable, SourceFile
from surveyproc.config.validate import did_you_mean
from surveyproc.expressions import (
    Expression,
    Scope,
    VariableType,
    check,
    child_levels,
    names,
    parse,
    uses_child_records,
)
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import Category, Kind


@dataclass(slots=True)
class Variables:
    """All variables of a round."""

    concepts: dict[str, Concept] = field(default_factory=dict)
    derived: dict[str, DerivedVariable] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    unavailable: frozenset[str] = frozenset()
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


def compile_expression(
    text: str, place: Place, level: str, scope: Scope, problems: Collector, *, wanted: Kind | None = Kind.BOOLEAN
) -> Expression | None:
    """Parse and check an expression; None if it is wrong, with the reasons in `problems`."""
    try:
        expression = parse(text, place)
    except SurveyprocError as error:
        problems.extend(error.problems)
        return None
    found, faults = check(expression, scope, level=level)
    problems.extend(faults)
    if faults:
        return None
    if wanted is not None and found.kind is not wanted and not _fits(found.kind, wanted):
        problems.add(Problem("expression.type", place, f"the expression gives a {found.kind}", expected=f"a {wanted}"))
        return None
    return expression


def derived_kind(declared: Declared[models.Derived]) -> tuple[Kind, tuple[Category, ...]]:
    """Kind and categories of a derived variable, as its declaration says them."""
    item = declared.item
    if item.type == "boolean":
        return Kind.BOOLEAN, YES_NO
    if item.type not in ("categorical", "bands"):
        return Kind(item.type), ()
    found = [c.then for c in item.case or []] if item.type == "categorical" else list(item.bands or {})
    if item.otherwise not in (None, "missing"):
        found.append(str(item.otherwise))
    ordered = dict.fromkeys(
        [*(n for n in item.labels if n in found or not found), *(n for n in found if n != "missing")]
    )
    return Kind.CATEGORICAL, tuple(Category(name, dict(item.labels.get(name, {}))) for name in ordered)


def compile_derived(
    declared: Declared[models.Derived],
    typed: tuple[Kind, tuple[Category, ...]],
    scope: Scope,
    problems: Collector,
) -> DerivedVariable:
    """A derived variable with its expressions parsed and checked."""
    item, level = declared.item, declared.level
    kind, categories = typed
    _check_shape(declared, problems)
    wanted = None if kind in (Kind.CATEGORICAL, Kind.TEXT) else kind
    expr = _maybe(item.expr, declared, ("expr",), scope, problems, wanted=wanted)
    cases = []
    for index, case in enumerate(item.case or []):
        when = _maybe(case.when, declared, ("case", index, "when"), scope, problems)
        if when is not None:
            cases.append((when, case.then))
    none = _maybe(item.when_no_records, declared, ("when_no_records",), scope, problems, wanted=wanted)
    children = child_levels(expr, scope, level=level) if expr is not None else ()
    if (
        expr is not None
        and uses_child_records(expr, scope, level=level)
        and none is None
        and item.when_no_records is None
    ):
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} sums up records of {', '.join(children)} and does not say what holds without any",
                expected="when_no_records: an expression, e.g. \"0 if screening == 'no' else missing\"",
            )
        )
    bands = _bands(declared, problems)
    if item.of is not None:
        _check_band_source(declared, scope, problems)
    return DerivedVariable(
        name=declared.name,
        level=level,
        module=declared.module.label,
        kind=kind,
        label=item.label,
        categories=categories,
        expr=expr,
        guard=_maybe(item.guard, declared, ("guard",), scope, problems),
        cases=tuple(cases),
        bands=bands,
        of=item.of,
        otherwise=item.otherwise,
        when_no_records=none,
        child_level=children[0] if children else None,
        place=declared.place,
    )


def _categories(
    declared: Declared[models.Variable], kind: Kind, library: Library, result: Variables, problems: Collector
) -> tuple[Category, ...]:
    codelist = None
    if declared.item.type == "codelist":
        name = declared.item.codelist or ""
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
        levels.setdefault(level, {})[name] = VariableType(kind, codes)
    return Scope(levels=levels, parents=dict(declarations.levels), parameters=dict(declarations.parameters))


def _check_map(declarations: Declarations, bindings: Mapping[str, BoundTo], problems: Collector) -> None:
    parts = {p for d in declarations.variables.values() for p in d.item.parts or ()}
    known = [*(n for n, d in declarations.variables.items() if not d.item.parts), *parts]
    for name, bound in bindings.items():
        if name in known:
            check_binding(bound, name, problems)
            continue
        derived = name in declarations.derived
        problems.add(
            Problem(
                "config.unused",
                bound.place,
                f"no module of this round has a concept {name!r}" + (": it is derived, not read" if derived else ""),
                hint=did_you_mean(name, known),
            )
        )


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
        asked_if=_maybe(item.asked_if, declared, ("asked_if",), scope, problems),
        minimum=None if item.min is None else float(item.min),
        maximum=None if item.max is None else float(item.max),
        parts=item.parts,
        place=declared.place,
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


def _maybe(
    text: str | None,
    declared: Declared[models.Variable] | Declared[models.Derived],
    path: tuple[str | int, ...],
    scope: Scope,
    problems: Collector,
    *,
    wanted: Kind | None = Kind.BOOLEAN,
) -> Expression | None:
    if text is None:
        return None
    return compile_expression(text, declared.at(*path), declared.level, scope, problems, wanted=wanted)


def _fits(found: Kind | None, wanted: Kind) -> bool:
    return found is None or {found, wanted} == {Kind.YEAR_MONTH, Kind.DATE}


def _check_shape(declared: Declared[models.Derived], problems: Collector) -> None:
    item = declared.item
    wanted = {"bands": ("bands", "of"), "categorical": ("expr", "case")}.get(item.type, ("expr",))
    needs = (" and " if item.type == "bands" else " or ").join(wanted)
    given = [key for key in ("expr", "case", "bands", "of") if getattr(item, key) is not None]
    ok = given == ["bands", "of"] if item.type == "bands" else len(given) == 1 and given[0] in wanted
    if not ok:
        problems.add(
            Problem(
                "config.bad-value",
                declared.place,
                f"{declared.name} is a {item.type} and needs {needs}",
                got=", ".join(given) or "none",
            )
        )
    if item.case is not None and item.otherwise is None:
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} does not say what holds otherwise",
                expected="otherwise: missing, or a category",
            )
        )
    if item.type == "categorical" and item.expr is not None and not item.labels:
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} does not say which categories it has",
                expected="labels: {name: {en: …}}",
            )
        )


def _bands(declared: Declared[models.Derived], problems: Collector) -> tuple[tuple[float, float, str], ...]:
    bands = []
    for name, (low, high) in (declared.item.bands or {}).items():
        bands.append(
            (float("-inf") if low is None else float(low), float("inf") if high is None else float(high), name)
        )
    for low, high, name in bands:
        if low > high:
            problems.add(Problem("config.bad-value", declared.at("bands"), f"band {name} ends before it starts"))
    for (_, high, name), (low, _, after) in pairwise(bands):
        if low <= high:
            what = f"bands {name} and {after} overlap or are out of order"
            problems.add(Problem("config.bad-value", declared.at("bands"), what))
    return tuple(bands)


def _check_band_source(declared: Declared[models.Derived], scope: Scope, problems: Collector) -> None:
    compile_expression(declared.item.of or "", declared.at("of"), declared.level, scope, problems, wanted=Kind.NUMBER)


def _dependencies(result: Variables, scope: Scope) -> dict[str, tuple[str, ...]]:
    needs: dict[str, tuple[str, ...]] = {}
    for concept in result.concepts.values():
        found = list(concept.parts or ())
        if concept.asked_if is not None:
            found += [name for _, name in names(concept.asked_if, scope, level=concept.level)]
        needs[concept.name] = tuple(found)
    for derived in result.derived.values():
        expressions = [derived.expr, derived.guard, derived.when_no_records, *(when for when, _ in derived.cases)]
        found = [name for e in expressions if e is not None for _, name in names(e, scope, level=derived.level)]
        needs[derived.name] = tuple(dict.fromkeys([*found, *([derived.of] if derived.of else [])]))
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


def _unavailable(needs: Mapping[str, tuple[str, ...]], result: Variables) -> frozenset[str]:
    gone: set[str] = set()
    for name in result.order:
        concept = result.concepts.get(name)
        not_asked = concept is not None and concept.binding is None and not concept.parts
        source_needs = needs.get(name, ()) if concept is None or concept.parts else ()
        if not_asked or any(n in gone for n in source_needs):
            gone.add(name)
    return frozenset(gone)
