"""Turns judged estimates and table plans into tables: data and words, no formatting."""

from surveyproc.tables.build import build_tables
from surveyproc.tables.sampling import sampling_error_tables
from surveyproc.tables.weights import weight_tables
from surveyproc.tables.words import ENGLISH

__all__ = ["ENGLISH", "build_tables", "sampling_error_tables", "weight_tables"]
