"""The order of the steps of demographic calculations: config, figures, methods, rules, tables, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from surveyproc.methods.rows import Done
from surveyproc.methods.run import Calculated, calculate, judged, outputs_of, read_inputs, tables_of
from surveyproc.methods.spec import DemographicSpec, choose, load_demographic
from surveyproc.paths import data_root
from surveyproc.problems import Collector, Problem, SurveyprocError, counted
from surveyproc.running import Clock, Report, RunResult, held


def run_methods(
    config: Path,
    data: str | Path | None,
    out: str | Path | None,
    *,
    languages: Sequence[str] | None,
    only: Sequence[str] | None,
    report: Report | None,
    write: bool,
) -> RunResult:
    """Run a file of demographic calculations as a round is run; only: names of calculations."""
    started, clock, problems = datetime.now(UTC), Clock(report or (lambda stage, words: None)), Collector()
    spec = choose(load_demographic(config), languages, only)
    clock.done("config", counted(len(spec.calcs), "calculation"))
    folder = None if out is None and not write else Path("out") / spec.model.name if out is None else Path(out)
    outputs: tuple[Path, ...] = ()
    with held(folder) as stale:
        done, data_files = _calculated(spec, data_root(config, data), problems, clock)
        made = judged(done, spec, problems)
        clock.done("judge", counted(len(made.frame), "estimate"), estimates=len(made.frame))
        published = tables_of(made, spec)
        clock.done("tabulate", counted(len(published[0].tables), "table"), tables=len(published[0].tables))
        if folder is not None:
            files = outputs_of(made, published, spec)
            clock.done("publish", counted(len(files), "file"), files=len(files))
            problems.extend(stale)
            outputs = _written(
                made, spec, files, folder=folder, data=data_files, problems=problems, since=(started, clock)
            )
    return RunResult(made.frame, published, tuple(problems.problems), tuple(clock.stages), outputs)


def check_methods(config: Path, data: str | Path | None) -> tuple[Problem, ...]:
    """Every problem of a file of calculations and of its files of figures; nothing is written."""
    problems = Collector()
    try:
        _calculated(load_demographic(config), data_root(config, data), problems, Clock(lambda stage, words: None))
    except SurveyprocError as error:
        problems.extend(p for p in error.problems if p not in problems.problems)
    return tuple(problems.problems)


def _calculated(
    spec: DemographicSpec, root: Path, problems: Collector, clock: Clock
) -> tuple[tuple[Done, ...], Mapping[str, str]]:
    prepared = read_inputs(spec, root, problems)
    clock.done("read", counted(len(prepared.data), "file"), files=len(prepared.data))
    done = calculate(prepared, spec, problems)
    clock.done("estimate", counted(len(done), "calculation"), calculations=len(done))
    return done, prepared.data


def _written(
    made: Calculated,
    spec: DemographicSpec,
    files: Mapping[str, bytes],
    *,
    folder: Path,
    data: Mapping[str, str],
    problems: Collector,
    since: tuple[datetime, Clock],
) -> tuple[Path, ...]:
    from surveyproc.store import build_manifest, write_outputs

    started, clock = since
    manifest = build_manifest(
        files,
        configs=spec.sources,
        data=data,
        counts={s.name: s.counts for s in clock.stages if s.name != "config"},
        problems=problems.problems,
        started=started,
        finished=datetime.now(UTC),
        details={"round": spec.model.name, "methods": {one.calc.name: one.calc.method.label for one in made.done}},
    )
    problems.extend(write_outputs(folder, files, manifest))
    return tuple(folder / name for name in [*files, "manifest.json"])
