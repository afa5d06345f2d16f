"""What is told of a round beside its numbers: lines of the front page, notes under tables, details of the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surveyproc.config.spec import RoundSpec, TableSpec
from surveyproc.design.plan import replicate_columns
from surveyproc.values import LonelyPsu, Texts


def about(spec: RoundSpec) -> dict[str, Any]:
    """What the manifest tells of definitions, breaks in series and questions that were not asked."""
    modules = spec.modules.items()
    breaks = {name: m.break_in_series for name, m in modules if m.break_in_series is not None}
    return {
        "definitions": {name: list(m.definitions) for name, m in modules if m.definitions},
        "breaks_in_series": {name: {"since": b.since, "note": dict(b.note)} for name, b in breaks.items()},
        "not_asked": {
            c.name: dict(c.reason) for c in spec.concepts.values() if spec.unavailable.get(c.name) == (c.name,)
        },
    }


def notes_of(table: TableSpec, spec: RoundSpec, language: str, known: Mapping[str, str]) -> tuple[Texts, ...]:
    """Notes that a table needs beside its own: breaks in series, and why what it would show was not asked."""
    indicators = [spec.indicators[c.indicator] for c in table.columns if c.indicator in spec.indicators]
    labels = dict.fromkeys((table.module, *(i.module for i in indicators)))
    breaks = [m.break_in_series for m in spec.modules.values() if f"{m.module}@{m.version}" in labels]
    texts = [f"{known['break_in_series'].format(since=b.since)}: {said(b.note, language)}" for b in breaks if b]
    missing = [root for i in indicators for root in spec.not_asked(i.universe, i.needs)]
    missing += [root for row in table.rows for root in spec.not_asked(table.universe, row)]
    reasons = (_why(name, spec, language) for name in dict.fromkeys(missing) if spec.concepts[name].reason)
    texts += [f"{known['not_asked']}: {text}" for text in reasons]
    return tuple({language: text} for text in texts)


def facts(spec: RoundSpec, language: str, known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Lines of the front page: what was published, from which design, by which rules."""
    design = spec.design
    modules = [f"{said(m.title, language)} ({m.module}@{m.version})" for m in spec.modules.values()]
    weights = [
        f"{level}: {entry if isinstance(entry, str) else entry.column}" for level, entry in design.weight.items()
    ]
    weights += [
        f"{level}: {' → '.join(known[f'weights_step_{step.model.step}'] for step in steps)}"
        for level, steps in spec.weights.items()
    ]
    interval = {design.interval.get("mean", "t"), design.interval.get("proportion", "logit"), *design.interval.values()}
    lines = [
        (known["survey"], said(spec.title, language) or spec.survey),
        (known["round"], spec.name),
        (known["period"], _period(spec, known)),
        *((known["module"], text) for text in modules),
        *((known["definitions"], text) for text in _definitions(spec, language)),
        *((known["codelist"], _titled(c.title, c.codelist, c.source, language)) for c in spec.codelists.values()),
        *((known["not_asked"], text) for text in _not_asked(spec, language)),
        (known["weights"], ", ".join(weights)),
        (known["strata"], _joined(design.strata)),
        (known["psu"], _joined(design.psu)),
        (known["lonely_psu"], lonely(spec, known)),
        (known["se"], variance(spec, known)),
        *(
            (known["ci"].format(level=f"{100 * design.confidence:g}"), known[f"ci_method_{m}"])
            for m in sorted(interval)
        ),
        *((known["publication_rules"], _titled(q.title, q.quality, q.source, language)) for q in [spec.quality] if q),
    ]
    return tuple((name, text) for name, text in lines if text)


def variance(spec: RoundSpec, known: Mapping[str, str]) -> str:
    """How standard errors are made, with the number of replicates where the configuration tells it."""
    steps = (step.model.step for level in spec.weights.values() for step in level)
    more = [known["variance_calibrated"]] if spec.design.calibrated_on or "calibrate" in steps else []
    return " ".join([_variance(spec, known), *more])


def _variance(spec: RoundSpec, known: Mapping[str, str]) -> str:
    given = spec.design.replicates
    if given is None:
        return known["variance_taylor"]
    counts = {len(replicate_columns(given, level)) or given.number for level in spec.weight_levels}
    if len(counts) == 1 and None not in counts:
        return known["variance_replicates"].format(count=counts.pop())
    return known["variance_replicates_made"].format(method=given.method)


def lonely(spec: RoundSpec, known: Mapping[str, str]) -> str:
    """The rule for strata with a single psu; nothing where replicate weights were made elsewhere."""
    rule, given = spec.design.lonely_psu, spec.design.replicates
    if given is not None and given.columns is not None:
        return ""  # the weights were made elsewhere, by a rule that the data do not tell
    return known[f"lonely_psu_{rule if isinstance(rule, str) else LonelyPsu.FAIL}"]


def _joined(entry: str | list[str] | None) -> str:
    return "" if entry is None else entry if isinstance(entry, str) else " × ".join(entry)


def said(texts: Texts, language: str) -> str:
    """The text in a language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def _titled(title: Texts, name: str, source: str, language: str) -> str:
    words = said(title, language) or name
    return f"{words}. {source}" if source else words


def _period(spec: RoundSpec, known: Mapping[str, str]) -> str:
    period = spec.period
    if period.month is not None:
        return known["period_month"].format(year=period.year, month=period.month)
    if period.quarter is not None:
        return known["period_quarter"].format(year=period.year, quarter=period.quarter)
    return str(period.year)


def _definitions(spec: RoundSpec, language: str) -> Iterator[str]:
    for module in spec.modules.values():
        if module.definitions:
            yield f"{said(module.title, language)}: {'; '.join(module.definitions)}"


def _not_asked(spec: RoundSpec, language: str) -> Iterator[str]:
    return (_why(name, spec, language) for name, concept in spec.concepts.items() if concept.reason)


def _why(name: str, spec: RoundSpec, language: str) -> str:
    concept = spec.concepts[name]
    return f"{said(concept.label, language) or name}. {said(concept.reason, language)}"
