"""Average marginal effects and adjusted means of a fitted model, over the population that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.estimate.glm import curvature_of, mean_of, slope_of
from surveyproc.estimate.regression import Fit
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.vcov import Mask, replicate_weights, spread, totals_covariance
from surveyproc.values import Design, Family

Covariates = Literal["sampled", "fixed"]
Effect = Literal["ame", "adjusted"]


@dataclass(frozen=True, slots=True)
class Margins:
    """One number a term or category: value, se (M), NaN where there is none; term, category: (M)."""

    term: tuple[str, ...]
    category: tuple[str, ...]
    value: Floats
    se: Floats


@dataclass(frozen=True, slots=True)
class _Averages:
    """Averages (M) over records, what each record adds (n, M) and their derivatives (M, K) by the coefficients."""

    value: Floats
    each: Floats
    gradient: Floats


def average_marginal_effects(design: Design, fit: Fit, *, covariates: Covariates = "sampled") -> Margins:
    """By how much the mean outcome moves with each term, averaged over the weighted records of the model.

    Of a category: the mean had everyone that category less the mean had everyone the reference; of a number: the mean
    derivative (Graubard and Korn 1999; Korn and Graubard 1999, §3.7). One value a coefficient but the intercept. SE by
    the delta method. covariates: `sampled` counts that the records averaged over are a sample too, so that the effect
    is one of the population (Stata's vce(unconditional)); `fixed` takes them as given.
    """
    columns = list(range(1, len(fit.matrix.term)))
    return _margins(design, fit, columns, kind="ame", covariates=covariates)


def adjusted_means(design: Design, fit: Fit, *, covariates: Covariates = "sampled") -> Margins:
    """The mean outcome had everyone each category of each categorical term, all else as it is (predictive margins).

    The reference categories first of their terms. Sources and `covariates` as for `average_marginal_effects`.
    """
    columns: list[int] = []
    names: list[tuple[str, str]] = []
    for term in fit.regression.terms:
        if term.categories:
            mine = [k for k, name in enumerate(fit.matrix.term) if name == term.name and k]
            columns += [-mine[0], *mine] if mine else []
            names += [(term.name, term.reference), *((term.name, fit.matrix.category[k]) for k in mine)]
    found = _margins(design, fit, columns, kind="adjusted", covariates=covariates)
    return Margins(tuple(t for t, _ in names), tuple(c for _, c in names), found.value, found.se)


def _margins(design: Design, fit: Fit, columns: list[int], *, kind: Effect, covariates: Covariates) -> Margins:
    size = len(columns)
    value, se = np.full(size, np.nan), np.full(size, np.nan)
    able = [place for place, k in enumerate(columns) if _has_number(fit, abs(k), reference=k < 0)]
    if fit.status == "ok" and able:
        chosen = [columns[place] for place in able]
        averages = _averages(fit, design.weight, fit.value, chosen, kind=kind)
        value[able] = averages.value
        covariance = _covariance(design, fit, averages, chosen, kind=kind, covariates=covariates)
        se[able] = np.sqrt(np.diag(covariance))
    terms = tuple(fit.matrix.term[abs(k)] for k in columns)
    categories = tuple(fit.matrix.category[abs(k)] for k in columns)
    return Margins(terms, categories, value, se)


def _has_number(fit: Fit, column: int, *, reference: bool) -> bool:
    """Whether a column, or that of the reference of its term, is one that the model knows the effect of."""
    return reference or bool(fit.fitted[column])


def _covariance(
    design: Design, fit: Fit, averages: _Averages, columns: list[int], *, kind: Effect, covariates: Covariates
) -> Floats:
    if design.replicates is not None and fit.replicates is not None:
        thetas = [
            _averages(
                fit, weight if covariates == "sampled" else design.weight, _full(fit, beta), columns, kind=kind
            ).value
            for weight, beta in zip(replicate_weights(design), fit.replicates, strict=True)
        ]
        return spread(design.replicates, np.array(thetas), whole=averages.value)
    scores = fit.scores @ np.nan_to_num(averages.gradient.T)
    if covariates == "sampled":
        whole = float(design.weight[fit.used].sum())
        scores = scores + np.where(fit.used[:, None], averages.each - averages.value, 0.0) / whole
    return totals_covariance(design, scores, fit.used)


def _full(fit: Fit, beta: Floats) -> Floats:
    """Coefficients (K) of a replicate, NaN where a column is not fitted."""
    full = np.full(len(fit.fitted), np.nan)
    full[fit.fitted] = beta
    return full


def _averages(fit: Fit, weight: Floats, beta: Floats, columns: list[int], *, kind: Effect) -> _Averages:
    family, rows = fit.regression.family, len(weight)
    x = np.where(fit.used[:, None] & fit.fitted, fit.matrix.x, 0.0)
    coefficients = np.where(fit.fitted, beta, 0.0)
    w = np.where(fit.used, weight, 0.0)
    w = w / w.sum()
    value, each, gradient = [], [], []
    for k in columns:
        if kind == "ame" and not fit.matrix.category[k]:
            mine, slope = _derivative(family, x, coefficients, k, w)
        else:
            mine, slope = _at(family, x, coefficients, fit, k, w, reference=k < 0)
            if kind == "ame":
                other, under = _at(family, x, coefficients, fit, k, w, reference=True)
                mine, slope = mine - other, slope - under
        value.append(float(w @ mine))
        each.append(mine)
        gradient.append(slope)
    size = len(columns)
    return _Averages(np.array(value), np.array(each).T.reshape(rows, size), np.array(gradient).reshape(size, -1))


def _at(
    family: Family, x: Floats, beta: Floats, fit: Fit, column: int, w: Floats, *, reference: bool
) -> tuple[Floats, Floats]:
    """Fitted means (n) had everyone a column's category, or its term's reference, and the gradient of their mean."""
    moved = x.copy()
    same: Mask = np.array([name == fit.matrix.term[abs(column)] and k > 0 for k, name in enumerate(fit.matrix.term)])
    moved[:, same] = 0.0
    if not reference:
        moved[:, column] = 1.0
    mean = mean_of(family, moved @ beta)
    return mean, (w * slope_of(family, mean)) @ moved


def _derivative(family: Family, x: Floats, beta: Floats, column: int, w: Floats) -> tuple[Floats, Floats]:
    """Derivatives (n) of fitted means by a number, and the gradient of their mean."""
    mean = mean_of(family, x @ beta)
    slope = slope_of(family, mean)
    gradient = beta[column] * ((w * curvature_of(family, mean)) @ x)
    gradient[column] += float(w @ slope)
    return slope * beta[column], gradient
