"""Where an output folder really lies, and what the operating system's refusals mean for a user."""

from __future__ import annotations

import errno
from pathlib import Path

from surveyproc.problems import Place, Problem, SurveyprocError

_HINTS = {
    errno.ENOSPC: "Free some space on the disk, or choose another output folder.",
    errno.EDQUOT: "Your quota on this disk is used up: free some space, or choose another output folder.",
    errno.EFBIG: "A file is larger than this disk or session allows.",
    errno.EROFS: "The disk is read-only: choose another output folder.",
    errno.EACCES: "Check that the folder may be written to and that none of its files is open in another program.",
    errno.EPERM: "Check that the folder may be written to and that none of its files is open in another program.",
    errno.ENOTDIR: "A part of the path is a file: choose another output folder.",
    errno.ENAMETOOLONG: "The path is too long: choose another output folder.",
}


def real_folder(folder: Path) -> Path:
    """The folder with symbolic links followed, so that a link to another disk keeps pointing there.

    Raises SurveyprocError (output.failed) for a path that cannot be: a circle of links, a zero byte, a drive's root.
    """
    try:
        real = folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SurveyprocError([failed(repr(str(folder)), error)]) from error
    if not real.name:
        problem = Problem(
            "output.failed",
            Place(file=str(real)),
            "the root of a disk cannot be an output folder",
            hint="Choose a folder of its own.",
        )
        raise SurveyprocError([problem])
    return real


def failed(path: Path | str, error: Exception, *, what: str = "the results could not be written") -> Problem:
    """The problem for an operating-system error at a path."""
    number = error.errno if isinstance(error, OSError) else None
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return Problem("output.failed", Place(file=str(path)), what, got=reason, hint=_HINTS.get(number or 0, ""))
