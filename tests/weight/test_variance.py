"""What calibration does to standard errors, told by identities and by the jackknife."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveyproc.design import make_replicates
from surveyproc.estimate import estimate, finish, merge, part
from surveyproc.values import Calibration, Carried, Design, Disaggregation, Measure, Statistic
from surveyproc.weight import apply
from tests.estimate.surveys import by, design_of, measure, survey, whole

STATISTICS = [
    ("total", "y", None),
    ("mean", "y", None),
    ("ratio", "y", "x"),
    ("proportion", "yes", None),
]


def step(data: pd.DataFrame, design: Design, *, columns=("group",), number: str = "", **how) -> Calibration:
    """Calibration on the categories of columns, or on their crossing, and on a number, to totals a little away."""
    if number:
        x = np.column_stack((np.ones(len(data)), data[number])).astype(float)
        cells = np.arange(len(data), dtype=np.int32)
    else:
        cells, keys = pd.factorize(pd.MultiIndex.from_frame(data[list(columns)]))
        x = np.eye(len(keys))
    sums = x[cells].T @ design.weight
    totals = sums * np.linspace(1.03, 1.08, len(sums))
    names = tuple(f"{number or 'cell'}={k}" for k in range(len(sums)))
    return Calibration(cells.astype(np.int32), x, design.weight, totals, names, **how)


def calibrated(data: pd.DataFrame, *, fpc=False, lonely="adjust", **how) -> Design:
    base = design_of(data, fpc=fpc, lonely=lonely)
    design, failure = apply(base, [step(data, base, **how)])
    assert failure is None
    return design


def all_estimates(design: Design, data: pd.DataFrame) -> pd.DataFrame:
    measures = [measure(data, kind, y, x) for kind, y, x in STATISTICS]
    return estimate(design, measures, [whole(len(data)), by(data, "group"), by(data, "stratum")]).to_frame()


def same(a: pd.DataFrame, b: pd.DataFrame, rtol=1e-9) -> None:
    assert a.status.tolist() == b.status.tolist()
    for column in ("value", "se", "ci_low", "ci_high", "deff", "df"):
        np.testing.assert_allclose(a[column], b[column], rtol=rtol, atol=1e-9, err_msg=column)


def test_poststratification_is_the_poststratified_variance_by_hand() -> None:
    data = survey(1)
    design = calibrated(data)
    found = estimate(design, [measure(data, "total", "y")], [whole(len(data))])
    before = step(data, design_of(data)).before
    means = data.assign(d=before, dy=before * data.y).groupby("group")[["dy", "d"]].transform("sum")
    e = design.weight * (data.y - means.dy / means.d)
    sums = pd.DataFrame({"h": data.stratum, "p": data.psu, "e": e}).groupby(["h", "p"]).e.sum()
    by_hand = sum(len(s) / (len(s) - 1) * ((s - s.mean()) ** 2).sum() for _, s in sums.groupby("h"))
    assert found.se[0] == pytest.approx(np.sqrt(by_hand), rel=1e-12)


@pytest.mark.parametrize("fpc", [False, True])
def test_categories_as_cells_or_as_rows_or_with_one_to_spare_are_one(fpc) -> None:
    data = survey(2)
    design = calibrated(data, fpc=fpc)
    (one,) = design.calibrations
    by_row = replace(one, cells=np.arange(len(data), dtype=np.int32), auxiliary=one.auxiliary[one.cells])
    more = replace(one, auxiliary=np.column_stack((np.ones(len(one.auxiliary)), one.auxiliary)))
    expected = all_estimates(design, data)
    same(all_estimates(replace(design, calibrations=(by_row,)), data), expected)
    same(all_estimates(replace(design, calibrations=(more,)), data), expected)


def test_control_totals_have_their_value_and_a_status_in_place_of_an_se() -> None:
    data = survey(3)
    design = calibrated(data)
    (one,) = design.calibrations
    counts = estimate(design, [measure(data, "total", np.ones(len(data)))], [by(data, "group"), whole(len(data))])
    cell = {c: one.cells[(data.group == int(c)).to_numpy().argmax()] for c in counts.cell[:-1].tolist()}
    np.testing.assert_allclose(counts.value[:-1], [one.totals[cell[c]] for c in cell], rtol=1e-12)
    assert counts.status.tolist() == ["control"] * 4
    assert np.isnan(counts.se).all()
    assert np.isnan(counts.ci_low).all()
    share = measure(data, "proportion", data.group == 1)
    assert estimate(design, [share], [whole(len(data))]).status.tolist() == ["control"]
    assert estimate(design, [share], [by(data, "stratum")]).status.tolist() == ["ok"] * 3


def test_a_variable_explained_wholly_is_known_too() -> None:
    data = survey(4)
    design = calibrated(data, number="x")
    found = estimate(design, [measure(data, "total", 3 * data.x + 7), measure(data, "mean", "x")], [whole(len(data))])
    assert found.status.tolist() == ["control", "control"]


def test_order_of_rows_and_scale_of_auxiliaries_make_no_difference() -> None:
    data = survey(5)
    design = calibrated(data, number="x")
    (one,) = design.calibrations
    expected = all_estimates(design, data)
    scaled = replace(one, auxiliary=one.auxiliary * [1e-3, 1e4])
    same(all_estimates(replace(design, calibrations=(scaled,)), data), expected)
    mixed = np.random.default_rng(1).permutation(len(data))
    moved = replace(
        design,
        weight=design.weight[mixed],
        psu=design.psu[mixed],
        calibrations=(replace(one, cells=one.cells[mixed], before=one.before[mixed]),),
    )
    same(all_estimates(moved, data.iloc[mixed].reset_index(drop=True)), expected)


def test_parts_of_a_survey_merge() -> None:
    data = survey(6, rows=90)
    design = calibrated(data, number="x")
    (one,) = design.calibrations
    measures = [measure(data, kind, y, x) for kind, y, x in STATISTICS]
    splits = [whole(len(data)), by(data, "group")]
    states = []
    for rows in np.array_split(np.random.default_rng(2).permutation(len(data)), 3):
        piece = replace(
            design,
            weight=design.weight[rows],
            psu=design.psu[rows],
            calibrations=(replace(one, cells=one.cells[rows], before=one.before[rows]),),
        )
        states.append(
            part(
                piece,
                [
                    replace(
                        m,
                        numerator=m.numerator[rows],
                        universe=m.universe[rows],
                        denominator=None if m.denominator is None else m.denominator[rows],
                    )
                    for m in measures
                ],
                [Disaggregation(d.name, d.codes[rows], d.cells) for d in splits],
            )
        )
    same(finish(merge(states)).to_frame(), estimate(design, measures, splits).to_frame())


def jackknifed(data: pd.DataFrame, steps_of) -> tuple[Design, Design]:
    """A design calibrated by steps, with residuals and with steps made anew in every replicate."""
    base = design_of(data)
    replicates, problems = make_replicates(base, "jkn")
    assert replicates is not None, problems
    found = []
    for start in (base, replace(base, replicates=replicates)):
        design, failure = apply(start, steps_of(base))
        assert failure is None
        found.append(design)
    return found[0], found[1]


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_the_jackknife_of_several_steps_stays_beside_residuals(method) -> None:
    data = survey(7, strata=6, psus=12, rows=2500)
    data["y"] = data.y + 4.0 * data.x + 9.0 * data.group  # what the steps calibrate on matters

    def steps(base: Design) -> list[Calibration]:
        return [step(data, base, columns=("group",), method=method), step(data, base, number="x", method=method)]

    residual, anew = jackknifed(data, steps)
    np.testing.assert_allclose(residual.weight, anew.weight)
    ours, theirs = all_estimates(residual, data), all_estimates(anew, data)
    both = (ours.status == "ok") & (theirs.status == "ok")
    assert both.sum() >= 28
    np.testing.assert_allclose(ours.se[both], theirs.se[both], rtol=0.06)
    last = measure(data, "total", "x")
    assert estimate(residual, [last], [whole(len(data))]).status.tolist() == ["control"]
    assert estimate(anew, [last], [whole(len(data))]).status.tolist() == ["control"]
    plain = estimate(replace(residual, calibrations=()), [measure(data, "total", "y")], [whole(len(data))])
    assert ours.se[0] < 0.6 * plain.se[0]


def test_replicates_that_were_not_calibrated_are_not_used_unawares() -> None:
    data = survey(8)
    design = calibrated(data)
    replicates, _ = make_replicates(design, "jkn")
    with pytest.raises(ValueError, match="calibrated"):
        estimate(replace(design, replicates=replicates), [measure(data, "total", "y")], [whole(len(data))])


def test_a_replicate_that_cannot_be_calibrated_stops_all() -> None:
    data = survey(9)
    data["group"] = np.where((data.stratum == 0) & (data.psu == 0), 1, 0)  # one psu holds all of a category
    base = design_of(data)
    replicates, _ = make_replicates(base, "jkn")
    start = replace(base, replicates=replicates)
    design, failure = apply(start, [step(data, base)])
    assert failure is not None
    assert failure.cause == "empty"
    assert design is start


def test_records_calibrated_above_the_rows_of_a_design() -> None:
    """Households calibrated, persons estimated: the same as totals of households."""
    homes = survey(10, rows=60)
    design = calibrated(homes, columns=("group",))
    members = 1 + np.arange(len(homes)) % 4
    record = np.repeat(np.arange(len(homes)), members).astype(np.int32)
    below = Carried(record, replace(design, calibrations=()))
    persons = replace(
        design,
        weight=design.weight[record],
        psu=design.psu[record],
        calibrations=tuple(replace(c, carried=below) for c in design.calibrations),
    )
    y = np.random.default_rng(3).normal(5, 2, len(record))
    of_persons = Measure("y", Statistic.TOTAL, y, np.ones(len(record), dtype=np.bool_))
    of_homes = measure(homes, "total", np.bincount(record, weights=y))
    whole_of = (whole(len(record)), whole(len(homes)))
    found = [estimate(d, [m], [w]) for d, m, w in zip((persons, design), (of_persons, of_homes), whole_of, strict=True)]
    assert found[0].value[0] == pytest.approx(found[1].value[0], rel=1e-12)
    assert found[0].se[0] == pytest.approx(found[1].se[0], rel=1e-10)


def test_parts_calibrated_side_by_side_are_one_step() -> None:
    data = survey(11, rows=120)
    data["part"] = (data.stratum > 0).astype(int)
    together = calibrated(data, columns=("part", "group"))
    (one,) = together.calibrations
    sides = []
    for p in (0, 1):
        x = np.where((data.part == p).to_numpy()[np.unique(one.cells, return_index=True)[1], None], one.auxiliary, 0.0)
        kept = x.any(axis=0)
        sides.append(replace(one, auxiliary=x[:, kept], totals=one.totals[kept], before=one.before.copy()))
    same(all_estimates(replace(together, calibrations=tuple(sides)), data), all_estimates(together, data))
