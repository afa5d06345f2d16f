"""The report on weights: steps, known totals, factors and classes, as finished tables in one language."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveyproc.config.spec import VariableText
from surveyproc.tables.words import pick, with_english
from surveyproc.values import (
    Cell,
    CellStyle,
    LevelWeights,
    Table,
    TableCell,
    TableColumn,
    TableRow,
    Texts,
    WeightedRound,
    WeightLine,
    WeightStep,
)

STEP_FIGURES = (
    ("cases", "weights_cases", "", 0),
    ("total_before", "weights_total_before", "", 0),
    ("total", "weights_total", "", 0),
    ("factor_low", "weights_lowest", "weights_factor", 3),
    ("factor_high", "weights_highest", "weights_factor", 3),
    ("weight_low", "weights_lowest", "weights_weight", 2),
    ("weight_high", "weights_highest", "weights_weight", 2),
    ("kish", "weights_kish", "", 3),
)


@dataclass(frozen=True, slots=True)
class Said:
    """Words and labels of one language."""

    words: Mapping[str, str]
    language: str
    variables: Mapping[str, VariableText]

    def cell(self, cell: Cell) -> str:
        """A cell in words: labels of its categories, crossed."""
        return " × ".join(self.category(name, value) for name, value in cell) or self.words["total"]

    def category(self, name: str, value: str) -> str:
        """The label of a category, or of the variable where the cell is its sum."""
        text = self.variables.get(name)
        if text is None:
            return value
        if not value:
            return pick(text.label, self.language, otherwise=name)
        found = next((c for c in text.categories if c.name == value), None)
        if found is None:
            return self.words.get(value, value)
        return pick(found.labels, self.language, otherwise=value)

    def variable(self, cell: Cell) -> str:
        """The variables of a cell in words, crossed."""
        texts = [(name, self.variables.get(name)) for name, _ in cell]
        return " × ".join(name if t is None else pick(t.label, self.language, otherwise=name) for name, t in texts)


def weight_tables(
    weighted: WeightedRound,
    *,
    variables: Mapping[str, VariableText],
    language: str,
    source: Texts,
    words: Mapping[str, str],
) -> tuple[Table, ...]:
    """Tables W.1, W.2 …: all steps; then known totals, factors and classes of each, in order of levels and steps."""
    said = Said(with_english(words), language, variables)
    made = [_steps(weighted, said)]
    for weights in weighted.levels.values():
        for step in weights.steps:
            for part, build in PARTS.items():
                lines = [line for line in step.lines if line.part == part]
                if lines:
                    made.append(build(weights, step, lines, said))
    if weighted.items:
        made.append(_items(weighted, said))
    return tuple(
        Table(
            number=f"W.{number}",
            title=draft.title,
            language=language,
            columns=draft.columns,
            rows=draft.rows,
            stub_head=draft.stub,
            notes=draft.notes,
            source=pick(source, language),
        )
        for number, draft in enumerate(made, start=1)
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A table without its number."""

    title: str
    stub: str
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()


def number(value: float, decimals: int) -> TableCell:
    """A number, or a blank where there is none."""
    if not math.isfinite(value):
        return TableCell(None, decimals, CellStyle.TEXT)
    return TableCell(value, decimals)


def step_title(step: WeightStep, said: Said) -> str:
    """A step in words with what it worked on."""
    return f"{step.number}. {said.words[f'weights_step_{step.name}']}" + (f": {step.detail}" if step.detail else "")


def _steps(weighted: WeightedRound, said: Said) -> Draft:
    rows = []
    for weights in weighted.levels.values():
        rows.append(TableRow(said.words["weights_level"].format(level=weights.level), kind="heading"))
        for step in weights.steps:
            cells = tuple(number(step.figures[key], decimals) for key, _, _, decimals in STEP_FIGURES)
            rows.append(TableRow(step_title(step, said), cells, indent=1))
    columns = tuple(
        TableColumn(said.words[head], said.words[spanner] if spanner else "") for _, head, spanner, _ in STEP_FIGURES
    )
    notes = tuple(
        said.words["weights_borrowed"].format(level=level, above=above) for level, above in weighted.borrowed.items()
    )
    return Draft(said.words["weights_steps"], said.words["weights_step"], columns, tuple(rows), notes)


def _title(key: str, weights: LevelWeights, step: WeightStep, said: Said) -> str:
    return f"{said.words[key]}: {weights.level}, {step.number}"


def _totals(weights: LevelWeights, step: WeightStep, lines: Sequence[WeightLine], said: Said) -> Draft:
    heads = ("weights_known", "weights_before", "weights_missed", "weights_after", "weights_missed")
    spanners = ("", "weights_before", "weights_before", "weights_after", "weights_after")
    columns = tuple(
        TableColumn(
            said.words["weights_total_of"] if head == spanner else said.words[head], said.words.get(spanner, "")
        )
        for head, spanner in zip(heads, spanners, strict=True)
    )
    rows: list[TableRow] = []
    heading = ""
    for line in lines:
        over = said.variable(line.cell)
        if over != heading:
            rows.append(TableRow(over, kind="heading"))
            heading = over
        rows.append(TableRow(said.cell(line.cell), tuple(_missed(line.figures)), indent=1))
    return Draft(_title("weights_constraints", weights, step, said), "", columns, tuple(rows))


def _missed(figures: Mapping[str, float]) -> Iterator[TableCell]:
    target = figures["target"]
    yield number(target, 0)
    for key in ("before", "after"):
        yield number(figures[key], 0)
        yield number(100 * (figures[key] / target - 1) if target else math.nan, 2)


def _histogram(weights: LevelWeights, step: WeightStep, lines: Sequence[WeightLine], said: Said) -> Draft:
    rows = []
    for line in lines:
        low, high = line.figures["low"], line.figures["high"]
        key = "weights_interval" if math.isfinite(high) else "weights_from"
        label = said.words[key].format(low=f"{low:g}", high=f"{high:g}")
        rows.append(TableRow(label, (number(line.figures["cases"], 0),)))
    columns = (TableColumn(said.words["weights_cases"]),)
    return Draft(_title("weights_histogram", weights, step, said), said.words["weights_factor"], columns, tuple(rows))


def _classes(weights: LevelWeights, step: WeightStep, lines: Sequence[WeightLine], said: Said) -> Draft:
    keys = (("eligible", 1.0, 0), ("respondents", 1.0, 0), ("rate", 100.0, 1), ("factor", 1.0, 3))
    columns = tuple(TableColumn(said.words[f"weights_{key}"]) for key, _, _ in keys)
    rows = []
    for line in lines:
        label = said.cell(line.cell)
        if line.figures["first"]:
            rows.append(TableRow(label, tuple(number(line.figures[k] * by, d) for k, by, d in keys)))
        else:
            blank = tuple(TableCell(None, 0, CellStyle.TEXT) for _ in keys)
            rows.append(TableRow(f"{label} ({said.words['weights_joined']})", blank, indent=1))
    return Draft(
        _title("weights_classes", weights, step, said),
        said.variable(lines[0].cell),
        columns,
        tuple(rows),
        _representativity(step, said),
    )


def _representativity(step: WeightStep, said: Said) -> tuple[str, ...]:
    lines = [line for line in step.lines if line.part == "representativity" and math.isfinite(line.figures["r"])]
    return tuple(said.words["weights_representativity"].format(value=f"{line.figures['r']:.3f}") for line in lines)


def _rates(weights: LevelWeights, step: WeightStep, lines: Sequence[WeightLine], said: Said) -> Draft:
    names = [f"rr{number}" for number in range(1, 7)]
    groups = (("", "weights_rates_unweighted"), ("_weighted", "weights_rates_weighted"))
    columns = [TableColumn(said.words["weights_drawn"])]
    columns += [TableColumn(name.upper(), said.words[spanner]) for _, spanner in groups for name in names]
    rows = []
    for line in lines:
        numbers = [number(100 * line.figures[name + ending], 1) for ending, _ in groups for name in names]
        rows.append(TableRow(said.cell(line.cell), (number(line.figures["cases"], 0), *numbers)))
    share = 100 * lines[0].figures["e"]
    note = said.words["weights_rates_note"].format(share=f"{share:.1f}")
    return Draft(_title("weights_rates", weights, step, said), "", tuple(columns), tuple(rows), (note,))


def _items(weighted: WeightedRound, said: Said) -> Draft:
    reasons = (("dk", "dk"), ("refused", "refused"), ("inconsistent", "inconsistent"), ("system", "system_missing"))
    groups = ("weights_rates_unweighted", "weights_rates_weighted")
    columns = [TableColumn(said.words["weights_asked"])]
    columns += [TableColumn(said.words[word], said.words[spanner]) for spanner in groups for _, word in reasons]
    rows: list[TableRow] = []
    level = ""
    for item in weighted.items:
        if item.level != level:
            level = item.level
            rows.append(TableRow(said.words["weights_level"].format(level=level), kind="heading"))
        shares = [number(100 * of[key], 2) for of in (item.missing, item.weighted) for key, _ in reasons]
        label = said.variable(((item.variable, ""),))
        rows.append(TableRow(label, (number(float(item.asked), 0), *shares), indent=1))
    note = said.words["weights_items_note"]
    return Draft(said.words["weights_items"], "", tuple(columns), tuple(rows), (note,))


PARTS = {"rate": _rates, "class": _classes, "total": _totals, "histogram": _histogram}
