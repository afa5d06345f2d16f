"""The command line: parse, call the pipeline, print, exit."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; every problem becomes a message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a label that the console's code page lacks is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    from surveyproc.cli.app import Interrupted, app
    from surveyproc.cli.failures import guarded

    sys.exit(guarded(app, interrupted=Interrupted))
