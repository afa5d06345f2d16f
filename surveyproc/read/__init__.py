"""The reading stage: survey files become frozen values, or problems."""

from surveyproc.read.codebook import codebook
from surveyproc.read.files import read_file, read_info
from surveyproc.read.limits import Limits
from surveyproc.read.long import parse_long, read_long
from surveyproc.read.roles import likely_roles
from surveyproc.read.wide import as_long, lengthen

__all__ = [
    "Limits",
    "as_long",
    "codebook",
    "lengthen",
    "likely_roles",
    "parse_long",
    "read_file",
    "read_info",
    "read_long",
]
