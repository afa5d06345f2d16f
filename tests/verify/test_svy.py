"""Beside svy: our figures for missing values, fpc, lonely psus and two stages; what it is not asked; the command."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from surveyproc.cli.app import app
from surveyproc.estimate import estimate
from surveyproc.frames import estimates_frame
from surveyproc.pipeline import Estimated
from surveyproc.problems import SurveyprocError
from surveyproc.values import Design, Disaggregation, LonelyPsu, Measure, Stage, Statistic
from surveyproc.verify import Agreement, Peer, Verdict, load_svy, second_opinion
from surveyproc.verify.feed import NEGATIVE, NO_CASES, make_feed, second_stage

CELLS = ("a", "b", "c", "nobody", "never")
STRATA, PSUS_OF, UNITS_OF, ROWS_OF = 5, 4, 3, 5
RULES = [LonelyPsu.ADJUST, LonelyPsu.AVERAGE, LonelyPsu.CERTAINTY, LonelyPsu.REMOVE]


@pytest.fixture(scope="module")
def svy() -> Peer:
    pytest.importorskip("svy", reason="svy is not installed: pip install 'surveyproc[svy]'")
    return load_svy()


def _design(*, fpc: bool = True, lonely: LonelyPsu | None = None) -> Design:
    """Five strata of four psus of three units of five rows; the last stratum may hold one psu."""
    psus = STRATA * PSUS_OF - (PSUS_OF - 1 if lonely else 0)
    unit = np.repeat(np.arange(psus * UNITS_OF), ROWS_OF)
    weight = np.random.default_rng(1).uniform(0.5, 3.0, len(unit))
    weight[:ROWS_OF] = 0.0
    return Design(
        level="person",
        weight=weight,
        psu=(unit // UNITS_OF).astype(np.int32),
        psu_stratum=(np.arange(psus) // PSUS_OF).astype(np.int32),
        strata=tuple("abcde"),
        fpc=np.array([8.0, 9.0, 12.0, 40.0, 7.0]) if fpc else None,
        lonely_psu=lonely or LonelyPsu.FAIL,
    )


def _two_stages(design: Design) -> Design:
    psus = len(design.psu_stratum)
    unit = np.repeat(np.arange(psus * UNITS_OF), ROWS_OF).astype(np.int32)
    units = np.arange(psus * UNITS_OF) // UNITS_OF
    drawn_from = np.random.default_rng(2).integers(UNITS_OF, 9, psus).astype(np.float64)
    stage = Stage(unit, units.astype(np.int32), np.arange(psus, dtype=np.int32), drawn_from)
    return replace(design, further=(stage,))


def _measures(rows: int) -> list[Measure]:
    rng = np.random.default_rng(3)
    universe = rng.random(rows) < 0.9
    yes = (rng.random(rows) < 0.3).astype(np.float64)
    amount = rng.lognormal(3.0, 1.0, rows)
    below = rng.integers(1, 6, rows).astype(np.float64)
    for column in (yes, amount, below):
        column[rng.random(rows) < 0.1] = np.nan
    return [
        Measure("share", Statistic.PROPORTION, yes, universe),
        Measure("mean", Statistic.MEAN, amount, universe),
        Measure("total", Statistic.TOTAL, amount, universe, multiply=0.001),
        Measure("rate", Statistic.RATE, yes, universe, below, multiply=1000.0),
        Measure("loss", Statistic.RATIO, amount, universe, below, multiply=-1.0),
    ]


def _cells(rows: int) -> Disaggregation:
    """Three cells that cross psus, and two in which nobody is: svy drops such, and so is not asked for them."""
    return Disaggregation("group", np.random.default_rng(4).integers(-1, 3, rows).astype(np.int32), CELLS)


def _compared(design: Design, peer: Peer) -> pd.DataFrame:
    """Ours and svy's figures of every measure and cell that it is asked for."""
    rows = len(design.weight)
    measures, cells = _measures(rows), _cells(rows)
    ours = estimate(design, measures, [cells]).to_frame().set_index(["indicator", "cell"])
    found = []
    for measure in measures:
        feed = make_feed(design, measure, cells, cells=range(len(CELLS)), peer=peer)
        assert dict(feed.refused) == {3: NO_CASES, 4: NO_CASES}
        for cell, (value, se) in peer.estimate(feed).items():
            own = ours.loc[(measure.indicator, CELLS[cell])]
            found.append((own["value"], value * measure.multiply, own["se"], se * abs(measure.multiply)))
    assert len(found) == 15
    return pd.DataFrame(found, columns=["value", "svy_value", "se", "svy_se"])


def _same(found: pd.DataFrame) -> None:
    assert found.svy_value.to_numpy() == pytest.approx(found.value.to_numpy(), rel=1e-12)
    assert found.svy_se.to_numpy() == pytest.approx(found.se.to_numpy(), rel=1e-11)


@pytest.mark.parametrize("fpc", [False, True], ids=["with replacement", "fpc"])
def test_svy_gives_the_kernels_figures(svy: Peer, fpc: bool) -> None:
    _same(_compared(_design(fpc=fpc), svy))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("fpc", [False, True], ids=["with replacement", "fpc"])
def test_svy_has_every_rule_for_lonely_psus(svy: Peer, rule: LonelyPsu, fpc: bool) -> None:
    _same(_compared(_design(fpc=fpc, lonely=rule), svy))


def test_an_infinite_population_of_one_stratum_is_drawing_with_replacement(svy: Peer) -> None:
    design = _design()
    assert design.fpc is not None
    _same(_compared(replace(design, fpc=np.where(np.arange(STRATA) == 2, np.inf, design.fpc)), svy))


def test_the_second_stage_counts(svy: Peer) -> None:
    one, two = _design(), _two_stages(_design())
    found = _compared(two, svy)
    _same(found)
    assert (found.svy_se > _compared(one, svy).svy_se).all()


def test_a_second_stage_that_svy_cannot_be_told_is_left_out() -> None:
    design = _two_stages(_design())
    (stage,) = design.further
    assert second_stage(design) is not None
    for other in (
        replace(design, further=()),
        replace(design, further=(stage, stage)),
        replace(design, fpc=None),
        replace(design, further=(replace(stage, fpc=np.full_like(stage.fpc, np.inf)),)),
        replace(design, further=(replace(stage, unit=np.zeros_like(stage.unit)),)),
        replace(design, further=(replace(stage, stratum_parent=np.zeros_like(stage.stratum_parent)),)),
    ):
        assert second_stage(other) is None


def test_negative_weights_are_not_given_to_svy(svy: Peer) -> None:
    design = _design()
    design = replace(design, weight=np.where(np.arange(len(design.weight)) == 9, -1.0, design.weight))
    rows = len(design.weight)
    feed = make_feed(design, _measures(rows)[0], _cells(rows), cells=[0, 1], peer=svy)
    assert feed.cells == ()
    assert dict(feed.refused) == dict.fromkeys((0, 1), f"{NEGATIVE} are not given to svy")


def test_svy_is_asked_for_estimates_of_0(svy: Peer) -> None:
    design = _design()
    rows = len(design.weight)
    none = replace(_measures(rows)[0], numerator=np.zeros(rows))
    feed = make_feed(design, none, _cells(rows), cells=[0, 1], peer=svy)
    assert dict(svy.estimate(feed)) == {0: (0.0, 0.0), 1: (0.0, 0.0)}


def test_what_svy_refuses_is_a_value_error(svy: Peer) -> None:
    design = replace(_design(), fpc=np.full(STRATA, 2.0))
    rows = len(design.weight)
    feed = make_feed(design, _measures(rows)[0], _cells(rows), cells=[0], peer=svy)
    with pytest.raises(ValueError, match="population"):
        svy.estimate(feed)


def test_a_cell_that_svy_leaves_out_is_told(svy: Peer) -> None:
    design = _design()
    rows = len(design.weight)
    feed = make_feed(design, _measures(rows)[0], _cells(rows), cells=[0, 1], peer=svy)
    with pytest.raises(ValueError, match="no estimate of 1 cells"):
        svy.estimate(replace(feed, cells=(0, 1, 3)))


@pytest.fixture(scope="module")
def agreement(run: Estimated, svy: Peer) -> Agreement:
    return second_opinion(run, svy, most=len(run.frame))


def test_the_demo_agrees_to_the_last_estimate(run: Estimated, agreement: Agreement) -> None:
    assert agreement.count(Verdict.DIFFERS) == 0
    agreeing = [pair for pair in agreement.pairs if pair.verdict is Verdict.AGREES]
    assert len(agreeing) >= 300
    with_error = [pair for pair in agreeing if not math.isnan(pair.se) and not pair.reason]
    assert len(with_error) >= 300
    assert max(pair.value_apart for pair in with_error) < 1e-9
    assert max(pair.se_apart for pair in with_error if pair.se) < 1e-9
    assert set(agreement.reasons) <= {"suppressed in the run", NO_CASES, "not asked in this round"} | {
        f"a {name} is not asked of svy" for name in set(run.frame["statistic"])
    }


@pytest.mark.parametrize("column", ["value", "se"])
def test_a_difference_in_the_eighth_digit_is_told(run: Estimated, svy: Peer, column: str) -> None:
    frame = run.frame.copy()
    row = int(frame.index[(frame.indicator == "MG1_born_abroad") & (frame.domain == "total")][0])
    frame.loc[row, column] *= 1 + 1e-7
    changed = second_opinion(replace(run, frame=frame), svy, most=30)
    assert [p.place[0] for p in changed.pairs if p.verdict is Verdict.DIFFERS] == ["MG1_born_abroad"]


@pytest.mark.parametrize("rule", RULES)
def test_rules_for_lonely_psus_agree_in_the_demo(run: Estimated, svy: Peer, rule: LonelyPsu) -> None:
    designs = {}
    for pair, design in run.designs.items():
        alone = design.psu_stratum.copy()
        alone[0] = len(design.strata)
        designs[pair] = replace(design, psu_stratum=alone, strata=(*design.strata, "alone"), lonely_psu=rule)
    frame = estimates_frame(run.jobs, designs, run.spec)
    found = second_opinion(replace(run, designs=designs, frame=frame), svy, most=60)
    assert found.count(Verdict.DIFFERS) == 0
    assert found.count(Verdict.AGREES) >= 40


def test_lonely_psus_of_domains_are_compared_by_value(run: Estimated, svy: Peer) -> None:
    designs = {pair: replace(design, lonely_in_domain=True) for pair, design in run.designs.items()}
    found = second_opinion(replace(run, designs=designs), svy, most=10)
    assert "value only: lonely psus of domains" in {pair.reason for pair in found.pairs}


def test_the_command_prints_svys_figures(config: Path, demo_data: Path, svy: Peer) -> None:
    words = ["verify", str(config), "--data", str(demo_data), "--with", "svy", "--only", "MG.1.1", "--most", "5"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"demo-2025 beside svy {svy.version}"
    assert "svy value" in lines[1]
    assert "5 agree to 1e-9, 0 differ, 0 not offered" in lines[-1]


def test_without_svy_one_problem_says_how_to_install_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "svy", None)
    result = CliRunner().invoke(app, ["verify", str(config), "--with", "svy"])
    assert isinstance(result.exception, SurveyprocError)
    assert result.exception.exit_code == 2
    (problem,) = result.exception.problems
    assert problem.code == "config.not-installed"
    assert "pip install 'surveyproc[svy]'" in problem.hint


def test_a_package_and_figures_are_one_of_the_two(config: Path, tmp_path: Path) -> None:
    words = ["verify", str(config), "--against", str(tmp_path / "x.csv"), "--with", "svy", "--most", "3"]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, SurveyprocError)
    assert [p.where.file for p in result.exception.problems] == ["--most", "--with"]


def test_a_package_that_is_not_known_is_refused(config: Path) -> None:
    result = CliRunner().invoke(app, ["verify", str(config), "--with", "sas"])
    assert result.exit_code == 2
    assert "svy" in result.output
