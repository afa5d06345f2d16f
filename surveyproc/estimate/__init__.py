"""Estimates with design-based standard errors from weighted totals by psu."""

from surveyproc.estimate.contrast import Contrast, Linearised, compare, covariance, linearise
from surveyproc.estimate.every import estimate
from surveyproc.estimate.finish import finish
from surveyproc.estimate.result import EstimateSet, concatenate, take
from surveyproc.estimate.totals import State, merge, part

__all__ = [
    "Contrast",
    "EstimateSet",
    "Linearised",
    "State",
    "compare",
    "concatenate",
    "covariance",
    "estimate",
    "finish",
    "linearise",
    "merge",
    "part",
    "take",
]
