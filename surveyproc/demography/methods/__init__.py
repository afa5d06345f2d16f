"""The methods that a configuration can name: one declaration each, by section of the handbook."""

from surveyproc.demography.methods.declare import Axes, Input, Kind, Method, Result
from surveyproc.demography.methods.registry import METHODS

__all__ = ["METHODS", "Axes", "Input", "Kind", "Method", "Result"]
