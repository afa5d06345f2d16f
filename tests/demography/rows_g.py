"""Numbers of section g of the reference: residence rules on crossings."""

import csv
import json
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surveyproc.demography.register import RULES, Classified, Rule, by_row, classify
from surveyproc.demography.register_events import Observation
from surveyproc.demography.register_persons import linked_persons
from tests.demography.rows import Row

DATED = {23: 2, 25: 2}  # scenario: journeys settled before the day from which the status is given
NAMES = ("migration", "before", "after")
KEYS = ("is_long_term_mig", "res_status_before", "res_status_after")


def days(texts: list[str]) -> np.ndarray:
    return np.array([t[:10] for t in texts], "datetime64[D]").astype(np.int64)


def rows(shared: Path) -> Iterator[Row]:
    folder = shared / "reference/demography"
    yield linked(folder)
    for name in RULES:
        yield from travellers(folder, name)
    for number, scenario in enumerate(json.loads((folder / "g_migrbc_scenarios_12_16.json").read_text())):
        yield from one_scenario(number, scenario)


def linked(folder: Path) -> Row:
    """Persons by name or passport, and those of the package: a change of passport, and a name in two spellings."""
    with (folder / "g_migstat_border_crossings_input.csv").open() as file:
        lines = {r["crossing_id"]: r for r in csv.DictReader(file)}
    with (folder / "g_migstat_rule12_12.csv").open() as file:
        theirs = {r["crossing_id"]: int(r["personId"]) for r in csv.DictReader(file)}
    found = linked_persons({key: [r[key] for r in lines.values()] for key in ("name", "passport_no")})
    wanted = np.array([theirs[k] - 1 for k in lines])
    return Row("g", "6 travellers, persons", "package", "migstat", found.person, wanted, 0)


def travellers(folder: Path, name: str) -> Iterator[Row]:
    with (folder / f"g_migstat_rule{name.replace('/', '_')}.csv").open() as file:
        told = list(csv.DictReader(file))
    who = np.array([int(r["personId"]) for r in told]) - 1
    day = days([r["datetime_crossing"] for r in told])
    initial = np.full(6, -1)
    for r in reversed(told):  # the status given with each person's first crossing
        initial[int(r["personId"]) - 1] = int(r["res_status_default"])
    start, end = days(["2009-01-01", "2011-12-31"])
    way = np.array([int(r["is_arrival"]) for r in told])
    seen = Observation(int(start), int(end))
    found = classify(who, day, direction=way, initial=initial, rule=RULES[name], observed=seen)
    recorded = np.argsort(found.events.row)
    for ours, key in zip(NAMES, KEYS, strict=True):
        codes = by_row(found, getattr(found, ours), rows=len(told))
        theirs = np.array([-1 if r[key] == "NA" else int(r[key]) for r in told])
        yield Row("g", f"6 travellers, {name}, {ours}", "package", "migstat", codes, theirs, 0)
    inside = np.where(way == 1, found.days[recorded], found.seen[recorded] - found.days[recorded])
    for ours, key in ((inside, "days_in_country"), (found.seen[recorded], "days_obs")):
        theirs = np.array([int(r[key]) for r in told])
        yield Row("g", f"6 travellers, {name}, {key}", "package", "migstat", ours, theirs, 0)


def run(lines: list[dict], given: dict[str, int], *, rule: Rule, end: int | None = None) -> Classified:
    """Journeys observed from the day of the first on, to the last and a window, or to `end`."""
    people = sorted({r["personId"] for r in lines})
    day = days([r["date_crossing"] for r in lines])
    return classify(
        np.array([people.index(r["personId"]) for r in lines]),
        day,
        direction=np.array([int(r["is_arrival"]) for r in lines]),
        order=np.array([int(r["journey_sequence"]) for r in lines]),
        initial=np.array([given.get(person, -1) for person in people]),
        rule=rule,
        observed=Observation(int(day.min()), int(day.max()) + rule.window if end is None else end),
        first="by_direction",
    )


def one_scenario(number: int, scenario: dict) -> Iterator[Row]:
    rule = Rule(scenario["threshold"], scenario["window"])
    lines, told = scenario["input"], scenario["journeys"]
    given = {r["personId"]: int(r["res_status_initial"]) for r in scenario["init"] or []}
    cut = DATED.get(number, 0)
    codes = np.zeros((3, len(lines)), np.int8)
    parts = [(0, cut, {}), (cut, len(lines), given)] if cut else [(0, len(lines), given)]
    for begin, stop, known in parts:
        # The journeys before a dated status are seen whole, by those after it; journeys after it begin from it.
        found = run(lines[begin:] if begin else lines, known, rule=rule)
        size = len(lines) - begin
        for place, name in enumerate(NAMES):
            codes[place, begin:stop] = by_row(found, getattr(found, name), rows=size)[: stop - begin]
    for place, (name, key) in enumerate(zip(NAMES, KEYS, strict=True)):
        theirs = np.array([int(r[key]) for r in told])
        yield Row("g", f"scenario {number + 1}, {name}", "package", "migrbc", codes[place], theirs, 0)
    if not cut:
        ours, theirs = settled(lines, given, rule=rule), days([r["date_finalised_LTM"] for r in told])
        theirs = theirs - prints_next_day(told)
        why = "first day at whose end the flag is known"
        yield Row("g", f"scenario {number + 1}, settled", "package", "migrbc", ours, theirs, 0, why)


def prints_next_day(told: list[dict]) -> np.ndarray:
    """Whether a flag is settled by days spent on one side: the package then prints the day after them."""
    yes = {(r["personId"], r["date_finalised_LTM"]) for r in told if int(r["is_long_term_mig"]) == 1}
    return np.array([(r["personId"], r["date_finalised_LTM"]) in yes for r in told], np.int64)


def settled(lines: list[dict], given: dict[str, int], *, rule: Rule) -> np.ndarray:
    """The first day at whose end each journey's flag is known, by observations that end on it and the day before."""
    day = days([r["date_crossing"] for r in lines])

    def known(end: int, place: int) -> bool:
        found = run(lines, given, rule=rule, end=end)
        return bool(by_row(found, found.migration, rows=len(lines))[place] >= 0)

    last = int(day.max()) + rule.window
    spans = [range(int(at) + 1, last + 1) for at in day]
    return np.array(
        [spans[k][bisect_left(spans[k], True, key=lambda end, k=k: known(end, k))] - 1 for k in range(len(lines))]
    )
