"""What is done with the weights of a round beside a run: totals to fill, totals compared, weights written to merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from surveyproc import pipeline
from surveyproc.config.load import load_round
from surveyproc.config.spec import RoundSpec
from surveyproc.config.totals import COLUMNS
from surveyproc.config.weightspec import CROSS, KnownTotals, StepSpec
from surveyproc.design.round import column_weights
from surveyproc.facts import said
from surveyproc.messages import words
from surveyproc.paths import data_root
from surveyproc.problems import Collector, Place, Problem, SurveyprocError
from surveyproc.publish.csv import rows_csv
from surveyproc.publish.statfile import Stored, stat_file
from surveyproc.running import Report
from surveyproc.values import DerivedRound, WeightedRound
from surveyproc.weight import Beside, Sample, beside, weigh_round


def templates(config: Path, *, language: str = "en") -> Mapping[str, bytes]:
    """File name → CSV of the known totals that a round's calibrations need, with the totals left to be filled.

    Levels are named as the configuration names them, labels are in the language chosen. The files named by the round
    need not exist. Raises SurveyprocError where no calibration asks for totals.
    """
    spec = load_round(config, totals="leave")
    files: dict[str, dict[tuple[str, ...], None]] = {}
    for steps in spec.weights.values():
        for step in steps:
            if step.known is not None:
                files.setdefault(step.known.shown, {}).update(dict.fromkeys(_rows(step.known, spec, language)))
    if not files:
        what = "the round has no step calibrate, so that no totals are needed"
        raise SurveyprocError([Problem("config.missing-key", Place(config.as_posix(), path="weights"), what)])
    return {Path(name).name: rows_csv(COLUMNS, rows) for name, rows in files.items()}


def _rows(known: KnownTotals, spec: RoundSpec, language: str) -> list[tuple[str, ...]]:
    """Lines in the order of COLUMNS: variable, level, total, partition, unit, label."""
    return [
        (
            margin.name,
            CROSS.join(cell),
            "",
            part,
            "one",
            _label(tuple(zip(margin.variables, cell, strict=False)), known.partition, part, spec, language)
            + f" [{margin.level}]",
        )
        for part in known.totals
        for margin in known.margins
        for cell in margin.cells
    ]


def _label(cell: Sequence[tuple[str, str]], partition: str | None, part: str, spec: RoundSpec, language: str) -> str:
    named = [*([(partition, part)] if partition is not None else []), *cell]
    texts = []
    for name, category in named:
        text = spec.variable_text(name)
        found = next((c for c in text.categories if c.name == category), None)
        fallback = words(language).get(category, category)
        texts.append((said(found.labels, language) if found is not None else "") or fallback)
    return CROSS.join(texts)


def compare_totals(
    config: Path, *, data: Path | None = None, report: Report | None = None
) -> tuple[tuple[Beside, ...], tuple[Problem, ...]]:
    """Every known total beside the sample, and everything that stands in the way of weights that meet them all."""
    rows: list[Beside] = []
    problems = Collector()
    try:
        spec, derived = pipeline.derived_round(config, data=data, report=report)
    except SurveyprocError as error:
        return (), tuple(error.problems)

    def watch(step: StepSpec, sample: Sample) -> None:
        rows.extend(beside(step, sample))

    given, found = column_weights(derived, spec)
    problems.extend(found)
    _, found = weigh_round(derived, spec, given, watch=watch)
    problems.extend(found)
    return tuple(rows), tuple(problems.problems)


def export(
    config: Path, file: Path, *, level: str | None = None, data: Path | None = None, language: str = "en"
) -> int:
    """Write the final weights of a level with its key as .sav or .dta, and give the number of records.

    level: by default the only one that has steps. Raises SurveyprocError; then nothing is written.
    """
    root = data_root(config, data)
    spec, derived = pipeline.derived_round(config, data=root)
    chosen = _level(spec, level)
    given, found = column_weights(derived, spec)
    weighted, more = weigh_round(derived, spec, given)
    problems = Collector([*found, *more])
    problems.stop_on_errors()
    columns = _columns(chosen, derived, spec, weighted, words(language))
    stat_file(file, columns, label=f"{said(spec.title, language) or spec.survey}: {words(language)['weights']}")
    return derived.levels[chosen].rows


def _level(spec: RoundSpec, level: str | None) -> str:
    if level in spec.weights or (level is None and len(spec.weights) == 1):
        return level or next(iter(spec.weights))
    if level is None:
        what = "several levels have weights in steps, and one is exported" if spec.weights else "no level has steps"
    else:
        what = f"{level} records have no weights in steps"
    raise SurveyprocError([Problem("config.unknown-name", Place("--level"), what, expected=", ".join(spec.weights))])


def _columns(
    level: str, derived: DerivedRound, spec: RoundSpec, weighted: WeightedRound, known: Mapping[str, str]
) -> tuple[Stored, ...]:
    """The columns of the key as they are in the file, then the base weight and the final weight."""
    held, made = derived.levels[level], weighted.levels[level]
    if level not in spec.keys:
        what = f"{level} records have no key, by which weights could be merged"
        raise SurveyprocError([Problem("config.missing-key", Place(spec.path.as_posix(), path="keys"), what)])
    raw = [held.raw.columns[name] for name in spec.keys[level]]
    columns = [Stored(column.info.name, column.values, column.info.label) for column in raw]
    taken = {column.name.casefold() for column in columns}
    if made.start == level:
        columns.append(Stored(_free("w_base", taken), made.base, known["weights_step_base"]))
    columns.append(Stored(_free("w_final", taken), np.asarray(made.weight), known["weights_final"]))
    return tuple(columns)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
