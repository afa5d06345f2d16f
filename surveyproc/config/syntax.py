"""What is wrong with text that is not YAML, in words of the person who wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveyproc.problems import Place, Problem

Spot = tuple[int, int]  # line and column, from 1

_GLUED = re.compile(r"\s*(?:- )*[\[{]?\s*([^\W\d][\w.-]*):(?=[^\s:/\\,\]}])")
_ENDS = {"<stream end>", "<document end>", "<document start>"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the YAML parser says: two phrases, and where each points."""

    context: str
    context_at: Spot
    problem: str
    problem_at: Spot


@dataclass(frozen=True, slots=True)
class _Said:
    what: str
    at: Spot
    hint: str
    got: str = ""
    code: str = "config.syntax"


def syntax_problem(complaint: Complaint, lines: list[str], shown: str) -> Problem:
    """One Problem for a complaint of the parser; `lines` is the text, to see what stands at the place."""
    said = (
        _glued(complaint, lines)
        or _quotes(complaint)
        or _brackets(complaint, lines)
        or _characters(complaint, lines)
        or _indentation(complaint, lines)
        or _Said(
            "this cannot be read as YAML",
            complaint.problem_at,
            "Compare the line and the one above it with an example file.",
            got=complaint.problem,
        )
    )
    return Problem(said.code, Place(shown, *said.at), said.what, got=said.got, hint=said.hint)


def _glued(complaint: Complaint, lines: list[str]) -> _Said | None:
    """`key:value`: the parser complains only later, about the line after it."""
    words = ("mapping values are not allowed", "could not find expected ':'", "expected <block end>", "expected ','")
    if not complaint.problem.startswith(words):
        return None
    numbers = sorted({complaint.problem_at[0], complaint.context_at[0], complaint.problem_at[0] - 1})
    for number in numbers:
        match = _GLUED.match(_line(lines, number))
        if match:
            at = (number, match.end())
            return _Said(
                f"a space is missing after the colon of `{match.group(1)}`", at, f"Write `{match.group(1)}: value`."
            )
    return None


def _quotes(complaint: Complaint) -> _Said | None:
    if "quoted scalar" not in complaint.context:
        return None
    if "escape" in complaint.problem:
        hint = r"Inside double quotes a backslash is special: use single quotes, or write \\."
        return _Said("a backslash that means nothing stands inside double quotes", complaint.problem_at, hint)
    hint = "Close it; an apostrophe inside single quotes is written twice ('')."
    return _Said("a quote opens here and is never closed", complaint.context_at, hint)


def _brackets(complaint: Complaint, lines: list[str]) -> _Said | None:
    for kind, opening, closing in (("flow sequence", "[", "]"), ("flow mapping", "{", "}")):
        if kind in complaint.context:
            line, column = complaint.problem_at
            ended = line > len(lines) or any(end in complaint.problem for end in _ENDS)
            if ended or line != complaint.context_at[0]:
                what = f"the bracket {opening} that opens here is not closed with {closing}"
                where = "at the end of the file" if ended else f"at line {line}, column {column}"
                hint = f"Add {closing}, or the comma that is missing before that place."
                return _Said(what, complaint.context_at, hint, got=f"something else {where}")
            what = f"a comma or the closing bracket {closing} is missing"
            hint = f"Divide the items with commas and close with {closing}; put text with commas or brackets in quotes."
            return _Said(what, complaint.problem_at, hint)
    if "but found ':'" in complaint.problem:
        return _Said("nothing stands before this colon", complaint.problem_at, "Write the key before the colon.")
    if "expected the node content" in complaint.problem and any(end in complaint.problem for end in _ENDS):
        hint = "Look for the last [ or { and close it with ] or }."
        return _Said("the file ends inside brackets", complaint.problem_at, hint)
    if "expected the node content" in complaint.problem:
        hint = "Write a value, or remove the comma; text that begins with a bracket or a comma must be in quotes."
        return _Said("a value is missing here", complaint.problem_at, hint)
    found = re.search(r"but found '([\]},])'", complaint.problem)
    if found:
        hint = "Remove it, or put the whole text in quotes."
        return _Said(f"`{found.group(1)}` stands here without an opening bracket", complaint.problem_at, hint)
    return None


def _characters(complaint: Complaint, lines: list[str]) -> _Said | None:
    problem, at = complaint.problem, complaint.problem_at
    if "cannot start any token" in problem:
        character = _line(lines, at[0])[at[1] - 1 : at[1]]
        if character == "\t":
            return _Said("a tab stands where only spaces may", at, "Indent with spaces: two for each step.")
        return _Said(f"text that begins with `{character}` needs quotes", at, "Put the whole text in quotes.")
    for word, sign, code in (
        ("alias", "*", "config.alias"),
        ("anchor", "&", "config.alias"),
        ("tag", "!", "config.tag"),
    ):
        if complaint.context.endswith((f"an {word}", f"a {word}")) or ("tag handle" in problem and word == "tag"):
            what = f"`{sign}` at the start of a value makes it a YAML {word}, which is not allowed"
            return _Said(what, complaint.context_at, "Put the whole text in quotes.", code=code)
    if "directive" in complaint.context:
        return _Said("a line that begins with % is a directive", complaint.context_at, "Remove it or put it in quotes.")
    if "block scalar" in complaint.context:
        hint = "After | or > the text begins on the next line, indented."
        return _Said("text stands on the line of the sign | or >", complaint.problem_at, hint)
    return None


def _indentation(complaint: Complaint, lines: list[str]) -> _Said | None:
    problem, at = complaint.problem, complaint.problem_at
    line = _line(lines, at[0])
    before = line[: at[1] - 1]
    if "mapping values are not allowed" in problem and re.search(r":\s", before):
        hint = "Put the whole text in quotes if the colon belongs to it; otherwise begin a new line."
        return _Said("a second colon stands in unquoted text", at, hint)
    if "could not find expected ':'" in problem:
        hint = "Write `key: value`; if the line continues the text above it, put that text in quotes."
        return _Said("this line has no key followed by a colon", complaint.context_at, hint)
    if "sequence entries are not allowed" in problem:
        return _Said("a list cannot begin here", at, "Begin it on the next line: `- item`, or write [item, item].")
    if "but found '<scalar>'" in problem and before.rstrip().endswith(('"', "'")):
        hint = "Put quotes around the whole text, using the other kind of quote inside."
        return _Said("text goes on after a closing quote", at, hint)
    if "but found '?'" in problem or "block" in problem or "not allowed here" in problem:
        beside = f" (that begin at line {complaint.context_at[0]})" if complaint.context_at[0] < at[0] else ""
        what = f"this line is indented differently from the lines it belongs with{beside}"
        return _Said(what, at, "Keys of one mapping and items of one list begin in the same column.")
    return None


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 1 <= number <= len(lines) else ""
