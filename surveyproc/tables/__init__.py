"""Turns judged estimates and table plans into tables: data and words, no formatting."""

from surveyproc.tables.analyses import TESTS_NUMBER, Wording, model_tables, tests_table
from surveyproc.tables.build import build_tables
from surveyproc.tables.sampling import sampling_error_tables
from surveyproc.tables.weights import weight_tables
from surveyproc.tables.words import ENGLISH

__all__ = [
    "ENGLISH",
    "TESTS_NUMBER",
    "Wording",
    "build_tables",
    "model_tables",
    "sampling_error_tables",
    "tests_table",
    "weight_tables",
]
