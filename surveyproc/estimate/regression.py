"""Survey-weighted linear, logistic and Poisson regression with design-based covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyproc.estimate.finish import DfKind
from surveyproc.estimate.glm import Solution, independent, separated, solve
from surveyproc.estimate.sums import Floats, Ints
from surveyproc.estimate.tails import upper_f
from surveyproc.estimate.vcov import Domain, Mask, domain_of, replicate_weights, spread, totals_covariance
from surveyproc.values import Design, Family, Regression, Term

INTERCEPT = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The columns (n, K) of a model with the term and category of each; the first is the intercept, all of 1."""

    x: Floats
    term: tuple[str, ...]
    category: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model; arrays (K) have a position a column, NaN where a coefficient has no number.

    covariance: (K, K). df: psus − strata + 1 − coefficients, of t and of the denominator of F. n_unweighted: cases of
    the category, of all for a number. scores: (n, K), what a record adds to each coefficient, 0 outside; replicates:
    (R, fitted), or None; fitted: (K), columns that took part; mean: (n), NaN outside.

    status, of the model: ok; empty, all_missing: no cases; constant: the outcome is the same for all; negative: an
    outcome of Poisson below 0; empty_reference: the reference of a term has no case; no_df: no degrees of freedom are
    left; separated: see below; not_converged. Of each coefficient: ok; empty: the category has no case; collinear: the
    column is a combination of those before it; separated: the term tells the outcome without error, so the coefficient
    is infinite; else as the model.
    """

    regression: Regression
    matrix: Matrix
    used: Mask
    value: Floats
    covariance: Floats
    df: float
    status: str
    statuses: NDArray[np.object_]
    n_unweighted: Ints
    domain: Domain
    fitted: Mask
    mean: Floats
    scores: Floats
    replicates: Floats | None

    @property
    def se(self) -> Floats:
        """Standard errors (K)."""
        return np.sqrt(np.diag(self.covariance))


def model_matrix(terms: tuple[Term, ...], rows: int) -> Matrix:
    """A column of 1, then one a number and one a category but for the reference; NaN where a term is missing."""
    columns, names, categories = [np.ones(rows)], [INTERCEPT], [""]
    for term in terms:
        if not term.categories:
            columns.append(term.values.astype(np.float64))
            names.append(term.name)
            categories.append("")
            continue
        missing = term.values < 0
        for place, category in enumerate(term.categories):
            if category != term.reference:
                columns.append(np.where(missing, np.nan, (term.values == place).astype(np.float64)))
                names.append(term.name)
                categories.append(category)
    return Matrix(np.column_stack(columns), tuple(names), tuple(categories))


def regress(design: Design, regression: Regression, *, df: DfKind = "domain") -> Fit:
    """Fit a model to the records of its universe with outcome and all terms known; R survey's svyglm.

    Coefficients solve the weighted score equations; their covariance is that of the total of the scores A⁻¹ x(y − μ)
    over the whole design, a record outside adding 0 (Binder 1983; Fuller 1975 of linear models). With replicates the
    model is fitted again in each. df: psus − strata of the cases (`domain`) or the whole (`design`), then + 1 −
    coefficients as in R. Raises SurveyprocError where a stratum has a single psu and the rule is to fail.
    """
    matrix = model_matrix(regression.terms, len(regression.outcome))
    known = ~np.isnan(regression.outcome) & ~np.isnan(matrix.x).any(axis=1)
    used = regression.universe & known
    domain = domain_of(design, regression.universe, known, df=df)
    y, x, weight = np.where(used, regression.outcome, 0.0)[used], matrix.x[used], design.weight[used]
    cases = _cases(matrix, x, weight)
    status = _before(domain, y[weight > 0], regression, used & (design.weight > 0))
    if status != "ok":
        return _without(regression, matrix, used=used, domain=domain, cases=cases, status=status)
    fitted = independent(x, weight)
    solution = solve(y, x[:, fitted], weight=weight, family=regression.family)
    away = np.zeros(len(fitted), dtype=np.bool_)
    away[fitted] = separated(y, x[:, fitted], weight=weight, solution=solution, family=regression.family)
    degrees = domain.df + 1.0 - float(fitted.sum())
    status = "separated" if away.any() else "ok" if solution.converged else "not_converged"
    status = "no_df" if status == "ok" and degrees <= 0 else status
    statuses = _statuses(status, fitted=fitted, cases=cases, away=away)
    scores, mean = np.zeros((len(used), len(fitted))), np.full(len(used), np.nan)
    mean[used] = solution.mean
    scores[np.ix_(used, fitted)] = (x[:, fitted] * (y - solution.mean)[:, None]) @ solution.inverse
    replicates = None
    if design.replicates is not None and status in ("ok", "no_df"):
        replicates = _refit(design, y, x[:, fitted], used=used, family=regression.family, start=solution.beta)
    value = np.full(len(fitted), np.nan)
    value[fitted] = solution.beta
    value[np.isin(statuses, ("separated", "not_converged"))] = np.nan
    return Fit(
        regression,
        matrix,
        used,
        value,
        _covariance(design, scores, used=used, fitted=fitted, status=status, replicates=replicates, whole=solution),
        degrees,
        status,
        statuses,
        cases,
        domain,
        fitted,
        mean,
        scores,
        replicates,
    )


def _before(domain: Domain, y: Floats, regression: Regression, counted: Mask) -> str:
    """What can be told before a fit."""
    if domain.n_unweighted == 0:
        return "all_missing" if domain.share_missing > 0 else "empty"
    if bool((y == y[0]).all()):
        return "constant"
    if regression.family is Family.POISSON and bool((y < 0).any()):
        return "negative"
    held = all((t.values[counted] == t.categories.index(t.reference)).any() for t in regression.terms if t.categories)
    return "ok" if held else "empty_reference"


def _cases(matrix: Matrix, x: Floats, weight: Floats) -> Ints:
    """Cases (K) of weight above zero in the category of each column, of all where it has none."""
    counted = x[weight > 0]
    inside = [
        (counted[:, k] == 1.0) if category else np.ones(len(counted)) for k, category in enumerate(matrix.category)
    ]
    return np.array([int(mask.sum()) for mask in inside], dtype=np.int64)


def _statuses(status: str, *, fitted: Mask, cases: Ints, away: Mask) -> NDArray[np.object_]:
    words = np.full(len(fitted), "ok" if status == "separated" else status, dtype=object)
    words[away] = "separated"
    words[~fitted] = "collinear"
    words[cases == 0] = "empty"
    return words


def _covariance(
    design: Design,
    scores: Floats,
    *,
    used: Mask,
    fitted: Mask,
    status: str,
    replicates: Floats | None,
    whole: Solution,
) -> Floats:
    covariance = np.full((len(fitted), len(fitted)), np.nan)
    if status != "ok":
        return covariance
    if replicates is None or design.replicates is None:
        inner = totals_covariance(design, scores[:, fitted], used)
    else:
        inner = spread(design.replicates, replicates, whole=whole.beta)
    covariance[np.ix_(fitted, fitted)] = inner
    return covariance


def _refit(design: Design, y: Floats, x: Floats, *, used: Mask, family: Family, start: Floats) -> Floats:
    """Coefficients (R, K) of every replicate, NaN in one that has none."""
    found = []
    for weight in replicate_weights(design):
        mine = weight[used]
        solution = solve(y, x, weight=mine, family=family, start=start)
        found.append(solution.beta if solution.converged else np.full(len(start), np.nan))
    return np.array(found)


def _without(regression: Regression, matrix: Matrix, *, used: Mask, domain: Domain, cases: Ints, status: str) -> Fit:
    """A model that cannot be fitted."""
    size, rows = len(matrix.term), len(used)
    none = np.full(size, np.nan)
    statuses = np.full(size, status, dtype=object)
    return Fit(
        regression, matrix, used, none, np.full((size, size), np.nan), np.nan, status, statuses, cases, domain,
        np.zeros(size, dtype=np.bool_), np.full(rows, np.nan), np.zeros((rows, size)), None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermTest:
    """The Wald test that all coefficients of a term are 0; NaN where none has a number."""

    term: str
    f: float
    df1: float
    df2: float
    p: float


def term_tests(fit: Fit) -> tuple[TermTest, ...]:
    """F = βᵀV⁻¹β/q of each term with q coefficients, on (q, df) degrees of freedom; R survey's regTermTest."""
    return tuple(_term_test(fit, term.name) for term in fit.regression.terms)


def _term_test(fit: Fit, name: str) -> TermTest:
    mine = [k for k, term in enumerate(fit.matrix.term) if term == name and k and fit.statuses[k] == "ok"]
    beta, covariance = fit.value[mine], fit.covariance[np.ix_(mine, mine)]
    size = len(mine)
    usable = size and np.isfinite(covariance).all() and np.linalg.matrix_rank(covariance, hermitian=True) == size
    if not usable:
        return TermTest(name, np.nan, float(size), fit.df, np.nan)
    f = float(beta @ np.linalg.solve(covariance, beta)) / size
    return TermTest(name, f, float(size), fit.df, upper_f(f, float(size), fit.df))
