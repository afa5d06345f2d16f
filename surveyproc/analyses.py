"""Regressions and tests of a round: from derived variables to frames of results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from surveyproc.carry import column_at
from surveyproc.config.spec import RegressionSpec, RoundSpec, SignificanceSpec, TermSpec
from surveyproc.estimate import (
    Fit,
    Margins,
    Tested,
    adjusted_means,
    average_marginal_effects,
    independence,
    mean_test,
    rank_test,
    regress,
    term_tests,
)
from surveyproc.estimate.tails import two_sided_t
from surveyproc.measures import applies, numbers, places, universe_mask
from surveyproc.problems import Place, Problem, Severity
from surveyproc.values import (
    MODEL_COLUMNS,
    TEST_COLUMNS,
    Column,
    DerivedRound,
    Design,
    Disaggregation,
    Kind,
    Regression,
    Term,
)

Row = dict[str, Any]
RATIOS = ("odds_ratio", "rate_ratio")
INTERCEPT = "(intercept)"
REFERENCE = "reference"  # status of the row of a reference category: 1 of ratios, 0 of differences, without an SE
STATISTICS = {
    "rao_scott": "F",
    "rao_scott_first": "Chisq",
    "wald": "Wald",
    "adjusted_wald": "adjWald",
    "saddlepoint": "saddlepoint",
}
NAMES = {
    "F": "rao_scott_f",
    "Chisq": "pearson_x2",
    "Wald": "wald_f",
    "adjWald": "adjusted_wald_f",
    "saddlepoint": "pearson_x2",
}


@dataclass(frozen=True, slots=True)
class Analyses:
    """Results of regressions (MODEL_COLUMNS) and of tests (TEST_COLUMNS)."""

    models: pd.DataFrame
    tests: pd.DataFrame


def analyse(
    derived: DerivedRound, designs: Mapping[tuple[str, str], Design], spec: RoundSpec
) -> tuple[Analyses, tuple[Problem, ...]]:
    """Fit every regression and make every test of a round; `shown` and `marks` are still empty."""
    problems: list[Problem] = []
    models = [row for one in spec.regressions for row in _model(one, derived, designs, spec, problems)]
    tests = [_test(one, derived, designs, spec, problems) for one in spec.tests]
    common = {"round": spec.name, "shown": "", "marks": ""}
    frames = (pd.DataFrame(models).assign(**common), pd.DataFrame(tests).assign(**common))
    return Analyses(
        frames[0].reindex(columns=list(MODEL_COLUMNS)), frames[1].reindex(columns=list(TEST_COLUMNS))
    ), tuple(problems)


def _model(
    one: RegressionSpec,
    derived: DerivedRound,
    designs: Mapping[tuple[str, str], Design],
    spec: RoundSpec,
    problems: list[Problem],
) -> list[Row]:
    level = spec.universes[one.universe].level
    terms = [term.variable for term in one.terms]
    lineage = f"{one.outcome} ~ {' + '.join(terms)}; universe {one.universe}; weight {one.weight_level}"
    common: Row = {"module": one.module, "model": one.name, "family": str(one.family), "lineage": lineage}
    if not spec.asked(one.universe, [one.outcome, *terms]):
        return [{**common, **row, "status": "not_asked"} for show in one.show for row in _skeleton(one, show)]
    columns = [column_at(derived.levels, level, name) for name in (one.outcome, *terms)]
    universe = _inside(one.universe, columns, derived, spec, problems, place=one.place)
    made = tuple(_term(term, column) for term, column in zip(one.terms, columns[1:], strict=True))
    design = designs[level, one.weight_level]
    fit = regress(design, Regression(one.name, one.family, numbers(columns[0]), made, universe), df=spec.design.df)
    domain = fit.domain
    common |= {
        "df": fit.df,
        "n_psus": domain.n_psus,
        "n_weighted": domain.n_weighted,
        "share_missing": domain.share_missing,
    }
    cases = _cases(fit, design)
    rows = [row for show in one.show for row in _shown(one, show, fit, design, cases, level=spec.design.confidence)]
    return [{**common, **row} for row in (*rows, *_wald(fit))]


def _inside(
    name: str,
    columns: Sequence[Column],
    derived: DerivedRound,
    spec: RoundSpec,
    problems: list[Problem],
    *,
    place: Place,
) -> NDArray[np.bool_]:
    """Records of a universe to whom every variable applies; notes those to whom one does not."""
    universe = universe_mask(name, derived, spec, problems)
    inside: NDArray[np.bool_] = universe
    for column in columns:
        inside = inside & applies(column)
    without = int(universe.sum() - inside.sum())
    if without:
        at = Place(place.file, place.line, place.column, level=spec.universes[name].level, cases=without)
        what = f"records of universe {name} are left out, since a variable does not apply to them"
        problems.append(Problem("estimate.note", at, what, severity=Severity.INFO))
    return inside


def _term(spec: TermSpec, column: Column) -> Term:
    if column.kind is Kind.NUMBER:
        return Term(spec.variable, numbers(column))
    found, names = places(column)
    place_of = np.array([*(spec.categories.index(name) for name in names), -1], dtype=np.int32)
    codes = place_of[found]  # -1, a missing value, takes the last
    return Term(spec.variable, codes, spec.categories, spec.reference)


def _cases(fit: Fit, design: Design) -> dict[tuple[str, str], int]:
    """Cases of each category of each term, and of all under ("", "")."""
    counted = fit.used & (design.weight > 0)
    found = {("", ""): int(counted.sum())}
    for term in fit.regression.terms:
        found[term.name, ""] = found["", ""]
        for place, category in enumerate(term.categories):
            found[term.name, category] = int((counted & (term.values == place)).sum())
    return found


def _skeleton(one: RegressionSpec, show: str) -> Iterator[Row]:
    """The rows of a statistic in the order they are printed: term by term, category by category."""
    if show == "coefficient":
        yield {"statistic": show, "term": INTERCEPT, "category": "", "reference": ""}
    for term in one.terms:
        for category in term.categories or ("",):
            if category or show != "adjusted":
                yield {"statistic": show, "term": term.variable, "category": category, "reference": term.reference}


def _shown(
    one: RegressionSpec,
    show: str,
    fit: Fit,
    design: Design,
    cases: Mapping[tuple[str, str], int],
    *,
    level: float,
) -> Iterator[Row]:
    numbers_of = _numbers(show, fit, design)
    statuses = {place: str(fit.statuses[k]) for k, place in enumerate(_places(fit))}
    t = float(special.stdtrit(fit.df, (1.0 + level) / 2.0)) if fit.df > 0 else np.nan
    for row in _skeleton(one, show):
        place = (row["term"], row["category"])
        own = ("", "") if row["term"] == INTERCEPT else place
        reference = bool(row["category"]) and row["category"] == row["reference"]
        base = {**row, "n_unweighted": cases[own]}
        failed = fit.status not in ("ok", "separated")
        if reference and show != "adjusted":
            value = 1.0 if show in RATIOS else 0.0
            yield {**base, "value": value if not failed else np.nan, "status": fit.status if failed else REFERENCE}
            continue
        value, se = numbers_of.get(place, (np.nan, np.nan))
        status = fit.status if failed or reference else statuses[place]
        yield {**base, **_one(show, value, se, t=t, df=fit.df), "status": _graver(status, fit.status)}


def _graver(own: str, model: str) -> str:
    """A coefficient without fault in a model that is separated has no SE to be shown."""
    return "separated_model" if own == "ok" and model == "separated" else own


def _places(fit: Fit) -> list[tuple[str, str]]:
    return [(term or INTERCEPT, category) for term, category in zip(fit.matrix.term, fit.matrix.category, strict=True)]


def _numbers(show: str, fit: Fit, design: Design) -> dict[tuple[str, str], tuple[float, float]]:
    """Value and SE by term and category; of ratios those of their logarithm."""
    if show in ("coefficient", *RATIOS):
        ends = zip(fit.value.tolist(), fit.se.tolist(), strict=True)
        return dict(zip(_places(fit), ends, strict=True))
    found: Margins = (average_marginal_effects if show == "ame" else adjusted_means)(design, fit)
    ends = zip(found.value.tolist(), found.se.tolist(), strict=True)
    return dict(zip(zip(found.term, found.category, strict=True), ends, strict=True))


def _one(show: str, value: float, se: float, *, t: float, df: float) -> Row:
    """One number with its interval and test; a ratio's interval is that of its logarithm taken back."""
    low, high = value - t * se, value + t * se
    ratio = value / se if se > 0 else np.nan
    p = float(two_sided_t(np.array(ratio), np.array(df)))
    if show == "adjusted":
        return {"value": value, "se": se, "ci_low": low, "ci_high": high}
    if show in RATIOS:
        low, high = float(np.exp(low)), float(np.exp(high))
        value = float(np.exp(value))
        se = value * se
    return {"value": value, "se": se, "ci_low": low, "ci_high": high, "t": ratio, "p_value": p}


def _wald(fit: Fit) -> Iterator[Row]:
    for test in term_tests(fit):
        without = "collinear" if fit.status == "ok" else fit.status
        yield {
            "statistic": "wald_f",
            "term": test.term,
            "category": "",
            "reference": "",
            "value": test.f,
            "df1": test.df1,
            "p_value": test.p,
            "n_unweighted": fit.domain.n_unweighted,
            "status": without if np.isnan(test.f) else "ok",
        }


def _test(
    one: SignificanceSpec,
    derived: DerivedRound,
    designs: Mapping[tuple[str, str], Design],
    spec: RoundSpec,
    problems: list[Problem],
) -> Row:
    level = spec.universes[one.universe].level
    lineage = f"{one.of} by {one.by}; universe {one.universe}; weight {one.weight_level}"
    row: Row = {"module": one.module, "test": one.name, "kind": one.kind}
    row |= {"of": one.of, "by": one.by, "lineage": lineage}
    if not spec.asked(one.universe, [one.of, one.by]):
        return {**row, "statistic": "", "status": "not_asked"}
    columns = [column_at(derived.levels, level, name) for name in (one.of, one.by)]
    universe = _inside(one.universe, columns, derived, spec, problems, place=one.place)
    name, found = _made(one, columns, universe, designs[level, one.weight_level], spec)
    domain = found.domain
    return {
        **row,
        "statistic": name,
        "value": found.statistic,
        "df1": found.df1,
        "df": found.df2,
        "p_value": found.p,
        "estimate": found.estimate,
        "se": found.se,
        "n_unweighted": domain.n_unweighted,
        "n_psus": domain.n_psus,
        "n_weighted": domain.n_weighted,
        "share_missing": domain.share_missing,
        "status": found.status,
    }


def _made(
    one: SignificanceSpec, columns: Sequence[Column], universe: NDArray[np.bool_], design: Design, spec: RoundSpec
) -> tuple[str, Tested]:
    """The name of the statistic and the test."""
    of, by = columns
    groups, df = _partition(one.by, by), spec.design.df
    if one.kind == "independence":
        how: Any = STATISTICS[one.statistic]
        found = independence(design, _partition(one.of, of), groups, universe=universe, statistic=how, df=df)
        return NAMES[how], found
    if one.kind == "means":
        found = mean_test(design, numbers(of), groups, universe=universe, df=df)
    else:
        scores: Any = one.scores
        found = rank_test(design, numbers(of), groups, universe=universe, test=scores, df=df)
    return "f" if found.df1 > 0 else "t", found


def _partition(name: str, column: Column) -> Disaggregation:
    codes, cells = places(column)
    return Disaggregation(name, codes, cells)
