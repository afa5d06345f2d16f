"""Judged results of regressions and tests as tables in one language."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from surveyproc.config.models import Quality
from surveyproc.config.spec import RegressionSpec, SignificanceSpec, VariableText
from surveyproc.tables.cells import style_of, text_cell
from surveyproc.tables.footnotes import mark_footnotes
from surveyproc.tables.words import pick
from surveyproc.values import CellStyle, Kind, Table, TableCell, TableColumn, TableRow, Texts

TESTS_NUMBER = "T"  # of the table of tests
DECIMALS = {"coefficient": 2, "odds_ratio": 2, "rate_ratio": 2, "ame": 3, "adjusted": 3}
SHARES = ("ame", "adjusted")  # of a yes/no outcome these print in per cent
SMALLEST_P = 0.001
P_DECIMALS = 3
PERCENT_DECIMALS = 1
WITHOUT = (
    "collinear",
    "separated",
    "separated_model",
    "no_df",
    "not_converged",
    "constant",
    "empty_reference",
    "negative",
)
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """Every text that these tables are made of, and the language asked for."""

    variables: Mapping[str, VariableText]
    universes: Mapping[str, Texts]
    quality: Quality | None
    words: Mapping[str, str]
    language: str
    source: Texts

    def variable(self, name: str) -> str:
        """The label of a variable, else its name."""
        known = self.variables.get(name)
        return pick(known.label, self.language, otherwise=name) if known else name

    def category(self, variable: str, name: str) -> str:
        """The label of a category, else its name; of a yes/no variable the words for yes and no."""
        known = self.variables.get(variable)
        for category in known.categories if known else ():
            if category.name == name:
                return pick(category.labels, self.language, otherwise=name)
        return self.words.get(name, name)


def model_tables(frame: pd.DataFrame, specs: Sequence[RegressionSpec], wording: Wording) -> tuple[Table, ...]:
    """A table a regression: categories down with the reference among them, statistics across.

    frame: judged, MODEL_COLUMNS. A number has estimate, SE, interval and p-value; the reference is printed as "1.00
    (ref.)" or "0.00 (ref.)". Effects on a yes/no outcome and adjusted shares of it are in per cent. The Wald tests of
    whole terms and why a number is absent stand in the notes.
    """
    return tuple(_model_table(frame[frame["model"] == one.name], one, wording) for one in specs)


def _model_table(frame: pd.DataFrame, spec: RegressionSpec, said: Wording) -> Table:
    found: dict[tuple[str, str, str], Row] = {
        (row["statistic"], row["term"], row["category"]): row for row in frame.to_dict("records")
    }
    columns = [TableColumn(said.words["n_unweighted"]), *(c for show in spec.show for c in _heads(show, said))]
    rows = tuple(_model_rows(spec, found, said))
    drawn = _without_words(rows, said)
    outcome = said.variable(spec.outcome)
    what = said.words["model_of"].format(family=said.words[f"family_{spec.family}"], outcome=outcome)
    universe = pick(said.universes.get(spec.universe, {}), said.language)
    return Table(
        number=spec.number,
        title=pick(spec.title, said.language, otherwise=spec.name),
        language=said.language,
        columns=tuple(columns),
        rows=rows,
        stub_head=said.words["characteristic"],
        subtitle=". ".join(part for part in (what, universe) if part),
        footnotes=mark_footnotes(drawn, said.quality, language=said.language, words=said.words),
        notes=tuple(_model_notes(frame, spec, said)),
        source=pick(said.source, said.language),
    )


def _heads(show: str, said: Wording) -> Iterator[TableColumn]:
    spanner = said.words[f"show_{show}"]
    names = ["estimate", "se", "ci_low", "ci_high"] + ([] if show == "adjusted" else ["p_value"])
    yield from (TableColumn(said.words[name], spanner) for name in names)


def _model_rows(spec: RegressionSpec, found: Mapping[tuple[str, str, str], Row], said: Wording) -> Iterator[TableRow]:
    for term in spec.terms:
        label = said.variable(term.variable)
        if not term.categories:
            yield TableRow(label, _cells(spec, (term.variable, ""), found, said))
            continue
        yield TableRow(label, (), "heading")
        for category in term.categories:
            cells = _cells(spec, (term.variable, category), found, said)
            yield TableRow(said.category(term.variable, category), cells, indent=1)
    if "coefficient" in spec.show:
        yield TableRow(said.words["intercept"], _cells(spec, ("(intercept)", ""), found, said))


def _cells(
    spec: RegressionSpec, place: tuple[str, str], found: Mapping[tuple[str, str, str], Row], said: Wording
) -> tuple[TableCell, ...]:
    first = next(row for show in spec.show if (row := found.get((show, *place))) is not None)
    cells = [cell for show in spec.show for cell in _statistic(spec, show, found.get((show, *place)), said)]
    return (_count(first), *cells)


def _count(row: Row) -> TableCell:
    number = row["n_unweighted"]
    if row["shown"] == "suppress" or pd.isna(number):
        return text_cell(str(row["marks"]))
    return TableCell(float(number), 0)


def _statistic(spec: RegressionSpec, show: str, row: Row | None, said: Wording) -> Iterator[TableCell]:
    size = 4 if show == "adjusted" else 5
    if row is None:
        yield from (text_cell(said.words["na"]) for _ in range(size))
        return
    value = row["value"]
    decimals, factor = _scale(spec, show, said)
    if row["shown"] == "suppress" or pd.isna(value):
        yield from (text_cell(str(row["marks"]) or said.words["na"]) for _ in range(size))
        return
    if row["status"] == "reference":
        yield TableCell(float(value), decimals, CellStyle.STARRED, f" {said.words['reference']}")
        yield from (text_cell(said.words["na"]) for _ in range(size - 1))
        return
    style, text = style_of(str(row["marks"]))
    yield TableCell(float(value) * factor, decimals, style, text)
    for name in ("se", "ci_low", "ci_high"):
        yield _number(row[name], decimals, factor, said)
    if show != "adjusted":
        yield p_cell(row["p_value"], said.words, said.language)


def _scale(spec: RegressionSpec, show: str, said: Wording) -> tuple[int, float]:
    """Decimals and factor of a statistic: shares of a yes/no outcome print in per cent."""
    decimals = DECIMALS[show] if spec.decimals is None else spec.decimals
    if show in SHARES and spec.outcome_kind is Kind.BOOLEAN:
        return (PERCENT_DECIMALS if spec.decimals is None else decimals), 100.0
    return decimals, 1.0


def _number(value: Any, decimals: int, factor: float, said: Wording) -> TableCell:
    if pd.isna(value) or not math.isfinite(value):
        return text_cell(said.words["na"])
    return TableCell(float(value) * factor, decimals)


def p_cell(p: Any, words: Mapping[str, str], language: str) -> TableCell:
    """A p-value with three decimals, or that it is below the smallest of these."""
    if pd.isna(p):
        return text_cell(words["na"])
    if p < SMALLEST_P:
        return text_cell("<0.001" if language == "en" else "<0,001")
    return TableCell(float(p), P_DECIMALS)


def _without_words(rows: Sequence[TableRow], said: Wording) -> tuple[TableRow, ...]:
    """The rows without cells whose words are no marks: references and small p-values."""
    own = {said.words["reference"], "<0.001", "<0,001"}
    return tuple(replace(row, cells=tuple(c for c in row.cells if c.text.strip() not in own)) for row in rows)


def _model_notes(frame: pd.DataFrame, spec: RegressionSpec, said: Wording) -> Iterator[str]:
    rows = frame.to_dict("records")
    tests = [_wald(row, said) for row in rows if row["statistic"] == "wald_f" and row["status"] == "ok"]
    if tests:
        yield said.words["wald_tests"].format(tests="; ".join(tests))
    reasons: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["status"] in WITHOUT and row["statistic"] in spec.show:
            label = said.words["intercept"] if row["term"] == "(intercept)" else said.variable(row["term"])
            category = f": {said.category(row['term'], row['category'])}" if row["category"] else ""
            reasons.setdefault(row["status"], {})[label + category] = None
    for status, places in reasons.items():
        yield said.words[f"model_{status}"].format(terms=", ".join(places))
    if "ame" in spec.show:
        yield said.words["ame_note"]
    if "adjusted" in spec.show:
        yield said.words["adjusted_note"]
    known = [row for row in rows if row["shown"] != "suppress" and not pd.isna(row["share_missing"])]
    if known:
        share = decimal(f"{100 * known[0]['share_missing']:.1f}", said.language)
        df = decimal(f"{known[0]['df']:g}", said.language)
        yield said.words["model_records"].format(psus=int(known[0]["n_psus"]), df=df, missing=share)


def _wald(row: Row, said: Wording) -> str:
    f, p = decimal(f"{row['value']:.2f}", said.language), row["p_value"]
    small = "<" if p < SMALLEST_P else "="
    shown = decimal("0.001" if p < SMALLEST_P else f"{p:.3f}", said.language)
    df = decimal(f"{row['df']:g}", said.language)
    return f"{said.variable(row['term'])} F({row['df1']:g}; {df}) = {f}, p {small} {shown}"


def decimal(text: str, language: str) -> str:
    """A number in running text with the decimal sign of the language."""
    return text if language == "en" else text.replace(".", ",")


def tests_table(frame: pd.DataFrame, specs: Sequence[SignificanceSpec], wording: Wording) -> tuple[Table, ...]:
    """One table of all tests, a line each, or none where there is no test."""
    if not specs:
        return ()
    said = wording
    names = ("n_unweighted", "test_statistic", "df1", "df2", "p_value")
    found = {row["test"]: row for row in frame.to_dict("records")}
    titles = {s.name: pick(s.title, said.language, otherwise=s.name) for s in specs}
    rows = tuple(TableRow(title, _test_cells(found[name], said)) for name, title in titles.items())
    notes = dict.fromkeys(said.words[f"test_{_note_of(s)}"] for s in specs)
    table = Table(
        number=TESTS_NUMBER,
        title=said.words["tests"],
        language=said.language,
        columns=tuple(TableColumn(said.words[name]) for name in names),
        rows=rows,
        stub_head=said.words["test"],
        footnotes=mark_footnotes(_without_words(rows, said), said.quality, language=said.language, words=said.words),
        notes=tuple(notes),
        source=pick(said.source, said.language),
    )
    return (table,)


def _note_of(spec: SignificanceSpec) -> str:
    return spec.statistic if spec.kind == "independence" else spec.kind


def _degrees(df: Any, said: Wording) -> TableCell:
    return text_cell(said.words["na"]) if pd.isna(df) or math.isinf(df) else TableCell(float(df), 1 if df % 1 else 0)


def _test_cells(row: Row, said: Wording) -> tuple[TableCell, ...]:
    if row["shown"] == "suppress" or pd.isna(row["value"]):
        text = str(row["marks"]) or said.words["na"]
        return (_count(row), *(text_cell(text) for _ in range(4)))
    style, text = style_of(str(row["marks"]))
    degrees = [_degrees(row[name], said) for name in ("df1", "df")]
    return (
        _count(row),
        TableCell(float(row["value"]), 2, style, text),
        *degrees,
        p_cell(row["p_value"], said.words, said.language),
    )
