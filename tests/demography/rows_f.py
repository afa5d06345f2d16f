"""Numbers of section f of the reference: lists, repeated contacts, the reference-population model."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from scipy import optimize

from surveyproc.demography.hidden import two_lists
from surveyproc.demography.lists import closed_population_models, pair_models
from surveyproc.demography.reference_population import (
    ReferenceModel,
    _Data,
    _made,
    reference_model,
    reference_population,
)
from surveyproc.demography.repeats import Repeats, chao, strata, zelterman, zero_truncated
from tests.demography.rows import Row

FAMILY = {"ztpoisson": "poisson", "ztgeom": "geometric", "zelterman": "zelterman", "chao": "chao"}
ESTIMATORS = {"poisson": "poisson", "nb": "negative_binomial"}
ENDS = ("value", "corrected", "lower", "upper")
PRINTED = ("estimate", "estimate_bc", "lower", "upper")


@cache
def table(path: Path) -> tuple[dict[str, str], ...]:
    with path.open() as file:
        return tuple(csv.DictReader(file))


def column(lines: tuple[dict[str, str], ...], name: str) -> np.ndarray:
    return np.array([float(line[name]) for line in lines])


def rows(shared: Path) -> Iterator[Row]:
    folder = shared / "reference/demography"
    yield from pairs(folder)
    yield from lists(folder)
    yield from repeats(folder)
    yield from poland(folder)
    yield from poland_groups(folder)


def pairs(folder: Path) -> Iterator[Row]:
    lines = table(folder / "f_two_list_formulas.csv")
    n1, n2, m = (column(lines, name) for name in ("n1", "n2", "m"))
    for formula, value, se in (("lincoln_petersen", "LP", "se_LP"), ("chapman", "Chapman", "se_Chapman")):
        found = two_lists(n1, n2, both=m, formula=formula)
        ours = np.array([found.value, found.se])
        theirs = np.array([column(lines, value), column(lines, se)])
        yield Row("f2", f"two lists, {formula}, with SE", "package", "formula; Rcapture", ours, theirs, 1e-9)


def lists(folder: Path) -> Iterator[Row]:
    lines = table(folder / "f_hiv_rome_4lists_input.csv")
    histories = np.array([[float(r[f"c{k}"]) for k in range(1, 5)] for r in lines])
    frequency = column(lines, "freq")
    source = "Rcapture"
    for file, models in (
        ("f_hiv_rome_rcapture_closedp.csv", closed_population_models(histories, frequency)),
        ("f_hiv_rome_rcapture_loglinear_models.csv", pair_models(histories, frequency)),
    ):
        told = {r["model"]: r for r in table(folder / file)}
        assert {m.name for m in models} == set(told)
        for m in models:
            line = told[m.name]
            names = ("abundance", "deviance", "df", "AIC", "BIC")
            ours = np.array([float(m.population.value), m.deviance, m.df, m.aic, m.bic])
            theirs = np.array([float(line[k]) for k in names])
            why = "relative; R stops its fits at 1e-8 of the deviance"
            yield Row("f2", f"Rome {m.name}", "package", source, ours / theirs, np.ones(5), 1e-8, why)
            se, right = np.array(float(m.population.se) / float(line["stderr"])), m.name != "Mbh"
            slip = "their derivative of N by the chance of recapture lacks a factor; ours is that of differences"
            yield Row("f2", f"Rome SE {m.name}", "package", source, se, np.ones(1), 1e-5, why if right else slip, right)


def repeats(folder: Path) -> Iterator[Row]:
    source = "singleRcapture"
    for line in table(folder / "f_netherlands_popsize.csv"):
        fit = netherlands(folder, line["model"])
        p = fit.population
        ours = np.array([p.observed, p.value, p.se, p.normal_lower, p.normal_upper, p.lower, p.upper])
        names = ("N_obs", "N", "se", "normal_lo", "normal_hi", "lognormal_lo", "lognormal_hi")
        theirs = np.array([float(line[k]) for k in names])
        why = "their fit stops at 1e-8"
        yield Row("f3", f"Netherlands {line['model']}", "package", source, ours, theirs, 1e-5, why)
        ours, theirs = np.array([fit.aic, fit.log_likelihood]), np.array([float(line["aic"]), float(line["logLik"])])
        yield Row("f3", f"Netherlands {line['model']}: AIC", "package", source, ours, theirs, 1e-9)
        file = folder / f"f_netherlands_{line['model']}_coef.csv"
        if file.exists():
            ours = np.array([fit.coefficients, np.sqrt(np.diag(fit.covariance))])
            theirs = np.array([column(table(file), "Estimate"), column(table(file), "Std. Error")])
            yield Row("f3", f"Netherlands {line['model']}: coefficients", "package", source, ours, theirs, 1e-8)
    yield from by_strata(folder)
    once, twice, n = np.array(1645.0), np.array(183.0), np.array(1880.0)
    corrected = chao(once, twice, observed=n, form="bias_corrected").value
    yield Row("f3", "Chao bias-corrected", "package", "methods f3", corrected, np.array(9228.9), 0.05, "one decimal")
    plain, other = chao(once, twice, observed=n, form="plain").value, zelterman(once, twice, observed=n).value
    ours, theirs = np.array([plain, other]), np.array([9273.5, 9424.6])
    yield Row("f3", "Chao and Zelterman by formula", "package", "methods f3", ours, theirs, 0.05, "one decimal")


@cache
def netherlands(folder: Path, model: str) -> Repeats:
    lines = table(folder / "f_netherlands_immigrant_input.csv")
    family, *covariates = model.split("_")
    columns = [np.ones(len(lines))]
    for name in covariates if covariates != ["null"] else []:
        levels = sorted({r[name] for r in lines})[1:]
        columns += [np.array([r[name] == level for r in lines], float) for level in levels]
    return zero_truncated(column(lines, "capture"), np.stack(columns, axis=1), family=FAMILY[family])


def by_strata(folder: Path) -> Iterator[Row]:
    fit, lines = netherlands(folder, "ztpoisson_gender_age_nation"), table(folder / "f_netherlands_immigrant_input.csv")
    for line in table(folder / "f_netherlands_ztpoisson_strata.csv"):
        name, level = line["name"].split("==")
        found = strata(fit, np.array([1 if r[name] == level else 0 for r in lines]))
        ours = np.array([x[1] for x in (found.observed, found.value, found.se, found.normal_lower, found.lower)])
        keys = ("Observed", "Estimated", "StdError", "normalLowerBound", "logNormalLowerBound")
        theirs = np.array([float(line[k]) for k in keys])
        yield Row("f3", f"Netherlands, {line['name']}", "package", "singleRcapture", ours, theirs, 1e-6)


def counts(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, n, total = (column(table(folder / "f_poland_irregular_input.csv"), name) for name in ("m", "n", "N"))
    return m, n, total


def ends(model: ReferenceModel) -> np.ndarray:
    found = reference_population(model)
    return np.array([float(getattr(found, k)[0]) for k in ENDS])


def poland(folder: Path) -> Iterator[Row]:
    m, n, total = counts(folder)
    why = "relative; L-BFGS-B of the package stops at 1e-8 of the likelihood"
    for short, estimator in ESTIMATORS.items():
        model = reference_model(m, n, total, estimator=estimator)
        told = table(folder / f"f_uncounted_{short}_simple_popsize.csv")[0]
        theirs = np.array([float(told[k]) for k in PRINTED])
        yield Row("f4", f"Poland {estimator}", "package", "uncounted", ends(model) / theirs, np.ones(4), 1e-4, why)
        theirs = column(table(folder / f"f_uncounted_{short}_simple_coef.csv"), "est")
        ours = np.array([*model.alpha, *model.beta])
        yield Row("f4", f"Poland {estimator}: α, β", "package", "uncounted", ours / theirs, np.ones(2), 1e-5, why)
    yield from poland_least_squares(folder)


def poland_least_squares(folder: Path) -> Iterator[Row]:
    """The package's γ: its grid has .01 twice, so the search between neighbours stops just below it."""
    m, n, total = counts(folder)
    alpha, beta = column(table(folder / "f_uncounted_ols_simple_coef.csv"), "est")
    told = table(folder / "f_uncounted_ols_simple_popsize.csv")[0]
    theirs = np.array([float(told[k]) for k in PRINTED])
    best = reference_model(m, n, total, estimator="least_squares")
    why = "their search for γ stops at .0099, short of the least squares at .0147, because its grid has .01 twice"
    yield Row("f4", "Poland least squares", "package", "uncounted", ends(best) / theirs, np.ones(4), 1e-4, why, False)

    def off(gamma: float) -> float:
        return float(reference_model(m, n, total, estimator="least_squares", gamma=gamma).beta[0] - beta)

    gamma = float(optimize.brentq(off, 0.005, 0.0147, xtol=1e-14))
    held = reference_model(m, n, total, estimator="least_squares", gamma=gamma)
    why = "at the γ that their β implies"
    yield Row("f4", "Poland least squares: α given β", "package", "uncounted", held.alpha, np.array([alpha]), 1e-8, why)
    ones = np.ones((len(m), 1))
    data = _Data(m, n / total, np.log(total), ones, ones, None)
    made = _made(data, "least_squares", np.array([alpha, beta]), gamma, np.nan, np.nan, registered=total)
    ours = ends(made) / theirs
    yield Row("f4", "Poland least squares at their γ", "package", "uncounted", ours, np.ones(4), 1e-6, why)


def poland_groups(folder: Path) -> Iterator[Row]:
    lines = table(folder / "f_poland_irregular_input.csv")
    told = table(folder / "f_uncounted_poisson_readme_popsize.csv")
    years = sorted({r["year"] for r in lines})[1:]
    one = np.ones((len(lines), 1))
    year = np.stack([np.array([r["year"] == y for r in lines], float) for y in years], axis=1)
    ukraine = np.array([[r["country_code"] == "UKR"] for r in lines], float)
    male = np.array([[r["sex"] == "Male"] for r in lines], float)
    model = reference_model(
        *counts(folder),
        estimator="poisson",
        design_alpha=np.hstack([one, year, ukraine, male, year * ukraine]),
        design_beta=np.hstack([one, year]),
    )
    names = [f"year={r['year']}, ukr={int(r['country_code'] == 'UKR')}, sex={r['sex']}" for r in lines]
    place = [r["group"] for r in told]
    found = reference_population(model, groups=np.array([place.index(name) for name in names]))
    told_seen, name = column(told, "observed"), "Poland by year, Ukraine, sex"
    yield Row("f4", f"{name}: observed", "package", "uncounted", found.observed, told_seen, 0.0)
    for ours, theirs in zip(ENDS, PRINTED, strict=True):
        quotient = getattr(found, ours) / column(told, theirs)
        why = "relative; their likelihood is flat in γ and stops at .006954, ours at .006970 is higher"
        yield Row("f4", f"{name}: {theirs}", "package", "uncounted", quotient, np.ones(24), 4e-3, why)
