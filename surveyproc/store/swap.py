"""Two folders change places in one step where the operating system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux renameat2(2), RENAME_SWAP of macOS renamex_np(2)


def exchange(one: Path, other: Path) -> bool:
    """Swap two existing paths atomically; False (and nothing done) where the system or file system cannot.

    Raises OSError for other refusals, such as missing permission.
    """
    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            result = library.renamex_np(*paths, ctypes.c_uint(_EXCHANGE))
        else:
            result = library.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], ctypes.c_uint(_EXCHANGE))
    except AttributeError:  # a C library without the function
        return False
    if result == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def replace_folder(new: Path, target: Path, *, aside: Path) -> Path | None:
    """Put `new` at `target`; gives where the earlier folder now lies, None if there was none.

    Where no exchange in one step is offered, the earlier folder is first set `aside`, and put back if the second step
    fails. All three lie in one folder. Raises OSError with `target` as it was.
    """
    if not target.exists():
        os.rename(new, target)
        return None
    if exchange(new, target):
        return new
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(aside, target)
        raise
    return aside
