"""Judged estimates as publications: every table in every language, then the files that are written."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from surveyproc.analyses import Analyses
from surveyproc.config.spec import RoundSpec, VariableText
from surveyproc.facts import facts, lonely, notes_of, said, variance
from surveyproc.messages import words
from surveyproc.tables import Wording, build_tables, model_tables, sampling_error_tables, tests_table
from surveyproc.values import MODEL_COLUMNS, TEST_COLUMNS, Publication


def publications(frame: pd.DataFrame, spec: RoundSpec, analyses: Analyses) -> tuple[Publication, ...]:
    """One publication a language: tables in the plan's order, regressions, tests, the sampling-error appendix."""
    return tuple(_publication(frame, spec, language, analyses) for language in spec.plan.languages)


def render(
    frame: pd.DataFrame, published: tuple[Publication, ...], spec: RoundSpec, analyses: Analyses
) -> dict[str, bytes]:
    """File name → bytes of every output that the plan wants."""
    files: dict[str, bytes] = {}
    wanted = spec.plan.outputs
    for publication in published:
        if "xlsx" in wanted:
            from surveyproc.publish.xlsx import workbook

            files[f"tables.{publication.language}.xlsx"] = workbook(publication)
        if "html" in wanted:
            from surveyproc.publish.html import page

            files[f"tables.{publication.language}.html"] = page(publication).encode()
    if "csv" in wanted:
        from surveyproc.publish.csv import analysis_csv, estimates_csv

        files["estimates.csv"] = estimates_csv(frame)
        if spec.regressions:
            files["models.csv"] = analysis_csv(analyses.models, MODEL_COLUMNS)
        if spec.tests:
            files["tests.csv"] = analysis_csv(analyses.tests, TEST_COLUMNS)
    return files


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
    names |= {i.of for i in spec.indicators.values() if i.of is not None}
    names |= {name for one in spec.regressions for name in (one.outcome, *(t.variable for t in one.terms))}
    if spec.plan.sampling_errors is not None:
        names |= {name for name in spec.plan.sampling_errors.domains if name != "total"}
    return {name: spec.variable_text(name) for name in sorted(names)}
