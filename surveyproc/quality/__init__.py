"""Judges estimates by publication rules: publish, flag, suppress."""

from surveyproc.quality.analyses import judge_models, judge_tests
from surveyproc.quality.judge import judge
from surveyproc.quality.measures import MEASURES
from surveyproc.quality.rules import check_quality, split_marks

__all__ = ["MEASURES", "check_quality", "judge", "judge_models", "judge_tests", "split_marks"]
