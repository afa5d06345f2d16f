"""Weights: calibrated to known totals, trimmed, and what variances must know of it."""

from surveyproc.weight.apply import apply, recalibrated, step_factors
from surveyproc.weight.calibrate import calibrate
from surveyproc.weight.result import Calibrated, Constraint, Failure

__all__ = ["Calibrated", "Constraint", "Failure", "apply", "calibrate", "recalibrated", "step_factors"]
