"""The command line: parse, call the pipeline, print, exit."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; every problem becomes a message and an exit code, never a traceback."""
    from surveyproc.cli.app import Interrupted, app
    from surveyproc.cli.failures import guarded

    sys.exit(guarded(app, interrupted=Interrupted))
