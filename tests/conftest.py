"""Shared fixtures; files beside the project are optional and tests that need them skip, saying so."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_dir() -> Path:
    """The folder of reference files beside the project; skips the test where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of reference files (../shared) is not here")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference files beside the project."""
    return shared_dir()
