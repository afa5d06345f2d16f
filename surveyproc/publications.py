"""Judged estimates as publications: every table in every language, then the files that are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from surveyproc.config.spec import RoundSpec, VariableText
from surveyproc.facts import facts, lonely, notes_of, said, variance
from surveyproc.messages import words
from surveyproc.tables import build_tables, sampling_error_tables
from surveyproc.values import Publication


def publications(frame: pd.DataFrame, spec: RoundSpec) -> tuple[Publication, ...]:
    """One publication a language of the plan: its tables in order, then the sampling-error appendix."""
    return tuple(_publication(frame, spec, language) for language in spec.plan.languages)


def render(frame: pd.DataFrame, published: tuple[Publication, ...], spec: RoundSpec) -> dict[str, bytes]:
    """File name → bytes of every output that the plan wants."""
    return render_publications(frame, published, spec.plan.outputs)


def render_publications(
    frame: pd.DataFrame, published: Sequence[Publication], wanted: Collection[str]
) -> dict[str, bytes]:
    """File name → bytes of the outputs wanted of judged estimates and their tables: xlsx, html, csv."""
    files: dict[str, bytes] = {}
    for publication in published:
        if "xlsx" in wanted:
            from surveyproc.publish.xlsx import workbook

            files[f"tables.{publication.language}.xlsx"] = workbook(publication)
        if "html" in wanted:
            from surveyproc.publish.html import page

            files[f"tables.{publication.language}.html"] = page(publication).encode()
    if "csv" in wanted:
        from surveyproc.publish.csv import estimates_csv

        files["estimates.csv"] = estimates_csv(frame)
    return files


def _publication(frame: pd.DataFrame, spec: RoundSpec, language: str) -> Publication:
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
    if spec.plan.sampling_errors is not None:
        names |= {name for name in spec.plan.sampling_errors.domains if name != "total"}
    return {name: spec.variable_text(name) for name in sorted(names)}
