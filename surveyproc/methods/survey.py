"""Estimates of an earlier run as the figures of an input: cells of one indicator, with their standard errors."""

from __future__ import annotations

from surveyproc.config.names import did_you_mean
from surveyproc.methods.rows import CROSS
from surveyproc.methods.spec import Calc
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import LongFile

NEEDED = ("indicator", "category", "domain", "cell", "value", "se", "status")


def estimates_as_figures(calc: Calc, name: str, table: LongFile) -> LongFile:
    """The cells of an indicator in an estimates.csv as a long file: its domain's variables, value and se.

    A row without a value (suppressed, empty) is left out, so that its cell is missing. Raises SurveyprocError where the
    file is none of estimates, has no such indicator and domain, or an estimate has no standard error.
    """
    wanted = calc.model.inputs[name].estimate
    assert wanted is not None
    absent = [column for column in NEEDED if column not in table.columns]
    if absent:
        what, expected = "the file is no estimates.csv of a run", f"the columns {', '.join(absent)}"
        raise SurveyprocError([Problem("input.missing-column", Place(table.shown, 1, 1), what, expected=expected)])
    at = {column: table.columns.index(column) for column in NEEDED}
    domain = CROSS.join(wanted.domain) or "total"
    rows, lines, problems = [], [], []
    for line, row in zip(table.lines, table.rows, strict=True):
        if (row[at["indicator"]], row[at["category"]], row[at["domain"]]) != (
            wanted.indicator,
            wanted.category,
            domain,
        ):
            continue
        if not row[at["value"]]:
            continue
        if not row[at["se"]]:
            what, got = f"an estimate of {wanted.indicator} has no standard error", f"status {row[at['status']]}"
            problems.append(Problem("input.uncertainty", Place(table.shown, line, 1), what, got=got))
        cells = row[at["cell"]].split(CROSS) if wanted.domain else []
        rows.append((*cells, row[at["value"]], row[at["se"]]))
        lines.append(line)
    if not rows:
        problems.append(_none(calc, name, table, at["indicator"], domain))
    if problems:
        raise SurveyprocError(problems)
    return LongFile(table.shown, (*wanted.domain, "value", "se"), tuple(rows), tuple(lines), table.sha256)


def _none(calc: Calc, name: str, table: LongFile, column: int, domain: str) -> Problem:
    wanted = calc.model.inputs[name].estimate
    assert wanted is not None
    known = sorted({row[column] for row in table.rows})
    hint = (
        did_you_mean(wanted.indicator, known)
        if wanted.indicator not in known
        else "Look at its domains and categories."
    )
    what = f"{table.shown} has no estimate of {wanted.indicator} by {domain}"
    return Problem("config.unknown-name", calc.place("inputs", name, "estimate"), what, hint=hint)
