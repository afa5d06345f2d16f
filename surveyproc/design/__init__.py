"""The sampling design, compiled from columns and checked."""

from surveyproc.design.compile import compile_design, weights_look_normalised
from surveyproc.design.replicates import make_replicates
from surveyproc.design.stages import StageKeys
from surveyproc.design.supplied import supplied_replicates, usual_scale

__all__ = [
    "StageKeys",
    "compile_design",
    "make_replicates",
    "supplied_replicates",
    "usual_scale",
    "weights_look_normalised",
]
