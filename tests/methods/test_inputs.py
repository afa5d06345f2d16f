"""Files of figures: what is read, and each fault at its line in words that help."""

from pathlib import Path

import numpy as np
import pytest

from surveyproc import SurveyprocError, check, run

HEAD = "surveyproc: 1\nkind: demographic\nname: t\ntitle: {en: T}\ncalculations:\n  c:\n"
BALANCE = "    method: balance\n    by: [area]\n    inputs:\n"
EVENTS = "      births: {value: 2, unit: persons}\n      deaths: {value: 1, unit: persons}\n"
REST = "      end: {value: 9, unit: persons}\n" + EVENTS
SURVIVAL = "    method: survival_ratio\n    choices: {years: 10}\n    inputs:\n"
AGES = "      end: {value: 9, unit: persons}\n      survival: {value: 0.9, unit: ratio}\n"


def config(folder: Path, lines: str, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_bytes(text.encode("utf-8"))
    path = folder / "c.yaml"
    path.write_text(HEAD + lines, encoding="utf-8")
    return path


START = BALANCE + "      start: {file: f.csv, unit: persons}\n" + REST
WITH_AGES = SURVIVAL.replace("    choices: {years: 10}\n", "") + "      base: {file: f.csv, unit: persons}\n" + AGES
BAD = [
    (START, "area,value\nA,1.5.2\n", "input.not-a-number", "f.csv:2:1", "not a number"),
    (START, "area;value\nA;1,5\n", "input.not-a-number", "f.csv:2:1", "Write a decimal point: 1.5."),
    (START, "area;value\nA;1 500 000\n", "input.not-a-number", "f.csv:2:1", "1500000"),
    (START, "area,value\nA,1,5\n", "input.unreadable", "f.csv:2:1", "decimal comma"),
    (START, "area,value\nA,-5\n", "input.not-a-number", "f.csv:2:1", "below 0"),
    (START, "area,value\nA,-\n", "input.not-a-number", "f.csv:2:1", "not a number"),
    (START, "area,value\nA,1\n\nA,2\n", "input.duplicate-cell", "f.csv:4:1", "lines 2 and 4"),
    (START, "region,value\nA,1\n", "input.unknown-column", "f.csv:1:1", "Name it in `by`"),
    (START, "area,valeu\nA,1\n", "input.missing-column", "f.csv:1:1", "no column 'value'"),
    (START, "area,value\n", "input.unreadable", "f.csv", "has no rows"),
    (START, "area,area\nA,1\n", "input.unreadable", "f.csv:1:1", "name of another"),
    (START, "area,value,cv\nA,1,-0.1\n", "input.uncertainty", "f.csv:2:1", "below 0"),
    (START, "area,value,cv\nA,1,0.1\nB,2,\n", "input.uncertainty", "f.csv:3:1", "not given"),
    (START, "area,value,low,high\nA,1,2,3\n", "input.uncertainty", "f.csv:2:1", "outside low and high"),
    (START, "area,value,low\nA,1,0\n", "input.uncertainty", "c.yaml", "one end of its interval"),
    (START, "area,value,cv,se\nA,1,0,0\n", "input.uncertainty", "c.yaml", "several kinds of error"),
    (WITH_AGES, "age,value\n0-4,1\n5-9,1\n8-14,1\n", "input.ages", "f.csv", "5-9 and 8-14 overlap"),
    (WITH_AGES, "age,value\n0-4,1\n10-14,1\n", "input.ages", "f.csv", "no ages between 0-4 and 10-14"),
    (WITH_AGES, "age,value\n0-4,1\nTotal,1\n", "input.ages", "f.csv:3:1", "Leave totals out"),
    (
        SURVIVAL + "      start: {file: f.csv, unit: persons}\n" + AGES,
        "age,value\n0-4,1\n5-14,1\n15+,2\n",
        "config.unsupported",
        "c.yaml",
        "unequal widths (5, 10 years)",
    ),
    (
        SURVIVAL + "      start: {file: f.csv, unit: persons}\n" + AGES,
        "age,value\n0-6,1\n7-13,1\n14+,2\n",
        "config.unsupported",
        "c.yaml",
        "no multiple of the age groups of 7 years",
    ),
]


@pytest.mark.parametrize(("lines", "text", "code", "place", "words"), BAD, ids=range(len(BAD)))
def test_a_fault_is_told_at_its_place(lines: str, text: str, code: str, place: str, words: str, tmp_path: Path) -> None:
    found = [p for p in check(config(tmp_path, lines, f=text)) if p.code == code]
    assert found, text
    assert any(place in str(p.where) and words in str(p) for p in found), "\n".join(map(str, found))


def test_bytes_that_are_no_utf8_are_refused_at_their_line(tmp_path: Path) -> None:
    path = config(tmp_path, START)
    (tmp_path / "f.csv").write_bytes("area,value\nАлматы,1\n".encode("cp1251"))
    (problem,) = check(path)
    assert (problem.code, problem.where.line) == ("input.unreadable", 2)
    assert "CSV UTF-8" in problem.hint


def test_missing_cells_stop_a_run_unless_it_is_said_what_they_mean(tmp_path: Path) -> None:
    lines = BALANCE + "      start: {file: f.csv, unit: persons}\n      end: {file: g.csv, unit: persons%s}\n"
    lines += "      births: {value: 2, unit: persons}\n      deaths: {value: 1, unit: persons}\n"
    files = {"f": "area,value\nA,1\nB,2\n", "g": "area,value\nA,5\n"}
    (problem,) = check(config(tmp_path, lines % "", **files))
    assert problem.code == "input.missing-cell"
    assert "area B" in problem.got
    for how, expected in (("missing", np.nan), ("zero", -3.0)):
        frame = run(config(tmp_path, lines % f", absent: {how}", **files)).estimates.set_index(["indicator", "cell"])
        assert frame.loc[("c.net", "A"), "value"] == 3.0
        np.testing.assert_equal(frame.loc[("c.net", "B"), "value"], expected)
        assert frame.loc[("c.net", "B"), "status"] == ("undefined" if np.isnan(expected) else "no_uncertainty")


def test_a_category_that_others_lack_is_told_with_theirs(tmp_path: Path) -> None:
    lines = BALANCE + "      start: {file: f.csv, unit: persons}\n      end: {file: g.csv, unit: persons}\n"
    lines += "      births: {value: 2, unit: persons}\n      deaths: {value: 1, unit: persons}\n"
    found = check(config(tmp_path, lines, f="area,value\nA,1\nB,2\n", g="area,value\nA,5\nBB,7\n"))
    codes = [p.code for p in found]
    assert codes == ["input.unknown-category", "input.missing-cell"]
    assert "area 'BB'" in str(found[0])
    assert "A, B" in str(found[0])


def test_units_are_obeyed(tmp_path: Path) -> None:
    frames = []
    for unit, figure in (("persons", "12500"), ("thousand", "12.5"), ("million", "0.0125")):
        lines = BALANCE.replace("    by: [area]\n", "") + f"      start: {{value: {figure}, unit: {unit}}}\n" + REST
        frames.append(run(config(tmp_path, lines)).estimates["value"].tolist())
    assert frames[1] == pytest.approx(frames[0])
    assert frames[2] == pytest.approx(frames[0])
    with pytest.raises(SurveyprocError, match="start of balance is not in percent"):
        run(config(tmp_path, BALANCE + "      start: {value: 1, unit: percent}\n" + REST))


def test_estimates_of_a_run_bring_their_standard_errors(tmp_path: Path) -> None:
    head = "indicator,category,domain,cell,value,se,status\n"
    rows = "left,,region,A,120,12,ok\nleft,,region,B,80,8,ok\nleft,,total,,200,15,ok\n"
    lines = "    method: absent_members\n    by: [area]\n    inputs:\n"
    lines += "      whole_household_share: {value: 0.2, unit: ratio}\n"
    lines += "      reported:\n        unit: thousand\n        columns: {area: region}\n"
    lines += "        estimate: {indicator: left, domain: [region], run: f.csv}\n"
    frame = run(config(tmp_path, lines, f=head + rows)).estimates.set_index(["indicator", "cell"])
    assert frame.loc[("c.emigrants", "A"), "value"] == pytest.approx(150_000.0)
    assert frame.loc[("c.emigrants", "A"), "se"] == pytest.approx(15_000.0)
    hidden = head + "left,,region,A,120,,one_psu\n"
    (problem,) = check(config(tmp_path, lines, f=hidden))
    assert "no standard error" in str(problem)
    (problem,) = check(config(tmp_path, lines.replace("indicator: left", "indicator: lef"), f=head + rows))
    assert "left" in problem.hint


def test_scenarios_give_a_range_and_no_standard_error(tmp_path: Path) -> None:
    lines = (
        BALANCE.replace("    by: [area]\n", "")
        + "      start: {value: 5, unit: persons, scenarios: {low: 0.8, high: 1.2}}\n"
    )
    result = run(config(tmp_path, lines + REST), out=tmp_path / "out")
    row = result.estimates.set_index("indicator").loc["c.net"]
    assert (row["status"], row["value"]) == ("range", 3.0)
    assert np.isnan(row["se"])
    told = (tmp_path / "out" / "uncertainty.csv").read_text(encoding="utf-8-sig").splitlines()
    assert told[1].endswith("2.0,4.0")


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    lines = "    method: migration_ratio\n    inputs:\n      net: {value: 5, unit: persons, cv: 0.3}\n"
    lines += "      births: {value: 20, unit: persons, cv: 0.2}\n      deaths: {value: 15, unit: persons, cv: 0.2}\n"
    path = config(tmp_path, lines)
    first, second = (run(path, out=tmp_path / name) for name in ("one", "two"))
    for left, right in zip(first.outputs[:-1], second.outputs[:-1], strict=True):
        assert left.read_bytes() == right.read_bytes()
    status = first.estimates.set_index("indicator")["status"]
    assert status["c.natural_increase"] == "ok"
