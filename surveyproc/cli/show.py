"""Prints problems, progress and tables with rich on a terminal, and plainly elsewhere."""

from __future__ import annotations

import traceback
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from surveyproc.problems import Problem, Severity

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def console(*, stderr: bool = False) -> Console:
    """A console that never colours, wraps or cuts what goes into a file."""
    found = Console(stderr=stderr, highlight=False, emoji=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, emoji=False, width=10_000)


def shown(text: object) -> str:
    """Words of files and configs as one line: control characters, which could command a terminal, become blanks."""
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in str(text))


def show_line(text: str) -> None:
    """A line of advice, beside the results."""
    console(stderr=True).print(Text(shown(text)), soft_wrap=True)


def show_text(text: str) -> None:
    """Lines of a file as they are, to be copied or sent into another."""
    print(text, end="", file=console().file)


def show_problems(problems: Sequence[Problem], *, least: Severity = Severity.INFO) -> None:
    """Errors first, each on its own lines: place and words, then what was got, expected and can be done."""
    out = console(stderr=True)
    told = [p for severity in ORDER[: ORDER.index(least) + 1] for p in problems if p.severity is severity]
    for problem in told:
        if not out.is_terminal:
            out.print(Text(shown(problem)), soft_wrap=True)
            continue
        head = Text.assemble(
            (f"{problem.severity}", COLOURS[problem.severity]),
            " ",
            (shown(problem.where), "bold"),
            " ",
            (problem.code, "dim"),
        )
        out.print(head)
        out.print(Padding(Text(shown(problem.what)), (0, 0, 0, 2)))
        for word, text in (("got", problem.got), ("expected", problem.expected), ("", problem.hint)):
            if text:
                said = shown(text)
                line = Text.assemble((f"{word}: ", "dim"), said) if word else Text(said, style="italic")
                out.print(Padding(line, (0, 0, 0, 4)))
    out.print(Text(counted(problems)))


def counted(problems: Iterable[Problem]) -> str:
    """How many problems of each weight, in words."""
    counts = dict.fromkeys(ORDER, 0)
    for problem in problems:
        counts[problem.severity] += 1
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    parts = [f"{n} {words[s]}{'' if n == 1 else 's'}" for s, n in counts.items() if n]
    return ", ".join(parts) or "no problems"


def show_bug(error: Exception) -> None:
    """A fault of ours: what it was and where in our code, without the values that were in play."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    out = console(stderr=True)
    out.print(
        Text(f"surveyproc met a fault of its own: {type(error).__name__} in {Path(last.filename).name}:{last.lineno}")
    )
    out.print(Text("Nothing was written. Please report it with the config; SURVEYPROC_DEBUG=1 shows more."))


def stage_reporter() -> object:
    """A function that tells of each stage as it ends."""
    out = console(stderr=True)

    def report(stage: str, words: str) -> None:
        out.print(Text.assemble((f"{stage:<9}", "bold green"), words))

    return report


def show_files(title: str, files: Sequence[tuple[str, str]]) -> None:
    """Where outputs are: what each is and its path, never cut."""
    out = console()
    out.print(Text(title, style="bold"))
    width = max((len(what) for what, _ in files), default=0)
    for what, path in files:
        out.print(Text(f"  {what:<{width}}  {path}"), soft_wrap=True)


def show_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table; plain columns with tabs between them when not a terminal."""
    out = console()
    if not out.is_terminal:
        for line in ([title], heads, *rows):
            print("\t".join(shown(value) for value in line), file=out.file)  # rich would turn tabs into blanks
        return
    out.print(Text(shown(title), style="bold"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in heads:
        table.add_column(escape(head), overflow="fold")
    for row in rows:
        table.add_row(*(escape(shown(value)) for value in row))
    out.print(table)
    out.print()
