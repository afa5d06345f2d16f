"""Two reports of one flow: rules, factors against a general minimiser, identification, definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import optimize

from surveyproc.demography.durations import duration_factor, flows_of_one_definition
from surveyproc.demography.fit import Fit
from surveyproc.demography.mirror import Report, adjustment_factors, combine, log_ratio_effects, report_ratios

GAP = np.nan
RECEIVED = np.array([[GAP, 100, 40], [80, GAP, 30], [60, 50, GAP]])
SENT = np.array([[GAP, 60, 30], [100, GAP, 15], [45, 40, GAP]])
flows = hnp.arrays(float, (4, 4), elements=st.floats(1, 500))


def test_rules() -> None:
    """Worked by hand."""
    assert combine(RECEIVED, SENT, rule="larger").flows[1].tolist()[0] == 100
    weighted = combine(RECEIVED, SENT, rule="weighted", weight=0.7, variance_received=4.0, variance_sent=9.0)
    assert weighted.flows[0, 1] == pytest.approx(88)
    assert weighted.variance[0, 1] == pytest.approx(0.49 * 4 + 0.09 * 9)
    assert np.isnan(weighted.flows[0, 0])
    receiver = combine(RECEIVED, SENT, rule="receiver", variance_received=4.0)
    assert receiver.flows[0, 1] == 100
    assert receiver.variance[0, 1] == 4


def test_a_missing_report_is_told() -> None:
    received = np.array([[GAP, GAP, 5], [3, GAP, GAP], [GAP, 2, GAP]])
    sent = np.array([[GAP, 7, 5], [GAP, GAP, GAP], [1, 9, GAP]])
    for rule, weight in (("larger", GAP), ("receiver", GAP), ("weighted", 0.5)):
        found = combine(received, sent, rule=rule, weight=weight, variance_sent=2.0)
        assert found.flows[0, 1] == 7
        assert found.variance[0, 1] == 2
        assert found.report[0, 1] == Report.SENDER
        assert found.report[1, 0] == Report.RECEIVER
        assert found.report[1, 2] == Report.NONE
        assert np.isnan(found.flows[1, 2])
    larger = combine(received, sent, rule="larger")
    assert larger.report[0, 2] == Report.BOTH
    assert larger.report[2, 1] == Report.SENDER
    assert np.isnan(larger.variance[2, 1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        combine(received, sent, rule="weighted")


def test_ratio_and_its_median_by_sender() -> None:
    found = report_ratios(RECEIVED, SENT)
    assert found.corridor[0, 1] == pytest.approx(100 / 60)
    assert found.sender_median == pytest.approx(
        [np.median([100 / 60, 40 / 30]), np.median([0.8, 2]), np.mean([4 / 3, 1.25])]
    )
    nothing = report_ratios(np.array([[GAP, 1], [GAP, GAP]]), np.zeros((2, 2)))
    assert np.isnan(nothing.sender_median).all()


@given(flows, flows, st.integers(0, 3), st.sampled_from(["receiver", "sender"]))
@settings(max_examples=25, deadline=None)
def test_factors_are_those_of_a_general_minimiser(received: np.ndarray, sent: np.ndarray, fixed: int, of: str) -> None:
    found = adjustment_factors(received, sent, fixed=fixed, of=of)
    apart = ~np.eye(4, dtype=bool)

    def lost(free: np.ndarray) -> np.ndarray:
        factors = np.insert(free, fixed + (4 if of == "sender" else 0), 1.0)
        off = factors[None, :4] * received - factors[4:, None] * sent
        return (off / np.sqrt(received + sent))[apart]

    best = optimize.least_squares(lost, np.ones(7), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    assert found.objective == pytest.approx(2 * best.cost, rel=1e-6, abs=1e-9)
    every = np.concatenate([found.receiver, found.sender])
    assert np.delete(every, fixed + (4 if of == "sender" else 0)) == pytest.approx(best.x, rel=1e-4, abs=1e-6)


@given(flows, hnp.arrays(float, 4, elements=st.floats(0.5, 2)), hnp.arrays(float, 4, elements=st.floats(0.5, 2)))
@settings(max_examples=25, deadline=None)
def test_factors_of_reports_that_differ_only_by_factors_are_found(
    truth: np.ndarray, a: np.ndarray, b: np.ndarray
) -> None:
    a = a / a[1]
    found = adjustment_factors(truth / a, truth / b[:, None], fixed=1)
    assert np.allclose(found.receiver, a)
    assert np.allclose(found.sender, b)
    assert np.allclose(found.flows[~np.eye(4, dtype=bool)], truth[~np.eye(4, dtype=bool)])
    assert found.objective == pytest.approx(0, abs=1e-6)


def test_a_country_without_a_chain_to_the_fixed_one_is_not_identified() -> None:
    received, sent = RECEIVED.copy(), SENT.copy()
    sent[:, 0] = np.nan  # nobody reports moves to country 0, so its factor as a receiver is free
    found = adjustment_factors(received, sent, fixed=2)
    assert found.state == Fit.NOT_IDENTIFIED
    assert np.isnan(found.receiver[0])
    assert found.identified_receiver.tolist() == [False, True, True]
    assert np.isnan(found.flows[1, 0])
    alone = adjustment_factors(received * np.nan, sent, fixed=0)
    assert alone.state == Fit.NOT_IDENTIFIED
    assert np.isnan(alone.sender).all()


def test_log_ratio_effects_of_exact_effects() -> None:
    r, s = np.array([0, 0.3, -0.2, 0.1]), np.array([0, -0.5, 0.4, 0.2])
    sent = np.full((4, 4), 50.0)
    received = sent * np.exp(0.05 + r[None, :] + s[:, None])
    found = log_ratio_effects(received, sent)
    assert found.constant == pytest.approx(0.05)
    assert found.receiver == pytest.approx(r)
    assert found.sender == pytest.approx(s)
    assert log_ratio_effects(RECEIVED[:2, :2], SENT[:2, :2]).state == Fit.NOT_IDENTIFIED


def test_a_shorter_rule_of_stay_counts_more() -> None:
    assert duration_factor(np.array([3.0, 12, 24]), leaving=0.4) == pytest.approx(np.exp([0.3, 0, -0.4]))


def test_reports_of_other_definitions_are_brought_together() -> None:
    truth = np.array([[GAP, 100, 50], [80, GAP, 20], [10, 40, GAP]])
    delta, c, k = np.array([1.2, 1.0, 0.9]), np.array([0.9, 0.8, 1.0]), np.array([0.5, 0.6, 0.7])
    received, sent = truth * (delta * c)[None, :], truth * (delta * k)[:, None]
    received[0, 1] = np.nan
    found = flows_of_one_definition(
        received,
        sent,
        duration=delta,
        coverage_received=c,
        coverage_sent=k,
        variance_received=np.full(3, 0.04),
        variance_sent=np.full(3, 0.12),
    )
    assert np.allclose(found.flows, truth, equal_nan=True)
    assert found.log_variance[0, 2] == pytest.approx(1 / (1 / 0.04 + 1 / 0.12))
    assert found.log_variance[0, 1] == pytest.approx(0.12)


def test_a_report_without_error_is_refused() -> None:
    given = {"duration": np.ones(3), "coverage_received": np.ones(3), "coverage_sent": np.ones(3)}
    with pytest.raises(ValueError, match="not above 0"):
        flows_of_one_definition(RECEIVED, SENT, **given, variance_received=np.zeros(3), variance_sent=np.ones(3))


def test_leading_axes_and_shapes() -> None:
    both = adjustment_factors(np.stack([RECEIVED, 2 * RECEIVED]), SENT, fixed=2)
    assert both.receiver.shape == (2, 3)
    assert both.receiver[0] == pytest.approx([1.1455621302, 0.96402366864, 1])
    with pytest.raises(ValueError, match="not square"):
        combine(np.ones((2, 3)), np.ones((2, 3)), rule="larger")
    with pytest.raises(ValueError, match="no country 7"):
        adjustment_factors(RECEIVED, SENT, fixed=7)
