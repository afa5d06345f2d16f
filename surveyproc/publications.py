"""Judged estimates as publications: every table in every language, then the files that are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import pandas as pd

from surveyproc.analyses import Analyses
from surveyproc.config.spec import RoundSpec, VariableText
from surveyproc.facts import facts, lonely, notes_of, said, variance
from surveyproc.messages import words
from surveyproc.tables import (
    Wording,
    build_tables,
    model_tables,
    sampling_error_tables,
    tests_table,
    weight_tables,
)
from surveyproc.values import MODEL_COLUMNS, TEST_COLUMNS, Publication, WeightedRound


def publications(frame: pd.DataFrame, spec: RoundSpec, analyses: Analyses) -> tuple[Publication, ...]:
    """One publication a language: tables in the plan's order, regressions, tests, the sampling-error appendix."""
    return tuple(_publication(frame, spec, language, analyses) for language in spec.plan.languages)


def weight_reports(weighted: WeightedRound, spec: RoundSpec) -> tuple[Publication, ...]:
    """The report on the weights in each language of the plan; none where no level is weighted in steps.

    It is no part of the published tables: it shows counts of the sample that publication rules may hide there.
    """
    if not weighted.levels:
        return ()
    return tuple(_weight_report(weighted, spec, language) for language in spec.plan.languages)


def _weight_report(weighted: WeightedRound, spec: RoundSpec, language: str) -> Publication:
    known = words(language)
    lines = [line for made in weighted.levels.values() for step in made.steps for line in step.lines]
    names = sorted({name for line in lines for name, _ in line.cell} | {item.variable for item in weighted.items})
    return Publication(
        title=f"{known['weights_title']}. {said(spec.title, language) or spec.survey}",
        language=language,
        tables=weight_tables(
            weighted,
            variables={name: spec.variable_text(name) for name in names},
            language=language,
            source=spec.source or spec.title or {"en": spec.survey},
            words=known,
        ),
        words=known,
        facts=facts(spec, language, known),
    )


def drawn(publication: Publication, wanted: Collection[str], *, stem: str = "tables") -> dict[str, bytes]:
    """File name → bytes of one publication as workbook and page, whichever are wanted."""
    files: dict[str, bytes] = {}
    if "xlsx" in wanted:
        from surveyproc.publish.xlsx import workbook

        files[f"{stem}.{publication.language}.xlsx"] = workbook(publication)
    if "html" in wanted:
        from surveyproc.publish.html import page

        files[f"{stem}.{publication.language}.html"] = page(publication).encode()
    return files


def render(
    frame: pd.DataFrame,
    published: tuple[Publication, ...],
    spec: RoundSpec,
    analyses: Analyses,
    weighted: WeightedRound | None = None,
) -> dict[str, bytes]:
    """File name → bytes of every output that the plan wants."""
    files: dict[str, bytes] = {}
    wanted = spec.plan.outputs
    reports = weight_reports(weighted or WeightedRound(), spec)
    for stem, publication in [*(("tables", p) for p in published), *(("weights", p) for p in reports)]:
        files.update(drawn(publication, wanted, stem=stem))
    if "csv" in wanted:
        from surveyproc.publish.csv import analysis_csv, estimates_csv, rows_csv

        files["estimates.csv"] = estimates_csv(frame)
        if spec.regressions:
            files["models.csv"] = analysis_csv(analyses.models, MODEL_COLUMNS)
        if spec.tests:
            files["tests.csv"] = analysis_csv(analyses.tests, TEST_COLUMNS)
        if weighted is not None and weighted.levels:
            files["weights.csv"] = rows_csv(WEIGHT_COLUMNS, weight_rows(weighted))
    return files


WEIGHT_COLUMNS = ("level", "number", "step", "detail", "part", "cell", "figure", "value")


def weight_rows(weighted: WeightedRound) -> Iterator[tuple[object, ...]]:
    """Every figure of the report on weights, one a row: WEIGHT_COLUMNS."""
    for level, made in weighted.levels.items():
        for step in made.steps:
            start = (level, str(step.number), step.name, step.detail)
            yield from ((*start, "step", "", figure, value) for figure, value in step.figures.items())
            for line in step.lines:
                cell = " × ".join(f"{name}={category}" for name, category in line.cell) or line.text
                yield from ((*start, line.part, cell, figure, value) for figure, value in line.figures.items())
    for item in weighted.items:
        of = (item.level, "", "items", "", "item", item.variable)
        yield (*of, "asked", float(item.asked))
        yield from ((*of, reason, value) for reason, value in item.missing.items())
        yield from ((*of, f"{reason}_weighted", value) for reason, value in item.weighted.items())


def _publication(frame: pd.DataFrame, spec: RoundSpec, language: str, analyses: Analyses) -> Publication:
    known = words(language)
    variables = _variables(spec)
    source = spec.source or spec.title or {"en": spec.survey}
    specs = [replace(table, notes=(*table.notes, *notes_of(table, spec, language, known))) for table in spec.tables]
    tables = build_tables(
        frame,
        specs,
        indicators=spec.indicators,
        variables=variables,
        universes={name: universe.label for name, universe in spec.universes.items()},
        quality=spec.quality,
        language=language,
        source=source,
        words=known,
    )
    wording = Wording(
        variables, {name: u.label for name, u in spec.universes.items()}, spec.quality, known, language, source
    )
    tables += model_tables(analyses.models, spec.regressions, wording)
    tables += tests_table(analyses.tests, spec.tests, wording)
    if spec.plan.sampling_errors is not None:
        tables += sampling_error_tables(
            frame,
            spec.plan.sampling_errors,
            indicators=spec.indicators,
            variables=variables,
            quality=spec.quality,
            language=language,
            source=source,
            words=known,
            notes=({language: variance(spec, known)}, {language: lonely(spec, known)}),
        )
    return Publication(
        title=said(spec.plan.title, language),
        language=language,
        tables=tables,
        words=known,
        facts=facts(spec, language, known),
    )


def _variables(spec: RoundSpec) -> dict[str, VariableText]:
    names = {name for table in spec.tables for row in table.rows for name in row}
    names |= {c.compare[0] for table in spec.tables for c in table.columns if c.compare is not None}
    names |= {name for i in spec.indicators.values() for name in i.flows or ()}
    names |= {i.of for i in spec.indicators.values() if i.of is not None}
    names |= {name for one in spec.regressions for name in (one.outcome, *(t.variable for t in one.terms))}
    if spec.plan.sampling_errors is not None:
        names |= {name for name in spec.plan.sampling_errors.domains if name != "total"}
    return {name: spec.variable_text(name) for name in sorted(names)}
