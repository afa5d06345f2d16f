"""What each statistic of an indicator needs to be told, and the quantiles, formulas and shares that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveyproc.config import models
from surveyproc.config.declare import Declared
from surveyproc.expressions import SMOOTH_FUNCTIONS, Expression, check_smooth, parse
from surveyproc.expressions.tree import Name, Node, children
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.values import Band, Holding, QuantileAt, Statistic

MEDIAN = 0.5
QUINTILE = 0.2
OWN_KEYS = {
    "ratio": ("numerator", "denominator"),
    "rate": ("numerator", "denominator"),
    "quantile": ("of", "p"),
    "function": ("expr", "totals"),
    "quantile_share": ("of", "between"),
    "flows": ("origin", "destination"),
}
OPTIONAL_KEYS = {
    "quantile": ("rule", "woodruff"),
    "median": ("rule", "woodruff"),
    "share_ratio": ("top", "bottom"),
    "multiple": ("percent_of",),
    "flows": ("percent_of",),
}
KEYS = (
    *("of", "numerator", "denominator", "p", "rule", "woodruff"),
    *("expr", "totals", "between", "top", "bottom", "of_each", "percent_of"),
    *("origin", "destination"),
)
SHARES = ("proportion", "distribution", "gini", "quantile_share", "multiple")
OWN_INTERVAL = ("quantile", "median", "function", "gini", "quantile_share", "share_ratio", "variance", "sd")


@dataclass(frozen=True, slots=True)
class Details:
    """What makes an indicator more than a variable and a statistic."""

    quantiles: tuple[QuantileAt, ...] = ()
    formula: Expression | None = None
    totals: Mapping[str, str] = field(default_factory=dict)
    holding: Holding | None = None


def statistic_of(item: models.Indicator) -> Statistic:
    """The statistic that an indicator asks for; a median is a quantile."""
    if item.stat == "multiple":
        return Statistic.RESPONSE_SHARE if item.percent_of == "responses" else Statistic.PROPORTION
    if item.stat == "flows":
        return Statistic.PROPORTION if item.percent_of else Statistic.TOTAL
    return Statistic.QUANTILE if item.stat == "median" else Statistic(item.stat)


def check_keys(declared: Declared[models.Indicator], problems: Collector) -> None:
    """Whether the keys given are those of the statistic."""
    item = declared.item
    wanted = OWN_KEYS.get(item.stat, ("of",))
    if item.stat == "multiple" and item.of_each:
        wanted = ("of_each",)
    given = {key for key in KEYS if getattr(item, key) not in (None, {})}
    if not set(wanted) <= given <= {*wanted, *OPTIONAL_KEYS.get(item.stat, ())}:
        problems.add(
            Problem(
                "config.bad-value",
                declared.place,
                f"a {item.stat} needs {' and '.join(wanted)}",
                got=", ".join(key for key in KEYS if key in given) or "none of them",
            )
        )
    _check_missing(declared, problems)
    _check_percent(declared, problems)
    if item.multiply is not None and item.stat in SHARES:
        problems.add(
            Problem(
                "config.bad-value",
                declared.at("multiply"),
                f"a {item.stat} is a share and prints as per cent",
                hint="Drop multiply; unit: share prints it as a fraction of one.",
            )
        )
    if item.interval is not None and item.stat in OWN_INTERVAL:
        quantile = item.stat in ("quantile", "median")
        problems.add(
            Problem(
                "config.bad-value",
                declared.at("interval"),
                f"the interval of a {item.stat} is {'Woodruff’s' if quantile else 't'}",
                hint="woodruff: says on which scale." if quantile else "Drop interval.",
            )
        )
    elif item.interval == "logit" and item.stat not in ("proportion", "distribution", "multiple"):
        problems.add(Problem("config.bad-value", declared.at("interval"), "a logit interval is for proportions"))


def _check_percent(declared: Declared[models.Indicator], problems: Collector) -> None:
    of = declared.item.percent_of
    if of is not None and (of == "origins") != (declared.item.stat == "flows"):
        expected = "origins" if declared.item.stat == "flows" else "cases, responding or responses"
        what = f"{declared.item.stat} is no per cent of {of}"
        problems.add(Problem("config.bad-value", declared.at("percent_of"), what, got=of, expected=expected))


def _check_missing(declared: Declared[models.Indicator], problems: Collector) -> None:
    item = declared.item
    if item.missing == "category" and item.stat != "distribution":
        problems.add(
            Problem("config.bad-value", declared.at("missing"), "only a distribution can show missing as a category")
        )
    if item.missing == "as_no" and item.stat not in ("proportion", "total", "multiple"):
        problems.add(Problem("config.bad-value", declared.at("missing"), "only yes/no can count missing as no"))


def details(
    declared: Declared[models.Indicator], parameters: Mapping[str, float | str | bool], problems: Collector
) -> Details:
    """The quantiles, the formula or the shares of an indicator whose keys are right; faults go to `problems`."""
    item = declared.item
    if item.stat in ("quantile", "median"):
        return Details(quantiles=_quantiles(declared, problems))
    if item.stat == "function":
        formula = _formula(item.expr or "", declared, parameters, problems)
        return Details(formula=formula, totals={name: part.sum for name, part in item.totals.items()})
    if item.stat == "quantile_share" and item.between is not None:
        low, high = (float(end) for end in item.between)
        if not 0 <= low < high <= 1:
            problems.add(_not_shares(declared.at("between"), f"{low:g} and {high:g}", "0 ≤ low < high ≤ 1"))
        return Details(holding=Holding(Band(low, high)))
    if item.stat == "share_ratio":
        top, bottom = (QUINTILE if end is None else float(end) for end in (item.top, item.bottom))
        for key, end in (("top", top), ("bottom", bottom)):
            if not 0 < end < 1:
                problems.add(_not_shares(declared.at(key), f"{end:g}", "a share above 0 and below 1"))
        return Details(holding=Holding(Band(1.0 - top, 1.0), Band(0.0, bottom)))
    return Details()


def _quantiles(declared: Declared[models.Indicator], problems: Collector) -> tuple[QuantileAt, ...]:
    item = declared.item
    given = item.p if isinstance(item.p, list) else [MEDIAN if item.p is None else item.p]
    shares = [float(p) for p in given]
    if not all(0 < p < 1 for p in shares) or len(set(shares)) != len(shares):
        got = ", ".join(f"{p:g}" for p in shares)
        problems.add(_not_shares(declared.at("p"), got, "different shares above 0 and below 1"))
    return tuple(QuantileAt(p, item.rule or "math", item.woodruff or "mean") for p in shares)


def _not_shares(place: Place, got: str, expected: str) -> Problem:
    return Problem("config.bad-value", place, "not shares of the population", got=got, expected=expected)


def _formula(
    text: str,
    declared: Declared[models.Indicator],
    parameters: Mapping[str, float | str | bool],
    problems: Collector,
) -> Expression | None:
    try:
        expression = parse(text, declared.at("expr"), functions=SMOOTH_FUNCTIONS)
    except SurveyprocError as error:
        problems.extend(error.problems)
        return None
    totals = declared.item.totals
    problems.extend(check_smooth(expression, totals, parameters))
    for name in totals:
        if name not in _names(expression):
            place = declared.module.source.place((*declared.path, "totals", name), of="key")
            problems.add(Problem("config.unused", place, f"the formula does not use the total {name}"))
    return expression


def _names(expression: Expression) -> frozenset[str]:
    found: set[str] = set()
    pending: list[Node] = [expression.root]
    while pending:
        node = pending.pop()
        if isinstance(node, Name):
            found.add(node.name)
        pending.extend(children(node))
    return frozenset(found)
