"""The files of a round, read: headers of all first, then the columns that its concepts, keys and design need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from surveyproc.answer_sets import bind_sets
from surveyproc.config.slots import side_by_side, slots_of
from surveyproc.config.spec import RoundSpec
from surveyproc.config.validate import did_you_mean
from surveyproc.design.round import design_columns
from surveyproc.paths import data_file
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.read import Limits, as_long, lengthen, read_file, read_info
from surveyproc.values import FileInfo, RawFile, RawRound


def read_files(
    spec: RoundSpec, root: Path, problems: Collector, *, limits: Limits | None
) -> tuple[RawRound, RoundSpec]:
    """Headers of all files first, so that every missing column is told at once; then the columns that are needed.

    The round comes back with the columns of multiple-response sets that the headers define.
    """
    paths: dict[str, Path] = {}
    for level, file in spec.files.items():
        try:
            paths[level] = data_file(root, file.path, spec.file_places[level])
        except SurveyprocError as error:
            problems.extend(error.problems)
    problems.stop_on_errors()

    def how(level: str) -> dict[str, Any]:
        file = spec.files[level]
        return {"shown": file.path, "level": level, "encoding": file.encoding, "limits": limits}

    infos: dict[str, FileInfo] = {}
    files: dict[str, RawFile] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        heads = {level: pool.submit(read_info, path, **how(level)) for level, path in paths.items()}
        for level, head in heads.items():
            try:
                infos[level], _ = head.result()
            except SurveyprocError as error:
                problems.extend(error.problems)
        problems.stop_on_errors()
        spec = bind_sets(spec, infos, problems)
        rosters = _rosters(spec, infos, problems)
        wanted = _wanted_columns(spec, infos, problems)
        bodies = {
            level: pool.submit(read_file, path, columns=_stored(wanted[level], rosters.get(level, ())), **how(level))
            for level, path in paths.items()
        }
        for level, body in bodies.items():
            try:
                files[level], found = body.result()
                problems.extend(found)
                if (given := spec.files[level].reshape) is not None:
                    files[level] = lengthen(
                        files[level], infos[level], wanted[level], slots=rosters[level], keep_if=given.keep_if
                    )
            except SurveyprocError as error:
                problems.extend(error.problems)
    problems.stop_on_errors()
    return RawRound(files), spec


def _rosters(spec: RoundSpec, infos: dict[str, FileInfo], problems: Collector) -> dict[str, tuple[str, ...]]:
    """The slots of each level whose records lie side by side; its header is lengthened in `infos`."""
    rosters = {}
    for level, file in spec.files.items():
        if file.reshape is not None:
            rosters[level] = slots_of(file.reshape.i)
            infos[level], found = as_long(infos[level], spec.columns[level], rosters[level])
            problems.extend(found)
    return rosters


def _stored(wanted: Iterable[str], slots: Sequence[str]) -> tuple[str, ...]:
    """The columns of the file behind names that may be written with {i}."""
    return tuple(
        dict.fromkeys(name for column in wanted for name in (side_by_side(column, slots) if slots else (column,)))
    )


def _wanted_columns(spec: RoundSpec, infos: Mapping[str, FileInfo], problems: Collector) -> dict[str, dict[str, Place]]:
    wanted, found = design_columns(spec, infos)
    problems.extend(found)
    for level, columns in spec.columns.items():
        wanted[level] = {**columns, **wanted[level]}
    if spec.weights:
        from surveyproc.weight import weight_columns

        of_steps, found = weight_columns(spec, infos)
        problems.extend(found)
        wanted = {level: {**columns, **of_steps[level]} for level, columns in wanted.items()}
    for level, columns in wanted.items():
        for column, place in columns.items():
            if column not in infos[level].columns:
                problems.add(
                    Problem(
                        "read.missing-column",
                        place,
                        f"{infos[level].path} has no column {column!r}",
                        expected="the name as it is in the file, capitals included",
                        hint=did_you_mean(column, list(infos[level].columns)),
                    )
                )
    problems.stop_on_errors()
    return wanted
