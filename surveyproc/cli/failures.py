"""What happens when a command cannot go on: messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from surveyproc.problems import SurveyprocError

INTERRUPTED = 130
BUG = 70
DEBUG = "SURVEYPROC_DEBUG"


def guarded(app: Callable[..., Any]) -> int:
    """Run an app and give its exit code: a Problem's own, 130 for Ctrl-C, 70 for a fault of surveyproc itself."""
    from surveyproc.cli.show import show_bug, show_problems

    try:
        app(standalone_mode=True)
    except SurveyprocError as error:
        show_problems(error.problems)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else BUG
    except Exception as error:  # the last line of defence: a user never sees a traceback
        if os.environ.get(DEBUG):
            raise
        show_bug(error)
        return BUG
    return 0
