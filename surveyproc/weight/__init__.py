"""Weights: steps from the sampling design to the final weights, calibration, trimming, and what variances must know."""

from surveyproc.weight.apply import apply, recalibrate_replicates, recalibrated, step_factors
from surveyproc.weight.beside import Beside, beside
from surveyproc.weight.calibrate import calibrate
from surveyproc.weight.potter import CutoffSearch, search_cutoff
from surveyproc.weight.rake import rake
from surveyproc.weight.result import Calibrated, Constraint, Failure
from surveyproc.weight.round import weigh_round, weight_columns
from surveyproc.weight.sample import Sample
from surveyproc.weight.trim import Trimmed, median_limits, quantile_limits, spread_limits, trim
from surveyproc.weight.units import by_part, household_means

__all__ = [
    "Beside",
    "Calibrated",
    "Constraint",
    "CutoffSearch",
    "Failure",
    "Sample",
    "Trimmed",
    "apply",
    "beside",
    "by_part",
    "calibrate",
    "household_means",
    "median_limits",
    "quantile_limits",
    "rake",
    "recalibrate_replicates",
    "recalibrated",
    "search_cutoff",
    "spread_limits",
    "step_factors",
    "trim",
    "weigh_round",
    "weight_columns",
]
