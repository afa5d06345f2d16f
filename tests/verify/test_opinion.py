"""A small demo round beside samplics: agreement, what is not compared and why, and differences that are planted."""

import math
from dataclasses import replace

import numpy as np
import pytest

from surveyproc.frames import estimates_frame
from surveyproc.pipeline import Estimated
from surveyproc.values import Calibration, LonelyPsu
from surveyproc.verify import Agreement, Verdict, second_opinion
from surveyproc.verify.feed import NO_CASES, ZERO
from surveyproc.verify.peer import Feed, Peer

MOST = 150


@pytest.fixture(scope="module")
def agreement(run: Estimated, witness: Peer) -> Agreement:
    return second_opinion(run, witness, most=MOST)


def _nothing(feed: Feed) -> dict[int, tuple[float, float]]:
    raise ZeroDivisionError


STOPS = Peer("samplics", "0", _nothing, lonely=frozenset((LonelyPsu.CERTAINTY, LonelyPsu.REMOVE)))


def test_all_that_is_compared_agrees(run: Estimated, agreement: Agreement) -> None:
    assert agreement.count(Verdict.DIFFERS) == 0
    agreeing = [pair for pair in agreement.pairs if pair.verdict is Verdict.AGREES]
    assert len(agreeing) >= 50
    with_error = [pair for pair in agreeing if not math.isnan(pair.se)]
    assert len(with_error) >= 50
    assert max(pair.value_apart for pair in with_error) < 1e-9
    assert max(pair.se_apart for pair in with_error if pair.se) < 1e-9
    frame = run.frame.set_index(["indicator", "category", "domain", "cell"])
    compared = {frame.loc[pair.place, "statistic"] for pair in with_error}
    assert compared == {"proportion", "distribution", "mean", "total", "rate"}


def test_a_stated_share_is_looked_at_and_the_whole_comes_first(run: Estimated, agreement: Agreement) -> None:
    assert (len(agreement.pairs), agreement.estimates) == (MOST, len(run.frame))
    every = {(p.place[0], p.place[1]) for p in agreement.pairs if p.place[2] == "total"}
    whole = run.frame[run.frame.domain == "total"]
    assert every == set(zip(whole.indicator, whole.category, strict=True))
    turns = [pair.place[2] == "total" for pair in agreement.pairs]
    assert turns == sorted(turns, reverse=True)
    counts = [agreement.count(verdict) for verdict in Verdict]
    assert sum(counts) == MOST
    assert sum(agreement.reasons.values()) == agreement.count(Verdict.NOT_OFFERED)


def test_what_is_suppressed_is_counted_and_tells_nothing(run: Estimated, agreement: Agreement) -> None:
    hidden = set(
        run.frame[run.frame.shown == "suppress"][["indicator", "category", "domain", "cell"]].itertuples(index=False)
    )
    pairs = [pair for pair in agreement.pairs if pair.place in hidden]
    assert pairs
    for pair in pairs:
        assert (pair.verdict, pair.reason) == (Verdict.NOT_OFFERED, "suppressed in the run")
        assert all(math.isnan(v) for v in (pair.value, pair.se, pair.other_value, pair.other_se))


@pytest.mark.parametrize("column", ["value", "se"])
def test_a_difference_in_the_eighth_digit_is_told(run: Estimated, witness: Peer, column: str) -> None:
    frame = run.frame.copy()
    row = int(frame.index[(frame.indicator == "MG1_born_abroad") & (frame.domain == "total")][0])
    frame.loc[row, column] *= 1 + 1e-7
    changed = second_opinion(replace(run, frame=frame), witness, most=30)
    different = [pair for pair in changed.pairs if pair.verdict is Verdict.DIFFERS]
    assert [pair.place[0] for pair in different] == ["MG1_born_abroad"]
    apart = different[0].value_apart if column == "value" else different[0].se_apart
    assert apart == pytest.approx(1e-7, rel=1e-3)


def test_an_estimate_that_the_data_do_not_have_is_told(run: Estimated, witness: Peer) -> None:
    """A value where there is no case, and a value where the data give 0, are faults though samplics is not asked."""
    one = second_opinion(run, witness, most=1).pairs[0]
    (row,) = run.frame.index[(run.frame.indicator == one.place[0]) & (run.frame.domain == "total")]
    frame = run.frame.copy()
    jobs = []
    for reason, number in ((NO_CASES, float("nan")), (ZERO, 0.0)):
        jobs = [
            replace(
                job,
                measures=tuple(
                    replace(m, numerator=m.numerator * 0 + number) if m.indicator == one.place[0] else m
                    for m in job.measures
                ),
            )
            for job in run.jobs
        ]
        found = second_opinion(replace(run, jobs=tuple(jobs)), STOPS, most=1).pairs[0]
        assert found.verdict is Verdict.DIFFERS, reason
        frame.loc[row, "value"] = number
        honest = second_opinion(replace(run, jobs=tuple(jobs), frame=frame), STOPS, most=1).pairs[0]
        assert (honest.verdict, honest.reason) == (Verdict.NOT_OFFERED, reason)


def test_where_samplics_stops_the_estimates_are_counted(run: Estimated) -> None:
    stopped = second_opinion(run, STOPS, most=30)
    assert stopped.count(Verdict.AGREES) == stopped.count(Verdict.DIFFERS) == 0
    assert stopped.reasons["samplics stopped: ZeroDivisionError"] >= 20


def test_estimates_without_an_error_are_compared_by_value(run: Estimated) -> None:
    frame = run.frame.copy()
    frame.loc[:, "se"] = float("nan")
    frame["status"] = "one_psu"
    values = {pair.place: pair for pair in second_opinion(run, STOPS, most=30).pairs}
    place, one = next((p, v) for p, v in values.items() if v.value > 0)

    def opinion(feed: Feed) -> dict[int, tuple[float, float]]:
        return dict.fromkeys(feed.cells, (one.value, 1.0))

    pairs = {
        pair.place: pair
        for pair in second_opinion(replace(run, frame=frame), replace(STOPS, estimate=opinion), most=30).pairs
    }
    assert (pairs[place].verdict, pairs[place].reason) == (Verdict.AGREES, "value only: one_psu")
    frame["status"] = "ok"
    pairs = {
        pair.place: pair
        for pair in second_opinion(replace(run, frame=frame), replace(STOPS, estimate=opinion), most=30).pairs
    }
    assert pairs[place].verdict is Verdict.DIFFERS


def _with_a_lonely_psu(run: Estimated, rule: LonelyPsu) -> Estimated:
    """The run with the first psu of each design in a stratum of its own."""
    designs = {}
    for pair, design in run.designs.items():
        alone = design.psu_stratum.copy()
        alone[0] = len(design.strata)
        designs[pair] = replace(design, psu_stratum=alone, strata=(*design.strata, "alone"), lonely_psu=rule)
    frame = estimates_frame(run.jobs, designs, run.spec)
    return replace(run, designs=designs, frame=frame)


@pytest.mark.parametrize("rule", [LonelyPsu.ADJUST, LonelyPsu.AVERAGE, LonelyPsu.CERTAINTY])
def test_rules_for_lonely_psus_are_compared_where_samplics_has_them(
    run: Estimated, witness: Peer, rule: LonelyPsu
) -> None:
    agreement = second_opinion(_with_a_lonely_psu(run, rule), witness, most=40)
    assert agreement.count(Verdict.DIFFERS) == 0
    not_offered = agreement.reasons.get(f"lonely_psu: {rule} is not offered by samplics", 0)
    if rule is LonelyPsu.CERTAINTY:
        assert not_offered == 0
        assert agreement.count(Verdict.AGREES) >= 20
    else:
        assert not_offered >= 10


def test_the_same_run_gives_the_same_pairs(run: Estimated, witness: Peer) -> None:
    first, second = (second_opinion(run, witness, most=20) for _ in range(2))
    assert repr(first) == repr(second)


def test_errors_that_know_of_calibration_are_not_compared_with_errors_that_do_not(
    run: Estimated, witness: Peer
) -> None:
    frame = run.frame.copy()
    frame["se"] = frame["se"] * 0.5
    designs = {}
    for pair, design in run.designs.items():
        rows = np.zeros(len(design.weight), dtype=np.int32)
        step = Calibration(rows, np.ones((1, 1)), design.weight, design.weight.sum(keepdims=True), ("all",))
        designs[pair] = replace(design, calibrations=(step,))
    found = second_opinion(replace(run, frame=frame, designs=designs), witness, most=20)
    compared = [pair for pair in found.pairs if pair.verdict is not Verdict.NOT_OFFERED]
    assert len(compared) >= 10
    assert {pair.verdict for pair in compared} == {Verdict.AGREES}
    assert "value only: samplics takes calibrated weights as fixed" in {pair.reason for pair in compared}
