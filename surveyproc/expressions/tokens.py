"""Cuts an expression's text into tokens."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass

from surveyproc.expressions.faults import fault, quoted
from surveyproc.problems import Place, SurveyprocError

KEYWORDS = frozenset(
    {"not", "and", "or", "implies", "in", "between", "if", "else", "is", "true", "false", "missing", "known"}
)

# Every alternative starts with another character and none nests a repetition, so matching is linear.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<parameter>\$[^\W\d]\w*)
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<mark>==|!=|<=|>=|<(?!>)|>|\*(?!\*)|[-+/()\[\],])""",
    re.VERBOSE,
)

_HINTS = {
    "=": "Write == to compare.",
    "&": "Write and.",
    "|": "Write or.",
    "!": "Write not, or != to compare.",
    "<": "Write != for unequal.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "−": "Write the minus sign of the keyboard, -.",
    "–": "Write the minus sign of the keyboard, -.",
    "×": "Write * to multiply.",
    "÷": "Write / to divide.",
    "*": "There are no powers; write x * x.",
    ".": "There are no attributes or methods; a decimal fraction starts with 0, as in 0.5.",
    "$": "A parameter is $ and a name, as in $window_months.",
    "%": "There are no percent signs; write 0.05 for 5 per cent.",
    "{": "There is nothing in braces; a list is written in [ ].",
}
_ODD_QUOTES = "‘’‚‛“”„‟«»‹›`´"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: kind is number, name, word (a keyword), parameter, text, mark or end; text without quotes or $."""

    kind: str
    text: str
    at: int
    value: float = 0.0


def cut(text: str, place: Place) -> tuple[Token, ...]:
    """All tokens of an expression and an end token; raises SurveyprocError (expression.syntax) at the first fault."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text, place, at)
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append(_token(text, place, kind, found.group(), at))
        at = found.end()
    tokens.append(Token("end", "", len(text)))
    return tuple(tokens)


def _token(text: str, place: Place, kind: str, word: str, at: int) -> Token:
    if kind == "number":
        return _number(text, place, word, at)
    if kind == "text":
        return _text(text, place, word, at)
    if kind == "parameter":
        return Token(kind, word[1:], at)
    if kind == "name" and word in KEYWORDS:
        return Token("word", word, at)
    return Token(kind, word, at)


def _number(text: str, place: Place, word: str, at: int) -> Token:
    end = at + len(word)
    what = hint = ""
    if end < len(text) and (text[end] == "." or text[end].isalnum() or text[end] == "_"):
        what = "a number is digits, with a point for decimals"
        hint = "Write 1000000 for a million, without _ or e; a name starts with a letter."
        word = "".join(itertools.takewhile(lambda c: c.isalnum() or c in "._", text[at:]))
    elif len(word) > 1 and word[0] == "0" and word[1] != ".":
        what = "a number does not start with 0"
        hint = "If it is a code, write its name in quotes; decimals are written with a point, as in 0.05."
    elif math.isinf(float(word)):
        what = "the number is too large"
    if what:
        raise SurveyprocError(
            [fault(text, place, code="expression.syntax", at=at, what=what, got=quoted(word), hint=hint)]
        )
    return Token("number", word, at, float(word))


def _text(text: str, place: Place, word: str, at: int) -> Token:
    for offset, character in enumerate(word):
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            raise SurveyprocError(
                [
                    fault(
                        text,
                        place,
                        code="expression.syntax",
                        at=at + offset,
                        what="an invisible character inside a text",
                        got=f"U+{ord(character):04X}",
                        hint="Delete it, or type the text anew.",
                    )
                ]
            )
    return Token("text", word[1:-1], at)


def _unreadable(text: str, place: Place, at: int) -> SurveyprocError:
    character = text[at]
    what, got = "a character that has no meaning here", quoted(character)
    hint = _HINTS.get(character, "")
    if character in "'\"":
        what, got = "a text that is not closed", quoted(text[at : at + 20])
        hint = f"Close it with {character}."
    elif character in _ODD_QUOTES:
        hint = "Write straight quotes, ' or \"."
    elif not character.isprintable() or unicodedata.combining(character):
        got, hint = f"U+{ord(character):04X}", "Delete it, or type the word anew."
    return SurveyprocError([fault(text, place, code="expression.syntax", at=at, what=what, got=got, hint=hint)])
