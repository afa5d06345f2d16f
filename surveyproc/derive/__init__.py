"""Derive: from columns as read to concepts and derived variables."""

from surveyproc.derive.derive import data_scope, derive_round, run_checks, trace_step

__all__ = ["data_scope", "derive_round", "run_checks", "trace_step"]
