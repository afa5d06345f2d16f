"""From estimates through judgement to tables: no number of a suppressed estimate is left in any cell or text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.config.models import SamplingErrors
from surveyproc.config.spec import ColumnSpec, base_indicator
from surveyproc.problems import Place
from surveyproc.quality import judge
from surveyproc.tables import build_tables, sampling_error_tables
from tests.quality.frames import frame, row
from tests.quality.test_rules import profile
from tests.tables.made import UNIVERSES, VARIABLES, indicator, table_spec

QUALITY = profile(
    "cells: [{if: 'n_unweighted < 25', action: suppress, mark: '(*)'}]\n"
    "precision: [{if: 'cv > 0.3', action: suppress, mark: F}]\ncomplementary_suppression: true"
)
BASE = base_indicator("m.people")
SHOW = ("estimate", "se", "ci", "cv", "deff", "deft", "n", "n_weighted", "df", "share_missing")
CELLS = [("total", "")] + [("area", c) for c in ("urban", "rural")] + [("sex", c) for c in ("male", "female")]
FACTORS = (1.0, 100.0, 0.001)


def estimates(sizes, errors, seed):
    """An indicator and its base, every number of every row unlike all others."""
    draw = np.random.default_rng(seed)
    rows = []
    for (domain, cell), n, error in zip(CELLS, sizes, errors, strict=True):
        value = draw.uniform(0.2, 0.8)
        noise = {name: draw.uniform(1, 2) for name in ("deff", "deft", "df", "n_weighted", "share_missing")}
        where = {"domain": domain, "cell": cell, "n_unweighted": n}
        rows.append(row(**where, value=value, se=value * error * draw.uniform(0.9, 1), **noise))
        rows.append(row(**where, indicator=BASE, statistic="total", value=draw.uniform(1e3, 1e6), se=1.0))
    return frame(*rows)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=4, max_size=4),
    st.lists(st.sampled_from([0.1, 0.5]), min_size=5, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_nothing_of_a_suppressed_estimate_is_left(cells, errors, seed):
    given_frame = estimates([max(60, sum(cells[:2])), *cells], errors, seed)
    judged, _ = judge(given_frame, QUALITY, place=Place("q.yaml"), universes={"I": "m.people"})
    gone = (judged["shown"] == "suppress").to_numpy()
    names = ["value", "se", "ci_low", "ci_high", "cv", "deff", "deft", "df", "n_weighted", "share_missing"]
    own = (given_frame["indicator"] == "I").to_numpy()
    secrets = np.concatenate(
        [given_frame.loc[gone & own, names].to_numpy(dtype=float).ravel(), given_frame.loc[gone & ~own, "value"]]
    )
    common = {"indicators": {"I": indicator()}, "variables": VARIABLES, "quality": QUALITY, "language": "en"}
    common |= {"source": {}, "words": {}}
    counts = [ColumnSpec(BASE, (kind,), {}, count=True) for kind in ("weighted", "unweighted")]
    spec = table_spec(ColumnSpec("I", SHOW, {}), *counts, rows=((), ("area",), ("sex",)))
    plan = SamplingErrors(indicators=["I"], domains=["total", "area", "sex"])
    made = build_tables(judged, [spec], universes=UNIVERSES, **common) + sampling_error_tables(judged, plan, **common)
    seen = np.array([c.value for t in made for r in t.rows for c in r.cells if c.value is not None] or [0.0])
    for factor in FACTORS:
        assert not np.isclose(secrets[:, None] * factor, seen[None, :], rtol=1e-12, atol=0).any()
    marks = [c.text for t in made for r in t.rows for c in r.cells if c.value is None]
    assert not gone.any() or "(*)" in marks or "F" in marks
