"""From a file of demographic calculations to judged rows, tables and the bytes of outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveyproc.config.models import MethodInput
from surveyproc.methods.align import align
from surveyproc.methods.compute import compute
from surveyproc.methods.figures import Figures, from_file, one_value
from surveyproc.methods.rows import SOURCE_COLUMNS, Done, estimates_of, sources_of
from surveyproc.methods.spec import Calc, DemographicSpec
from surveyproc.methods.survey import estimates_as_figures
from surveyproc.paths import data_file
from surveyproc.problems import Collector, SurveyprocError
from surveyproc.read import read_long
from surveyproc.values import LongFile, Publication


@dataclass(frozen=True, slots=True)
class Prepared:
    """Calculations with their inputs aligned, and the data files they were read from (name → SHA-256)."""

    calcs: tuple[tuple[Calc, Mapping[str, Figures]], ...]
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Calculated:
    """Judged estimates (ESTIMATE_COLUMNS), sources of their variance (SOURCE_COLUMNS), and what they are of."""

    done: tuple[Done, ...]
    frame: pd.DataFrame
    sources: pd.DataFrame


def read_inputs(spec: DemographicSpec, root: Path, problems: Collector) -> Prepared:
    """The figures of every input; faults of all files are gathered."""
    files: dict[str, LongFile] = {}
    calcs = []
    for calc in spec.calcs:
        figures: dict[str, Figures] = {}
        for name, one in calc.model.inputs.items():
            if one.value is not None:
                figures[name] = one_value(calc, name, problems)
            elif one.file is not None:
                table = _file(calc, name, one.file, root, files, problems)
                if table is not None:
                    figures[name] = from_file(calc, name, table, problems)
            elif one.estimate is not None:
                table = _file(calc, name, one.estimate.run, root, files, problems)
                if table is not None:
                    _from_survey(calc, name, table, figures, problems)
        calcs.append((calc, figures))
    return Prepared(tuple(calcs), {name: table.sha256 for name, table in sorted(files.items())})


def _from_survey(calc: Calc, name: str, table: LongFile, figures: dict[str, Figures], problems: Collector) -> None:
    try:
        figures[name] = from_file(calc, name, estimates_as_figures(calc, name, table), problems)
    except SurveyprocError as error:
        problems.extend(error.problems)


def _file(
    calc: Calc, name: str, written: str, root: Path, files: dict[str, LongFile], problems: Collector
) -> LongFile | None:
    if written in files:
        return files[written]
    try:
        where = ("file",) if calc.model.inputs[name].file is not None else ("estimate", "run")
        path = data_file(root, written, calc.place("inputs", name, *where))
        files[written] = read_long(path, shown=written)
    except SurveyprocError as error:
        problems.extend(p for p in error.problems if p not in problems.problems)
        return None
    return files[written]


def calculate(prepared: Prepared, spec: DemographicSpec, problems: Collector) -> tuple[Done, ...]:
    """Every calculation on its inputs; stops with all problems of inputs that do not fit together."""
    done = []
    for calc, figures in prepared.calcs:
        if len(figures) < len(calc.model.inputs):
            continue
        aligned = align(calc, figures, problems)
        if aligned is None or problems.errors:
            continue
        parts = compute(calc, aligned, spec.model, problems)
        files = tuple(dict.fromkeys(name for one in calc.model.inputs.values() if (name := _written_in(one))))
        done.append(Done(calc, aligned, parts, files))
    problems.stop_on_errors()
    return tuple(done)


def _written_in(one: MethodInput) -> str:
    return one.file or (one.estimate.run if one.estimate is not None else "")


def judged(done: Sequence[Done], spec: DemographicSpec, problems: Collector) -> Calculated:
    """Rows of estimates under the publication rules, and the sources of variance of those that are shown."""
    from surveyproc.quality import judge

    raw = estimates_of(done, name=spec.model.name)
    frame, found = judge(raw, spec.quality, place=spec.quality_at(()), confidence=spec.model.confidence)
    problems.extend(found)
    return Calculated(tuple(done), frame, sources_of(done, frame))


def tables_of(made: Calculated, spec: DemographicSpec) -> tuple[Publication, ...]:
    """One publication a language."""
    from surveyproc.messages import words
    from surveyproc.methods.present import publication

    return tuple(
        publication(made.done, spec, made.frame, sources=made.sources, words=words(language), language=language)
        for language in spec.model.languages
    )


def outputs_of(made: Calculated, published: Sequence[Publication], spec: DemographicSpec) -> dict[str, bytes]:
    """File name → bytes of every output that is wanted."""
    from surveyproc.publications import drawn
    from surveyproc.publish.csv import estimates_csv, rows_csv

    wanted = spec.model.outputs
    files = {name: content for one in published for name, content in drawn(one, wanted).items()}
    if "csv" in wanted:
        files["estimates.csv"] = estimates_csv(made.frame)
        files["uncertainty.csv"] = rows_csv(SOURCE_COLUMNS, made.sources.itertuples(index=False, name=None))
    return files
