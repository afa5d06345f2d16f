"""Writes all outputs of a run or none: into a stage beside the folder, which then takes the folder's place."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surveyproc.problems import Place, Problem, Severity, SurveyprocError
from surveyproc.store.folder import failed, real_folder
from surveyproc.store.manifest import FORMAT, files_listed, manifest_bytes, output_entries
from surveyproc.store.names import MANIFEST, bad_names
from surveyproc.store.swap import replace_folder

_LEFT_BY_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_NO_FOLDER_SYNC = {errno.EACCES, errno.EBADF, errno.EINVAL, errno.ENOTSUP, errno.EPERM}
_SHOWN = 5


def write_outputs(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Replace the outputs in a folder by these, all at once; gives the warnings.

    files: name (relative, with "/") → bytes. The manifest is written last, as manifest.json; its list of outputs is
    made from the bytes given. Call it inside `lock(folder)`. A folder is replaced only if its manifest lists every file
    in it. Raises SurveyprocError (output.failed): names that cannot be, a folder with files of others, or a refusal of
    the operating system; the earlier outputs then lie there as they were.
    """
    target = real_folder(folder)
    _refuse_names(files)
    content = {**manifest, "surveyproc_manifest": FORMAT, "outputs": output_entries(files)}
    everything = {**files, MANIFEST: manifest_bytes(content)}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        warnings = _clean_up(target)
        refuse_others_files(target)
        stage = _stage_of(target)
        try:
            _fill(stage, everything)
            refuse_others_files(target)
            if target.exists():
                shutil.copymode(target, stage)
            earlier = replace_folder(stage, target, aside=_aside_of(target))
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
    except OSError as error:
        raise SurveyprocError([failed(target, error)]) from error
    with contextlib.suppress(
        OSError
    ):  # the outputs are in place: only a loss of power now could bring the old ones back
        _sync_folder(target.parent)
    return warnings + _discard(earlier)


def _stage_of(target: Path) -> Path:
    return target.parent / f".{target.name}.stage"


def _aside_of(target: Path) -> Path:
    return target.parent / f".{target.name}.earlier"


def _clean_up(target: Path) -> tuple[Problem, ...]:
    """Put back a folder that a killed run had set aside, and delete what such runs left; says so."""
    stage, aside = _stage_of(target), _aside_of(target)
    if aside.is_dir() and not target.exists():
        os.rename(aside, target)
    found = [path for path in (stage, aside) if path.is_symlink() or path.exists()]
    for path in found:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
    return tuple(
        Problem(
            "output.stale",
            Place(file=str(path)),
            "a run that did not finish left unfinished outputs, which are deleted",
            severity=Severity.WARNING,
        )
        for path in found
    )


def _discard(earlier: Path | None) -> tuple[Problem, ...]:
    """Delete the outputs that have been replaced; failing that costs a warning, for the new ones are in place."""
    if earlier is None:
        return ()
    try:
        shutil.rmtree(earlier)
    except OSError as error:
        problem = Problem(
            "output.stale",
            Place(file=str(earlier)),
            "the new outputs are in place, but the earlier ones could not be deleted",
            got=error.strerror or str(error),
            hint="The next run deletes them.",
            severity=Severity.WARNING,
        )
        return (problem,)
    return ()


def _refuse_names(files: Mapping[str, bytes]) -> None:
    problems = [
        Problem("output.failed", Place(file=repr(name)), f"an output may not have this name: it {reason}")
        for name, reason in bad_names(files)
    ]
    if problems:
        raise SurveyprocError(problems)


def refuse_others_files(folder: Path) -> None:
    """Raise SurveyprocError (output.failed) if replacing the folder would delete what no manifest of ours lists."""
    target = real_folder(folder)
    try:
        if target.exists():
            _refuse_others_files(target)
    except OSError as error:
        raise SurveyprocError([failed(target, error)]) from error


def _refuse_others_files(target: Path) -> None:
    if not target.is_dir():
        problem = Problem("output.failed", Place(file=str(target)), "the output folder is a file")
        raise SurveyprocError([problem])
    if not os.access(target, os.W_OK):
        problem = Problem("output.failed", Place(file=str(target)), "the output folder is read-only")
        raise SurveyprocError([problem])
    listed = files_listed(target) or frozenset()
    others = sorted(name for name in _paths_in(target) if name not in listed)
    if others:
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        problem = Problem(
            "output.failed",
            Place(file=str(target)),
            "the output folder holds files that surveyproc did not write",
            got=", ".join(repr(name) for name in others[:_SHOWN]) + more,
            expected="an empty folder or one with earlier outputs only",
            hint="Move them elsewhere, close open workbooks, or choose another output folder.",
        )
        raise SurveyprocError([problem])


def _paths_in(folder: Path) -> list[str]:
    """Files and links below a folder, as names with "/"; folders count only through what they hold."""
    found = []
    for place, folders, names in os.walk(folder, onerror=_raise):
        links = [name for name in folders if Path(place, name).is_symlink()]
        found += [Path(place, name) for name in [*names, *links] if name not in _LEFT_BY_SYSTEMS]
    return [path.relative_to(folder).as_posix() for path in found]


def _raise(error: OSError) -> None:
    raise error


def _fill(stage: Path, files: Mapping[str, bytes]) -> None:
    """Write and flush to disk all files, in the order given, then their folders."""
    stage.mkdir()
    folders = {stage}
    for name, content in files.items():
        path = stage.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in path.parents if parent.is_relative_to(stage))
        with path.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for folder in sorted(folders, reverse=True):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system can do that (Windows cannot)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
