"""Every key that a file may hold is read by name somewhere: none is taken and then forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from surveyproc.config import models
from surveyproc.config.models import Strict
from surveyproc.weight.response import ROLES
from tests.conftest import ROOT

PACKAGE = ROOT / "surveyproc"
# Names that other things bear too, so that their being read somewhere proves nothing: who tests them.
COMMON = {
    ("Codelist", "source"): "tests/pipeline/test_told.py",
    ("Quality", "source"): "tests/pipeline/test_told.py",
    ("Binding", "reason"): "tests/pipeline/test_told.py",
    ("Module", "definitions"): "tests/pipeline/test_told.py",
    ("Module", "break_in_series"): "tests/pipeline/test_told.py",
    ("Round", "period"): "tests/pipeline/test_told.py",
    ("Series", "since"): "tests/pipeline/test_told.py",
    ("Level", "repeat"): "tests/link/test_link.py",
    ("CodelistEntry", "groups"): "tests/derive/test_derive.py",
    ("Check", "message"): "tests/derive/test_derive.py",
}
FILES = ("Module", "Round", "Plan", "Quality", "Codelist", "CaseFile", "Demographic")
# The format version is obeyed by its type, a file with another is refused; derive is named by a text, and the results
# of interviews are read in a loop over their roles.
OTHERWISE = (
    {("Module", "derive")} | {(file, "surveyproc") for file in FILES} | {("EligibilityStep", role) for role in ROLES}
)


def models_of(base: type[Strict] = Strict) -> Iterator[type[Strict]]:
    for model in base.__subclasses__():
        if model.__module__.startswith(models.__name__):
            yield model
        yield from models_of(model)


def names_read() -> set[str]:
    """Attributes that the package reads."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in nodes if isinstance(node.ctx, ast.Load)}


KEYS = {(model.__name__, key) for model in models_of() for key in model.model_fields}


def test_every_key_is_read_by_name() -> None:
    assert len(KEYS) > 150
    read = names_read()
    assert {(model, key) for model, key in KEYS if key not in read} == OTHERWISE


@pytest.mark.parametrize(("model", "key"), COMMON, ids=lambda part: part)
def test_a_key_with_a_common_name_has_a_test_of_its_own(model: str, key: str) -> None:
    assert (model, key) in KEYS
    assert key in (ROOT / COMMON[model, key]).read_text(encoding="utf-8")
