"""The small language of conditions and formulas inside YAML: read, check, work out, print.

Loosest to tightest: `implies`; `a if condition else b`; `or`; `and`; `not`; == != < <= > >=, `in [..]`, `not in [..]`,
`between a and b`, `is known`, `is missing`; + -; * /; unary minus. Literals are numbers, 'texts' in straight quotes,
`true`, `false`, `missing`; `$name` is a parameter. Codes of categorical variables are compared by name, dates with
'2024-08-31', year-months with '2024-08'. Functions are the closed list in `functions.py`. Nothing is ever executed.
"""

from surveyproc.expressions.check import check
from surveyproc.expressions.evaluate import DataScope, LevelData, evaluate, record_counts, scope_of
from surveyproc.expressions.functions import SMOOTH_FUNCTIONS
from surveyproc.expressions.gradient import check_smooth, slope_of
from surveyproc.expressions.parse import MAX_DEPTH, MAX_LENGTH, parse
from surveyproc.expressions.scalar import evaluate_scalar
from surveyproc.expressions.scope import Scope, VariableType, child_levels, names, uses_child_records
from surveyproc.expressions.text import to_text
from surveyproc.expressions.tree import Expression

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "SMOOTH_FUNCTIONS",
    "DataScope",
    "Expression",
    "LevelData",
    "Scope",
    "VariableType",
    "check",
    "check_smooth",
    "child_levels",
    "evaluate",
    "evaluate_scalar",
    "names",
    "parse",
    "record_counts",
    "scope_of",
    "slope_of",
    "to_text",
    "uses_child_records",
]
