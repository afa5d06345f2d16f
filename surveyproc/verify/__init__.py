"""A run checked against others: another package on the same data, and figures printed elsewhere."""

from surveyproc.verify.figures import FigureCheck, FigureVerdict, compare_figures
from surveyproc.verify.opinion import Agreement, Pair, Verdict, second_opinion
from surveyproc.verify.peer import Peer
from surveyproc.verify.published import Printed, read_published
from surveyproc.verify.svy import load_svy
from surveyproc.verify.witness import load_samplics

__all__ = [
    "Agreement",
    "FigureCheck",
    "FigureVerdict",
    "Pair",
    "Peer",
    "Printed",
    "Verdict",
    "compare_figures",
    "load_samplics",
    "load_svy",
    "read_published",
    "second_opinion",
]
