"""The words around the numbers, in English, Russian and Kazakh."""

from surveyproc.messages.catalogue import LANGUAGES, translate, words

__all__ = ["LANGUAGES", "translate", "words"]
