"""One writer at a time to a folder: a lock file beside it that dies with its process."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path

from surveyproc.problems import Place, Problem, Severity, SurveyprocError
from surveyproc.store.folder import failed, real_folder

_GUARD_BYTE = 1 << 30  # Windows locks are mandatory: lock far behind the text so that others can read it
_UNWRITABLE = "the lock file cannot be written"
_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class _Grip(Enum):
    TAKEN = auto()
    HELD = auto()
    UNSUPPORTED = auto()


@contextmanager
def lock(folder: Path) -> Iterator[tuple[Problem, ...]]:
    """Hold the lock of an output folder; gives the warnings (a lock left by a dead run was taken over).

    The file `.NAME.lock` beside the folder names the holder's pid and host. The operating system frees the lock when
    its process ends, however it ends. Raises SurveyprocError: lock.held if another run holds it, output.failed if the
    lock file cannot be written.
    """
    path = lock_path(folder)
    descriptor = _open_locked(path)
    try:
        warnings = _take_over(path, descriptor)
        _write_holder(path, descriptor)
        yield warnings
    finally:
        _release(path, descriptor)


def lock_path(folder: Path) -> Path:
    """Where the lock file of an output folder lies."""
    real = real_folder(folder)
    return real.parent / f".{real.name}.lock"


def _open_locked(path: Path) -> int:
    """A descriptor of the lock file that this process has locked."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise SurveyprocError([failed(path, error, what=_UNWRITABLE)]) from error
        try:
            grip = _try_lock(descriptor)
            holder = _holder(descriptor)
            if grip is _Grip.HELD or (grip is _Grip.UNSUPPORTED and _alive(holder)) or _elsewhere(holder):
                raise SurveyprocError([_held(path, holder)])
            if _still_there(path, descriptor):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            raise SurveyprocError([failed(path, error, what=_UNWRITABLE)]) from error
        except SurveyprocError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _try_lock(descriptor: int) -> _Grip:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _GUARD_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return _Grip.HELD if error.errno in _BUSY else _Grip.UNSUPPORTED
    return _Grip.TAKEN


def _still_there(path: Path, descriptor: int) -> bool:
    """False if the previous holder deleted the file between our opening and our locking it."""
    mine = os.fstat(descriptor)
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return (mine.st_ino, mine.st_dev) == (there.st_ino, there.st_dev)


def _holder(descriptor: int) -> dict[str, object]:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        content = json.loads(os.read(descriptor, 4096) or b"{}")
    except ValueError:
        return {"pid": "unknown"}
    return content if isinstance(content, dict) else {"pid": "unknown"}


def _elsewhere(holder: dict[str, object]) -> bool:
    """Whether another machine holds it: whether that process lives cannot be seen from here."""
    return "host" in holder and holder["host"] != socket.gethostname()


def _alive(holder: dict[str, object]) -> bool:
    pid = holder.get("pid")
    if not isinstance(pid, int) or pid <= 0 or sys.platform == "win32":
        return bool(holder)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _take_over(path: Path, descriptor: int) -> tuple[Problem, ...]:
    holder = _holder(descriptor)
    if not holder:
        return ()
    stale = Problem(
        "lock.stale",
        Place(file=str(path)),
        "a run that did not finish left its lock, which is taken over",
        got=f"process {holder.get('pid', 'unknown')}",
        severity=Severity.WARNING,
    )
    return (stale,)


def _write_holder(path: Path, descriptor: int) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
    except OSError as error:
        raise SurveyprocError([failed(path, error, what=_UNWRITABLE)]) from error


def _release(path: Path, descriptor: int) -> None:
    # Windows cannot delete an open file: there an empty lock file stays, which says that nobody holds it.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(descriptor)


def _held(path: Path, holder: dict[str, object]) -> Problem:
    place = f" on {holder['host']}" if _elsewhere(holder) else ""
    return Problem(
        "lock.held",
        Place(file=str(path)),
        "another run writes to the same folder",
        got=f"process {holder.get('pid', 'unknown')}{place}",
        hint="Wait until it ends, or choose another output folder."
        + (" If that run has died, delete the lock file." if place else ""),
    )
