"""Every language has every word, with the same placeholders."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from surveyproc.messages import LANGUAGES, translate, words
from surveyproc.problems import SurveyprocError
from surveyproc.values import LonelyPsu

OTHERS = [language for language in LANGUAGES if language != "en"]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_key_filled(language: str) -> None:
    assert set(words(language)) == set(words("en"))
    assert [key for key, text in words(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = [key for key, text in words("en").items() if placeholders(text) != placeholders(words(language)[key])]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_follow_the_present_english(language: str) -> None:
    with files("surveyproc.messages").joinpath(f"{language}.po").open("rb") as stream:
        catalogue = read_po(stream)
    assert {m.context: m.id for m in catalogue if m.context} == dict(words("en"))
    assert [m.context for m in catalogue if m.fuzzy and m.context] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language: str) -> None:
    name = "messages.pot" if language == "en" else f"{language}.po"
    text = files("surveyproc.messages").joinpath(name).read_text(encoding="utf-8")
    keys = re.findall(r'^msgctxt "(.*)"$', text, flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(words(language))


@pytest.mark.parametrize(("language", "alphabet"), [("ru", "а-яё"), ("kk", "а-яёәғқңөұүһі")])
def test_translations_are_in_their_own_letters(language: str, alphabet: str) -> None:
    same_everywhere = {"r", "r_minus_2se", "r_plus_2se"}
    latin = [
        key
        for key, text in words(language).items()
        if key not in same_everywhere and not re.search(f"[{alphabet}]", text.lower())
    ]
    assert latin == []
    assert not any(re.search("[әғқңөұүһі]", text.lower()) for text in words("ru").values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lonely_psu_rule_has_a_sentence(language: str) -> None:
    for rule in LonelyPsu:
        assert words(language)[f"lonely_psu_{rule}"].endswith(".")


def test_translate_fills_placeholders_without_reading_them_again() -> None:
    assert translate("table_number", "kk", number="MG.1.1") == "MG.1.1-кесте"
    assert translate("mark_parentheses", "en", mark="( )", low=25, high=49).startswith("( ) Figures based on 25–49")
    assert translate("sampling_errors_of", "en", domain="{mark}") == "Sampling errors: {mark}"


def test_known_terms_of_the_field() -> None:
    assert words("ru")["se"] == "Стандартная ошибка"
    assert words("kk")["se"] == "Стандартты қате"
    assert "ПЕО" in words("ru")["psu"]
    assert words("kk")["psu"].startswith("Бастапқы іріктеу бірлігі")


def test_a_language_without_catalogue_is_refused_with_the_choices() -> None:
    with pytest.raises(SurveyprocError) as caught:
        words("../en")
    (problem,) = caught.value.problems
    assert problem.code == "config.bad-value"
    assert problem.expected == "en, ru, kk"


def test_words_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(TypeError):
        words("en")["total"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_the_front_page_have_different_names(language: str) -> None:
    keys = ("survey", "round", "period", "module", "definitions", "codelist", "not_asked", "weights", "strata", "psu")
    keys = (*keys, "lonely_psu", "se", "ci", "publication_rules")
    assert len({words(language)[key] for key in keys}) == len(keys)
