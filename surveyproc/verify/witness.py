"""samplics, imported when it is asked for, as a witness: estimates and standard errors of a feed's cells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import LonelyPsu
from surveyproc.verify.peer import Feed, Peer, Skill


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of samplics that are used."""

    estimator: Any
    parameters: Any
    single_psu: Any


def load_samplics() -> Peer:
    """Import samplics (some seconds), without its notice that it is archived.

    Raises SurveyprocError (config.not-installed) where it, or a package that it needs, is absent.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from samplics.estimation import TaylorEstimator
            from samplics.utils.types import PopParam, SinglePSUEst
    except ImportError as error:
        raise SurveyprocError(
            [
                Problem(
                    "config.not-installed",
                    Place("verify"),
                    "the second opinion needs the package samplics, which cannot be imported",
                    got=str(error),
                    hint="Install it: pip install 'surveyproc[verify]'. `--against FILE` works without it.",
                )
            ]
        ) from error
    return Peer(
        "samplics",
        version("samplics"),
        partial(_estimate, _Parts(TaylorEstimator, PopParam, SinglePSUEst)),
        lonely=frozenset((LonelyPsu.CERTAINTY, LonelyPsu.REMOVE)),
        skills=frozenset((Skill.NEGATIVE_WEIGHTS,)),
    )


def _estimate(samplics: _Parts, feed: Feed) -> dict[int, tuple[float, float]]:
    """Value and standard error by cell: ratios of totals, or totals where the feed has no denominator.

    Lonely psus add nothing (samplics' `skip`). Raises ArithmeticError, AssertionError or ValueError as samplics does.
    """
    kind = samplics.parameters.total if feed.x is None else samplics.parameters.ratio
    estimator = samplics.estimator(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.estimate(
            y=feed.y,
            x=feed.x,
            samp_weight=feed.weight,
            stratum=feed.stratum,
            psu=feed.psu,
            domain=feed.domain,
            fpc=_remaining(feed),
            single_psu=samplics.single_psu.skip,
        )
    return {cell: (float(estimator.point_est[cell]), float(estimator.stderror[cell])) for cell in feed.cells}


def _remaining(feed: Feed) -> float | dict[int, float]:
    """1 − f by stratum in ascending order, or 1 where psus were drawn with replacement."""
    if feed.population is None:
        return 1.0
    stratum = feed.stratum[np.unique(feed.psu, return_index=True)[1]]
    strata, drawn = np.unique(stratum, return_counts=True)
    return {int(h): 1.0 - float(n) / float(feed.population[h]) for h, n in zip(strata, drawn, strict=True)}
