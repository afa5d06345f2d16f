"""Estimates with design-based standard errors from weighted totals by psu."""

from surveyproc.estimate.finish import finish
from surveyproc.estimate.result import EstimateSet
from surveyproc.estimate.run import estimate
from surveyproc.estimate.totals import State, merge, part

__all__ = ["EstimateSet", "State", "estimate", "finish", "merge", "part"]
