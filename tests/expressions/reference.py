"""A second, slow reading of a tree: one record at a time in plain Python, to compare the columns' results with.

A record is a dict of name → value, where a Missing stands for a missing value and a categorical value is its code's
name; "up" is the record above, "down" a dict of level → list of records. Parameters are passed as a dict.
"""

import math
from functools import reduce
from operator import add, mul, sub, truediv

from surveyproc.expressions import tree
from surveyproc.values import Missing

NOT_APPLICABLE, SYSTEM = Missing.NOT_APPLICABLE, Missing.SYSTEM


def missing(value):
    return isinstance(value, Missing)


def kleene_and(values):
    if any(value is False for value in values):
        return False
    return next((value for value in values if missing(value)), True)


def kleene_not(value):
    return value if missing(value) else not value


def kleene_or(values):
    return kleene_not(kleene_and([kleene_not(value) for value in values]))


def strict(function, *values):
    """The function's value, or the first missing operand."""
    unknown = next((value for value in values if missing(value)), None)
    return function(*values) if unknown is None else unknown


def finite(value):
    return value if math.isfinite(value) else SYSTEM


def operate(word, left, right):
    if word == "/" and right == 0:
        return SYSTEM
    return finite({"+": add, "-": sub, "*": mul, "/": truediv}[word](left, right))


def relate(word, a, b):
    return {"==": a == b, "!=": a != b}[word] if word in ("==", "!=") else eval_order(word, a, b)


def eval_order(word, a, b):
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[word]


def half_away(value):
    return math.copysign(math.floor(abs(value)) + (abs(value) % 1 >= 0.5), value)


ROW = {
    "abs": abs,
    "floor": math.floor,
    "round": half_away,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
}


def look_up(name, record):
    while name not in record:
        record = record["up"]
    return record[name]


def work(node, record, parameters):
    """The value of a node for one record."""

    def value_of(part):
        return work(part, record, parameters)

    match node:
        case tree.Number(value) | tree.Text(value) | tree.Truth(value):
            return value
        case tree.Absent():
            return SYSTEM
        case tree.Parameter(name):
            return parameters[name]
        case tree.Name(name):
            return look_up(name, record)
        case tree.Negate(operand):
            return strict(lambda x: -x, value_of(operand))
        case tree.Not(operand):
            return kleene_not(value_of(operand))
        case tree.Junction(word, operands):
            return (kleene_and if word == "and" else kleene_or)([value_of(part) for part in operands])
        case tree.Implies(left, right):
            return kleene_or([kleene_not(value_of(left)), value_of(right)])
        case tree.Compare(word, left, right):
            return strict(lambda a, b: relate(word, a, b), value_of(left), value_of(right))
        case tree.Membership(word, subject, items):
            found = strict(lambda x: x in [value_of(item) for item in items], value_of(subject))
            return found if word == "in" else kleene_not(found)
        case tree.Between(subject, low, high):
            x, a, b = value_of(subject), value_of(low), value_of(high)
            return kleene_and([strict(lambda p, q: p >= q, x, a), strict(lambda p, q: p <= q, x, b)])
        case tree.State(word, subject):
            return missing(value_of(subject)) == (word == "missing")
        case tree.Arithmetic(operators, operands):
            pairs = zip(operators, (value_of(part) for part in operands[1:]), strict=True)
            return reduce(
                lambda left, pair: strict(lambda a, b: operate(pair[0], a, b), left, pair[1]),
                pairs,
                value_of(operands[0]),
            )
        case tree.Conditional(then, condition, otherwise):
            found = value_of(condition)
            return found if missing(found) else value_of(then if found else otherwise)
        case tree.Call("coalesce", arguments):
            values = [value_of(part) for part in arguments]
            return next((value for value in values if not missing(value)), values[0])
        case tree.Call("zero_if_missing", (argument,)):
            value = value_of(argument)
            return 0.0 if missing(value) else value
        case tree.Call(("min" | "max") as function, (tree.Name(level), value, *rest)) if level in record["down"]:
            return across(function, record["down"][level], value, rest[0] if rest else None, parameters)
        case tree.Call(function, arguments):
            return strict(ROW[function], *(value_of(part) for part in arguments))
        case tree.Across(function, level, value, where):
            return across(function, record["down"][level], value, where, parameters)
    raise AssertionError(node)


def across(function, records, value, where, parameters):
    """The value of a cross-level call for one record above."""
    pairs = [
        (
            True if where is None else work(where, record, parameters),
            True if value is None else work(value, record, parameters),
        )
        for record in records
    ]
    if function == "any":
        return kleene_or([kleene_and(pair) for pair in pairs])
    if function == "all":
        return kleene_and([kleene_or([kleene_not(kept), found]) for kept, found in pairs])
    for kept, found in pairs:
        if missing(kept):
            return kept
        if kept and missing(found) and function != "first":
            return found
    values = [found for kept, found in pairs if kept]
    if function == "count":
        return float(sum(values))
    if function == "sum":
        return finite(float(sum(values)))
    if not values:
        return NOT_APPLICABLE
    return {
        "min": lambda: values[0] if missing(values[0]) else min(values),
        "max": lambda: values[0] if missing(values[0]) else max(values),
        "first": lambda: values[0],
        "mean": lambda: finite(sum(values) / len(values)),
        "share": lambda: sum(values) / len(values),
    }[function]()
