"""Reads the gettext catalogues beside it: a key (msgctxt), its English (msgid) and a translation (msgstr)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from surveyproc.problems import Place, Problem, SurveyprocError

SOURCE_LANGUAGE = "en"
LANGUAGES = (SOURCE_LANGUAGE, "ru", "kk")


@cache
def words(language: str) -> Mapping[str, str]:
    """All words and sentences of a language, by key; `{placeholders}` stand as they are in the catalogue.

    The template messages.pot is the English edition. Raises SurveyprocError (config.bad-value) for a language that has
    no catalogue.
    """
    if language not in LANGUAGES:
        raise SurveyprocError([_unknown_language(language)])
    from babel.messages.pofile import read_po

    name = "messages.pot" if language == SOURCE_LANGUAGE else f"{language}.po"
    with files(__package__).joinpath(name).open("rb") as stream:
        catalogue = read_po(stream, ignore_obsolete=True, abort_invalid=True)
    texts = {
        message.context: message.id if language == SOURCE_LANGUAGE else message.string
        for message in catalogue
        if message.context and isinstance(message.id, str) and isinstance(message.string, str)
    }
    return MappingProxyType(texts)


def translate(key: str, language: str, **values: object) -> str:
    """The text of a key with its placeholders filled; KeyError for a key or a placeholder that is not there."""
    return words(language)[key].format_map(values)


def _unknown_language(language: str) -> Problem:
    return Problem(
        "config.bad-value",
        Place(),
        "there are no words in this language",
        got=repr(language),
        expected=", ".join(LANGUAGES),
        hint="Choose one of the languages offered.",
    )
