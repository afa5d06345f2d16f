"""Whether the parts of a round fit each other: files, keys, links, and what the design names."""

from __future__ import annotations

from collections.abc import Mapping

from surveyproc.config import models
from surveyproc.config.merge import RoundFile
from surveyproc.config.slots import SLOT, slots_of
from surveyproc.config.validate import did_you_mean
from surveyproc.config.variables import Variables
from surveyproc.problems import Collector, Place, Problem, counted

Parents = Mapping[str, str | None]


def check_parts(written: RoundFile, levels: Parents, variables: Variables, problems: Collector) -> None:
    """Faults between a round's parts; `levels` are those of its modules with their parents."""
    _check_levels(written, levels, problems)
    for concept in variables.concepts.values():
        if concept.binding is not None and concept.level not in written.model.files:
            problems.add(
                Problem(
                    "config.unmapped",
                    concept.binding.place,
                    f"{concept.name} is read from {concept.level} records, of which the round has no file",
                    expected=f"{concept.level}: {{path: …}} under files",
                )
            )
    for level in written.model.files:
        _check_key(level, written, levels, problems)
        _check_reshape(level, written, problems)
    for level in written.model.links:
        _check_link(level, written, levels, problems)
    _check_weights(written, problems)
    period = written.model.period
    if period.quarter is not None and period.month is not None and period.quarter != (period.month + 2) // 3:
        what = f"month {period.month} is not in quarter {period.quarter}"
        problems.add(Problem("config.bad-value", written.place("period", "month"), what, hint="Give one of the two."))
    for statistic, method in written.model.design.interval.items():
        if method == "logit" and statistic not in ("proportion", "distribution"):
            place = written.place("design", "interval", statistic)
            problems.add(Problem("config.bad-value", place, "a logit interval is for proportions", got=statistic))


def _check_levels(written: RoundFile, levels: Parents, problems: Collector) -> None:
    for part in ("files", "keys", "links"):
        for level in getattr(written.model, part):
            if level not in levels:
                problems.add(
                    Problem(
                        "config.unknown-name",
                        written.place(part, level, of="key"),
                        f"no module of this round has {level!r} records",
                        expected=", ".join(levels),
                        hint=did_you_mean(level, list(levels)),
                    )
                )


def _check_key(level: str, written: RoundFile, levels: Parents, problems: Collector) -> None:
    model, parent = written.model, levels.get(level)
    own = model.keys.get(level, [])
    if len(set(own)) < len(own):
        problems.add(Problem("config.bad-value", written.place("keys", level), "a column stands twice in the key"))
    if parent is None or parent not in model.files:
        return
    for needed in (level, parent):
        if not model.keys.get(needed):
            given = ("keys", needed) if needed in model.keys else ("keys",) if model.keys else ("files",)
            problems.add(
                Problem(
                    "config.missing-key",
                    written.place(*given),
                    f"no key for {needed} records, by which {level} meets {parent}",
                    expected=f"{needed}: [column, …] under keys",
                )
            )
    above = model.keys.get(parent, [])
    if own and above and len(own) < len(above):
        problems.add(
            Problem(
                "config.bad-value",
                written.place("keys", level),
                f"the key of {level} is shorter than that of {parent}",
                expected=f"first the {counted(len(above), 'column')} of the {parent} key, then {level}'s own",
            )
        )


def _check_reshape(level: str, written: RoundFile, problems: Collector) -> None:
    reshape = written.model.files[level].reshape
    if reshape is None:
        return
    if not slots_of(reshape.i):
        place, what = written.place("files", level, "reshape", "i"), "that is no range of at most 200 numbers"
        expected = "1..5, or 01..12 where zeros stand before"
        problems.add(Problem("config.bad-value", place, what, got=reshape.i, expected=expected))
    for index, column in enumerate(reshape.keep_if):
        if SLOT not in column or column == SLOT:
            place, what = (
                written.place("files", level, "reshape", "keep_if", index),
                "that is one column for all records",
            )
            problems.add(Problem("config.bad-value", place, what, got=column, expected="a column written with {i}"))
    if not any(SLOT in column for column in written.model.keys.get(level, [])):
        place = (
            written.place("keys", level) if level in written.model.keys else written.place("files", level, "reshape")
        )
        what = f"nothing tells the {level} records of a row apart"
        problems.add(
            Problem("config.missing-key", place, what, expected='"{i}" or a column written with {i} in the key')
        )


def _check_link(level: str, written: RoundFile, levels: Parents, problems: Collector) -> None:
    link = written.model.links[level]
    if level in levels and (level not in written.model.files or levels[level] not in written.model.files):
        what = f"{level} records meet no other records in this round, so that the rule is never used"
        problems.add(Problem("config.unused", written.place("links", level, of="key"), what))
    elif link.at_most is not None and link.orphans != "drop":
        place = written.place("links", level, "at_most")
        what = "a largest number of orphans goes with dropping them"
        problems.add(Problem("config.bad-value", place, what, expected=f"orphans: drop, at_most: {link.at_most}"))


def _check_weights(written: RoundFile, problems: Collector) -> None:
    design, files = written.model.design, written.model.files
    for part, entries, known, what in (
        ("weight", design.weight, list(files), "file"),
        ("population", design.population, [*design.weight, *written.model.weights], "weight"),
        ("calibrated_on", design.calibrated_on, list(design.weight), "weight"),
    ):
        for level in entries:
            if level not in known:
                problems.add(
                    Problem(
                        "config.unknown-name",
                        written.place("design", part, level, of="key"),
                        f"the round has no {what} of {level!r} records",
                        expected=", ".join(known),
                        hint=did_you_mean(level, known),
                    )
                )
    for level, weight in design.weight.items():
        if isinstance(weight, models.WeightColumn) and weight.divide_by <= 0:
            place = written.place("design", "weight", level, "divide_by")
            problems.add(_not_above_zero("divide_by", place))
        if design.scale_weights_to == "population" and level in files and level not in design.population:
            problems.add(
                Problem(
                    "config.missing-key",
                    written.place("design", "scale_weights_to"),
                    f"the population of {level} records is not given",
                    expected=f"population: {{{level}: number}}",
                )
            )
    for level, number in design.population.items():
        if number <= 0:
            problems.add(_not_above_zero("the population", written.place("design", "population", level)))


def _not_above_zero(what: str, place: Place) -> Problem:
    return Problem("config.bad-value", place, f"{what} is not above zero", expected="a number above zero")
