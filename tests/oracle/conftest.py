"""The reference of R survey, compared with once for all tests."""

from pathlib import Path

import pytest

from tests.oracle.report import Whole, report


@pytest.fixture(scope="session")
def oracle_folder(shared) -> Path:
    found = shared / "reference" / "survey"
    if not (found / "expected.csv").is_file():
        pytest.skip("reference/survey is not in the folder of reference files")
    return found


@pytest.fixture(scope="session")
def whole(oracle_folder) -> Whole:
    return report(oracle_folder)
