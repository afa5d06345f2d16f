"""docs/verify.md says what the command does: its CSV can be read, and every figure and reason stands there."""

import re
from pathlib import Path

from surveyproc.verify import read_published
from surveyproc.verify.feed import NEGATIVE, NO_CASES, ZERO
from surveyproc.verify.opinion import MOST
from surveyproc.verify.published import FIGURES, OPTIONAL, REQUIRED
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "verify.md"


def test_the_csv_of_the_page_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```csv\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "figures.csv"
    path.write_text(text, encoding="utf-8")
    printed, blank = read_published(path, indicators=("MG1_born_abroad", "MG9_reason"))
    assert [p.text for p in printed] == ["7.0", "0.24", "39554", "(6.9)", "0.55", "0.016"]
    assert blank == 3


def test_the_page_names_every_column_reason_and_default() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    absent = [name for name in (*REQUIRED, *OPTIONAL, *FIGURES) if f"`{name}`" not in page]
    assert absent == []
    assert NO_CASES in page
    assert ZERO in page
    assert f"{NEGATIVE} are not given to svy" in page
    assert f"({MOST} if not said)" in page
