"""Every reference number of methods a and b is reproduced, or the report says why not."""

import pytest

from tests.conftest import ROOT
from tests.demography.report import Item, items

FOLDER = ROOT.parent / "shared" / "reference" / "demography"


@pytest.mark.parametrize("item", items(), ids=lambda item: f"{item.method}: {item.name}")
def test_reference(item: Item) -> None:
    if item.files and not FOLDER.is_dir():
        pytest.skip("the folder of reference files (../shared) is not here")
    rows = item.rows(FOLDER)
    assert rows
    assert [f"{row.what}: {row.apart:g} apart" for row in rows if not row.agrees] == []
