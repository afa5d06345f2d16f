"""samplics, imported when it is asked for, as a witness: estimates and standard errors of a feed's cells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.verify.feed import Feed


@dataclass(frozen=True, slots=True)
class Witness:
    """The parts of samplics that are used."""

    version: str
    estimator: Any
    parameters: Any
    single_psu: Any


def load_samplics() -> Witness:
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
    return Witness(version("samplics"), TaylorEstimator, PopParam, SinglePSUEst)


def estimate_cells(witness: Witness, feed: Feed) -> dict[int, tuple[float, float]]:
    """Value and standard error by cell: ratios of totals, or totals where the feed has no denominator.

    Lonely psus add nothing (samplics' `skip`). Raises ArithmeticError, AssertionError or ValueError as samplics does.
    """
    kind = witness.parameters.total if feed.x is None else witness.parameters.ratio
    estimator = witness.estimator(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.estimate(
            y=feed.y,
            x=feed.x,
            samp_weight=feed.weight,
            stratum=feed.stratum,
            psu=feed.psu,
            domain=feed.domain,
            fpc=1.0 if feed.remaining is None else dict(feed.remaining),
            single_psu=witness.single_psu.skip,
        )
    return {cell: (float(estimator.point_est[cell]), float(estimator.stderror[cell])) for cell in feed.cells}
