"""What `surveyproc verify` shows: estimates beside another package's, or beside figures printed elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from surveyproc.cli import show
from surveyproc.config.load import load_round
from surveyproc.config.spec import base_indicator
from surveyproc.pipeline import estimate_round, only_rounds
from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.verify.figures import FigureCheck, FigureVerdict, compare_figures
from surveyproc.verify.opinion import MOST, TOLERANCE, Agreement, Pair, Verdict, second_opinion
from surveyproc.verify.peer import Peer
from surveyproc.verify.published import Printed, read_published
from surveyproc.verify.svy import load_svy
from surveyproc.verify.witness import load_samplics

ALL_WELL, APART = 0, 1
PEERS: dict[str, Callable[[], Peer]] = {"samplics": load_samplics, "svy": load_svy}


def verify(
    config: Path,
    *,
    data: Path | None,
    only: Sequence[str] | None,
    against: Path | None,
    peer: str | None,
    most: int | None,
) -> int:
    """Compare a round with another package, or with the figures of a CSV; the exit code is 1 if anything differs.

    Raises SurveyprocError for options that do not go together, and as the round and the package's import do.
    """
    only_rounds(config)
    if against is None:
        load = PEERS[peer or "samplics"]
        return _with_peer(config, load, data=data, only=only, most=MOST if most is None else most)
    wrong = [
        Problem("config.bad-value", Place(option), what, hint=f"Leave out {option}.")
        for option, given, what in (
            ("--most", most, "--most is for the comparison with a package; all figures of a file are compared"),
            ("--with", peer, "--with names a package to compare with, --against figures of a file: one of the two"),
        )
        if given is not None
    ]
    if wrong:
        raise SurveyprocError(wrong)
    return _with_figures(config, against, data=data, only=only)


def _with_peer(
    config: Path, load: Callable[[], Peer], *, data: Path | None, only: Sequence[str] | None, most: int
) -> int:
    report: Any = show.stage_reporter()
    peer = load()
    run = estimate_round(config, data=data, only=only, report=report)
    chosen = min(most, len(run.frame))
    report(peer.name, f"{chosen:,} of {len(run.frame):,} estimates, a second or less each")
    agreement = second_opinion(run, peer, most=most)
    heads = ["indicator", "domain", "cell", "value", "se", f"{peer.name} value", f"{peer.name} se"]
    heads += ["value apart", "se apart", "verdict"]
    show.show_table(f"{run.spec.name} beside {peer.name} {peer.version}", heads, map(_pair_row, agreement.pairs))
    for line in _pair_summary(agreement):
        _say(line)
    return APART if agreement.count(Verdict.DIFFERS) else ALL_WELL


def _with_figures(config: Path, against: Path, *, data: Path | None, only: Sequence[str] | None) -> int:
    spec = load_round(config)
    names = [*spec.indicators, *map(base_indicator, spec.universes)]
    printed, blank = read_published(against, indicators=names)
    report: Any = show.stage_reporter()
    run = estimate_round(config, data=data, only=only, report=report)
    checks = compare_figures(printed, run.frame)
    heads = ["line", "indicator", "domain", "cell", "figure", "printed", "ours", "verdict"]
    show.show_table(f"{run.spec.name} beside {against.as_posix()}", heads, map(_figure_row, checks))
    _say(_figure_summary(checks, blank))
    bad = (FigureVerdict.DIFFERS, FigureVerdict.NOT_IN_RUN)
    return APART if any(check.verdict in bad for check in checks) else ALL_WELL


def _pair_row(pair: Pair) -> tuple[str, ...]:
    indicator, category, domain, cell = pair.place
    verdict = f"{pair.verdict}: {pair.reason}" if pair.reason else str(pair.verdict)
    figures = [_exact(v) for v in (pair.value, pair.se, pair.other_value, pair.other_se)]
    return _name(indicator, category), domain, cell, *figures, _apart(pair.value_apart), _apart(pair.se_apart), verdict


def _pair_summary(agreement: Agreement) -> list[str]:
    looked, total = len(agreement.pairs), agreement.estimates
    share = f"{looked:,} of {total:,} estimates looked at"
    if looked < total:
        share += "; --most says how many"
    line = f"{agreement.count(Verdict.AGREES):,} agree to {TOLERANCE:.0e}, ".replace("e-0", "e-")
    line += f"{agreement.count(Verdict.DIFFERS):,} differ, {agreement.count(Verdict.NOT_OFFERED):,} not offered"
    reasons = "; ".join(f"{count:,} × {reason}" for reason, count in agreement.reasons.items())
    return [share + ".", f"{line} ({reasons})" if reasons else line]


def _figure_row(check: FigureCheck) -> tuple[str, ...]:
    one = check.printed
    verdict = f"{check.verdict}: {check.hint}" if check.hint else str(check.verdict)
    name = _name(one.indicator, one.category)
    return str(one.line), name, one.domain, one.cell, one.figure, one.text, _ours(check.ours, one), verdict


def _figure_summary(checks: Sequence[FigureCheck], blank: int) -> str:
    count = Counter(check.verdict for check in checks)
    line = f"{count[FigureVerdict.MATCHES]:,} figures match at the printed decimals, {count[FigureVerdict.DIFFERS]:,} "
    line += f"differ, {count[FigureVerdict.NOT_IN_RUN]:,} are not in the run"
    if count[FigureVerdict.SUPPRESSED]:
        line += f", {count[FigureVerdict.SUPPRESSED]:,} are suppressed in the run and not compared"
    return f"{line}; {blank:,} places without a figure" if blank else line


def _name(indicator: str, category: str) -> str:
    return f"{indicator}[{category}]" if category else indicator


def _exact(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.10g}"


def _apart(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.1e}" if number else "0"


def _ours(number: float, one: Printed) -> str:
    """Two places more than printed, so that a reader sees how far a figure is from the edge."""
    places = one.unit.as_tuple().exponent
    assert isinstance(places, int)
    return "" if math.isnan(number) else f"{number:.{min(max(-places, 0) + 2, 17)}f}"


def _say(line: str) -> None:
    show.console().print(line, markup=False, soft_wrap=True)
