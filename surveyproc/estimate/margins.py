"""Average marginal effects and adjusted means of a fitted model, over the population that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyproc.estimate.glm import curvature_of, mean_of, slope_of
from surveyproc.estimate.regression import Fit
from surveyproc.estimate.sums import Floats
from surveyproc.estimate.vcov import replicate_weights, spread, totals_covariance
from surveyproc.values import Design

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
    """Averages (M) over the records used, what each (m, M) gives, and derivatives (M, K) by the coefficients."""

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
        averages = _averages(fit, design.weight, chosen, kind=kind)
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
            _values(_point(fit, beta), weight if covariates == "sampled" else design.weight, columns, kind=kind)
            for weight, beta in zip(replicate_weights(design), fit.replicates, strict=True)
        ]
        return spread(design.replicates, np.array(thetas), whole=averages.value)
    scores = fit.scores @ averages.gradient.T
    if covariates == "sampled":
        whole = float(design.weight[fit.used].sum())
        scores[fit.used] += (averages.each - averages.value) / whole
    return totals_covariance(design, scores, fit.used)


@dataclass(frozen=True, slots=True)
class _Point:
    """A model at some coefficients. x: (m, K), the records used, 0 in columns not fitted; eta: (m), linear predictor;
    without: term → linear predictor but for the term.
    """

    fit: Fit
    x: Floats
    beta: Floats
    eta: Floats
    without: Mapping[str, Floats]

    def columns_of(self, column: int) -> list[int]:
        """The columns of the term that a column is of."""
        name = self.fit.matrix.term[abs(column)]
        return [k for k, term in enumerate(self.fit.matrix.term) if term == name and k]

    def mean_at(self, column: int) -> Floats:
        """Fitted means (m) had everyone the category of a column, or below 0 the reference of its term."""
        eta = self.without[self.fit.matrix.term[abs(column)]] + (self.beta[column] if column > 0 else 0.0)
        return mean_of(self.fit.regression.family, eta)


def _point(fit: Fit, fitted: Floats) -> _Point:
    """fitted: coefficients of the columns fitted."""
    x = np.where(fit.fitted, fit.matrix.x[fit.used], 0.0)
    beta = np.zeros(len(fit.fitted))
    beta[fit.fitted] = fitted
    eta, without = x @ beta, {}
    for term in fit.regression.terms:
        if term.categories:
            mine = [k for k, name in enumerate(fit.matrix.term) if name == term.name and k]
            without[term.name] = eta - x[:, mine] @ beta[mine]
    return _Point(fit, x, beta, eta, without)


def _each(point: _Point, column: int, *, kind: Effect) -> Floats:
    """What each record (m) gives to the average of a column."""
    if kind == "ame" and not point.fit.matrix.category[column]:
        family = point.fit.regression.family
        return slope_of(family, mean_of(family, point.eta)) * float(point.beta[column])
    mean = point.mean_at(column)
    return mean if kind == "adjusted" else mean - point.mean_at(-column)


def _values(point: _Point, weight: Floats, columns: list[int], *, kind: Effect) -> Floats:
    """Averages (M) with some weights (n)."""
    w = weight[point.fit.used]
    values: Floats = np.array([float(w @ _each(point, k, kind=kind)) for k in columns]) / w.sum()
    return values


def _averages(fit: Fit, weight: Floats, columns: list[int], *, kind: Effect) -> _Averages:
    point = _point(fit, fit.value[fit.fitted])
    w = weight[fit.used] / weight[fit.used].sum()
    each = np.column_stack([_each(point, k, kind=kind) for k in columns])
    gradient = np.array([_gradient(point, w, k, kind=kind) for k in columns])
    return _Averages(w @ each, each, gradient)


def _gradient(point: _Point, w: Floats, column: int, *, kind: Effect) -> Floats:
    """Derivatives (K) of an average by the coefficients; w adds up to 1."""
    family = point.fit.regression.family
    if kind == "ame" and not point.fit.matrix.category[column]:
        mean = mean_of(family, point.eta)
        gradient: Floats = point.beta[column] * ((w * curvature_of(family, mean)) @ point.x)
        gradient[column] += float(w @ slope_of(family, mean))
        return gradient
    at = _gradient_at(point, w, column)
    return at if kind == "adjusted" else at - _gradient_at(point, w, -column)


def _gradient_at(point: _Point, w: Floats, column: int) -> Floats:
    slope = w * slope_of(point.fit.regression.family, point.mean_at(column))
    gradient: Floats = slope @ point.x
    gradient[point.columns_of(column)] = 0.0
    if column > 0:
        gradient[column] = float(slope.sum())
    return gradient
