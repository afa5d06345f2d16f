"""Every fault of a user's table is a problem with its place; none is guessed away."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from surveyproc.demography.ages import parse_age, read_ages
from surveyproc.demography.inputs import check_dates, check_interval, check_survival, read_cells, read_flows
from surveyproc.demography.intensity import flow_totals
from surveyproc.problems import CATALOGUE, Place, Severity

HERE = Place(file="census.csv", variable="age")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("0-4", (0, 5)), ("0--4", (0, 5)), ("5–9", (5, 5)), (" 10 - 14 ", (10, 5)), ("15", (15, 1)),
        ("Under 5", (0, 5)),
        ("до 1", (0, 1)), ("80+", (80, np.inf)), ("80 and over", (80, np.inf)), ("80 и старше", (80, np.inf)),
        ("total", None), ("9-5", None), ("-5", None), ("", None), ("4.5", None), ("under 0", None),
    ],
)  # fmt: skip
def test_ages_as_tables_write_them(label: str, expected: tuple[float, float] | None) -> None:
    assert parse_age(label) == expected


def test_ages_in_any_order_are_read_and_sorted() -> None:
    ages, problems = read_ages(["5-9", "0-4", "10+"], where=HERE, width=5.0)
    assert problems == ()
    assert ages is not None
    assert ages.labels == ("0-4", "5-9", "10+")
    assert ages.lower.tolist() == [0.0, 5.0, 10.0]
    assert ages.width[:2].tolist() == [5.0, 5.0]
    assert ages.open


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (["5-9", "10+"], "do not begin"),
        (["0-4", "10-14", "15+"], "are missing"),
        (["0-4", "3-9", "10+"], "overlap"),
        (["0-4", "0-4", "5+"], "overlap"),
        (["0-4", "5-9"], "not open"),
        (["0-4", "5-14", "15+"], "another width"),
        (["0-4", "all", "5+"], "no age groups"),
    ],
)
def test_ages_that_do_not_cover_are_refused(labels: list[str], what: str) -> None:
    ages, problems = read_ages(labels, where=HERE, width=5.0)
    assert ages is None
    assert any(what in problem.what for problem in problems)
    assert all(str(problem).startswith("census.csv age: error [demography.ages]") for problem in problems)


def test_all_faults_of_ages_come_at_once() -> None:
    _, problems = read_ages(["5-9", "15-24"], where=HERE, width=5.0)
    assert len(problems) == 4


def table() -> pd.DataFrame:
    keys = pd.MultiIndex.from_product((["m", "f"], ["0-4", "5-9", "10+"]), names=["sex", "age"])
    return pd.DataFrame({"people": np.arange(10.0, 70.0, 10.0)}, index=keys).reset_index()


def test_a_whole_table_becomes_an_array() -> None:
    cells, problems = read_cells(table().iloc[::-1], {"sex": ["m", "f"], "age": ["0-4", "5-9", "10+"]}, value="people")
    assert problems == ()
    assert cells is not None
    assert cells.values.tolist() == [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]
    plain, _ = read_cells(table(), ["age", "sex"], value="people")
    assert plain is not None
    assert plain.axes == {"age": ("0-4", "5-9", "10+"), "sex": ("m", "f")}
    np.testing.assert_array_equal(plain.values, cells.values.T)


def spoiled(code: str) -> pd.DataFrame:
    rows = table()
    match code:
        case "missing":
            return rows.drop(index=4)
        case "duplicate":
            return pd.concat((rows, rows.iloc[[2]]))
        case "negative":
            rows.loc[1, "people"] = -3.0
        case "value":
            rows["people"] = rows["people"].astype(object)
            rows.loc[1, "people"] = "about 5"
        case "label":
            rows.loc[1, "sex"] = "x"
        case "column":
            return rows.rename(columns={"age": "ages"})
    return rows


@pytest.mark.parametrize("code", ["missing", "duplicate", "negative", "value", "label", "column"])
def test_each_fault_has_its_code_and_names_its_cell(code: str) -> None:
    cells, problems = read_cells(
        spoiled(code), {"sex": ["m", "f"], "age": ["0-4", "5-9", "10+"]}, value="people", file="census.csv"
    )
    assert cells is None
    first = next(problem for problem in problems if problem.code == f"demography.{code}")
    assert first.code in CATALOGUE
    assert first.exit_code == 1
    assert first.where.file == "census.csv"
    cell = {"missing": "f × 5-9", "duplicate": "m × 10+", "negative": "m × 5-9", "value": "m × 5-9", "label": "x"}
    assert cell.get(code, "sex, ages, people") in first.got


def test_a_missing_value_is_a_problem_even_where_absent_cells_are_zero() -> None:
    rows = table().drop(index=0)
    cells, problems = read_cells(rows, ["sex", "age"], value="people", absent="zero")
    assert problems == ()
    assert cells is not None
    assert (cells.values == 0).sum() == 1
    rows.loc[3, "people"] = np.nan
    cells, problems = read_cells(rows, ["sex", "age"], value="people", absent="zero")
    assert cells is None
    assert [p.code for p in problems] == ["demography.missing"]
    assert "not zero" in problems[0].hint


def test_net_migrants_may_be_negative() -> None:
    rows = table()
    rows["people"] -= 35.0
    assert read_cells(rows, ["sex", "age"], value="people", kind="net")[1] == ()
    assert read_cells(rows, ["sex", "age"], value="people", kind="ratios")[1][0].what == "negative ratios"


def test_flows_without_stayers_and_with_a_pair_missing() -> None:
    rows = pd.DataFrame(
        [("a", "b", 5), ("b", "a", 7), ("a", "c", 1), ("c", "a", 2), ("b", "c", 4), ("c", "b", 3)],
        columns=["o", "d", "n"],
    )
    cells, problems = read_flows(rows, origin="o", destination="d", value="n")
    assert problems == ()
    assert cells is not None
    assert cells.values.tolist() == [[0, 5, 1], [7, 0, 4], [2, 3, 0]]
    assert flow_totals(cells.values).net.sum() == 0
    _, problems = read_flows(rows.iloc[1:], origin="o", destination="d", value="n", file="flows.csv")
    assert [p.code for p in problems] == ["demography.missing"]
    assert problems[0].got == "a × b"
    cells, _ = read_flows(rows.iloc[1:], origin="o", destination="d", value="n", absent="zero")
    assert cells is not None
    assert cells.values[list(cells.axes["o"]).index("a"), list(cells.axes["d"]).index("b")] == 0
    assert read_flows(rows, origin="from", destination="d", value="n")[1][0].code == "demography.column"


def test_intervals_and_dates() -> None:
    assert check_interval(date(2010, 1, 1), date(2020, 1, 1), width=5.0) == (2, ())
    _, problems = check_interval(date(2009, 2, 25), date(2021, 9, 1), width=5.0, file="c.csv")
    assert "no multiple" in problems[0].what
    assert "12.51 years" in problems[0].got
    _, problems = check_interval(date(1990, 1, 1), date(2010, 1, 1), width=5.0)
    assert [p.severity for p in problems] == [Severity.WARNING]
    assert check_interval(date(2020, 1, 1), date(2020, 1, 1), width=5.0)[1][0].code == "demography.interval"
    assert check_dates([date(2000, 7, 1), date(2005, 7, 1), date(2010, 7, 1)], width=5.0) == ()
    assert len(check_dates([date(2000, 7, 1), date(2005, 7, 1), date(2015, 7, 1)], width=5.0)) == 1
    assert len(check_dates([date(2000, 7, 1), date(2003, 7, 1), date(2005, 7, 1)], width=5.0)) == 2


def test_survival_ratios_that_cannot_be() -> None:
    labels = ["0-4", "5-9", "10+"]
    assert check_survival([0.9, 0.99, 0.3], labels, kind="life table") == ()
    found = check_survival([[0.9, np.nan, 0.3], [1.02, 0.9, 0.0]], labels, kind="life table")
    assert [p.got for p in found] == ["5-9", "10+", "0-4"]
    assert check_survival([1.02, 0.9, 0.4], labels, kind="census") == ()
    assert check_survival([1.7, 0.9, 0.4], labels, kind="census")[0].got == "0-4"
    assert "does not cover" in check_survival([0.9], labels, kind="census")[0].what
