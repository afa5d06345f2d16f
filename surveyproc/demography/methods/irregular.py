"""Declarations of section f: hidden populations, every estimator that the data allow beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveyproc.config.models import methods as choices
from surveyproc.demography.hidden import Hidden, multiplier, residual
from surveyproc.demography.lists import MOST_LISTS
from surveyproc.demography.methods.declare import Axes, Counted, Given, Input, Made, Method, Result
from surveyproc.demography.numbers import Floats
from surveyproc.demography.reference_population import ESTIMATORS
from surveyproc.demography.side_by_side import Line, from_lists, from_reference, from_repeats, from_two_lists

ESTIMATOR = ("estimator",)
TWO = ("lincoln_petersen", "chapman")
REPEATS = ("chao", "chao_bias_corrected", "zelterman", "truncated_poisson", "truncated_geometric")
POPULATION = Result("hidden_population", "persons", ESTIMATOR, 0)


def _beside(parts: Sequence[Hidden]) -> Counted:
    """Populations of several estimators as one result, with their log-normal intervals."""

    def line(name: str) -> Floats:
        return np.array([float(getattr(one, name)) for one in parts])

    state = np.array([int(one.state) for one in parts], dtype=np.int64)
    return Counted(line("value"), line("variance"), line("lower"), line("upper"), state)


def _named(lines: Sequence[Line], names: Sequence[str]) -> Made:
    found = {line.name: line.population for line in lines}
    return {POPULATION.name: _beside([found[name] for name in names])}


def _two(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    return _named(from_two_lists(given["first_list"], given["second_list"], both=given["both_lists"]), TWO)


def _two_fault(given: Given, axes: Axes, chosen: choices.NoChoices) -> str:
    most = np.minimum(given["first_list"], given["second_list"])
    return "more people are on both lists than on one of them" if (given["both_lists"] > most).any() else ""


def _histories(labels: Sequence[str]) -> Floats:
    return np.array([[float(mark) for mark in label] for label in labels])


def _list_fault(given: Given, axes: Axes, chosen: choices.NoChoices) -> str:
    labels = axes.of("lists")
    lists = len(labels[0])
    if any(set(label) - {"0", "1"} or len(label) != lists for label in labels):
        return f"lists are marks 0 and 1, one a list, such as 101; got {', '.join(labels[:8])}"
    if not 2 < lists <= MOST_LISTS:
        return f"there are {lists} lists, and this is for 3 to {MOST_LISTS}; method two_lists is for two"
    every = {f"{number:0{lists}b}" for number in range(1, 2**lists)}
    if every != set(labels):
        wrong = sorted(every ^ set(labels))
        return f"each pattern but that of nobody's list has a row, with 0 for nobody: see {', '.join(wrong[:8])}"
    return "a number of people is missing" if np.isnan(given["persons"]).any() else ""


def _models(axes: Axes) -> Mapping[str, tuple[str, ...]]:
    """Names of the models of so many lists; none where the labels are no patterns, which `_list_fault` tells."""
    empty = np.zeros(())
    labels = axes.categories.get("lists", ())
    if not labels or _list_fault({"persons": empty}, axes, choices.NoChoices()):
        return {"estimator": ()}
    even = np.full(len(labels), 10.0)
    return {"estimator": tuple(sorted(line.name for line in from_lists(_histories(labels), even)))}


def _several(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    lines = from_lists(_histories(axes.of("lists")), given["persons"])
    return _named(lines, axes.of("estimator"))


def _times_fault(given: Given, axes: Axes, chosen: choices.NoChoices) -> str:
    labels = axes.of("times")
    if not all(label.isdecimal() and int(label) > 0 for label in labels):
        return f"times are whole numbers from 1; got {', '.join(labels[:8])}"
    if len({int(label) for label in labels}) < len(labels):
        return "a number of times stands twice"
    return "a number of people is missing" if np.isnan(given["persons"]).any() else ""


def _repeats(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    times = np.array([float(label) for label in axes.of("times")])
    return _named(from_repeats(times, frequency=given["persons"]), REPEATS)


def _reference_fault(given: Given, axes: Axes, chosen: choices.ReferenceChoices) -> str:
    if any(np.isnan(values).any() for values in given.values()):
        return "a number of people is missing"
    if (given["registered"] < 1).any():
        return "a registered population is below 1"
    # α, β, the negative binomial's θ, and γ; with no more records than parameters nothing is left for an error.
    parameters, records = 3 + (chosen.gamma == "estimated"), given["seen"].shape[-1]
    if records <= parameters:
        return f"{records} origins are too few for {parameters} parameters"
    return ""


def _reference(given: Given, axes: Axes, chosen: choices.ReferenceChoices) -> Made:
    found = from_reference(given["seen"], given["known"], given["registered"], gamma=chosen.gamma)
    parts = [population for _, population in found]
    plain, corrected, variance, low, high, state = (
        np.array([getattr(one, name)[0] for one in parts])
        for name in ("value", "corrected", "variance", "lower", "upper", "state")
    )
    less = corrected / plain
    return {
        POPULATION.name: Counted(plain, variance, low / less, high / less, state),
        "corrected_population": Counted(corrected, variance * less**2, low, high, state),
    }


def _residual(given: Given, axes: Axes, chosen: choices.IrregularResidualChoices) -> Made:
    one = np.ones(())
    made = residual(
        given["counted"],
        given["legal"],
        coverage_legal=given.get("coverage_legal", one),
        coverage_hidden=given.get("coverage_irregular", one),
        negative=chosen.negative,
    )
    return {"irregular": made.value}


def _multiplier(given: Given, axes: Axes, chosen: choices.NoChoices) -> Made:
    return {"users_population": multiplier(given["users"], given["user_share"], variance_share=np.zeros(())).value}


IRREGULAR = (
    Method(
        "irregular_residual",
        "f",
        (
            Input("counted"),
            Input("legal"),
            Input("coverage_legal", "ratio", need="optional"),
            Input("coverage_irregular", "ratio", need="optional"),
        ),
        (Result("irregular", "persons", decimals=0),),
        _residual,
        "Warren and Passel 1987; Van Hook et al. 2021",
    ),
    Method(
        "two_lists",
        "f",
        (Input("first_list"), Input("second_list"), Input("both_lists")),
        (POPULATION,),
        _two,
        "Chapman 1951; Seber 1970; Chao 1987",
        fault=_two_fault,
        own_axes=lambda axes: {"estimator": TWO},
        error="counting",
    ),
    Method(
        "several_lists",
        "f",
        (Input("persons", axes=("lists",)),),
        (POPULATION,),
        _several,
        "Fienberg 1972; Otis et al. 1978; Rivest and Baillargeon 2007",
        fault=_list_fault,
        own_axes=_models,
        error="counting",
    ),
    Method(
        "repeated_contacts",
        "f",
        (Input("persons", axes=("times",)),),
        (POPULATION,),
        _repeats,
        "Chao 1987; Zelterman 1988; van der Heijden et al. 2003; Böhning 2008",
        fault=_times_fault,
        own_axes=lambda axes: {"estimator": REPEATS},
        error="counting",
    ),
    Method(
        "reference_population",
        "f",
        tuple(Input(name, axes=("origin",)) for name in ("seen", "known", "registered")),
        (POPULATION, Result("corrected_population", "persons", ESTIMATOR, 0)),
        _reference,
        "Zhang 2008; Beręsewicz and Pawlukiewicz 2020",
        fault=_reference_fault,
        own_axes=lambda axes: {"estimator": tuple(ESTIMATORS)},
        error="counting",
    ),
    Method(
        "multiplier",
        "f",
        (Input("users"), Input("user_share", "ratio")),
        (Result("users_population", "persons", decimals=0),),
        _multiplier,
        "UNAIDS and WHO 2010, Guidelines on Estimating the Size of Populations Most at Risk to HIV",
    ),
)
