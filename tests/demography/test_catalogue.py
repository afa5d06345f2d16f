"""The page on tables lists every code of demography, no more."""

from surveyproc.problems import CATALOGUE
from tests.conftest import ROOT
from tests.docs.pages import tables


def test_every_code_is_on_the_page() -> None:
    (rows,) = [rows for _, head, rows in tables(ROOT / "docs/methods/tables-given.md") if head[0] == "code"]
    assert {row[0].strip("`") for row in rows} == {code for code in CATALOGUE if code.startswith("demography.")}
