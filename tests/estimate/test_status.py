"""What is said where a number cannot be given, or its error is exactly 0."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveyproc.estimate import estimate
from surveyproc.problems import SurveyprocError
from surveyproc.values import ESTIMATE_COLUMNS, Disaggregation, LonelyPsu, Statistic
from tests.estimate.surveys import by, design_of, measure, survey, whole


@pytest.fixture
def data() -> pd.DataFrame:
    return survey(11, rows=120)


def only(data: pd.DataFrame, mask) -> Disaggregation:
    return Disaggregation("part", np.where(mask, 0, -1).astype(np.int32), ("inside",))


def one(data: pd.DataFrame, given, mask=None, **choices) -> dict:
    cell = whole(len(data)) if mask is None else only(data, mask)
    return estimate(design_of(data), [given], [cell], **choices).to_frame().to_dict("records")[0]


EVERY = [("total", "y"), ("mean", "y"), ("proportion", "yes"), ("ratio", "y", "x"), ("rate", "yes", "x")]


@pytest.mark.parametrize("kind", EVERY)
def test_a_cell_without_cases_has_no_number(data: pd.DataFrame, kind: tuple) -> None:
    row = one(data, measure(data, *kind), data.group == 9)
    assert row["status"] == "empty"
    assert row["n_unweighted"] == row["n_psus"] == 0
    assert all(np.isnan(row[name]) for name in ("value", "se", "ci_low", "ci_high", "cv", "deff", "share_missing"))


@pytest.mark.parametrize("kind", EVERY)
def test_a_cell_of_weight_zero_is_empty(data: pd.DataFrame, kind: tuple) -> None:
    data.loc[data.group == 1, "weight"] = 0.0
    row = one(data, measure(data, *kind), data.group == 1)
    assert (row["status"], row["n_unweighted"]) == ("empty", 0)
    assert np.isnan(row["value"])


@pytest.mark.parametrize("kind", EVERY)
def test_a_cell_with_everything_missing_says_so(data: pd.DataFrame, kind: tuple) -> None:
    data.loc[data.group == 1, ["y", "yes"]] = np.nan
    row = one(data, measure(data, *kind), data.group == 1)
    assert (row["status"], row["share_missing"], row["n_unweighted"]) == ("all_missing", 1.0, 0)
    assert np.isnan(row["value"])
    assert np.isnan(row["se"])


@pytest.mark.parametrize("kind", EVERY)
def test_one_case_has_a_value_and_no_error(data: pd.DataFrame, kind: tuple) -> None:
    row = one(data, measure(data, *kind), data.index == 40)
    assert (row["status"], row["n_unweighted"], row["df"]) == ("one_case", 1, 0)
    assert not np.isnan(row["value"])
    assert all(np.isnan(row[name]) for name in ("se", "ci_low", "ci_high", "deff"))


@pytest.mark.parametrize("kind", EVERY)
def test_one_psu_has_a_value_and_no_error(data: pd.DataFrame, kind: tuple) -> None:
    row = one(data, measure(data, *kind), (data.stratum == 1) & (data.psu == 0))
    assert (row["status"], row["n_psus"], row["df"]) == ("one_psu", 1, 0)
    assert row["n_unweighted"] > 1
    assert not np.isnan(row["value"])
    assert np.isnan(row["se"])


@pytest.mark.parametrize("edge", [0.0, 1.0])
@pytest.mark.parametrize("method", ["logit", "t", "2se"])
def test_a_share_of_none_or_all_has_error_zero_and_no_interval(data: pd.DataFrame, edge: float, method: str) -> None:
    data.loc[data.group == 1, "yes"] = edge
    chosen = {Statistic.PROPORTION: method}
    row = one(data, measure(data, "proportion", "yes"), data.group == 1, interval=chosen)
    assert (row["status"], row["value"], row["se"]) == ("boundary", edge, 0.0)
    assert all(np.isnan(row[name]) for name in ("ci_low", "ci_high", "deff", "deft"))


@pytest.mark.parametrize("weight", [1.0, 1e-12, 1e12, 0.1])
@pytest.mark.parametrize("value", [0.1, 1e9 / 3, -7.0, 0.0])
def test_a_constant_has_error_exactly_zero(data: pd.DataFrame, value: float, weight: float) -> None:
    data["weight"] *= weight
    data.loc[data.group == 1, "y"] = value
    row = one(data, measure(data, "mean", "y"), data.group == 1)
    assert (row["status"], row["value"], row["se"]) == ("constant", value, 0.0)
    data["three"] = 0.3 * data.x
    row = one(data, measure(data, "ratio", "three", "x"), data.group == 1)
    assert (row["status"], row["se"]) == ("constant", 0.0)
    assert row["value"] == pytest.approx(0.3, rel=1e-14)


def test_a_ratio_of_nothing_is_exactly_zero(data: pd.DataFrame) -> None:
    data.loc[data.group == 1, "y"] = 0.0
    row = one(data, measure(data, "ratio", "y", "x"), data.group == 1)
    assert (row["status"], row["value"], row["se"]) == ("constant", 0.0, 0.0)


def test_a_ratio_to_nothing_has_no_value(data: pd.DataFrame) -> None:
    data.loc[data.group == 1, "x"] = 0.0
    row = one(data, measure(data, "ratio", "y", "x"), data.group == 1)
    assert row["status"] == "empty"
    assert np.isnan(row["value"])


def test_a_total_fixed_by_the_design_has_error_exactly_zero(data: pd.DataFrame) -> None:
    data["weight"] = 0.1 + data.stratum / 3
    row = estimate(design_of(data, psu=False), [measure(data, "total", np.ones(len(data)))], [whole(len(data))])
    assert (row.status[0], row.se[0]) == ("constant", 0.0)
    share = measure(data, "proportion", (data.stratum == 1).astype(float))
    row = estimate(design_of(data, psu=False), [share], [whole(len(data))])
    assert (row.status[0], row.se[0]) == ("constant", 0.0)
    assert 0 < row.value[0] < 1


def test_a_nearly_constant_value_is_not_taken_for_one(data: pd.DataFrame) -> None:
    data["y"] = 1e6
    data.loc[data.index[:3], "y"] += 1e-9
    row = one(data, measure(data, "mean", "y"))
    assert row["status"] == "ok"
    assert row["se"] > 0


def test_missing_answers_are_counted_by_weight(data: pd.DataFrame) -> None:
    data.loc[data.group == 1, "y"] = np.nan
    row = one(data, measure(data, "mean", "y", universe=data.group < 2))
    weight = data.groupby("group").weight.sum()
    assert row["share_missing"] == pytest.approx(weight[1] / (weight[0] + weight[1]), rel=1e-13)
    assert row["n_unweighted"] == (data.group == 0).sum()
    assert row["n_weighted"] == pytest.approx(weight[0], rel=1e-13)
    total = one(data, measure(data, "total", "y", universe=data.group < 2))
    assert total["value"] == pytest.approx((data.weight * data.y)[data.group == 0].sum(), rel=1e-12)
    assert total["share_missing"] == row["share_missing"]


def test_rows_of_weight_zero_stay_in_the_design_and_out_of_n(data: pd.DataFrame) -> None:
    data.loc[(data.stratum == 1) & (data.psu == 0), "weight"] = 0.0
    row = one(data, measure(data, "mean", "y"))
    dropped = estimate(
        design_of(data[data.weight > 0]),
        [measure(data[data.weight > 0], "mean", "y")],
        [whole((data.weight > 0).sum())],
    )
    assert row["n_unweighted"] == (data.weight > 0).sum()
    assert row["value"] == pytest.approx(dropped.value[0], rel=1e-13)
    assert row["se"] != pytest.approx(dropped.se[0], rel=1e-6)  # the stratum still drew three psus
    assert row["df"] == 8 - 3


def test_df_is_of_the_domain_or_of_the_design(data: pd.DataFrame) -> None:
    mask = (data.stratum == 0) | ((data.stratum == 1) & (data.psu == 1))
    assert one(data, measure(data, "mean", "y"), mask)["df"] == 4 - 2
    assert one(data, measure(data, "mean", "y"), mask, df="design")["df"] == 9 - 3


def test_multiply_scales_the_value_its_error_and_its_interval(data: pd.DataFrame) -> None:
    plain = one(data, measure(data, "proportion", "yes"))
    per_cent = one(data, measure(data, "proportion", "yes", multiply=100.0))
    for name in ("value", "se", "ci_low", "ci_high"):
        assert per_cent[name] == pytest.approx(100 * plain[name], rel=1e-15)
    for name in ("cv", "deff", "df", "n_weighted"):
        assert per_cent[name] == plain[name]


def test_the_deft_of_dhs_follows_from_that_of_r(data: pd.DataFrame) -> None:
    for kind in (("mean", "y"), ("proportion", "yes"), ("ratio", "y", "x")):
        r = one(data, measure(data, *kind))
        dhs = one(data, measure(data, *kind), deff="dhs")
        assert dhs["deff"] == pytest.approx(r["deff"] / (1 + (r["deff"] - 1) / r["n_unweighted"]), rel=1e-12)
        assert dhs["deft"] == pytest.approx(dhs["deff"] ** 0.5, rel=1e-15)
    assert np.isnan(one(data, measure(data, "total", "y"), deff="dhs")["deff"])


def test_the_interval_of_two_errors_is_not_clamped(data: pd.DataFrame) -> None:
    data["yes"] = (data.index == 5).astype(float)
    row = one(data, measure(data, "proportion", "yes"), interval={Statistic.PROPORTION: "2se"})
    assert row["ci_low"] == pytest.approx(row["value"] - 2 * row["se"], rel=1e-14)
    assert row["ci_low"] < 0
    assert row["ci_method"] == "2se"


def test_a_lonely_psu_stops_the_run_under_fail() -> None:
    data = survey(2, lonely=True)
    design = replace(design_of(data), lonely_psu=LonelyPsu.FAIL)
    with pytest.raises(SurveyprocError, match=r"design\.lonely-psu.*1 strata: 3"):
        estimate(design, [measure(data, "mean", "y")], [whole(len(data))])


def test_a_psu_without_rows_at_the_level_counts_as_a_zero(data: pd.DataFrame) -> None:
    design = design_of(data)
    inside = ((data.stratum != 1) | (data.psu != 0)).to_numpy()
    part = replace(design, weight=design.weight[inside], psu=design.psu[inside])
    rows = data[inside]
    fewer = estimate(part, [measure(rows, "total", "y")], [whole(len(rows))])
    all_rows = estimate(design, [measure(data, "total", "y", universe=inside)], [whole(len(data))])
    assert fewer.se[0] == pytest.approx(all_rows.se[0], rel=1e-13)


def test_the_frame_has_the_columns_of_estimates_in_order(data: pd.DataFrame) -> None:
    frame = estimate(design_of(data), [measure(data, "mean", "y")], [whole(len(data)), by(data, "group")]).to_frame()
    later = {"round", "module", "t", "p_value", "shown", "marks", "lineage"}
    assert tuple(frame.columns) == tuple(name for name in ESTIMATE_COLUMNS if name not in later)
    assert frame.cell.tolist() == ["", "0", "1", "2"]
    assert frame.domain.tolist() == ["total", "group", "group", "group"]


def test_no_measures_give_no_estimates(data: pd.DataFrame) -> None:
    assert len(estimate(design_of(data), [], [whole(len(data))])) == 0
