"""Variances over several stages of selection, beside a recursion in plain Python."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.design import StageKeys, compile_design
from surveyproc.estimate import estimate, finish, merge, part
from surveyproc.problems import SurveyprocError
from surveyproc.values import Design, LonelyPsu
from tests.estimate.surveys import by, measure, whole

seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)


def nested(seed: int) -> pd.DataFrame:
    """Three stages: 2 strata, 3 psus each, 2 or 3 households each, 1 to 3 persons; ids start again in each unit."""
    rng = np.random.default_rng(seed)
    rows = [
        (h, p, s, i, 4.0 + 2 * h, 4.0 + p, 4.0)
        for h in range(2)
        for p in range(3)
        for s in range(rng.integers(2, 4))
        for i in range(rng.integers(2, 4))
    ]
    data = pd.DataFrame(rows, columns=["stratum", "psu", "household", "person", "n1", "n2", "n3"])
    data["weight"] = rng.integers(1, 40, len(data)) / 4.0
    data["y"] = rng.integers(-20, 20, len(data)) / 4.0
    data["x"] = rng.integers(1, 9, len(data)) / 2.0
    data["yes"] = (rng.random(len(data)) < 0.5).astype(float)
    data["group"] = rng.integers(0, 3, len(data))
    return data


def design_of(data: pd.DataFrame, *, depth: int = 3, lonely: str = "adjust") -> Design:
    stages = [StageKeys([data.household.to_numpy()], fpc=data.n2.to_numpy()), StageKeys(fpc=data.n3.to_numpy())]
    design, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()],
        psu=[(data.stratum * 100 + data.psu).to_numpy()],
        fpc=data.n1.to_numpy(),
        lonely_psu=LonelyPsu(lonely),
        stages=stages[: depth - 1],
    )
    assert design is not None, problems
    return design


def recursion(data: pd.DataFrame, z: np.ndarray) -> float:
    """Variance of Σz by the recursion of the textbooks (Särndal, Swensson and Wretman 1992, §4.4), zeros included."""
    keys = [["stratum", "psu"], ["household"], ["person"]]

    def below(rows: pd.DataFrame, stage: int) -> float:
        if stage == 3:
            return 0.0
        strata = [g for _, g in rows.groupby("stratum")] if stage == 0 else [rows]
        total = 0.0
        for stratum in strata:
            units = [g for _, g in stratum.groupby(keys[stage])]
            size = stratum[f"n{stage + 1}"].iloc[0]
            sums = np.array([u.z.sum() for u in units])
            n = len(units)
            total += (1 - n / size) * n * sums.var(ddof=1) + n / size * sum(below(u, stage + 1) for u in units)
        return total

    return below(data.assign(z=z), 0)


@quick
@given(seeds)
def test_three_stages_equal_the_recursion_in_every_domain(seed: int) -> None:
    data = nested(seed)
    ours = estimate(
        design_of(data), [measure(data, "total", "y"), measure(data, "ratio", "y", "x")], [by(data, "group")]
    )
    for i, cell in enumerate(["0", "1", "2"]):
        inside = (data.group.astype(str) == cell).to_numpy(float)
        w, y, x = (data[c].to_numpy() for c in ("weight", "y", "x"))
        if not inside.any():
            continue
        ratio = (w * y * inside).sum() / (w * x * inside).sum()
        expected = [
            recursion(data, w * y * inside),
            recursion(data, w * (y - ratio * x) * inside / (w * x * inside).sum()),
        ]
        for j, variance in enumerate(expected):
            if ours.status[3 * j + i] == "ok":
                assert ours.se[3 * j + i] == pytest.approx(np.sqrt(variance), rel=1e-11)


@quick
@given(seeds)
def test_a_stage_taken_whole_adds_nothing(seed: int) -> None:
    data = nested(seed)
    drawn = data.groupby(["stratum", "psu"]).household.transform("nunique").astype(float)
    data["n2"], data["n3"] = drawn, data.groupby(["stratum", "psu", "household"]).person.transform("size").astype(float)
    things = [measure(data, "total", "y"), measure(data, "proportion", "yes")]
    all_stages, first = (estimate(design_of(data, depth=d), things, [whole(len(data))]) for d in (3, 1))
    np.testing.assert_allclose(all_stages.se, first.se, rtol=1e-12)


def test_a_first_stage_taken_whole_leaves_the_second_as_strata() -> None:
    data = nested(3)
    data["n1"] = 3.0
    two = estimate(design_of(data, depth=2), [measure(data, "mean", "y")], [whole(len(data))])
    psu = data.stratum * 100 + data.psu
    flat, _ = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[psu.to_numpy()],
        psu=[(psu * 10 + data.household).to_numpy()],
        fpc=data.n2.to_numpy(),
    )
    one = estimate(flat, [measure(data, "mean", "y")], [whole(len(data))])
    np.testing.assert_allclose(two.se, one.se, rtol=1e-12)


@pytest.mark.parametrize("depth", [2, 3])
def test_the_order_of_rows_and_parts_do_not_matter(depth: int) -> None:
    data = nested(5)
    things = [measure(data, "mean", "y"), measure(data, "ratio", "y", "x")]
    expected = estimate(design_of(data, depth=depth), things, [by(data, "group")])
    mixed = data.sample(frac=1.0, random_state=2)
    things = [measure(mixed, "mean", "y"), measure(mixed, "ratio", "y", "x")]
    np.testing.assert_allclose(estimate(design_of(mixed, depth=depth), things, [by(mixed, "group")]).se, expected.se)

    design = design_of(data, depth=depth)

    def states(rows: np.ndarray):
        d = data[rows]
        further = tuple(replace(s, unit=s.unit[rows]) for s in design.further)
        piece = replace(design, weight=design.weight[rows], psu=design.psu[rows], further=further)
        split = by(data, "group")
        split = replace(split, codes=split.codes[rows])
        return part(piece, [measure(d, "mean", "y"), measure(d, "ratio", "y", "x")], [split])

    odd = np.arange(len(data)) % 3 == 0
    np.testing.assert_allclose(finish(merge([states(odd), states(~odd)])).se, expected.se, rtol=1e-10)


def test_a_lonely_unit_of_a_further_stage_is_refused_or_treated() -> None:
    data = nested(7)
    data = data[~((data.stratum == 0) & (data.psu == 0) & (data.household > 0))].reset_index(drop=True)
    _, problems = compile_design(
        level="person",
        weight=data.weight.to_numpy(),
        strata=[data.stratum.to_numpy()],
        psu=[(data.stratum * 100 + data.psu).to_numpy()],
        fpc=data.n1.to_numpy(),
        stages=[StageKeys([data.household.to_numpy()], fpc=data.n2.to_numpy())],
    )
    assert [p.code for p in problems] == ["design.lonely-psu"]
    assert problems[0].got == "1 of 6 strata of stage 2"
    thing, cells = [measure(data, "total", "y")], [whole(len(data))]
    certain, adjusted = (
        estimate(design_of(data, depth=2, lonely=rule), thing, cells).se[0] for rule in ("certainty", "adjust")
    )
    assert certain == pytest.approx(adjusted, rel=1e-12)  # the mean of the only unit of its psu is itself
    with pytest.raises(SurveyprocError, match="further stages"):
        estimate(replace(design_of(data, depth=2), lonely_psu=LonelyPsu.FAIL), thing, cells)


@pytest.mark.parametrize("rule", ["adjust", "average"])
def test_lonely_in_a_domain_matters_only_there(rule: str) -> None:
    data = nested(11)
    data.loc[data.stratum == 0, "group"] = (data.psu > 0).astype(int)
    design = design_of(data, depth=1, lonely=rule)
    things, cells = [measure(data, "mean", "y")], [whole(len(data)), by(data, "group")]
    plain = estimate(design, things, cells).to_frame().set_index("cell")
    asked = estimate(replace(design, lonely_in_domain=True), things, cells).to_frame().set_index("cell")
    assert asked.se[""] == plain.se[""]
    assert asked.se["0"] != pytest.approx(plain.se["0"], rel=1e-6)
