"""When the compiled passes serve in place of numpy's, and two threads that share their work."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from surveyproc.estimate.sums import Ints

THREADS = 2
NAME = "surveyproc.estimate.compiled"
# Additions of numbers, some 1e9 of which take numpy a second or two: what pays for a call of a loaded function, for the
# second in which numba is imported, and for the some seconds in which functions are compiled for the first time.
CALL, IMPORT, COMPILE = 2 * 10**5, 2 * 10**9, 8 * 10**9


def compiled(additions: int) -> Any | None:
    """The module of compiled passes where it pays for so many additions; None without numba or where numpy is faster.

    The numbers are the same bit for bit either way.
    """
    if additions < CALL:
        return None
    if NAME in sys.modules:
        return sys.modules[NAME]
    if additions < IMPORT or find_spec("numba") is None:
        return None
    if additions < COMPILE and not _compiled_before():
        return None
    return load()


def load() -> Any:
    """Import the compiled passes now, however small the work. Raises ImportError without numba."""
    return import_module(NAME)


def cache_folder() -> Path | None:
    """Where compiled functions are kept, in the user's cache folder; None where that cannot be written to."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    folder = base / "surveyproc" / "numba"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _compiled_before() -> bool:
    folder = cache_folder()
    return folder is not None and next(folder.rglob("*.nbi"), None) is not None


def share(function: Any, work: Ints, *arguments: Any) -> None:
    """Call function(first, last, *arguments) on as many parts of items as there are threads.

    work: (items + 1), ascending, the work before each item; parts hold about as much of it each.
    """
    cuts = np.searchsorted(work, np.linspace(0, work[-1], THREADS + 1)[1:-1])
    ends = np.unique(np.concatenate(([0], cuts, [len(work) - 1]))).tolist()
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [pool.submit(function, a, b, *arguments) for a, b in pairwise(ends)]
        for part in parts:
            part.result()
