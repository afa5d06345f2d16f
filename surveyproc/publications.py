"""Judged estimates as publications: every table in every language, then the files that are written."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from surveyproc.analyses import Analyses
from surveyproc.config.spec import RoundSpec, VariableText
from surveyproc.design.plan import replicate_columns
from surveyproc.messages import words
from surveyproc.tables import Wording, build_tables, model_tables, sampling_error_tables, tests_table
from surveyproc.values import MODEL_COLUMNS, TEST_COLUMNS, LonelyPsu, Publication, Texts


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
    tables = build_tables(
        frame,
        spec.tables,
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
            notes=({language: _variance(spec, known)}, {language: _lonely(spec, known)}),
        )
    return Publication(
        title=_text(spec.plan.title, language),
        language=language,
        tables=tables,
        words=known,
        facts=_facts(spec, language, known),
    )


def _variables(spec: RoundSpec) -> dict[str, VariableText]:
    names = {name for table in spec.tables for row in table.rows for name in row}
    names |= {i.of for i in spec.indicators.values() if i.of is not None}
    names |= {name for one in spec.regressions for name in (one.outcome, *(t.variable for t in one.terms))}
    if spec.plan.sampling_errors is not None:
        names |= {name for name in spec.plan.sampling_errors.domains if name != "total"}
    return {name: spec.variable_text(name) for name in sorted(names)}


def _facts(spec: RoundSpec, language: str, known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Lines of the front page: what was published, from which design, by which rules."""
    design = spec.design
    modules = [f"{_text(m.title, language)} ({m.module}@{m.version})" for m in spec.modules.values()]
    weights = [
        f"{level}: {entry if isinstance(entry, str) else entry.column}" for level, entry in design.weight.items()
    ]
    interval = {design.interval.get("mean", "t"), design.interval.get("proportion", "logit"), *design.interval.values()}
    lines = [
        (known["survey"], _text(spec.title, language) or spec.survey),
        (known["round"], spec.name),
        *((known["module"], text) for text in modules),
        (known["weights"], ", ".join(weights)),
        (known["strata"], _joined(design.strata)),
        (known["psu"], _joined(design.psu)),
        (known["lonely_psu"], _lonely(spec, known)),
        (known["se"], _variance(spec, known)),
        *(
            (known["ci"].format(level=f"{100 * design.confidence:g}"), known[f"ci_method_{m}"])
            for m in sorted(interval)
        ),
    ]
    return tuple((name, text) for name, text in lines if text)


def _variance(spec: RoundSpec, known: Mapping[str, str]) -> str:
    """How standard errors are made, with the number of replicates where the configuration tells it."""
    given = spec.design.replicates
    if given is None:
        return known["variance_taylor"]
    counts = {len(replicate_columns(given, level)) or given.number for level in spec.design.weight}
    if len(counts) == 1 and None not in counts:
        return known["variance_replicates"].format(count=counts.pop())
    return known["variance_replicates_made"].format(method=given.method)


def _lonely(spec: RoundSpec, known: Mapping[str, str]) -> str:
    rule, given = spec.design.lonely_psu, spec.design.replicates
    if given is not None and given.columns is not None:
        return ""  # the weights were made elsewhere, by a rule that the data do not tell
    return known[f"lonely_psu_{rule if isinstance(rule, str) else LonelyPsu.FAIL}"]


def _joined(entry: str | list[str] | None) -> str:
    return "" if entry is None else entry if isinstance(entry, str) else " × ".join(entry)


def _text(texts: Texts, language: str) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
