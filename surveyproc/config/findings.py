"""One error of a model, told in plain words: what, got, expected, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from surveyproc.config.names import did_you_mean
from surveyproc.config.shapes import choices, described, is_model, keys_of, members
from surveyproc.config.source import KeyPath, Source
from surveyproc.problems import CATALOGUE, Place, Problem

_MOST_KEYS_SHOWN = 14
_LIMITS = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a number that is not infinite",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}
_NOT_ALLOWED = "has a value that is not allowed"
_OWN_WORDS = ("value_error", "assertion_error")


@dataclass(frozen=True, slots=True)
class Finding:
    """An error at a path; `key` is the key meant when the error is about a key, `annotation` what was expected."""

    details: ErrorDetails | None
    path: KeyPath
    annotation: Any
    data: Any
    key: int | str | None = None
    kind: str = ""

    @property
    def type(self) -> str:
        """The kind of error: our own, else pydantic's word."""
        return self.kind or (self.details["type"] if self.details else "wrong-type")

    @property
    def context(self) -> Mapping[str, Any]:
        """What pydantic adds to the error."""
        return self.details.get("ctx", {}) if self.details else {}


def problem_of(finding: Finding, source: Source) -> Problem:
    """The problem that a finding is, with its place in the file."""
    if finding.key is not None:
        return _key_problem(finding, source)
    kind = finding.type
    place = source.place(finding.path)
    if kind in CATALOGUE or kind in _OWN_WORDS or (finding.details is None and kind != "wrong-type"):
        return _own_words(finding, place)
    if kind == "union_tag_not_found":
        name = str(finding.context.get("discriminator", "")).strip("'")
        return _missing(name, finding, source)
    if kind == "union_tag_invalid":
        return _bad_tag(finding, source)
    if kind in ("literal_error", "enum"):
        return _bad_choice(finding, place, source)
    if kind in _LIMITS:
        return _beyond_limit(finding, place, source)
    if kind == "wrong-type" or kind.endswith(("_type", "_parsing", "_from_float", "_attributes_type", "_required")):
        return _wrong_type(finding, place, source)
    message = finding.details["msg"] if finding.details else ""
    return Problem(
        "config.bad-value", place, _subject(finding, _NOT_ALLOWED), got=shown(finding, source), expected=message
    )


def _subject(finding: Finding, fault: str) -> str:
    named = next((part for part in reversed(finding.path) if isinstance(part, str)), "")
    item = f"item {finding.path[-1] + 1} of " if finding.path and isinstance(finding.path[-1], int) else ""
    return f"{item}`{named}` {fault}" if named else f"the file {fault}"


def shown(finding: Finding, source: Source) -> str:
    """What stands in the file, shortly."""
    value, raw = finding.data, source.raw(finding.path)
    if value is None:
        return "nothing" if raw in ("", "~") else raw
    if isinstance(value, bool | int | float):
        return raw or str(value)
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 60 else value[:57] + '...'}'"
    if isinstance(value, list):
        return "an empty list" if not value else f"a list of {len(value)}"
    keys = ", ".join(str(key) for key in list(value)[:4])
    return f"a block with the keys {keys}{', …' if len(value) > 4 else ''}" if value else "an empty block"


def _wrong_type(finding: Finding, place: Place, source: Source) -> Problem:
    if finding.path == () and finding.data is None:
        return Problem("config.wrong-type", place, "the file is empty", hint="Copy an example file and change it.")
    expected = described(finding.annotation)
    hint = ""
    raw = source.raw(finding.path)
    wants_text = _takes_text(finding.annotation)
    if wants_text and isinstance(finding.data, bool | int | float):
        hint = f'Write it in quotes: "{raw}".'
    elif isinstance(finding.data, str) and source.quoted(finding.path) and not wants_text and _is_number(raw):
        hint = f"Write it without quotes: {raw}."
    elif described(finding.annotation) == "true or false" and isinstance(finding.data, str):
        hint = {"yes": "Write true.", "on": "Write true.", "no": "Write false.", "off": "Write false."}.get(
            raw.lower(), ""
        )
    elif expected.startswith("a list") and not isinstance(finding.data, list | dict | None):
        hint = f"Write [{raw}] for a list of one."
    elif finding.data is None:
        hint = "Write a value after the colon, or remove the key."
    elif isinstance(finding.data, str) and ":" in finding.data and expected.startswith("a block"):
        hint = "If these are a key and its value, a space must follow the colon."
    return Problem(
        "config.wrong-type",
        place,
        _subject(finding, "is of the wrong kind"),
        got=shown(finding, source),
        expected=expected,
        hint=hint,
    )


def _takes_text(annotation: Any) -> bool:
    return "text" in described(annotation).split(" or ")[0].split(", ") or any(
        _takes_text(m) for m in members(annotation)
    )


def _is_number(raw: str) -> bool:
    return raw.lstrip("-").replace(".", "", 1).isdecimal()


def _bad_choice(finding: Finding, place: Place, source: Source) -> Problem:
    allowed = choices(finding.annotation)
    hint = did_you_mean(str(finding.data), [str(one) for one in allowed]) if isinstance(finding.data, str) else ""
    if finding.path == ("surveyproc",):
        hint = (
            "A newer format needs a newer surveyproc." if isinstance(finding.data, int) else "Write it without quotes."
        )
        what = "the format of this file is not one that this program reads"
        expected = described(finding.annotation)
        return Problem("config.version", place, what, got=shown(finding, source), expected=expected, hint=hint)
    if not hint and isinstance(finding.data, bool | int | float) and source.raw(finding.path) in map(str, allowed):
        hint = f'Write it in quotes: "{source.raw(finding.path)}".'
    expected = described(finding.annotation)
    return Problem(
        "config.bad-value",
        place,
        _subject(finding, _NOT_ALLOWED),
        got=shown(finding, source),
        expected=expected,
        hint=hint,
    )


def _bad_tag(finding: Finding, source: Source) -> Problem:
    name = str(finding.context.get("discriminator", "")).strip("'")
    allowed = [one.strip().strip("'") for one in str(finding.context.get("expected_tags", "")).split(",")]
    path = (*finding.path, name)
    given = finding.data.get(name) if isinstance(finding.data, dict) else None
    inner = Finding(finding.details, path, finding.annotation, given)
    hint = did_you_mean(str(given), allowed)
    expected = f"one of {', '.join(allowed)}"
    what = _subject(inner, _NOT_ALLOWED)
    return Problem("config.bad-value", source.place(path), what, got=shown(inner, source), expected=expected, hint=hint)


def _beyond_limit(finding: Finding, place: Place, source: Source) -> Problem:
    expected = _LIMITS[finding.type].format(**finding.context)
    if expected == "text of at least 1 characters":
        expected = "text that is not empty"
    return Problem(
        "config.bad-value", place, _subject(finding, _NOT_ALLOWED), got=shown(finding, source), expected=expected
    )


def _own_words(finding: Finding, place: Place) -> Problem:
    """Errors that our own validators raise: their message is the sentence; the type may be a code of the catalogue."""
    message = finding.details["msg"] if finding.details else ""
    if finding.type in _OWN_WORDS:
        message = str(finding.context.get("error", message))
    code = finding.type if finding.type in CATALOGUE else "config.bad-value"
    got, expected, hint = (str(finding.context.get(name, "")) for name in ("got", "expected", "hint"))
    return Problem(code, place, message, got=got, expected=expected, hint=hint)


def _key_problem(finding: Finding, source: Source) -> Problem:
    if finding.type == "missing":
        return _missing(str(finding.key), finding, source)
    key = finding.key if finding.key is not None else ""
    place = source.place((*finding.path, key), of="key")
    model = finding.annotation
    known = keys_of(model) if is_model(model) else [str(one) for one in choices(model)]
    hint = did_you_mean(str(key), known)
    if isinstance(finding.data, dict) and finding.data.get(key, "") is None and source.raw((*finding.path, key)) == "":
        # {en: One, two}: the comma ends the text, and `two` becomes a key without a value.
        hint = (
            hint or "If it belongs to the text before it, put that text in quotes: a comma in braces begins a new key."
        )
    among = f"one of {', '.join(known)}" if len(known) <= _MOST_KEYS_SHOWN else ""
    if finding.type in ("extra_forbidden", "invalid_key") or (known and isinstance(key, str)):
        inside = next((f" in `{part}`" for part in reversed(finding.path) if isinstance(part, str)), "")
        return Problem("config.unknown-key", place, f"the key `{key}` is not known{inside}", expected=among, hint=hint)
    quote = f'Write "{key}" in quotes.' if isinstance(key, int) else ""
    expected = described(model)
    return Problem(
        "config.wrong-type", place, f"`{key}` cannot be a key here", got=str(key), expected=expected, hint=quote
    )


def _missing(name: str, finding: Finding, source: Source) -> Problem:
    """Placed at the key of the block that lacks it, or at the item of a list, or at the top of the file."""
    in_mapping = bool(finding.path) and isinstance(finding.path[-1], str)
    place = source.place(finding.path, of="key" if in_mapping else "value")
    inside = next((f" in `{part}`" for part in reversed(finding.path) if isinstance(part, str)), "")
    hint = did_you_mean(name, [str(key) for key in finding.data] if isinstance(finding.data, dict) else [])
    hint = hint.replace("Did you mean", "Is it").replace("?", ", misspelt?", 1) if hint else ""
    return Problem("config.missing-key", place, f"the key `{name}` is missing{inside}", hint=hint)
