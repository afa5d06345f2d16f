"""svy, imported when it is asked for, as a peer: estimates and standard errors of a feed's cells."""

from __future__ import annotations

import warnings
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import LonelyPsu
from surveyproc.verify.peer import Feed, Floats, Peer, Skill

# `certainty` and `remove` add nothing, which is svy's skip: its self_representing takes rows for psus instead.
LONELY = {
    LonelyPsu.ADJUST: "center",
    LonelyPsu.AVERAGE: "scale",
    LonelyPsu.CERTAINTY: "skip",
    LonelyPsu.REMOVE: "skip",
}
MANY = 1e18  # in place of an infinite population, from which svy cannot tell a share


def load_svy() -> Peer:
    """Import svy (about a second).

    Raises SurveyprocError (config.not-installed) where it, or a package that it needs, is absent.
    """
    try:
        import polars
        import svy
    except ImportError as error:
        raise SurveyprocError(
            [
                Problem(
                    "config.not-installed",
                    Place("--with"),
                    "the comparison with svy needs the package svy, which cannot be imported",
                    got=str(error),
                    hint="Install it: pip install 'surveyproc[svy]'. `--against FILE` works without it.",
                )
            ]
        ) from error
    return Peer(
        "svy",
        version("svy"),
        partial(_estimate, svy, polars),
        lonely=frozenset(LONELY),
        skills=frozenset((Skill.ZERO, Skill.SECOND_STAGE)),
    )


def _estimate(svy: Any, polars: Any, feed: Feed) -> dict[int, tuple[float, float]]:
    """Value and standard error by cell: ratios of totals, or totals where the feed has no denominator.

    Raises ValueError where svy refuses, or has no estimate of a cell that it was asked for.
    """
    columns = {"y": feed.y, "weight": feed.weight, "stratum": feed.stratum, "psu": feed.psu, "domain": feed.domain}
    design: dict[str, Any] = {"wgt": "weight", "stratum": "stratum", "psu": "psu"}
    if feed.x is not None:
        columns["x"] = feed.x
    if feed.population is not None:
        columns["psus"] = _finite(feed.population)[feed.stratum]
        design["pop_size"] = "psus"
    if feed.second is not None:
        columns |= {"unit": feed.second.unit, "units": feed.second.population}
        design |= {"ssu": "unit", "pop_size": svy.PopSize(psu="psus", ssu="units")}
    if feed.lonely_psu in LONELY:
        design["singleton"] = LONELY[feed.lonely_psu]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ask = svy.Sample(polars.DataFrame(columns), svy.Design(**design)).estimation
            found = ask.total("y", by="domain") if feed.x is None else ask.ratio("y", "x", by="domain")
    except svy.errors.SvyError as error:
        raise ValueError(str(error)) from error
    cells = {int(one.by_level[0]): (float(one.est), float(one.se)) for one in found.estimates}
    if absent := set(feed.cells) - set(cells):
        raise ValueError(f"no estimate of {len(absent)} cells")
    return {cell: cells[cell] for cell in feed.cells}


def _finite(population: Floats) -> Floats:
    return np.where(np.isfinite(population), population, MANY)
