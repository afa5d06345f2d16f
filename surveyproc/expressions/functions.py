"""The closed list of functions that an expression may call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name and how many arguments it takes; most is None where there is no limit."""

    name: str
    least: int
    most: int | None
    usage: str


ROW_FUNCTIONS = {
    f.name: f
    for f in (
        Function("known", 1, 1, "known(x)"),
        Function("coalesce", 2, None, "coalesce(a, b, …)"),
        Function("zero_if_missing", 1, 1, "zero_if_missing(x)"),
        Function("months_between", 2, 2, "months_between(from, to)"),
        Function("years_between", 2, 2, "years_between(from, to)"),
        Function("year", 1, 1, "year(x)"),
        Function("month", 1, 1, "month(x)"),
        Function("abs", 1, 1, "abs(x)"),
        Function("round", 1, 1, "round(x)"),
        Function("floor", 1, 1, "floor(x)"),
        Function("min", 2, None, "min(a, b, …) or min(level, x[, where])"),
        Function("max", 2, None, "max(a, b, …) or max(level, x[, where])"),
    )
}

# The first argument of these is a record level below.
ACROSS_FUNCTIONS = {
    f.name: f
    for f in (
        Function("any", 2, 3, "any(level, condition[, where])"),
        Function("all", 2, 3, "all(level, condition[, where])"),
        Function("count", 1, 2, "count(level[, condition])"),
        Function("sum", 2, 3, "sum(level, x[, where])"),
        Function("mean", 2, 3, "mean(level, x[, where])"),
        Function("first", 2, 3, "first(level, x[, where])"),
        Function("share", 2, 3, "share(level, condition[, where])"),
    )
}

FUNCTIONS = {**ROW_FUNCTIONS, **ACROSS_FUNCTIONS}
EITHER_WAY = ("min", "max")

# Functions of formulas of totals, which are worked out with their derivatives.
SMOOTH_FUNCTIONS = {
    f.name: f
    for f in (
        Function("abs", 1, 1, "abs(x)"),
        Function("min", 2, None, "min(a, b, …)"),
        Function("max", 2, None, "max(a, b, …)"),
        Function("log", 1, 1, "log(x)"),
        Function("exp", 1, 1, "exp(x)"),
        Function("sqrt", 1, 1, "sqrt(x)"),
    )
}
