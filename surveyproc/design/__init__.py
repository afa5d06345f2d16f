"""The sampling design, compiled from columns and checked."""

from surveyproc.design.compile import compile_design, weights_look_normalised

__all__ = ["compile_design", "weights_look_normalised"]
