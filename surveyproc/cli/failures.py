"""What happens when a command cannot go on: messages and exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surveyproc.problems import Place, Problem, SurveyprocError

INTERRUPTED = 130
BUG = 70
DEBUG = "SURVEYPROC_DEBUG"


def guarded(app: Callable[..., Any], *, interrupted: type[BaseException]) -> int:
    """Run an app and give its exit code: a Problem's own, 130 for Ctrl-C, 70 for a fault of surveyproc itself.

    interrupted: what the app makes of Ctrl-C before it leaves by SystemExit.
    """
    from surveyproc.cli.show import show_bug, show_line, show_problems

    try:
        app(standalone_mode=True)
    except SurveyprocError as error:
        show_problems(error.problems)
        return error.exit_code
    except SystemExit as stop:
        if stop.code == INTERRUPTED or isinstance(stop.__context__, interrupted):  # by newer and by older typer
            show_line("Interrupted: nothing was written.")
            return INTERRUPTED
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else BUG
    except Exception as error:  # the last line of defence: a user never sees a traceback
        if os.environ.get(DEBUG):
            raise
        show_bug(error)
        return BUG
    return 0


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the system refuses while files are written into a folder becomes a problem."""
    try:
        yield
    except OSError as error:
        place = Place(file=str(error.filename or folder))
        problem = Problem(
            "output.failed", place, "the file or folder cannot be written", got=error.strerror or str(error)
        )
        raise SurveyprocError([problem]) from error
