"""Calculations as tables: results with their errors, where the variance comes from, and what the inputs were."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product

import pandas as pd

from surveyproc.config import models
from surveyproc.demography.methods import Result
from surveyproc.methods.rows import CROSS, Done
from surveyproc.methods.spec import DemographicSpec
from surveyproc.tables.cells import Estimate, index_of, style_of
from surveyproc.tables.footnotes import mark_footnotes
from surveyproc.values import CellStyle, Publication, Table, TableCell, TableColumn, TableRow, Texts

NO_VALUE, NO_SE = ":", "×"
OWN_AXES = ("estimator",)  # whose categories are words of the catalogue
Words = Mapping[str, str]
Cells = Callable[[tuple[str, ...]], tuple[TableCell, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """What tables are made of: the rows of estimates by place, shares by place and source, words and labels."""

    spec: DemographicSpec
    estimates: Mapping[tuple[str, str, str, str], Estimate]
    shares: Mapping[tuple[str, str, str], Mapping[str, float]]
    ranges: Mapping[tuple[str, str, str], tuple[float, float]]
    words: Words
    language: str

    def label(self, dimension: str, category: str = "_") -> str:
        """A category, or with "_" a dimension, in words; the word of the catalogue or the name where none is given."""
        texts = self.spec.model.labels.get(dimension, {}).get(category, {})
        key, plain = (f"{dimension}_{category}", category) if dimension in OWN_AXES else ("", category)
        own = self.words.get(*((f"dimension_{dimension}", dimension) if category == "_" else (key, plain)))
        return pick(texts, self.language) or own


def pick(texts: Texts, language: str) -> str:
    """The text in a language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def publication(
    done: Sequence[Done],
    spec: DemographicSpec,
    frame: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    words: Words,
    language: str,
) -> Publication:
    """All tables of the calculations in one language. frame: judged estimates; sources: SOURCE_COLUMNS."""
    said = Said(spec, index_of(frame).estimates, _shares(sources), _ranges(sources), words, language)
    tables: list[Table] = []
    for number, one in enumerate(done, start=1):
        made = [*_result_tables(one, said), *_share_tables(one, said), _input_table(one, said)]
        tables += [_numbered(table, f"{number}.{part}") for part, table in enumerate(made, start=1)]
    title = pick(spec.model.title, language)
    return Publication(title, language, tuple(tables), words, tuple(_facts(done, said)))


def _shares(sources: pd.DataFrame) -> dict[tuple[str, str, str], dict[str, float]]:
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    known = sources[sources["source"] != ""]
    for place, source, share in zip(_places(known), known["source"], known["share"].tolist(), strict=True):
        found.setdefault(place, {})[str(source)] = share
    return found


def _ranges(sources: pd.DataFrame) -> dict[tuple[str, str, str], tuple[float, float]]:
    known = sources[sources["range_low"].notna()]
    ends = zip(known["range_low"].tolist(), known["range_high"].tolist(), strict=True)
    return dict(zip(_places(known), ends, strict=True))


def _places(sources: pd.DataFrame) -> list[tuple[str, str, str]]:
    columns = (sources[name].astype(str).tolist() for name in ("indicator", "domain", "cell"))
    return [(one, domain, cell) for one, domain, cell in zip(*columns, strict=True)]


def _numbered(table: Table, number: str) -> Table:
    return Table(
        number,
        table.title,
        table.language,
        table.columns,
        table.rows,
        table.stub_head,
        table.subtitle,
        table.footnotes,
        table.notes,
        table.source,
    )


def _title(done: Done, said: Said) -> str:
    return pick(done.calc.model.title, said.language) or said.words[f"method_{done.calc.method.name}"]


def _groups(done: Done) -> Iterator[tuple[tuple[str, ...], list[Result]]]:
    """Results that share a table, by their axes; a matrix has a table of its own."""
    published = [r for r in done.calc.method.results if r.name in done.calc.results]
    keyed = sorted(published, key=lambda r: (len(r.axes), r.axes))
    for axes, group in groupby(keyed, key=lambda r: r.axes):
        results = list(group)
        if len(axes) == 2:
            yield from ((axes, [one]) for one in results)
        else:
            yield axes, results


def _result_tables(done: Done, said: Said) -> Iterator[Table]:
    for axes, results in _groups(done):
        if len(axes) == 2:
            kinds = ["estimate", *(["se"] if "se" in done.calc.model.show else [])]
            yield from (_matrix(done, said, axes, results[0], kind) for kind in kinds)
        else:
            yield _list(done, said, axes, results)


def _list(done: Done, said: Said, axes: tuple[str, ...], results: Sequence[Result]) -> Table:
    pairs = {"ci": ["ci_low", "ci_high"]}
    shown = [kind for wanted in done.calc.model.show for kind in pairs.get(wanted, [wanted])]
    kinds = ["value", *shown]
    domain = CROSS.join((*done.calc.model.by, *axes)) or "total"
    if any((f"{done.calc.name}.{r.name}", domain) == key[:2] for r in results for key in said.ranges):
        kinds += ["range_low", "range_high"]
    columns = [TableColumn(_head(kind, said), _result_head(r, done, said)) for r in results for kind in kinds]

    def cells(names: tuple[str, ...]) -> tuple[TableCell, ...]:
        where = (domain, CROSS.join(names))
        return tuple(_cell(done, said, r, kind, where) for r in results for kind in kinds)

    return _table(done, said, columns, tuple(_rows(done, said, axes, cells)), axes)


def _matrix(done: Done, said: Said, axes: tuple[str, ...], result: Result, kind: str) -> Table:
    domain = CROSS.join((*done.calc.model.by, *axes))
    across = done.aligned.axes.of(axes[1])
    head = _result_head(result, done, said)
    spanner = head if kind == "estimate" else f"{head}: {_head(kind, said)}"
    columns = [TableColumn(said.label(axes[1], name), spanner) for name in across]

    def cells(names: tuple[str, ...]) -> tuple[TableCell, ...]:
        name = "value" if kind == "estimate" else kind
        return tuple(_cell(done, said, result, name, (domain, CROSS.join((*names, other)))) for other in across)

    return _table(done, said, columns, tuple(_rows(done, said, axes[:1], cells)), axes)


def _table(
    done: Done, said: Said, columns: Sequence[TableColumn], rows: tuple[TableRow, ...], axes: tuple[str, ...]
) -> Table:
    words = said.words
    own = [words["mark_no_value"]] if _holds(rows, NO_VALUE) else []
    own += [words["mark_no_se"]] if _holds(rows, NO_SE) else []
    quality = said.spec.quality
    marks = mark_footnotes(rows, quality, language=said.language, words=words)
    footnotes = [line for line in marks if line.split(" ")[0] not in (NO_VALUE, NO_SE)]
    stub = [said.label(d) for d in (*done.calc.model.by, *axes[:1])]
    return Table(
        number="",
        title=_title(done, said),
        language=said.language,
        columns=tuple(columns),
        rows=rows,
        stub_head=CROSS.join(stub) or words["characteristic"],
        footnotes=(*(line.format(mark=m) for line, m in zip(own, _own_marks(rows), strict=True)), *footnotes),
        notes=tuple(_notes(done, said)),
        source=pick(said.spec.model.source, said.language),
    )


def _own_marks(rows: Sequence[TableRow]) -> list[str]:
    return [mark for mark in (NO_VALUE, NO_SE) if _holds(rows, mark)]


def _holds(rows: Sequence[TableRow], mark: str) -> bool:
    return any(cell.style is CellStyle.TEXT and cell.text == mark for row in rows for cell in row.cells)


def _rows(done: Done, said: Said, axes: tuple[str, ...], cells: Cells) -> Iterator[TableRow]:
    """One heading a cell of `by`, with its categories under it; without categories the cells are the rows."""
    lists = [done.aligned.axes.of(axis) for axis in axes]
    for part in done.parts:
        label = CROSS.join(said.label(d, c) for d, c in zip(done.calc.model.by, part.cell, strict=True))
        if not axes:
            yield TableRow(label or said.words["total"], cells(part.cell), "body" if label else "total")
            continue
        if label:
            yield TableRow(label, kind="heading")
        for names in product(*lists):
            line = CROSS.join(said.label(axis, name) for axis, name in zip(axes, names, strict=True))
            yield TableRow(line, cells((*part.cell, *names)), indent=1 if label else 0)


def _cell(done: Done, said: Said, result: Result, kind: str, where: tuple[str, str]) -> TableCell:
    indicator = f"{done.calc.name}.{result.name}"
    found = said.estimates.get((indicator, "", *where))
    if found is None or found.shown == "suppress":
        return TableCell(None, 0, CellStyle.TEXT, "" if found is None else found.marks)
    if kind in ("range_low", "range_high"):
        ends = said.ranges.get((indicator, *where))
        number = math.nan if ends is None else ends[kind == "range_high"]
        return TableCell(None, 0, CellStyle.TEXT, "") if math.isnan(number) else TableCell(number, result.decimals)
    number = found.numbers[kind]
    if math.isnan(found.numbers["value"]):
        return TableCell(None, 0, CellStyle.TEXT, NO_VALUE)
    if math.isnan(number):
        return TableCell(None, 0, CellStyle.TEXT, NO_SE)
    style, text = style_of(found.marks) if kind == "value" else (CellStyle.PLAIN, "")
    return TableCell(100.0 * number, 1) if kind == "cv" else TableCell(number, result.decimals, style, text)


def _head(kind: str, said: Said) -> str:
    return said.words[{"value": "estimate", "cv": "cv_percent"}.get(kind, kind)]


def _result_head(result: Result, done: Done, said: Said) -> str:
    per = f"{getattr(done.calc.choices, 'per', 1000.0):,.0f}"
    unit = "%" if result.unit == "percent" else said.words[f"unit_{result.unit}"].format(per=per)
    return f"{said.words[f'result_{result.name}']}, {unit}"


def _share_tables(done: Done, said: Said) -> Iterator[Table]:
    """Shares of the variance, a table for results of the same axes; of matrices they are in the file only."""
    for axes, results in _groups(done):
        domain = CROSS.join((*done.calc.model.by, *axes)) or "total"
        names = [f"{done.calc.name}.{r.name}" for r in results]
        found = {s for (name, d, _), of in said.shares.items() if name in names and d == domain for s in of}
        if len(axes) == 2 or not found:
            continue
        order = [source for part in done.parts[:1] for source in part.found.sources if source in found]
        columns = [TableColumn(s, said.words[f"result_{r.name}"]) for r in results for s in order]
        rows = tuple(_rows(done, said, axes, _share_cells(said, domain, names, order)))
        yield Table(
            "",
            f"{_title(done, said)}: {said.words['variance_shares']}",
            said.language,
            tuple(columns),
            rows,
            CROSS.join(said.label(d) for d in (*done.calc.model.by, *axes)) or said.words["characteristic"],
            notes=(said.words["variance_shares_note"],),
        )


def _share_cells(said: Said, domain: str, names: Sequence[str], order: Sequence[str]) -> Cells:
    def cells(place: tuple[str, ...]) -> tuple[TableCell, ...]:
        shares = [said.shares.get((name, domain, CROSS.join(place)), {}) for name in names]
        numbers = [of.get(source, math.nan) for of in shares for source in order]
        return tuple(
            TableCell(None, 0, CellStyle.TEXT, "") if math.isnan(x) else TableCell(100.0 * x, 1) for x in numbers
        )

    return cells


def _input_table(done: Done, said: Said) -> Table:
    """What went in: where from, in which unit, with which error."""
    words = said.words
    heads = ("input_from", "input_unit", "input_error", "note")
    rows = []
    for one in done.calc.method.inputs:
        given = done.calc.model.inputs.get(one.name)
        if given is None:
            continue
        same = done.aligned.inputs[one.name].everywhere
        note = pick(given.note, said.language)
        if same and given.value is None:
            note = "; ".join(part for part in (note, words["input_same"].format(of=", ".join(same))) if part)
        texts = (_from(given), given.unit, input_error(done, one.name, words), note)
        rows.append(TableRow(words[f"input_{one.name}"], tuple(TableCell(None, 0, CellStyle.TEXT, t) for t in texts)))
    columns = tuple(TableColumn(words[head]) for head in heads)
    title = f"{_title(done, said)}: {words['inputs']}"
    return Table("", title, said.language, columns, tuple(rows), words["input"])


def _from(given: models.MethodInput) -> str:
    if given.estimate is not None:
        return f"{given.estimate.run}: {given.estimate.indicator}"
    return given.file if given.file is not None else f"{given.value:g}"


def input_error(done: Done, name: str, words: Words) -> str:
    """The error of an input in words."""
    given, arrays = done.calc.model.inputs[name], done.aligned.inputs[name]
    if given.scenarios:
        return words["error_scenarios"].format(names=", ".join(given.scenarios))
    if given.estimate is not None:
        return words["error_survey_independent"]
    if given.cv:
        return words["error_cv"].format(cv=f"{100.0 * given.cv:g}")
    stated = [e for e in ("cv", "se", "low") if e in arrays.errors]
    return words[f"error_{stated[0]}_column" if stated else "error_none"].format(level=f"{100.0 * given.level:g}")


def _notes(done: Done, said: Said) -> Iterator[str]:
    calc, words = done.calc, said.words
    yield f"{words[f'method_{calc.method.name}']}. {words[f'about_{calc.method.name}']} ({calc.method.source})"
    chosen = calc.choices.model_dump(exclude_none=True)
    if chosen:
        told = ", ".join(f"{k} = {v:g}" if isinstance(v, float) else f"{k} = {v}" for k, v in chosen.items())
        yield f"{words['choices']}: {told}"
    exact = [n for n in done.aligned.inputs if input_error(done, n, words) == words["error_none"]]
    if exact:
        yield words["taken_as_exact"].format(names=", ".join(words[f"input_{n}"] for n in exact))


def _facts(done: Sequence[Done], said: Said) -> Iterator[tuple[str, str]]:
    words = said.words
    yield words["round"], said.spec.model.name
    for one in done:
        yield words["method"], f"{words[f'method_{one.calc.method.name}']} ({one.calc.method.label})"
    if "se" in words:
        yield words["se"], words["variance_propagated"]
    level = f"{100 * said.spec.model.confidence:g}"
    yield words["ci"].format(level=level), words["ci_method_propagated"]
