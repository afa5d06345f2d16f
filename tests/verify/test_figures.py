"""Printed figures against estimates: rounding, scale, what is suppressed and what is not in the run."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.values import ESTIMATE_COLUMNS
from surveyproc.verify import FigureCheck, FigureVerdict, Printed, compare_figures


def _frame(**numbers: object) -> pd.DataFrame:
    base = {"indicator": "share", "category": "", "domain": "area", "cell": "urban", "status": "ok", "shown": "publish"}
    return pd.DataFrame([{**base, **numbers}]).reindex(columns=list(ESTIMATE_COLUMNS))


def _printed(text: str, *, figure: str = "value", scale: int = 1, cell: str = "urban", domain: str = "area") -> Printed:
    number = Decimal(text)
    places = number.as_tuple().exponent
    assert isinstance(places, int)
    return Printed(2, "share", "", domain, cell, figure, text, number, Decimal(1).scaleb(places), scale)


def _check(printed: Printed, **numbers: object) -> FigureCheck:
    return compare_figures([printed], _frame(**numbers))[0]


@pytest.mark.parametrize(
    ("ours", "text", "verdict"),
    [
        (0.4944, "0.494", "matches"),
        (0.4945, "0.494", "matches"),  # a tie, rounded down
        (0.4945, "0.495", "matches"),  # the same tie, rounded up
        (0.49451, "0.494", "differs"),
        (0.4944, "0.4940", "differs"),
        (0.0, "0.00", "matches"),
        (-0.5, "0.5", "differs"),
        (1234.4, "1234", "matches"),
        (1234.6, "1234", "differs"),
    ],
)
def test_figures_match_at_the_printed_decimals(ours: float, text: str, verdict: str) -> None:
    assert _check(_printed(text), value=ours).verdict == verdict


def test_percent_is_a_hundred_times_ours() -> None:
    check = _check(_printed("49.4", scale=100), value=0.4941)
    assert (check.verdict, check.ours) == (FigureVerdict.MATCHES, pytest.approx(49.41))
    assert _check(_printed("49.4", scale=1), value=0.4941).verdict is FigureVerdict.DIFFERS


@given(st.floats(-1e5, 1e5), st.integers(0, 6))
def test_a_rounded_figure_matches_and_the_next_does_not(value: float, places: int) -> None:
    text = f"{value:.{places}f}"
    assert _check(_printed(text), value=value).verdict is FigureVerdict.MATCHES
    unit = Decimal(1).scaleb(-places)
    beyond = Decimal(text) + (2 * unit if value >= 0 else -2 * unit)
    assert _check(_printed(f"{beyond:.{places}f}"), value=value).verdict is FigureVerdict.DIFFERS


def test_what_the_run_suppresses_is_not_compared() -> None:
    check = _check(_printed("0.494"), value=np.nan, shown="suppress", status="suppressed")
    assert check.verdict is FigureVerdict.SUPPRESSED
    assert np.isnan(check.ours)


def test_a_figure_where_the_run_has_none_differs() -> None:
    check = _check(_printed("1.2", figure="deft"), deft=np.nan, status="boundary")
    assert (check.verdict, check.hint) == (FigureVerdict.DIFFERS, "the run has none: boundary")


@pytest.mark.parametrize(
    ("domain", "cell", "hint"),
    [
        ("area", "urbn", "no cell 'urbn'. Did you mean `urban`?"),
        ("aera", "urban", "no domain 'aera'. Did you mean `area`?"),
        ("area", "", "no cell is named. There are: urban."),
    ],
)
def test_a_figure_that_is_not_in_the_run_says_what_is(domain: str, cell: str, hint: str) -> None:
    check = _check(_printed("1", domain=domain, cell=cell), value=1.0)
    assert (check.verdict, check.hint) == (FigureVerdict.NOT_IN_RUN, hint)
