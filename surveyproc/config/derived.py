"""Derived variables as declared: their shape, their expressions parsed and checked, their bands."""

from __future__ import annotations

from itertools import pairwise

from surveyproc.config import models
from surveyproc.config.concepts import YES_NO
from surveyproc.config.declare import Declared
from surveyproc.config.spec import DerivedVariable
from surveyproc.config.validate import did_you_mean
from surveyproc.expressions import Expression, Scope, check, child_levels, parse, uses_child_records
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import Category, Kind


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


def maybe(
    text: str | None,
    declared: Declared[models.Variable] | Declared[models.Derived],
    path: tuple[str | int, ...],
    scope: Scope,
    problems: Collector,
    *,
    wanted: Kind | None = Kind.BOOLEAN,
) -> Expression | None:
    """The expression at a path of a declaration; None if there is none or it is wrong."""
    if text is None:
        return None
    return compile_expression(text, declared.at(*path), declared.level, scope, problems, wanted=wanted)


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
    expr = maybe(item.expr, declared, ("expr",), scope, problems, wanted=wanted)
    cases = []
    for index, case in enumerate(item.case or []):
        when = maybe(case.when, declared, ("case", index, "when"), scope, problems)
        if when is not None:
            cases.append((when, case.then))
    none = maybe(item.when_no_records, declared, ("when_no_records",), scope, problems, wanted=wanted)
    of = maybe(item.of, declared, ("of",), scope, problems, wanted=Kind.NUMBER)
    summed = [e for e in (expr, of, *(when for when, _ in cases)) if e is not None]
    children = tuple(dict.fromkeys(c for e in summed for c in child_levels(e, scope, level=level)))
    looks_inside = any(uses_child_records(e, scope, level=level) for e in summed)
    _check_no_records(declared, children, problems, looks_inside=looks_inside)
    bands = _bands(declared, problems)
    return DerivedVariable(
        name=declared.name,
        level=level,
        module=declared.module.label,
        kind=kind,
        label=item.label,
        categories=categories,
        expr=expr,
        guard=maybe(item.guard, declared, ("guard",), scope, problems),
        cases=tuple(cases),
        bands=bands,
        of=of,
        otherwise=item.otherwise,
        when_no_records=none,
        child_level=children[0] if children else None,
        place=declared.place,
    )


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
                f"{declared.name} is of type {item.type} and needs {needs}",
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
    if item.otherwise is not None and item.case is None and item.bands is None:
        what = f"{declared.name} has no branches or bands, so that nothing is otherwise"
        problems.add(Problem("config.unused", declared.at("otherwise"), what))
    _check_labels(declared, problems)
    if item.type == "categorical" and item.expr is not None and not item.labels:
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} does not say which categories it has",
                expected="labels: {name: {en: …}}",
            )
        )


def _check_labels(declared: Declared[models.Derived], problems: Collector) -> None:
    item = declared.item
    given = [*(c.then for c in item.case or []), *(item.bands or {}), *([item.otherwise] if item.otherwise else [])]
    if item.expr is not None and item.type == "categorical":
        return
    for name in item.labels:
        if name not in given:
            what = f"{declared.name} never takes the value {name!r} that has a label"
            problems.add(Problem("config.unused", declared.at("labels", name), what, hint=did_you_mean(name, given)))


def _check_no_records(
    declared: Declared[models.Derived], children: tuple[str, ...], problems: Collector, *, looks_inside: bool
) -> None:
    said = declared.item.when_no_records is not None
    if looks_inside and not said:
        problems.add(
            Problem(
                "config.missing-key",
                declared.place,
                f"{declared.name} sums up records of {', '.join(children)} and does not say what holds without any",
                expected="when_no_records: an expression, e.g. \"0 if screening == 'no' else missing\"",
            )
        )
    elif said and not children and _complete(declared, problems):
        place = declared.at("when_no_records")
        problems.add(Problem("config.unused", place, f"{declared.name} sums up no records of a level below"))


def _complete(declared: Declared[models.Derived], problems: Collector) -> bool:
    """Whether no expression of the variable was refused, in which case it might have looked at other records."""
    start = ".".join(str(part) for part in declared.path) + "."
    return not any(p.where.path.startswith(start) for p in problems.problems)


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
