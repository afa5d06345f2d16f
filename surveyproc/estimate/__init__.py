"""Estimates with design-based standard errors from weighted totals by psu."""

from surveyproc.estimate.chisq import Tested, independence
from surveyproc.estimate.contrast import Contrast, Linearised, compare, covariance, linearise, significance
from surveyproc.estimate.every import estimate
from surveyproc.estimate.finish import finish
from surveyproc.estimate.margins import Margins, adjusted_means, average_marginal_effects
from surveyproc.estimate.regression import Fit, TermTest, regress, term_tests
from surveyproc.estimate.result import EstimateSet, concatenate, take
from surveyproc.estimate.tests import mean_test, rank_test
from surveyproc.estimate.totals import State, merge, part
from surveyproc.estimate.trend import Trend, change, linear_trend

__all__ = [
    "Contrast",
    "EstimateSet",
    "Fit",
    "Linearised",
    "Margins",
    "State",
    "TermTest",
    "Tested",
    "Trend",
    "adjusted_means",
    "average_marginal_effects",
    "change",
    "compare",
    "concatenate",
    "covariance",
    "estimate",
    "finish",
    "independence",
    "linear_trend",
    "linearise",
    "mean_test",
    "merge",
    "part",
    "rank_test",
    "regress",
    "significance",
    "take",
    "term_tests",
]
