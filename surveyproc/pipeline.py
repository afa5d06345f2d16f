"""The order of the stages, written once: read, link, derive, weight, design, estimate, judge, tabulate, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

from surveyproc.config.gather import shown_path
from surveyproc.config.load import load_round
from surveyproc.config.models import Link
from surveyproc.config.spec import RoundSpec
from surveyproc.derive import derive_round, run_checks
from surveyproc.design.round import column_weights, round_designs, totals_refused
from surveyproc.link import LinkPolicy, link_round
from surveyproc.methods.spec import is_demographic
from surveyproc.paths import data_root
from surveyproc.problems import Collector, Place, Problem, Severity, SurveyprocError, counted
from surveyproc.read import Limits
from surveyproc.reading import read_files
from surveyproc.running import Clock, Report, RunResult, held, import_ahead
from surveyproc.values import DerivedRound, Design, FileInfo, Publication, WeightedRound

if TYPE_CHECKING:
    import pandas as pd

    from surveyproc.analyses import Analyses
    from surveyproc.measures import Job


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a run of a round estimates, and from what.

    frame: ESTIMATE_COLUMNS as a run publishes them, so suppressed rows hold no numbers. designs: by level and weight
    level. jobs: measures and disaggregations as arrays. files: what the files read say of themselves, by level.
    analyses: regressions and tests, judged too. weighted: the weights that were made in steps.
    """

    spec: RoundSpec
    designs: Mapping[tuple[str, str], Design]
    jobs: tuple[Job, ...]
    frame: pd.DataFrame
    files: Mapping[str, FileInfo]
    analyses: Analyses
    weighted: WeightedRound = field(default_factory=WeightedRound)


def run(
    config: str | Path,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    languages: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    report: Report | None = None,
    limits: Limits | None = None,
    write: bool | None = None,
) -> RunResult:
    """Run a round's config from files to tables; all outputs are written, or none.

    They are written if `out` is given, or if `write` is true: then to out/ROUND.

    data: the data root (default: SURVEYPROC_DATA, else beside the config). languages: in place of the plan's.
    only: numbers of tables. limits: memory and time of the child that reads a file. Raises SurveyprocError with every
    problem of the stage that could not go on.
    """
    if is_demographic(Path(config)):
        from surveyproc.methods.steps import run_methods

        return run_methods(Path(config), data, out, languages=languages, only=only, report=report, write=bool(write))
    started = datetime.now(UTC)
    clock = Clock(report or (lambda stage, words: None))
    problems = Collector()
    spec = _choose(load_round(Path(config)), languages, only)
    problems.extend(spec.warnings)
    _check_rules(spec, problems)
    clock.done("config", f"{_size(spec)}, {counted(len(spec.tables), 'table')}")
    folder = None if out is None and not write else Path("out") / spec.name if out is None else Path(out)
    outputs: tuple[Path, ...] = ()
    Thread(target=import_ahead).start()
    with held(folder) as stale:
        made = _estimates(spec, data_root(Path(config), data), problems, clock, limits=limits)
        publications = _tabulate(made, clock)
        if folder is not None:
            outputs, warnings = _publish(made, publications, problems, clock, folder, started)
            problems.extend((*stale, *warnings))
    return RunResult(
        made.frame, publications, tuple(problems.problems), tuple(clock.stages), outputs, spec, made.analyses
    )


def estimate_round(
    config: str | Path,
    *,
    data: str | Path | None = None,
    only: Sequence[str] | None = None,
    report: Report | None = None,
    limits: Limits | None = None,
) -> Estimated:
    """Estimate and judge a round as `run` does, with the designs and jobs that it was made from; nothing is written.

    data, only, report, limits: as for `run`. Raises SurveyprocError with every problem of the stage that could not go
    on.
    """
    only_rounds(Path(config))
    problems = Collector()
    spec = _choose(load_round(Path(config)), None, only)
    _check_rules(spec, problems)
    clock = Clock(report or (lambda stage, words: None))
    return _estimates(spec, data_root(Path(config), data), problems, clock, limits=limits)


def only_rounds(config: Path) -> None:
    """Refuses a file of demographic calculations, by one SurveyprocError."""
    if is_demographic(config):
        what = "this is a file of demographic calculations, and the command is for rounds"
        hint = "`surveyproc run` and `surveyproc check` take it."
        raise SurveyprocError([Problem("config.unsupported", Place(shown_path(config)), what, hint=hint)])


def derived_round(
    config: str | Path, *, data: str | Path | None = None, report: Report | None = None
) -> tuple[RoundSpec, DerivedRound]:
    """A round up to its derived variables, before weights. Raises SurveyprocError with every problem on the way."""
    only_rounds(Path(config))
    problems = Collector()
    spec = load_round(Path(config))
    clock = Clock(report or (lambda stage, words: None))
    derived, _ = _prepare(spec, data_root(Path(config), data), problems, clock)
    return spec, derived


def check(
    config: str | Path,
    *,
    data: str | Path | None = None,
    report: Report | None = None,
    limits: Limits | None = None,
) -> tuple[Problem, ...]:
    """All problems of a round's config, modules and files, without any estimate; an empty tuple means a clean round."""
    if is_demographic(Path(config)):
        from surveyproc.methods.steps import check_methods

        return check_methods(Path(config), data)
    problems = Collector()
    clock = Clock(report or (lambda stage, words: None))
    try:
        spec = load_round(Path(config))
        problems.extend(spec.warnings)
        _check_rules(spec, problems)
        clock.done("config", _size(spec))
        derived, _ = _prepare(spec, data_root(Path(config), data), problems, clock, limits=limits, on_errors="go on")
        _designs(derived, _weigh(derived, spec, problems, clock), spec, problems)
    except SurveyprocError as error:
        problems.extend(p for p in error.problems if p not in problems.problems)
    return tuple(problems.problems)


def _check_rules(spec: RoundSpec, problems: Collector) -> None:
    from surveyproc.quality import check_quality

    if spec.quality is not None:
        problems.extend(check_quality(spec.quality, spec.quality_at))
    problems.stop_on_errors()


def _size(spec: RoundSpec) -> str:
    return f"{counted(len(spec.modules), 'module')}, {counted(len(spec.indicators), 'indicator')}"


def _choose(spec: RoundSpec, languages: Sequence[str] | None, only: Sequence[str] | None) -> RoundSpec:
    from surveyproc.config.validate import did_you_mean
    from surveyproc.messages import LANGUAGES

    numbers = [*(t.number for t in spec.tables), *(r.number for r in spec.regressions)]
    problems = [
        Problem(
            "config.unknown-name",
            Place("--only"),
            f"the plan has no table {number!r}",
            expected=", ".join(numbers),
            hint=did_you_mean(number, numbers),
        )
        for number in only or ()
        if number not in numbers
    ]
    problems += [
        Problem(
            "config.bad-value", Place("--lang"), f"there are no words in {language!r}", expected=", ".join(LANGUAGES)
        )
        for language in languages or ()
        if language not in LANGUAGES
    ]
    if problems:
        raise SurveyprocError(problems)
    plan = spec.plan
    if languages:
        plan = plan.model_copy(update={"languages": list(languages)})
    if only:
        plan = plan.model_copy(update={"sampling_errors": None})
        tables = tuple(t for t in spec.tables if t.number in only)
        regressions = tuple(r for r in spec.regressions if r.number in only)
        return replace(spec, plan=plan, tables=tables, regressions=regressions, tests=())
    return replace(spec, plan=plan)


def _prepare(
    spec: RoundSpec,
    root: Path,
    problems: Collector,
    clock: Clock,
    *,
    limits: Limits | None = None,
    on_errors: Literal["stop", "go on"] = "stop",
) -> tuple[DerivedRound, Mapping[str, FileInfo]]:
    raw, spec = read_files(spec, root, problems, limits=limits)
    rows = {level: file.rows for level, file in raw.files.items()}
    clock.done("read", ", ".join(counted(n, level) for level, n in rows.items()), **rows)
    linked, found = link_round(raw, spec.keys, spec.levels, {level: _policy(level, spec) for level in spec.levels})
    problems.extend(found)
    if linked is None or on_errors == "stop":
        problems.stop_on_errors()
    assert linked is not None
    clock.done(
        "link", counted(len(linked.levels), "level"), **{name: level.rows for name, level in linked.levels.items()}
    )
    derived, found = derive_round(linked, spec)
    problems.extend(found)
    broken = run_checks(derived, spec)
    problems.extend(broken)
    counts = {f"{t.level}.{t.variable}.{t.step}.known": t.known for t in derived.trace}
    clock.done("derive", f"{counted(len(spec.order), 'variable')}, {counted(len(spec.checks), 'check')}", **counts)
    if on_errors == "stop":
        problems.stop_on_errors()
    return derived, {level: file.info for level, file in raw.files.items()}


def _policy(level: str, spec: RoundSpec) -> LinkPolicy:
    link = spec.links.get(level, Link())
    several = "fail" if level in spec.single else "allow"
    return LinkPolicy(link.orphans, link.at_most, link.childless_parents, several)


def _weigh(derived: DerivedRound, spec: RoundSpec, problems: Collector, clock: Clock) -> WeightedRound:
    """Weights of the levels that are made in steps; none are kept if any step of any level fails."""
    if not spec.weights:
        return WeightedRound()
    from surveyproc.weight import weigh_round

    given, _ = column_weights(derived, spec)
    weighted, found = weigh_round(derived, spec, given)
    problems.extend(found)
    if any(problem.severity is Severity.ERROR for problem in found):
        problems.stop_on_errors()
    steps = {f"{level}.steps": len(made.steps) for level, made in weighted.levels.items()}
    clock.done("weight", f"{counted(sum(steps.values()), 'step')} at {counted(len(steps), 'level')}", **steps)
    return weighted


def _designs(
    derived: DerivedRound, weighted: WeightedRound, spec: RoundSpec, problems: Collector
) -> dict[tuple[str, str], Design]:
    problems.extend(totals_refused(derived, spec, weighted))
    designs, found = round_designs(derived, spec, weighted)
    problems.extend(found)
    if spec.design.calibrated_on and spec.design.replicates is not None:
        _recalibrate(designs, spec, problems)
    problems.stop_on_errors()
    return designs


def _recalibrate(designs: dict[tuple[str, str], Design], spec: RoundSpec, problems: Collector) -> None:
    """Every replicate brought to the totals that the weights of the file meet."""
    from surveyproc.weight import recalibrate_replicates

    for pair, design in designs.items():
        designs[pair], failure = recalibrate_replicates(design)
        if failure is not None:
            what = f"the weights of {pair[1]} records cannot be calibrated in every replicate"
            hint = "Join small categories of the margins, or leave replicates out."
            got = f"{failure.cause}: {', '.join(failure.constraints[:5])}"
            place = spec.design_at(("calibrated_on", pair[1]))
            problems.add(Problem("design.calibrated-on", place, what, got=got, hint=hint))


def _estimates(spec: RoundSpec, root: Path, problems: Collector, clock: Clock, *, limits: Limits | None) -> Estimated:
    """From files to judged estimates."""
    from surveyproc.analyses import Analyses, analyse
    from surveyproc.frames import estimates_frame
    from surveyproc.measures import jobs
    from surveyproc.quality import judge_models, judge_tests

    derived, files = _prepare(spec, root, problems, clock, limits=limits)
    weighted = _weigh(derived, spec, problems, clock)
    designs = _designs(derived, weighted, spec, problems)
    strata = {f"{level}.strata": len(d.strata) for (level, _), d in designs.items()}
    psus = {f"{level}.psus": len(d.psu_stratum) for (level, _), d in designs.items()}
    most = [max(counts.values(), default=0) for counts in (strata, psus)]
    words = f"{counted(most[0], 'stratum', 'strata')}, {counted(most[1], 'psu')}"
    clock.done("design", words, **strata, **psus)
    made, found = jobs(derived, spec)
    problems.extend(found)
    frame = estimates_frame(made, designs, spec)
    analyses, found = analyse(derived, designs, spec)
    problems.extend(found)
    clock.done("estimate", counted(len(frame), "estimate"), estimates=len(frame))
    judged = Analyses(
        judge_models(analyses.models, spec.quality, spec.quality_at(())),
        judge_tests(analyses.tests, spec.quality, spec.quality_at(())),
    )
    return Estimated(spec, designs, made, _judge(frame, spec, problems, clock), files, judged, weighted)


def _judge(frame: pd.DataFrame, spec: RoundSpec, problems: Collector, clock: Clock) -> pd.DataFrame:
    from surveyproc.quality import judge

    judged, found = judge(
        frame,
        spec.quality,
        place=spec.quality_at(()),
        universes={name: indicator.universe for name, indicator in spec.indicators.items()},
        confidence=spec.design.confidence,
    )
    problems.extend(found)
    counts = judged["shown"].value_counts()
    hidden = int(counts.get("suppress", 0))
    clock.done("judge", f"{hidden:,} suppressed, {int(counts.get('flag', 0)):,} flagged", suppressed=hidden)
    return judged


def _tabulate(made: Estimated, clock: Clock) -> tuple[Publication, ...]:
    from surveyproc.publications import publications

    result = publications(made.frame, made.spec, made.analyses)
    clock.done("tabulate", counted(len(result[0].tables), "table"), tables=len(result[0].tables))
    return result


def _publish(
    made: Estimated,
    publications: tuple[Publication, ...],
    problems: Collector,
    clock: Clock,
    out: Path,
    started: datetime,
) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    from surveyproc.facts import about
    from surveyproc.publications import render
    from surveyproc.store import build_manifest, write_outputs

    spec = made.spec
    outputs = render(made.frame, publications, spec, made.analyses, made.weighted)
    clock.done("publish", counted(len(outputs), "file"), files=len(outputs))
    manifest = build_manifest(
        outputs,
        configs={s.shown: s.sha256 for s in spec.sources},
        data={info.path: info.sha256 for info in made.files.values()},
        counts={s.name: s.counts for s in clock.stages if s.name != "config"},
        problems=problems.problems,
        started=started,
        finished=datetime.now(UTC),
        details={
            "survey": spec.survey,
            "round": spec.name,
            "period": spec.period.model_dump(exclude_none=True),
            "modules": [f"{m.module}@{m.version}" for m in spec.modules.values()],
            "parameters": dict(spec.parameters),
            **about(spec),
        },
    )
    more = write_outputs(out, outputs, manifest)
    return tuple(out / name for name in [*outputs, "manifest.json"]), more


def findings(problems: Sequence[Problem]) -> int:
    """The exit code that a set of problems deserves: 0 without errors."""
    errors = [p for p in problems if p.severity is Severity.ERROR]
    return SurveyprocError(errors).exit_code if errors else 0
