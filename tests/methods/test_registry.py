"""Every method that a configuration can name is declared whole: choices, words in three languages, documentation."""

from typing import get_args

import pytest

from surveyproc.config.models import CHOICES, MethodName
from surveyproc.demography.methods import METHODS
from surveyproc.messages import LANGUAGES, words


def test_names_are_one_list() -> None:
    assert list(METHODS) == list(get_args(MethodName))
    assert set(METHODS) == set(CHOICES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_has_its_words(language: str) -> None:
    known = words(language)
    keys = {f"{kind}_{name}" for name in METHODS for kind in ("method", "about")}
    keys |= {f"input_{one.name}" for method in METHODS.values() for one in method.inputs}
    keys |= {f"result_{one.name}" for method in METHODS.values() for one in method.results}
    keys |= {f"unit_{r.unit}" for method in METHODS.values() for r in method.results if r.unit != "percent"}
    keys |= {f"dimension_{a}" for method in METHODS.values() for r in method.results for a in r.axes}
    assert keys - set(known) == set()


@pytest.mark.parametrize("name", METHODS)
def test_inputs_and_results_have_names_of_their_own(name: str) -> None:
    method = METHODS[name]
    assert len({one.name for one in method.inputs}) == len(method.inputs)
    assert len({one.name for one in method.results}) == len(method.results)
    assert any(one.need == "required" for one in method.inputs)
    assert method.source
