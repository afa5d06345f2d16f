"""Every bad input to the weights of a round is one clear problem, and nothing is estimated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from surveyproc.pipeline import check
from surveyproc.problems import Problem, SurveyprocError
from tests.bad_config.survey import in_memory, raw_file
from tests.weight.survey import BASE, ELIGIBLE, Frames, frames, known_totals, runner, written

CLASSES = "{step: nonresponse, classes: [region, area], minimum: 5}"
RAKED = "{step: calibrate, method: raking, totals: totals.csv, margins: [[region, area], [sex, band]]}"
AREAS = "{step: calibrate, method: raking, totals: totals.csv, margins: [area]}"
TOTALS = known_totals(frames(), scale=1.0)


@dataclass(frozen=True)
class Case:
    """A fault: how the frames are spoilt, the steps, the totals; the code and the words of its problem."""

    code: str
    words: tuple[str, ...]
    steps: tuple[str, ...] = (BASE, ELIGIBLE, CLASSES, RAKED)
    totals: str = TOTALS
    spoil: Callable[[Frames], None] = field(default=lambda survey: None)


def put(level: str, column: str, value: float, rows: slice) -> Callable[[Frames], None]:
    def spoil(survey: Frames) -> None:
        survey[level].loc[survey[level].index[rows], column] = value

    return spoil


def silent(survey: Frames) -> None:
    """Nobody of one region and area responds."""
    household = survey["household"]
    here = (household.REG == 1) & (household.AREA == 1)
    gone = household.HH[here]
    household.loc[here, "RES"] = 3.0
    for level in ("person", "emigrant"):
        survey[level] = survey[level][~survey[level].HH.isin(gone)]


def without_old_women(survey: Frames) -> None:
    person = survey["person"]
    survey["person"] = person[~((person.SEX == 2) & (person.AGE >= 60))]


def times(text: str, factor: float, line: int | None = None, margin: str = "") -> str:
    """The totals with one line, or those of a margin, multiplied."""
    rows = text.splitlines()
    for at, row in enumerate(rows[1:], start=1):
        if (line is None or at == line) and row.startswith(margin):
            start, _, number = row.rpartition(",")
            rows[at] = f"{start},{float(number) * factor:.6f}"
    return "\n".join(rows)


def all_equal(survey: Frames) -> None:
    survey["household"]["RES"] = np.where(survey["household"].RES > 2, 3.0, survey["household"].RES)
    here = survey["household"].REG == 3
    survey["household"].loc[here & (survey["household"].RES == 3), "RES"] = 5.0


CASES = {
    "base weight missing": Case(
        "weight.base", ("records have no value of HW", "weight 0"), spoil=put("household", "HW", np.nan, slice(0, 3))
    ),
    "base weight negative": Case(
        "weight.base", ("values of HW are negative", "at least 0"), spoil=put("household", "HW", -5.0, slice(0, 2))
    ),
    "all base weights zero": Case(
        "weight.base", ("no value of HW is above zero",), spoil=put("household", "HW", 0.0, slice(None))
    ),
    "probability above one": Case(
        "weight.base",
        ("values of P1", "at most 1"),
        steps=("{step: base, probabilities: [P1, P2]}",),
        spoil=put("household", "P1", 1.2, slice(4, 5)),
    ),
    "probability zero": Case(
        "weight.base",
        ("values of P2", "above 0"),
        steps=("{step: base, probabilities: [P1, P2]}",),
        spoil=put("household", "P2", 0.0, slice(4, 5)),
    ),
    "no result of the interview": Case(
        "weight.status", ("have no result of the interview",), spoil=put("household", "RES", np.nan, slice(7, 9))
    ),
    "class variable missing": Case(
        "weight.missing-class",
        ("no value of area", "classes of non-response"),
        spoil=put("household", "AREA", np.nan, slice(0, 2)),
    ),
    "eligibility class missing": Case(
        "weight.missing-class",
        ("no value of region", "classes of eligibility"),
        spoil=put("household", "REG", np.nan, slice(0, 2)),
    ),
    "class known of respondents only": Case(
        "weight.missing-class",
        ("no value of tenure", "Derive a variable"),
        steps=(BASE, ELIGIBLE, CLASSES.replace("[region, area]", "[tenure]")),
    ),
    "class without respondents": Case(
        "weight.empty-class",
        (
            "nobody responded",
            "north × urban (0 respondents, factor inf)",
            "With collapse: nearest 6 classes would become 5.",
        ),
        spoil=silent,
    ),
    "class too small": Case(
        "weight.small-class",
        ("too small", "60 respondents or more", "With collapse: nearest"),
        steps=(BASE, ELIGIBLE, CLASSES.replace("5}", "60}")),
    ),
    "factor too large": Case(
        "weight.small-class",
        ("a factor of 1.1 at most",),
        steps=(BASE, ELIGIBLE, CLASSES.replace("5}", "5, most: 1.1}")),
    ),
    "propensity certain": Case(
        "weight.propensity",
        ("cannot be fitted", "in some category all respond, or none"),
        steps=(BASE, ELIGIBLE, "{step: propensity, predictors: [region]}"),
        spoil=all_equal,
    ),
    "margin variable missing": Case(
        "weight.missing-class",
        ("no value of sex", "the margin sex × band"),
        spoil=put("person", "SEX", np.nan, slice(3, 6)),
    ),
    "totals in thousands": Case(
        "weight.units",
        ("look like thousands", "Say thousand in a column unit"),
        totals=times(TOTALS, 1e-3, margin="sex"),
    ),
    "totals in millions": Case("weight.units", ("look like millions",), totals=times(TOTALS, 1e-6, margin="sex")),
    "weights in thousands": Case(
        "weight.units", ("the weights look like thousands", "Check divide_by"), totals=times(TOTALS, 1e3, margin="sex")
    ),
    "a margin of another world": Case(
        "weight.totals", ("implausible beside the weights", "0.2 to 5 times"), totals=times(TOTALS, 30, margin="sex")
    ),
    "one total ten times": Case(
        "weight.totals", ("sex × band male × old", "say plausible"), totals=times(TOTALS, 10, line=9)
    ),
    "nobody in a cell": Case(
        "weight.empty-class",
        (
            "nobody in the sample lies in cells of sex × band",
            "female × old",
            "Join categories in a derived variable: female × old with female × adult.",
        ),
        spoil=without_old_women,
    ),
    "zero with records": Case(
        "weight.totals", ("known totals of sex × band are zero", "female × old"), totals=times(TOTALS, 0, line=12)
    ),
    "margins disagree": Case(
        "weight.totals",
        ("the totals of area and of region", "apart by 3 %", "say rounding"),
        steps=(BASE, AREAS.replace("[area]", "[area, region]")),
        totals="variable,level,total\narea,urban,10000\narea,rural,10000\nregion,north,7000\nregion,south,6800\nregion,west,6800\n",
    ),
    "bounds too tight": Case(
        "weight.not-calibrated",
        ("no weights within the bounds", "could be met"),
        steps=(BASE, ELIGIBLE, CLASSES, RAKED.replace("method: raking", "method: logit, bounds: [0.99, 1.01]")),
    ),
    "negative weights": Case(
        "weight.not-calibrated",
        ("would give negative weights", "Choose raking"),
        steps=(BASE, AREAS.replace("raking", "linear").replace("[area]", "[area, members]")),
        totals="variable,level,total\narea,urban,5400\narea,rural,5400\nmembers,,9000\n",
        spoil=put("household", "HW", 30.0, slice(None)),
    ),
    "too few in the household": Case(
        "weight.base",
        ("values of ADULTS", "at least 2, the number drawn"),
        steps=(BASE, "{step: selection, eligible: ADULTS, taken: 2}"),
        spoil=put("household", "ADULTS", 1.0, slice(None)),
    ),
    "trimmed below its sum": Case(
        "weight.trim",
        ("cannot be trimmed", "north", "redistribute: none"),
        steps=(BASE, "{step: trim, highest: 40, cells: [region]}"),
    ),
    "all-zero stratum": Case(
        "weight.empty-class",
        ("in some strata no record is left with a weight; got 1.", "lonely_psu: {collapse"),
        steps=(BASE, ELIGIBLE, CLASSES.replace("}", ", collapse: nearest}")),
        spoil=silent,
    ),
    "column not in the file": Case(
        "read.missing-column",
        ("no file of household records or above has the column 'HWW'", "Did you mean `HW`?"),
        steps=("{step: base, column: HWW}",),
    ),
    "weights of text": Case(
        "weight.base", ("the column holds text",), spoil=lambda s: s["household"].__setitem__("HW", "12")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_bad_input_is_one_clear_problem(case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    survey = frames()
    case.spoil(survey)
    with pytest.raises(SurveyprocError) as stop:
        runner(monkeypatch, tmp_path)({"household": "\n".join(case.steps)}, totals=case.totals, survey=survey)
    errors = [p for p in stop.value.problems if p.severity == "error"]
    assert [p.code for p in errors] == [case.code], "\n".join(map(str, errors))
    for word in case.words:
        assert word in str(errors[0])
    placed(errors[0])


def placed(problem: Problem) -> None:
    """A place in a file of the configuration, or of the data with the number of cases."""
    assert problem.where.file
    assert problem.where.line is not None or problem.where.variable or problem.where.level


def test_weights_above_the_records_whose_psus_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    survey = frames()
    household, person = survey["household"].set_index("HH"), survey["person"]
    survey["person"] = person.assign(STR=person.HH.map(household.STR), PSU=person.HH.map(household.PSU))
    survey["household"] = survey["household"].drop(columns=["STR", "PSU"])
    config = written(tmp_path, {"household": "\n".join((BASE, ELIGIBLE, CLASSES))})
    module = tmp_path / "modules" / "weighing" / "module.yaml"
    lines = module.read_text(encoding="utf-8").splitlines()
    module.write_text("\n".join(line for line in lines if "W3" not in line), encoding="utf-8")
    in_memory(monkeypatch, tmp_path, {level: raw_file(level, frame) for level, frame in survey.items()})
    errors = [p for p in check(config, data=tmp_path) if p.severity == "error"]
    assert [p.code for p in errors] == ["weight.base"]
    assert "psus are known of person records only" in str(errors[0])
