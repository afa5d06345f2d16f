"""Residence rules on crossings: printed cases, a slow second route, identities, and what is wrong in a register."""

from collections.abc import Sequence
from random import Random
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.demography.register import RULES, Classified, FirstStatus, Rule, Why, by_row, classify
from surveyproc.demography.register_counts import (
    balance_gap,
    completed_years,
    monthly_flows,
    people,
    quality,
    stock,
    vital,
)
from surveyproc.demography.register_events import NO_DAY, Fault, Observation
from surveyproc.demography.register_permits import stays
from surveyproc.demography.register_persons import linked_persons
from surveyproc.demography.register_tables import SAID, Crossings, fault_problems, read_crossings
from surveyproc.demography.register_vintages import Standing, beside_register, revisions, vintages
from surveyproc.problems import Problem
from tests.demography.slow_register import Crossing, flags, possible

RULE = RULES["12/16"]
SHORT = Rule(5, 8)


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def crossings(*texts: str) -> tuple[np.ndarray, np.ndarray]:
    """Days and directions of words such as '+2017-01-01' (arrival) and '-2017-02-01' (departure)."""
    return np.array([day(t[1:]) for t in texts]), np.array([int(t[0] == "+") for t in texts])


def one(*texts: str, initial: int, rule: Rule = RULE, until: str = "2030-01-01", **options: str) -> Classified:
    days, way = crossings(*texts)
    seen = Observation(day("2017-01-01"), day(until))
    who = np.zeros(len(days), int)
    return classify(who, days, direction=way, initial=[initial], rule=rule, observed=seen, **options)


# The first figure of each is printed by Statistics New Zealand's migrbc 2.0.9 (its own tests, 12/16).
@pytest.mark.parametrize(
    ("words", "initial", "moved", "after"),
    [
        (["-2017-01-01"], 1, [1], [0]),
        (["-2017-01-01", "+2017-01-11"], 1, [0, 0], [1, 1]),
        (["-2017-01-01", "+2017-01-11", "-2017-03-12"], 1, [1, 0, 0], [0, 0, 0]),
        (["-2017-01-01", "+2018-01-06"], 1, [1, 1], [0, 1]),
        (["-2017-01-01", "+2017-12-17", "-2018-01-06", "+2018-01-26", "-2018-01-27"], 1, [1, 0, 0, 0, 0], [0] * 5),
        (["+2017-01-01"], 0, [1], [1]),
        (["+2017-01-01", "-2017-09-08"], 0, [0, 0], [0, 0]),
        (["+2017-01-01", "-2018-01-06", "+2018-01-16", "-2018-11-02", "+2018-11-12"], 0, [1, 0, 0, 0, 0], [1] * 5),
    ],
)
def test_cases_of_12_16(words: list[str], initial: int, moved: list[int], after: list[int]) -> None:
    found = one(*words, initial=initial)
    assert found.migration.tolist() == moved
    assert found.after.tolist() == after


def test_a_departure_without_return_is_settled_when_its_days_are_complete() -> None:
    """365 days from 2017-01-01 are complete at the end of 2017-12-31; a stay needs more than 122 days (487 − 365)."""
    assert one("-2017-01-01", initial=1, until="2018-01-01").migration.tolist() == [1]
    short = one("-2017-01-01", initial=1, until="2017-12-31")
    assert short.migration.tolist() == [-1]
    assert short.why.tolist() == [Why.WINDOW]
    back = "-2017-01-01", "+2017-01-11"
    assert one(*back, initial=1, until="2017-05-14").migration.tolist() == [0, 0]
    assert one(*back, initial=1, until="2017-05-13").migration.tolist() == [-1, 0]


# Statistics New Zealand's migstat 1.0.6, traveller Bader and Amy of its border crossings, observed 2009 to 2011.
@pytest.mark.parametrize(("name", "moved"), [("12/16", [1, 0, 0]), ("12/12", [0, 0, 1]), ("9/12", [1, 0, 0])])
def test_a_traveller_under_three_rules(name: str, moved: list[int]) -> None:
    days, way = crossings("+2010-08-12", "-2010-09-03", "+2010-10-01")
    seen = Observation(day("2009-01-01"), day("2011-12-31"))
    found = classify(np.zeros(3, int), days, direction=way, initial=[0], rule=RULES[name], observed=seen)
    assert found.migration.tolist() == moved
    assert found.initial_from.tolist() == [FirstStatus.SEEN]


def test_a_departure_soon_after_an_unsettled_arrival_is_no_migration() -> None:
    found = one("+2028-11-27", "-2028-12-05", initial=0, until="2028-12-31")
    assert found.migration.tolist() == [-1, 0]
    assert found.before.tolist() == [0, -1]
    assert found.after.tolist() == [-1, -1]


Lives = st.lists(
    st.tuples(st.integers(0, 1), st.lists(st.integers(0, 9), min_size=1, max_size=7)), min_size=1, max_size=4
)
Shape = tuple[list[list[Crossing]], list[int]]


def lives(drawn: Sequence[tuple[int, Sequence[int]]]) -> Shape:
    """Alternating crossings from the steps drawn; the status first need not go with the direction."""
    made, initial = [], []
    for status, steps in drawn:
        days = np.cumsum(steps)
        way = (status + len(steps)) % 2
        made.append([(int(at), (way + k) % 2) for k, at in enumerate(days)])
        initial.append(status)
    return made, initial


def arrays(made: list[list[Crossing]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    flat = [(who, at, way, k) for who, life in enumerate(made) for k, (at, way) in enumerate(life)]
    return tuple(np.array(column) for column in zip(*flat, strict=True))


def fast(made: list[list[Crossing]], initial: list[int], *, rule: Rule, end: int) -> tuple[Classified, np.ndarray]:
    who, at, way, order = arrays(made)
    kept = at < end
    found = classify(
        who[kept], at[kept], direction=way[kept], initial=initial, rule=rule, observed=Observation(0, end),
        order=order[kept],
    )  # fmt: skip
    return found, by_row(found, found.migration, rows=int(kept.sum()))


def start_known(made: list[list[Crossing]], initial: list[int], rule: Rule) -> list[int]:
    return [1 - life[0][1] if life[0][0] >= rule.days else status for life, status in zip(made, initial, strict=True)]


Rules = st.integers(1, 9).flatmap(lambda window: st.builds(Rule, st.integers(1, window), st.just(window)))


@settings(max_examples=300, deadline=None)
@given(Lives, Rules)
def test_the_slow_way_finds_the_same(drawn: list[tuple[int, list[int]]], rule: Rule) -> None:
    made, initial = lives(drawn)
    last = max(at for life in made for at, _ in life)
    found, codes = fast(made, initial, rule=rule, end=last + rule.window + 1)
    known = start_known(made, initial, rule)
    slow = [flags(life, s, days=rule.days, window=rule.window) for life, s in zip(made, known, strict=True)]
    assert codes.tolist() == [flag for life in slow for flag in life]
    assert set(found.why.tolist()) <= {Why.SETTLED}


@settings(max_examples=150, deadline=None)
@given(Lives, st.integers(1, 30), st.sampled_from([Rule(5, 8), Rule(5, 5), Rule(6, 8), Rule(4, 7), Rule(2, 6)]))
def test_a_flag_is_known_only_if_no_continuation_changes_it(
    drawn: list[tuple[int, list[int]]], end: int, rule: Rule
) -> None:
    made, initial = lives(drawn[:2])
    if all(at >= end for life in made for at, _ in life):
        return
    _, codes = fast(made, initial, rule=rule, end=end)
    known = start_known(made, initial, rule)
    told = [
        flag
        for life, s in zip(made, known, strict=True)
        if life[0][0] < end
        for flag in possible(life, s, days=rule.days, window=rule.window, end=end)
    ]
    for code, seen in zip(codes.tolist(), told, strict=True):
        assert code == -1 or seen == {code}
        if len(seen) == 2:
            assert code == -1


@settings(max_examples=100, deadline=None)
@given(Lives, st.integers(1, 30))
def test_what_is_provisional_never_contradicts_what_is_final(drawn: list[tuple[int, list[int]]], end: int) -> None:
    made, initial = lives(drawn)
    who, at, way, order = arrays(made)
    ends = [end, end + 3, int(at.max()) + end + SHORT.window + 3]
    early, later, final = (
        by_row(v, v.migration, rows=len(at))
        for v in vintages(who, at, direction=way, initial=initial, rule=SHORT, start=0, ends=ends, order=order)
    )
    assert (final >= 0).all()
    assert ((early == -1) | (early == later)).all()
    assert ((later == -1) | (later == final)).all()


@settings(max_examples=100, deadline=None)
@given(Lives, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_nor_who_else_is_there(drawn: list, rng: Random) -> None:
    made, initial = lives(drawn)
    who, at, way, _ = arrays(made)
    seen = Observation(0, int(at.max()) + 5)
    mixed = np.arange(len(at))
    rng.shuffle(mixed)
    whole = classify(who, at, direction=way, initial=initial, rule=SHORT, observed=seen)
    other = classify(who[mixed], at[mixed], direction=way[mixed], initial=initial, rule=SHORT, observed=seen)
    for name in ("migration", "before", "after", "why", "days"):
        assert (getattr(whole, name) == getattr(other, name)).all()
    for person in range(len(made)):
        mine = who == person
        alone = classify(
            np.zeros(mine.sum(), int), at[mine], direction=way[mine], initial=[initial[person]], rule=SHORT,
            observed=seen,
        )  # fmt: skip
        assert (alone.migration == whole.migration[whole.events.person == person]).all()


def world(persons: int, *, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Alternating lives with births and deaths; crossings on days of their own, between birth and death."""
    rng = np.random.default_rng(seed)
    born = rng.integers(day("1950-01-01"), day("2020-12-31"), persons)
    died = np.where(
        rng.uniform(size=persons) < 0.1, rng.integers(day("2021-02-01"), day("2022-06-30"), persons), NO_DAY
    )
    times = rng.integers(0, 9, persons)
    who = np.repeat(np.arange(persons), times)
    at = np.sort(rng.integers(day("2021-01-01"), day("2023-01-01"), (persons, 9)), axis=1)
    step = np.arange(9)[None] < times[:, None]
    way = (rng.integers(0, 2, persons)[:, None] + np.arange(9)) % 2
    late = np.where(died == NO_DAY, day("2023-01-01"), died)
    at, way = at[step], way[step]
    kept = (at <= late[who]) & np.append(True, (who[1:] != who[:-1]) | (at[1:] != at[:-1]))
    return who[kept], at[kept], way[kept], rng.integers(0, 2, persons), born, died, rng.integers(0, 3, persons)


def test_stock_is_stock_before_and_flows_births_and_deaths() -> None:
    who, at, way, initial, born, died, group = world(400)
    born[:30], died[:30] = day("2021-03-05"), NO_DAY
    born[who] = np.minimum(born[who], day("2020-12-31"))
    seen = Observation(day("2021-01-01"), day("2025-01-01"))
    found = classify(who, at, direction=way, initial=initial, rule=RULE, observed=seen, gaps="midpoint")
    assert (found.migration >= 0).all()
    persons = people(group, groups=3, born=born, died=died)
    flows = monthly_flows(found, persons, first="2021-01", last="2023-01")
    months = np.append(flows.months, flows.months[-1] + np.timedelta64(1, "M")).astype("datetime64[D]")
    stocks = stock(found, persons, days=months)
    lives_of = vital(found, persons, first="2021-01", last="2023-01")
    gap = balance_gap(
        stocks.residents, inward=flows.inward, outward=flows.outward, births=lives_of.births, deaths=lives_of.deaths
    )
    assert lives_of.births.sum() > 0
    assert lives_of.deaths.sum() > 0
    assert flows.inward.sum() > 20
    assert (gap == 0).all()
    assert stocks.unknown.sum() == 0
    by_age = people(group, groups=3, born=born, died=died, ages=(0, 15, 65))
    split = stock(found, by_age, days=months)
    assert (split.residents.reshape(len(months), 3, 4).sum(2) == stocks.residents).all()
    aged = monthly_flows(found, by_age, first="2021-01", last="2023-01")
    assert (aged.outward.reshape(-1, 3, 4).sum(2) == flows.outward).all()


def test_two_arrivals_in_a_row_are_named_and_not_guessed() -> None:
    words = "+2018-06-01", "+2020-06-01", "-2020-06-20", "+2020-07-20"
    found = one(*words, initial=1)
    (fault,) = found.faults
    assert (fault.fault, fault.rows.tolist()) == ("missing_crossing", [0])
    codes = by_row(found, found.migration, rows=4).tolist()
    assert codes[0] == 0 or found.initial_from[0] == FirstStatus.SEEN
    assert codes[1] == -1
    assert found.why[found.events.row == 1][0] == Why.MISSING_CROSSING
    filled = one(*words, initial=1, gaps="midpoint")
    assert (filled.events.made == 2).sum() == 1
    assert (filled.migration >= 0).all()
    assert [f.fault for f in filled.faults] == ["missing_crossing"]


def test_a_gap_too_short_for_the_rule_leaves_status_known() -> None:
    found = one("+2017-02-01", "+2017-02-20", "-2019-02-01", initial=1)
    assert by_row(found, found.migration, rows=3).tolist() == [0, 0, 1]


def test_an_unknown_first_status_stays_unknown_until_a_crossing_settles_it() -> None:
    words = "-2017-02-01", "+2017-03-01", "-2018-06-01"
    found = one(*words, initial=-1)
    assert found.migration.tolist() == [0, -1, 1]
    assert found.why.tolist() == [0, Why.FIRST_STATUS, 0]
    assumed = one(*words, initial=-1, first="by_direction")
    assert assumed.migration.tolist() == [0, 0, 1]
    assert quality(assumed).first_status == {"none": 0, "given": 0, "seen": 0, "assumed": 1}


def test_the_register_goes_before_the_status_given() -> None:
    found = one("+2019-01-01", initial=1)
    assert found.contradicted.tolist() == [True]
    assert found.migration.tolist() == [1]


def test_faulty_rows_are_counted_and_left_out() -> None:
    start, end = day("2017-01-01"), day("2020-01-01")
    found = classify(
        [0, 0, 0, 0, 5, 0, 1, 1],
        [start + 9, start + 9, NO_DAY, start + 20, start, end, start + 5, start + 5],
        direction=[1, 1, 0, 7, 1, 0, 1, 0],
        initial=[0, 1],
        rule=RULE,
        observed=Observation(start, end),
    )
    told = [(fault.fault, fault.rows.tolist()) for fault in found.faults]
    assert told[:3] == [("no_date", [2]), ("bad_direction", [3]), ("bad_person", [4])]
    assert told[3:] == [("outside", [5]), ("duplicate", [1]), ("order_unknown", [6, 7])]
    assert by_row(found, found.migration, rows=8)[[1, 2, 3, 4, 5]].tolist() == [-1] * 5
    assert quality(found).rows == 3


def test_one_day_away_counts_by_what_comes_before_and_after() -> None:
    for words in (["+2018-02-01", "-2018-03-01", "+2018-03-01"], ["+2018-03-01", "-2018-03-01", "-2018-09-01"]):
        for turned in (words, words[::-1]):
            assert [f.fault for f in one(*turned, initial=0).faults] == []


def test_ages_by_the_calendar() -> None:
    born = np.array([day("2000-02-29"), day("2000-02-29"), day("2000-03-01"), NO_DAY, day("2030-01-01")])
    at = np.array([day("2001-02-28"), day("2001-03-01"), day("2001-03-01"), 0, 0])
    assert completed_years(born, at).tolist() == [0, 1, 1, -1, -1]


def test_flows_by_vintage_are_first_provisional_then_final() -> None:
    days, way = crossings("+2017-01-10", "+2017-01-20", "-2017-02-10", "+2017-03-01")
    who = np.array([0, 1, 1, 2])
    ends = [day(t) for t in ("2017-03-15", "2018-01-15", "2018-06-01", "2019-01-01")]
    made = vintages(who, days, direction=way, initial=[0, 0, 0], rule=RULE, start=day("2017-01-01"), ends=ends)
    group = people([0, 0, 0], groups=1)
    table = revisions([monthly_flows(v, group, first="2017-01", last="2017-03") for v in made], ends, inward=True)
    assert table.low[:, 0].tolist() == [0, 1, 1, 1]
    assert table.high[:, 0].tolist() == [2, 1, 1, 1]
    assert table.standing[:, 0].tolist() == [Standing.PROVISIONAL, *[Standing.FINAL] * 3]
    assert np.isnan(table.low[0, 2])
    assert table.standing[0, 2] == Standing.NOT_OBSERVED
    assert table.low[1:, 2].tolist() == [0, 1, 1]
    assert table.change.tolist() == [1, 0, 1]
    assert np.isnan(table.relative[0])


def test_permits_in_a_chain() -> None:
    """One year in two permits ten days apart; 12 months by outcome, not by the validity of the first."""
    start = [day("2020-01-01"), day("2020-07-11"), day("2020-01-01"), day("2020-05-01")]
    end = [day("2020-06-30"), day("2020-12-31"), day("2020-12-31"), day("2020-04-01")]
    ended = [NO_DAY, NO_DAY, day("2020-03-01"), NO_DAY]
    for by, gap, long, chains in (
        ("validity", 10, [0, 1], [2, 1]),
        ("outcome", 10, [1, 0], [2, 1]),
        ("outcome", 9, [0, 0, 0], [1, 1, 1]),
    ):
        found = stays(
            [0, 0, 1, 2], start, end=end, ended=ended, gap=gap, months=12, by=by, observed_end=day("2022-01-01")
        )
        assert found.long.tolist() == long
        assert found.permits.tolist() == chains
        assert found.faulty.tolist() == [3]
    running = stays(
        [0], start[:1], end=end[:1], ended=[NO_DAY], gap=30, months=12, by="outcome", observed_end=day("2020-05-01")
    )
    assert running.long.tolist() == [-1]


def test_sources_beside_the_register() -> None:
    register, survey, mirror = beside_register(
        [100.0, 0.0], {"survey": ([110.0, 5.0], [5.0, 2.0]), "mirror": ([90, 1], None)}
    )
    assert np.isnan(register.se).all()
    assert survey.z.tolist() == [2.0, 2.5]
    assert survey.ratio[0] == pytest.approx(1.1)
    assert np.isnan(survey.ratio[1])
    assert np.isnan(mirror.z).all()
    assert mirror.difference.tolist() == [-10, 1]


@settings(max_examples=300, deadline=None)
@given(Lives, st.data(), st.booleans())
def test_a_flag_known_without_a_lost_crossing_is_that_with_it(
    drawn: list[tuple[int, list[int]]], data: st.DataObject, early: bool
) -> None:
    made, initial = lives(drawn)
    rule = data.draw(Rules)
    last = max(at for life in made for at, _ in life)
    end = last + 1 if early else last + rule.window + 1
    whole, truth = fast(made, initial, rule=rule, end=last + rule.window + 1)
    who, at, way, order = arrays(made)
    inner = [k for k in range(1, len(at) - 1) if who[k - 1] == who[k] == who[k + 1]]
    lost = data.draw(st.sets(st.sampled_from(inner), max_size=2)) if inner else set()
    kept = np.array([k not in lost for k in range(len(at))])
    if any({k, k + 1} <= lost for k in lost):  # two lost in a row leave no trace
        return
    found = classify(
        who[kept], at[kept], direction=way[kept], initial=initial, rule=rule, observed=Observation(0, end),
        order=order[kept],
    )  # fmt: skip
    codes = by_row(found, found.migration, rows=int(kept.sum()))
    assert ((codes == -1) | (codes == truth[kept])).all()
    before, after = (by_row(found, getattr(found, name), rows=int(kept.sum())) for name in ("before", "after"))
    for seen, name in ((before, "before"), (after, "after")):
        real = by_row(whole, getattr(whole, name), rows=len(at))[kept]
        assert ((seen == -1) | (seen == real)).all()


def records(**columns: list) -> pd.DataFrame:
    whole = {
        "id": ["a", "b", "a"],
        "at": ["2023-01-05 10:30", "2023-02-01", "2023-01-05 09:00"],
        "way": ["in", "in", "out"],
    }
    return pd.DataFrame(whole | columns)


def read(frame: pd.DataFrame) -> tuple[Crossings | None, tuple[Problem, ...]]:
    names = {"person": "id", "day": "at", "direction": "way"}
    return read_crossings(frame, **names, arrivals=["in"], departures=["out"], file="border.csv")


def test_a_table_of_crossings() -> None:
    got, problems = read(records(id=["a", "", "a"], way=["in", None, "out"]))
    assert problems == ()
    assert got is not None
    assert got.persons.tolist() == ["a"]
    assert got.person.tolist() == [0, -1, 0]
    assert got.direction.tolist() == [1, -1, 0]
    assert got.order.tolist() == [(10 * 3600 + 1800) * 10**6, 0, 9 * 3600 * 10**6]
    seen = Observation(day("2023-01-01"), day("2024-01-01"))
    found = classify(
        got.person, got.day, direction=got.direction, order=got.order, initial=[1], rule=RULE, observed=seen
    )
    assert found.events.row.tolist() == [2, 0]
    (told,) = fault_problems(found.faults, file="border.csv")
    assert str(told) == (
        "border.csv (1 case): warning [demography.record] records without a direction. They are left out."
    )


def test_a_date_that_is_absent_is_a_fault_and_one_that_is_wrong_a_problem() -> None:
    got, problems = read(records(at=["2023-01-05", None, ""]))
    assert problems == ()
    assert got is not None
    assert got.day.tolist()[1:] == [NO_DAY, NO_DAY]
    got, problems = read(records(at=["05.01.2023", "2023-02-30", "2023-01-05"], way=["in", "IN", "out"]))
    assert got is None
    assert [(p.code, p.where.variable, p.where.cases) for p in problems] == [
        ("demography.value", "at", 2),
        ("demography.label", "way", 1),
    ]
    assert "05.01.2023" not in "".join(map(str, problems))


def test_columns_that_are_not_there_are_all_named() -> None:
    _, problems = read(records().drop(columns=["at", "way"]))
    assert [p.where.variable for p in problems] == ["at", "way"]


def test_every_fault_has_words() -> None:
    assert set(SAID) == set(get_args(Fault))


@pytest.mark.parametrize("text", ["2023", "2023-01", "01/02/2023", "2023-01-05T10:00+05:00", "2023-01-05 25:00", "x"])
def test_no_date_is_guessed(text: str) -> None:
    _, problems = read(records(at=[text, "2023-01-05", "2023-01-05"]))
    assert [p.code for p in problems] == ["demography.value"]


def test_dates_of_a_frame_are_read_as_they_are() -> None:
    got, problems = read(records(at=[pd.Timestamp(t) for t in ("2023-01-05 10:30", "2023-02-01", "2023-01-05")]))
    assert problems == ()
    assert got is not None
    assert got.day.tolist() == [day("2023-01-05"), day("2023-02-01"), day("2023-01-05")]


def test_records_are_joined_by_any_key_and_through_third_records() -> None:
    found = linked_persons(
        {
            "passport": ["C1", "X2", "C1", "E5", "E5", None, ""],
            "name": ["Cai", "Cai", "Cai", "Eisha", "Esha", None, "Amy"],
        }
    )
    assert found.person.tolist() == [0, 0, 0, 1, 1, 2, 3]
    assert found.persons == 4
    assert {key: who.tolist() for key, who in found.several.items()} == {"passport": [0], "name": [1]}
    assert found.alone.tolist() == [5]
    with pytest.raises(ValueError, match="one length"):
        linked_persons({"passport": ["a"], "name": ["a", "b"]})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=12))
def test_persons_are_those_of_joining_two_at_a_time(pairs: list[tuple[int, int]]) -> None:
    person = list(range(len(pairs)))
    for _ in pairs:
        for i, one_pair in enumerate(pairs):
            for j, other in enumerate(pairs):
                if any(x == y >= 0 for x, y in zip(one_pair, other, strict=True)):
                    person[i] = person[j] = min(person[i], person[j])
    keys = {f"k{k}": [str(pair[k]) if pair[k] >= 0 else None for pair in pairs] for k in (0, 1)}
    names = list(dict.fromkeys(person))
    assert linked_persons(keys).person.tolist() == [names.index(p) for p in person]
