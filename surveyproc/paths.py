"""Where data lie: paths of a config are resolved inside the data root and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

from surveyproc.problems import Place, Problem, SurveyprocError

VARIABLE = "SURVEYPROC_DATA"


def data_root(config: Path, given: str | Path | None) -> Path:
    """The data root: as given, else the environment's SURVEYPROC_DATA, else the folder of the config."""
    chosen = given if given is not None else os.environ.get(VARIABLE) or config.parent
    root = Path(chosen)
    if not root.is_dir():
        place = Place("--data" if given is not None else VARIABLE)
        raise SurveyprocError([Problem("config.not-found", place, "there is no such data folder", got=str(chosen))])
    return root.resolve()


def data_file(root: Path, written: str, place: Place) -> Path:
    """A data file named by a config; refused if it leads out of the data root, also by a link."""
    plain = PureWindowsPath(written)
    outside = plain.is_absolute() or plain.drive or written.startswith(("/", "\\", "~"))
    path = root if outside else (root / written.replace("\\", "/")).resolve()
    if outside or not path.is_relative_to(root):
        raise SurveyprocError(
            [
                Problem(
                    "config.path",
                    place,
                    "the path leads out of the data root",
                    got=repr(written),
                    expected="a path relative to the data root, without ..",
                    hint=f"The data root is set by --data or {VARIABLE}.",
                )
            ]
        )
    if not path.exists():
        raise SurveyprocError(
            [
                Problem(
                    "read.not-found",
                    place,
                    "there is no such data file under the data root",
                    got=repr(written),
                    hint=f"The data root is set by --data or {VARIABLE}; by default it is the config's folder.",
                )
            ]
        )
    return path
