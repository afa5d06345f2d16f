"""Tests of independence of two categorical variables in a complex sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.tails import upper_chi2, upper_f, upper_mixture
from surveyproc.estimate.vcov import Domain, Mask, domain_of, replicate_totals, spread, totals_covariance
from surveyproc.values import Design, Disaggregation

IndependenceTest = Literal["F", "Chisq", "Wald", "adjWald", "saddlepoint"]


@dataclass(frozen=True, slots=True)
class Tested:
    """A test statistic with its degrees of freedom and p-value, and the records behind it.

    estimate, se: of what is tested where it is one number, else NaN. df2: of the denominator of F, or of t; NaN where
    the reference distribution has none. status: ok; empty: no records of weight above zero; all_missing: none with
    everything known; one_category: a variable has a single category, so there is nothing to test; one_psu: no degrees
    of freedom; constant: nothing varies between psus. Numbers are NaN where the status is not ok.
    """

    statistic: float
    df1: float
    df2: float
    p: float
    domain: Domain
    status: str
    estimate: float = np.nan
    se: float = np.nan


@dataclass(frozen=True, slots=True)
class _CrossTable:
    """Cell shares p (r·c, rows fastest) with their covariance, and what ties records to cells."""

    rows: int
    columns: int
    shares: Floats  # (r, c)
    inside: Floats  # (n, r·c), 1 where a record is in the cell
    used: Mask  # (n)


def independence(
    design: Design,
    rows: Disaggregation,
    columns: Disaggregation,
    *,
    universe: Mask,
    statistic: IndependenceTest = "F",
    df: DfKind = "domain",
) -> Tested:
    """Whether two categorical variables are independent in a universe (n); R survey's svychisq.

    F: Pearson's X² with the second-order correction of Rao and Scott (1984), referred to F (Thomas and Rao 1987).
    Chisq: the first-order correction, X² over the mean generalised design effect; `statistic` of the result is X²
    itself. saddlepoint: X² referred to the mixture of χ² that it has (Lumley 2010, §7.3). Wald, adjWald: from
    the differences between cells and what independence expects (Koch, Freeman and Freeman 1975; Thomas and Rao 1987);
    they need many more psus than cells.

    X² is that of as many cases as there are records with both variables known; R takes records with a missing answer
    into that number, which changes X² and no p-value. Categories without records of weight above zero are left out.
    Raises SurveyprocError where a stratum has a single psu and the rule is to fail.
    """
    known = universe & (rows.codes >= 0) & (columns.codes >= 0)
    domain = domain_of(design, universe, known, df=df)
    table = _cross(design, rows, columns, known)
    status = _status(domain, table)
    if status != "ok":
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, status)
    how = _wald if statistic in ("Wald", "adjWald") else _pearson
    return how(design, table, domain, statistic)


def _status(domain: Domain, table: _CrossTable) -> str:
    if domain.n_unweighted == 0:
        return "all_missing" if domain.share_missing > 0 else "empty"
    if min(table.rows, table.columns) < 2:
        return "one_category"
    return "ok" if domain.df > 0 else "one_psu"


def _cross(design: Design, rows: Disaggregation, columns: Disaggregation, known: Mask) -> _CrossTable:
    counted = known & (design.weight > 0)
    row_codes, column_codes = (np.unique(d.codes[counted]) for d in (rows, columns))
    r, c = len(row_codes), len(column_codes)
    used = known & np.isin(rows.codes, row_codes) & np.isin(columns.codes, column_codes)
    inside = np.zeros((len(known), r * c))
    cell = np.searchsorted(row_codes, rows.codes[used]) + r * np.searchsorted(column_codes, columns.codes[used])
    inside[np.flatnonzero(used), cell] = 1.0
    totals = design.weight @ inside
    with np.errstate(invalid="ignore"):
        shares = (totals / totals.sum()).reshape(c, r).T
    return _CrossTable(r, c, shares, inside, used)


def _share_covariance(design: Design, table: _CrossTable) -> Floats:
    """Covariance (r·c, r·c) of the cell shares."""
    shares = table.shares.T.ravel()
    if design.replicates is None:
        whole = float(design.weight[table.used].sum())
        return totals_covariance(design, (table.inside - shares) / whole, table.used)
    totals = replicate_totals(design, table.inside)
    with np.errstate(invalid="ignore"):
        return spread(design.replicates, totals / totals.sum(axis=1, keepdims=True), whole=shares)


def _pearson(design: Design, table: _CrossTable, domain: Domain, statistic: IndependenceTest) -> Tested:
    shares, cases = table.shares.T.ravel(), domain.n_unweighted
    covariance = _share_covariance(design, table)
    if not np.isfinite(covariance).all():
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, "one_psu")
    expected = np.outer(table.shares.sum(axis=1), table.shares.sum(axis=0))
    pearson = cases * float(((table.shares - expected) ** 2 / expected).sum())
    contrast = _interaction(table.rows, table.columns)
    with np.errstate(divide="ignore"):
        over = np.where(shares > 0, 1.0 / shares, 0.0)[:, None] * contrast
    plain = contrast.T @ over / cases
    delta = np.linalg.solve(plain, over.T @ covariance @ over)
    trace = float(np.trace(delta))
    if trace <= 0:
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, "constant")
    df1 = trace**2 / float(np.trace(delta @ delta))
    size = len(delta)
    if statistic == "F":
        test = Tested(pearson / trace, df1, df1 * domain.df, np.nan, domain, "ok")
        return replace(test, p=upper_f(test.statistic, test.df1, test.df2))
    if statistic == "Chisq":
        return Tested(pearson, size, np.nan, upper_chi2(pearson / (trace / size), size), domain, "ok")
    df2 = df1 * domain.df if design.replicates is None else np.inf  # R's choice for replicates
    weights = np.linalg.eigvals(delta).real
    return Tested(pearson, np.nan, np.nan, upper_mixture(pearson, weights, df2=df2), domain, "ok")


def _interaction(rows: int, columns: int) -> Floats:
    """The interaction columns of a saturated model (r·c, (r − 1)(c − 1)), cleared of the main effects."""
    row, column = np.tile(np.arange(rows), columns), np.repeat(np.arange(columns), rows)
    row_effects = (row[:, None] == np.arange(1, rows)).astype(np.float64)
    column_effects = (column[:, None] == np.arange(1, columns)).astype(np.float64)
    main = np.hstack((np.ones((rows * columns, 1)), row_effects, column_effects))
    both = (row_effects[:, :, None] * column_effects[:, None, :]).reshape(rows * columns, -1)
    cleared: Floats = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    return cleared


def _wald(design: Design, table: _CrossTable, domain: Domain, statistic: IndependenceTest) -> Tested:
    """The differences n_rc − n_r n_c / n of estimated counts but for the first row and column, against 0."""
    r, c = table.rows, table.columns
    whole = float(design.weight[table.used].sum())
    counts = table.shares * whole
    row_sums, column_sums = counts.sum(axis=1), counts.sum(axis=0)
    by_cell = table.inside.reshape(-1, c, r).transpose(0, 2, 1)
    in_row, in_column = by_cell.sum(axis=2), by_cell.sum(axis=1)
    expected = np.outer(row_sums, column_sums) / whole
    scores = (
        by_cell
        - in_row[:, :, None] * column_sums / whole
        - row_sums[:, None] / whole * in_column[:, None, :]
        + expected / whole * table.used[:, None, None]
    )
    kept: Floats = scores[:, 1:, 1:].reshape(len(scores), -1)
    apart = (counts - expected)[1:, 1:].ravel()
    covariance = totals_covariance(design, kept, table.used)
    if not np.isfinite(covariance).all():
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, "one_psu")
    if np.linalg.matrix_rank(covariance, hermitian=True) < len(apart):
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, "constant")
    found = float(apart @ np.linalg.solve(covariance, apart))
    df1 = float((r - 1) * (c - 1))
    df2 = domain.df if statistic == "Wald" else domain.df - df1 + 1
    if df2 <= 0:
        return Tested(np.nan, np.nan, np.nan, np.nan, domain, "one_psu")
    f = found / df1 if statistic == "Wald" else found * df2 / (df1 * domain.df)
    return Tested(f, df1, df2, upper_f(f, df1, df2), domain, "ok")
