"""Commands in the pages exist, with the options that are shown."""

import re
import shlex
from contextlib import suppress
from typing import Any

import pytest
import typer

from surveyproc.cli.app import app
from surveyproc.cli.failures import INTERRUPTED
from surveyproc.problems import EXIT_CODES
from tests.conftest import ROOT
from tests.docs.pages import CODE, blocks, pages, prose, shown

COMMAND = re.compile(r"^(?:\$ )?(?:\S*/)?surveyproc( .*)?$")
MADE = re.compile(r"^(?:\$ )?make (\S+)")


class NoSuchCommandError(Exception):
    """A command line that could not run."""


class IncompleteCommandError(NoSuchCommandError):
    """A command that exists, without what it needs."""


def parse(arguments: list[str]) -> None:
    """Parse a command line without running it; raises NoSuchCommandError for what does not exist.

    Typer brings click along or carries its own copy of it, so classes of neither are named here.
    """
    command: Any = typer.main.get_command(app)
    try:
        context = command.make_context("surveyproc", list(arguments))
        while hasattr(command, "resolve_command"):
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            name, command, arguments = command.resolve_command(context, rest)
            context = command.make_context(name, arguments, parent=context)
    except Exception as error:
        if type(error).__name__ == "MissingParameter":
            raise IncompleteCommandError(str(error)) from error
        if any(base.__name__ == "UsageError" for base in type(error).__mro__):
            raise NoSuchCommandError(str(error)) from error
        raise


def shell_lines() -> list[tuple[str, str]]:
    """Where and what, of each line of a fenced block that calls surveyproc."""
    return [
        (str(block), line)
        for block in blocks()
        if block.language in ("", "sh", "shell")
        for line in block.text.splitlines()
        if COMMAND.match(line)
    ]


def inline_commands() -> list[tuple[str, str]]:
    """Where and what, of each `surveyproc …` in the prose."""
    spans = [(shown(page), " ".join(span.split())) for page in pages() for span in CODE.findall(prose(page))]
    return [(page, span) for page, span in spans if re.match(r"surveyproc [a-z]", span)]


def arguments(line: str) -> list[str]:
    """What follows the program's name in a line."""
    match = COMMAND.match(line)
    assert match is not None
    return shlex.split((match.group(1) or "").partition(" # ")[0])


@pytest.mark.parametrize(("where", "line"), shell_lines())
def test_commands_run_with_these_options(where: str, line: str) -> None:
    parse(arguments(line))


@pytest.mark.parametrize(("where", "line"), inline_commands())
def test_commands_named_in_a_sentence_exist(where: str, line: str) -> None:
    # "by `surveyproc check`": a command may be named without what it works on.
    with suppress(IncompleteCommandError):
        parse(arguments(line))


def test_there_are_commands_to_check_and_a_wrong_one_is_found() -> None:
    assert len(shell_lines()) >= 2
    assert len(inline_commands()) >= 8
    with pytest.raises(NoSuchCommandError):
        parse(["run", "a.yaml", "--fast"])
    with pytest.raises(NoSuchCommandError):
        parse(["weigh"])


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {m.group(1) for block in blocks("") for line in block.text.splitlines() if (m := MADE.match(line))}
    assert asked
    assert asked <= targets


def test_the_readme_lists_every_command_and_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = getattr(typer.main.get_command(app), "commands", {})
    assert "run" in commands
    for name in commands:
        assert f"`surveyproc {name}" in readme, name
    said = readme.partition("Exit codes:")[2].partition("\n\n")[0]
    assert {int(code) for code in re.findall(r"\b\d+\b", said)} == {0, INTERRUPTED, *EXIT_CODES.values()}
